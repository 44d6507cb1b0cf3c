/** Objects in S3: written, written only where they are new or as they were last seen, read back and listed. */
import type { S3Client } from '@aws-sdk/client-s3';

import type { Call } from './call.ts';
import { present } from './errors.ts';

const OBJECTS = 'arn:{partition}:s3:::{bucket}/*';

export const PUT_OBJECT: Call = { operation: 'PutObject', action: 's3:PutObject', resource: OBJECTS };
export const GET_OBJECT: Call = { operation: 'GetObject', action: 's3:GetObject', resource: OBJECTS };

/** Without it, S3 says of an object that is not there that access is denied. */
export const LIST_OBJECTS: Call = {
  operation: 'ListObjectsV2',
  action: 's3:ListBucket',
  resource: 'arn:{partition}:s3:::{bucket}',
};

export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
}

export interface ObjectBody {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  readonly contentEncoding?: 'gzip';
}

export interface PutOptions {
  readonly signal: AbortSignal;
  /** Leave alone what is there already. */
  readonly ifAbsent?: boolean;
  /** Replace only the version with this ETag. */
  readonly ifMatch?: string;
}

/** How often a conditional write is tried that another one is in the way of. */
const TRIES = 3;

/**
 * @returns false where a condition was set that does not hold: it is there already, or is another or gone by now
 * @throws what the call throws
 */
export async function putObject(
  s3: S3Client,
  { bucket, key }: StoredObject,
  { body, contentType, contentEncoding }: ObjectBody,
  { signal, ifAbsent = false, ifMatch }: PutOptions,
): Promise<boolean> {
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  for (let attempt = 1; ; attempt += 1) {
    const request = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: contentType,
      ...(contentEncoding !== undefined && { ContentEncoding: contentEncoding }),
      ...(ifAbsent && { IfNoneMatch: '*' }),
      ...(ifMatch !== undefined && { IfMatch: ifMatch }),
    });
    try {
      const { ETag } = await s3.send(request, { abortSignal: signal });
      present(ETag, 'ETag');
      return true;
    } catch (error) {
      const { name } = error as Error;
      if (name === 'PreconditionFailed') return false;
      // The version to be replaced is gone.
      if (ifMatch !== undefined && name === 'NoSuchKey') return false;
      // Another conditional write of this key is under way; which of the two will hold is not decided yet.
      if (name !== 'ConditionalRequestConflict' || attempt === TRIES) throw error;
    }
  }
}

/**
 * An object as text, or `undefined` where there is none.
 *
 * @throws what the call throws
 */
export async function getText(
  s3: S3Client,
  { bucket, key }: StoredObject,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly etag: string } | undefined> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  try {
    const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    return { text: await present(Body, 'Body').transformToString(), etag: present(ETag, 'ETag') };
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/**
 * The keys under a prefix in the order of their bytes, a page at a time, from the first after `startAfter`.
 *
 * @throws what the call throws
 */
export async function* keysUnder(
  s3: S3Client,
  { bucket, prefix, startAfter }: { readonly bucket: string; readonly prefix: string; readonly startAfter?: string },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { paginateListObjectsV2 } = await import('@aws-sdk/client-s3');
  const request = { Bucket: bucket, Prefix: prefix, ...(startAfter !== undefined && { StartAfter: startAfter }) };
  const pages = paginateListObjectsV2({ client: s3, pageSize: 1000 }, request, { abortSignal: signal });
  for await (const { Contents = [], KeyCount } of pages) {
    // S3 leaves the list out where it is empty, and tells how long it is.
    present(KeyCount, 'KeyCount');
    for (const { Key } of Contents) yield present(Key, 'Key');
  }
}

/**
 * The same, all of them.
 *
 * @throws what the call throws
 */
export async function listKeys(s3: S3Client, bucket: string, prefix: string, signal: AbortSignal): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of keysUnder(s3, { bucket, prefix }, signal)) keys.push(key);
  return keys;
}

export function uriOf({ bucket, key }: StoredObject): string {
  return `s3://${bucket}/${key}`;
}
