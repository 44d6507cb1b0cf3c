/** The table for people: the summary first, then the findings, worst first, within 80 columns. */
import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import wrapAnsi from 'wrap-ansi';

import type { BaselineSummary } from '../engine/baseline.ts';
import type { Evaluation } from '../engine/evaluation.ts';
import type { Scan, ScanHead } from '../engine/scan-document.ts';
import type { Counts } from '../engine/score.ts';
import type { RenderContext } from './formats.ts';
import { plainLine } from './plain-text.ts';
import { plural } from './plural.ts';
import { severityColour } from './severity-colour.ts';
import { worstFirst } from './worst-first.ts';

const WIDTH = 80;

/** How long before its end a waiver is mentioned. */
const EXPIRY_WARNING_DAYS = 14;

export function* renderTable({ head, evaluations }: Scan, options: RenderContext): Generator<string> {
  yield* summaryLines(head, options.chalk);
  yield* ruleTable(head, options.chalk);
  yield* gapLines(head, options.chalk);
  yield* waiverLines(head, options.chalk);
  yield* findingTable(evaluations, options);
}

function* summaryLines({ summary, ...head }: ScanHead, chalk: ChalkInstance): Generator<string> {
  const from = head.source === 'snapshot' ? 'a snapshot, as of' : 'live AWS at';
  yield `${chalk.bold('Compliance scan')} of ${from} ${head.report_timestamp.slice(0, 19)}Z\n`;
  yield wrapped(plainLine(`${listed(head.accounts, 'account')} in ${listed(head.regions, 'region')}`));
  const { score } = summary;
  const shown = score === null ? 'none: nothing could be judged' : `${score.toFixed(2)} of 100`;
  yield `\n${chalk.bold('Score')}  ${scoreColour(score, chalk)(shown)}\n`;
  yield `${plural(summary.total_resources, 'resource')}, ${plural(summary.total_evaluations, 'verdict')}: ${verdictCounts(summary, chalk)}\n`;
  if (summary.evaluated_percentage !== null && summary.evaluated_percentage < 100) {
    yield `${chalk.yellow(`${summary.evaluated_percentage.toFixed(2)} %`)} of the verdicts could be decided\n`;
  }
  if (head.baseline !== undefined) yield wrapped(baselineLine(head.baseline, chalk));
  if (!head.complete) yield `${chalk.yellow('Cut short:')} not everything was looked at\n`;
  yield '\n';
}

function baselineLine(baseline: BaselineSummary, chalk: ChalkInstance): string {
  const { new: fresh, worse, unchanged, fixed, not_rechecked: unseen } = baseline;
  const parts = [
    chalk.red(`${fresh} new`),
    chalk.red(`${worse} worse`),
    `${unchanged} unchanged`,
    chalk.green(`${fixed.length} fixed`),
    chalk.yellow(`${unseen.length} not rechecked`),
  ];
  return `Since ${baseline.report_timestamp.slice(0, 19)}Z: ${parts.join(', ')}`;
}

function verdictCounts(counts: ScanHead['summary'], chalk: ChalkInstance): string {
  return [
    chalk.red(`${counts.non_compliant} FAIL`),
    chalk.yellow(`${counts.unknown} UNKNOWN`),
    `${counts.waived} WAIVED`,
    chalk.green(`${counts.compliant} PASS`),
    `${counts.not_applicable} N/A`,
  ].join(', ');
}

function* ruleTable({ by_rule }: ScanHead, chalk: ChalkInstance): Generator<string> {
  const rows = Object.entries(by_rule).toSorted(([, a], [, b]) => b.non_compliant - a.non_compliant);
  if (rows.length === 0) return;
  const table = plainTable(['RULE', 'FAIL', 'UNKNOWN', 'WAIVED', 'PASS', 'N/A'], [34, 8, 10, 9, 9, 8], chalk);
  for (const [rule, counts] of rows) table.push([rule, ...countCells(counts, chalk)]);
  yield `${textOf(table)}\n\n`;
}

function countCells(counts: Counts, chalk: ChalkInstance): string[] {
  const cell = (value: number, colour: Colour) => (value === 0 ? chalk.dim('-') : colour(String(value)));
  return [
    cell(counts.non_compliant, chalk.red),
    cell(counts.unknown, chalk.yellow),
    cell(counts.waived, String),
    cell(counts.compliant, chalk.green),
    cell(counts.not_applicable, String),
  ];
}

function* gapLines({ gaps }: ScanHead, chalk: ChalkInstance): Generator<string> {
  if (gaps.length === 0) return;
  yield `${chalk.bold('NOT SEEN')}\n`;
  for (const gap of gaps) {
    const calls = gap.calls > 1 ? ` (${gap.calls} calls)` : '';
    yield wrapped(plainLine(`${gap.account_id} ${gap.region}: ${gap.message}${calls}`));
  }
  yield '\n';
}

/** The waivers that someone should look at; those that do their work need no line. */
function* waiverLines({ waivers, report_timestamp: asOf }: ScanHead, chalk: ChalkInstance): Generator<string> {
  const soon = new Date(Date.parse(asOf) + EXPIRY_WARNING_DAYS * 86_400_000).toISOString().slice(0, 10);
  const lines = waivers.flatMap(({ rule_id: rule, scope, owner, expires, state, matched }) => {
    const whose = `${rule} for ${plainLine(scope)} (${plainLine(owner)})`;
    if (state === 'expired')
      return `${whose} expired on ${expires}: ${plural(matched, 'failure is', 'failures are')} no longer waived.`;
    if (state === 'unused') return `${whose} met no failure and can go.`;
    return state === 'active' && expires <= soon ? `${whose} ends on ${expires}.` : [];
  });
  if (lines.length === 0) return;
  yield `${chalk.bold('WAIVERS')}\n`;
  for (const line of lines) yield wrapped(line);
  yield '\n';
}

function* findingTable(evaluations: readonly Evaluation[], { chalk, limit }: RenderContext): Generator<string> {
  const findings = worstFirst(evaluations);
  if (findings.length === 0) {
    yield `${chalk.green('No findings.')}\n`;
    return;
  }
  const [severityWidth, resourceWidth, findingWidth] = [10, 28, 42];
  const table = plainTable(['SEVERITY', 'RESOURCE', 'FINDING'], [severityWidth, resourceWidth, findingWidth], chalk);
  for (const finding of findings.slice(0, limit)) {
    const mark = finding.change === 'new' || finding.change === 'worse' ? chalk.red(` ${finding.change}`) : '';
    const where = [finding.account_id, finding.region].map((name) => fitted(name, resourceWidth)).join('\n');
    table.push([
      finding.status === 'FAIL'
        ? severityColour(finding.severity, chalk)(finding.severity)
        : chalk.yellow(finding.status),
      `${fitted(finding.resource_id, resourceWidth)}\n${chalk.dim(where)}`,
      `${chalk.dim(finding.rule_id)}${mark}\n${fitted(finding.message, findingWidth)}`,
    ]);
  }
  yield `${textOf(table)}\n`;
  if (findings.length > limit) {
    yield `\n${plural(findings.length - limit, 'more finding')}: --limit ${findings.length} shows them all.\n`;
  }
}

type Colour = (text: string) => string;

function scoreColour(score: number | null, chalk: ChalkInstance): Colour {
  if (score === null) return chalk.yellow;
  return score < 80 ? chalk.red : chalk.green;
}

/** `accounts 1111, 2222`; past four, how many more. */
function listed(names: readonly string[], noun: string): string {
  const shown = names.slice(0, 4).join(', ');
  const more = names.length > 4 ? ` and ${names.length - 4} more` : '';
  return `${noun}${names.length === 1 ? '' : 's'} ${shown}${more}`;
}

function wrapped(text: string): string {
  return `${wrapAnsi(text, WIDTH, { hard: true })}\n`;
}

/** Text of the estate's, harmless and broken to fit a column with its padding. */
export function fitted(text: string, width: number): string {
  return wrapAnsi(plainLine(text), width - 2, { hard: true });
}

/** A table without lines: columns one space apart, which copies and greps well. */
export function plainTable(
  head: string[],
  colWidths: number[],
  chalk: ChalkInstance,
  colAligns: readonly Table.HorizontalAlignment[] = [],
): Table.Table {
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
  };
  const rest = {
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '',
  };
  return new Table({
    head: head.map((title) => chalk.bold(title)),
    colWidths,
    colAligns: [...colAligns],
    chars: { ...none, ...rest },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
}

/** Cells are padded to the width of their column; at the end of a line that is nothing but blanks. */
export function textOf(table: Table.Table): string {
  return table.toString().replaceAll(/ +$/gm, '');
}
