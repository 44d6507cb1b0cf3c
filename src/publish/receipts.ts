/**
 * What was delivered of a scan, kept in its bucket: an event that comes twice, or an invocation that is tried again after
 * it failed, sends no metric and no message a second time.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import type * as z from 'zod';

import { getText, listKeys, putObject } from './objects.ts';

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
