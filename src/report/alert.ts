/** The alert about a scan's findings of one severity: an email's subject and its plain text. */
import type { Evaluation } from '../engine/evaluation.ts';
import type { AnyRule } from '../engine/rule.ts';
import type { ScanHead } from '../engine/scan-document.ts';
import { plainLine } from './plain-text.ts';
import { plural } from './plural.ts';

/** Which findings an alert holds: all of them; what is new or worse; what stays, once a day. */
export type AlertMode = 'every' | 'changes' | 'digest';

/** What an alert says of the scan behind it; without a score where it is not of an estate, but of what changed there. */
export interface AlertScan extends Pick<
  ScanHead,
  'environment' | 'accounts' | 'regions' | 'report_timestamp' | 'complete'
> {
  readonly summary?: Pick<ScanHead['summary'], 'score'>;
  readonly gaps: readonly unknown[];
}

export interface AlertOptions {
  readonly mode: AlertMode;
  /** The score that is good enough. */
  readonly threshold: number;
  /** Where the whole document lies, if anywhere. */
  readonly link?: string | undefined;
  /** The rules of the scan: a rule that is not among them goes by its id. */
  readonly rules?: readonly Pick<AnyRule, 'id' | 'title'>[];
  /** Bytes of UTF-8 that the text may have. */
  readonly limit?: number;
}

export interface Alert {
  /** ASCII, less than a hundred characters, one line. */
  readonly subject: string;
  readonly text: string;
}

/**
 * SNS takes 262,144 bytes, the attributes among them (docs.aws.amazon.com/sns/latest/api/API_Publish.html): this leaves
 * room for those.
 */
const TEXT_LIMIT = 250_000;

/** Characters of a message, and of one of its facts, that are shown: one finding must not crowd out the others. */
const MESSAGE_LENGTH = 2000;
const FACT_LENGTH = 500;

/** Facts of one finding that are shown: a security group may have a thousand open ports. */
const SHOWN_FACTS = 20;

/** Accounts, and regions, that are named; more are counted. */
const SHOWN_PLACES = 5;

const SUBJECT_LENGTH = 99;

/**
 * @param findings failures of one severity, in the order in which they are to be shown within their rule
 * @returns `undefined` where there is nothing to tell
 */
export function renderAlert(
  head: AlertScan,
  findings: readonly Evaluation[],
  options: AlertOptions,
): Alert | undefined {
  const [first] = findings;
  if (first === undefined) return undefined;
  const found = foundIn(findings, options.mode);
  const top = headLines(head, `[${first.severity}] ${found}`, options.threshold);
  // The longest closing line there can be is reserved, so that it always fits.
  const limit = options.limit ?? TEXT_LIMIT;
  const room = limit - bytesOf(top) - bytesOf(closingLine(findings.length, options.link));
  const parts = findingParts(findings, room, options.rules ?? []);
  return {
    subject: subjectOf(first.severity, found, head.environment),
    text: `${top}${parts.join('')}${closingLine(findings.length - parts.length, options.link)}`,
  };
}

function foundIn(findings: readonly Evaluation[], mode: AlertMode): string {
  switch (mode) {
    case 'every':
      return plural(findings.length, 'finding');
    case 'changes':
      return plural(findings.length, `${changeIn(findings)} finding`);
    case 'digest':
      return plural(findings.length, 'finding still open', 'findings still open');
  }
}

/** What became of them since the scan before, in one word where that is true of all. */
function changeIn(findings: readonly Evaluation[]): string {
  if (findings.every(({ change }) => change === 'new')) return 'new';
  if (findings.every(({ change }) => change === 'worse')) return 'worse';
  return 'new or worse';
}

function subjectOf(severity: string, found: string, environment: string): string {
  const product = ' (compliancectl)';
  const subject = `[${severity}] ${found} in ${environment}`.replaceAll(/[^\x20-\x7E]+/g, '?');
  return `${subject.slice(0, SUBJECT_LENGTH - product.length)}${product}`;
}

function headLines(head: AlertScan, found: string, threshold: number): string {
  const where = `${placesOf(head.accounts, 'account')}, ${placesOf(head.regions, 'region')}`;
  const when = `${head.report_timestamp.slice(0, 19).replace('T', ' ')} UTC`;
  const lines = [
    `${found} in ${plainLine(head.environment)}: ${where}, ${when}`,
    ...(head.summary === undefined ? [] : [scoreLine(head.summary.score, threshold)]),
  ];
  if (!head.complete) lines.push('The scan was cut short: not everything was looked at.');
  if (head.gaps.length > 0) {
    lines.push(`Not everything was seen: the scan has ${plural(head.gaps.length, 'gap')}.`);
  }
  return `${lines.join('\n')}\n`;
}

function placesOf(places: readonly string[], what: string): string {
  const [only] = places;
  if (only !== undefined && places.length === 1) return `${what} ${plainLine(only)}`;
  if (places.length === 0 || places.length > SHOWN_PLACES) return plural(places.length, what);
  return `${what}s ${places.map(plainLine).join(', ')}`;
}

function scoreLine(score: number | null, threshold: number): string {
  if (score === null) return `No score: nothing could be judged. The threshold is ${threshold}.`;
  const shown = `Score ${score.toFixed(2)} of 100`;
  return score < threshold
    ? `${shown}, below the threshold of ${threshold}.`
    : `${shown}; the threshold is ${threshold}.`;
}

/**
 * As many whole findings as there is room for, a part each, by rule; the lines about a rule are in its first part. The
 * first that does not fit ends the list.
 */
function findingParts(
  findings: readonly Evaluation[],
  room: number,
  rules: Required<AlertOptions>['rules'],
): readonly string[] {
  const titles = new Map(rules.map(({ id, title }) => [id, title]));
  const parts: string[] = [];
  let left = room;
  for (const [rule, failures] of Map.groupBy(findings, ({ rule_id: rule }) => rule)) {
    let lead = `\n${ruleLines(rule, titles.get(rule), failures)}`;
    for (const finding of failures) {
      const part = `${lead}${linesOf(finding)}`;
      left -= bytesOf(part);
      if (left < 0) return parts;
      parts.push(part);
      lead = '';
    }
  }
  return parts;
}

function ruleLines(rule: string, title: string | undefined, failures: readonly Evaluation[]): string {
  const name = plainLine(title === undefined ? rule : `${title} (${rule})`);
  const remedy = failures.find(({ remediation }) => remediation !== undefined)?.remediation;
  return `${name}: ${failures.length}\n${remedy === undefined ? '' : `  To mend it: ${plainLine(remedy)}\n`}`;
}

function linesOf({ resource_id: id, account_id: account, region, message, change, facts = [] }: Evaluation): string {
  const mark = change === 'new' || change === 'worse' ? ` (${change})` : '';
  const place = [id, account, region].map(plainLine).join(', ');
  const lines = [
    `  - ${place}${mark}: ${shortened(message, MESSAGE_LENGTH)}`,
    ...facts.slice(0, SHOWN_FACTS).map((fact) => `      ${shortened(fact.message, FACT_LENGTH)}`),
  ];
  if (facts.length > SHOWN_FACTS) lines.push(`      and ${facts.length - SHOWN_FACTS} more`);
  return `${lines.join('\n')}\n`;
}

function closingLine(hidden: number, link: string | undefined): string {
  const place = link === undefined ? undefined : plainLine(link);
  if (hidden > 0) {
    const more = plural(hidden, 'more finding is', 'more findings are');
    return `\n${more} ${place === undefined ? 'not shown here.' : `in the whole document: ${place}`}\n`;
  }
  return place === undefined ? '' : `\nThe whole document: ${place}\n`;
}

/** One line, cut where it is very long, and never through the middle of a character. */
function shortened(text: string, length: number): string {
  const line = plainLine(text);
  return line.length <= length ? line : `${line.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
