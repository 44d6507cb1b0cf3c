/**
 * A saved estate: gzipped NDJSON, one JSON value a line.
 *
 *     {"schema":"compliancectl.snapshot/1", ...}     the header
 *     {"gap":{...}} {"resource":{...}}               by account and region, relation targets first
 *     {"end":{"resources":N,"sha256":"..."}}         the trailer; without it the file was cut short
 *
 * The SHA-256 is of every byte before the trailer's line, uncompressed.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip, gunzipSync, gzipSync } from 'node:zlib';

import * as z from 'zod';

import { compareGaps } from '../engine/evaluation.ts';
import type { Gap } from '../engine/evaluation.ts';
import { FACT_NAMES, known, notCollected, STREAM_ORDER, tagMap } from '../engine/model.ts';
import type { Fact, Resource, ResourceType, Tags } from '../engine/model.ts';
import { systemReason, UserError } from '../user-error.ts';
import { apiOf } from './collector.ts';
import { collectors } from './collectors/index.ts';
import type { Inventory } from './inventory.ts';

const SCHEMA = 'compliancectl.snapshot/1';

/** Resources handed on at once. */
const PAGE = 1000;

/** Uncompressed bytes that make a block: each is compressed alone, and a file of several is still one gzip stream. */
const BLOCK = 1 << 20;

/** Bytes of one line at most. No resource comes near it; a file of something else may be one line without an end. */
const MAX_LINE = 64 << 20;

const header = z.object({
  schema: z.literal(SCHEMA),
  tool_version: z.string(),
  scan_id: z.string(),
  collected_at: z.iso.datetime(),
  accounts: z.array(z.string()),
  regions: z.array(z.string()),
  facts: z.record(z.string(), z.array(z.string())),
});
type SnapshotHeader = z.infer<typeof header>;

const trailer = z.object({
  resources: z.int(),
  gaps: z.int(),
  listings: z.int(),
  complete: z.boolean(),
  sha256: z.string(),
});

/**
 * Writes an inventory into a snapshot as its pages stream by. Resources arrive from many regions at once and are kept
 * apart, compressed, until the end puts them in order: some 5 MB for 100,000 resources.
 */
export class SnapshotWriter {
  readonly #sections = new Map<string, Section>();
  #resources = 0;

  add(page: readonly Resource[]): void {
    for (const resource of page) {
      const { accountId, region, type } = resource;
      const key = sectionKey(accountId, region, STREAM_ORDER.indexOf(type));
      let section = this.#sections.get(key);
      if (section === undefined) {
        section = new Section();
        this.#sections.set(key, section);
      }
      section.add({ resource: collectedOnly(resource) });
      this.#resources += 1;
    }
  }

  /** The finished file, block by block; `inventory` must have been walked to its end. */
  *finish(inventory: Inventory, origin: { toolVersion: string; scanId: string; collectedAt: Date }): Generator<Buffer> {
    const { gaps, listings, complete } = inventory.coverage();
    for (const gap of gaps) {
      const key = sectionKey(gap.account_id, gap.region, -1);
      const section = this.#sections.get(key) ?? new Section();
      this.#sections.set(key, section);
      section.add({ gap });
    }
    const digest = createHash('sha256');
    const head = line({
      schema: SCHEMA,
      tool_version: origin.toolVersion,
      scan_id: origin.scanId,
      collected_at: origin.collectedAt.toISOString(),
      accounts: inventory.accounts,
      regions: inventory.regions,
      facts: Object.fromEntries([...inventory.facts].map(([type, facts]) => [type, [...facts].toSorted()])),
    });
    digest.update(head);
    yield gzipSync(head);
    for (const [, section] of [...this.#sections].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      for (const block of section.blocks()) {
        digest.update(gunzipSync(block));
        yield block;
      }
    }
    const end = { resources: this.#resources, gaps: gaps.length, listings, complete, sha256: digest.digest('hex') };
    yield gzipSync(line({ end }));
  }
}

/** Lines of one account, region and type. */
class Section {
  readonly #blocks: Buffer[] = [];
  #pending: string[] = [];
  #bytes = 0;

  add(value: object): void {
    const text = line(value);
    this.#pending.push(text);
    this.#bytes += text.length;
    if (this.#bytes >= BLOCK) this.#compress();
  }

  blocks(): readonly Buffer[] {
    this.#compress();
    return this.#blocks;
  }

  #compress(): void {
    if (this.#pending.length === 0) return;
    this.#blocks.push(gzipSync(this.#pending.join('')));
    this.#pending = [];
    this.#bytes = 0;
  }
}

/**
 * Opens a snapshot and reads its header; the rest is read, and checked, as it is walked.
 *
 * @param wanted the types that rules judge: one that the snapshot was saved without is a gap
 * @throws UserError `SNAPSHOT_*`, here or while walking: not there, not a snapshot, of a newer version, cut short, altered
 */
export async function openSnapshot(
  file: string,
  wanted: ReadonlyMap<ResourceType, ReadonlySet<string>> = new Map(),
): Promise<Inventory> {
  const lines = readLines(file);
  const head = await headerOf(file, lines);
  const gaps: Gap[] = notHeld(head, wanted);
  let end: z.infer<typeof trailer> | undefined;

  async function* pages(): AsyncGenerator<readonly Resource[]> {
    let page: Resource[] = [];
    for await (const { text, digestBefore } of lines) {
      if (end !== undefined) throw damaged(file, 'goes on after its end: several snapshots were joined');
      const entry = parseLine(file, text);
      if (entry.resource !== undefined) {
        const resource = revive(file, entry.resource);
        if (resource !== undefined) page.push(resource);
      } else if (entry.gap !== undefined) {
        gaps.push(entry.gap);
      } else {
        end = parseTrailer(file, entry.end);
        if (end.sha256 !== digestBefore()) throw damaged(file, 'was altered: its checksum does not match');
      }
      if (page.length === PAGE) {
        yield page;
        page = [];
      }
    }
    if (end === undefined) throw damaged(file, 'was cut short');
    yield page;
  }

  return {
    source: 'snapshot',
    origin: { scanId: head.scan_id, collectedAt: new Date(head.collected_at) },
    accounts: head.accounts,
    regions: head.regions,
    facts: new Map(Object.entries(head.facts).map(([type, facts]) => [type as ResourceType, new Set(facts)])),
    pages,
    coverage: () => ({
      gaps: gaps.toSorted(compareGaps),
      listings: end?.listings ?? 0,
      complete: end?.complete ?? false,
    }),
  };
}

/** A type that a rule judges and that the snapshot was saved without would else look like a type that has no resources. */
function notHeld(head: SnapshotHeader, wanted: ReadonlyMap<ResourceType, ReadonlySet<string>>): Gap[] {
  const missing = collectors.filter(({ resourceType: type }) => wanted.has(type) && !Object.hasOwn(head.facts, type));
  return missing.flatMap(({ service, resourceType, list }) =>
    head.accounts.flatMap((accountId) =>
      head.regions.map((region) => ({
        account_id: accountId,
        region,
        api: apiOf(service, list),
        reason: 'error' as const,
        message: `The snapshot was saved without ${resourceType}: none of the rules of that scan needed it.`,
        calls: 1,
      })),
    ),
  );
}

interface Line {
  readonly text: string;
  /** The SHA-256 of everything before this line. */
  readonly digestBefore: () => string;
}

async function* readLines(file: string): AsyncGenerator<Line, undefined> {
  const digest = createHash('sha256');
  const raw = createReadStream(file);
  const source = raw.pipe(createGunzip());
  raw.on('error', (error) => source.destroy(error));
  // The start of a line, in the pieces it came in: joining them one by one would take the square of its length.
  let pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      let start = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, start)) {
        const bytes = Buffer.concat([...pieces, chunk.subarray(start, at + 1)]);
        yield { text: bytes.toString('utf8', 0, bytes.length - 1), digestBefore: () => digest.copy().digest('hex') };
        digest.update(bytes);
        pieces = [];
        length = 0;
        start = at + 1;
      }
      pieces.push(chunk.subarray(start));
      length += chunk.length - start;
      if (length > MAX_LINE) throw damaged(file, `holds a line of more than ${MAX_LINE >> 20} MB`);
    }
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    raw.destroy();
  }
  if (length > 0) throw damaged(file, 'was cut short');
  return undefined;
}

async function headerOf(file: string, lines: AsyncGenerator<Line, undefined>): Promise<SnapshotHeader> {
  const first = (await lines.next()).value;
  try {
    return parseHeader(file, first);
  } catch (error) {
    await lines.return(undefined);
    throw error;
  }
}

function parseHeader(file: string, first: Line | undefined): SnapshotHeader {
  const value = first === undefined ? undefined : tryParse(first.text);
  const parsed = header.safeParse(value);
  if (parsed.success) return parsed.data;
  const schema = z.object({ schema: z.string() }).safeParse(value);
  const version = /^compliancectl\.snapshot\/(\d+)$/.exec(schema.data?.schema ?? '');
  if (version !== null && Number(version[1]) > 1) {
    throw new UserError(
      { typed: file, say: (name) => `${name} is a snapshot of a newer version (${version[0]}).` },
      {
        code: 'SNAPSHOT_NEWER',
        suggestions: ['Upgrade compliancectl'],
      },
    );
  }
  throw new UserError(
    { typed: file, say: (name) => `${name} is not a snapshot of compliancectl.` },
    {
      code: 'SNAPSHOT_FOREIGN',
      suggestions: ['Write one with: compliancectl scan --local --save-snapshot FILE'],
    },
  );
}

interface Entry {
  readonly resource?: unknown;
  readonly gap?: Gap;
  readonly end?: unknown;
}

function parseLine(file: string, text: string): Entry {
  const value = tryParse(text);
  if (typeof value !== 'object' || value === null) throw damaged(file, 'holds a line that is not JSON');
  return value;
}

function parseTrailer(file: string, value: unknown): z.infer<typeof trailer> {
  const parsed = trailer.safeParse(value);
  if (!parsed.success) throw damaged(file, 'holds a line that is no resource, no gap and no end');
  return parsed.data;
}

/** A resource as rules expect it: facts that were not collected say so, tag maps have no prototype. */
function revive(file: string, stored: unknown): Resource | undefined {
  if (!isRecord(stored) || !IDENTITY.every((field) => typeof stored[field] === 'string')) throw notWhole(file);
  const type = stored['type'] as ResourceType;
  const names: readonly string[] | undefined = Object.hasOwn(FACT_NAMES, type) ? FACT_NAMES[type] : undefined;
  // A newer minor version may know types that this one has no rules for.
  if (names === undefined) return undefined;
  for (const name of names) {
    const fact = name in stored ? stored[name] : notCollected;
    if (!isFact(fact)) throw notWhole(file);
    stored[name] = name === 'tags' && fact.known ? known(reviveTags(file, fact.value)) : fact;
  }
  return stored as unknown as Resource;
}

const IDENTITY = ['type', 'id', 'arn', 'accountId', 'region'];

function reviveTags(file: string, value: unknown): Tags {
  if (!isRecord(value)) throw notWhole(file);
  const entries = Object.entries(value);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) throw notWhole(file);
  return tagMap(entries);
}

function isFact(value: unknown): value is Fact<unknown> {
  if (!isRecord(value)) return false;
  return value['known'] === true ? 'value' in value : value['known'] === false && typeof value['reason'] === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notWhole(file: string): UserError {
  return damaged(file, 'holds a resource that is not whole');
}

/** What was never asked for is left out of the file. */
function collectedOnly(resource: Resource): object {
  const entries = Object.entries(resource as unknown as Record<string, unknown>);
  return Object.fromEntries(entries.filter(([, value]) => value !== notCollected));
}

function sectionKey(accountId: string, region: string, order: number): string {
  return `${accountId}\n${region}\n${String(order + 1).padStart(2, '0')}`;
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(file: string, how: string, cause?: unknown): UserError {
  return new UserError(
    { typed: file, say: (name) => `${name} ${how}.` },
    {
      code: 'SNAPSHOT_DAMAGED',
      suggestions: ['Copy it again, or save it again with: compliancectl scan --local --save-snapshot FILE'],
      ...(cause !== undefined && { cause }),
    },
  );
}

function unreadable(file: string, cause: unknown): unknown {
  if (cause instanceof UserError || !(cause instanceof Error)) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOENT') {
    return new UserError(
      { typed: file, say: (name) => `There is no file ${name}.` },
      {
        code: 'SNAPSHOT_MISSING',
        suggestions: ['Check the path'],
        cause,
      },
    );
  }
  if (code === 'EISDIR') {
    return new UserError(
      { typed: file, say: (name) => `${name} is a folder, not a file.` },
      {
        code: 'SNAPSHOT_UNREADABLE',
        suggestions: ['Check the path'],
        cause,
      },
    );
  }
  if (code === 'Z_BUF_ERROR') return damaged(file, 'was cut short', cause);
  if (code === 'Z_DATA_ERROR') {
    return new UserError(
      { typed: file, say: (name) => `${name} is not a gzip file, or is damaged.` },
      {
        code: 'SNAPSHOT_DAMAGED',
        suggestions: ['Copy it again, or save it again with: compliancectl scan --local --save-snapshot FILE'],
        cause,
      },
    );
  }
  const reason = systemReason(cause);
  return new UserError(
    { typed: file, say: (name) => `${name} could not be read: ${reason}.` },
    { code: 'SNAPSHOT_UNREADABLE', cause },
  );
}
