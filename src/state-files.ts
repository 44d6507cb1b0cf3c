/** What this tool keeps on the user's disk: where it is, and how it is written so that no power cut leaves half of it. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where the state of this tool is kept (specifications.freedesktop.org/basedir-spec): a relative `XDG_STATE_HOME` is ignored. */
export function stateFolder(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_STATE_HOME'];
  const state = base?.startsWith('/') === true ? base : join(env['HOME'] ?? homedir(), '.local/state');
  return join(state, 'compliancectl');
}

/** True on a runner of CI: what is kept on its disk is lost with it. */
export function isCi(env: NodeJS.ProcessEnv): boolean {
  return !['', 'false', '0'].includes((env['CI'] ?? '').toLowerCase());
}

/**
 * Makes a folder that the user alone can enter, and those above it, where they are missing; on the disk when this returns.
 *
 * @throws what the system throws
 */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first) return;
  }
}

/**
 * Writes a file that is not there yet, whole or not at all, readable by the user alone; on the disk when this returns.
 *
 * @returns false where it is there already
 * @throws what the system throws
 */
export async function createFile(file: string, text: string): Promise<boolean> {
  // A link is made at once and only where there is nothing, which a rename does not promise.
  return throughTemporary(file, text, async (temporary) => {
    try {
      await link(temporary, file);
      return true;
    } catch (error) {
      if (systemCodeOf(error) === 'EEXIST') return false;
      throw error;
    }
  });
}

/**
 * The same, in place of what is there.
 *
 * @throws what the system throws
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  await throughTemporary(file, text, (temporary) => rename(temporary, file));
}

/** `ENOENT`, `ENOSPC`, ...; `undefined` where the error is none of the system's. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Writes the text beside its place, on the disk and not only on its way there, and has it put there. */
async function throughTemporary<T>(file: string, text: string, put: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = join(dirname(file), `.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const result = await put(temporary);
    await syncFolder(dirname(file));
    return result;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Until the folder is on the disk too, a power cut may lose the name of a file that is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
