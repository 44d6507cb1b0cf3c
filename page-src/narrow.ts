/** Which findings are shown, and in what order: of twenty thousand, within the time of a keystroke. */
import { SEVERITIES } from '../src/engine/verdict.ts';
import type { Finding } from '../src/report/html/finding.ts';

/** The fields with a filter; of each, any of the chosen values will do, and none chosen means all. */
export type FilterField =
  | 'severity'
  | 'status'
  | 'rule'
  | 'category'
  | 'type'
  | 'account'
  | 'region'
  | 'owner'
  | 'change';
export type SortField = 'severity' | 'status' | 'rule' | 'id' | 'account' | 'region';

export interface Choice {
  readonly values: ReadonlyMap<FilterField, ReadonlySet<string>>;
  /** Each word must occur somewhere in a finding. */
  readonly words: string;
  /** The order in which they came, worst first, where there is none. */
  readonly sort: { readonly field: SortField; readonly descending: boolean } | undefined;
}

export interface Narrowed {
  /** Places of the findings that are left, in the order in which they are shown. */
  readonly places: readonly number[];
  /** How many there would be of each value, were that the one chosen: by field, then value. */
  readonly counts: Readonly<Record<'severity' | 'status', ReadonlyMap<string, number>>>;
}

const STATUSES = ['FAIL', 'UNKNOWN', 'WAIVED', 'PASS', 'NOT_APPLICABLE'];

export class FindingList {
  readonly #findings: readonly Finding[];
  readonly #titles: ReadonlyMap<string, string>;
  /** What words are looked for in, once a word is. */
  #texts: readonly string[] | undefined;
  readonly #orders = new Map<`${SortField} ${boolean}`, readonly number[]>();

  constructor(findings: readonly Finding[], titles: ReadonlyMap<string, string>) {
    this.#findings = findings;
    this.#titles = titles;
  }

  narrow({ values, words, sort }: Choice): Narrowed {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const texts = wanted.length === 0 ? [] : this.#searched();
    const chosen = [...values].filter(([, any]) => any.size > 0);
    const counts = { severity: new Map<string, number>(), status: new Map<string, number>() };
    const places: number[] = [];
    for (const place of this.#ordered(sort)) {
      const finding = this.#findings[place];
      const text = texts[place] ?? '';
      if (finding === undefined || !wanted.every((word) => text.includes(word))) continue;
      const against = chosen.filter(([field, any]) => !any.has(finding[field])).map(([field]) => field);
      if (against.length === 0) places.push(place);
      for (const field of ['severity', 'status'] as const) {
        // What only this field's own filter is against would be there, were its value chosen.
        if (against.some((other) => other !== field)) continue;
        counts[field].set(finding[field], (counts[field].get(finding[field]) ?? 0) + 1);
      }
    }
    return { places, counts };
  }

  /** Does now what else the first word would wait for. */
  prepare(): void {
    this.#searched();
  }

  #searched(): readonly string[] {
    this.#texts ??= this.#findings.map((finding) =>
      [
        finding.message,
        finding.arn,
        finding.id,
        finding.rule,
        this.#titles.get(finding.rule) ?? '',
        finding.type,
        finding.account,
        finding.region,
        finding.permission,
        finding.owner,
        ...finding.facts,
        ...finding.waiver.map(([, value]) => value),
      ]
        .join('\n')
        .toLowerCase(),
    );
    return this.#texts;
  }

  #ordered(sort: Choice['sort']): readonly number[] {
    const places = this.#findings.map((_, place) => place);
    if (sort === undefined) return places;
    const key = `${sort.field} ${sort.descending}` as const;
    const compare = this.#by(sort.field);
    const order = this.#orders.get(key) ?? places.sort((a, b) => (sort.descending ? compare(b, a) : compare(a, b)));
    this.#orders.set(key, order);
    return order;
  }

  #by(field: SortField): (a: number, b: number) => number {
    const weights: readonly string[] | undefined =
      field === 'severity' ? SEVERITIES : field === 'status' ? STATUSES : undefined;
    const keys = this.#findings.map((finding) => finding[field]);
    if (weights !== undefined) return (a, b) => weights.indexOf(keys[a] ?? '') - weights.indexOf(keys[b] ?? '');
    return (a, b) => {
      const [left = '', right = ''] = [keys[a], keys[b]];
      return left === right ? 0 : left < right ? -1 : 1;
    };
  }
}
