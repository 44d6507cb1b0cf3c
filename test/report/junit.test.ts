import { expect } from 'chai';
import fc from 'fast-check';

import { renderJunit } from '../../src/report/junit.ts';
import { HOSTILE, hostileScan, rendered, reportFixture, scanOf, wellScan } from '../support/hostile-scan.ts';
import { parseXml } from '../support/parse-xml.ts';
import type { XmlElement } from '../support/parse-xml.ts';
import { finding, head } from '../support/scans.ts';

const named = (element: XmlElement, tag: string) => element.children.filter((child) => child.tag === tag);
const suiteOf = (document: XmlElement | undefined, name: string) =>
  document?.children.find(({ attributes }) => attributes['name'] === name);

/** What XML 1.0 lets through of a text. */
const legal = (text: string) =>
  // oxlint-disable-next-line no-control-regex -- it is about them
  text.toWellFormed().replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '');

describe('renderJunit', () => {
  it('gives a suite a rule and a case an evaluation', () => {
    expect(rendered(renderJunit, hostileScan)).to.equal(reportFixture('hostile.xml'));
  });

  it('shows tests where all is well, and passes none that had nothing to judge', () => {
    expect(rendered(renderJunit, wellScan)).to.equal(reportFixture('well.xml'));
  });

  it('is well-formed, and counts what it holds', () => {
    const [hostile, well] = parseXml([rendered(renderJunit, hostileScan), rendered(renderJunit, wellScan)]);
    const totals = (document: XmlElement | undefined) => document?.attributes;
    const counted = { name: 'compliancectl dev', tests: '20', failures: '12', errors: '3', skipped: '3' };
    expect(totals(hostile)).to.deep.equal(counted);
    expect(totals(well)).to.deep.equal({ ...counted, tests: '5', failures: '0', errors: '0' });
  });

  it('gives the reason of a failure, of what is unknown and of a waiver', () => {
    const [document] = parseXml([rendered(renderJunit, hostileScan)]);
    const cases = suiteOf(document, 'ec2-required-tags')?.children ?? [];
    const outcome = (id: string) => {
      const found = cases.find(({ attributes }) => attributes['name'] === `${id} (111122223333 eu-west-1)`);
      return found?.children.filter(({ tag }) => tag !== 'properties').map(({ tag, text }) => [tag, text]);
    };
    expect(outcome('i-low')).to.deep.equal([
      ['failure', 'Instance i-low lacks the tag Owner.\n\nAdd the missing tags.'],
    ]);
    expect(outcome('i-unknown')).to.deep.equal([
      [
        'error',
        'The tags of instance i-unknown could not be read: ec2:DescribeTags was denied.\n\nGrant ec2:DescribeTags to settle it.',
      ],
    ]);
    expect(outcome('i-waived')).to.deep.equal([
      ['skipped', ''],
      [
        'system-out',
        'Instance i-waived lacks the tag Owner.\n\nWaived until 2026-12-31 by ada@example.org: It goes | in =March (OPS-7)',
      ],
    ]);
    expect(outcome('i-pass')).to.deep.equal([]);
    expect(outcome('i-gone')).to.deep.equal([
      ['skipped', ''],
      ['system-out', 'i-gone is terminated.'],
    ]);
  });

  it('names neither a permission nor a ticket where there is none', () => {
    const waiver = { owner: 'ada', reason: 'It goes.', expires: '2026-12-31' };
    const evaluations = [
      finding({ status: 'UNKNOWN', message: 'Why.' }),
      finding({ status: 'WAIVED', waiver, message: 'Why.' }),
    ];
    const [document] = parseXml([rendered(renderJunit, { head: head(), evaluations })]);
    const cases = suiteOf(document, 'ec2-required-tags')?.children ?? [];
    expect(cases.map(({ children }) => children.at(-1)?.text)).to.deep.equal([
      'Why.',
      'Why.\n\nWaived until 2026-12-31 by ada: It goes.',
    ]);
  });

  it('does not pass a scan that was cut short', () => {
    const [document] = parseXml([rendered(renderJunit, { head: head({ complete: false }), evaluations: [] })]);
    const [test] = suiteOf(document, 'coverage')?.children ?? [];
    expect([test?.attributes['name'], test?.children.map(({ tag, attributes }) => [tag, attributes])]).to.deep.equal([
      'The scan was carried to its end',
      [['error', { message: 'It was cut short: not everything was looked at.' }]],
    ]);
  });

  it('gives a suite to a rule that is not among those of the scan', () => {
    const [document] = parseXml([rendered(renderJunit, scanOf(['i-1'], { rule_id: 'gone' }))]);
    expect(suiteOf(document, 'gone')?.attributes['failures']).to.equal('1');
  });

  it('parses back, whatever a resource is called', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      // Lone surrogates, which no unit of fast-check makes.
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
      fc
        .array(fc.constantFrom(']]>', ']', '>', '\uDC00', '\uD800', '\u0000', '&', '<', 'x'))
        .map((parts) => parts.join('')),
    );
    const ids = [...Object.values(HOSTILE), ...fc.sample(text, { numRuns: 500, seed: 42 })];
    const [document] = parseXml([rendered(renderJunit, scanOf(ids))]);
    const cases = suiteOf(document, 'ec2-required-tags')?.children ?? [];
    expect(cases.map(({ attributes }) => attributes['name'])).to.deep.equal(
      ids.map((id) => `${legal(id)} (111122223333 eu-west-1)`),
    );
    expect(
      cases.flatMap((test) => named(test, 'failure')).map(({ attributes }) => attributes['message']),
    ).to.deep.equal(ids.map((id) => `It is ${legal(id)}.`));
  });
});
