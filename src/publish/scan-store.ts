/** Scans in the results bucket: the document, the record beside it, and which one is the latest. */
import { createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

import type { S3Client } from '@aws-sdk/client-s3';

import type { ScanHead } from '../engine/scan-document.ts';
import type { ScanRecord } from '../report/scan-record.ts';
import { getText, putObject } from '../aws/s3-objects.ts';
import type { StoredObject } from '../aws/s3-objects.ts';

export interface ScanStore {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly signal: AbortSignal;
}

const LATEST = 'latest.json';

/**
 * `scans/v1/2026-11-21/2026-11-21T06:00:00.000Z-{scan}.json.gz`: sorted by time.
 *
 * @param scan the scan's id, and what tells a shard of it from the others
 */
export function documentKey(time: string, scan: string): string {
  return `scans/v1/${time.slice(0, 10)}/${time}-${scan}.json.gz`;
}

/**
 * Stores the document. What is there under its name is of the same scan, and stays.
 *
 * @param document the text in pieces
 * @returns false where it was there
 * @throws what the call throws
 */
export async function storeDocument(
  { s3, bucket, signal }: ScanStore,
  key: string,
  document: Iterable<string>,
): Promise<boolean> {
  // A pipeline, for a document that fails halfway is to end in that error.
  const body = await pipeline(Readable.from(batched(document), { objectMode: true }), createGzip(), buffer);
  const content = { body, contentType: 'application/json', contentEncoding: 'gzip' } as const;
  return putObject(s3, { bucket, key }, content, { signal, ifAbsent: true });
}

/** Pieces of some size: a stream takes its time over each. */
function* batched(pieces: Iterable<string>): Generator<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < 65_536) continue;
    yield text;
    text = '';
  }
  yield text;
}

/**
 * Stores the record under `scans/YYYY-MM-DD/{epoch ms}.json`. The key knows neither scan nor estate, and events come with
 * whole seconds: where another scan took the millisecond, the next free one is taken.
 *
 * @throws what the calls throw
 */
export async function storeRecord({ s3, bucket, signal }: ScanStore, record: ScanRecord): Promise<StoredObject> {
  const body = { body: JSON.stringify(record), contentType: 'application/json' };
  const start = Date.parse(record.timestamp);
  for (let time = start; ; time += 1) {
    const stored = { bucket, key: `scans/${new Date(time).toISOString().slice(0, 10)}/${time}.json` };
    if (await putObject(s3, stored, body, { signal, ifAbsent: true })) return stored;
    const other = await getText(s3, stored, signal);
    if (other !== undefined && scanIdOf(other.text) === record.scanId) return stored;
  }
}

function scanIdOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { scanId?: unknown }).scanId;
  } catch {
    return undefined;
  }
}

/** What `latest.json` says. */
export interface LatestScan {
  readonly scan_id: string;
  readonly report_timestamp: string;
  readonly complete: boolean;
  readonly score: number | null;
  readonly bucket: string;
  readonly key: string;
}

/**
 * Says which document is the latest; of two scans the later one stays, whichever is done first.
 *
 * @throws what the calls throw
 */
export async function pointToLatest({ s3, bucket, signal }: ScanStore, head: ScanHead, key: string): Promise<void> {
  const { scan_id, report_timestamp, complete, summary } = head;
  const latest: LatestScan = { scan_id, report_timestamp, complete, score: summary.score, bucket, key };
  const body = { body: `${JSON.stringify(latest, undefined, 2)}\n`, contentType: 'application/json' };
  const pointer = { bucket, key: LATEST };
  for (;;) {
    const was = await getText(s3, pointer, signal);
    if (was !== undefined && timeOf(was.text) >= report_timestamp) return;
    const condition = was === undefined ? { ifAbsent: true } : { ifMatch: was.etag };
    if (await putObject(s3, pointer, body, { signal, ...condition })) return;
  }
}

/**
 * True where a scan as of a later time was stored before: what an older one has to say is no news.
 *
 * @throws what the call throws
 */
export async function isSuperseded({ s3, bucket, signal }: ScanStore, time: string): Promise<boolean> {
  const latest = await getText(s3, { bucket, key: LATEST }, signal);
  return latest !== undefined && timeOf(latest.text) > time;
}

/** A pointer that is none may be replaced: any time is later than none. */
function timeOf(text: string): string {
  try {
    return (JSON.parse(text) as Partial<LatestScan>).report_timestamp ?? '';
  } catch {
    return '';
  }
}
