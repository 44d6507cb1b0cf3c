/**
 * The DynamoDB sink. An item of the history has the key (resource ARN, `{ISO ms}#{rule}#{scan}`), so that several rules on one
 * resource at one instant, and a repeated scan, overwrite nothing; the current state of a rule on a resource has the sort
 * key `CURRENT#{rule}`.
 */
import { createHash } from 'node:crypto';

import type { AttributeValue, DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';

import type { Call } from '../aws/call.ts';
import { mapConcurrently } from '../aws/concurrency.ts';
import { present } from '../aws/errors.ts';
import { patience } from '../aws/retry.ts';
import { changeSince } from '../engine/baseline.ts';
import type { Evaluation, Status } from '../engine/evaluation.ts';
import type { FailureFact } from '../engine/verdict.ts';

const TABLE = 'arn:{partition}:dynamodb:{region}:{account}:table/compliance-history-*';

/** What storing every evaluation calls. */
export const STORE_EVERY: readonly Call[] = [
  { operation: 'BatchWriteItem', action: 'dynamodb:BatchWriteItem', resource: TABLE },
];

/** What storing changes calls. A transaction has no action of its own: it needs those of what it does. */
export const STORE_CHANGES: readonly Call[] = [
  { operation: 'BatchGetItem', action: 'dynamodb:BatchGetItem', resource: TABLE },
  { operation: 'TransactWriteItems', action: 'dynamodb:PutItem', resource: TABLE },
];

export interface HistoryScan {
  readonly table: string;
  readonly scanId: string;
  /** As of when the resources were judged. */
  readonly evaluatedAt: Date;
  readonly signal: AbortSignal;
  /** The evaluations know no more than a status: the same one is the same verdict, whatever else the table holds. */
  readonly statusAlone?: boolean;
}

/** An evaluation that is not what the table last held. */
export interface Transition {
  readonly evaluation: Evaluation;
  /** For a failure: what it is, measured against the last verdict that was decided. */
  readonly change?: 'new' | 'worse';
}

/** Items that one call takes (docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html). */
const BATCH_WRITE = 25;
const BATCH_GET = 100;
/** A transaction takes 100 items; each change is two of them. */
const TRANSACTION = 25;

const BATCHES_AT_ONCE = 8;

/** How often a batch is tried that the table, or another scan, keeps refusing in part. */
const ROUNDS = 8;

/** What one verdict may bring: of the longest ones, 25 changes fit into the 4 MB of a transaction. */
const LONGEST_MESSAGE = 4000;
const FACTS_BYTES = 32_768;

/**
 * Stores every evaluation.
 *
 * @throws what the calls throw, and an error where the table did not take all of them
 */
export async function storeEvery(
  dynamodb: DynamoDBClient,
  evaluations: readonly Evaluation[],
  scan: HistoryScan,
): Promise<void> {
  const { BatchWriteItemCommand } = await import('@aws-sdk/client-dynamodb');
  const { marshall } = await import('@aws-sdk/util-dynamodb');
  await mapConcurrently(chunks(byKey(evaluations), BATCH_WRITE), BATCHES_AT_ONCE, async (batch) => {
    let left = batch.map((evaluation) => ({ PutRequest: { Item: marshall(historyItem(evaluation, scan)) } }));
    for (let round = 0; left.length > 0; round += 1) {
      if (round === ROUNDS) throw new Error(`The table ${scan.table} did not take ${left.length} evaluations.`);
      await patience(round, scan.signal);
      const request = new BatchWriteItemCommand({ RequestItems: { [scan.table]: left } });
      const { UnprocessedItems } = await dynamodb.send(request, { abortSignal: scan.signal });
      left = (present(UnprocessedItems, 'UnprocessedItems')[scan.table] ?? []) as typeof left;
    }
  });
}

/**
 * Stores what is not as the table last held it, and gives that. A change and the new current state are written together
 * or not at all, on condition that the current state is still the one that was compared: of two scans at once each change
 * is stored by one, and never an older verdict over a newer. What this very scan has stored before, in an invocation that
 * failed later, is given again.
 *
 * @throws what the calls throw, and an error where the table, or another scan, kept getting in the way
 */
export async function storeChanges(
  dynamodb: DynamoDBClient,
  evaluations: readonly Evaluation[],
  scan: HistoryScan,
): Promise<Transition[]> {
  const batches = await mapConcurrently(chunks(byKey(evaluations), BATCH_GET), BATCHES_AT_ONCE, async (batch) => {
    const transitions: Transition[] = [];
    let left = batch;
    for (let round = 0; left.length > 0; round += 1) {
      if (round === ROUNDS) throw new Error(`The table ${scan.table} did not take ${left.length} changes.`);
      await patience(round, scan.signal);
      const states = await currentStates(dynamodb, left, scan);
      const compared = left.map((evaluation) => compare(evaluation, states.get(keyOf(evaluation)), scan));
      transitions.push(...compared.flatMap(({ stored }) => stored ?? []));
      const changes = compared.flatMap(({ change }) => change ?? []);
      const refused: Evaluation[] = [];
      for (const some of chunks(changes, TRANSACTION)) {
        const taken = await writeTogether(dynamodb, some, scan);
        transitions.push(...taken.map(({ transition }) => transition));
        const written = new Set(taken);
        refused.push(...some.filter((change) => !written.has(change)).map(({ transition }) => transition.evaluation));
      }
      left = refused;
    }
    return transitions;
  });
  return batches.flat();
}

/** The current state of a rule on a resource, as far as comparing needs it. */
interface State {
  readonly scanId: string;
  readonly evaluatedAt: string;
  readonly digest: string;
  readonly status: Status;
  /** The last verdict that was one, whatever could not be read since; absent where there was none yet. */
  readonly decided?: Decided;
  /** The one before it. */
  readonly before?: Decided;
}

interface Decided {
  readonly status: Status;
  readonly severity: Evaluation['severity'];
  /** Keys of the facts of a failure; absent where its status was all that was known. */
  readonly facts?: readonly string[];
}

interface Change {
  readonly transition: Transition;
  /** What the current state was: the condition that it is written on. */
  readonly was: State | undefined;
  readonly becomes: State;
}

function compare(
  evaluation: Evaluation,
  was: State | undefined,
  { scanId, evaluatedAt, statusAlone = false }: HistoryScan,
): { readonly change?: Change; readonly stored?: Transition } {
  const digest = digestOf(evaluation);
  if (was?.scanId === scanId) return { stored: transitionFrom(was.before, evaluation) };
  if (was !== undefined && (was.digest === digest || was.evaluatedAt >= evaluatedAt.toISOString())) return {};
  if (statusAlone && was?.status === evaluation.status) return {};
  // What could not be read is no verdict: a failure before it and one after it are the same failure.
  const decided = evaluation.status === 'UNKNOWN' ? was?.decided : decidedBy(evaluation, statusAlone);
  const becomes = {
    scanId,
    evaluatedAt: evaluatedAt.toISOString(),
    digest,
    status: evaluation.status,
    ...(decided !== undefined && { decided }),
    ...(was?.decided !== undefined && { before: was.decided }),
  };
  return { change: { transition: transitionFrom(was?.decided, evaluation), was, becomes } };
}

function transitionFrom(before: Decided | undefined, evaluation: Evaluation): Transition {
  if (evaluation.status !== 'FAIL') return { evaluation };
  const facts = keptFacts(evaluation);
  // Where the facts of the failure before are not known, these are no news.
  const failing =
    before?.status === 'FAIL' ? { severity: before.severity, facts: before.facts?.map(factOf) ?? facts } : undefined;
  const change = changeSince(failing, { ...evaluation, facts });
  return change === 'unchanged' ? { evaluation } : { evaluation, change };
}

const factOf = (key: string) => ({ key, message: '' });

function decidedBy(evaluation: Evaluation, statusAlone: boolean): Decided {
  const { status, severity } = evaluation;
  return { status, severity, ...(!statusAlone && { facts: keptFacts(evaluation).map(({ key }) => key) }) };
}

/** What makes two verdicts the same: a message may name what is wrong where there are no facts. */
function digestOf(evaluation: Evaluation): string {
  const { status, severity, message } = evaluation;
  const keys = keptFacts(evaluation)
    .map(({ key }) => key)
    .toSorted();
  return createHash('sha256')
    .update(JSON.stringify([status, severity, cut(message), keys]))
    .digest('hex');
}

/** As many facts as an item has room for: the same ones, in whatever order AWS answered. */
function keptFacts({ facts = [] }: Evaluation): FailureFact[] {
  const all = facts.map(({ key, message }) => ({ key, message: cut(message) }));
  let bytes = 0;
  const kept = new Set(
    all
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .filter((fact) => {
        bytes += Buffer.byteLength(JSON.stringify(fact));
        return bytes <= FACTS_BYTES;
      }),
  );
  return all.filter((fact) => kept.has(fact));
}

async function currentStates(
  dynamodb: DynamoDBClient,
  evaluations: readonly Evaluation[],
  { table, signal }: HistoryScan,
): Promise<Map<string, State>> {
  const { BatchGetItemCommand } = await import('@aws-sdk/client-dynamodb');
  const { marshall, unmarshall } = await import('@aws-sdk/util-dynamodb');
  const states = new Map<string, State>();
  let left: Record<string, AttributeValue>[] = evaluations.map((evaluation) => marshall(currentKey(evaluation)));
  for (let round = 0; left.length > 0; round += 1) {
    if (round === ROUNDS) throw new Error(`The table ${table} did not give ${left.length} items.`);
    await patience(round, signal);
    const request = new BatchGetItemCommand({
      RequestItems: {
        [table]: {
          Keys: left,
          // A retry must see what the first attempt wrote a moment ago.
          ConsistentRead: true,
          // `status` is a word of DynamoDB's own.
          ExpressionAttributeNames: { '#status': 'status' },
          ProjectionExpression:
            'resource_id, evaluation_timestamp, scan_id, evaluated_at, digest, #status, decided, decided_before',
        },
      },
    });
    const { Responses, UnprocessedKeys } = await dynamodb.send(request, { abortSignal: signal });
    for (const item of present(Responses, 'Responses')[table] ?? []) {
      const read = unmarshall(item) as Readonly<Record<string, unknown>>;
      states.set(`${String(read['resource_id'])} ${String(read['evaluation_timestamp'])}`, stateOf(read));
    }
    left = present(UnprocessedKeys, 'UnprocessedKeys')[table]?.Keys ?? [];
  }
  return states;
}

function stateOf(item: Readonly<Record<string, unknown>>): State {
  const { scan_id: scanId, evaluated_at: evaluatedAt, digest, status, decided, decided_before: before } = item;
  return {
    scanId: String(scanId),
    evaluatedAt: String(evaluatedAt),
    digest: String(digest),
    status: status as Status,
    ...(decided !== undefined && { decided: decided as Decided }),
    ...(before !== undefined && { before: before as Decided }),
  };
}

/** Writes changes in one transaction, less those that cannot be written this moment; gives those that were. */
async function writeTogether(
  dynamodb: DynamoDBClient,
  changes: readonly Change[],
  scan: HistoryScan,
): Promise<readonly Change[]> {
  const { TransactionCanceledException, TransactWriteItemsCommand } = await import('@aws-sdk/client-dynamodb');
  const { marshall } = await import('@aws-sdk/util-dynamodb');
  const put = (item: object): Record<string, AttributeValue> => marshall(item, { removeUndefinedValues: true });
  let left = changes;
  while (left.length > 0) {
    const TransactItems = left.flatMap((change): TransactWriteItem[] => [
      { Put: { TableName: scan.table, Item: put(currentItem(change, scan)), ...conditionOf(change) } },
      { Put: { TableName: scan.table, Item: put(historyItem(change.transition.evaluation, scan)) } },
    ]);
    try {
      await dynamodb.send(new TransactWriteItemsCommand({ TransactItems }), { abortSignal: scan.signal });
      return left;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = error.CancellationReasons ?? [];
      const blamed = (index: number) => reasons.slice(2 * index, 2 * index + 2);
      const taken = left.filter((_, index) => !blamed(index).some(({ Code = '' }) => PASSING.has(Code)));
      if (taken.length === left.length) throw error;
      left = taken;
    }
  }
  return left;
}

/**
 * Why a change was not taken that may be in another round: its state is another by now, is being changed this moment, or
 * the table is busy (docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html).
 */
const PASSING = new Set([
  'ConditionalCheckFailed',
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);

function conditionOf({ was }: Change) {
  if (was === undefined) return { ConditionExpression: 'attribute_not_exists(resource_id)' };
  return {
    ConditionExpression: 'digest = :digest AND evaluated_at = :evaluated_at',
    ExpressionAttributeValues: { ':digest': { S: was.digest }, ':evaluated_at': { S: was.evaluatedAt } },
  };
}

function currentItem({ transition, becomes }: Change, scan: HistoryScan): object {
  const { digest, decided, before } = becomes;
  return {
    ...historyItem(transition.evaluation, scan),
    ...currentKey(transition.evaluation),
    digest,
    decided,
    decided_before: before,
  };
}

function currentKey({ resource_arn: arn, rule_id: rule }: Evaluation) {
  return { resource_id: arn, evaluation_timestamp: `CURRENT#${rule}` };
}

function keyOf(evaluation: Evaluation): string {
  const { resource_id: arn, evaluation_timestamp: sort } = currentKey(evaluation);
  return `${arn} ${sort}`;
}

/** AWS Config's words for a status: what those who know its tables look for. */
const COMPLIANCE_TYPE: Readonly<Record<Status, string>> = {
  PASS: 'COMPLIANT',
  FAIL: 'NON_COMPLIANT',
  NOT_APPLICABLE: 'NOT_APPLICABLE',
  UNKNOWN: 'INSUFFICIENT_DATA',
  WAIVED: 'NOT_APPLICABLE',
};

function historyItem(evaluation: Evaluation, { scanId, evaluatedAt }: HistoryScan) {
  const at = evaluatedAt.toISOString();
  return {
    resource_id: evaluation.resource_arn,
    evaluation_timestamp: `${at}#${evaluation.rule_id}#${scanId}`,
    rule_id: evaluation.rule_id,
    scan_id: scanId,
    evaluated_at: at,
    status: evaluation.status,
    compliance_type: COMPLIANCE_TYPE[evaluation.status],
    severity: evaluation.severity,
    category: evaluation.category,
    resource_type: evaluation.resource_type,
    resource_name: evaluation.resource_id,
    account_id: evaluation.account_id,
    region: evaluation.region,
    message: cut(evaluation.message),
    facts: keptFacts(evaluation),
    fingerprint: evaluation.fingerprint,
  };
}

function cut(text: string): string {
  return text.slice(0, LONGEST_MESSAGE);
}

/** Each key once, as the API demands; an account that is entered by two roles gives each of its resources twice. */
function byKey(evaluations: readonly Evaluation[]): Evaluation[] {
  return [...new Map(evaluations.map((evaluation) => [keyOf(evaluation), evaluation])).values()];
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
