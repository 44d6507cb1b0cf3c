/** How the verdicts divide by severity, category, rule, region, account and resource type: a table with a bar each. */
import type { ScanHead } from '../../engine/scan-document.ts';
import type { Counts } from '../../engine/score.ts';
import { SEVERITIES } from '../../engine/verdict.ts';
import { stackedBar } from './charts.ts';
import { element, isolated } from './element.ts';
import type { Content, Element } from './element.ts';
import { shortType } from './finding-row.ts';
import { card, filterLink, grouped, section } from './parts.ts';

interface Division {
  readonly title: string;
  readonly column: string;
  readonly field: string;
  readonly counts: Readonly<Record<string, Counts>>;
  /** What the table calls a key; else it goes by itself. */
  readonly nameOf?: (key: string) => string;
  /** A second line beneath the name. */
  readonly noteOf?: (key: string) => string | undefined;
}

/** Rows that are shown before the rest is folded away. */
const SHOWN_ROWS = 8;

export function breakdown(head: ScanHead, titles: ReadonlyMap<string, string>): Element {
  const divisions: readonly Division[] = [
    { title: 'By severity', column: 'Severity', field: 'severity', counts: head.by_severity },
    { title: 'By category', column: 'Category', field: 'category', counts: head.by_category },
    { title: 'By rule', column: 'Rule', field: 'rule', counts: head.by_rule, noteOf: (rule) => titles.get(rule) },
    {
      title: 'By resource type',
      column: 'Resource type',
      field: 'type',
      counts: head.by_resource_type,
      nameOf: shortType,
    },
    { title: 'By account', column: 'Account', field: 'account', counts: head.by_account },
    { title: 'By region', column: 'Region', field: 'region', counts: head.by_region },
  ];
  return section(
    'breakdown',
    'Breakdown',
    element(
      'div',
      { class: 'divisions' },
      ...divisions.filter(({ counts }) => Object.keys(counts).length > 0).map(divisionTable),
    ),
  );
}

function divisionTable(division: Division): Element {
  const rows = inOrder(division);
  const folded = rows.slice(SHOWN_ROWS);
  return card(
    division.title,
    tableOf(division, rows.slice(0, SHOWN_ROWS)),
    folded.length === 0
      ? ''
      : element(
          'details',
          { class: 'more' },
          element('summary', {}, `${folded.length} more`),
          tableOf(division, folded),
        ),
  );
}

/** Severities by their weight; anything else by how much of it fails. */
function inOrder({ field, counts }: Division): (readonly [key: string, counts: Counts])[] {
  const entries = Object.entries(counts);
  const weights: readonly string[] = SEVERITIES;
  if (field === 'severity') return entries.toSorted(([a], [b]) => weights.indexOf(a) - weights.indexOf(b));
  return entries.toSorted(([, a], [, b]) => b.non_compliant - a.non_compliant || b.unknown - a.unknown);
}

function tableOf(division: Division, rows: readonly (readonly [key: string, counts: Counts])[]): Element {
  const heading = (text: string, name = '') => element('th', { scope: 'col', class: name }, text);
  return element(
    'table',
    { class: 'division' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        heading(division.column),
        heading('Verdicts', 'share'),
        heading('Fail', 'number'),
        heading('Pass', 'number'),
        heading('Passing', 'number'),
      ),
    ),
    element('tbody', {}, ...rows.map(([key, counts]) => rowOf(division, key, counts))),
  );
}

function rowOf({ field, nameOf, noteOf }: Division, key: string, counts: Counts): Element {
  const name = nameOf?.(key) ?? key;
  const note = noteOf?.(key);
  const number = (...content: readonly Content[]) => element('td', { class: 'number' }, ...content);
  return element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row' },
      isListed(counts) ? filterLink({ [field]: key }, name) : isolated(name),
      note === undefined ? '' : element('span', { class: 'quiet' }, isolated(note)),
    ),
    element(
      'td',
      { class: 'share' },
      stackedBar([
        { kind: 'fail', name: 'fail', count: counts.non_compliant },
        { kind: 'unknown', name: 'unknown', count: counts.unknown },
        { kind: 'waived', name: 'waived', count: counts.waived },
        { kind: 'pass', name: 'pass', count: counts.compliant },
      ]),
    ),
    number(grouped(counts.non_compliant)),
    number(grouped(counts.compliant)),
    number(passing(counts)),
  );
}

function passing({ compliant, non_compliant: failing }: Counts): string {
  const judged = compliant + failing;
  // Rounded down: 999 of 1,000 is not all.
  return judged === 0 ? '–' : `${Math.floor((100 * compliant) / judged)} %`;
}

/** Whether there are findings to lead to, whatever else was asked for. */
function isListed({ non_compliant: failing, unknown, waived }: Counts): boolean {
  return failing + unknown + waived > 0;
}
