import { expect } from 'chai';
import fc from 'fast-check';

import { findingOf } from '../../../src/report/html/finding-of.ts';
import { decodePageData, encodePageData } from '../../../src/report/html/page-data.ts';
import { HOSTILE } from '../../support/hostile-scan.ts';
import { finding } from '../../support/scans.ts';

describe('encodePageData', () => {
  it('is read back as it was, and holds nothing that HTML knows, whatever findings are called', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...Object.values(HOSTILE), '__proto__', '</script>'),
    );
    const any = fc.record({ resource_id: text, message: text, rule_id: text, account_id: text, remediation: text });
    fc.assert(
      fc.property(fc.array(any), text, (changes, title) => {
        const findings = changes.map((change) => findingOf(finding(change)));
        const data = { findings, titles: new Map([['rule', title]]) };
        const json = [...encodePageData(data)].join('');
        expect(json).to.not.match(/[<>&\u2028\u2029]/);
        expect(decodePageData(json)).to.deep.equal(data);
      }),
    );
  });

  it('has each shared text once', () => {
    const findings = ['i-1', 'i-2'].map((id) => findingOf(finding({ resource_id: id, resource_arn: '', message: '' })));
    expect([...encodePageData({ findings, titles: new Map([['ec2-required-tags', 'Tags']]) })].join('')).to.equal(
      [
        '{"titles":[["ec2-required-tags","Tags"]],"rows":[',
        '[[0,1,2,3,4,5,6,7,8,7,7],"i-1","",""],',
        '[[0,1,2,3,4,5,6,7,8,7,7],"i-2","",""]],"shared":["medium","FAIL","tagging","ec2-required-tags","AWS::EC2::Instance",' +
          '"111122223333","eu-west-1","","Add the missing tags."]}',
      ].join('\n'),
    );
  });

  it('keeps the facts and the waiver of those that have some', () => {
    const waiver = { owner: 'ada', reason: 'March', expires: '2026-12-31', ticket: 'OPS-7' };
    const findings = [finding({ waiver }), finding({ facts: [{ key: 'k', message: 'It is open.' }] }), finding()].map(
      findingOf,
    );
    const data = { findings, titles: new Map<string, string>() };
    expect(decodePageData([...encodePageData(data)].join(''))).to.deep.equal(data);
    expect(findings.map((one) => [one.waiver, one.facts])).to.deep.equal([
      [
        [
          ['Waived by', 'ada'],
          ['Because', 'March'],
          ['Until', '2026-12-31'],
          ['Ticket', 'OPS-7'],
        ],
        [],
      ],
      [[], ['It is open.']],
      [[], []],
    ]);
  });
});
