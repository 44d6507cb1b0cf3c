import { expect } from 'chai';

import type { ScanHead } from '../../src/engine/scan-document.ts';
import { headTotals } from '../../src/report/scan-digest.ts';
import { renderTrendReport, TrendAggregator } from '../../src/report/trend-report.ts';
import type { TrendPeriod } from '../../src/report/trend-report.ts';
import { trendPoint, trendReport } from '../support/reports.ts';
import { counts, head } from '../support/scans.ts';

const PERIOD: TrendPeriod = {
  from: '2026-11-20T00:00:00.000Z',
  to: '2026-11-23T00:00:00.000Z',
  timeZone: 'UTC',
  step: 'day',
};

const scan = (scan_id: string, report_timestamp: string, score: number | null, changes: Partial<ScanHead> = {}) =>
  headTotals(head({ scan_id, report_timestamp, summary: { ...head().summary, score }, ...changes }));

function trend(changes: Partial<TrendPeriod>, ...scans: ReturnType<typeof scan>[]) {
  const aggregator = new TrendAggregator({ ...PERIOD, ...changes }, 'dev');
  for (const each of scans) aggregator.add(`document of ${each.scanId}`, each);
  return aggregator.report();
}

const failing = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
const found = (scan_id: string, report_timestamp: string, score: number | null) =>
  trendPoint(report_timestamp.slice(0, 10), {
    scans: 1,
    scan_id,
    report_timestamp,
    complete: true,
    score,
    total_resources: 0,
    failing,
    non_compliant: 0,
    unknown: 0,
    waived: 0,
  });

describe('a trend', () => {
  const noon = scan('noon', '2026-11-20T12:00:00.000Z', 80, {
    by_severity: { critical: counts({ total: 9, non_compliant: 2 }), low: counts({ total: 3, non_compliant: 3 }) },
    summary: {
      ...head().summary,
      score: 80,
      compliance_percentage: 81.25,
      evaluated_percentage: 99.5,
      total_resources: 12,
      non_compliant: 5,
      unknown: 1,
      waived: 2,
    },
  });
  const night = scan('night', '2026-11-20T18:00:00.000Z', 10, { complete: false });
  const sunday = scan('sunday', '2026-11-22T23:59:59.999Z', 85.5);

  it('has a point a day, by its last complete scan, and none for a day without', () => {
    expect(trend({}, night, sunday, noon)).to.deep.equal({
      schema: 'compliancectl.trend/1',
      kind: 'trend',
      from: PERIOD.from,
      to: PERIOD.to,
      time_zone: 'UTC',
      step: 'day',
      environment: 'dev',
      scansAnalyzed: 3,
      incomplete_scans: 1,
      score: { first: 80, latest: 85.5, change: 5.5, lowest: 80, highest: 85.5 },
      skipped: [],
      points: [
        {
          date: '2026-11-20',
          scans: 2,
          scan_id: 'noon',
          report_timestamp: '2026-11-20T12:00:00.000Z',
          complete: true,
          score: 80,
          compliance_percentage: 81.25,
          evaluated_percentage: 99.5,
          total_resources: 12,
          failing: { critical: 2, high: 0, medium: 0, low: 3, info: 0 },
          non_compliant: 5,
          unknown: 1,
          waived: 2,
        },
        trendPoint('2026-11-21'),
        found('sunday', '2026-11-22T23:59:59.999Z', 85.5),
      ],
    });
  });

  it('has a point a scan, in the order of time', () => {
    const { points, score } = trend({ step: 'scan' }, sunday, night, noon);
    expect(points.map(({ scan_id, scans, score }) => [scan_id, scans, score])).to.deep.equal([
      ['noon', 1, 80],
      ['night', 1, 10],
      ['sunday', 1, 85.5],
    ]);
    expect(score).to.deep.equal({ first: 80, latest: 85.5, change: 5.5, lowest: 10, highest: 85.5 });
  });

  it('has the days of a time zone', () => {
    const zone = { from: '2026-11-19T23:00:00.000Z', to: '2026-11-21T23:00:00.000Z', timeZone: 'Europe/Berlin' };
    const { points } = trend(zone, scan('a', '2026-11-20T23:30:00.000Z', 1), scan('b', '2026-11-19T23:30:00.000Z', 2));
    expect(points.map(({ date, scan_id }) => [date, scan_id])).to.deep.equal([
      ['2026-11-20', 'b'],
      ['2026-11-21', 'a'],
    ]);
  });

  it('has no score where nothing was judged', () => {
    const none = { first: null, latest: null, change: null, lowest: null, highest: null };
    expect(trend({}).score).to.deep.equal(none);
    expect(trend({}, scan('a', '2026-11-20T06:00:00.000Z', null)).score).to.deep.equal(none);
    expect(trend({}).points).to.deep.equal(['2026-11-20', '2026-11-21', '2026-11-22'].map((day) => trendPoint(day)));
  });

  it('names what it leaves out, in the order of names', () => {
    const aggregator = new TrendAggregator(PERIOD, 'dev');
    aggregator.skip({ name: 'b', reason: 'truncated', message: 'It ends.' });
    aggregator.skip({ name: 'a', reason: 'truncated', message: 'It ends.' });
    aggregator.add('x', noon);
    aggregator.add('c', { ...noon, places: new Set([...noon.places, 'more']) });
    aggregator.add('d', { ...noon, places: new Set(['111122223333/eu-west-1', 'other']) });
    expect(aggregator.report().skipped.map(({ name, reason }) => [name, reason])).to.deep.equal([
      ['a', 'truncated'],
      ['b', 'truncated'],
      ['d', 'overlap'],
    ]);
  });

  it('is JSON with a point a line', () => {
    const two = trendReport({ points: [trendPoint('2026-11-20'), trendPoint('2026-11-21')] });
    for (const report of [two, trendReport()]) {
      const text = [...renderTrendReport(report)].join('');
      expect(JSON.parse(text)).to.deep.equal(report);
      expect(text.split('\n').filter((line) => line.includes('"date"')).length).to.equal(report.points.length);
      expect(text.endsWith('\n}\n')).to.equal(true);
    }
  });
});
