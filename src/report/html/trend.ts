/** A trend for a browser: score, failures by severity and coverage over time, then each point. */
import { SEVERITIES } from '../../engine/verdict.ts';
import type { Page } from '../page.ts';
import { minute } from '../period-page.ts';
import { plural } from '../plural.ts';
import type { TrendPoint, TrendReport } from '../trend-report.ts';
import { element } from './element.ts';
import type { Content, Element } from './element.ts';
import { card, grouped, notice, section, tileRow } from './parts.ts';
import type { Tile } from './parts.ts';
import { chartNotes, leftOut, lists, severityLegend, skippedNotice, words } from './report-parts.ts';
import { lineChart, severityChart } from './time-chart.ts';
import type { TimePoint } from './time-chart.ts';

/** @param page the same report as sentences and lists, with all their rows */
export function* trendSections(report: TrendReport, page: Page): Generator<Content> {
  yield warnings(report);
  yield element(
    'section',
    { id: 'summary', 'aria-labelledby': 'summary-title' },
    element('h2', { id: 'summary-title', class: 'unseen' }, 'Summary'),
    // How it fares comes before what that was read from.
    words({ lead: page.lead.toReversed() }),
    report.scansAnalyzed === 0 ? '' : tileRow(tiles(report)),
  );
  if (report.scansAnalyzed > 0) yield charts(report);
  yield lists(page, report.step === 'day' ? 'Each day' : 'Each scan');
  yield leftOut(page);
}

function warnings({ points, scansAnalyzed, incomplete_scans: incomplete, skipped, step }: TrendReport): Element[] {
  const empty = points.filter(({ scans }) => scans === 0).length;
  return [
    ...(scansAnalyzed === 0 ? [notice('There is no scan of this time: nothing is known of it.')] : []),
    ...(scansAnalyzed > 0 && step === 'day' && empty > 0
      ? [notice(`${plural(empty, 'day')} of ${grouped(points.length)} had no scan: the lines have gaps there.`)]
      : []),
    ...(incomplete === 0
      ? []
      : [notice(`${plural(incomplete, 'scan was', 'scans were')} cut short: not everything was looked at.`)]),
    ...skippedNotice(skipped),
  ];
}

function tiles({ score, points }: TrendReport): readonly Tile[] {
  const shown = (value: number | null) => (value === null ? '–' : value.toFixed(2));
  const failing = points.findLast((point) => point.failing !== null)?.failing ?? undefined;
  const failures = failing && SEVERITIES.reduce((sum, severity) => sum + failing[severity], 0);
  const way = score.change === null || score.change === 0 ? '' : score.change > 0 ? '+' : '−';
  const change = score.change === null ? '–' : `${way}${Math.abs(score.change).toFixed(2)}`;
  return [
    ['Score', shown(score.latest), 'of 100, at the end'],
    ['Change', change, `from ${shown(score.first)} at first`],
    ['Range', `${shown(score.lowest)} to ${shown(score.highest)}`, 'lowest and highest score'],
    [
      'Failures',
      failures === undefined ? '–' : grouped(failures),
      failing === undefined ? 'at the end' : `at the end, ${grouped(failing.critical)} of them critical`,
    ],
  ];
}

function charts({ points, step, time_zone: zone }: TrendReport): Element {
  const over = <Value>(value: (point: TrendPoint) => Value | null) =>
    points.map((point): TimePoint<Value> => ({ ...placeOf(point, step), value: value(point) }));
  const score = over(({ score }) => score);
  const failing = over((point) => point.failing);
  const decided = over((point) => point.evaluated_percentage);
  const axis = step === 'day' ? `days of ${zone}` : 'times in UTC';
  const present = SEVERITIES.filter((severity) => failing.some(({ value }) => (value?.[severity] ?? 0) > 0));
  return section(
    'trend',
    `Over time (${axis})`,
    chartCard('Score, of 100', lineChart(score, { name: 'Score', kind: 'score', wide: true }), notesOf(score)),
    element(
      'div',
      { class: 'pair' },
      chartCard('Failures by severity', severityChart(failing), [
        severityLegend(present),
        chartNotes({ gaps: failing.some(({ value }) => value === null), partial: false }),
      ]),
      chartCard(
        'Coverage: verdicts that could be decided, in percent',
        lineChart(decided, { name: 'Verdicts that could be decided, in percent', kind: 'coverage', wide: false }),
        notesOf(decided),
      ),
    ),
  );
}

function placeOf({ date, report_timestamp: time, complete }: TrendPoint, step: TrendReport['step']) {
  const byDay = step === 'day' || time === null;
  return {
    time: Date.parse(byDay ? date : time),
    name: byDay ? date : minute(time),
    partial: complete === false,
  };
}

function chartCard(title: string, chart: Element, notes: Content): Element {
  // On a narrow screen a chart is scrolled: made smaller, nobody could read it.
  return card(
    title,
    element('div', { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': title }, chart),
    notes,
  );
}

function notesOf(points: readonly TimePoint<number>[]): Content {
  return chartNotes({
    gaps: points.some(({ value }) => value === null),
    partial: points.some(({ value, partial }) => partial && value !== null),
  });
}
