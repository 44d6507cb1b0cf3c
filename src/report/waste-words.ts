/** What the report of waste says, in words, for every place where people read it. Nothing here is escaped: its callers do that. */
import { plural } from './plural.ts';
import type { Note, Section } from './sections.ts';
import { moneyText } from './stack-cost.ts';
import type { WasteDocument, WasteRow } from './waste-document.ts';

/** Rows that people are shown at most; the JSON document has all of them. */
export const ROWS_SHOWN = 100;

interface KindWords {
  /** `unattached volume`. */
  readonly one: string;
  readonly many: string;
  /** What gaps call it. */
  readonly kind: string;
}

const KINDS: Readonly<Record<WasteRow['what'], KindWords>> = {
  'unattached-volume': { one: 'unattached volume', many: 'unattached volumes', kind: 'volumes' },
  'gp2-volume': { one: 'gp2 volume', many: 'gp2 volumes', kind: 'volumes' },
  'idle-address': { one: 'idle address', many: 'idle addresses', kind: 'addresses' },
  'log-group-without-retention': {
    one: 'log group without retention',
    many: 'log groups without retention',
    kind: 'log-groups',
  },
};

export function wasteName(what: WasteRow['what']): string {
  return KINDS[what].one;
}

/** What sentences call it: the name and the id, or the id where it has no other name. */
export function resourceName({ resource_id: id, resource_name: name }: WasteRow): string {
  return name === null ? id : `${name} (${id})`;
}

export function wasteTitle({ account_id: account, region }: WasteDocument): string {
  return `What costs money for nothing in account ${account}, ${region}`;
}

export function wasteTotal({ rows, total, incomplete }: WasteDocument): string {
  if (rows.length === 0) {
    return incomplete
      ? 'Nothing was found, and not everything could be read.'
      : 'Nothing was found that costs money for nothing.';
  }
  if (total.unknown === rows.length) return 'What it would save is unknown: none of it could be counted.';
  const left = total.unknown > 0 ? `; not counted: ${plural(total.unknown, 'row')} whose saving is unknown` : '';
  const most = rows.some(({ what, saving }) => what === 'log-group-without-retention' && saving.monthly_usd);
  return `Would save ${most ? 'at most ' : ''}${moneyText(total.monthly_usd)} a month of ${total.hours} hours, at on-demand list prices${left}.`;
}

/** A line of the sums: `unattached volumes`, `2`, `$75.00`. */
export interface KindSum {
  readonly name: string;
  /** How many were found, or that it is not known. */
  readonly found: string;
  readonly saving: string;
}

export function kindSums({ kinds, gaps }: WasteDocument): readonly KindSum[] {
  const unread = new Set(gaps.map(({ kind }) => kind));
  return kinds.map(({ what, rows, monthly_usd: amount, unknown }) => {
    const { many, kind } = KINDS[what];
    const found = unread.has(kind) ? (rows === 0 ? 'not known' : `${rows} or more`) : String(rows);
    if (rows === 0) return { name: many, found, saving: '' };
    return { name: many, found, saving: unknown === rows ? 'unknown' : moneyText(amount) };
  });
}

/** Rows as people are shown them: those that save something, and those that save next to nothing as yet. */
export interface ShownRows {
  readonly counted: readonly WasteRow[];
  readonly cheap: readonly WasteRow[];
  /** How many more rows there are. */
  readonly more: number;
}

export function shownRows({ rows }: WasteDocument): ShownRows {
  const costly = rows.filter(({ saving }) => saving.monthly_usd !== 0);
  const rest = rows.filter(({ saving }) => saving.monthly_usd === 0);
  const counted = costly.slice(0, ROWS_SHOWN);
  const cheap = rest.slice(0, ROWS_SHOWN);
  return { counted, cheap, more: rows.length - counted.length - cheap.length };
}

export function moreText(more: number): string | undefined {
  return more === 0 ? undefined : `${plural(more, 'more row is', 'more rows are')} not shown: --json has all of them.`;
}

export function wasteSaving({ saving }: WasteRow): string {
  return saving.monthly_usd === null ? 'unknown' : moneyText(saving.monthly_usd);
}

/** The volumes of gp2 that are no rows. */
export function keptText({ gp2_kept: { volumes, monthly_usd: amount } }: WasteDocument): string | undefined {
  if (volumes === 0) return undefined;
  const [are, it] = volumes === 1 ? ['gp2 volume is no row', 'it'] : ['gp2 volumes are no rows', 'they'];
  return `${volumes} ${are}: gp3 with the same performance costs as much, or more. With the 3,000 IOPS and 125 MiB/s that gp3 includes ${it} would save ${moneyText(amount)} a month.`;
}

/** All that there is to say beside the tables, the gravest first. Empty sections are not there. */
export function wasteSections(document: WasteDocument): readonly Section[] {
  const { rows, gaps } = document;
  const sections: readonly Section[] = [
    { title: 'Not seen', weight: 'careful', notes: gaps.map(gapNote) },
    { title: 'Not counted', weight: 'careful', notes: unknownNotes(rows) },
    { title: 'What to know', weight: 'careful', notes: cautionNotes(rows) },
    {
      title: 'Saves less than a cent a month as yet',
      weight: 'neutral',
      notes: shownRows(document).cheap.map((row) => ({
        about: resourceName(row),
        text: `${wasteName(row.what)}, ${row.details}.`,
      })),
    },
  ];
  return sections.filter(({ notes }) => notes.length > 0);
}

function gapNote({ api, permission, reason, message }: WasteDocument['gaps'][number]): Note {
  return {
    about: `${api} (${reason})`,
    text: permission === null ? message : `${message} ${permission} would settle it.`,
  };
}

/** A reason once, whatever it is the reason of. */
function unknownNotes(rows: readonly WasteRow[]): readonly Note[] {
  const unknown = rows.filter(({ saving }) => saving.monthly_usd === null);
  const byReason = Map.groupBy(unknown, ({ what, saving }) => `${what} ${saving.reason} ${saving.permission}`);
  return [...byReason.values()].flatMap((alike) =>
    alike.slice(0, 1).map((row) => {
      const { reason, permission } = row.saving;
      const settled = permission === null ? '' : ` ${permission} would settle it.`;
      const about =
        alike.length === 1 ? resourceName(row) : plural(alike.length, KINDS[row.what].one, KINDS[row.what].many);
      return { about, text: `${reason ?? 'The saving is unknown.'}${settled}` };
    }),
  );
}

/** Each once a kind. */
function cautionNotes(rows: readonly WasteRow[]): readonly Note[] {
  return [...Map.groupBy(rows, ({ what }) => what)].flatMap(([what, alike]) =>
    [...new Set(alike.flatMap(({ cautions }) => cautions))].map((text) => ({ about: KINDS[what].many, text })),
  );
}

/** Stands above commands, which say a region and no account: whoever copies them may be in another. */
export function commandsTitle({ account_id: account }: WasteDocument): string {
  return `In account ${account} (aws sts get-caller-identity tells which one you are in):`;
}

/** What to do about rows of one kind, and how: the commands of each row are one, and stop where one of them fails. */
export interface Advice {
  readonly advice: string;
  readonly commands: readonly (readonly string[])[];
}

/** By the sentence, so that it stands once above all that it is said of. */
export function adviceOf(rows: readonly WasteRow[]): readonly Advice[] {
  return [...Map.groupBy(rows, ({ what, advice }) => `${wasteName(what)}: ${advice}`)].map(([advice, alike]) => ({
    advice,
    commands: alike.map(({ commands }) => commands).filter((commands) => commands.length > 0),
  }));
}
