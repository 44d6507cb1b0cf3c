/** What pages are put together from, whatever report they show. */
import { plural } from '../plural.ts';
import { element, isolated } from './element.ts';
import type { Content, Element } from './element.ts';

/** Rows that a listing shows before the rest is folded away, and how many it has at all. */
const SHOWN_ROWS = 10;
const LISTED_ROWS = 1000;

/** A figure with its name and what it counts. */
export type Tile = readonly [name: string, value: string, note: string];

/** A column whose cells are numbers is set to the right. */
export type Column = string | { readonly title: string; readonly number: boolean };

/** Where somebody goes who would not walk past the head with the keyboard. */
export interface Skip {
  readonly href: `#${string}`;
  readonly text: string;
}

/** The head of a page. */
export function masthead(
  title: Content,
  facts: Content,
  skip: Skip = { href: '#findings', text: 'Skip to the findings' },
): Element {
  return element(
    'header',
    { class: 'masthead' },
    element('a', { class: 'skip', href: skip.href }, skip.text),
    element(
      'div',
      { class: 'titles' },
      element('p', { class: 'kicker' }, 'compliancectl'),
      element('h1', {}, title),
      element('p', { class: 'facts' }, facts),
    ),
    themeSwitch(),
  );
}

/** The end of a page: what made it, and of what. */
export function footing(toolVersion: string, ...source: readonly Content[]): Element {
  return element(
    'footer',
    {},
    element('p', {}, `compliancectl ${toolVersion}`, ...source),
    element('p', {}, 'This file is complete in itself: it fetches nothing, and sends nothing anywhere.'),
  );
}

function themeSwitch(): Element {
  const option = (value: string, text: string) =>
    element(
      'label',
      {},
      element('input', { type: 'radio', name: 'theme', value, 'data-theme-choice': true }),
      element('span', {}, text),
    );
  return element(
    'fieldset',
    { class: 'segments scripted' },
    element('legend', { class: 'unseen' }, 'Colours'),
    option('system', 'Auto'),
    option('light', 'Light'),
    option('dark', 'Dark'),
  );
}

export function section(id: string, title: string, ...content: readonly Content[]): Element {
  return element(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title` }, title),
    ...content,
  );
}

export function card(title: string, ...content: readonly Content[]): Element {
  return element('div', { class: 'card' }, element('h3', {}, title), ...content);
}

/** What keeps figures from being the whole truth. */
export function notice(...content: readonly Content[]): Element {
  return element('p', { class: 'notice', role: 'note' }, ...content);
}

export function tileRow(tiles: readonly Tile[]): Element {
  return element(
    'dl',
    { class: 'tiles' },
    ...tiles.map(([name, value, note]) =>
      element(
        'div',
        { class: 'tile' },
        element('dt', {}, name),
        element('dd', {}, element('b', {}, value), element('span', { class: 'quiet' }, note)),
      ),
    ),
  );
}

/** A link to the findings, which the page's script narrows to these. */
export function filterLink(chosen: Readonly<Record<string, string>>, text: string): Element {
  const data = Object.fromEntries(
    Object.entries(chosen).map(([field, value]) => [`data-choose-${field}` as const, value]),
  );
  return element('a', { class: 'choose', href: '#findings', ...data }, isolated(text));
}

/** A table of which the first rows are shown, and others unfolded. */
export function listing(title: string, columns: readonly Column[], rows: readonly (readonly Content[])[]): Element {
  const folded = rows.slice(SHOWN_ROWS, LISTED_ROWS);
  const left = rows.length - LISTED_ROWS;
  return card(
    title,
    tableOf(title, columns, rows.slice(0, SHOWN_ROWS)),
    folded.length === 0
      ? ''
      : element(
          'details',
          { class: 'more' },
          element('summary', {}, `${folded.length} more`),
          tableOf(`${title}, continued`, columns, folded),
        ),
    left > 0 ? element('p', { class: 'quiet' }, `${plural(left, 'row is', 'rows are')} not listed here.`) : '',
  );
}

// What is wider than the screen is scrolled by itself, and with the keyboard too.
function tableOf(title: string, columns: readonly Column[], rows: readonly (readonly Content[])[]): Element {
  const kinds = columns.map((column) => (typeof column !== 'string' && column.number ? 'number' : undefined));
  return element(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': title },
    element(
      'table',
      { class: 'listing' },
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...columns.map((column, at) =>
            element('th', { scope: 'col', class: kinds[at] }, typeof column === 'string' ? column : column.title),
          ),
        ),
      ),
      element(
        'tbody',
        {},
        ...rows.map((cells) =>
          element('tr', {}, ...cells.map((cell, at) => element('td', { class: kinds[at] }, cell))),
        ),
      ),
    ),
  );
}

/** A point in time as people read it, to the minute. */
export function instant(time: string): Element {
  return element('time', { datetime: time }, `${time.slice(0, 16).replace('T', ' ')} UTC`);
}

/** `20,000`: with thousands apart, as the page's language has it. */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}

/** A stranger's text that is not broken over lines. */
export function short(text: string): Element {
  return element('bdi', { class: 'short' }, text);
}
