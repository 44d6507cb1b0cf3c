/** The formats a report can be shown in. */
import type { ChalkInstance } from 'chalk';

import type { AnyRule } from '../engine/rule.ts';
import { evaluationPage } from './evaluation-page.ts';
import type { EvaluationReport } from './evaluation-report.ts';
import { renderJson } from './json.ts';
import type { Page } from './page.ts';
import { periodPage } from './period-page.ts';
import { renderPeriodReport } from './period-report.ts';
import type { PeriodReport } from './period-report.ts';
import { trendPage } from './trend-page.ts';
import { renderTrendReport } from './trend-report.ts';
import type { TrendReport } from './trend-report.ts';

/** The latest result of every rule on every resource, from the history table. */
export interface AggregateReport extends EvaluationReport {
  readonly kind: 'aggregate';
}

export type Report = PeriodReport | TrendReport | AggregateReport;

export interface ReportContext {
  readonly chalk: ChalkInstance;
  /** Rows that a list for people has at most, in the terminal and in Markdown. */
  readonly limit: number;
  readonly toolVersion: string;
  /** The rules there are, for their titles. */
  readonly rules: readonly Pick<AnyRule, 'id' | 'title'>[];
}

/** Turns a report into text, piece by piece. */
type ReportRenderer = (report: Report, context: ReportContext) => Iterable<string>;

/** How each renderer is loaded. A new format is one file and one line here. */
const RENDERERS = {
  table: async () => {
    const { renderPageTable } = await import('./page-table.ts');
    return (report, { chalk, limit }) => renderPageTable(pageOf(report, limit), chalk);
  },
  json: async () => documentOf,
  csv: async () => (await import('./report-csv.ts')).renderReportCsv,
  markdown: async () => {
    const { renderPageMarkdown } = await import('./page-markdown.ts');
    return (report, { limit }) => renderPageMarkdown(pageOf(report, limit));
  },
  html: async () => (await import('./report-html.ts')).renderReportHtml,
} as const satisfies Record<string, () => Promise<ReportRenderer>>;

export type ReportFormat = keyof typeof RENDERERS;
export const REPORT_FORMATS = Object.keys(RENDERERS) as ReportFormat[];

export function loadReportRenderer(format: ReportFormat): Promise<ReportRenderer> {
  return RENDERERS[format]();
}

function documentOf(report: Report): Iterable<string> {
  switch (report.kind) {
    case 'trend':
      return renderTrendReport(report);
    case 'aggregate':
      return renderJson(report);
    default:
      return renderPeriodReport(report);
  }
}

function pageOf(report: Report, limit: number): Page {
  switch (report.kind) {
    case 'trend':
      return trendPage(report, limit);
    case 'aggregate':
      return evaluationPage(report, limit);
    default:
      return periodPage(report, limit);
  }
}
