/** What the pages on scans of the past share: their words, their lists, and what was not read. */
import { SEVERITIES } from '../../engine/verdict.ts';
import type { Severity } from '../../engine/verdict.ts';
import type { Page, PageSection } from '../page.ts';
import { plural } from '../plural.ts';
import type { SkippedScan } from '../scan-series.ts';
import { element, isolated } from './element.ts';
import type { Element } from './element.ts';
import { listing, notice, section, short } from './parts.ts';

/** What the report comes to, a sentence each. */
export function words({ lead }: Pick<Page, 'lead'>): Element {
  return element('ul', { class: 'card words' }, ...lead.map((sentence) => element('li', {}, isolated(sentence))));
}

/** The lists that have no better form in a browser. */
export function lists({ sections }: Page, title: string): readonly Element[] {
  const plain = sections.filter(({ about }) => about === undefined);
  return plain.length === 0 ? [] : [section('lists', title, ...plain.map(listOf))];
}

/** What was to be read, and counts for nothing. */
export function leftOut({ sections }: Page): readonly Element[] {
  return sections
    .filter(({ about }) => about === 'skipped')
    .map((skipped) => section('left-out', skipped.title, listOf({ ...skipped, title: 'What was not read' })));
}

export function skippedNotice(skipped: readonly SkippedScan[]): readonly Element[] {
  if (skipped.length === 0) return [];
  const what = plural(skipped.length, 'stored document counts', 'stored documents count');
  return [notice(`${what} for nothing. `, element('a', { href: '#left-out' }, 'Which, and why'))];
}

/** Whose colours of a chart are whose. */
export function severityLegend(shown: readonly Severity[] = SEVERITIES): Element {
  return element(
    'ul',
    { class: 'keys' },
    ...shown.map((severity) =>
      element('li', {}, element('span', { class: `swatch ${severity}` }), element('span', {}, severity)),
    ),
  );
}

/** What the shading and the empty dots of a chart mean, where it has any. */
export function chartNotes({ gaps, partial }: { readonly gaps: boolean; readonly partial: boolean }): Element | '' {
  const notes = [
    ...(gaps ? ['Shaded: nothing is known of that time.'] : []),
    ...(partial ? ['Empty dot: that scan was cut short.'] : []),
  ];
  return notes.length === 0 ? '' : element('p', { class: 'quiet' }, notes.join(' '));
}

function cellOf(column: string | undefined, text: string): Element {
  const severities: readonly string[] = SEVERITIES;
  if (column === 'Severity' && severities.includes(text)) return element('span', { class: `badge ${text}` }, text);
  return /^\d{4}-\d\d-\d\d/.test(text) && text.length < 20 ? short(text) : isolated(text);
}

function listOf({ title, columns, rows }: PageSection): Element {
  return listing(
    title,
    columns.map((column) => ({ title: column.title === '' ? 'Note' : column.title, number: column.align === 'right' })),
    rows.map((cells) => cells.map((text, at) => cellOf(columns[at]?.title, text))),
  );
}
