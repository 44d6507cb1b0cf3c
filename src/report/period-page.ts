/** The daily, the weekly and the executive report as pages: in words that need no manual. */
import type { Evaluation } from '../engine/evaluation.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import type { OpenFinding } from './critical-findings.ts';
import { sectionOf } from './page.ts';
import type { Page, PageSection } from './page.ts';
import type {
  DailyReport,
  ExecutiveReport,
  LatestScan,
  Movement,
  MovingCounts,
  PeriodReport,
  SummaryReport,
  WeeklyReport,
} from './period-report.ts';
import { plural } from './plural.ts';
import type { ScanChanges } from './scan-changes.ts';
import type { SkippedScan } from './scan-series.ts';
import { worstFirst } from './worst-first.ts';

const NAMES: Readonly<Record<PeriodReport['kind'], string>> = {
  daily: 'Daily compliance report',
  weekly: 'Weekly compliance report',
  executive: 'Executive compliance summary',
};

/** @param limit rows that a list has at most */
export function periodPage(report: PeriodReport, limit: number): Page {
  const { kind, environment } = report;
  return {
    title: `${NAMES[kind]} of ${environment}`,
    when: daysOf(report),
    lead: leadOf(report),
    graphs: [],
    sections: [...sectionsOf(report, limit), ...skippedSection(report.skipped, limit)],
  };
}

function sectionsOf(report: PeriodReport, limit: number): PageSection[] {
  switch (report.kind) {
    case 'daily':
      return [
        ...scanSection(report, limit),
        ...(report.latest === null ? [] : ruleSection(report.latest, limit)),
        ...findingSections(report, limit),
      ];
    case 'weekly':
      return [...daySection(report), ...summarySections(report, limit), ...findingSections(report, limit)];
    case 'executive':
      return summarySections(report, limit);
  }
}

/** `2026-11-20 (UTC)`, `2026-11-16 to 2026-11-22 (Europe/Berlin)`. */
function daysOf({ date, days, time_zone: zone }: PeriodReport & { readonly days?: WeeklyReport['days'] }): string {
  const first = days?.[0]?.date ?? date;
  return `${first === date ? date : `${first} to ${date}`} (${zone})`;
}

function leadOf(report: PeriodReport): string[] {
  const { latest } = report;
  if (latest === null) return [`No scan was stored in this time${instancesAlone(report)}.`];
  return [
    scoreSentence(report, latest),
    `${plural(report.scansAnalyzed, 'scan')}${cutShort(report)}; the latest is of ${minute(latest.report_timestamp)}.`,
    ...changeSentences(report.changes),
    ...resolveSentences(report),
    ...criticalSentence(report),
    coverageSentence(latest),
    ...waiverSentence(report),
  ];
}

/** Another tool's records tell of instances, and of nothing else. */
function instancesAlone({ scansAnalyzed, averageCompliancePercentage: share }: PeriodReport): string {
  if (scansAnalyzed === 0) return '';
  return ` but for ${plural(scansAnalyzed, 'record')} of instances, ${shown(share)} % of them compliant`;
}

function scoreSentence(report: PeriodReport, { summary }: LatestScan): string {
  if (summary.score === null) return 'There is no score: nothing could be judged.';
  const score = `The score is ${summary.score.toFixed(2)} of 100`;
  if (report.kind === 'daily') return `${score}.`;
  const { change, previous } = report.score;
  if (change === null || previous === null) return `${score}; there is no earlier one to compare it with.`;
  if (change === 0) return `${score}, as it was before.`;
  return `${score}, ${Math.abs(change).toFixed(2)} ${change > 0 ? 'better' : 'worse'} than before (${previous.toFixed(2)}).`;
}

function cutShort({ incomplete_scans: count }: PeriodReport): string {
  return count === 0 ? '' : `, ${count} of them cut short`;
}

function changeSentences(changes: ScanChanges | null): string[] {
  if (changes === null) return ['There is no earlier scan to tell what is new.'];
  const { since, new: fresh, worse, still_open: still, resolved, not_rechecked: unseen } = changes;
  const open = `${still} still open${worse === 0 ? '' : `, ${worse} of them worse`}`;
  const rest = unseen === 0 ? '' : `, ${unseen} not looked at again`;
  return [`Since ${minute(since.report_timestamp)}: ${fresh} new, ${resolved} resolved, ${open}${rest}.`];
}

function resolveSentences({ time_to_resolve: { resolved, mean_hours: mean, older } }: PeriodReport): string[] {
  if (resolved === 0) return [];
  const what = plural(resolved, 'failure was', 'failures were');
  if (mean === null)
    return [`In this time ${what} resolved; how long that took is not known: older than the scans that were read.`];
  const rest =
    older === 0 ? '' : `, but for ${older} that ${older === 1 ? 'is' : 'are'} older than the scans that were read`;
  return [`In this time ${what} resolved, after ${duration(mean)} on average${rest}.`];
}

function duration(hours: number): string {
  return hours < 48 ? plural(hours, 'hour') : plural(Math.round((hours / 24) * 10) / 10, 'day');
}

function criticalSentence(report: PeriodReport): string[] {
  const { latest } = report;
  if (report.kind === 'daily' || latest === null) return [];
  const { open, oldest } = report.critical;
  const [first] = oldest;
  if (first === undefined) return ['No critical finding is open.'];
  const hours = (Date.parse(latest.report_timestamp) - Date.parse(first.since)) / 3_600_000;
  const since = `${duration(Math.round(hours))}${first.or_earlier ? ' or longer' : ''}`;
  return [
    open === 1
      ? `One critical finding is open, for ${since}.`
      : `${open} critical findings are open, the oldest for ${since}.`,
  ];
}

function coverageSentence({ complete, summary }: LatestScan): string {
  const cut = complete ? '' : ' The latest scan was cut short.';
  if (summary.unknown === 0) return `Everything that was looked at could be read.${cut}`;
  const share = summary.evaluated_percentage === null ? '' : ` (${summary.evaluated_percentage.toFixed(2)} % could)`;
  return `${plural(summary.unknown, 'verdict')} could not be given, for want of access or an answer${share}.${cut}`;
}

function waiverSentence(report: PeriodReport): string[] {
  if (report.kind === 'daily' || report.waivers_expiring.length === 0) return [];
  return [`${plural(report.waivers_expiring.length, 'waiver ends', 'waivers end')} within 30 days.`];
}

function scanSection({ scans }: DailyReport, limit: number): PageSection[] {
  return sectionOf(
    'Scans',
    [
      { title: 'Time (UTC)', width: 20, cell: ({ report_timestamp: time }) => minute(time).replace(' UTC', '') },
      { title: 'Score', width: 10, align: 'right', cell: ({ score }) => shown(score) },
      { title: 'Sound instances %', width: 20, align: 'right', cell: (row) => shown(row.compliance_percentage) },
      { title: 'Decided %', width: 12, align: 'right', cell: (row) => shown(row.evaluated_percentage) },
      { title: '', width: 18, cell: ({ complete }) => (complete === false ? 'cut short' : '') },
    ],
    { rows: scans, limit },
  );
}

function ruleSection({ by_rule: byRule }: LatestScan, limit: number): PageSection[] {
  return sectionOf(
    'Rules',
    [
      { title: 'Rule', width: 44, cell: ([rule]) => rule },
      { title: 'Fail', width: 9, align: 'right', cell: ([, { non_compliant: failing }]) => String(failing) },
      { title: 'Unknown', width: 10, align: 'right', cell: ([, { unknown }]) => String(unknown) },
      { title: 'Waived', width: 9, align: 'right', cell: ([, { waived }]) => String(waived) },
      { title: 'Pass', width: 8, align: 'right', cell: ([, { compliant }]) => String(compliant) },
    ],
    {
      rows: Object.entries(byRule).toSorted(([, a], [, b]) => b.non_compliant - a.non_compliant),
      limit,
      about: 'divisions',
    },
  );
}

function daySection({ days }: WeeklyReport): PageSection[] {
  return sectionOf(
    'Days',
    [
      { title: 'Day', width: 14, cell: ({ date }) => date },
      { title: 'Scans', width: 9, align: 'right', cell: ({ scansAnalyzed }) => String(scansAnalyzed) },
      { title: 'Score', width: 10, align: 'right', cell: ({ average_score: score }) => shown(score) },
      { title: 'Sound instances %', width: 20, align: 'right', cell: (row) => shown(row.averageCompliancePercentage) },
    ],
    { rows: days, limit: days.length },
  );
}

function summarySections(report: WeeklyReport | ExecutiveReport, limit: number): PageSection[] {
  return [
    ...movingSection('By category', Object.entries(report.by_category), limit),
    ...movingSection(
      'By severity',
      SEVERITIES.flatMap((severity) => {
        const counts = report.by_severity[severity];
        return counts === undefined ? [] : [[severity, counts] as const];
      }),
      limit,
    ),
    ...worstSection(report, limit),
    ...criticalSection(report.critical.oldest, limit),
    ...unreadSection(report, limit),
    ...waiverSection(report, limit),
  ];
}

function movingSection(
  title: string,
  rows: readonly (readonly [string, MovingCounts])[],
  limit: number,
): PageSection[] {
  return sectionOf(
    title,
    [
      { title: title.replace('By ', ''), width: 20, cell: ([name]) => name },
      { title: 'Failing', width: 10, align: 'right', cell: ([, { non_compliant: failing }]) => String(failing) },
      {
        title: 'Passing %',
        width: 12,
        align: 'right',
        cell: ([, counts]) => shown(counts.compliance_percentage.latest),
      },
      { title: 'Change', width: 10, align: 'right', cell: ([, counts]) => moved(counts.compliance_percentage) },
    ],
    { rows, limit, about: 'divisions' },
  );
}

function worstSection({ worst_rules: rules }: SummaryReport, limit: number): PageSection[] {
  return sectionOf(
    'Worst rules',
    [
      { title: 'Severity', width: 11, cell: ({ severity }) => severity ?? 'unknown' },
      { title: 'Rule', width: 40, cell: ({ rule_id: rule }) => rule },
      { title: 'Failing', width: 18, align: 'right', cell: (rule) => `${rule.non_compliant} of ${rule.total}` },
      { title: 'Change', width: 10, align: 'right', cell: ({ change }) => (change === null ? '-' : signed(change)) },
    ],
    { rows: rules, limit },
  );
}

function criticalSection(oldest: readonly OpenFinding[], limit: number): PageSection[] {
  return sectionOf(
    'Oldest critical findings',
    [
      {
        title: 'Since',
        width: 15,
        cell: ({ since, or_earlier: earlier }) => `${since.slice(0, 10)}${earlier ? ' *' : ''}`,
      },
      { title: 'Resource', width: 27, cell: (one) => `${one.resource_id} ${one.account_id} ${one.region}` },
      { title: 'Finding', width: 38, cell: ({ message }) => message },
    ],
    { rows: oldest, limit },
  ).map((section) =>
    oldest.some(({ or_earlier: earlier }) => earlier)
      ? { ...section, title: `${section.title} (* or earlier)` }
      : section,
  );
}

function unreadSection({ coverage }: SummaryReport, limit: number): PageSection[] {
  return sectionOf(
    'What could not be read',
    [
      { title: 'Call', width: 34, cell: ({ api }) => api },
      { title: 'Why', width: 15, cell: ({ reason }) => reason },
      { title: 'Places', width: 9, align: 'right', cell: ({ places }) => String(places) },
      { title: 'Needs', width: 22, cell: ({ permission = '' }) => permission },
    ],
    { rows: coverage?.unread ?? [], limit },
  );
}

function waiverSection({ waivers_expiring: waivers }: SummaryReport, limit: number): PageSection[] {
  return sectionOf(
    'Waivers about to end',
    [
      { title: 'Until', width: 13, cell: ({ expires }) => expires },
      { title: 'Rule', width: 30, cell: ({ rule_id: rule }) => rule },
      { title: 'For', width: 22, cell: ({ scope }) => scope },
      { title: 'Owner', width: 15, cell: ({ owner }) => owner },
    ],
    { rows: waivers, limit },
  );
}

/** What is open, worst first, and what was resolved. */
function findingSections({ evaluations, changes }: DailyReport | WeeklyReport, limit: number): PageSection[] {
  return [
    ...ownerSection(changes, limit),
    ...findingSection('Findings', worstFirst(evaluations), limit),
    ...sectionOf(
      'Resolved',
      [
        { title: 'Severity', width: 11, cell: ({ severity }) => severity },
        { title: 'Rule', width: 34, cell: ({ rule_id: rule }) => rule },
        { title: 'Resource', width: 35, cell: (one) => `${one.resource_id} ${one.account_id} ${one.region}` },
      ],
      { rows: changes?.resolved_findings ?? [], limit },
    ),
  ];
}

/** None where nobody is known: one row would say what the page's first lines have said. */
function ownerSection(changes: ScanChanges | null, limit: number): PageSection[] {
  const owners = changes?.by_owner ?? [];
  if (owners.every(({ owner }) => owner === null)) return [];
  return sectionOf(
    'By owner',
    [
      { title: 'Owner', width: 32, cell: ({ owner }) => owner ?? '(not known)' },
      { title: 'New', width: 8, align: 'right', cell: ({ new: fresh }) => String(fresh) },
      { title: 'Worse', width: 9, align: 'right', cell: ({ worse }) => String(worse) },
      { title: 'Still open', width: 14, align: 'right', cell: ({ still_open: still }) => String(still) },
      { title: 'Resolved', width: 12, align: 'right', cell: ({ resolved }) => String(resolved) },
    ],
    { rows: owners, limit, about: 'owners' },
  );
}

/** Shared with the report on the history. */
export function findingSection(
  title: string,
  findings: readonly Pick<
    Evaluation,
    'status' | 'severity' | 'change' | 'resource_id' | 'account_id' | 'region' | 'message'
  >[],
  limit: number,
): PageSection[] {
  return sectionOf(
    title,
    [
      { title: 'Severity', width: 11, cell: ({ status, severity }) => (status === 'FAIL' ? severity : status) },
      { title: 'Change', width: 9, cell: ({ change }) => (change === 'new' || change === 'worse' ? change : '') },
      { title: 'Resource', width: 24, cell: (one) => `${one.resource_id} ${one.account_id} ${one.region}` },
      { title: 'Finding', width: 36, cell: ({ message }) => message },
    ],
    { rows: findings, limit, about: 'findings' },
  );
}

/** What was to be read, and counts for nothing. */
export function skippedSection(skipped: readonly SkippedScan[], limit: number): PageSection[] {
  return sectionOf(
    'Left out',
    [
      { title: 'What', width: 40, cell: ({ name }) => name },
      { title: 'Why', width: 40, cell: ({ message }) => message },
    ],
    { rows: skipped, limit, about: 'skipped' },
  );
}

/** `2026-11-20 06:00 UTC` */
export function minute(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}

/** A number with two decimals, `-` where there is none. */
export function shown(value: number | null): string {
  return value === null ? '-' : value.toFixed(2);
}

function moved({ change }: Movement): string {
  return change === null ? '-' : signed(change);
}

function signed(change: number): string {
  return change > 0 ? `+${change}` : String(change);
}
