/** Scan documents as they lie in a bucket. */
import { gzipSync } from 'node:zlib';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import { documentKey } from '../../src/publish/scan-store.ts';
import { renderJson } from '../../src/report/json.ts';
import { head } from './scans.ts';

/** As text, its evaluations one a line. */
export function documentText(changes: Partial<ScanHead> = {}, evaluations: readonly Evaluation[] = []): string {
  return [...renderJson({ head: head(changes), evaluations })].join('');
}

/** The key of a document, and its bytes. */
export function storedDocument(
  changes: Partial<ScanHead> & Pick<ScanHead, 'scan_id' | 'report_timestamp'>,
  evaluations: readonly Evaluation[] = [],
  shard = '',
): [key: string, bytes: Uint8Array] {
  const key = documentKey(changes.report_timestamp, `${changes.scan_id}${shard}`);
  return [key, gzipSync(documentText(changes, evaluations))];
}

/** Bytes in pieces of a size, as they come from afar. */
export async function* inPieces(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

export async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
