/** Audit records in a folder that the user alone can read, each written whole or not at all. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { createFile, makeFolder, replaceFile, stateFolder, systemCodeOf } from '../state-files.ts';
import { AuditConflictError, auditText, dayOf, isAuditId, isOf, parseAudit } from './audit.ts';
import type { AuditStore, StoredRecord } from './audit.ts';

export function auditFolder(env: NodeJS.ProcessEnv): string {
  return join(stateFolder(env), 'audit');
}

export function auditInFolder(folder: string): AuditStore {
  const fileOf = (id: string) => join(folder, dayOf(id), `${id}.json`);
  return {
    place: folder,

    async create(record) {
      const file = fileOf(record.id);
      await makeFolder(dirname(file));
      const text = auditText(record);
      const made = await createFile(file, text);
      return made ? { record, version: text } : undefined;
    },

    async complete({ version }, record) {
      const file = fileOf(record.id);
      if ((await readFile(file, 'utf8')) !== version) throw new AuditConflictError(`${record.id} has been changed`);
      const text = auditText(record);
      await replaceFile(file, text);
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
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
