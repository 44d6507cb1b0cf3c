/** The findings: what they are narrowed by, and the first page of them. The page's script turns the others. */
import { SEVERITIES } from '../../engine/verdict.ts';
import { plural } from '../plural.ts';
import { element } from './element.ts';
import type { Content, Element } from './element.ts';
import { findingRow, ROWS_OF_A_PAGE, shortType, statusName } from './finding-row.ts';
import type { Finding } from './finding.ts';
import type { PageData } from './page-data.ts';
import { grouped, section } from './parts.ts';

const STATUSES: readonly string[] = ['FAIL', 'UNKNOWN', 'WAIVED', 'PASS', 'NOT_APPLICABLE'];

/** Columns and the field that each is sorted by. */
const COLUMNS = [
  ['severity', 'Severity'],
  ['status', 'Status'],
  ['rule', 'Finding and rule'],
  ['id', 'Resource'],
  ['account', 'Account'],
  ['region', 'Region'],
] as const satisfies readonly (readonly [field: keyof Finding, title: string])[];

export function findingsSection({ findings, titles }: PageData): Element {
  if (findings.length === 0) return section('findings', 'Findings', element('p', { class: 'card' }, 'No findings.'));
  return section(
    'findings',
    'Findings',
    filters(findings),
    resultLine(findings.length),
    table(findings, titles),
    pager(),
  );
}

function filters(findings: readonly Finding[]): Element {
  return element(
    'div',
    { class: 'card filters scripted', role: 'search', 'aria-label': 'Findings' },
    element(
      'div',
      { class: 'field wide' },
      element('label', { for: 'words' }, 'Search'),
      element('input', { id: 'words', type: 'search', placeholder: 'Message, resource, ARN, rule …  press / to type' }),
    ),
    chips('Severity', 'severity', valuesOf(findings, 'severity', SEVERITIES)),
    chips('Status', 'status', valuesOf(findings, 'status', STATUSES)),
    select('Rule', 'rule', findings),
    select('Category', 'category', findings),
    select('Resource type', 'type', findings, shortType),
    select('Account', 'account', findings),
    select('Region', 'region', findings),
    select('Owner', 'owner', findings),
    select('Change', 'change', findings),
    element('button', { type: 'button', id: 'clear', class: 'plain' }, 'Clear'),
  );
}

function valuesOf(findings: readonly Finding[], field: 'severity' | 'status', order: readonly string[]): string[] {
  const present = new Set(findings.map((finding) => finding[field]));
  return order.filter((value) => present.has(value));
}

/** One checkbox a value; the script keeps the count beside it. */
function chips(title: string, field: 'severity' | 'status', values: readonly string[]): Element {
  return element(
    'fieldset',
    { class: 'field chips' },
    element('legend', {}, title),
    ...values.map((value) =>
      element(
        'label',
        { class: `chip ${value}` },
        element('input', { type: 'checkbox', 'data-filter': field, value }),
        element('span', {}, field === 'status' ? statusName(value) : value),
        ' ',
        element('b', { 'data-count': `${field} ${value}` }),
      ),
    ),
  );
}

/** Where all findings have one value there is nothing to choose. */
function select(
  title: string,
  field: 'rule' | 'category' | 'type' | 'account' | 'region' | 'owner' | 'change',
  findings: readonly Finding[],
  nameOf: (value: string) => string = String,
): Content {
  const present = new Set(findings.map((finding) => finding[field]));
  const values = [...present].filter((value) => value !== '').sort();
  // Whose tag is missing is asked for, too; a failure without a change is of no interest.
  const without = field === 'owner' && values.length > 0 && present.has('');
  if (values.length + Number(without) < 2) return '';
  const id = `filter-${field}`;
  return element(
    'div',
    { class: 'field' },
    element('label', { for: id }, title),
    element(
      'select',
      { id, 'data-filter': field },
      element('option', { value: '' }, 'All'),
      ...values.map((value) => element('option', { value }, nameOf(value))),
      without ? element('option', { value: '', 'data-without': true }, '(not known)') : '',
    ),
  );
}

function resultLine(count: number): Content {
  const shown = Math.min(count, ROWS_OF_A_PAGE);
  const more = `The first ${grouped(shown)} of ${grouped(count)} findings are shown: the others, and the filters, take JavaScript.`;
  return [
    element('p', { id: 'result', class: 'result', role: 'status' }, plural(count, 'finding')),
    element('p', { id: 'said', class: 'unseen', role: 'status' }),
    count > shown ? element('p', { class: 'notice unscripted' }, more) : '',
  ];
}

function table(findings: readonly Finding[], titles: ReadonlyMap<string, string>): Element {
  const rows = findings.slice(0, ROWS_OF_A_PAGE).map((finding, at) => findingRow(finding, at, titles));
  return element(
    'div',
    { class: 'card flush' },
    element(
      'table',
      { class: 'findings', role: 'table', 'aria-labelledby': 'findings-title' },
      element(
        'thead',
        { role: 'rowgroup' },
        element(
          'tr',
          { role: 'row' },
          ...COLUMNS.map(([field, title]) =>
            element(
              'th',
              { role: 'columnheader', scope: 'col', class: field, 'data-sorted': field },
              element('button', { type: 'button', 'data-sort': field }, title),
            ),
          ),
        ),
      ),
      element('tbody', { role: 'rowgroup', id: 'rows' }, ...rows),
    ),
    element('p', { id: 'none', class: 'empty', hidden: true }, 'No finding matches.'),
  );
}

function pager(): Element {
  return element(
    'nav',
    { id: 'pager', class: 'pager scripted', 'aria-label': 'Pages of findings' },
    element('button', { type: 'button', id: 'previous', class: 'plain' }, 'Previous'),
    element('span', { id: 'page' }),
    element('button', { type: 'button', id: 'next', class: 'plain' }, 'Next'),
  );
}
