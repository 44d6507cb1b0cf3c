/** Reports over a time, from the digests of its scans: a day, a week, and the page that a manager reads. */
import { compareText } from '../engine/compare-text.ts';
import { percentage } from '../engine/score.ts';
import type { Counts } from '../engine/score.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import type { Severity } from '../engine/verdict.ts';
import type { WaiverUse } from '../engine/waivers.ts';
import { CriticalFindings } from './critical-findings.ts';
import type { OpenFinding } from './critical-findings.ts';
import { addDays, dayOf, daysFrom, dayStart } from './calendar.ts';
import { FailureTimes } from './failure-times.ts';
import type { TimeToResolve } from './failure-times.ts';
import { renderJson } from './json.ts';
import type { ScanChanges, ScanFindings } from './scan-changes.ts';
import type { CountsByKey, ScanDigest, ScanTotals, UnreadApi } from './scan-digest.ts';
import { latestOf, ScanSeries } from './scan-series.ts';
import type { SeriesScan, SkippedScan } from './scan-series.ts';

const REPORT_SCHEMA = 'compliancectl.report/1';

export const PERIOD_KINDS = ['daily', 'weekly', 'executive'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

/** What a report is about; the moments are ISO 8601 with milliseconds, UTC. */
export interface ReportPeriod {
  readonly kind: PeriodKind;
  /** The last day of it. */
  readonly date: string;
  /** Its first moment, and the first one after it. */
  readonly from: string;
  readonly to: string;
  /** The first moment of the scans that it is measured against. */
  readonly before: string;
  /** Whose midnight days begin at: an IANA name. */
  readonly timeZone: string;
}

/** Days that a report is about. */
const DAYS: Readonly<Record<PeriodKind, number>> = { daily: 1, weekly: 7, executive: 1 };

/** Days that are read before those of the report, at the least: over a weekend there may be no scan. */
const LOOK_BACK = 6;

/** @param date the last day, `2026-11-20`: of a week that ends on a Sunday this is the ISO week */
export function periodOf(kind: PeriodKind, date: string, timeZone = 'UTC'): ReportPeriod {
  const from = dayStart(addDays(date, 1 - DAYS[kind]), timeZone);
  return periodBetween(kind, { from, to: dayStart(addDays(date, 1), timeZone) }, timeZone);
}

/**
 * From the first moment on, and up to the last, which is not part of it; measured against as many days before it, and six at
 * the least.
 *
 * @param span milliseconds since 1970, the first before the last
 */
export function periodBetween(
  kind: PeriodKind,
  { from, to }: { readonly from: number; readonly to: number },
  timeZone: string,
): ReportPeriod {
  const [first, date] = [dayOf(from, timeZone), dayOf(to - 1, timeZone)];
  const days = Math.max(daysFrom(first, date).length, LOOK_BACK);
  const before = dayStart(addDays(first, -days), timeZone);
  return { kind, date, from: isoOf(from), to: isoOf(to), before: isoOf(before), timeZone };
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}

/** A scan that is known by its record alone: the instances, and nothing else. */
export interface InstanceRecord {
  readonly name: string;
  readonly timestamp: string;
  readonly scanId?: string | undefined;
  readonly compliantInstances: number;
  readonly nonCompliantInstances: number;
}

export interface ScanRow {
  /** `null` where the record of another tool is all there is. */
  readonly scan_id: string | null;
  readonly report_timestamp: string;
  /** `null` where a record is all there is: it does not say. */
  readonly complete: boolean | null;
  readonly compliant_instances: number;
  readonly non_compliant_instances: number;
  /** The share of judged instances that break no rule, with what is attached to them. */
  readonly compliance_percentage: number | null;
  readonly score: number | null;
  readonly evaluated_percentage: number | null;
}

/** The averages of some scans; `null` where nothing was judged. */
export interface Averages {
  readonly scansAnalyzed: number;
  readonly averageCompliancePercentage: number | null;
  readonly average_score: number | null;
}

/** What the last complete scan found; the last one, where none is complete. */
export interface LatestScan {
  readonly scan_id: string;
  readonly report_timestamp: string;
  readonly complete: boolean;
  readonly summary: ScanTotals['summary'];
  readonly by_resource_type: CountsByKey;
  readonly by_rule: CountsByKey;
  readonly by_severity: CountsByKey;
  readonly by_category: CountsByKey;
}

interface ReportHead extends Averages {
  readonly schema: typeof REPORT_SCHEMA;
  readonly date: string;
  readonly from: string;
  readonly to: string;
  /** Whose days they are: an IANA name. */
  readonly time_zone: string;
  readonly environment: string;
  /** As of when, by the latest scan. */
  readonly report_timestamp: string | null;
  readonly incomplete_scans: number;
  /** What became of the failures of the last scan before; `null` where there is none. */
  readonly changes: ScanChanges | null;
  readonly time_to_resolve: TimeToResolve;
}

/** The latest scan as S2-6 has it. */
interface LatestFindings {
  readonly summary: ScanTotals['summary'] | null;
  readonly by_resource_type: CountsByKey;
  readonly by_rule: CountsByKey;
  /** What fails, is unknown or is waived. */
  readonly evaluations: ScanFindings['evaluations'];
}

export interface DailyReport extends ReportHead, LatestFindings {
  readonly kind: 'daily';
  readonly scans: readonly ScanRow[];
  readonly latest: LatestScan | null;
  readonly skipped: readonly SkippedScan[];
}

/** A number, what it was in the time before, and the difference; each `null` where there is none. */
export interface Movement {
  readonly latest: number | null;
  readonly previous: number | null;
  readonly change: number | null;
}

/** Evaluations of one kind, the share of them that pass, and how that moved. */
export interface MovingCounts extends Counts {
  readonly compliance_percentage: Movement;
}

export interface WorstRule {
  readonly rule_id: string;
  /** That of its worst failure. */
  readonly severity: Severity | null;
  readonly non_compliant: number;
  readonly total: number;
  /** How many more resources fail than in the time before. */
  readonly change: number | null;
}

/** What the latest scan could not see. */
export interface ReportCoverage {
  readonly complete: boolean;
  readonly evaluated_percentage: number | null;
  readonly unknown: number;
  readonly unread: readonly UnreadApi[];
}

/** What moved over a day or a week, and what to do about it. */
interface Movements extends ReportHead {
  readonly score: Movement;
  readonly by_category: Readonly<Record<string, MovingCounts>>;
  readonly by_severity: Readonly<Record<string, MovingCounts>>;
  readonly worst_rules: readonly WorstRule[];
  readonly critical: { readonly open: number; readonly oldest: readonly OpenFinding[] };
  readonly coverage: ReportCoverage | null;
  readonly waivers_expiring: readonly WaiverUse[];
  readonly latest: LatestScan | null;
  readonly skipped: readonly SkippedScan[];
}

export interface WeeklyReport extends Movements, LatestFindings {
  readonly kind: 'weekly';
  readonly days: readonly DayRow[];
}

export type DayRow = Averages & { readonly date: string };

export interface ExecutiveReport extends Movements {
  readonly kind: 'executive';
}

export type SummaryReport = WeeklyReport | ExecutiveReport;
export type PeriodReport = DailyReport | SummaryReport;

/** The document as JSON text, as it is stored and printed. */
export function renderPeriodReport(report: PeriodReport): Iterable<string> {
  if (report.kind === 'executive') return [`${JSON.stringify(report, undefined, 2)}\n`];
  const { evaluations, ...head } = report;
  return renderJson({ head, evaluations });
}

/** The documents to be read once more, for their findings: a scan has several where it was made in shards. */
export interface ComparedScans {
  readonly latest?: SeriesScan;
  readonly previous?: SeriesScan;
}

const WORST_RULES = 5;
const OLDEST_FINDINGS = 5;

/** Days after the period in which a waiver ends that is about to expire. */
const EXPIRY_DAYS = 30;

/**
 * Takes the digests of a period's scans, and of those before it, in the order of time, and makes its report. Holds the
 * counts of each scan and the failures that are open, and no evaluation.
 */
export class PeriodAggregator {
  readonly #period: ReportPeriod;
  readonly #environment: string;
  readonly #series = new ScanSeries();
  readonly #records: InstanceRecord[] = [];
  readonly #skipped: SkippedScan[] = [];
  readonly #critical = new CriticalFindings();
  readonly #times: FailureTimes;

  constructor(period: ReportPeriod, environment: string) {
    this.#period = period;
    this.#environment = environment;
    this.#times = new FailureTimes(period.from);
  }

  /** Takes a document. Shards of one scan are one scan; a scan that was stored twice counts once. */
  add(name: string, digest: ScanDigest): void {
    const overlap = this.#series.add(name, digest.totals);
    if (overlap !== undefined) {
      this.skip(overlap);
      return;
    }
    this.#critical.follow(digest);
    this.#times.follow(digest);
  }

  /** Takes a record, which counts where the scan has no document. */
  addRecord(record: InstanceRecord): void {
    this.#records.push(record);
  }

  skip({ name, reason, message }: SkippedScan): void {
    this.#skipped.push({ name, reason, message });
  }

  /** The latest scan of the period, and the last one before: when all documents were taken. */
  compared(): ComparedScans {
    const { from } = this.#period;
    const scans = this.#series.scans();
    const latest = latestOf(scans.filter(({ totals }) => totals.time >= from));
    const previous = latestOf(scans.filter(({ totals }) => totals.time < from));
    return { ...(latest && { latest }), ...(previous && { previous }) };
  }

  /** @param findings of the scans that `compared` names */
  report({ evaluations, changes }: ScanFindings): PeriodReport {
    const { kind, date, from, to, timeZone } = this.#period;
    const rows = this.#rows();
    const compared = this.compared();
    const [latest, previous] = [compared.latest?.totals, compared.previous?.totals];
    const skipped = this.#skipped.toSorted((a, b) => compareText(a.name, b.name));
    const head = {
      schema: REPORT_SCHEMA,
      kind,
      date,
      from,
      to,
      time_zone: timeZone,
      environment: this.#environment,
      report_timestamp: latest?.time ?? null,
      ...averagesOf(rows),
      incomplete_scans: rows.filter(({ complete }) => complete === false).length,
    } as const;
    const counted = {
      summary: latest?.summary ?? null,
      by_resource_type: latest?.byResourceType ?? {},
      by_rule: latest?.byRule ?? {},
    };
    const moved = { changes, time_to_resolve: this.#times.result() };
    const end = { latest: latest === undefined ? null : foundBy(latest), skipped };
    if (kind === 'daily') return { ...head, kind, ...counted, ...moved, scans: rows, ...end, evaluations };
    const movements = {
      ...moved,
      ...comparison(latest, previous),
      critical: { open: this.#critical.open, oldest: this.#critical.oldest(OLDEST_FINDINGS) },
      coverage: latest === undefined ? null : coverageOf(latest),
      waivers_expiring: expiringOf(latest, this.#period),
    };
    if (kind === 'executive') return { ...head, kind, ...movements, ...end };
    return { ...head, kind, ...counted, ...movements, days: daysOf(rows, this.#period), ...end, evaluations };
  }

  /** One row a scan of the period, in the order of time. */
  #rows(): ScanRow[] {
    const { from, to } = this.#period;
    const alone = new Map(
      this.#records
        .filter(({ scanId }) => scanId === undefined || !this.#series.has(scanId))
        .map((record) => [record.scanId ?? record.name, record]),
    );
    return [...this.#series.scans().map(({ totals }) => rowOf(totals)), ...[...alone.values()].map(recordRow)]
      .filter(({ report_timestamp: time }) => time >= from && time < to)
      .toSorted(
        (a, b) => compareText(a.report_timestamp, b.report_timestamp) || compareText(a.scan_id ?? '', b.scan_id ?? ''),
      );
  }
}

function rowOf({ scanId, time, complete, instances, summary }: ScanTotals): ScanRow {
  const { compliant, nonCompliant } = instances;
  return {
    scan_id: scanId,
    report_timestamp: time,
    complete,
    compliant_instances: compliant,
    non_compliant_instances: nonCompliant,
    compliance_percentage: percentage(compliant, compliant + nonCompliant),
    score: summary.score,
    evaluated_percentage: summary.evaluated_percentage,
  };
}

function recordRow({ scanId, timestamp, compliantInstances, nonCompliantInstances }: InstanceRecord): ScanRow {
  return {
    scan_id: scanId ?? null,
    report_timestamp: timestamp,
    complete: null,
    compliant_instances: compliantInstances,
    non_compliant_instances: nonCompliantInstances,
    compliance_percentage: percentage(compliantInstances, compliantInstances + nonCompliantInstances),
    score: null,
    evaluated_percentage: null,
  };
}

function averagesOf(rows: readonly ScanRow[]): Averages {
  return {
    scansAnalyzed: rows.length,
    averageCompliancePercentage: average(rows.map(({ compliance_percentage: share }) => share)),
    average_score: average(rows.map(({ score }) => score)),
  };
}

/** The mean of those that are known. */
function average(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : twoDecimals(known.reduce((sum, value) => sum + value, 0) / known.length);
}

function twoDecimals(value: number): number {
  return Math.round(value * 100) / 100;
}

function foundBy(totals: ScanTotals): LatestScan {
  return {
    scan_id: totals.scanId,
    report_timestamp: totals.time,
    complete: totals.complete,
    summary: totals.summary,
    by_resource_type: totals.byResourceType,
    by_rule: totals.byRule,
    by_severity: totals.bySeverity,
    by_category: totals.byCategory,
  };
}

function comparison(latest: ScanTotals | undefined, previous: ScanTotals | undefined) {
  return {
    score: movement(latest?.summary.score, previous?.summary.score),
    by_category: movingCounts(latest?.byCategory, previous?.byCategory),
    by_severity: movingCounts(latest?.bySeverity, previous?.bySeverity),
    worst_rules: latest === undefined ? [] : worstRules(latest, previous),
  };
}

function movement(latest: number | null = null, previous: number | null = null): Movement {
  const change = latest === null || previous === null ? null : twoDecimals(latest - previous);
  return { latest, previous, change };
}

function movingCounts(latest: CountsByKey = {}, previous: CountsByKey = {}): Readonly<Record<string, MovingCounts>> {
  return Object.fromEntries(
    Object.entries(latest).map(([key, counts]) => [
      key,
      { ...counts, compliance_percentage: movement(passing(counts), passing(previous[key])) },
    ]),
  );
}

function passing(counts: Counts | undefined): number | null {
  return counts === undefined ? null : percentage(counts.compliant, counts.compliant + counts.non_compliant);
}

/** By severity first: one open door outweighs a hundred missing tags. */
function worstRules({ byRule, severityOfRule }: ScanTotals, previous: ScanTotals | undefined): WorstRule[] {
  return Object.entries(byRule)
    .filter(([, { non_compliant: failing }]) => failing > 0)
    .map(([rule, { non_compliant: failing, total }]) => {
      const before = previous?.byRule[rule]?.non_compliant ?? null;
      return {
        rule_id: rule,
        severity: severityOfRule.get(rule) ?? null,
        non_compliant: failing,
        total,
        change: before === null ? null : failing - before,
      };
    })
    .toSorted(
      (a, b) =>
        rankOf(a.severity) - rankOf(b.severity) ||
        b.non_compliant - a.non_compliant ||
        compareText(a.rule_id, b.rule_id),
    )
    .slice(0, WORST_RULES);
}

function rankOf(severity: Severity | null): number {
  return severity === null ? SEVERITIES.length : SEVERITIES.indexOf(severity);
}

function coverageOf({ complete, summary, unread }: ScanTotals): ReportCoverage {
  return {
    complete,
    evaluated_percentage: summary.evaluated_percentage,
    unknown: summary.unknown,
    unread: unread.toSorted(
      (a, b) => b.places - a.places || compareText(a.api, b.api) || compareText(a.reason, b.reason),
    ),
  };
}

/** Waivers that still hold on the period's last day, and will not for long. */
function expiringOf(latest: ScanTotals | undefined, { date }: ReportPeriod): WaiverUse[] {
  const until = addDays(date, EXPIRY_DAYS);
  return (latest?.waivers ?? [])
    .filter(({ expires }) => expires >= date && expires <= until)
    .toSorted(
      (a, b) => compareText(a.expires, b.expires) || compareText(a.rule_id, b.rule_id) || compareText(a.scope, b.scope),
    );
}

function daysOf(rows: readonly ScanRow[], { from, date, timeZone }: ReportPeriod): DayRow[] {
  const byDay = Map.groupBy(rows, ({ report_timestamp: time }) => dayOf(Date.parse(time), timeZone));
  return daysFrom(dayOf(Date.parse(from), timeZone), date).map((day) => ({
    date: day,
    ...averagesOf(byDay.get(day) ?? []),
  }));
}
