/** How an estate fares over time: a point a day, or a scan. */
import { compareText } from '../engine/compare-text.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import type { Severity } from '../engine/verdict.ts';
import { dayOf, daysFrom } from './calendar.ts';
import type { ScanTotals } from './scan-digest.ts';
import { latestOf, ScanSeries } from './scan-series.ts';
import type { SeriesScan, SkippedScan } from './scan-series.ts';

const TREND_SCHEMA = 'compliancectl.trend/1';

export const TREND_STEPS = ['day', 'scan'] as const;
export type TrendStep = (typeof TREND_STEPS)[number];

/** What a trend is about; the moments are ISO 8601 with milliseconds, UTC. */
export interface TrendPeriod {
  /** Its first moment, and the first one after it. */
  readonly from: string;
  readonly to: string;
  /** Whose midnight days begin at: an IANA name. */
  readonly timeZone: string;
  readonly step: TrendStep;
}

/** A scan; of a day the last complete one, or the last, where none is complete. All but the day is `null` without a scan. */
export interface TrendPoint {
  readonly date: string;
  /** Scans of the day; 1 of a scan. */
  readonly scans: number;
  readonly scan_id: string | null;
  readonly report_timestamp: string | null;
  readonly complete: boolean | null;
  readonly score: number | null;
  readonly compliance_percentage: number | null;
  /** The share of the verdicts that could be decided. */
  readonly evaluated_percentage: number | null;
  readonly total_resources: number | null;
  /** Failures by severity, every severity among them. */
  readonly failing: Readonly<Record<Severity, number>> | null;
  readonly non_compliant: number | null;
  readonly unknown: number | null;
  readonly waived: number | null;
}

/** Of the points that have a value; each `null` where none has. */
export interface TrendScore {
  readonly first: number | null;
  readonly latest: number | null;
  readonly change: number | null;
  readonly lowest: number | null;
  readonly highest: number | null;
}

export interface TrendReport {
  readonly schema: typeof TREND_SCHEMA;
  readonly kind: 'trend';
  readonly from: string;
  readonly to: string;
  readonly time_zone: string;
  readonly step: TrendStep;
  readonly environment: string;
  readonly scansAnalyzed: number;
  readonly incomplete_scans: number;
  readonly score: TrendScore;
  readonly skipped: readonly SkippedScan[];
  readonly points: readonly TrendPoint[];
}

/** The document as JSON text, a point a line. */
export function* renderTrendReport({ points, ...head }: TrendReport): Generator<string> {
  const start = JSON.stringify(head, undefined, 2);
  yield `${start.slice(0, -2)},\n  "points": [`;
  let separator = '\n    ';
  for (const point of points) {
    yield separator + JSON.stringify(point);
    separator = ',\n    ';
  }
  yield points.length === 0 ? ']\n}\n' : '\n  ]\n}\n';
}

/** Takes the totals of a period's scans in any order, and makes its trend. */
export class TrendAggregator {
  readonly #period: TrendPeriod;
  readonly #environment: string;
  readonly #series = new ScanSeries();
  readonly #skipped: SkippedScan[] = [];

  constructor(period: TrendPeriod, environment: string) {
    this.#period = period;
    this.#environment = environment;
  }

  add(name: string, totals: ScanTotals): void {
    const overlap = this.#series.add(name, totals);
    if (overlap !== undefined) this.skip(overlap);
  }

  skip({ name, reason, message }: SkippedScan): void {
    this.#skipped.push({ name, reason, message });
  }

  report(): TrendReport {
    const { from, to, timeZone, step } = this.#period;
    const scans = this.#series.scans();
    const points = step === 'scan' ? scans.map((scan) => this.#pointOf(scan)) : this.#days(scans);
    return {
      schema: TREND_SCHEMA,
      kind: 'trend',
      from,
      to,
      time_zone: timeZone,
      step,
      environment: this.#environment,
      scansAnalyzed: scans.length,
      incomplete_scans: scans.filter(({ totals }) => !totals.complete).length,
      score: scoreOf(points),
      skipped: this.#skipped.toSorted((a, b) => compareText(a.name, b.name)),
      points,
    };
  }

  #days(scans: readonly SeriesScan[]): TrendPoint[] {
    const { from, to, timeZone } = this.#period;
    const byDay = Map.groupBy(scans, ({ totals }) => dayOf(Date.parse(totals.time), timeZone));
    const days = daysFrom(dayOf(Date.parse(from), timeZone), dayOf(Date.parse(to) - 1, timeZone));
    return days.map((date) => {
      const own = byDay.get(date) ?? [];
      const latest = latestOf(own);
      return latest === undefined ? withoutScan(date) : { ...this.#pointOf(latest), scans: own.length };
    });
  }

  #pointOf({ totals }: SeriesScan): TrendPoint {
    const { summary, bySeverity } = totals;
    return {
      date: dayOf(Date.parse(totals.time), this.#period.timeZone),
      scans: 1,
      scan_id: totals.scanId,
      report_timestamp: totals.time,
      complete: totals.complete,
      score: summary.score,
      compliance_percentage: summary.compliance_percentage,
      evaluated_percentage: summary.evaluated_percentage,
      total_resources: summary.total_resources,
      failing: Object.fromEntries(
        SEVERITIES.map((severity) => [severity, bySeverity[severity]?.non_compliant ?? 0]),
      ) as Record<Severity, number>,
      non_compliant: summary.non_compliant,
      unknown: summary.unknown,
      waived: summary.waived,
    };
  }
}

function withoutScan(date: string): TrendPoint {
  return {
    date,
    scans: 0,
    scan_id: null,
    report_timestamp: null,
    complete: null,
    score: null,
    compliance_percentage: null,
    evaluated_percentage: null,
    total_resources: null,
    failing: null,
    non_compliant: null,
    unknown: null,
    waived: null,
  };
}

function scoreOf(points: readonly TrendPoint[]): TrendScore {
  const scores = points.flatMap(({ score }) => score ?? []);
  const [first, latest] = [scores[0], scores.at(-1)];
  if (first === undefined || latest === undefined)
    return { first: null, latest: null, change: null, lowest: null, highest: null };
  // Not Math.min(...scores): a function takes some hundred thousand arguments at most.
  const [lowest, highest] = [scores.reduce((a, b) => Math.min(a, b)), scores.reduce((a, b) => Math.max(a, b))];
  return { first, latest, change: Math.round((latest - first) * 100) / 100, lowest, highest };
}
