/** The latest results of the history for a browser. */
import { SEVERITIES } from '../../engine/verdict.ts';
import type { EvaluationReport } from '../evaluation-report.ts';
import type { Page } from '../page.ts';
import { plural } from '../plural.ts';
import { breakdown } from './breakdown.ts';
import { element, isolated } from './element.ts';
import type { Content, Element } from './element.ts';
import { findingsSection } from './findings-table.ts';
import type { PageData } from './page-data.ts';
import { grouped, listing, notice, section, tileRow } from './parts.ts';
import { words } from './report-parts.ts';
import { percent, severityCard, verdictCard } from './summary.ts';

export function* aggregateSections(
  { head, evaluations }: EvaluationReport,
  page: Page,
  data: PageData,
): Generator<Content> {
  const { summary, skipped } = head;
  const failing = new Map<string, number>(SEVERITIES.map((severity) => [severity, 0]));
  for (const { status, severity } of evaluations)
    if (status === 'FAIL') failing.set(severity, (failing.get(severity) ?? 0) + 1);
  if (skipped.count > 0)
    yield notice(
      `${plural(skipped.count, 'item')} of the table could not be read. `,
      element('a', { href: '#left-out' }, 'Which, and why'),
    );
  if (summary.unknown > 0)
    yield notice(`Not everything was seen: ${plural(summary.unknown, 'verdict is UNKNOWN', 'verdicts are UNKNOWN')}.`);
  yield element(
    'section',
    { id: 'summary', 'aria-labelledby': 'summary-title' },
    element('h2', { id: 'summary-title', class: 'unseen' }, 'Summary'),
    words(page),
    element('div', { class: 'cards two' }, verdictCard(summary), severityCard(failing)),
    tileRow([
      ['Compliance', percent(summary.compliance_percentage), 'of verdicts that are PASS or FAIL'],
      ['Resources', grouped(summary.total_resources), 'have results'],
      ['Failures', grouped(summary.non_compliant), `in ${plural(summary.total_evaluations, 'verdict')}`],
      ['Unknown', grouped(summary.unknown), 'could not be decided'],
    ]),
  );
  yield breakdown(head, data.titles);
  yield findingsSection(data);
  yield leftOut(skipped);
}

function leftOut({ count, first }: EvaluationReport['head']['skipped']): readonly Element[] {
  if (count === 0) return [];
  const rows = first.map(({ name, message }) => [isolated(name), isolated(message)]);
  const more = count - first.length;
  return [
    section(
      'left-out',
      'Left out',
      listing('Items of the table that are no results', ['What', 'Why'], rows),
      more === 0 ? '' : element('p', { class: 'quiet' }, `${grouped(more)} more are not named.`),
    ),
  ];
}
