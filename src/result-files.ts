/** Files that the user asked for: whole or not there, tried before the work that they hold is begun. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { systemReason, UserError } from './user-error.ts';

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

/** The most that GitHub takes of a step's summary, in bytes: it drops the whole of a longer one. */
const SUMMARY_LIMIT = 1 << 20;

const CUT_HERE = '\n\n**Cut here:** GitHub takes no longer summary of a step.\n';

/**
 * Adds whole pieces to the summary of a job of GitHub Actions, as long as it takes them; where it does not take them all, it says so.
 *
 * @throws UserError `CANNOT_WRITE` where the file does not allow it
 */
export async function addToJobSummary(file: string, pieces: Iterable<string>): Promise<void> {
  try {
    const handle = await open(file, 'a');
    try {
      await handle.appendFile(fitting(pieces, SUMMARY_LIMIT - (await handle.stat()).size, CUT_HERE));
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
