/**
 * S3 in memory, as far as objects go: conditional writes, pages, missing keys. `const bucket = inMemoryBucket()` in a
 * `describe` stubs every S3 client before each test; `bucket.objects` is what it holds, `bucket.fail` makes calls fail.
 */
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { GetObjectCommandInput, ListObjectsV2CommandInput, PutObjectCommandInput } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';

import { serviceError } from './aws-errors.ts';

type Operation = 'GetObject' | 'ListObjectsV2' | 'PutObject';

export interface InMemoryBucket {
  /** Bodies by key, in the order in which they were first written. */
  readonly objects: Map<string, string | Uint8Array>;
  /** Every operation that was asked for, each once. */
  readonly operations: ReadonlySet<Operation>;
  /** The inputs of every write, in order. */
  readonly writes: readonly PutObjectCommandInput[];
  /** Makes the calls of an operation fail whose key or prefix begins like this, so many times. */
  fail(operation: Operation, error: Error, options?: { readonly key?: string; readonly times?: number }): void;
}

/** Keys that a listing gives at once. */
const PAGE = 2;

export function inMemoryBucket(): InMemoryBucket {
  const objects = new Map<string, string | Uint8Array>();
  const etags = new Map<string, string>();
  const writes: PutObjectCommandInput[] = [];
  const operations = new Set<Operation>();
  let faults: { readonly operation: Operation; readonly error: Error; readonly key: string; times: number }[] = [];
  let version = 0;
  let restore = () => {};

  const meet = (operation: Operation, key: string): void => {
    operations.add(operation);
    const fault = faults.find((set) => set.operation === operation && set.times > 0 && key.startsWith(set.key));
    if (fault === undefined) return;
    fault.times -= 1;
    throw fault.error;
  };
  /** What a test has put in by itself has one too. */
  const etagOf = (key: string) => etags.get(key) ?? '"0"';
  const put = (input: PutObjectCommandInput) => {
    const { Key = '', Body, IfNoneMatch, IfMatch } = input;
    writes.push(input);
    meet('PutObject', Key);
    if (IfNoneMatch === '*' && objects.has(Key)) throw serviceError('PreconditionFailed', 412, 'At least one failed');
    if (IfMatch !== undefined && etagOf(Key) !== IfMatch)
      throw serviceError('PreconditionFailed', 412, 'At least one failed');
    version += 1;
    const ETag = `"${version}"`;
    objects.set(Key, Body as string | Uint8Array);
    etags.set(Key, ETag);
    return { ETag };
  };
  const get = ({ Key = '' }: GetObjectCommandInput) => {
    meet('GetObject', Key);
    const body = objects.get(Key);
    if (body === undefined) throw serviceError('NoSuchKey', 404, 'The specified key does not exist.');
    return {
      Body: { transformToString: async () => Buffer.from(body as string).toString('utf8') },
      ETag: etagOf(Key),
    };
  };
  const list = ({ Prefix = '', ContinuationToken }: ListObjectsV2CommandInput) => {
    meet('ListObjectsV2', Prefix);
    const keys = [...objects.keys()].filter((key) => key.startsWith(Prefix)).toSorted();
    const start = Number(ContinuationToken ?? 0);
    const page = keys.slice(start, start + PAGE);
    const more = start + PAGE < keys.length;
    return {
      KeyCount: page.length,
      Contents: page.map((Key) => ({ Key })),
      IsTruncated: more,
      ...(more && { NextContinuationToken: String(start + PAGE) }),
    };
  };

  beforeEach(() => {
    const aws = mockClient(S3Client);
    restore = () => {
      aws.restore();
    };
    objects.clear();
    etags.clear();
    writes.length = 0;
    operations.clear();
    faults = [];
    // A call that fails rejects: it does not throw where it is made.
    aws.on(PutObjectCommand).callsFake(async (input: PutObjectCommandInput) => put(input));
    aws.on(GetObjectCommand).callsFake(async (input: GetObjectCommandInput) => get(input));
    aws.on(ListObjectsV2Command).callsFake(async (input: ListObjectsV2CommandInput) => list(input));
  });
  afterEach(() => {
    restore();
  });
  return {
    objects,
    operations,
    writes,
    fail: (operation, error, { key = '', times = Infinity } = {}) => {
      faults.push({ operation, error, key, times });
    },
  };
}
