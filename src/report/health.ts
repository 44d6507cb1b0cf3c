/** The health of a deployed stack, for people within 80 columns, for a job's summary, and as a document. */
import type { ChalkInstance } from 'chalk';
import wrapAnsi from 'wrap-ansi';

import type { Gap } from '../engine/evaluation.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import type { Severity } from '../engine/verdict.ts';
import { markdownText } from './markdown-text.ts';
import { plainLine } from './plain-text.ts';
import { plural } from './plural.ts';
import { severityColour } from './severity-colour.ts';
import { fitted, plainTable, textOf } from './table.ts';

export type PartKind =
  | 'function'
  | 'log-group'
  | 'role'
  | 'rule'
  | 'queue'
  | 'queue-mapping'
  | 'topic'
  | 'bucket'
  | 'table'
  | 'key'
  | 'alarm'
  | 'dashboard'
  | 'config-recorder'
  | 'config-delivery-channel'
  | 'config-rule'
  | 'config-aggregator';

/** `unknown` where nothing was found wrong, and not all could be read. */
export type PartStatus = 'healthy' | 'issues' | 'unknown' | 'missing';

export interface HealthPart {
  readonly kind: PartKind;
  readonly name: string;
  readonly status: PartStatus;
}

export interface HealthIssue {
  /** Stable from run to run: `function-differs/compliance-scanner-dev/timeout`. */
  readonly id: string;
  readonly check: string;
  readonly severity: Severity;
  readonly kind: PartKind;
  readonly name: string;
  readonly message: string;
  readonly remedy: string;
  readonly command?: string;
}

/** `compliance-monitoring-analysis.json`. */
export interface HealthDocument {
  readonly schema: 'compliancectl.health/1';
  readonly generated_at: string;
  readonly environment: string;
  readonly account_id: string;
  readonly region: string;
  readonly preset: string;
  readonly summary: {
    readonly total_issues: number;
    readonly by_severity: Readonly<Record<Severity, number>>;
    readonly parts: number;
    readonly healthy: number;
    readonly unknown: number;
  };
  readonly parts: readonly HealthPart[];
  /** The worst first. */
  readonly issues: readonly HealthIssue[];
  readonly gaps: readonly Gap[];
}

const WIDTH = 80;

export function* renderHealth(document: HealthDocument, chalk: ChalkInstance): Generator<string> {
  const { summary, issues, gaps } = document;
  yield wrapped(headline(document, chalk));
  yield `${countsOf(summary, chalk)}\n\n`;
  if (issues.length === 0) yield `${noIssues(document, chalk)}\n`;
  else yield* issueLines(issues, chalk);
  if (gaps.length === 0) return;
  yield `\n${chalk.bold('NOT SEEN')}\n`;
  for (const gap of gaps) {
    const calls = gap.calls > 1 ? ` (${gap.calls} calls)` : '';
    yield wrapped(plainLine(`${gap.message}${calls}`));
  }
}

function headline({ environment, preset, account_id, region, generated_at }: HealthDocument, chalk: ChalkInstance) {
  const where = plainLine(`(preset ${preset}) in account ${account_id}, ${region}`);
  return `${chalk.bold(`Health of stack ${plainLine(environment)}`)} ${where}, at ${generated_at.slice(0, 19)}Z`;
}

function countsOf({ parts, healthy, unknown, total_issues }: HealthDocument['summary'], chalk: ChalkInstance): string {
  const ill = parts - healthy - unknown;
  return [
    plural(parts, 'part'),
    chalk.green(`${healthy} healthy`),
    ...(ill > 0 ? [chalk.red(`${ill} with issues`)] : []),
    ...(unknown > 0 ? [chalk.yellow(`${unknown} unknown`)] : []),
    total_issues > 0 ? chalk.red(plural(total_issues, 'issue')) : '0 issues',
  ].join(', ');
}

function noIssues({ summary: { unknown } }: HealthDocument, chalk: ChalkInstance): string {
  return unknown === 0 ? chalk.green('Nothing is wrong.') : chalk.yellow('Nothing is wrong with what could be read.');
}

/** The parts with what is wrong; what to do is below them, where a command is not broken by a column's width. */
function* issueLines(issues: readonly HealthIssue[], chalk: ChalkInstance): Generator<string> {
  const [severityWidth, partWidth, issueWidth] = [10, 28, 42];
  const table = plainTable(['SEVERITY', 'PART', 'ISSUE'], [severityWidth, partWidth, issueWidth], chalk);
  issues.forEach(({ severity, kind, name, message, check }, index) => {
    table.push([
      `${severityColour(severity, chalk)(severity)}\n${chalk.dim(`[${index + 1}]`)}`,
      `${fitted(name, partWidth)}\n${chalk.dim(kind)}`,
      `${chalk.dim(check)}\n${fitted(message, issueWidth)}`,
    ]);
  });
  yield `${textOf(table)}\n\n${chalk.bold('WHAT TO DO')}\n`;
  for (const { remedy, command, numbers } of remediesOf(issues)) {
    yield wrapped(`[${numbers.join(', ')}] ${plainLine(remedy)}`);
    // Whole, however long: it is to be copied.
    if (command !== undefined) yield `    ${chalk.cyan(plainLine(command))}\n`;
  }
}

interface NumberedRemedy {
  readonly remedy: string;
  readonly command?: string | undefined;
  /** Of the issues that it mends, counted from 1. */
  readonly numbers: readonly number[];
}

/** Each remedy once, though it mend several issues. */
function remediesOf(issues: readonly HealthIssue[]): NumberedRemedy[] {
  const numbered = issues.map((issue, index) => ({ ...issue, number: index + 1 }));
  const groups = Map.groupBy(numbered, ({ remedy, command = '' }) => `${remedy}\n${command}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const numbers = group.map(({ number }) => number);
    return first === undefined ? [] : [{ remedy: first.remedy, command: first.command, numbers }];
  });
}

function wrapped(text: string): string {
  return `${wrapAnsi(text, WIDTH, { hard: true })}\n`;
}

/** Issues and gaps that a job's summary lists one by one: GitHub takes a megabyte. */
const LISTED = 200;

/** For a job's summary or a comment. */
export function* renderHealthMarkdown(document: HealthDocument): Generator<string> {
  const { environment, preset, account_id, region, generated_at, summary, issues, gaps } = document;
  yield `## Health of stack ${markdownText(environment)}: ${plural(summary.total_issues, 'issue')}\n\n`;
  const severities = SEVERITIES.filter((severity) => summary.by_severity[severity] > 0).map(
    (severity) => `**${summary.by_severity[severity]} ${severity}**`,
  );
  const parts = [plural(summary.parts, 'part'), `${summary.healthy} healthy`, `${summary.unknown} unknown`];
  yield `${[...severities, ...parts].join(', ')}\n\n`;
  yield `Preset ${markdownText(preset)}, account ${markdownText(account_id)}, ${markdownText(region)}, at ${generated_at.slice(0, 19)}Z\n\n`;
  if (issues.length > 0) {
    yield '| severity | part | issue | what to do |\n| --- | --- | --- | --- |\n';
    for (const { severity, kind, name, message, remedy, command } of issues.slice(0, LISTED)) {
      const todo = command === undefined ? remedy : `${remedy} ${command}`;
      yield `| ${[severity, `${kind} ${name}`, message, todo].map(markdownText).join(' | ')} |\n`;
    }
    if (issues.length > LISTED) yield `\n${plural(issues.length - LISTED, 'more issue')}\n`;
    yield '\n';
  }
  if (gaps.length === 0) return;
  yield '### Not seen\n\n';
  for (const gap of gaps.slice(0, LISTED)) yield `- ${markdownText(gap.message)}\n`;
  if (gaps.length > LISTED) yield `- and ${gaps.length - LISTED} more\n`;
}

export function healthJson(document: HealthDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
