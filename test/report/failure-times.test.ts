import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import { FailureTimes } from '../../src/report/failure-times.ts';
import { digestScan } from '../../src/report/scan-digest.ts';
import { counts, finding, gap, head } from '../support/scans.ts';

const RULES = { by_rule: { 'ec2-required-tags': counts({ total: 1 }) } };

/** A scan at an hour of the day in which these fail. */
function scan(hour: number, evaluations: readonly Evaluation[] = [], changes: Partial<ScanHead> = {}) {
  const report_timestamp = `2026-11-20T${String(hour).padStart(2, '0')}:00:00.000Z`;
  const reader = digestScan(head({ report_timestamp, ...RULES, ...changes }));
  for (const evaluation of evaluations) reader.evaluation(evaluation);
  return reader.end();
}

function resultOf(...scans: ReturnType<typeof scan>[]) {
  const times = new FailureTimes('2026-11-20T06:00:00.000Z');
  for (const each of scans) times.follow(each);
  return times.result();
}

const a = finding({ fingerprint: 'a' });
const b = finding({ fingerprint: 'b' });

describe('the time to resolve', () => {
  it('is the mean from the first scan that saw a failure to the first that did not', () => {
    expect(resultOf(scan(0), scan(3, [a]), scan(6, [a, b]), scan(8, [a]), scan(12))).to.deep.equal({
      resolved: 2,
      // 9 hours and 2.
      mean_hours: 5.5,
      older: 0,
    });
    expect(resultOf(scan(0), scan(1, [a]), scan(6, [a]), scan(7), scan(8, [a]), scan(8.0 + 1))).to.deep.equal({
      resolved: 2,
      mean_hours: 3.5,
      older: 0,
    });
  });

  it('is not known of what the first scan of a place saw', () => {
    expect(resultOf(scan(3, [a]), scan(6, [a, b]), scan(9))).to.deep.equal({ resolved: 2, mean_hours: 3, older: 1 });
    expect(resultOf(scan(3, [a]), scan(6))).to.deep.equal({ resolved: 1, mean_hours: null, older: 1 });
    const elsewhere = { regions: ['eu-west-1', 'us-east-1'] };
    const late = finding({ fingerprint: 'late', region: 'us-east-1' });
    expect(resultOf(scan(0), scan(6, [late], elsewhere), scan(9, [], elsewhere)).older).to.equal(1);
  });

  it('does not count what was resolved before', () => {
    expect(resultOf(scan(0), scan(2, [a]), scan(5))).to.deep.equal({ resolved: 0, mean_hours: null, older: 0 });
  });

  it('goes on where nobody could look again', () => {
    const seen = [scan(0), scan(6, [a])];
    const open = { resolved: 0, mean_hours: null, older: 0 };
    expect(resultOf(...seen, scan(8, [], { gaps: [gap()] })), 'a gap').to.deep.equal(open);
    expect(resultOf(...seen, scan(8, [], { complete: false })), 'cut short').to.deep.equal(open);
    expect(resultOf(...seen, scan(8, [{ ...a, status: 'UNKNOWN' }])), 'unknown').to.deep.equal(open);
    expect(resultOf(...seen, scan(8, [], { by_rule: {} })), 'another rule').to.deep.equal(open);
    expect(resultOf(...seen, scan(8, [], { regions: ['us-east-1'] })), 'elsewhere').to.deep.equal(open);
    expect(resultOf(...seen, scan(8, [], { gaps: [gap()] }), scan(10)).mean_hours).to.equal(4);
  });

  it('ends without a result where a failure is waived: that is no mending', () => {
    const waived: Evaluation = { ...a, status: 'WAIVED' };
    expect(resultOf(scan(0), scan(6, [a]), scan(8, [waived]), scan(10))).to.deep.equal({
      resolved: 0,
      mean_hours: null,
      older: 0,
    });
  });
});
