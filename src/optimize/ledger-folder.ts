/** The ledger in a folder that the user alone can enter: `{account}/{region}/{environment}/open.json`, and closed entries beside it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { makeFolder, replaceFile, systemCodeOf } from '../state-files.ts';
import { systemReason, UserError } from '../user-error.ts';
import { withFolderLock } from './folder-lock.ts';
import { ledgerFailure } from './ledger-failure.ts';
import { entryText, isEntryId, parseEntry } from './ledger-entry.ts';
import { LedgerConflictError } from './ledger.ts';
import type { LedgerEntry, LedgerScope, LedgerStore, StoredEntry } from './ledger.ts';

export function ledgerInFolder(base: string, scope: LedgerScope): LedgerStore {
  const folder = join(base, scope.accountId, scope.region, scope.environment);
  const open = join(folder, 'open.json');

  const readEntry = async (file: string): Promise<StoredEntry | undefined> => {
    const text = await saying('read', file, () => textOf(file));
    return text === undefined ? undefined : { entry: parseEntry(text, scope, file), version: text };
  };

  const readOpen = async () => {
    const stored = await readEntry(open);
    return stored?.entry.status === 'open' ? stored : undefined;
  };

  /** Writes where what is there has been found fit, with nobody else writing meanwhile. */
  const write = async (entry: LedgerEntry, check: (there: StoredEntry | undefined) => void): Promise<StoredEntry> =>
    saying('write', folder, async () => {
      await makeFolder(folder);
      return withFolderLock(folder, async () => {
        check(await readEntry(open));
        const text = entryText(entry);
        if (entry.status === 'closed') await replaceFile(join(folder, `${entry.id}.json`), text);
        await replaceFile(open, text);
        return { entry, version: text };
      });
    });

  return {
    place: folder,
    readOpen,

    async read(id) {
      if (!isEntryId(id)) return undefined;
      const latest = await readEntry(open);
      // A run that died between the two has left an archived one that is not the last word.
      if (latest?.entry.id === id) return latest.entry;
      return (await readEntry(join(folder, `${id}.json`)))?.entry;
    },

    create: async (entry) =>
      write(entry, (there) => {
        if (there?.entry.status === 'open') throw new LedgerConflictError(`${there.entry.id} is open`);
      }),

    replace: async ({ version }, entry) =>
      write(entry, (there) => {
        if (there?.version !== version) throw new LedgerConflictError(`${entry.id} has been changed`);
      }),
  };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Has it done, and says in words what the system refuses. */
async function saying<T>(doing: 'read' | 'write', place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || systemCodeOf(error) === undefined) throw error;
    const suggestions =
      systemCodeOf(error) === 'ENOSPC' || systemCodeOf(error) === 'EDQUOT'
        ? ['Make room for it, or name another place with --ledger or XDG_STATE_HOME']
        : ['Make it writable for you, or name another place with --ledger or XDG_STATE_HOME'];
    throw ledgerFailure(doing, place, systemReason(error), { suggestions, cause: error });
  }
}
