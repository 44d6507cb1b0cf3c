/** A report for a pull request's comment or a job's summary: the state in a few lines, then the worst findings. */
import type { BaselineSummary } from '../engine/baseline.ts';
import type { Evaluation } from '../engine/evaluation.ts';
import type { Scan, ScanHead } from '../engine/scan-document.ts';
import type { RenderContext } from './formats.ts';
import { markdownText } from './markdown-text.ts';
import { plural } from './plural.ts';
import { worstFirst } from './worst-first.ts';

/** Characters of a message that are shown: GitHub takes 65,536 a comment, and one finding may have a thousand facts. */
const MESSAGE_LENGTH = 300;

/** Gaps that are listed one by one. */
const LISTED_GAPS = 20;

export function* renderMarkdown({ head, evaluations }: Scan, { limit }: RenderContext): Generator<string> {
  const findings = worstFirst(evaluations);
  yield* stateLines(head);
  yield* gapLines(head);
  yield* findingTable(findings, limit);
  yield* remedies(findings.slice(0, limit));
}

function* stateLines({ summary, baseline, ...head }: ScanHead): Generator<string> {
  const { score } = summary;
  yield `## Compliance: ${score === null ? 'no score, nothing could be judged' : `${score.toFixed(2)} of 100`}\n\n`;
  const counts = [
    `**${summary.non_compliant} FAIL**`,
    `${summary.unknown} UNKNOWN`,
    `${summary.waived} WAIVED`,
    `${summary.compliant} PASS`,
    `${summary.not_applicable} N/A`,
  ];
  yield `${plural(summary.total_resources, 'resource')}, ${plural(summary.total_evaluations, 'verdict')}: ${counts.join(', ')}\n\n`;
  if (baseline !== undefined) yield `${baselineLine(baseline)}\n\n`;
  if (!head.complete) yield '**Cut short:** not everything was looked at.\n\n';
  const source = head.source === 'snapshot' ? 'a snapshot' : 'live AWS';
  yield `Environment ${markdownText(head.environment)}, ${source}, as of ${head.report_timestamp.slice(0, 19)}Z\n\n`;
}

function baselineLine(baseline: BaselineSummary): string {
  const { new: fresh, worse, unchanged, fixed, not_rechecked: unseen } = baseline;
  const parts = [
    `**${fresh} new**`,
    `**${worse} worse**`,
    `${unchanged} unchanged`,
    `${fixed.length} fixed`,
    `${unseen.length} not rechecked`,
  ];
  return `Since ${markdownText(baseline.report_timestamp.slice(0, 19))}Z: ${parts.join(', ')}`;
}

function* gapLines({ gaps }: ScanHead): Generator<string> {
  if (gaps.length === 0) return;
  yield '### Not seen\n\n';
  for (const gap of gaps.slice(0, LISTED_GAPS)) {
    const calls = gap.calls > 1 ? ` (${gap.calls} calls)` : '';
    yield `- ${markdownText(`${gap.account_id} ${gap.region}: ${shortened(gap.message)}`)}${calls}\n`;
  }
  if (gaps.length > LISTED_GAPS) yield `- and ${gaps.length - LISTED_GAPS} more\n`;
  yield '\n';
}

function* findingTable(findings: readonly Evaluation[], limit: number): Generator<string> {
  if (findings.length === 0) {
    yield 'No findings.\n';
    return;
  }
  yield '### Findings\n\n| severity | rule | resource | account, region | finding |\n| --- | --- | --- | --- | --- |\n';
  for (const finding of findings.slice(0, limit)) yield `| ${cells(finding).join(' | ')} |\n`;
  if (findings.length > limit)
    yield `\n${plural(findings.length - limit, 'more finding is', 'more findings are')} not shown here.\n`;
}

function cells(finding: Evaluation): string[] {
  const { status, severity, rule_id: rule, change, message } = finding;
  const mark = change === 'new' || change === 'worse' ? ` **${change}**` : '';
  return [
    status === 'FAIL' ? severity : status,
    `${markdownText(rule)}${mark}`,
    markdownText(shortened(finding.resource_id)),
    markdownText(`${finding.account_id}, ${finding.region}`),
    markdownText(shortened(message)),
  ];
}

/** How to mend what is shown, a fold a rule: one remedy serves all that fail it. */
function* remedies(findings: readonly Evaluation[]): Generator<string> {
  const byRule = new Map<string, string>();
  for (const { rule_id: rule, status, remediation } of findings) {
    if (status === 'FAIL' && remediation !== undefined) byRule.set(rule, remediation);
  }
  for (const [rule, remedy] of byRule) {
    yield `\n<details><summary>How to mend ${markdownText(rule)}</summary>\n\n${markdownText(remedy)}\n\n</details>\n`;
  }
}

function shortened(text: string): string {
  return text.length <= MESSAGE_LENGTH ? text : `${text.slice(0, MESSAGE_LENGTH)}…`;
}
