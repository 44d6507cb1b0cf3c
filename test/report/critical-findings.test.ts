import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import { CriticalFindings } from '../../src/report/critical-findings.ts';
import { digestScan } from '../../src/report/scan-digest.ts';
import { finding, gap, head } from '../support/scans.ts';

const open = (fingerprint: string, changes: Partial<Evaluation> = {}) =>
  finding({ severity: 'critical', fingerprint, ...changes });
const day = (number: number) => `2026-11-0${number}T06:00:00.000Z`;

function following(...scans: [time: string, evaluations: readonly Evaluation[], changes?: Partial<ScanHead>][]) {
  const findings = new CriticalFindings();
  for (const [report_timestamp, evaluations, changes = {}] of scans) {
    const reader = digestScan(head({ report_timestamp, ...changes }));
    for (const evaluation of evaluations) reader.evaluation(evaluation);
    findings.follow(reader.end());
  }
  return findings;
}
const seen = (findings: CriticalFindings) =>
  findings
    .oldest(9)
    .map(({ fingerprint, since, or_earlier, last_seen }) => [fingerprint, since, or_earlier, last_seen]);

describe('critical findings from scan to scan', () => {
  it('are as old as the first scan in a row that saw them', () => {
    const findings = following(
      [day(1), [open('a'), open('b')]],
      [day(2), [open('b'), open('c')]],
      [day(3), [open('a'), open('b'), open('c', { message: 'It is worse now.' })]],
    );
    expect(seen(findings)).to.deep.equal([
      ['b', day(1), true, day(3)],
      ['c', day(2), false, day(3)],
      ['a', day(3), false, day(3)],
    ]);
    expect(findings.open).to.equal(3);
    expect(findings.oldest(2).map(({ message }) => message)).to.deep.equal([
      'Instance i-0123456789abcdef0 lacks the tag Owner.',
      'It is worse now.',
    ]);
  });

  it('stay open where nobody could look again', () => {
    const first: Parameters<typeof following>[0] = [day(1), [open('a')]];
    const still = [['a', day(1), true, day(1)]];
    expect(seen(following(first, [day(2), [open('a', { status: 'UNKNOWN' })]]))).to.deep.equal(still);
    expect(seen(following(first, [day(2), [], { complete: false }]))).to.deep.equal(still);
    expect(seen(following(first, [day(2), [], { gaps: [gap()] }]))).to.deep.equal(still);
    expect(seen(following(first, [day(2), [], { regions: ['eu-central-1'] }]))).to.deep.equal(still);
    expect(seen(following(first, [day(2), []]))).to.deep.equal([]);
  });

  it('are closed where they pass, are waived, or weigh less', () => {
    for (const changes of [{ status: 'PASS' }, { status: 'WAIVED' }, { severity: 'high' }] as const) {
      expect(seen(following([day(1), [open('a')]], [day(2), [open('a', changes)]]))).to.deep.equal([]);
    }
  });

  it('may be older than the first scan of their place, and of no other', () => {
    const elsewhere = { region: 'eu-central-1' };
    const findings = following(
      [day(1), []],
      [day(2), [open('a', elsewhere)], { regions: ['eu-central-1'] }],
      [day(3), [open('b')]],
    );
    expect(seen(findings)).to.deep.equal([
      ['a', day(2), true, day(2)],
      ['b', day(3), false, day(3)],
    ]);
  });
});
