import { expect } from 'chai';

import type { Evaluation, Gap } from '../../src/engine/evaluation.ts';
import type { Severity } from '../../src/engine/verdict.ts';
import { judgeOutcome } from '../../src/scan/outcome.ts';
import type { Limits } from '../../src/scan/outcome.ts';
import { finding, gap, head } from '../support/scans.ts';

const limits = (changes: Partial<Limits> = {}): Limits => ({ threshold: 80, allowIncomplete: false, ...changes });

interface Given {
  readonly score?: number | null;
  readonly unknown?: number;
  readonly gaps?: readonly Gap[];
  readonly findings?: readonly Evaluation[];
  readonly readable?: boolean;
}

function judge(
  { score = 100, unknown = 0, gaps = [], findings = [], readable = true }: Given,
  changes?: Partial<Limits>,
) {
  const scanned = head({ gaps });
  const summary = { ...scanned.summary, score, unknown };
  return judgeOutcome({ head: { ...scanned, summary }, evaluations: findings, readable }, limits(changes));
}

const failing = (severity: Severity) => finding({ status: 'FAIL', severity });

describe('the outcome of a scan', () => {
  it('is well without a word where nothing is amiss', () => {
    expect(judge({})).to.deep.equal({ exitCode: 0, reasons: [] });
  });

  it('is well at the threshold itself, and a shortfall just below', () => {
    expect(judge({ score: 80 })).to.deep.equal({ exitCode: 0, reasons: [] });
    expect(judge({ score: 79.99 })).to.deep.equal({
      exitCode: 1,
      reasons: ['The score 79.99 is below the threshold of 80.'],
    });
    expect(judge({ score: 0 }, { threshold: 0 })).to.deep.equal({ exitCode: 0, reasons: [] });
  });

  it('is no shortfall where nothing was judged', () => {
    expect(judge({ score: null }, { threshold: 100 })).to.deep.equal({ exitCode: 0, reasons: [] });
  });

  it('is a shortfall where a failure weighs enough, whatever the score', () => {
    const findings = [failing('medium'), failing('high'), failing('critical'), finding({ status: 'UNKNOWN' })];
    expect(judge({ findings }, { failOn: 'critical' })).to.deep.equal({
      exitCode: 1,
      reasons: ['1 finding is of severity critical or worse.'],
    });
    expect(judge({ findings }, { failOn: 'high' })).to.deep.equal({
      exitCode: 1,
      reasons: ['2 findings are of severity high or worse.'],
    });
  });

  it('is no shortfall for what weighs too little, or is no failure', () => {
    const findings = [failing('medium'), finding({ status: 'UNKNOWN', severity: 'critical' })];
    expect(judge({ findings }, { failOn: 'high' })).to.deep.equal({ exitCode: 0, reasons: [] });
  });

  it('is incomplete where there are gaps or unknowns, unless that is allowed', () => {
    const blind = { gaps: [gap()], unknown: 2 };
    const reasons = ['1 call could not be answered.', '2 verdicts are UNKNOWN.'];
    expect(judge(blind)).to.deep.equal({ exitCode: 4, reasons });
    expect(judge(blind, { allowIncomplete: true })).to.deep.equal({ exitCode: 0, reasons });
    expect(judge({ unknown: 1 })).to.deep.equal({ exitCode: 4, reasons: ['1 verdict is UNKNOWN.'] });
    expect(judge({ gaps: [gap(), gap({ region: 'us-east-1' })] })).to.deep.equal({
      exitCode: 4,
      reasons: ['2 calls could not be answered.'],
    });
  });

  it('is a shortfall before it is incomplete, and says both', () => {
    expect(judge({ score: 10, unknown: 1 })).to.deep.equal({
      exitCode: 1,
      reasons: ['The score 10 is below the threshold of 80.', '1 verdict is UNKNOWN.'],
    });
  });

  it('has failed where nothing at all was readable, whatever is allowed', () => {
    expect(judge({ score: null, gaps: [gap()], readable: false }, { allowIncomplete: true })).to.deep.equal({
      exitCode: 3,
      reasons: ['Nothing could be read: every call for a list of resources failed.'],
    });
  });

  it('is well where there was nothing to ask', () => {
    expect(judge({ score: null, readable: false })).to.deep.equal({ exitCode: 0, reasons: [] });
  });

  it('was interrupted before it is anything else', () => {
    const gaps = [gap(), gap({ reason: 'interrupted' })];
    expect(judge({ score: 0, gaps, readable: false }, { failOn: 'info', allowIncomplete: true })).to.deep.equal({
      exitCode: 130,
      reasons: ['The scan was interrupted.'],
    });
  });
});
