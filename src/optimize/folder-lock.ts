/**
 * One process at a time in a folder, for the moment that reading, comparing and writing takes.
 *
 * Locks are numbered: `.lock.7` says who has it, and the highest is the one that counts. Whoever finds that one given back, or its
 * process dead, makes the next, which only one can; and the highest is never removed but by the holder of a higher. With a single
 * name, of two processes that both see a dead lock one could remove what the other has just made.
 */
import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { systemCodeOf } from '../state-files.ts';
import { EXIT, UserError } from '../user-error.ts';
import { isRunning } from './lease.ts';

/** Milliseconds: between two looks, and until patience ends with a process that lives, or is on another host. */
const LOOK = 20;
const PATIENCE = 10_000;

interface Owner {
  readonly host: string;
  readonly pid: number;
}

/**
 * @param folder must be there
 * @throws UserError `LEDGER_LOCKED` where another process does not give it back; what the work throws, and the system
 */
export async function withFolderLock<T>(
  folder: string,
  work: () => Promise<T>,
  { patience = PATIENCE }: { readonly patience?: number } = {},
): Promise<T> {
  const number = await acquire(folder, Date.now() + patience);
  try {
    return await work();
  } finally {
    await giveBack(folder, number);
  }
}

async function acquire(folder: string, until: number): Promise<number> {
  for (;;) {
    const numbers = await locksIn(folder);
    const last = Math.max(0, ...numbers);
    const owner = last === 0 ? undefined : await ownerOf(fileOf(folder, last));
    if (owner === undefined || (owner.host === hostname() && !isRunning(owner.pid))) {
      const number = last + 1;
      if (await claim(folder, number)) {
        await Promise.all(numbers.map((older) => rm(fileOf(folder, older), { force: true })));
        return number;
      }
    } else if (Date.now() >= until) {
      throw locked(owner, fileOf(folder, last));
    }
    await sleep(LOOK);
  }
}

/** @returns false where another was faster */
async function claim(folder: string, number: number): Promise<boolean> {
  const owner: Owner = { host: hostname(), pid: process.pid };
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, JSON.stringify(owner), { flag: 'wx', mode: 0o600 });
    await link(temporary, fileOf(folder, number));
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  // Whoever looked long ago may have made a number that was used and removed since.
  if (Math.max(...(await locksIn(folder))) === number) return true;
  await rm(fileOf(folder, number), { force: true });
  return false;
}

/** Never throws: the work is done, and a process that has ended holds nothing. */
async function giveBack(folder: string, number: number): Promise<void> {
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    await writeFile(temporary, '', { flag: 'wx', mode: 0o600 });
    await rename(temporary, fileOf(folder, number));
  } catch {
    // On a full disk an empty file can be had by making one shorter.
    await writeFile(fileOf(folder, number), '').catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** `undefined` where it was given back, or removed by the holder of a higher one. */
async function ownerOf(file: string): Promise<Owner | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    return text === '' ? undefined : (JSON.parse(text) as Owner);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function locksIn(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => /^\.lock\.(\d+)$/.exec(name)?.slice(1).map(Number) ?? []);
}

function fileOf(folder: string, number: number): string {
  return join(folder, `.lock.${number}`);
}

function locked({ host, pid }: Owner, file: string): UserError {
  return new UserError(`Process ${pid} on ${host} is writing to the ledger and does not come to an end.`, {
    code: 'LEDGER_LOCKED',
    exitCode: EXIT.failed,
    suggestions: ['Try again in a minute', `If there is no such process any more, remove ${file}`],
  });
}
