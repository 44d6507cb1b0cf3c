/** Audit records in a folder that the user alone can read, each written whole or not at all. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { AuditConflictError, auditText, dayOf, isAuditId, isOf, parseAudit } from './audit.ts';
import type { AuditStore, StoredRecord } from './audit.ts';

/** Where the state of this tool is kept (specifications.freedesktop.org/basedir-spec). */
export function auditFolder(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_STATE_HOME'];
  // A relative one is to be ignored, the specification says.
  const state = base?.startsWith('/') === true ? base : join(env['HOME'] ?? homedir(), '.local/state');
  return join(state, 'compliancectl/audit');
}

export function auditInFolder(folder: string): AuditStore {
  const fileOf = (id: string) => join(folder, dayOf(id), `${id}.json`);
  return {
    place: folder,

    async create(record) {
      const file = fileOf(record.id);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const text = auditText(record);
      // A link is made at once and only where there is nothing, which a rename does not promise.
      const made = await throughTemporary(file, text, async (temporary) => {
        try {
          await link(temporary, file);
          return true;
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return false;
          throw error;
        }
      });
      return made ? { record, version: text } : undefined;
    },

    async complete({ version }, record) {
      const file = fileOf(record.id);
      if ((await readFile(file, 'utf8')) !== version) throw new AuditConflictError(`${record.id} has been changed`);
      const text = auditText(record);
      await throughTemporary(file, text, (temporary) => rename(temporary, file));
      return { record, version: text };
    },

    async find(id) {
      if (!isAuditId(id)) return [];
      const names = await namesIn(join(folder, dayOf(id)));
      const ids = names.flatMap((name) => (/^[^.].*\.json$/.test(name) ? name.slice(0, -'.json'.length) : []));
      const wanted = ids.filter((recordId) => isOf(id, recordId)).toSorted();
      return Promise.all(wanted.map((recordId) => readRecord(fileOf(recordId))));
    },
  };
}

async function readRecord(file: string): Promise<StoredRecord> {
  const text = await readFile(file, 'utf8');
  return { record: parseAudit(text), version: text };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
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

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
