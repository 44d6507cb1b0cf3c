/** What a scan tells people by mail: the findings of one severity, in words, and where the whole of it lies. */
import type { Evaluation } from '../engine/evaluation.ts';
import type { ScanHead } from '../engine/scan-document.ts';
import type { Severity } from '../engine/verdict.ts';
import { plainLine } from './plain-text.ts';
import { plural } from './plural.ts';

/** `every`: all there are. `changes`: what is new or worse. `digest`: what stays. */
export type AlertMode = 'every' | 'changes' | 'digest';

export interface AlertContent {
  readonly head: ScanHead;
  /** The score that is good enough. */
  readonly threshold: number;
  readonly mode: AlertMode;
  /** Of all the findings; of a digest, of the worst of them. */
  readonly severity: Severity;
  readonly findings: readonly Evaluation[];
  /** Where the scan document lies. */
  readonly link?: string;
  /** Bytes of UTF-8 that the text may have: SNS takes 262,144 with all that is around it. */
  readonly limit?: number;
}

/** Leaves room for attributes and for what SNS puts around a message. */
const LIMIT = 250_000;

/** The longest that one finding may be, so that a single one never crowds out the rest. */
const LONGEST_FINDING = 8000;

/** One line a finding, by rule; cut at a whole finding where it does not fit, and then it says how much is missing. */
export function alertMessage(content: AlertContent): { readonly subject: string; readonly text: string } {
  const { head, severity, link, limit = LIMIT } = content;
  const what = countOf(content);
  const subject = `[${severity}] ${what} in ${head.environment} (compliancectl)`;
  const start = [`${upperFirst(what)} in ${head.environment}`, '', ...headingOf(content), ''].join('\n');
  const end = link === undefined ? '' : `\nThe whole scan: ${link}\n`;
  const room = limit - Buffer.byteLength(start + end) - LAST_LINE;
  return { subject, text: `${start}${listed(content, room)}${end}` };
}

/** Bytes for the line that says how many findings are missing. */
const LAST_LINE = 100;

function countOf({ mode, findings: { length } }: AlertContent): string {
  switch (mode) {
    case 'every':
      return plural(length, 'finding');
    case 'changes':
      return plural(length, 'new or worse finding');
    case 'digest':
      return `${plural(length, 'finding')} still open`;
  }
}

function headingOf({ head, threshold, severity, mode }: AlertContent): string[] {
  const { accounts, regions, report_timestamp: time, summary, complete, gaps } = head;
  const score = summary.score === null ? 'none' : `${summary.score.toFixed(2)} (threshold ${threshold})`;
  const labelled = [
    ['Severity', `${severity}${mode === 'digest' ? ' and lower' : ''}`],
    [accounts.length === 1 ? 'Account' : 'Accounts', accounts.join(', ')],
    [regions.length === 1 ? 'Region' : 'Regions', regions.join(', ')],
    ['Time', time],
    ['Score', score],
  ].map(([label, value]) => `${label}: `.padEnd(11) + value);
  const blind = [
    ...(complete ? [] : ['The scan was cut short: there may be more.']),
    ...(gaps.length === 0 ? [] : [`${plural(gaps.length, 'call')} could not be answered: there may be more.`]),
  ];
  return [...labelled, ...(blind.length === 0 ? [] : ['', ...blind])];
}

function listed({ findings, severity }: AlertContent, room: number): string {
  let text = '';
  let bytes = 0;
  let shown = 0;
  for (const [rule, ofRule] of Map.groupBy(findings, ({ rule_id: id }) => id)) {
    // The heading and the remedy stand only where a finding of the rule does.
    let before = `\n${rule}\n`;
    const after = remedyOf(ofRule);
    for (const finding of ofRule) {
      const piece = before + wordsOf(finding, severity);
      const size = Buffer.byteLength(piece);
      if (bytes + size + Buffer.byteLength(after) > room) {
        return `${text}\n... and ${plural(findings.length - shown, 'more finding')}.\n`;
      }
      text += piece;
      bytes += size;
      shown += 1;
      before = '';
    }
    text += after;
    bytes += Buffer.byteLength(after);
  }
  return text;
}

/** Names and tags come from strangers: none of their lines may look like one of ours. */
function wordsOf(finding: Evaluation, severity: Severity): string {
  const { resource_id: id, account_id: account, region, message, facts = [] } = finding;
  const place = [account, region, ...(finding.severity === severity ? [] : [finding.severity])].join(', ');
  const lines = [
    `  ${plainLine(id)} (${place}): ${plainLine(message)}`,
    ...facts.map((fact) => `    - ${plainLine(fact.message)}`),
  ];
  const text = lines.join('\n');
  return `${text.length > LONGEST_FINDING ? `${text.slice(0, LONGEST_FINDING).toWellFormed()} ...` : text}\n`;
}

function remedyOf([finding]: readonly Evaluation[]): string {
  return finding?.remediation === undefined ? '' : `  To fix: ${plainLine(finding.remediation)}\n`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
