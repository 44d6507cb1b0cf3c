/** A report on scans of the past as one HTML file for people, of the same make as that of a scan. */
import type { Evaluation } from '../engine/evaluation.ts';
import { evaluationPage } from './evaluation-page.ts';
import { aggregateSections } from './html/aggregate.ts';
import { isolated } from './html/element.ts';
import type { Content } from './html/element.ts';
import { findingOf } from './html/finding-of.ts';
import { encodePageData } from './html/page-data.ts';
import type { PageData } from './html/page-data.ts';
import { renderPage } from './html/page.ts';
import { footing, masthead } from './html/parts.ts';
import type { Skip } from './html/parts.ts';
import { periodFacts, periodSections } from './html/period.ts';
import { trendSections } from './html/trend.ts';
import type { Page } from './page.ts';
import { periodPage } from './period-page.ts';
import type { Report, ReportContext } from './report-formats.ts';
import { trendPage } from './trend-page.ts';
import { worstFirst } from './worst-first.ts';

interface Parts {
  readonly page: Page;
  readonly facts: Content;
  readonly data: PageData;
  readonly sections: Iterable<Content>;
  /** The scan that the figures are of, where it is one. */
  readonly scanId?: string | undefined;
}

/** A list is folded, not cut, so it has all its rows. */
const ALL_ROWS = Number.POSITIVE_INFINITY;

type HtmlContext = Pick<ReportContext, 'toolVersion' | 'rules'>;

export function renderReportHtml(report: Report, { toolVersion, rules }: HtmlContext): Iterable<string> {
  const { page, facts, data, sections, scanId } = partsOf(report, new Map(rules.map(({ id, title }) => [id, title])));
  const skip: Skip | undefined =
    data.findings.length > 0 ? undefined : { href: '#summary', text: 'Skip to the summary' };
  return renderPage({
    title: `${page.title}, ${page.when}`,
    header: masthead(isolated(page.title), facts, skip),
    sections,
    footer: footing(toolVersion, ...(scanId === undefined ? [] : [' · scan ', isolated(scanId)])),
    data: encodePageData(data),
  });
}

function partsOf(report: Report, titles: PageData['titles']): Parts {
  switch (report.kind) {
    case 'trend': {
      const page = trendPage(report, ALL_ROWS);
      const data = dataOf([], new Map());
      return { page, facts: page.when, data, sections: trendSections(report, page) };
    }
    case 'aggregate': {
      const page = evaluationPage(report, ALL_ROWS);
      const data = dataOf(report.evaluations, titles);
      return { page, facts: page.when, data, sections: aggregateSections(report, page, data) };
    }
    default: {
      const page = periodPage(report, ALL_ROWS);
      const data = dataOf(report.kind === 'executive' ? [] : report.evaluations, titles);
      return {
        page,
        facts: periodFacts(report, page.when),
        data,
        sections: periodSections(report, page, data),
        scanId: report.latest?.scan_id,
      };
    }
  }
}

function dataOf(evaluations: readonly Evaluation[], titles: PageData['titles']): PageData {
  return { findings: worstFirst(evaluations).map(findingOf), titles };
}
