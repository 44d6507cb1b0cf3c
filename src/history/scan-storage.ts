/** Where stored scans lie, laid out the same way: a bucket, or a folder that one was copied to. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import type { S3Client } from '@aws-sdk/client-s3';

import { present } from '../aws/errors.ts';
import { keysUnder } from '../aws/s3-objects.ts';

export interface ScanStorage {
  /** The keys under a prefix, in the order of their bytes, from the first after `prefix + start`. */
  keysAfter(prefix: string, start: string): AsyncIterable<string>;
  /** The bytes behind a key, as they lie there. */
  open(key: string): Promise<AsyncIterable<Uint8Array>>;
}

/** @throws from both what the calls throw */
export function bucketStorage(s3: S3Client, bucket: string, signal: AbortSignal): ScanStorage {
  return {
    keysAfter: (prefix, start) => keysUnder(s3, { bucket, prefix, startAfter: prefix + start }, signal),
    open: async (key) => {
      const { GetObjectCommand } = await import('@aws-sdk/client-s3');
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
      // In Node the body is a stream of bytes, whatever the type says of browsers.
      return present(Body, 'Body') as AsyncIterable<Uint8Array>;
    },
  };
}

/** @throws from both what the file system throws, but for a prefix that is not there: nothing lies under it */
export function folderStorage(folder: string): ScanStorage {
  return {
    keysAfter: async function* (prefix, start) {
      const keys = (await filesUnder(join(folder, prefix))).map((file) => relative(folder, file).split(sep).join('/'));
      yield* keys.filter((key) => key > prefix + start).toSorted();
    },
    open: async (key) => createReadStream(join(folder, key)),
  };
}

/** Every file in a folder and below it. */
export async function filesUnder(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
