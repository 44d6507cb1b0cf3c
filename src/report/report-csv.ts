/** Reports as rows: a point of a trend, a measure of the executive summary, a finding of any other. */
import { SEVERITIES } from '../engine/verdict.ts';
import { csvRows, renderCsv } from './csv.ts';
import type { Movement, ExecutiveReport } from './period-report.ts';
import type { Report } from './report-formats.ts';
import type { TrendPoint, TrendReport } from './trend-report.ts';

export function* renderReportCsv(report: Report): Generator<string> {
  switch (report.kind) {
    case 'trend':
      yield* trendRows(report);
      return;
    case 'executive':
      yield* executiveRows(report);
      return;
    default:
      yield* renderCsv(report);
  }
}

/** The columns in their order: a contract. New ones go to the end. */
const POINT = {
  date: ({ date }) => date,
  report_timestamp: ({ report_timestamp: time }) => time,
  scan_id: ({ scan_id: id }) => id,
  scans: ({ scans }) => scans,
  complete: ({ complete }) => (complete === null ? null : String(complete)),
  score: ({ score }) => score,
  compliance_percentage: ({ compliance_percentage: share }) => share,
  evaluated_percentage: ({ evaluated_percentage: share }) => share,
  total_resources: ({ total_resources: total }) => total,
  non_compliant: ({ non_compliant: failing }) => failing,
  unknown: ({ unknown }) => unknown,
  waived: ({ waived }) => waived,
} as const satisfies Record<string, (point: TrendPoint) => string | number | null>;

function* trendRows({ points }: TrendReport): Generator<string> {
  yield csvRows([[...Object.keys(POINT), ...SEVERITIES]]);
  const cells = Object.values(POINT);
  for (const point of points) {
    const failing = SEVERITIES.map((severity) => point.failing?.[severity] ?? null);
    yield csvRows([[...cells.map((cell) => cell(point)), ...failing].map((value) => value ?? undefined)]);
  }
}

/** One row a measure: which, of what, its value, what it was before, and the difference. */
function* executiveRows(report: ExecutiveReport): Generator<string> {
  const moved = (measure: string, name: string, { latest, previous, change }: Movement) => [
    measure,
    name,
    latest ?? undefined,
    previous ?? undefined,
    change ?? undefined,
  ];
  yield csvRows([
    ['measure', 'name', 'latest', 'previous', 'change'],
    moved('score', '', report.score),
    ...Object.entries(report.by_category).map(([name, { compliance_percentage: share }]) =>
      moved('compliance_percentage_of_category', name, share),
    ),
    ...Object.entries(report.by_severity).map(([name, { compliance_percentage: share }]) =>
      moved('compliance_percentage_of_severity', name, share),
    ),
    ...report.worst_rules.map(({ rule_id: rule, non_compliant: latest, change }) =>
      moved('failures_of_rule', rule, { latest, previous: change === null ? null : latest - change, change }),
    ),
    ['critical_findings_open', '', report.critical.open, '', ''],
    ['unknown_verdicts', '', report.coverage?.unknown, '', ''],
    ['evaluated_percentage', '', report.coverage?.evaluated_percentage ?? undefined, '', ''],
    ['waivers_expiring', '', report.waivers_expiring.length, '', ''],
  ]);
}
