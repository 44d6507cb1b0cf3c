import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import { readScan, UnreadableDocumentError } from '../../src/history/scan-stream.ts';
import { renderNdjson } from '../../src/report/ndjson.ts';
import { takeDocuments } from '../../src/reporting/standard-input.ts';
import { finding, head } from '../support/scans.ts';
import { documentText, inPieces } from '../support/stored-scans.ts';

/** What each document that was taken comes to: id and findings, or why it is none. */
async function taken(input: string | Uint8Array): Promise<string[]> {
  const { files, dispose } = await takeDocuments(inPieces(Buffer.from(input), 50));
  try {
    const found: string[] = [];
    for (const { name, open } of files) found.push(`${name}: ${await contentOf(open)}`);
    return found;
  } finally {
    await dispose();
  }
}

async function contentOf(open: () => Promise<AsyncIterable<Uint8Array>>): Promise<string> {
  try {
    const text = await readScan(await open(), (scan: ScanHead) => {
      const ids: string[] = [];
      return {
        evaluation: ({ resource_id: id }: Evaluation) => void ids.push(id),
        end: () => [scan.scan_id, ...ids].join(' '),
      };
    });
    return text ?? '';
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error;
    return error.fault;
  }
}

const ids = (...names: string[]) => names.map((resource_id) => finding({ resource_id }));
const counted = (scan_id: string, non_compliant: number): Partial<ScanHead> => ({
  scan_id,
  summary: { ...head().summary, non_compliant },
});
const compact = (scan_id: string, evaluations: readonly Evaluation[]) =>
  `${JSON.stringify({ ...head({ scan_id }), evaluations })}\n`;
const ndjson = (changes: Partial<ScanHead>, evaluations: readonly Evaluation[]) =>
  [...renderNdjson({ head: head(changes), evaluations })].join('');

describe('standard input', () => {
  const leftovers = async () => (await readdir(tmpdir())).filter((name) => /^compliancectl-[^-]+$/.test(name)).length;

  it('is one document, or several one after another, gzipped or not', async () => {
    const [one, two] = [documentText({ scan_id: 'a' }, ids('x', 'y')), documentText({ scan_id: 'b' })];
    expect(await taken(one)).to.deep.equal(['standard input, document 1: a x y']);
    const both = ['standard input, document 1: a x y', 'standard input, document 2: b'];
    expect(await taken(one + two)).to.deep.equal(both);
    expect(await taken(`${one}\n${two.trimEnd()}`)).to.deep.equal(both);
    expect(await taken(gzipSync(one + two))).to.deep.equal(both);
    expect(await taken(Buffer.concat([gzipSync(one), gzipSync(two)]))).to.deep.equal(both);
  });

  it('is JSON, a document a line', async () => {
    expect(await taken(compact('a', ids('x')) + compact('b', []))).to.deep.equal([
      'standard input, document 1: a x',
      'standard input, document 2: b',
    ]);
  });

  it('is what scan -f ndjson prints, of several scans too', async () => {
    const input = ndjson(counted('a', 2), ids('x', 'y')) + ndjson(counted('b', 0), []);
    expect(await taken(input + compact('c', []))).to.deep.equal([
      'standard input, document 1: a x y',
      'standard input, document 2: b',
      'standard input, document 3: c',
    ]);
  });

  it('says of each document that it is cut short, or none', async () => {
    const whole = documentText({ scan_id: 'a' }, ids('x', 'y'));
    expect(await taken(whole.slice(0, -4))).to.deep.equal(['standard input, document 1: truncated']);
    expect(await taken(whole.slice(0, 200))).to.deep.equal(['standard input, document 1: truncated']);
    const lines = ndjson(counted('a', 2), ids('x', 'y'));
    expect(await taken(lines.slice(0, lines.indexOf('\n{"evaluation"') + 1))).to.deep.equal([
      'standard input, document 1: truncated',
    ]);
    expect(await taken(lines.slice(0, -40))).to.deep.equal(['standard input, document 1: truncated']);
    expect(await taken(`hello\nworld\n${whole}[1]\n"text"\n{"schema":"other"}\n`)).to.deep.equal([
      'standard input, document 1: not-a-scan',
      'standard input, document 2: a x y',
      'standard input, document 3: not-a-scan',
      'standard input, document 4: not-a-scan',
    ]);
    expect(await taken('{"schema":"compliancectl.scan/1","evaluations":[1]}\n')).to.deep.equal([
      'standard input, document 1: not-a-scan',
    ]);
  });

  it('is empty', async () => {
    expect(await taken('')).to.deep.equal([]);
    expect(await taken('\n\n')).to.deep.equal([]);
  });

  it('leaves nothing behind, whether it ends well or not', async () => {
    const before = await leftovers();
    await taken(documentText());
    const failing = (async function* () {
      yield Buffer.from(documentText());
      throw new Error('cut off');
    })();
    let message = '';
    await takeDocuments(failing).catch((error: unknown) => {
      message = (error as Error).message;
    });
    expect(message).to.equal('cut off');
    expect([existsSync(tmpdir()), await leftovers()]).to.deep.equal([true, before]);
  });
});
