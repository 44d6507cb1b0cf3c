/**
 * A DynamoDB table in memory, with `resource_id` and `evaluation_timestamp` as its key: batches, transactions, the
 * conditions that our own writes have, and the limits of the API. `const table = inMemoryTable(NAME)` in a `describe`
 * stubs every DynamoDB client before each test; `table.items()` is what it holds, `table.requests` what was asked for.
 *
 * `table.fail(…)` makes calls fail, `table.during(…)` does something else before a call is served or before its answer is
 * given (to throw there loses the answer, though the table has changed), `table.take(…)` leaves a part of each batch
 * unprocessed. A call whose signal has been aborted does nothing and rejects, as the SDK's own do.
 */
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type {
  AttributeValue,
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  BatchWriteItemCommandInput,
  BatchWriteItemCommandOutput,
  CancellationReason,
  Put,
  TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';

import { serviceError } from './aws-errors.ts';

export type TableOperation = 'BatchGetItem' | 'BatchWriteItem' | 'TransactWriteItems';

export interface TableRequest {
  readonly operation: TableOperation;
  readonly input: unknown;
}

/** What happens beside a call: each may wait, and may throw. */
export interface Meanwhile {
  /** Before the table is looked at. */
  readonly before?: () => unknown;
  /** When the table has changed, before that is answered. */
  readonly after?: () => unknown;
  /** Answered in the place of DynamoDB, which never sees the call. */
  readonly instead?: object;
  /** For how many calls; for one, where not given. */
  readonly times?: number;
}

export interface InMemoryTable {
  /** Every item as plain values, sorted by key. */
  items(): Record<string, unknown>[];
  /** Every call that was made, in order. */
  readonly requests: readonly TableRequest[];
  /** Lets the next calls of an operation fail: all of them, where not told how many. */
  fail(operation: TableOperation, error: Error, times?: number): void;
  during(operation: TableOperation, meanwhile: Meanwhile): void;
  /** Of each batch only the first so many are read or written from now on. */
  take(operation: 'BatchGetItem' | 'BatchWriteItem', count: number): void;
  /** From now on all goes well: nothing happens beside a call, and batches are taken whole. */
  settle(): void;
  /** As it was before the test: empty, and in order. */
  clear(): void;
}

type Item = Record<string, AttributeValue>;

/** docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const LIMITS = {
  BatchGetItem: { items: 100 },
  BatchWriteItem: { items: 25, bytes: 16 * 1024 ** 2 },
  TransactWriteItems: { items: 100, bytes: 4 * 1024 ** 2 },
};
const ITEM_BYTES = 400 * 1024;
const PARTITION_KEY_BYTES = 2048;
const SORT_KEY_BYTES = 1024;

/** Of our attributes those that no expression may name: docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html */
const RESERVED = new Set(['region', 'status']);

export function inMemoryTable(name: string): InMemoryTable {
  const held = new Map<string, Item>();
  const requests: TableRequest[] = [];
  let taken: { readonly [Operation in TableOperation]?: number } = {};
  let events: { readonly operation: TableOperation; readonly meanwhile: Meanwhile; left: number }[] = [];
  let restore = () => {};

  const settle = (): void => {
    taken = {};
    events = [];
  };
  const clear = (): void => {
    settle();
    held.clear();
    requests.length = 0;
  };
  const during = (operation: TableOperation, meanwhile: Meanwhile): void => {
    events.push({ operation, meanwhile, left: meanwhile.times ?? 1 });
  };

  /** The tables' part of a request; there is no table but one. */
  const ours = <Content>(byTable: Readonly<Record<string, Content>> = {}): Content => {
    const content = byTable[name];
    if (content === undefined || Object.keys(byTable).length > 1) throw tableNotFound();
    return content;
  };

  const batchGet = ({ RequestItems }: BatchGetItemCommandInput): Omit<BatchGetItemCommandOutput, '$metadata'> => {
    const { Keys = [], ProjectionExpression = '', ExpressionAttributeNames = {} } = ours(RequestItems);
    atMost(Keys, 'BatchGetItem');
    eachOnce(Keys, 'Provided list of item keys contains duplicates');
    const words = ProjectionExpression.split(', ');
    if (words.some((word) => RESERVED.has(word))) throw refused('Attribute name is a reserved keyword');
    const attributes = new Set(words.map((word) => ExpressionAttributeNames[word] ?? word));
    const served = Keys.slice(0, taken.BatchGetItem);
    const left = Keys.slice(served.length);
    const found = served.map((key) => held.get(keyOf(key))).filter((item) => item !== undefined);
    return {
      Responses: {
        [name]: found.map((item) => Object.fromEntries(Object.entries(item).filter(([key]) => attributes.has(key)))),
      },
      UnprocessedKeys: left.length === 0 ? {} : { [name]: { ...RequestItems?.[name], Keys: left } },
    };
  };

  const batchWrite = ({ RequestItems }: BatchWriteItemCommandInput): Omit<BatchWriteItemCommandOutput, '$metadata'> => {
    const all = ours(RequestItems);
    const puts = all.map(({ PutRequest }) => PutRequest?.Item ?? unsupported('a batch that deletes'));
    atMost(puts, 'BatchWriteItem');
    eachOnce(puts, 'Provided list of item keys contains duplicates');
    valid(puts, LIMITS.BatchWriteItem.bytes);
    const served = puts.slice(0, taken.BatchWriteItem);
    for (const item of served) held.set(keyOf(item), item);
    const left = all.slice(served.length);
    return { UnprocessedItems: left.length === 0 ? {} : { [name]: left } };
  };

  const transact = ({ TransactItems = [] }: TransactWriteItemsCommandInput): object => {
    const puts = TransactItems.map(({ Put }) => Put ?? unsupported('a transaction of anything but Put'));
    if (puts.some(({ TableName }) => TableName !== name)) throw tableNotFound();
    const items = puts.map(({ Item }) => Item ?? {});
    atMost(items, 'TransactWriteItems');
    eachOnce(items, 'Transaction request cannot include multiple operations on one item');
    valid(items, LIMITS.TransactWriteItems.bytes);
    const reasons = puts.map((put): CancellationReason =>
      holds(put, held.get(keyOf(put.Item ?? {})))
        ? { Code: 'None' }
        : { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
    );
    if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
    for (const item of items) held.set(keyOf(item), item);
    return {};
  };

  beforeEach(() => {
    clear();
    const aws = mockClient(DynamoDBClient);
    restore = () => {
      aws.restore();
    };
    const served =
      <Input>(operation: TableOperation, serve: (input: Input) => object) =>
      async (input: Input): Promise<object> => {
        const signal = signalOf(aws.send.lastCall.args);
        requests.push({ operation, input });
        const event = events.find((set) => set.operation === operation && set.left > 0);
        if (event !== undefined) event.left -= 1;
        unlessAborted(signal);
        await event?.meanwhile.before?.();
        unlessAborted(signal);
        const answer = event?.meanwhile.instead ?? serve(input);
        await event?.meanwhile.after?.();
        return answer;
      };
    aws.on(BatchGetItemCommand).callsFake(served('BatchGetItem', batchGet));
    aws.on(BatchWriteItemCommand).callsFake(served('BatchWriteItem', batchWrite));
    aws.on(TransactWriteItemsCommand).callsFake(served('TransactWriteItems', transact));
  });
  afterEach(() => {
    restore();
  });

  return {
    items: () =>
      [...held].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => unmarshall(item) as Record<string, unknown>),
    requests,
    fail: (operation, error, times = Infinity) => {
      const before = () => {
        throw error;
      };
      during(operation, { before, times });
    },
    during,
    take: (operation, count) => {
      taken = { ...taken, [operation]: count };
    },
    settle,
    clear,
  };
}

/** A cancelled transaction, as AWS answers it: a reason for each of its items, `None` where it is not to blame. */
export function cancelled(reasons: readonly CancellationReason[]): Error {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new TransactionCanceledException({
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: [...reasons],
    $metadata: { httpStatusCode: 400 },
  });
}

export function tableNotFound(): Error {
  return serviceError('ResourceNotFoundException', 400, 'Requested resource not found');
}

/** The conditions that we write, and no others. */
function holds(
  { ConditionExpression: condition, ExpressionAttributeValues: values = {} }: Put,
  item: Item | undefined,
): boolean {
  if (condition === undefined) return true;
  if (condition === 'attribute_not_exists(resource_id)') return item === undefined;
  if (condition !== 'digest = :digest AND evaluated_at = :evaluated_at') return unsupported(condition);
  return ['digest', 'evaluated_at'].every(
    (name) => item?.[name]?.S !== undefined && item[name].S === values[`:${name}`]?.S,
  );
}

function keyOf({ resource_id: partition, evaluation_timestamp: sort }: Item): string {
  return `${partition?.S} ${sort?.S}`;
}

function atMost(items: readonly Item[], operation: TableOperation): void {
  if (items.length === 0 || items.length > LIMITS[operation].items) {
    throw refused(`Too many items requested for the ${operation} call`);
  }
}

function eachOnce(items: readonly Item[], message: string): void {
  if (new Set(items.map(keyOf)).size < items.length) throw refused(message);
}

function valid(items: readonly Item[], limit: number): void {
  for (const item of items) {
    if (
      !between(item['resource_id']?.S, PARTITION_KEY_BYTES) ||
      !between(item['evaluation_timestamp']?.S, SORT_KEY_BYTES)
    )
      throw refused('One or more parameter values were invalid: the size of a key');
    if (sizeOf(item) > ITEM_BYTES) throw refused('Item size has exceeded the maximum allowed size');
  }
  if (items.reduce((sum, item) => sum + sizeOf(item), 0) > limit) throw refused('Request size is over the limit');
}

function between(key: string | undefined, limit: number): boolean {
  return key !== undefined && key !== '' && Buffer.byteLength(key) <= limit;
}

/** Bytes, as docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html counts them. */
function sizeOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

function valueSize({ S, N, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (L !== undefined) return L.reduce((sum, value) => sum + 1 + valueSize(value), 3);
  if (M !== undefined) return 3 + Object.keys(M).length + sizeOf(M);
  return 1;
}

function refused(message: string): Error {
  return serviceError('ValidationException', 400, message);
}

function unsupported(what: string): never {
  throw new Error(`The table in memory does not know ${what}.`);
}

function signalOf([, options]: readonly unknown[]): AbortSignal | undefined {
  return (options as { readonly abortSignal?: AbortSignal } | undefined)?.abortSignal;
}

function unlessAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new DOMException('Request aborted', 'AbortError');
}
