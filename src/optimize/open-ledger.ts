/** Finds the place that was named for the ledger, or the usual one. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import type { S3Client } from '@aws-sdk/client-s3';

import { isCi, stateFolder } from '../state-files.ts';
import { EXIT, UserError } from '../user-error.ts';
import { ledgerInBucket } from './ledger-bucket.ts';
import type { LedgerBucket } from './ledger-bucket.ts';
import { ledgerInFolder } from './ledger-folder.ts';
import type { LedgerScope, LedgerStore } from './ledger.ts';

export interface LedgerMeans {
  readonly env: NodeJS.ProcessEnv;
  /** A client of the bucket's region; asked for where the ledger is in S3. */
  readonly s3: () => Promise<S3Client>;
  /** Ends calls to S3; not the one that Ctrl-C sets off. */
  readonly signal: AbortSignal;
}

/**
 * @param place a folder, or `s3://bucket/prefix`; the usual folder where it is `undefined`
 * @throws UserError `BAD_LEDGER` where it is neither
 */
export async function openLedger(
  place: string | undefined,
  scope: LedgerScope,
  { env, s3, signal }: LedgerMeans,
): Promise<LedgerStore> {
  if (place === undefined) return ledgerInFolder(join(stateFolder(env), 'ledger'), scope);
  const bucket = bucketOf(place);
  if (bucket === undefined) return ledgerInFolder(folderOf(place, env), scope);
  return ledgerInBucket(await s3(), bucket, scope, signal);
}

/** The bucket that is meant, or `undefined` for a folder: for the policy that is printed. @throws UserError `BAD_LEDGER` */
export function bucketOf(place: string): LedgerBucket | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(place)?.[1];
  if (scheme === undefined) {
    if (place.trim() === '') throw badLedger('No place was named for the ledger.');
    return undefined;
  }
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/i.exec(place) ?? [];
  if (bucket === undefined) throw badLedger('The place of the ledger is no bucket of S3, and no folder.');
  const prefix = path.split('/').filter((part) => part !== '');
  return { bucket, prefix: prefix.join('/') };
}

/**
 * On a runner of CI what is kept on its disk is lost with it, and with it what values were before.
 *
 * @throws UserError `NO_LEDGER`
 */
export function requireLedger(place: string | undefined, env: NodeJS.ProcessEnv): void {
  if (place !== undefined || !isCi(env)) return;
  throw new UserError('CI is set, and a ledger on this disk would be lost with the runner.', {
    code: 'NO_LEDGER',
    exitCode: EXIT.usage,
    suggestions: ['Pass --ledger s3://bucket/prefix, or set optimize.ledger in the configuration'],
  });
}

function folderOf(place: string, env: NodeJS.ProcessEnv): string {
  const home = /^~(?=\/|$)/;
  return resolve(place.replace(home, () => env['HOME'] ?? homedir()));
}

function badLedger(message: string): UserError {
  return new UserError(message, {
    code: 'BAD_LEDGER',
    exitCode: EXIT.usage,
    suggestions: ['Give a bucket, as in s3://bucket/prefix', 'Give a folder, as in /srv/ledger'],
  });
}
