/** A finding's row: written by the renderer for the first ones, and by the page's script for whatever is looked for. */
import { plural } from '../plural.ts';
import { consoleLink } from './console-link.ts';
import { element, isolated } from './element.ts';
import type { Content, Element } from './element.ts';
import type { Finding } from './finding.ts';

/** Rows of one page of the table. */
export const ROWS_OF_A_PAGE = 100;

/** @param at the finding's place among all of them, by which the page's script finds it again */
export function findingRow(finding: Finding, at: number, titles: ReadonlyMap<string, string>): Element {
  return element(
    'tr',
    { role: 'row', 'data-finding': at },
    cell('severity', element('span', { class: `badge ${finding.severity}` }, finding.severity)),
    cell('status', element('span', { class: `status ${finding.status}` }, statusName(finding.status))),
    cell('finding', details(finding, titles)),
    cell('resource', resourceName(finding), element('span', { class: 'quiet' }, isolated(shortType(finding.type)))),
    cell('account', isolated(finding.account)),
    cell('region', isolated(finding.region)),
  );
}

/** The status in the words of a sentence. */
export function statusName(status: string): string {
  return status === 'NOT_APPLICABLE' ? 'N/A' : status;
}

/** `AWS::EC2::Instance` without what all types have in common. */
export function shortType(type: string): string {
  return type.replace(/^AWS::/, '').replaceAll('::', ' ');
}

// The roles keep this a table to a screen reader where a narrow screen shows its rows as cards.
function cell(name: string, ...content: readonly Content[]): Element {
  return element('td', { role: 'cell', class: name }, ...content);
}

function resourceName(finding: Finding): Element {
  const href = consoleLink(finding);
  const name = isolated(finding.id);
  if (href === undefined) return element('span', { class: 'resource-id' }, name);
  const where = element('span', { class: 'unseen' }, ' in the AWS console');
  return element('a', { class: 'resource-id', href, target: '_blank', rel: 'noopener noreferrer' }, name, where);
}

function ruleLine({ rule, change }: Finding): Element {
  return element(
    'span',
    { class: 'quiet rule-line' },
    isolated(rule),
    change === '' || change === 'unchanged' ? '' : [' ', element('span', { class: 'change' }, change)],
  );
}

function details(finding: Finding, titles: ReadonlyMap<string, string>): Element {
  const { message, facts, moreFacts, remedy, permission, owner, waiver, rule, arn, category } = finding;
  const title = titles.get(rule);
  const more = moreFacts === 0 ? [] : [element('li', {}, `and ${moreFacts} more`)];
  return element(
    'details',
    {},
    element('summary', {}, isolated(message), ruleLine(finding)),
    element(
      'dl',
      {},
      facts.length === 0
        ? ''
        : fact(
            plural(facts.length + moreFacts, 'fact'),
            element('ul', {}, ...facts.map((text) => element('li', {}, isolated(text))), ...more),
          ),
      remedy === '' ? '' : fact('How to mend it', isolated(remedy), ' ', copyButton('Copy the remedy', 'remedy')),
      permission === ''
        ? ''
        : fact(
            'Permission that would settle it',
            element('code', {}, isolated(permission)),
            ' ',
            copyButton('Copy the permission', 'permission'),
          ),
      waiver.map(([name, value]) => fact(name, isolated(value))),
      fact(
        'Rule',
        title === undefined ? isolated(rule) : [isolated(title), ' ', element('code', {}, isolated(rule))],
        `, ${category}`,
      ),
      owner === '' ? '' : fact('Owner', isolated(owner)),
      fact('ARN', element('code', {}, isolated(arn)), ' ', copyButton('Copy the ARN', 'arn')),
    ),
  );
}

function fact(name: string, ...content: readonly Content[]): Element {
  return element('div', {}, element('dt', {}, name), element('dd', {}, ...content));
}

/** Its text is that of a field of the row's finding. */
function copyButton(label: string, field: 'remedy' | 'permission' | 'arn'): Element {
  return element('button', { type: 'button', class: 'copy scripted', 'data-copy': field }, label);
}
