/** Scans that were saved: files, folders, copies of a bucket, standard input. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, relative, sep } from 'node:path';

import { compareText } from '../engine/compare-text.ts';
import type { ReportSource } from '../history/reports.ts';
import { filesUnder, folderStorage } from '../history/scan-storage.ts';
import type { ScanStorage } from '../history/scan-storage.ts';
import { UnreadableDocumentError } from '../history/scan-stream.ts';
import { documentsIn, readHeads, recordsIn } from '../history/stored-scans.ts';
import type { Skipped, Span, StoredFile } from '../history/stored-scans.ts';
import { plural } from '../report/plural.ts';
import { systemReason, UserError } from '../user-error.ts';
import { takeDocuments } from './standard-input.ts';
import type { TakenDocuments } from './standard-input.ts';

/** What is known of a document by its head. */
interface SavedScan {
  readonly file: StoredFile;
  /** ISO 8601 with milliseconds, UTC. */
  readonly time: string;
  readonly scanId: string;
  readonly environment: string;
  /** `account/region`, each that was scanned. */
  readonly places: readonly string[];
}

/** Saved scans of one environment, in the order of time. */
export interface SavedScans {
  readonly environment: string;
  /** When the first and the last of them were made, in milliseconds since 1970. */
  readonly first: number;
  readonly last: number;
  /** @throws UserError `MIXED_ESTATES` where the scans of the time have nothing in common */
  readonly source: (span: Span, records: Span) => ReportSource;
  /** Takes away what was put into files for the time being. */
  readonly dispose: () => Promise<void>;
}

export interface SavedScansRequest {
  /** Files and folders; `-` is standard input. */
  readonly paths: readonly string[];
  /** Missing where it is a terminal. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Only its scans, where scans of several are there. */
  readonly environment?: string;
  readonly signal: AbortSignal;
}

const STDIN = '-';

/**
 * Finds saved scans, and reads the head of each: only that tells its time and its estate.
 *
 * @throws UserError `NO_SCANS`, `CANNOT_READ`, `BAD_SCAN`, `NO_SUCH_ENVIRONMENT`, `MIXED_ENVIRONMENTS`
 */
export async function openSavedScans(request: SavedScansRequest): Promise<SavedScans> {
  const found = await findFiles(request);
  try {
    const index = await readIndex(found.files);
    if (index.scans.length === 0) throw nothingThere(index);
    const chosen = ofOneEnvironment(index.scans, request.environment);
    const [first, last] = [chosen[0], chosen.at(-1)] as [SavedScan, SavedScan];
    return {
      environment: first.environment,
      first: Date.parse(first.time),
      last: Date.parse(last.time),
      source: (span, records) => {
        refuseMixedEstates(chosen.filter(({ time }) => time >= span.from && time < span.to));
        const { copy } = found;
        if (copy !== undefined && chosen.length === index.scans.length) {
          const storage = stoppable(folderStorage(copy), request.signal);
          return { documents: documentsIn(storage, span), records: recordsIn(storage, records) };
        }
        return { documents: inOrder(chosen, index) };
      },
      dispose: found.dispose,
    };
  } catch (error) {
    await found.dispose();
    throw error;
  }
}

interface FoundFiles {
  readonly files: readonly StoredFile[];
  /** The folder, where a copy of a bucket is all that was given: it is read as the bucket itself is. */
  readonly copy?: string;
  readonly dispose: () => Promise<void>;
}

async function findFiles({ paths, stdin, signal }: SavedScansRequest): Promise<FoundFiles> {
  const files: StoredFile[] = [];
  let [copy, dispose]: [string | undefined, () => Promise<void>] = [undefined, async () => {}];
  for (const path of new Set(paths)) {
    if (path === STDIN) {
      const taken = await takeInput(stdin);
      dispose = taken.dispose;
      files.push(...taken.files);
      continue;
    }
    if (!(await isFolder(path))) {
      files.push(fileAt(path, path));
      continue;
    }
    const inside = (await filesUnder(path)).map((file) => fileAt(file, relative(path, file).split(sep).join('/')));
    const stored = inside.filter(({ name }) => name.startsWith('scans/v1/'));
    if (stored.length > 0 && paths.length === 1) copy = path;
    files.push(...(stored.length > 0 ? stored : inside.filter(({ name }) => isDocumentName(name))));
  }
  return {
    files: files.map((file) => stoppableFile(file, signal)),
    ...(copy !== undefined && { copy }),
    dispose,
  };
}

const PIPE = 'Pipe scan documents in: cat scan-*.json | compliancectl report --from-files -';

async function takeInput(stdin: AsyncIterable<Uint8Array> | undefined): Promise<TakenDocuments> {
  if (stdin === undefined) {
    throw new UserError('Standard input is a terminal: there is nothing to read.', {
      code: 'NO_SCANS',
      suggestions: [PIPE],
    });
  }
  try {
    return await takeDocuments(stdin);
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error;
    throw new UserError(`Standard input could not be read. ${error.message}`, {
      code: 'BAD_SCAN',
      suggestions: [PIPE],
      cause: error,
    });
  }
}

function fileAt(path: string, name: string): StoredFile {
  return { name, open: async () => createReadStream(path) };
}

/** Files that an editor or a copy under way leaves behind begin with a dot. */
function isDocumentName(name: string): boolean {
  return /\.json(\.gz)?$/.test(name) && !basename(name).startsWith('.');
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const missing = 'code' in error && error.code === 'ENOENT';
    const say = (name: string) =>
      missing ? `There is no file or folder ${name}.` : `${name} could not be read: ${systemReason(error)}.`;
    throw new UserError(
      { typed: path, say },
      { code: 'CANNOT_READ', suggestions: ['Save a scan with: compliancectl scan -f json=scan.json'], cause: error },
    );
  }
}

interface ScanIndex {
  /** In the order of time. */
  readonly scans: readonly SavedScan[];
  readonly unreadable: readonly { readonly file: StoredFile; readonly skipped: Skipped }[];
}

async function readIndex(files: readonly StoredFile[]): Promise<ScanIndex> {
  const scans: SavedScan[] = [];
  const byName = new Map(files.map((file) => [file.name, file]));
  const unreadable: ScanIndex['unreadable'][number][] = [];
  for await (const read of readHeads(each(files))) {
    if ('skipped' in read) {
      unreadable.push({ file: byName.get(read.skipped.name) as StoredFile, skipped: read.skipped });
      continue;
    }
    const { file, head } = read.content;
    scans.push({
      file,
      time: head.report_timestamp,
      scanId: head.scan_id,
      environment: head.environment,
      places: head.accounts.flatMap((account) => head.regions.map((region) => `${account}/${region}`)),
    });
  }
  return {
    scans: scans.toSorted((a, b) => compareText(a.time, b.time) || compareText(a.file.name, b.file.name)),
    unreadable,
  };
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

/** Nothing was found, or nothing of it is a scan: then the first one tells why. */
function nothingThere({ unreadable }: ScanIndex): UserError {
  const [first] = unreadable;
  if (first === undefined) {
    return new UserError('No scan document is there: no file whose name ends in .json or .json.gz.', {
      code: 'NO_SCANS',
      suggestions: [
        'Save a scan with: compliancectl scan -f json=scan.json',
        'Name the folder that holds scans/v1, for a copy of a results bucket',
      ],
    });
  }
  const { name, reason, message } = first.skipped;
  const others = unreadable.length - 1;
  const rest = others === 0 ? '' : ` Nor could ${plural(others, 'other file')}.`;
  return new UserError(
    { typed: name, say: (typed) => `${typed} could not be read as a scan. ${message}${rest}` },
    {
      code: 'BAD_SCAN',
      suggestions: [
        reason === 'newer-schema'
          ? 'Use the version of compliancectl that wrote it, or a later one'
          : 'Save a scan with: compliancectl scan -f json=scan.json',
      ],
    },
  );
}

/** Averages over several environments would be nobody's. */
function ofOneEnvironment(scans: readonly SavedScan[], wanted: string | undefined): readonly SavedScan[] {
  const names = [...new Set(scans.map(({ environment }) => environment))].toSorted(compareText);
  if (wanted === undefined) {
    if (names.length === 1) return scans;
    throw new UserError(`The scans are of ${names.length} environments: ${listed(names)}.`, {
      code: 'MIXED_ENVIRONMENTS',
      suggestions: ['Choose one with -e'],
    });
  }
  const chosen = scans.filter(({ environment }) => environment === wanted);
  if (chosen.length > 0) return chosen;
  throw new UserError(
    { typed: wanted, say: (typed) => `No scan is of the environment ${typed}: there are those of ${listed(names)}.` },
    { code: 'NO_SUCH_ENVIRONMENT', suggestions: ['Choose another with -e, or leave it out'] },
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

/**
 * Refuses scans that have no place in common, not even by way of others: an average of two accounts is a number of neither.
 * Shards of one scan have none either, and are one scan.
 */
function refuseMixedEstates(scans: readonly SavedScan[]): void {
  const groups = new Map<string, Set<string>>();
  for (const [, shards] of Map.groupBy(scans, ({ scanId }) => scanId)) {
    const places = new Set(shards.flatMap((shard) => shard.places));
    const met = new Set([...places].flatMap((place) => groups.get(place) ?? []));
    const together = new Set([...places, ...[...met].flatMap((group) => [...group])]);
    for (const place of together) groups.set(place, together);
  }
  const [first, second] = new Set(groups.values());
  if (first === undefined || second === undefined) return;
  const [one, other] = [first, second].map((group) => [...group].toSorted(compareText)[0]);
  throw new UserError(`The scans are of estates that have nothing in common: ${one} and ${other}.`, {
    code: 'MIXED_ESTATES',
    suggestions: ['Give the scans of one account and its regions alone', 'Limit the time with --from and --to'],
  });
}

/** What is no scan comes first: it has no time, and is to be named in the report. */
async function* inOrder(scans: readonly SavedScan[], { unreadable }: ScanIndex): AsyncGenerator<StoredFile> {
  for (const { file } of unreadable) yield file;
  for (const { file } of scans) yield file;
}

/** Ends the reading once the person has. */
function stoppable(storage: ScanStorage, signal: AbortSignal): ScanStorage {
  return {
    keysAfter: (prefix, start) => storage.keysAfter(prefix, start),
    open: async (key) => stoppableFile({ name: key, open: () => storage.open(key) }, signal).open(),
  };
}

function stoppableFile({ name, open }: StoredFile, signal: AbortSignal): StoredFile {
  return {
    name,
    open: async () => {
      signal.throwIfAborted();
      return open();
    },
  };
}
