/**
 * What was delivered of a scan, kept in its bucket: an event that comes twice, or an invocation that is tried again after
 * it failed, sends no metric and no message a second time.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';

import { getText, listKeys, putObject } from '../aws/s3-objects.ts';

export interface Receipts {
  /** True where this delivery was made before. */
  has(delivery: string): boolean;
  /** What was written for it, or `undefined` where it was not made. */
  read<Body>(delivery: string, schema: z.ZodType<Body>): Promise<Body | undefined>;
  write(delivery: string, body: object): Promise<void>;
}

/** Without a bucket nothing can be remembered. */
export const NO_RECEIPTS: Receipts = {
  has: () => false,
  read: async () => undefined,
  write: async () => {},
};

/**
 * The receipts of one scan, or one shard of it: `deliveries/{scan}/{delivery}.json`.
 *
 * @throws what the calls throw
 */
export async function openReceipts(s3: S3Client, bucket: string, scan: string, signal: AbortSignal): Promise<Receipts> {
  const prefix = `deliveries/${scan}/`;
  const keyOf = (delivery: string) => `${prefix}${delivery}.json`;
  const written = new Set(await listKeys(s3, bucket, prefix, signal));
  return {
    has: (delivery) => written.has(keyOf(delivery)),
    read: async (delivery, schema) => {
      if (!written.has(keyOf(delivery))) return undefined;
      const object = await getText(s3, { bucket, key: keyOf(delivery) }, signal);
      return object === undefined ? undefined : schema.parse(JSON.parse(object.text));
    },
    write: async (delivery, body) => {
      const content = { body: JSON.stringify(body), contentType: 'application/json' };
      await putObject(s3, { bucket, key: keyOf(delivery) }, content, { signal });
    },
  };
}

/** Who works on a scan, and until when it may. */
const claimSchema = z.object({ holder: z.string(), until: z.iso.datetime() });

export interface Claim {
  /** The invocation: Lambda tries one that failed again under the same id. */
  readonly holder: string;
  readonly now: Date;
  /** When the invocation ends, whatever becomes of it. */
  readonly until: Date;
}

/**
 * Makes sure that of two invocations for one event, at once, only one works: the other one may, when the first has ended.
 *
 * @returns false where another one holds the scan
 * @throws what the calls throw
 */
export async function claimScan(
  s3: S3Client,
  bucket: string,
  scan: string,
  { holder, now, until }: Claim,
  signal: AbortSignal,
): Promise<boolean> {
  const object = { bucket, key: claimKey(scan) };
  const body = { body: JSON.stringify({ holder, until: until.toISOString() }), contentType: 'application/json' };
  if (await putObject(s3, object, body, { signal, ifAbsent: true })) return true;
  const held = await getText(s3, object, signal);
  if (held === undefined) return false;
  const other = claimSchema.safeParse(parsed(held.text)).data;
  if (other?.holder === holder) return true;
  if (other !== undefined && new Date(other.until) > now) return false;
  return putObject(s3, object, body, { signal, ifMatch: held.etag });
}

/**
 * Lets another invocation have the scan at once: this one has failed, and said so.
 *
 * @throws what the call throws
 */
export async function releaseScan(
  s3: S3Client,
  bucket: string,
  scan: string,
  { holder, now }: Omit<Claim, 'until'>,
  signal: AbortSignal,
): Promise<void> {
  const body = JSON.stringify({ holder, until: now.toISOString() });
  await putObject(s3, { bucket, key: claimKey(scan) }, { body, contentType: 'application/json' }, { signal });
}

function claimKey(scan: string): string {
  return `deliveries/${scan}/claim.json`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
