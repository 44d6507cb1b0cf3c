import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';
import fc from 'fast-check';

import { renderAlert } from '../../src/report/alert.ts';
import type { Alert, AlertOptions } from '../../src/report/alert.ts';
import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import { HOSTILE, hostileScan, rules } from '../support/hostile-scan.ts';
import { finding, gap, head } from '../support/scans.ts';

const LINK = 's3://compliance-results-dev/scans/2026-11-03/1793678706789.json';
const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/alerts', name), 'utf8');

function alert(findings: readonly Evaluation[], options: Partial<AlertOptions> = {}, about: ScanHead = head()): Alert {
  const rendered = renderAlert(about, findings, { mode: 'every', threshold: 80, link: LINK, rules, ...options });
  if (rendered === undefined) throw new Error('There is no alert.');
  return rendered;
}

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => finding({ resource_id: `i-${index}`, message: `It is ${index}.` }));

/** The lines about findings, and about nothing else. */
const findingLines = (text: string) => text.split('\n').filter((line) => line.startsWith('  - '));

const ofGroups: readonly Evaluation[] = [
  finding({
    rule_id: 'ec2-security-group-restricted',
    severity: 'critical',
    resource_type: 'AWS::EC2::SecurityGroup',
    resource_id: 'sg-1',
    message: 'Security group sg-1 opens the ports 22 and 3389 to the world.',
    facts: [
      { key: 'ingress/tcp/22/0.0.0.0/0', message: 'Port 22 is open to 0.0.0.0/0.' },
      { key: 'ingress/tcp/3389/::/0', message: 'Port 3389 is open to ::/0.' },
    ],
    remediation: 'Remove the rule, or narrow its source.',
    change: 'worse',
  }),
  finding({ rule_id: 'own-rule', severity: 'critical', resource_id: 'i-1', message: 'It is bad.', change: 'new' }),
  finding({
    rule_id: 'ec2-security-group-restricted',
    severity: 'critical',
    resource_type: 'AWS::EC2::SecurityGroup',
    account_id: '444455556666',
    region: 'us-east-1',
    resource_id: 'sg-2',
    message: 'Security group sg-2 opens every port to the world.',
    remediation: 'Remove the rule, or narrow its source.',
    change: 'new',
  }),
];

describe('renderAlert', () => {
  it('tells what was found where, by rule, how to mend it, and where the document lies (S0-4)', () => {
    const about = head({
      accounts: ['111122223333', '444455556666'],
      regions: ['eu-west-1', 'us-east-1'],
      summary: { ...head().summary, score: 71.428 },
      gaps: [gap(), gap({ region: 'us-east-1' })],
      complete: false,
    });
    const { subject, text } = alert(ofGroups, { mode: 'changes' }, about);
    expect(subject).to.equal('[critical] 3 new or worse findings in dev (compliancectl)');
    expect(text).to.equal(fixture('changes.txt'));
  });

  it('tells of every finding, whatever strangers call their resources', () => {
    const failures = hostileScan.evaluations.filter(
      ({ status, severity }) => status === 'FAIL' && severity === 'medium',
    );
    const { subject, text } = alert(failures, { rules: rules.slice(1) }, hostileScan.head);
    expect(subject).to.equal('[medium] 10 findings in dev (compliancectl)');
    // As it is sent: half a surrogate pair is no text, and becomes the replacement character.
    expect(Buffer.from(text).toString()).to.equal(fixture('hostile.txt'));
  });

  it('is nothing where there is no finding', () => {
    expect(renderAlert(head(), [], { mode: 'every', threshold: 80 })).to.equal(undefined);
  });

  const fresh = finding({ change: 'new' });
  const worse = finding({ change: 'worse' });
  const cases: [mode: AlertOptions['mode'], findings: Evaluation[], subject: string][] = [
    ['every', [fresh], '[medium] 1 finding in dev (compliancectl)'],
    ['every', [fresh, worse], '[medium] 2 findings in dev (compliancectl)'],
    ['changes', [fresh, fresh, fresh], '[medium] 3 new findings in dev (compliancectl)'],
    ['changes', [worse], '[medium] 1 worse finding in dev (compliancectl)'],
    ['changes', [fresh, worse], '[medium] 2 new or worse findings in dev (compliancectl)'],
    ['changes', [finding()], '[medium] 1 new or worse finding in dev (compliancectl)'],
    ['digest', [fresh], '[medium] 1 finding still open in dev (compliancectl)'],
    ['digest', [fresh, worse], '[medium] 2 findings still open in dev (compliancectl)'],
  ];
  for (const [mode, findings, subject] of cases) {
    it(`says so in its subject: ${subject}`, () => {
      expect(alert(findings, { mode }).subject).to.equal(subject);
      expect(alert(findings, { mode }).text.split(' in dev: ')[0]).to.equal(subject.split(' in dev ')[0]);
    });
  }

  it('has a subject of one short line of ASCII, whatever the environment is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (environment) => {
        const { subject } = alert([finding()], {}, head({ environment }));
        expect(subject).to.match(/^\[medium\] 1 finding in [\x20-\x7E]* \(compliancectl\)$/);
        expect(subject.length).to.be.lessThan(100);
      }),
    );
  });

  const scores: [score: number | null, line: string][] = [
    [null, 'No score: nothing could be judged. The threshold is 80.'],
    [79.994, 'Score 79.99 of 100, below the threshold of 80.'],
    [80, 'Score 80.00 of 100; the threshold is 80.'],
  ];
  for (const [score, line] of scores) {
    it(`gives the score ${score} beside the threshold`, () => {
      const about = head({ summary: { ...head().summary, score } });
      expect(alert([finding()], {}, about).text.split('\n')[1]).to.equal(line);
    });
  }

  it('counts accounts and regions where they are many', () => {
    const about = head({ accounts: many(6).map(({ resource_id: id }) => id), regions: [] });
    expect(alert([finding()], {}, about).text.split('\n')[0]).to.equal(
      '[medium] 1 finding in dev: 6 accounts, 0 regions, 2026-11-03 04:05:06 UTC',
    );
  });

  it('ends with the last finding where no document is kept, and names a rule that nobody described', () => {
    const { remediation: _, ...unmended } = finding();
    const rendered = renderAlert(head(), [unmended], { mode: 'every', threshold: 80 });
    expect(rendered?.text.split('\n').slice(2)).to.deep.equal([
      '',
      'ec2-required-tags: 1',
      '  - i-0123456789abcdef0, 111122223333, eu-west-1: Instance i-0123456789abcdef0 lacks the tag Owner.',
      '',
    ]);
  });

  it('shows twenty facts of a finding, and the start of a huge message', () => {
    const facts = Array.from({ length: 1000 }, (_, port) => ({ key: `${port}`, message: `${port}${'y'.repeat(600)}` }));
    const { text } = alert([finding({ message: `${'x'.repeat(1999)}\u{1F600}${'x'.repeat(1_000_000)}`, facts })]);
    const lines = text.split('\n').slice(5);
    expect(lines).to.deep.equal([
      `  - i-0123456789abcdef0, 111122223333, eu-west-1: ${'x'.repeat(1999)}…`,
      ...Array.from({ length: 20 }, (_, port) => `      ${port}${'y'.repeat(500 - `${port}`.length)}…`),
      '      and 980 more',
      '',
      `The whole document: ${LINK}`,
      '',
    ]);
  });

  it('is cut at a whole finding, and says how many more there are and where', () => {
    const { text } = alert(many(50_000));
    expect(Buffer.byteLength(text)).to.be.within(249_800, 250_000);
    const shown = findingLines(text);
    expect(shown).to.deep.equal(
      many(shown.length).map(({ resource_id: id, message }) => `  - ${id}, 111122223333, eu-west-1: ${message}`),
    );
    expect(text).to.match(
      new RegExp(`\n\n${50_000 - shown.length} more findings are in the whole document: ${LINK}\n$`),
    );
  });

  it('holds no more bytes than it may, in whole characters, wherever the cut falls', () => {
    const wide = many(40).map((each, index) => ({ ...each, message: `\u{1F600}é${'語'.repeat(index)}` }));
    for (let limit = 400; limit < 5000; limit += 7) {
      const { text } = alert(wide, { limit, link: undefined });
      expect(Buffer.byteLength(text)).to.be.at.most(limit);
      const shown = findingLines(text).length;
      const more = shown === 39 ? '1 more finding is' : `${40 - shown} more findings are`;
      expect(text.endsWith(shown === 40 ? `${'語'.repeat(39)}\n` : `\n\n${more} not shown here.\n`)).to.equal(true);
      expect(text).not.to.include('\uFFFD');
    }
  });

  it('shows no rule of which it shows no finding', () => {
    const { text } = alert([...many(1), finding({ rule_id: 'last', message: 'x'.repeat(900) })], { limit: 900 });
    expect(text).not.to.include('last');
    expect(text).to.include(`\n1 more finding is in the whole document: ${LINK}\n`);
  });

  it('has one line a finding, whatever it is called', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(HOSTILE)));
    const stranger = fc.record({ resource_id: text, region: text, message: text, remediation: text });
    fc.assert(
      fc.property(fc.array(stranger, { minLength: 1 }), (strangers) => {
        const lines = alert(strangers.map((each) => finding(each))).text.split('\n');
        expect(lines).to.have.length(8 + strangers.length);
        expect(lines.join('')).not.to.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
