/** The findings as the page's script reads them: JSON in which each text that many share stands once. */
import type { Finding } from './finding.ts';
import { SHARED_FIELDS } from './finding.ts';

/** The id of the element that holds them. */
export const DATA_ID = 'page-data';

export interface PageData {
  readonly findings: readonly Finding[];
  /** The titles of the rules, by id. */
  readonly titles: ReadonlyMap<string, string>;
}

/** Places in `shared`, in the order of `SHARED_FIELDS`, then what is each finding's own. */
type Row = readonly [
  shared: readonly number[],
  id: string,
  arn: string,
  message: string,
  facts?: Finding['facts'],
  moreFacts?: number,
  waiver?: Finding['waiver'],
];

interface Encoded {
  readonly titles: readonly (readonly [id: string, title: string])[];
  readonly rows: readonly Row[];
  readonly shared: readonly string[];
}

/** Rows that are written at once: each piece is a write. */
const BATCH = 200;

/** In pieces, and harmless in HTML: it holds no character that could end the element around it. */
export function* encodePageData({ findings, titles }: PageData): Generator<string> {
  const places = new Map<string, number>();
  const placeOf = (text: string): number => {
    const place = places.get(text) ?? places.size;
    places.set(text, place);
    return place;
  };
  yield `{"titles":${json([...titles])},"rows":[`;
  for (let start = 0; start < findings.length; start += BATCH) {
    const rows = findings.slice(start, start + BATCH).map((finding) => json(rowOf(finding, placeOf)));
    yield `${start === 0 ? '' : ','}\n${rows.join(',\n')}`;
  }
  yield `],"shared":${json([...places.keys()])}}`;
}

function rowOf(finding: Finding, placeOf: (text: string) => number): Row {
  const { id, arn, message, facts, moreFacts, waiver } = finding;
  const shared = SHARED_FIELDS.map((field) => placeOf(finding[field]));
  if (facts.length === 0 && waiver.length === 0) return [shared, id, arn, message];
  return [shared, id, arn, message, facts, moreFacts, waiver];
}

function json(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Reads what `encodePageData` wrote. */
export function decodePageData(text: string): PageData {
  const { titles, rows, shared } = JSON.parse(text) as Encoded;
  return {
    titles: new Map(titles),
    findings: rows.map(([places, id, arn, message, facts = [], moreFacts = 0, waiver = []]) => {
      const named = SHARED_FIELDS.map((field, at) => [field, shared[places[at] ?? -1] ?? ''] as const);
      const common = Object.fromEntries(named) as Pick<Finding, (typeof SHARED_FIELDS)[number]>;
      return { ...common, id, arn, message, facts, moreFacts, waiver };
    }),
  };
}
