/** The report on the history as a page. */
import type { Counts } from '../engine/score.ts';
import type { EvaluationReport } from './evaluation-report.ts';
import { sectionOf } from './page.ts';
import type { Page, PageSection } from './page.ts';
import { findingSection, minute, shown } from './period-page.ts';
import { plural } from './plural.ts';
import { worstFirst } from './worst-first.ts';

/** @param limit rows that a list has at most */
export function evaluationPage({ head, evaluations }: EvaluationReport, limit: number): Page {
  const { summary, skipped } = head;
  return {
    title: `Latest results of ${head.environment}`,
    when: `as of ${minute(head.report_timestamp)}`,
    lead: [
      `${plural(summary.total_resources, 'resource')}, ${plural(summary.total_evaluations, 'verdict')}: ${summary.non_compliant} fail, ${summary.compliant} pass, ${summary.unknown} unknown, ${summary.waived} waived.`,
      summary.compliance_percentage === null
        ? 'Nothing could be judged.'
        : `${shown(summary.compliance_percentage)} % of the verdicts that could be given pass.`,
      ...(skipped.count === 0 ? [] : [`${plural(skipped.count, 'item')} of the table could not be read.`]),
    ],
    graphs: [],
    sections: [
      ...countSection('By resource type', head.by_resource_type, limit),
      ...countSection('By rule', head.by_rule, limit),
      ...findingSection('Findings', worstFirst(evaluations), limit),
    ],
  };
}

function countSection(title: string, counts: Readonly<Record<string, Counts>>, limit: number): PageSection[] {
  return sectionOf(
    title,
    [
      { title: title.replace('By ', ''), width: 44, cell: ([name]) => name },
      { title: 'Fail', width: 9, align: 'right', cell: ([, { non_compliant: failing }]) => String(failing) },
      { title: 'Unknown', width: 10, align: 'right', cell: ([, { unknown }]) => String(unknown) },
      { title: 'Waived', width: 9, align: 'right', cell: ([, { waived }]) => String(waived) },
      { title: 'Pass', width: 8, align: 'right', cell: ([, { compliant }]) => String(compliant) },
    ],
    { rows: Object.entries(counts), limit, about: 'divisions' },
  );
}
