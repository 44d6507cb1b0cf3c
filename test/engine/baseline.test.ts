import { expect } from 'chai';

import { BaselineComparison } from '../../src/engine/baseline.ts';
import type { Baseline, EarlierFinding } from '../../src/engine/baseline.ts';
import type { Evaluation } from '../../src/engine/evaluation.ts';

const earlier = (id: string, changes: Partial<EarlierFinding> = {}): EarlierFinding => ({
  fingerprint: `print-${id}`,
  rule_id: 'rule-one',
  severity: 'medium',
  resource_type: 'AWS::EC2::Instance',
  resource_id: id,
  resource_arn: `arn:${id}`,
  account_id: '111122223333',
  region: 'eu-west-1',
  ...changes,
});
const now = (id: string, changes: Partial<Evaluation> = {}): Evaluation => ({
  ...earlier(id),
  category: 'tagging',
  status: 'FAIL',
  message: `${id} fails.`,
  ...changes,
});
const fact = (key: string) => ({ key, message: `${key}.` });
const baseline = (...failures: EarlierFinding[]): Baseline => ({
  scanId: 'scan-0',
  reportTimestamp: '2026-11-20T00:00:00.000Z',
  failures,
});
const everywhere = () => true;
const head = { scan_id: 'scan-0', report_timestamp: '2026-11-20T00:00:00.000Z' };

describe('BaselineComparison', () => {
  const cases: [what: string, before: EarlierFinding[], after: Evaluation, change: string | undefined][] = [
    ['new where the baseline lacks it', [], now('a'), 'new'],
    ['new where only another resource failed', [earlier('b')], now('a'), 'new'],
    ['unchanged where it failed in the same way', [earlier('a')], now('a'), 'unchanged'],
    [
      'unchanged where some of it was mended',
      [earlier('a', { facts: [fact('x'), fact('y')] })],
      now('a', { facts: [fact('y')] }),
      'unchanged',
    ],
    [
      'worse where it fails in a further way',
      [earlier('a', { facts: [fact('x')] })],
      now('a', { facts: [fact('x'), fact('y')] }),
      'worse',
    ],
    ['worse where it fails in ways at all', [earlier('a')], now('a', { facts: [fact('x')] }), 'worse'],
    ['worse where it weighs more', [earlier('a')], now('a', { severity: 'critical' }), 'worse'],
    ['unchanged where it weighs less', [earlier('a')], now('a', { severity: 'low' }), 'unchanged'],
    ['nothing where it is not a failure', [earlier('a')], now('a', { status: 'UNKNOWN' }), undefined],
    ['nothing where it is waived', [earlier('a')], now('a', { status: 'WAIVED' }), undefined],
  ];
  for (const [what, before, after, change] of cases) {
    it(`calls a finding ${what}`, () => {
      const compared = new BaselineComparison(baseline(...before)).compare(after);
      expect(compared).to.deep.equal(change === undefined ? after : { ...after, change });
    });
  }

  it('counts changes, and tells what is fixed from what was not looked at again', () => {
    const elsewhere = earlier('elsewhere', { region: 'us-east-1' });
    const comparison = new BaselineComparison(
      baseline(earlier('same'), earlier('gone'), elsewhere, earlier('dark'), earlier('waived')),
    );
    comparison.compare(now('same'));
    comparison.compare(now('fresh'));
    comparison.compare(now('dark', { status: 'UNKNOWN' }));
    comparison.compare(now('waived', { status: 'WAIVED' }));
    expect(comparison.summary((_rule, _account, region) => region === 'eu-west-1')).to.deep.equal({
      ...head,
      new: 1,
      worse: 0,
      unchanged: 1,
      fixed: [earlier('gone')],
      not_rechecked: [elsewhere, earlier('dark')],
    });
  });

  it('asks for the coverage of the finding itself', () => {
    const asked: string[][] = [];
    new BaselineComparison(baseline(earlier('gone'))).summary((...place) => {
      asked.push(place);
      return false;
    });
    expect(asked).to.deep.equal([['rule-one', '111122223333', 'eu-west-1']]);
  });

  it('has nothing to tell of two empty scans', () => {
    expect(new BaselineComparison(baseline()).summary(everywhere)).to.deep.equal({
      ...head,
      new: 0,
      worse: 0,
      unchanged: 0,
      fixed: [],
      not_rechecked: [],
    });
  });
});
