/** A trend as a page: a line a measure, then the latest points. */
import { SEVERITIES } from '../engine/verdict.ts';
import type { Severity } from '../engine/verdict.ts';
import { dayOf } from './calendar.ts';
import { sectionOf } from './page.ts';
import type { Graph, Page } from './page.ts';
import { minute, shown, skippedSection } from './period-page.ts';
import { plural } from './plural.ts';
import type { TrendPoint, TrendReport } from './trend-report.ts';

/** The severities that a table has room for; the graphs show all. */
const LISTED = ['critical', 'high', 'medium'] as const satisfies readonly Severity[];

/** @param limit rows that a list has at most */
export function trendPage(report: TrendReport, limit: number): Page {
  const { environment, time_zone: zone, points, step } = report;
  const [first, last] = [Date.parse(report.from), Date.parse(report.to) - 1].map((time) => dayOf(time, zone));
  return {
    title: `Compliance trend of ${environment}`,
    when: `${first === last ? first : `${first} to ${last}`} (${zone})`,
    lead: leadOf(report),
    graphs: report.scansAnalyzed === 0 ? [] : graphsOf(points),
    sections: [
      ...sectionOf(
        step === 'day' ? 'Days, the latest first' : 'Scans, the latest first',
        [
          {
            title: step === 'day' ? 'Day' : 'Time (UTC)',
            width: 19,
            cell: ({ date, report_timestamp: time }) =>
              step === 'day' || time === null ? date : minute(time).replace(' UTC', ''),
          },
          { title: 'Score', width: 9, align: 'right', cell: ({ score }) => shown(score) },
          ...LISTED.map((severity) => ({
            title: severity,
            width: 10,
            align: 'right' as const,
            cell: ({ failing }: TrendPoint) => (failing === null ? '-' : String(failing[severity])),
          })),
          { title: 'Decided %', width: 11, align: 'right', cell: (point) => shown(point.evaluated_percentage) },
          { title: '', width: 11, cell: ({ complete }) => (complete === false ? 'cut short' : '') },
        ],
        { rows: points.toReversed(), limit },
      ),
      ...skippedSection(report.skipped, limit),
    ],
  };
}

function leadOf({ scansAnalyzed, incomplete_scans: incomplete, score }: TrendReport): string[] {
  if (scansAnalyzed === 0) return ['No scan was stored in this time.'];
  const cut = incomplete === 0 ? '' : `, ${incomplete} of them cut short`;
  return [`${plural(scansAnalyzed, 'scan')}${cut}.`, scoreSentence(score)];
}

function scoreSentence({ first, latest, change, lowest, highest }: TrendReport['score']): string {
  if (latest === null || change === null) return 'There is no score: nothing could be judged.';
  const range = `between ${shown(lowest)} and ${shown(highest)}`;
  if (change === 0) return `The score is ${shown(latest)} of 100, as it was at first; it was ${range}.`;
  const way = change > 0 ? 'up' : 'down';
  return `The score is ${shown(latest)} of 100, ${way} ${Math.abs(change).toFixed(2)} from ${shown(first)}; it was ${range}.`;
}

function graphsOf(points: readonly TrendPoint[]): Graph[] {
  const graph = (name: string, value: (point: TrendPoint) => number | null): Graph => ({
    name,
    values: points.map(value),
  });
  return [
    graph('Score', ({ score }) => score),
    ...SEVERITIES.map((severity) =>
      graph(`${severity[0]?.toUpperCase()}${severity.slice(1)}`, ({ failing }) => failing?.[severity] ?? null),
    ).filter(({ values }) => values.some((value) => value !== null && value > 0)),
    graph('Decided %', ({ evaluated_percentage: share }) => share),
  ];
}
