/** A scan as one HTML file for people: it opens from a disk or an email, and fetches nothing. */
import type { Scan } from '../engine/scan-document.ts';
import type { RenderContext } from './formats.ts';
import { breakdown } from './html/breakdown.ts';
import { notSeen, sinceBaseline, waiverSection } from './html/coverage.ts';
import { isolated } from './html/element.ts';
import type { Content } from './html/element.ts';
import { findingOf } from './html/finding-of.ts';
import { findingsSection } from './html/findings-table.ts';
import { encodePageData } from './html/page-data.ts';
import type { PageData } from './html/page-data.ts';
import { renderPage } from './html/page.ts';
import { footing, masthead } from './html/parts.ts';
import { factLine, overview, warnings } from './html/summary.ts';
import { worstFirst } from './worst-first.ts';

export function renderHtml(scan: Scan, { rules, toolVersion }: RenderContext): Iterable<string> {
  const { head, evaluations } = scan;
  const others = evaluations.filter(({ status }) => status === 'PASS' || status === 'NOT_APPLICABLE');
  const data: PageData = {
    findings: [...worstFirst(evaluations), ...others].map(findingOf),
    titles: new Map(rules.map(({ id, title }) => [id, title])),
  };
  return renderPage({
    title: `Compliance of ${head.environment}, ${head.report_timestamp.slice(0, 10)}`,
    header: masthead(['Compliance of ', isolated(head.environment)], factLine(head)),
    sections: sectionsOf(scan, data),
    footer: footing(toolVersion, ' · scan ', isolated(head.scan_id)),
    data: encodePageData(data),
  });
}

function* sectionsOf(scan: Scan, data: PageData): Generator<Content> {
  const { head } = scan;
  yield warnings(scan);
  yield overview(scan);
  yield sinceBaseline(head);
  yield breakdown(head, data.titles);
  yield findingsSection(data);
  yield notSeen(scan);
  yield waiverSection(head);
}
