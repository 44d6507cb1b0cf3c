/** A report as an email says it: a subject and a page of plain text. */
import type { Severity } from '../engine/verdict.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import type { DailyReport, Movement, MovingCounts, PeriodReport, ScanRow, SummaryReport } from './period-report.ts';
import { plainLine } from './plain-text.ts';
import { plural } from './plural.ts';

export interface ReportText {
  readonly subject: string;
  readonly text: string;
}

/** Lines of a list that a page has room for; what is left over is counted. */
const SHOWN = 10;

/** @param link where the whole report lies */
export function renderReportText(report: PeriodReport, link: string): ReportText {
  const body = report.kind === 'daily' ? dailyLines(report) : summaryLines(report);
  const lines = [titleOf(report), '', ...body, ...skippedLines(report), '', `The whole report: ${link}`];
  return { subject: subjectOf(report), text: `${lines.join('\n')}\n` };
}

const NAMES: Readonly<Record<PeriodReport['kind'], string>> = {
  daily: 'Daily compliance report',
  weekly: 'Weekly compliance report',
  executive: 'Executive compliance summary',
};

function titleOf({ kind, environment, date, from, time_zone: zone }: PeriodReport): string {
  const days = kind === 'weekly' ? `${from.slice(0, 10)} to ${date}` : date;
  return `${NAMES[kind]} of ${environment}, ${days} (${zone})`;
}

function subjectOf(report: PeriodReport): string {
  const score = `score ${shown(report.latest?.summary.score ?? null)}`;
  return `${NAMES[report.kind]} of ${report.environment}, ${report.date}: ${report.scansAnalyzed === 0 ? 'no scans' : score}`;
}

function dailyLines(report: DailyReport): string[] {
  if (report.scansAnalyzed === 0) return ['No scan was stored on this day.'];
  return [
    `Scans: ${report.scansAnalyzed}${incomplete(report)}`,
    `Compliant instances, on average: ${share(report.averageCompliancePercentage)}`,
    `Score, on average: ${shown(report.average_score)}`,
    ...changeLines(report),
    ...section('Scans', report.scans.map(scanLine)),
    ...(report.latest === null
      ? []
      : section(
          'Failures by severity, in the latest scan',
          bySeverity(report.latest.by_severity).map(([name, { non_compliant: failing }]) => `${name}: ${failing}`),
        )),
  ];
}

function incomplete({ incomplete_scans: count }: PeriodReport): string {
  return count === 0 ? '' : `, ${count} of them cut short`;
}

/** Nothing where there is no earlier scan. */
function changeLines({ changes, time_to_resolve: { mean_hours: mean } }: PeriodReport): string[] {
  if (changes === null) return [];
  const { since, new: fresh, worse, still_open: open, resolved } = changes;
  const heavier = worse === 0 ? '' : `, ${worse} of them worse`;
  return [
    `Since ${since.report_timestamp}: ${fresh} new, ${resolved} resolved, ${open} still open${heavier}`,
    ...(mean === null ? [] : [`Mean time to resolve: ${plural(mean, 'hour')}`]),
  ];
}

function scanLine({ report_timestamp: time, score, compliance_percentage: instances, complete }: ScanRow): string {
  const short = complete === false ? ', cut short' : '';
  return `${time}: score ${shown(score)}, compliant instances ${share(instances)}${short}`;
}

function summaryLines(report: SummaryReport): string[] {
  const { score, worst_rules: worst, critical, coverage, waivers_expiring: waivers } = report;
  const days = report.kind === 'weekly' ? report.days : [];
  return [
    `Score: ${moved(score)}`,
    `Scans: ${report.scansAnalyzed}${incomplete(report)}`,
    ...changeLines(report),
    ...section(
      'Days',
      days.map(
        ({ date, scansAnalyzed, average_score: average }) =>
          `${date}: ${plural(scansAnalyzed, 'scan')}, score ${shown(average)}`,
      ),
    ),
    ...section('Passing, by category', Object.entries(report.by_category).map(movingLine)),
    ...section('Passing, by severity', bySeverity(report.by_severity).map(movingLine)),
    ...section(
      'Worst rules',
      worst.map(({ rule_id: rule, severity, non_compliant: failing, total, change }) => {
        const than = change === null || change === 0 ? '' : ` (${signed(change)})`;
        return `[${severity ?? 'unknown'}] ${rule}: ${failing} of ${total} fail${than}`;
      }),
    ),
    ...section(
      `Critical findings: ${critical.open} open, the oldest first`,
      critical.oldest.map(
        ({ rule_id: rule, resource_id: id, account_id: account, region, since, or_earlier: earlier }) => {
          const day = since.slice(0, 10);
          return `${rule}: ${id} in ${account}, ${region}, since ${day}${earlier ? ' or earlier' : ''}`;
        },
      ),
    ),
    ...(coverage === null
      ? []
      : section('Not seen', [
          ...(coverage.complete ? [] : ['The latest scan was cut short.']),
          ...(coverage.unknown === 0 ? [] : [`${plural(coverage.unknown, 'verdict')} could not be given.`]),
          ...coverage.unread.map(({ api, reason, permission, places }) => {
            const needed = permission === undefined ? '' : `, needs ${permission}`;
            return `${api}: ${reason} in ${plural(places, 'place')}${needed}`;
          }),
        ])),
    ...section(
      'Waivers about to expire',
      waivers.map(({ rule_id: rule, scope, owner, expires }) => `${expires}: ${rule} for ${scope}, ${owner}`),
    ),
  ];
}

function movingLine([name, counts]: readonly [string, MovingCounts]): string {
  return `${name}: ${moved(counts.compliance_percentage, ' %')}, ${counts.non_compliant} failing`;
}

/** By weight, the worst first. */
function bySeverity<Counted>(counts: Readonly<Record<string, Counted>>): (readonly [Severity, Counted])[] {
  return SEVERITIES.flatMap((severity) => {
    const counted = counts[severity];
    return counted === undefined ? [] : [[severity, counted] as const];
  });
}

/** Nothing where there is nothing to list. */
function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const left = lines.length - SHOWN;
  return [
    '',
    `${title}:`,
    ...lines.slice(0, SHOWN).map((line) => `  ${plainLine(line)}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
  ];
}

function skippedLines({ skipped }: PeriodReport): string[] {
  return section(
    `${plural(skipped.length, 'stored scan')} could not be read`,
    skipped.map(({ name, reason }) => `${name}: ${reason}`),
  );
}

function moved({ latest, change }: Movement, unit = ''): string {
  if (latest === null) return 'nothing was judged';
  return change === null ? `${latest}${unit}` : `${latest}${unit} (${change === 0 ? 'unchanged' : signed(change)})`;
}

function signed(change: number): string {
  return change > 0 ? `+${change}` : String(change);
}

function shown(value: number | null): string {
  return value === null ? 'unknown' : String(value);
}

function share(value: number | null): string {
  return value === null ? 'unknown' : `${value} %`;
}
