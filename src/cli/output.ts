/** Where results go: standard output, which may be a closed pipe, and files, which are whole or not there. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { systemReason, UserError } from '../user-error.ts';

/** Writes pieces as fast as the reader takes them. A reader that has gone away (`| head`) is no error. */
export async function writeStdout(pieces: Iterable<string>): Promise<void> {
  const { stdout } = process;
  let closed = false;
  const onError = (error: Error) => {
    if (!isClosedPipe(error)) throw error;
    closed = true;
  };
  stdout.on('error', onError);
  try {
    for (const piece of batched(pieces)) {
      if (closed) return;
      if (!stdout.write(piece)) await drained(stdout);
    }
  } catch (error) {
    if (!isClosedPipe(error)) throw error;
  } finally {
    // Late errors of writes still under way must find a listener; the process is about to end.
    if (!closed) stdout.off('error', onError);
    stdout.on('error', () => {});
  }
}

/** Until the stream takes more, or never will. Leaves no listener behind: a large document waits a thousand times. */
async function drained(stream: NodeJS.WriteStream): Promise<void> {
  const done = new AbortController();
  try {
    await Promise.race(['drain', 'close'].map(async (event) => once(stream, event, { signal: done.signal })));
  } finally {
    done.abort();
  }
}

/**
 * Makes the end of a reader no error, of the notes on stderr no more than of the results: unheard, it would end the
 * process with the exit code of a shortfall.
 */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!isClosedPipe(error)) throw error;
    });
  }
}

/**
 * Writes a file beside its place and moves it there when it is whole.
 *
 * @throws UserError `CANNOT_WRITE` where the folder does not allow it
 */
export async function writeFileAtomically(file: string, pieces: Iterable<string | Buffer>): Promise<void> {
  const temporary = besideOf(file);
  try {
    const handle = await open(temporary, 'wx');
    try {
      // Not `write`, which may write less than it was given: on a disk that is nearly full.
      for (const piece of pieces) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw cannotWrite(file, error);
  }
}

/**
 * Tries whether a file could be written, and leaves nothing behind: better said before the work than after it.
 *
 * @throws UserError `CANNOT_WRITE` where its folder does not exist or allow it, or where it is a folder itself
 */
export async function ensureWritable(file: string): Promise<void> {
  const probe = besideOf(file);
  try {
    if ((await stat(file).catch(() => undefined))?.isDirectory() === true) {
      throw Object.assign(new Error('EISDIR: it is a folder'), { code: 'EISDIR' });
    }
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/** A name in the same folder that nothing else has: from there a file can be moved to its place at once. */
function besideOf(file: string): string {
  return join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);
}

/**
 * Adds whole pieces to the end of a file, as long as it stays within a limit; `lastWord` stands in for the rest.
 *
 * @param limit bytes that the file may have in the end, what it held before among them
 * @throws UserError `CANNOT_WRITE` where the file does not allow it
 */
export async function appendToFile(
  file: string,
  pieces: Iterable<string>,
  { limit, lastWord }: { readonly limit: number; readonly lastWord: string },
): Promise<void> {
  try {
    const handle = await open(file, 'a');
    try {
      await handle.appendFile(fitting(pieces, limit - (await handle.stat()).size, lastWord));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

function cannotWrite(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const reason = systemReason(error);
  return new UserError(
    { typed: file, say: (name) => `${name} could not be written: ${reason}.` },
    {
      code: 'CANNOT_WRITE',
      suggestions: ['Choose a folder that exists and that you may write to'],
      cause: error,
    },
  );
}

/** The pieces that fit into so many bytes, and where that is not all of them, a last word. */
function fitting(pieces: Iterable<string>, size: number, lastWord: string): string {
  let text = '';
  let room = size - Buffer.byteLength(lastWord);
  if (room < 0) return '';
  for (const piece of pieces) {
    room -= Buffer.byteLength(piece);
    if (room < 0) return text + lastWord;
    text += piece;
  }
  return text;
}

export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}

/** A write for every finding would be a system call for every finding. */
function* batched(pieces: Iterable<string>, size = 1 << 16): Generator<string> {
  let batch = '';
  for (const piece of pieces) {
    batch += piece;
    if (batch.length >= size) {
      yield batch;
      batch = '';
    }
  }
  if (batch !== '') yield batch;
}
