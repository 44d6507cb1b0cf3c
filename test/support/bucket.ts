/**
 * S3 in memory, as far as objects go: conditional writes, pages, missing keys. `const bucket = inMemoryBucket()` in a
 * `describe` stubs every S3 client before each test; `bucket.objects` is what it holds, `bucket.fail` makes calls fail,
 * and `bucket.during` does something else while one is under way: before a write is decided, after an object was read.
 */
import { Readable } from 'node:stream';

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
  /** While a call of an operation is under way whose key or prefix begins like this, so many times: once if not given. */
  during(operation: Operation, work: () => unknown, options?: { readonly key?: string; readonly times?: number }): void;
}

/** Keys that a listing gives at once. */
const PAGE = 2;

export function inMemoryBucket(): InMemoryBucket {
  const objects = new Map<string, string | Uint8Array>();
  const etags = new Map<string, string>();
  const writes: PutObjectCommandInput[] = [];
  const operations = new Set<Operation>();
  let faults: { readonly operation: Operation; readonly error: Error; readonly key: string; times: number }[] = [];
  let events: { readonly operation: Operation; readonly work: () => unknown; readonly key: string; times: number }[] =
    [];
  let version = 0;
  let restore = () => {};

  const meet = (operation: Operation, key: string): void => {
    operations.add(operation);
    const fault = faults.find((set) => set.operation === operation && set.times > 0 && key.startsWith(set.key));
    if (fault === undefined) return;
    fault.times -= 1;
    throw fault.error;
  };
  const meanwhile = async (operation: Operation, key: string): Promise<void> => {
    const event = events.find((set) => set.operation === operation && set.times > 0 && key.startsWith(set.key));
    if (event === undefined) return;
    event.times -= 1;
    await event.work();
  };
  /** What a test has put in by itself has one too. */
  const etagOf = (key: string) => etags.get(key) ?? '"0"';
  const put = async (input: PutObjectCommandInput) => {
    const { Key = '', Body, IfNoneMatch, IfMatch } = input;
    writes.push(input);
    meet('PutObject', Key);
    const before = objects.has(Key) ? etagOf(Key) : undefined;
    await meanwhile('PutObject', Key);
    const now = objects.has(Key) ? etagOf(Key) : undefined;
    const conditional = IfNoneMatch !== undefined || IfMatch !== undefined;
    // docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    if (conditional && now !== before)
      throw serviceError('ConditionalRequestConflict', 409, 'The conditional request cannot succeed');
    if (IfMatch !== undefined && now === undefined)
      throw serviceError('NoSuchKey', 404, 'The specified key does not exist.');
    if ((IfNoneMatch === '*' && now !== undefined) || (IfMatch !== undefined && now !== IfMatch))
      throw serviceError('PreconditionFailed', 412, 'At least one failed');
    version += 1;
    const ETag = `"${version}"`;
    objects.set(Key, Body as string | Uint8Array);
    etags.set(Key, ETag);
    return { ETag };
  };
  const get = async ({ Key = '' }: GetObjectCommandInput) => {
    meet('GetObject', Key);
    const body = objects.get(Key);
    const ETag = etagOf(Key);
    await meanwhile('GetObject', Key);
    if (body === undefined) throw serviceError('NoSuchKey', 404, 'The specified key does not exist.');
    const bytes = Buffer.from(body as string);
    const Body = Object.assign(Readable.from([bytes]), { transformToString: async () => bytes.toString('utf8') });
    return { Body, ETag };
  };
  const list = ({ Prefix = '', StartAfter = '', ContinuationToken }: ListObjectsV2CommandInput) => {
    meet('ListObjectsV2', Prefix);
    const keys = [...objects.keys()].filter((key) => key.startsWith(Prefix) && key > StartAfter).toSorted();
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
    version = 0;
    faults = [];
    events = [];
    // A call that fails rejects: it does not throw where it is made.
    aws.on(PutObjectCommand).callsFake(put);
    aws.on(GetObjectCommand).callsFake(get);
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
    during: (operation, work, { key = '', times = 1 } = {}) => {
      events.push({ operation, work, key, times });
    },
  };
}
