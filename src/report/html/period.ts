/** The daily, the weekly and the executive report for a browser. */
import { SEVERITIES } from '../../engine/verdict.ts';
import { plainLine } from '../plain-text.ts';
import { minute } from '../period-page.ts';
import type { DailyReport, LatestScan, PeriodReport, SummaryReport, WeeklyReport } from '../period-report.ts';
import type { Page } from '../page.ts';
import { plural } from '../plural.ts';
import { breakdown } from './breakdown.ts';
import { element, isolated } from './element.ts';
import type { Content, Element } from './element.ts';
import { findingsSection } from './findings-table.ts';
import type { PageData } from './page-data.ts';
import { card, filterLink, grouped, instant, listing, notice, section, tileRow } from './parts.ts';
import type { Tile } from './parts.ts';
import { chartNotes, leftOut, lists, skippedNotice, words } from './report-parts.ts';
import { percent, scoreCard, severityCard, verdictCard } from './summary.ts';
import { lineChart } from './time-chart.ts';
import type { TimePoint } from './time-chart.ts';

/** @param page the same report as sentences and lists, with all their rows */
export function* periodSections(report: PeriodReport, page: Page, data: PageData): Generator<Content> {
  yield warnings(report);
  yield overview(report, page);
  if (report.kind === 'weekly' && report.latest !== null) yield week(report);
  yield divisions(report, data);
  if (report.kind !== 'executive') {
    yield owners(report);
    if (report.latest !== null) yield findingsSection(data);
  }
  yield lists(page, 'In detail');
  yield leftOut(page);
}

/** As of when the figures are. */
export function periodFacts({ latest, scansAnalyzed }: PeriodReport, when: string): Content {
  const scans = ` · ${plural(scansAnalyzed, 'scan')}`;
  return latest === null ? [when, scans] : [when, scans, ', the latest of ', instant(latest.report_timestamp)];
}

function warnings({ latest, skipped, kind, ...report }: PeriodReport): readonly Element[] {
  const unknown = latest?.summary.unknown ?? 0;
  const unread = kind !== 'daily' && 'coverage' in report && (report.coverage?.unread.length ?? 0) > 0;
  return [
    ...(latest === null ? [notice('There is no scan of this time: nothing is known of it.')] : []),
    ...(latest === null || latest.complete
      ? []
      : [notice('The latest scan was cut short: not everything was looked at.')]),
    ...(unknown === 0
      ? []
      : [
          notice(
            `Not everything was seen: ${plural(unknown, 'verdict is UNKNOWN', 'verdicts are UNKNOWN')}. `,
            unread ? element('a', { href: '#lists' }, 'What could not be read') : '',
            kind === 'executive' || unread ? '' : filterLink({ status: 'UNKNOWN' }, 'Which'),
          ),
        ]),
    ...skippedNotice(skipped),
  ];
}

function overview(report: PeriodReport, page: Page): Element {
  const { latest } = report;
  return element(
    'section',
    { id: 'summary', 'aria-labelledby': 'summary-title' },
    element('h2', { id: 'summary-title', class: 'unseen' }, 'Summary'),
    words(page),
    latest === null
      ? ''
      : element(
          'div',
          { class: 'cards' },
          scoreCard(latest.summary, scoreNote(report)),
          verdictCard(latest.summary),
          severityCard(failuresOf(latest), report.kind !== 'executive'),
        ),
    latest === null ? '' : tileRow([...changeTiles(report), ...stateTiles(report, latest)]),
  );
}

function scoreNote(report: PeriodReport): string | undefined {
  if (report.kind === 'daily' || report.score.change === null || report.score.previous === null) return undefined;
  const { change, previous } = report.score;
  const before = `than before: it was ${previous.toFixed(2)}`;
  if (change === 0) return 'As it was before.';
  return `${Math.abs(change).toFixed(2)} ${change > 0 ? 'better' : 'worse'} ${before}.`;
}

function failuresOf({ by_severity: counts }: LatestScan): ReadonlyMap<string, number> {
  return new Map(SEVERITIES.map((severity) => [severity, counts[severity]?.non_compliant ?? 0]));
}

function changeTiles({ changes }: PeriodReport): readonly Tile[] {
  if (changes === null) return [];
  const { new: fresh, worse, still_open: still, resolved, not_rechecked: unseen, since } = changes;
  return [
    ['New', grouped(fresh), `since ${minute(since.report_timestamp)}`],
    ['Resolved', grouped(resolved), 'are gone, and that was seen'],
    ['Still open', grouped(still), worse === 0 ? 'none of them worse' : `${grouped(worse)} of them worse`],
    ['Not looked at again', grouped(unseen), 'neither open nor resolved'],
  ];
}

function stateTiles({ time_to_resolve: { resolved, mean_hours: mean } }: PeriodReport, latest: LatestScan): Tile[] {
  const { summary } = latest;
  return [
    ['Compliance', percent(summary.compliance_percentage), 'of verdicts that are PASS or FAIL'],
    ['Evaluated', percent(summary.evaluated_percentage), 'of verdicts could be decided'],
    ['Resources', grouped(summary.total_resources), 'were looked at'],
    [
      'Time to resolve',
      mean === null ? '–' : `${mean.toLocaleString('en')} h`,
      resolved === 0 ? 'nothing was resolved in this time' : `on average, of ${plural(resolved, 'failure')}`,
    ],
  ];
}

function week({ days, time_zone: zone }: WeeklyReport): Element {
  const points = days.map(({ date, average_score: value }): TimePoint<number> => {
    return { time: Date.parse(date), name: date, value, partial: false };
  });
  const chart = lineChart(points, { name: 'Average score of each day', kind: 'score', wide: true });
  return section(
    'week',
    'The week',
    card(
      `Average score of each day (${zone})`,
      element('div', { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': 'Score of the week' }, chart),
      chartNotes({ gaps: points.some(({ value }) => value === null), partial: false }),
    ),
  );
}

function divisions(report: PeriodReport, { titles }: PageData): Content {
  if (report.latest === null) return '';
  switch (report.kind) {
    case 'daily':
      return breakdown(report.latest, titles);
    case 'weekly':
      return breakdown({ ...report.latest, ...movements(report) }, titles);
    case 'executive':
      return breakdown(movements(report));
  }
}

function movements({ by_category, by_severity }: SummaryReport) {
  return { by_category, by_severity };
}

/** None where nobody is known: one row would say what the summary has said. */
function owners({ changes }: DailyReport | WeeklyReport): readonly Element[] {
  const rows = changes?.by_owner ?? [];
  if (rows.every(({ owner }) => owner === null)) return [];
  const number = (title: string) => ({ title, number: true });
  return [
    section(
      'owners',
      'By owner',
      listing(
        'Whose the failures are',
        [
          'Owner',
          number('New'),
          number('Worse'),
          number('Still open'),
          number('Resolved'),
          number('Not looked at again'),
        ],
        rows.map(({ owner, new: fresh, worse, still_open: still, resolved, not_rechecked: unseen }) => [
          ownerName(owner, fresh + still > 0),
          ...[fresh, worse, still, resolved, unseen].map(grouped),
        ]),
      ),
    ),
  ];
}

function ownerName(owner: string | null, listed: boolean): Content {
  if (owner === null) return '(not known)';
  const shown = plainLine(owner);
  return listed ? filterLink({ owner: shown }, shown) : isolated(shown);
}
