/** Stored scans read back: those of a period, in the order of time, a few documents at once. */
import { text } from 'node:stream/consumers';

import * as z from 'zod';

import { mapInOrder } from '../aws/concurrency.ts';
import { failureOf } from '../aws/errors.ts';
import type { ScanHead } from '../engine/scan-document.ts';
import type { ScanStorage } from './scan-storage.ts';
import { readScan, UnreadableDocumentError } from './scan-stream.ts';
import type { DocumentFault, StartReading } from './scan-stream.ts';

/** From the first moment on, and up to the last, which is not part of it: ISO 8601 with milliseconds, UTC. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

export function isWithin({ from, to }: Span, time: string): boolean {
  return time >= from && time < to;
}

/** A document that can be read, wherever it lies. */
export interface StoredFile {
  /** What people find it by: an object's key, or a path. */
  readonly name: string;
  /** The bytes, gzipped or not. */
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
}

/** Something that was to be read, and counts for nothing. */
export interface Skipped {
  readonly name: string;
  readonly reason: DocumentFault | 'archived' | 'denied' | 'gone';
  readonly message: string;
}

/** What became of one file. */
export type ReadFile<Content> = { readonly content: Content } | { readonly skipped: Skipped };

/** Files that are open at once: enough to wait for none, few enough for 256 MB. */
const AT_ONCE = 4;

/** How often a file is begun whose bytes the network cuts off. */
const TRIES = 3;

/**
 * Reads documents, and gives what was made of each in the order of the files; those that are not wanted are left out, and
 * those that cannot be read are named. Of the documents that are open a line is held, and of the others nothing.
 *
 * @param start begins what is made of a document; told again of one whose bytes the network cut off
 * @throws what the files throw beside that: throttling, a defect
 */
export function readDocuments<Digest>(
  files: AsyncIterable<StoredFile>,
  start: StartReading<Digest>,
): AsyncGenerator<ReadFile<{ readonly name: string; readonly digest: Digest }>> {
  return readFiles(files, async ({ name, open }) => {
    const digest = await readScan(await open(), start);
    return digest === undefined ? undefined : { name, digest };
  });
}

/**
 * Reads the heads of documents alone: the rest of them is not read, and may be cut short.
 *
 * @throws what the files throw, as `readDocuments` says
 */
export function readHeads(
  files: AsyncIterable<StoredFile>,
): AsyncGenerator<ReadFile<{ readonly file: StoredFile; readonly head: ScanHead }>> {
  return readFiles(files, async (file) => {
    const heads: ScanHead[] = [];
    await readScan(await file.open(), (head) => {
      heads.push(head);
      return undefined;
    });
    const [head] = heads;
    return head && { file, head };
  });
}

async function* readFiles<Content>(
  files: AsyncIterable<StoredFile>,
  read: (file: StoredFile) => Promise<Content | undefined>,
): AsyncGenerator<ReadFile<Content>> {
  for await (const done of mapInOrder(files, AT_ONCE, (file) => readFile(file, read))) {
    if (done !== undefined) yield done;
  }
}

async function readFile<Content>(
  file: StoredFile,
  read: (file: StoredFile) => Promise<Content | undefined>,
): Promise<ReadFile<Content> | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const content = await read(file);
      return content === undefined ? undefined : { content };
    } catch (error) {
      const skipped = skippedFor(file.name, error);
      if (skipped !== undefined) return { skipped };
      if (failureOf(error)?.reason !== 'unreachable' || attempt === TRIES) throw error;
    }
  }
}

/** What of a failure is of this one file alone. */
function skippedFor(name: string, error: unknown): Skipped | undefined {
  if (error instanceof UnreadableDocumentError) return { name, reason: error.fault, message: error.message };
  const { name: kind, code } = error as NodeJS.ErrnoException;
  if (kind === 'NoSuchKey' || code === 'ENOENT') {
    return { name, reason: 'gone', message: 'It was deleted before it was read.' };
  }
  // Glacier's classes give nothing before they were asked to restore it.
  if (kind === 'InvalidObjectState') {
    return { name, reason: 'archived', message: 'It is archived, and must be restored before it can be read.' };
  }
  if (code === 'EACCES') return { name, reason: 'denied', message: 'It may not be read.' };
  const failure = failureOf(error);
  return failure?.reason === 'denied' ? { name, reason: 'denied', message: `${failure.detail}.` } : undefined;
}

/** `scans/v1/2026-11-20/2026-11-20T06:00:00.000Z-{scan}.json.gz` */
const DOCUMENT = /^scans\/v1\/\d{4}-\d\d-\d\d\/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)-.+\.json\.gz$/;

/**
 * The scan documents of a period, by the time in their keys; an object with another name counts as one of its day, so that
 * it does not go unseen.
 *
 * @throws what the listing throws
 */
export async function* documentsIn(storage: ScanStorage, span: Span): AsyncGenerator<StoredFile> {
  for await (const key of keysByDay(storage, 'scans/v1/', span)) {
    const [, time] = DOCUMENT.exec(key) ?? [];
    if (time === undefined || isWithin(span, time)) yield { name: key, open: () => storage.open(key) };
  }
}

/** A scan record, as far as reports go by it; `scanId` is missing where another tool wrote it. */
const recordSchema = z.object({
  timestamp: z.iso.datetime({ offset: true }).transform((time) => new Date(time).toISOString()),
  scanId: z.string().optional(),
  compliantInstances: z.int().nonnegative(),
  nonCompliantInstances: z.int().nonnegative(),
});

export type StoredRecord = z.output<typeof recordSchema> & { readonly name: string };

/** `scans/2026-11-20/1795154400000.json`; the documents lie beside, under `scans/v1/`. */
const RECORD = /^scans\/\d{4}-\d\d-\d\d\/\d{1,15}\.json$/;

/**
 * The scan records of a period, in the order of their keys.
 *
 * @throws what the storage throws, but for a record that was deleted, archived or denied: that is named
 */
export function recordsIn(storage: ScanStorage, span: Span): AsyncGenerator<ReadFile<StoredRecord>> {
  return readFiles(recordFiles(storage, span), async ({ name, open }) => {
    const record = recordFrom(await text(await open()));
    return isWithin(span, record.timestamp) ? { name, ...record } : undefined;
  });
}

async function* recordFiles(storage: ScanStorage, span: Span): AsyncGenerator<StoredFile> {
  for await (const key of keysByDay(storage, 'scans/', span)) {
    if (RECORD.test(key)) yield { name: key, open: () => storage.open(key) };
  }
}

function recordFrom(json: string): z.output<typeof recordSchema> {
  try {
    return recordSchema.parse(JSON.parse(json));
  } catch {
    throw new UnreadableDocumentError('not-a-scan', 'Not a scan record.');
  }
}

/** The keys of the days of a period under a prefix that a day follows. */
async function* keysByDay(storage: ScanStorage, prefix: string, { from, to }: Span): AsyncGenerator<string> {
  const lastDay = new Date(Date.parse(to) - 1).toISOString().slice(0, 10);
  for await (const key of storage.keysAfter(prefix, from.slice(0, 10))) {
    // Keys come in their order: what follows is later still.
    if (key.slice(prefix.length, prefix.length + 10) > lastDay) return;
    yield key;
  }
}
