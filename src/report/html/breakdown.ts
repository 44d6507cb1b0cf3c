/** How the verdicts divide by severity, category, rule, region, account and resource type: a table with a bar each. */
import type { Counts } from '../../engine/score.ts';
import { SEVERITIES } from '../../engine/verdict.ts';
import { stackedBar } from './charts.ts';
import { element, isolated } from './element.ts';
import type { Content, Element } from './element.ts';
import { shortType } from './finding-row.ts';
import { card, filterLink, grouped, section } from './parts.ts';

/** Counts by what they are divided by; a report of the past knows some of them, and how the share moved. */
export interface Divided {
  readonly by_severity?: DivisionCounts;
  readonly by_category?: DivisionCounts;
  readonly by_rule?: DivisionCounts;
  readonly by_resource_type?: DivisionCounts;
  readonly by_account?: DivisionCounts;
  readonly by_region?: DivisionCounts;
}

type DivisionCounts = Readonly<Record<string, MovedCounts>>;

interface MovedCounts extends Counts {
  /** Of the share that passes, in points; `null` where there is nothing to compare it with. */
  readonly compliance_percentage?: { readonly change: number | null };
}

interface Division {
  readonly title: string;
  readonly column: string;
  readonly field: string;
  readonly counts: DivisionCounts;
  /** What the table calls a key; else it goes by itself. */
  readonly nameOf?: (key: string) => string;
  /** A second line beneath the name. */
  readonly noteOf?: (key: string) => string | undefined;
}

/** Rows that are shown before the rest is folded away. */
const SHOWN_ROWS = 8;

/** @param titles those of the rules; without them, as on a page that lists no findings, nothing is linked */
export function breakdown(divided: Divided, titles?: ReadonlyMap<string, string>): Element {
  const divisions: readonly Division[] = [
    { title: 'By severity', column: 'Severity', field: 'severity', counts: divided.by_severity ?? {} },
    { title: 'By category', column: 'Category', field: 'category', counts: divided.by_category ?? {} },
    {
      title: 'By rule',
      column: 'Rule',
      field: 'rule',
      counts: divided.by_rule ?? {},
      noteOf: (rule) => titles?.get(rule),
    },
    {
      title: 'By resource type',
      column: 'Resource type',
      field: 'type',
      counts: divided.by_resource_type ?? {},
      nameOf: shortType,
    },
    { title: 'By account', column: 'Account', field: 'account', counts: divided.by_account ?? {} },
    { title: 'By region', column: 'Region', field: 'region', counts: divided.by_region ?? {} },
  ];
  return section(
    'breakdown',
    'Breakdown',
    element(
      'div',
      { class: 'divisions' },
      ...divisions
        .filter(({ counts }) => Object.keys(counts).length > 0)
        .map((one) => divisionTable(one, titles !== undefined)),
    ),
  );
}

function divisionTable(division: Division, linked: boolean): Element {
  const rows = inOrder(division);
  const folded = rows.slice(SHOWN_ROWS);
  return card(
    division.title,
    tableOf(division, rows.slice(0, SHOWN_ROWS), linked),
    folded.length === 0
      ? ''
      : element(
          'details',
          { class: 'more' },
          element('summary', {}, `${folded.length} more`),
          tableOf(division, folded, linked),
        ),
  );
}

/** Severities by their weight; anything else by how much of it fails. */
function inOrder({ field, counts }: Division): (readonly [key: string, counts: MovedCounts])[] {
  const entries = Object.entries(counts);
  const weights: readonly string[] = SEVERITIES;
  if (field === 'severity') return entries.toSorted(([a], [b]) => weights.indexOf(a) - weights.indexOf(b));
  return entries.toSorted(([, a], [, b]) => b.non_compliant - a.non_compliant || b.unknown - a.unknown);
}

function tableOf(
  division: Division,
  rows: readonly (readonly [key: string, counts: MovedCounts])[],
  linked: boolean,
): Element {
  const moving = isMoving(division);
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
        moving ? heading('Change', 'number') : '',
      ),
    ),
    element('tbody', {}, ...rows.map(([key, counts]) => rowOf(division, { key, counts, linked }))),
  );
}

function rowOf(
  division: Division,
  { key, counts, linked }: { readonly key: string; readonly counts: MovedCounts; readonly linked: boolean },
): Element {
  const { field, nameOf, noteOf } = division;
  const name = nameOf?.(key) ?? key;
  const note = noteOf?.(key);
  const number = (...content: readonly Content[]) => element('td', { class: 'number' }, ...content);
  return element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row' },
      linked && isListed(counts) ? filterLink({ [field]: key }, name) : isolated(name),
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
    isMoving(division) ? number(moved(counts.compliance_percentage?.change ?? null)) : '',
  );
}

function passing({ compliant, non_compliant: failing }: Counts): string {
  const judged = compliant + failing;
  // Rounded down: 999 of 1,000 is not all.
  return judged === 0 ? '–' : `${Math.floor((100 * compliant) / judged)} %`;
}

function isMoving({ counts }: Division): boolean {
  return Object.values(counts).some(({ compliance_percentage: share }) => share !== undefined);
}

/** A difference with its sign, and a colour for whether it is for the better. */
function moved(change: number | null): Content {
  if (change === null) return '–';
  if (change === 0) return '±0';
  const shown = `${change > 0 ? '+' : '−'}${Math.abs(change).toFixed(2)}`;
  return element('span', { class: `moved ${change > 0 ? 'better' : 'worse'}` }, shown);
}

/** Whether there are findings to lead to, whatever else was asked for. */
function isListed({ non_compliant: failing, unknown, waived }: Counts): boolean {
  return failing + unknown + waived > 0;
}
