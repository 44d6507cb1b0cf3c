/** Reports over a time, from the digests of its scans: a day, a week, and the page that a manager reads. */
import { compareText } from '../engine/compare-text.ts';
import { percentage } from '../engine/score.ts';
import type { Counts } from '../engine/score.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import type { Severity } from '../engine/verdict.ts';
import type { WaiverUse } from '../engine/waivers.ts';
import { CriticalFindings } from './critical-findings.ts';
import type { OpenFinding } from './critical-findings.ts';
import { merged } from './scan-digest.ts';
import type { CountsByKey, ScanDigest, ScanTotals, UnreadApi } from './scan-digest.ts';

export const REPORT_SCHEMA = 'compliancectl.report/1';

export const PERIOD_KINDS = ['daily', 'weekly', 'executive'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

/** What a report is about: whole days, UTC; the moments are ISO 8601 with milliseconds. */
export interface ReportPeriod {
  readonly kind: PeriodKind;
  /** The last day of it. */
  readonly date: string;
  /** Its first moment, and the first one after it. */
  readonly from: string;
  readonly to: string;
  /** The first moment of the scans that it is measured against. */
  readonly before: string;
}

/** Days that a report is about, and days before it that it is measured against. */
const DAYS: Readonly<Record<PeriodKind, { readonly days: number; readonly before: number }>> = {
  daily: { days: 1, before: 0 },
  weekly: { days: 7, before: 7 },
  executive: { days: 1, before: 6 },
};

const DAY = 86_400_000;

/** @param date the last day, `2026-11-20`: of a week that ends on a Sunday this is the ISO week */
export function periodOf(kind: PeriodKind, date: string): ReportPeriod {
  const { days, before } = DAYS[kind];
  const to = Date.parse(`${date}T00:00:00.000Z`) + DAY;
  const from = to - days * DAY;
  return { kind, date, from: isoOf(from), to: isoOf(to), before: isoOf(from - before * DAY) };
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

/** Something that was to be read, and counts for nothing. */
export interface SkippedScan {
  readonly name: string;
  readonly reason: string;
  readonly message: string;
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
  readonly environment: string;
  readonly incomplete_scans: number;
}

export interface DailyReport extends ReportHead {
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
export interface SummaryReport extends ReportHead {
  readonly kind: 'weekly' | 'executive';
  readonly score: Movement;
  readonly by_category: Readonly<Record<string, MovingCounts>>;
  readonly by_severity: Readonly<Record<string, MovingCounts>>;
  readonly worst_rules: readonly WorstRule[];
  readonly critical: { readonly open: number; readonly oldest: readonly OpenFinding[] };
  readonly coverage: ReportCoverage | null;
  readonly waivers_expiring: readonly WaiverUse[];
  /** One row a day, of a week alone. */
  readonly days?: readonly (Averages & { readonly date: string })[];
  readonly latest: LatestScan | null;
  readonly skipped: readonly SkippedScan[];
}

export type PeriodReport = DailyReport | SummaryReport;

/** The document as JSON text, as it is stored and printed. */
export function renderPeriodReport(report: PeriodReport): [string] {
  return [`${JSON.stringify(report, undefined, 2)}\n`];
}

const WORST_RULES = 5;
const OLDEST_FINDINGS = 5;

/** Days after the period in which a waiver ends that is about to expire. */
const EXPIRY_DAYS = 30;

/**
 * Takes the digests of a period's scans, and of those before it, in the order of time, and makes its report. Holds the
 * counts of each scan and the critical findings that are open, and no evaluation.
 */
export class PeriodAggregator {
  readonly #period: ReportPeriod;
  readonly #environment: string;
  readonly #scans = new Map<string, ScanTotals>();
  readonly #records: InstanceRecord[] = [];
  readonly #skipped: SkippedScan[] = [];
  readonly #critical = new CriticalFindings();

  constructor(period: ReportPeriod, environment: string) {
    this.#period = period;
    this.#environment = environment;
  }

  /** Takes a document. Shards of one scan are one scan; a scan that was stored twice counts once. */
  add(name: string, digest: ScanDigest): void {
    const { totals } = digest;
    const known = this.#scans.get(totals.scanId);
    const together = known === undefined ? totals : joined(known, totals);
    if (together === undefined) {
      const message = `It shares a part of the estate with another document of the scan ${totals.scanId}.`;
      this.skip({ name, reason: 'overlap', message });
      return;
    }
    this.#scans.set(totals.scanId, together);
    this.#critical.follow(digest);
  }

  /** Takes a record, which counts where the scan has no document. */
  addRecord(record: InstanceRecord): void {
    this.#records.push(record);
  }

  skip({ name, reason, message }: SkippedScan): void {
    this.#skipped.push({ name, reason, message });
  }

  report(): PeriodReport {
    const { kind, date, from, to } = this.#period;
    const rows = this.#rows();
    const scans = [...this.#scans.values()].toSorted(
      (a, b) => compareText(a.time, b.time) || compareText(a.scanId, b.scanId),
    );
    const latest = latestOf(scans.filter(({ time }) => time >= from));
    const head = {
      schema: REPORT_SCHEMA,
      kind,
      date,
      from,
      to,
      environment: this.#environment,
      ...averagesOf(rows),
      incomplete_scans: rows.filter(({ complete }) => complete === false).length,
    } as const;
    const skipped = this.#skipped.toSorted((a, b) => compareText(a.name, b.name));
    const found = latest === undefined ? null : foundBy(latest);
    if (kind === 'daily') return { ...head, kind, scans: rows, latest: found, skipped };
    const previous = latestOf(scans.filter(({ time }) => time < from));
    return {
      ...head,
      kind,
      ...comparison(latest, previous),
      critical: { open: this.#critical.open, oldest: this.#critical.oldest(OLDEST_FINDINGS) },
      coverage: latest === undefined ? null : coverageOf(latest),
      waivers_expiring: expiringOf(latest, this.#period),
      ...(kind === 'weekly' && { days: daysOf(rows, this.#period) }),
      latest: found,
      skipped,
    };
  }

  /** One row a scan of the period, in the order of time. */
  #rows(): ScanRow[] {
    const { from, to } = this.#period;
    const alone = new Map(
      this.#records
        .filter(({ scanId }) => scanId === undefined || !this.#scans.has(scanId))
        .map((record) => [record.scanId ?? record.name, record]),
    );
    return [...[...this.#scans.values()].map(rowOf), ...[...alone.values()].map(recordRow)]
      .filter(({ report_timestamp: time }) => time >= from && time < to)
      .toSorted(
        (a, b) => compareText(a.report_timestamp, b.report_timestamp) || compareText(a.scan_id ?? '', b.scan_id ?? ''),
      );
  }
}

/** Two documents of one scan as one, or `undefined` where they share a part of the estate, and so cannot be added. */
function joined(known: ScanTotals, more: ScanTotals): ScanTotals | undefined {
  const shared = [...more.places].filter((place) => known.places.has(place)).length;
  if (shared === 0) return merged(known, more);
  const otherRules = !Object.keys(more.byRule).some((rule) => rule in known.byRule);
  if (otherRules && Object.keys(more.byRule).length > 0) return undefined;
  const [holdsKnown, holdsMore] = [shared === known.places.size, shared === more.places.size];
  // The same again: of two attempts the later one, unless it was cut short and the earlier one was not.
  if (holdsKnown && holdsMore) return more.complete || !known.complete ? more : known;
  if (holdsKnown) return more;
  return holdsMore ? known : undefined;
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

/** @param scans in the order of time */
function latestOf(scans: readonly ScanTotals[]): ScanTotals | undefined {
  return scans.findLast(({ complete }) => complete) ?? scans.at(-1);
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
function expiringOf(latest: ScanTotals | undefined, { date, to }: ReportPeriod): WaiverUse[] {
  const until = isoOf(Date.parse(to) + EXPIRY_DAYS * DAY).slice(0, 10);
  return (latest?.waivers ?? [])
    .filter(({ expires }) => expires >= date && expires < until)
    .toSorted(
      (a, b) => compareText(a.expires, b.expires) || compareText(a.rule_id, b.rule_id) || compareText(a.scope, b.scope),
    );
}

function daysOf(rows: readonly ScanRow[], { from, to }: ReportPeriod): (Averages & { readonly date: string })[] {
  const days: (Averages & { readonly date: string })[] = [];
  for (let start = Date.parse(from); start < Date.parse(to); start += DAY) {
    const date = isoOf(start).slice(0, 10);
    days.push({ date, ...averagesOf(rows.filter(({ report_timestamp: time }) => time.startsWith(date))) });
  }
  return days;
}
