/** Prices that AWS gave in the last weeks, each in a file of its own. Whatever goes wrong here, nothing fails for it. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { priceKey } from './price-list.ts';
import { priceOf, priceRecord, recordOf } from './price-record.ts';
import type { PriceQuestion, UnitPrice } from './price.ts';

/** AWS changes list prices a few times a year. */
const DAYS_KEPT = 30;

/** Where this tool keeps what it can do without (specifications.freedesktop.org/basedir-spec). */
export function priceCacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CACHE_HOME'];
  // A relative one is to be ignored, the specification says.
  const cache = base?.startsWith('/') === true ? base : join(env['HOME'] ?? homedir(), '.cache');
  return join(cache, 'compliancectl/prices');
}

/** `undefined` where there is none, or what there is is too old, of a day to come, damaged, or of something else. */
export async function readCached(folder: string, question: PriceQuestion, now: Date): Promise<UnitPrice | undefined> {
  try {
    const record = priceRecord.parse(JSON.parse(await readFile(fileOf(folder, question), 'utf8')));
    return isFresh(record.date, now) ? priceOf(record, question, 'cached') : undefined;
  } catch {
    return undefined;
  }
}

/** Written beside its place and moved there, so that a reader finds the whole of it. */
export async function writeCached(folder: string, question: PriceQuestion, price: UnitPrice): Promise<void> {
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${JSON.stringify(recordOf(question, price))}\n`, { mode: 0o600, flag: 'wx' });
    await rename(temporary, fileOf(folder, question));
  } catch {
    // A cache that cannot be written to is one that is empty the next time.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function fileOf(folder: string, question: PriceQuestion): string {
  return join(folder, `${encodeURIComponent(priceKey(question))}.json`);
}

function isFresh(date: string, now: Date): boolean {
  const days = (Date.parse(now.toISOString().slice(0, 10)) - Date.parse(date)) / 86_400_000;
  return days >= 0 && days <= DAYS_KEPT;
}
