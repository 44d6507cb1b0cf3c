/** Scan documents read as they are written: the head, then one evaluation a line. None is ever held whole. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import * as z from 'zod';

import type { Evaluation } from '../engine/evaluation.ts';
import { SCAN_SCHEMA } from '../engine/scan-document.ts';
import type { Scan, ScanHead } from '../engine/scan-document.ts';
import { CATEGORIES, SEVERITIES } from '../engine/verdict.ts';

/** What is made of one document, while it streams by. */
export interface ScanReader<Digest> {
  evaluation(evaluation: Evaluation): void;
  /** Called when the document has proved to be whole. */
  end(): Digest;
}

/** Begins a reader, or answers `undefined` where the scan is not wanted: the rest of it is not read then. */
export type StartReading<Digest> = (head: ScanHead) => ScanReader<Digest> | undefined;

/** Why a document counts for nothing. */
export type DocumentFault = 'newer-schema' | 'truncated' | 'not-a-scan';

/** A document that says nothing which could be relied on. */
export class UnreadableDocumentError extends Error {
  override readonly name = 'UnreadableDocumentError';
  readonly fault: DocumentFault;

  constructor(fault: DocumentFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Characters of a head, and of a line: past these it is no document, and would fill the memory. */
const LONGEST_HEAD = 64 * 1024 * 1024;
const LONGEST_LINE = 8 * 1024 * 1024;

const counts = z.object({
  total: z.number(),
  compliant: z.number(),
  non_compliant: z.number(),
  not_applicable: z.number(),
  unknown: z.number(),
  waived: z.number(),
});
const countsByKey = z.record(z.string(), counts);

/** What this version knows of a head: what a later one adds is passed over. */
const headSchema = z.object({
  schema: z.literal(SCAN_SCHEMA),
  scan_id: z.string(),
  report_timestamp: z.iso.datetime({ offset: true }).transform((time) => new Date(time).toISOString()),
  environment: z.string(),
  source: z.enum(['live', 'snapshot', 'lambda', 'event', 'config']),
  complete: z.boolean(),
  accounts: z.array(z.string()),
  regions: z.array(z.string()),
  summary: z.object({
    total_resources: z.number(),
    total_evaluations: z.number(),
    compliant: z.number(),
    non_compliant: z.number(),
    not_applicable: z.number(),
    unknown: z.number(),
    waived: z.number(),
    compliance_percentage: z.number().nullable(),
    evaluated_percentage: z.number().nullable(),
    score: z.number().nullable(),
  }),
  by_resource_type: countsByKey,
  by_rule: countsByKey,
  by_severity: countsByKey,
  by_category: countsByKey,
  by_region: countsByKey,
  by_account: countsByKey,
  by_instance_type: countsByKey,
  waivers: z.array(
    z.object({
      rule_id: z.string(),
      scope: z.string(),
      owner: z.string(),
      reason: z.string(),
      expires: z.string(),
      ticket: z.string().optional(),
      state: z.enum(['active', 'expired', 'unused', 'not_scanned']),
      matched: z.number(),
    }),
  ),
  gaps: z.array(
    z.object({
      account_id: z.string(),
      region: z.string(),
      api: z.string(),
      permission: z.string().optional(),
      reason: z.enum(['denied', 'throttled', 'unreachable', 'deadline', 'interrupted', 'error', 'not-collected']),
      message: z.string(),
      calls: z.number(),
    }),
  ),
});

const evaluationSchema = z.object({
  fingerprint: z.string(),
  rule_id: z.string(),
  severity: z.enum(SEVERITIES),
  category: z.enum(CATEGORIES),
  resource_type: z.string(),
  resource_id: z.string(),
  resource_arn: z.string(),
  account_id: z.string(),
  region: z.string(),
  status: z.enum(['PASS', 'FAIL', 'NOT_APPLICABLE', 'UNKNOWN', 'WAIVED']),
  message: z.string(),
  facts: z.array(z.object({ key: z.string(), message: z.string() })).optional(),
  remediation: z.string().optional(),
  missing_permission: z.string().optional(),
  waiver: z
    .object({ owner: z.string(), reason: z.string(), expires: z.string(), ticket: z.string().optional() })
    .optional(),
  owner: z.string().optional(),
});

/**
 * Reads one document from its bytes, gzipped or not, as `renderJson` writes it.
 *
 * @returns `undefined` where the scan was not wanted
 * @throws UnreadableDocumentError where it is cut short, of a newer schema, or none
 * @throws whatever the bytes throw
 */
export async function readScan<Digest>(
  bytes: AsyncIterable<Uint8Array>,
  start: StartReading<Digest>,
): Promise<Digest | undefined> {
  let state: State<Digest> = { part: 'head', lines: [], length: 0 };
  for await (const { lines, cut } of linesOf(unzipped(bytes))) {
    if (cut && begun(state)) break;
    for (const line of lines) {
      const next: State<Digest> | undefined = follow(state, line, start);
      if (next === undefined) return undefined;
      state = next;
    }
  }
  if (state.part === 'after') return state.reader.end();
  throw new UnreadableDocumentError('truncated', 'The document ends before its end.');
}

/** True in the middle of a document: a line that has no end here was cut off. */
function begun(state: State<unknown>): boolean {
  return state.part === 'evaluations' || (state.part === 'head' && state.lines.length > 0);
}

/** Where in a document a line is. */
type State<Digest> =
  | { readonly part: 'head'; readonly lines: string[]; length: number }
  | { readonly part: 'evaluations' | 'close' | 'after'; readonly reader: ScanReader<Digest> };

/** @returns `undefined` where the rest need not be read */
function follow<Digest>(state: State<Digest>, line: string, start: StartReading<Digest>): State<Digest> | undefined {
  switch (state.part) {
    case 'head': {
      const none = line === '  "evaluations": []';
      if (!none && line !== '  "evaluations": [') {
        if (state.lines.length === 0 && line !== '{') throw foreign('it does not begin like one');
        state.lines.push(line);
        state.length += line.length;
        if (state.length > LONGEST_HEAD) throw foreign('its head has no end');
        return state;
      }
      const reader = start(headFrom(state.lines));
      return reader && { part: none ? 'close' : 'evaluations', reader };
    }
    case 'evaluations':
      if (line === '  ]') return { part: 'close', reader: state.reader };
      state.reader.evaluation(evaluationFrom(line));
      return state;
    case 'close':
      if (line !== '}') throw foreign('something follows its evaluations');
      return { part: 'after', reader: state.reader };
    case 'after':
      throw foreign('something follows its end');
  }
}

/**
 * A document that is held as one value: the answer of a function that has no bucket.
 *
 * @throws UnreadableDocumentError where it is of a newer schema, or none
 */
export function scanFrom(value: unknown): Scan {
  const head = checkedHead(value);
  const { evaluations } = value as { readonly evaluations?: unknown };
  if (!Array.isArray(evaluations)) throw foreign('it has no evaluations');
  return { head, evaluations: evaluations.map(checkedEvaluation) };
}

function headFrom(lines: readonly string[]): ScanHead {
  return checkedHead(parse(`${lines.join('\n').replace(/,$/, '')}\n}`));
}

function checkedHead(value: unknown): ScanHead {
  const { data } = headSchema.safeParse(value);
  // What is optional is absent where it is not there: JSON knows no undefined.
  if (data !== undefined) return data as ScanHead;
  const { schema } = (value ?? {}) as { readonly schema?: unknown };
  const [, version] = /^compliancectl\.scan\/(\d{1,9})$/.exec(String(schema)) ?? [];
  if (Number(version) > Number(SCAN_SCHEMA.split('/')[1])) {
    throw new UnreadableDocumentError('newer-schema', `The document is of the newer schema ${String(schema)}.`);
  }
  throw foreign('its head is another');
}

function evaluationFrom(line: string): Evaluation {
  return checkedEvaluation(parse(line.endsWith(',') ? line.slice(0, -1) : line));
}

function checkedEvaluation(value: unknown): Evaluation {
  const { data } = evaluationSchema.safeParse(value);
  if (data === undefined) throw foreign('an evaluation of it is none');
  return data as Evaluation;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw foreign('it is not JSON as compliancectl writes it');
  }
}

function foreign(why: string): UnreadableDocumentError {
  return new UnreadableDocumentError('not-a-scan', `Not a scan document: ${why}.`);
}

interface Lines {
  readonly lines: readonly string[];
  /** True of what follows the last line break. */
  readonly cut: boolean;
}

/** Lines, as many at a time as came together. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decode(decoder, chunk)).split('\n');
    rest = lines.pop() as string;
    if (rest.length > LONGEST_LINE) throw foreign('a line of it has no end');
    yield { lines, cut: false };
  }
  if (rest !== '') yield { lines: [rest], cut: true };
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch {
    throw foreign('it is not UTF-8');
  }
}

/** What zlib says of bytes that end too early, and of others: https://nodejs.org/api/zlib.html#constants */
const CUT_SHORT = 'Z_BUF_ERROR';
const GARBLED = 'Z_DATA_ERROR';

/** What a gzip archive begins with. */
const MAGIC = [0x1f, 0x8b];

/** Bytes as they are, or what a gzip archive holds. */
export async function* unzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]();
  let first = new Uint8Array();
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    first = Buffer.concat([first, next.value]);
    if (first.length >= MAGIC.length) break;
  }
  const all = { [Symbol.asyncIterator]: () => resumed(first, chunks) };
  if (!MAGIC.every((byte, index) => first[index] === byte)) {
    yield* all;
    return;
  }
  // An error on either side reaches whoever reads, and whoever stops reading ends both.
  const gunzip = pipeline(Readable.from(all), createGunzip(), () => {});
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === CUT_SHORT) throw new UnreadableDocumentError('truncated', 'The archive ends before its end.');
    if (code === GARBLED) throw new UnreadableDocumentError('not-a-scan', 'The archive is damaged.');
    throw error;
  }
}

/** The rest of an iteration that was begun, with its first item before it again. */
async function* resumed(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
