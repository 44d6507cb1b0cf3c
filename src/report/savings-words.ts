/** What an optimize document says, in words, for every place where people read it. Nothing here is escaped: its callers do that. */
import type { OptimizeChange, OptimizeDocument, OptimizeRow, OptimizeSaving } from './optimize-document.ts';
import { plural } from './plural.ts';
import type { Note, Section } from './sections.ts';
import { moneyText } from './stack-cost.ts';
import { shellText } from '../shell-text.ts';

const KIND_NAMES: Readonly<Record<string, string>> = {
  aurora: 'Aurora cluster',
  elasticache: 'ElastiCache group',
  ecs: 'ECS service',
  rds: 'DB instance',
  ec2: 'EC2 instance',
  asg: 'Auto Scaling group',
};

export function kindName(kind: string): string {
  return KIND_NAMES[kind] ?? kind;
}

/** What sentences call it: `tapstackdev`, the name and the id where it has both, the kind where nothing was found. */
export function rowName({
  kind,
  resource_id: id,
  resource_name: name,
}: Pick<OptimizeRow, 'kind' | 'resource_id' | 'resource_name'>): string {
  if (id === null) return kindName(kind);
  return name === null ? id : `${name} (${id})`;
}

/** What the document is about. */
export function titleOf({ mode, environment, account_id: account, region }: OptimizeDocument): string {
  const doing = mode === 'restore' ? 'Putting back' : 'Scaling down';
  const state = mode === 'plan' ? ': a plan, nothing is changed' : '';
  return `${doing} ${environment} in account ${account}, ${region}${state}`;
}

/** How a change's numbers move, each on its own: `min 2 -> 0.5 ACU`. Those that stay as they are go unsaid, unless all do. */
export function changeTexts({ from, to }: Pick<OptimizeChange, 'from' | 'to'>): string[] {
  const moves = Object.entries(to).map(([name, after]) => ({ name, before: from[name], after }));
  const moving = moves.filter(({ before, after }) => before !== after);
  return grouped(moving.length > 0 ? moving : moves).map(moveText);
}

interface Move {
  readonly name: string;
  readonly before: number | undefined;
  readonly after: number;
  /** Shards that move alike. */
  readonly shards?: number;
}

const SHARD = 'replicas/';

/** The shards of a group become one move where they all make the same one. */
function grouped(moves: readonly Move[]): readonly Move[] {
  const [first, ...others] = moves.filter(({ name }) => name.startsWith(SHARD));
  if (first === undefined) return moves;
  if (others.some(({ before, after }) => before !== first.before || after !== first.after)) return moves;
  const rest = moves.filter(({ name }) => !name.startsWith(SHARD));
  return [...rest, { ...first, name: 'replicas', shards: others.length + 1 }];
}

function moveText({ name, before, after, shards = 1 }: Move): string {
  switch (name) {
    case 'minCapacity':
      return `min ${span(before, after)} ACU`;
    case 'maxCapacity':
      return `max ${span(before, after)} ACU`;
    case 'backupRetentionDays':
      return `backups ${span(before, after)} ${after === 1 ? 'day' : 'days'}`;
    case 'replicas':
      return `${nodes(before, after)}${shards > 1 ? ` in each of ${shards} shards` : ''}`;
    case 'min':
      return `autoscaling min ${span(before, after)}`;
    case 'desired':
      return `tasks ${span(before, after)}`;
    case 'running':
      return before === after
        ? runText(after)
        : `${before === undefined ? 'unknown' : runText(before)} -> ${runText(after)}`;
    case 'minSize':
      return `min size ${span(before, after)}`;
    case 'desiredCapacity':
      return `desired capacity ${span(before, after)}`;
    default:
      return name.startsWith(SHARD)
        ? `shard ${name.slice(SHARD.length)}: ${nodes(before, after)}`
        : `${name} ${span(before, after)}`;
  }
}

function runText(running: number): string {
  return running === 0 ? 'stopped' : 'running';
}

/** People count the nodes of a shard, its primary among them; AWS counts its replicas. */
function nodes(before: number | undefined, after: number): string {
  return `nodes ${span(before === undefined ? undefined : before + 1, after + 1)}`;
}

function span(before: number | undefined, after: number): string {
  if (before === after) return String(after);
  return `${before ?? 'unknown'} -> ${after}`;
}

/** The changes of a row that a table shows: none of one that is left alone, which has its reason instead. */
export function shownChanges({ state, changes }: OptimizeRow): readonly OptimizeChange[] {
  return state === 'change' ? changes : changes.filter(({ outcome }) => outcome !== null);
}

/** A change's outcome, or what is meant to become of it. */
export function outcomeText({ outcome }: OptimizeChange, mode: OptimizeDocument['mode']): string {
  if (outcome === null) return mode === 'restore' ? 'to put back' : 'to change';
  return outcome === 'not-attempted' ? 'not attempted' : outcome;
}

/** True where a row's saving is there, or will be: none of its changes failed, or was not come to. */
function saves({ changes }: OptimizeRow): boolean {
  return changes.every(
    ({ outcome }) => outcome === null || outcome === 'verified' || outcome === 'applied' || outcome === 'already',
  );
}

/** What the row saves a month; nothing where it changes nothing. */
export function savingText(row: OptimizeRow): string {
  if (row.state !== 'change') return '';
  if (!saves(row)) return 'not saved';
  const { saving } = row;
  return saving === null || saving.monthly_usd === null ? 'unknown' : moneyText(saving.monthly_usd);
}

/** What it comes to, in one sentence. Of a restore, how much of it is back. */
export function totalText(document: OptimizeDocument): string {
  const { mode, total, rows } = document;
  if (mode === 'restore') return restoredText(document);
  const verb = mode === 'plan' ? 'Would save' : 'Saves';
  const changed = rows.filter(({ state }) => state === 'change');
  if (changed.length === 0) return mode === 'plan' ? 'Nothing would be changed.' : 'Nothing was changed.';
  if (!changed.some(saves)) return 'Nothing is saved: no change came to its end.';
  const left = total.unknown > 0 ? `; not counted: ${plural(total.unknown, 'row')} whose saving is unknown` : '';
  const counted = changed.filter(({ saving }) => saving !== null && saving.monthly_usd !== null);
  if (!counted.some(saves)) {
    return `What it ${verb.toLowerCase()} is unknown: none of it could be counted.`;
  }
  return `${verb} ${moneyText(total.monthly_usd)} a month of ${total.hours} hours, at on-demand list prices${left}.`;
}

function restoredText({ rows }: OptimizeDocument): string {
  const outcomes = rows.flatMap(({ changes }) => changes.map(({ outcome }) => outcome));
  if (outcomes.length === 0) return 'There is nothing to put back.';
  if (outcomes.every((outcome) => outcome === null)) return 'Nothing is put back yet.';
  const open = outcomes.filter(
    (outcome) => outcome === null || outcome === 'failed' || outcome === 'not-attempted',
  ).length;
  if (open > 0) return `${plural(open, 'step is', 'steps are')} not put back. The ledger’s entry stays open.`;
  const gone = outcomes.filter((outcome) => outcome === 'gone').length;
  return gone > 0
    ? `Everything that is still there is as it was; ${plural(gone, 'step has', 'steps have')} no resource any more.`
    : 'Everything is as it was.';
}

const OUTCOMES = ['verified', 'applied', 'already', 'restored', 'gone', 'failed', 'not-attempted'] as const;

/** `4 steps: 3 verified, 1 failed.` Undefined before anything was done. */
export function outcomeCounts({ rows }: OptimizeDocument): string | undefined {
  const changes = rows.flatMap((row) => row.changes).filter(({ outcome }) => outcome !== null);
  if (changes.length === 0) return undefined;
  const counts = OUTCOMES.flatMap((outcome) => {
    const count = changes.filter((change) => change.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${outcome.replace('-', ' ')}`];
  });
  return `${plural(changes.length, 'step')}: ${counts.join(', ')}.`;
}

/** Where prices come from: `Prices: bundled, of 2026-11-21.` Undefined where none was needed. */
export function priceSources({ rows }: { readonly rows: readonly Pick<OptimizeRow, 'saving'>[] }): string | undefined {
  const known = rows.flatMap(({ saving }) => (saving?.prices ?? []).map(({ source, date }) => `${source}, of ${date}`));
  return known.length === 0 ? undefined : `Prices: ${[...new Set(known)].toSorted().join('; ')}.`;
}

/** All that there is to say beside the table, the gravest first. Empty sections are not there. */
export function sectionsOf(document: OptimizeDocument): readonly Section[] {
  const { rows, mode } = document;
  const failed = (outcome: OptimizeChange['outcome']) => outcome === 'failed';
  const sections: readonly Section[] = [
    { title: 'What failed', weight: 'bad', notes: messages(rows, failed) },
    {
      title: mode === 'restore' ? 'What does not come back' : 'What putting it back does not bring back',
      weight: 'bad',
      notes: sentences(rows, 'lost'),
    },
    { title: 'What to know', weight: 'careful', notes: sentences(rows, 'cautions') },
    { title: 'Not counted', weight: 'careful', notes: unknownSavings(rows) },
    { title: 'Not seen', weight: 'careful', notes: gapNotes(document) },
    { title: 'Steps', weight: 'neutral', notes: messages(rows, (outcome) => !failed(outcome)) },
    {
      title: 'Left alone, though the name is nearly right',
      weight: 'neutral',
      notes: document.near_misses.map(({ kind, resource_id: id, why }) => ({
        about: `${id} (${kindName(kind)})`,
        text: `${why}.`,
      })),
    },
  ];
  return sections.filter(({ notes }) => notes.length > 0);
}

function messages(
  rows: readonly OptimizeRow[],
  wanted: (outcome: OptimizeChange['outcome']) => boolean,
): readonly Note[] {
  return rows.flatMap((row) =>
    row.changes.flatMap(({ step, outcome, message }) =>
      message !== null && wanted(outcome) ? [{ about: `${rowName(row)}, ${step}`, text: message }] : [],
    ),
  );
}

function sentences(rows: readonly OptimizeRow[], of: 'cautions' | 'lost'): readonly Note[] {
  return rows.flatMap((row) => row[of].map((text) => ({ about: rowName(row), text })));
}

function unknownSavings(rows: readonly OptimizeRow[]): readonly Note[] {
  return rows.flatMap((row) => {
    const { saving } = row;
    if (saving === null || saving.monthly_usd !== null) return [];
    const settled = saving.permission === null ? '' : ` ${saving.permission} would settle it.`;
    return [{ about: rowName(row), text: `${saving.reason ?? 'The saving is unknown.'}${settled}` }];
  });
}

function gapNotes({ gaps }: OptimizeDocument): readonly Note[] {
  return gaps.map(({ kind, api, permission, reason, message }) => ({
    about: `${kindName(kind)}, ${api} (${reason})`,
    text: permission === null ? message : `${message} ${permission} would settle it.`,
  }));
}

/** How a row's saving is counted, a line each. */
export function mathLines(saving: OptimizeSaving): readonly string[] {
  if (saving.formula === null) return [saving.reason ?? 'The saving is unknown.'];
  const { formula, prices, measured, assumptions } = saving;
  return [
    formula,
    ...prices.map(
      ({ usd, unit, usage_type: usageType, region, source, origin, date }) =>
        `${usageType} in ${region}: ${unitPrice(usd)} (${unit}), ${source}, read on ${date} from ${origin}.`,
    ),
    ...(measured === null
      ? []
      : [`At the use that CloudWatch measured: ${moneyText(measured.monthly_usd)} = ${measured.formula}`]),
    ...assumptions.map((text) => `Assumed: ${text}`),
  ];
}

/** With all its digits: a unit price may be a small part of a cent. */
function unitPrice(usd: number): string {
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 12 })}`;
}

/** What to do next. */
export interface NextSteps {
  /** Sentences. */
  readonly notes: readonly string[];
  /** How to put it back: what to say of it, and the command for a shell. */
  readonly restore?: { readonly say: string; readonly command: string };
}

export function nextSteps(document: OptimizeDocument): NextSteps {
  const { mode, ledger, incomplete, rows } = document;
  const outcomes = new Set(rows.flatMap(({ changes }) => changes.map(({ outcome }) => outcome)));
  const notes: string[] = [];
  if (outcomes.has('failed') || outcomes.has('not-attempted')) {
    notes.push('Run it again: it goes on where it stopped.');
  } else if (incomplete) notes.push('This is not the whole picture: something could not be read.');
  if (mode !== 'apply' || ledger === null || ledger.entry_id === null) return { notes };
  notes.push(`What it was before is in ${ledger.place}, entry ${ledger.entry_id}.`);
  return { notes, restore: restoreCommand(document, ledger.place) };
}

/** Where the usual folder of the ledger ends: it needs no naming. */
const USUAL = '/compliancectl/ledger';

/** A ledger in S3 serves every machine, one in a folder this machine alone; either is found again where its place is named. */
function restoreCommand(
  { environment, account_id: account, region }: OptimizeDocument,
  place: string,
): NonNullable<NextSteps['restore']> {
  const scope = `/${account}/${region}/${environment}`;
  const whole = place.replace(/\/$/, '');
  const root = whole.endsWith(scope) ? whole.slice(0, -scope.length) : whole;
  const words = ['compliancectl', 'optimize', '-e', environment, '-r', region, '--restore'];
  return {
    say: root.startsWith('s3://') ? 'Put it back with:' : 'Put it back, on this machine, with:',
    command: shellText(root.endsWith(USUAL) ? words : [...words, '--ledger', root]),
  };
}
