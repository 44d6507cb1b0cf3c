/**
 * A page for people, before it is a terminal's or Markdown: sentences, then tables. What strangers wrote is in its title and its
 * cells, as it came; the rest are words of ours.
 */

export interface Page {
  readonly title: string;
  /** The time that it is about. */
  readonly when: string;
  /** What it comes to, a sentence each. */
  readonly lead: readonly string[];
  /** Lines of pictures: their text is made by us, and stands in a fixed-width font. */
  readonly graphs: readonly Graph[];
  readonly sections: readonly PageSection[];
}

export interface Graph {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface PageSection {
  readonly title: string;
  readonly columns: readonly PageColumn[];
  readonly rows: readonly (readonly string[])[];
  /** Rows that had no room. */
  readonly left: number;
  /** What a page in a browser shows in a way of its own, and not as this table. */
  readonly about?: SectionSubject;
}

export type SectionSubject = 'findings' | 'divisions' | 'owners' | 'skipped';

export interface PageColumn {
  readonly title: string;
  /** Characters at a terminal, with the space after it: those of a section come to 80 at most. */
  readonly width: number;
  readonly align?: 'right';
}

/** A section, or none where there is nothing to list. */
export function sectionOf<Row>(
  title: string,
  columns: readonly (PageColumn & { readonly cell: (row: Row) => string })[],
  { rows, limit, about }: { readonly rows: readonly Row[]; readonly limit: number; readonly about?: SectionSubject },
): PageSection[] {
  if (rows.length === 0) return [];
  return [
    {
      title,
      columns: columns.map(({ title, width, align }) => ({ title, width, ...(align && { align }) })),
      rows: rows.slice(0, limit).map((row) => columns.map(({ cell }) => cell(row))),
      left: Math.max(rows.length - limit, 0),
      ...(about !== undefined && { about }),
    },
  ];
}
