/** Scan documents from standard input, put into files: a report reads some of them twice, and holds none. */
import { createReadStream, createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import { UnreadableDocumentError, unzipped } from '../history/scan-stream.ts';
import type { StoredFile } from '../history/stored-scans.ts';
import { renderJson } from '../report/json.ts';

/** Documents that were taken from a stream. */
export interface TakenDocuments {
  readonly files: readonly StoredFile[];
  /** Takes the files away again. */
  readonly dispose: () => Promise<void>;
}

/**
 * Takes documents as `scan --json` prints them, one after another; as JSON, one a line; and as `scan -f ndjson` prints them.
 * What is none of these becomes a file all the same, which will say so when it is read.
 *
 * @param bytes gzipped or not
 * @throws UnreadableDocumentError where they are an archive that is damaged or ends too early, or have no line's end
 */
export async function takeDocuments(bytes: AsyncIterable<Uint8Array>): Promise<TakenDocuments> {
  const folder = await mkdtemp(join(tmpdir(), 'compliancectl-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    const splitter = new Splitter(folder);
    for await (const { line, cut } of linesOf(unzipped(bytes))) await splitter.take(line, cut);
    return { files: await splitter.end(), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Characters of a line, which may be a whole document: past these it is none, and would fill the memory. */
const LONGEST_LINE = 256 * 1024 * 1024;

interface Line {
  readonly line: string;
  /** True of what follows the last line break. */
  readonly cut: boolean;
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() as string;
    if (rest.length > LONGEST_LINE) throw new UnreadableDocumentError('not-a-scan', 'A line of it has no end.');
    for (const line of lines) yield { line, cut: false };
  }
  if (rest !== '') yield { line: rest, cut: true };
}

/** Where in the stream a line is. */
type State =
  | { readonly part: 'between' | 'document' | 'foreign' }
  /** `findings`: how many evaluations are to come; what follows them is another document. */
  | { readonly part: 'ndjson'; readonly findings: number; taken: number };

class Splitter {
  readonly #folder: string;
  readonly #files: StoredFile[] = [];
  #state: State = { part: 'between' };
  #output: DocumentFile | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async take(line: string, cut: boolean): Promise<void> {
    if (this.#state.part === 'document') {
      await this.#write(cut ? line : `${line}\n`);
      if (line === '}') await this.#close();
      return;
    }
    const value = line.startsWith('{') && line !== '{' ? parsed(line) : undefined;
    const evaluation = value?.['evaluation'];
    if (this.#state.part === 'ndjson' && typeof evaluation === 'object') {
      await this.#write(`${this.#state.taken === 0 ? '' : ','}\n    ${JSON.stringify(evaluation)}`);
      this.#state.taken += 1;
      return;
    }
    // The last finding, cut off: that there is one too few says enough.
    if (line.trim() === '' || (cut && value === undefined && this.#state.part === 'ndjson')) return;
    if (line === '{') await this.#begin({ part: 'document' }, '{\n');
    else if (value === undefined) await this.#foreign(line);
    else if (isObject(value['scan'])) await this.#beginNdjson(value['scan']);
    else await this.#whole(line, value);
  }

  async end(): Promise<readonly StoredFile[]> {
    await this.#close();
    return this.#files;
  }

  /** A document on one line. */
  async #whole(line: string, { evaluations, ...head }: Record<string, unknown>): Promise<void> {
    await this.#begin({ part: 'foreign' }, '');
    const listed = Array.isArray(evaluations) && evaluations.every(isObject);
    if (!listed) await this.#write(`${line}\n`);
    else for (const piece of renderJson({ head, evaluations })) await this.#write(piece);
    await this.#close();
  }

  async #beginNdjson(head: Record<string, unknown>): Promise<void> {
    const { non_compliant: failing, unknown, waived } = (head['summary'] ?? {}) as Record<string, unknown>;
    const findings = [failing, unknown, waived].reduce((sum: number, count) => sum + (Number(count) || 0), 0);
    const start = JSON.stringify(head, undefined, 2);
    await this.#begin({ part: 'ndjson', findings, taken: 0 }, `${start.slice(0, -2)},\n  "evaluations": [`);
  }

  /** Lines that are nothing of ours are one document, however many there are. */
  async #foreign(line: string): Promise<void> {
    if (this.#state.part !== 'foreign') await this.#begin({ part: 'foreign' }, '');
    await this.#write(`${line}\n`);
  }

  async #begin(state: State, start: string): Promise<void> {
    await this.#close();
    const number = this.#files.length + 1;
    const path = join(this.#folder, `${number}.json.gz`);
    this.#files.push({ name: `standard input, document ${number}`, open: async () => createReadStream(path) });
    this.#output = openDocument(path);
    this.#state = state;
    await this.#write(start);
  }

  async #write(text: string): Promise<void> {
    await this.#output?.write(text);
  }

  async #close(): Promise<void> {
    const state = this.#state;
    // With fewer findings than it counts it was cut short: it is left without an end, and its reader says so.
    if (state.part === 'ndjson' && state.taken >= state.findings)
      await this.#write(state.taken === 0 ? ']\n}\n' : '\n  ]\n}\n');
    await this.#output?.close();
    this.#output = undefined;
    this.#state = { part: 'between' };
  }
}

interface DocumentFile {
  readonly write: (text: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Gzipped: a year of scans is some gigabytes of JSON. */
function openDocument(path: string): DocumentFile {
  const gzip = createGzip({ level: 1 });
  const file: WriteStream = gzip.pipe(createWriteStream(path));
  const done = finished(file);
  // Whoever awaits it hears of an error; until then it is not unhandled.
  done.catch(() => {});
  return {
    write: async (text) => {
      if (!gzip.write(text)) await Promise.race([once(gzip, 'drain'), done]);
    },
    close: async () => {
      gzip.end();
      await done;
    },
  };
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
