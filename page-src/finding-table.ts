/** The table of the findings: filters, order, pages, copying, and what is printed of it. */
import { findingRow, ROWS_OF_A_PAGE } from '../src/report/html/finding-row.ts';
import { DATA_ID, decodePageData } from '../src/report/html/page-data.ts';
import type { PageData } from '../src/report/html/page-data.ts';
import { copyText } from './copy.ts';
import { toNode } from './dom.ts';
import { FindingList } from './narrow.ts';
import type { FilterField, Narrowed, SortField } from './narrow.ts';

/** Rows that are printed: some forty sheets. Whoever needs more narrows them, or takes another format. */
const PRINTED_ROWS = 1000;

/** When what a search goes by is put together: once the page is there to be read. */
const PREPARE_MILLISECONDS = 100;

/** How long a button says that it has copied. */
const COPIED_MILLISECONDS = 2000;

export class FindingTable {
  readonly #data: PageData = decodePageData(byId(DATA_ID, HTMLScriptElement).text);
  readonly #list = new FindingList(this.#data.findings, this.#data.titles);
  readonly #rows = byId('rows', HTMLTableSectionElement);
  readonly #words = byId('words', HTMLInputElement);
  readonly #filters = [...document.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[data-filter]')];
  #sort: { readonly field: SortField; readonly descending: boolean } | undefined;
  #narrowed: Narrowed = this.#look();
  #page = 0;

  /** From now on it answers. */
  start(): void {
    this.#words.addEventListener('input', () => this.#narrow());
    for (const filter of this.#filters) filter.addEventListener('change', () => this.#narrow());
    for (const button of document.querySelectorAll<HTMLElement>('[data-sort]'))
      button.addEventListener('click', () => this.#sortBy(button.dataset['sort'] as SortField));
    byId('clear', HTMLButtonElement).addEventListener('click', () => this.#choose({}));
    byId('previous', HTMLButtonElement).addEventListener('click', () => this.#turn(-1));
    byId('next', HTMLButtonElement).addEventListener('click', () => this.#turn(1));
    document.addEventListener('click', (event) => this.#clicked(event));
    document.addEventListener('keydown', (event) => this.#typed(event));
    addEventListener('beforeprint', () => this.#fill(0, PRINTED_ROWS));
    addEventListener('afterprint', () => this.#show());
    // A browser that comes back to the page may have kept what was chosen.
    this.#narrow();
    setTimeout(() => this.#list.prepare(), PREPARE_MILLISECONDS);
  }

  #look(): Narrowed {
    const values = new Map<FilterField, Set<string>>();
    for (const filter of this.#filters) {
      if (!isChosen(filter)) continue;
      const field = filter.dataset['filter'] as FilterField;
      values.set(field, (values.get(field) ?? new Set()).add(filter.value));
    }
    return this.#list.narrow({ values, words: this.#words.value, sort: this.#sort });
  }

  #narrow(): void {
    this.#page = 0;
    this.#narrowed = this.#look();
    this.#show();
  }

  #show(): void {
    const { places, counts } = this.#narrowed;
    const first = this.#page * ROWS_OF_A_PAGE;
    const last = Math.min(first + ROWS_OF_A_PAGE, places.length);
    this.#fill(first, last);
    for (const count of document.querySelectorAll<HTMLElement>('[data-count]')) {
      const [field, value = ''] = (count.dataset['count'] ?? '').split(' ');
      count.textContent = grouped(counts[field === 'severity' ? 'severity' : 'status'].get(value) ?? 0);
    }
    const all = this.#data.findings.length;
    const left =
      places.length === all ? `${grouped(all)} findings` : `${grouped(places.length)} of ${grouped(all)} findings`;
    const shown = places.length > ROWS_OF_A_PAGE ? `, ${grouped(first + 1)} to ${grouped(last)} shown` : '';
    byId('result', HTMLElement).textContent = `${left}${shown}`;
    byId('none', HTMLElement).hidden = places.length > 0;
    this.#showPager(places.length);
  }

  #fill(first: number, last: number): void {
    const rows = this.#narrowed.places.slice(first, last).map((place) => {
      const finding = this.#data.findings[place];
      return finding === undefined ? '' : toNode(findingRow(finding, place, this.#data.titles));
    });
    this.#rows.replaceChildren(...rows);
  }

  #showPager(count: number): void {
    const pages = Math.ceil(count / ROWS_OF_A_PAGE);
    const pager = byId('pager', HTMLElement);
    pager.hidden = pages < 2;
    byId('page', HTMLElement).textContent = `Page ${grouped(this.#page + 1)} of ${grouped(pages)}`;
    byId('previous', HTMLButtonElement).disabled = this.#page === 0;
    byId('next', HTMLButtonElement).disabled = this.#page >= pages - 1;
  }

  #turn(pages: number): void {
    this.#page += pages;
    this.#show();
    byId('findings', HTMLElement).scrollIntoView({ behavior: 'instant' });
  }

  /** Up, then down, then worst first again. */
  #sortBy(field: SortField): void {
    const before = this.#sort?.field === field ? this.#sort : undefined;
    this.#sort = before?.descending === true ? undefined : { field, descending: before !== undefined };
    for (const heading of document.querySelectorAll<HTMLElement>('[data-sorted]')) {
      const sorted = this.#sort?.field === heading.dataset['sorted'];
      if (sorted) heading.setAttribute('aria-sort', this.#sort?.descending === true ? 'descending' : 'ascending');
      else heading.removeAttribute('aria-sort');
    }
    this.#narrow();
  }

  /** Sets the filters to these values, and all the others to none. */
  #choose(chosen: Readonly<Partial<Record<string, string>>>): void {
    this.#words.value = '';
    for (const filter of this.#filters) {
      const value = chosen[filter.dataset['filter'] ?? ''];
      if (filter instanceof HTMLInputElement) filter.checked = filter.value === value;
      else filter.value = value ?? '';
    }
    this.#narrow();
  }

  #clicked({ target }: Event): void {
    if (!(target instanceof Element)) return;
    const link = target.closest<HTMLElement>('.choose');
    if (link !== null) {
      const chosen = Object.entries(link.dataset).map(([name, value]) => [
        name.replace(/^choose/, '').toLowerCase(),
        value,
      ]);
      this.#choose(Object.fromEntries(chosen) as Record<string, string>);
    }
    const button = target.closest<HTMLButtonElement>('[data-copy]');
    if (button !== null) void this.#copy(button);
  }

  async #copy(button: HTMLButtonElement): Promise<void> {
    const place = Number(button.closest<HTMLElement>('[data-finding]')?.dataset['finding']);
    const field = button.dataset['copy'] as 'remedy' | 'permission' | 'arn';
    const label = button.textContent;
    const copied = await copyText(this.#data.findings[place]?.[field] ?? '');
    button.textContent = copied ? 'Copied' : 'It could not be copied';
    byId('said', HTMLElement).textContent = button.textContent;
    setTimeout(() => (button.textContent = label), COPIED_MILLISECONDS);
  }

  #typed(event: KeyboardEvent): void {
    if (event.key === 'Escape' && event.target === this.#words) {
      this.#words.value = '';
      this.#narrow();
    }
    const typing = event.target instanceof Element && event.target.matches('input[type=search], select, textarea');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#words.focus();
  }
}

function isChosen(filter: HTMLInputElement | HTMLSelectElement): boolean {
  if (filter instanceof HTMLInputElement) return filter.checked;
  // The choice of what has no value is as empty as that of everything.
  return filter.value !== '' || filter.selectedOptions[0]?.dataset['without'] !== undefined;
}

/** @throws where the page lacks what the renderer has put there: a defect of ours */
function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${id}.`);
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
