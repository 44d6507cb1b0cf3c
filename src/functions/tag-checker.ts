/** The tag checker: an instance that changes its state is judged by its tags, as they are when it is looked at. */
import { Evaluator } from '../engine/evaluate.ts';
import type { Status } from '../engine/evaluation.ts';
import type { Ec2Instance } from '../engine/model.ts';
import { ec2RequiredTags } from '../engine/rules/ec2-required-tags.ts';
import { WaiverBook } from '../engine/waivers.ts';
import { instancePages } from '../inventory/collectors/ec2-instances.ts';
import { namedInstances } from '../inventory/named-instances.ts';
import { invalidTags, missingTags } from '../report/tag-check.ts';
import { UserError } from '../user-error.ts';
import type { Invocation } from './invocation.ts';
import { OutOfTimeError, publishTagChecks, TIME_TO_BEGIN } from './publish-tag-checks.ts';
import type { EventCheck } from './publish-tag-checks.ts';
import { changeOf, isBatch, recordsOf, requestOf } from './tag-event.ts';
import type { DirectRequest, QueuedChange, QueueRecord } from './tag-event.ts';

/** What Lambda is told of a queue's batch: the records that are to come again. */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What whoever invokes the function without the queue is told. */
export interface TagCheckAnswer {
  /** 404 where the instance is not there. */
  readonly statusCode: 200 | 404;
  readonly message: string;
  /** Instances that were judged; those that are waived count for neither of the other two. */
  readonly checked: number;
  readonly compliant: number;
  readonly nonCompliant: number;
}

/** Milliseconds for which EC2 may not know an instance yet that it has told of. */
const EVENTUALLY = 5 * 60_000;

/**
 * Checks the instances of a queue's batch, that of an event, or all that run. Of a batch, records that cannot be followed, and
 * those whose checks failed, come again, and end in the dead-letter queue.
 *
 * @throws UserError for an event that is none; for a configuration without the rule
 * @throws what EC2, CloudWatch or SNS throws, where nothing of the event, or of the batch, succeeded: Lambda's count of
 *   errors, which the alarm watches, knows of no failed records
 */
export async function runTagChecker(event: unknown, invocation: Invocation): Promise<BatchAnswer | TagCheckAnswer> {
  return isBatch(event)
    ? checkBatch(recordsOf(event), invocation)
    : checkDirectly(requestOf(event, invocation), invocation);
}

/**
 * Asks once for all instances of the batch. Written by hand: the batch processor of Powertools works on one record after
 * the other, or on each by itself.
 */
async function checkBatch(records: readonly QueueRecord[], invocation: Invocation): Promise<BatchAnswer> {
  const failed = new Map<string, unknown>();
  const judge = judgeOf(invocation);
  const changes = readChanges(records, failed, invocation);
  const byInstance = Map.groupBy(changes, ({ instanceId }) => instanceId);
  const fail = (some: readonly QueuedChange[], error: unknown) => {
    for (const { messageId } of some) failed.set(messageId, error);
  };
  try {
    const found = await lookUp([...byInstance.keys()], invocation);
    const checks: EventCheck[] = [];
    for (const [instanceId, ofInstance] of byInstance) {
      const instance = found.get(instanceId);
      if (instance === undefined) forget(ofInstance, failed, invocation);
      else checks.push(...judge(instance, filedUnder(ofInstance)));
    }
    for (const [{ instance }, error] of await publishTagChecks(checks, invocation)) {
      const ofInstance = changes.filter(({ instanceId }) => instanceId === instance.id);
      fail(ofInstance, error);
    }
  } catch (error) {
    fail(changes, error);
  }
  const errors = [...failed.values()].filter((error) => isFailureOfAws(error));
  if (failed.size === records.length && errors.length > 0) throw errors[0];
  return {
    batchItemFailures: records
      .filter(({ messageId }) => failed.has(messageId))
      .map(({ messageId }) => ({ itemIdentifier: messageId })),
  };
}

/** What no alarm on errors need hear of: the queue tries again, and its dead-letter queue has an alarm of its own. */
function isFailureOfAws(error: unknown): boolean {
  return !(error instanceof UserError || error instanceof OutOfTimeError || error instanceof NotYetError);
}

/** The instance was told of a moment ago, and EC2 does not know it yet. */
class NotYetError extends Error {
  override readonly name = 'NotYetError';
}

/** A record that cannot be read can never succeed: it fails, so that it ends where someone looks. */
function readChanges(
  records: readonly QueueRecord[],
  failed: Map<string, unknown>,
  invocation: Invocation,
): QueuedChange[] {
  const { log } = invocation;
  return records.flatMap((record) => {
    try {
      const change = changeOf(record, invocation);
      const { eventId, instanceId, state } = change;
      log.info('Event received', { messageId: record.messageId, eventId, instanceId, state });
      return [change];
    } catch (error) {
      log.error('The record is no event of an instance', { messageId: record.messageId, error });
      failed.set(record.messageId, error);
      return [];
    }
  });
}

/**
 * An instance that is gone has no tags to judge - unless it has only just begun to be: EC2 may tell of an instance before
 * it gives it (docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html). The clock is that of the invocation: a
 * record's own times stay what they were, however often it is handed out.
 */
function forget(changes: readonly QueuedChange[], failed: Map<string, unknown>, { log, startedAt }: Invocation): void {
  for (const { messageId, instanceId, state, time } of changes) {
    const begins = state === 'pending' || state === 'running';
    if (begins && startedAt.getTime() - time.getTime() < EVENTUALLY) {
      log.info('Instance is not known yet', { instanceId, messageId });
      failed.set(messageId, new NotYetError(`Instance ${instanceId} is not known yet.`));
    } else {
      log.warn('Instance not found', { instanceId, messageId });
    }
  }
}

/** Several events of one instance are one check, filed under the latest; late ones tell nothing of how it is now. */
function filedUnder(changes: readonly QueuedChange[]): Pick<EventCheck, 'eventId' | 'time' | 'triedBefore'> {
  const latest = changes.reduce((a, b) => (b.time > a.time ? b : a));
  const { eventId, time } = latest;
  return { eventId, time, triedBefore: changes.some(({ receipts }) => receipts > 1) };
}

async function checkDirectly(request: DirectRequest, invocation: Invocation): Promise<TagCheckAnswer> {
  const { eventId, time, instanceId } = request;
  invocation.log.info('Event received', { eventId, instanceId });
  const judge = judgeOf(invocation);
  // Lambda says of no invocation whether it is the second attempt at an event.
  const filing = { eventId, time, triedBefore: true };
  const check = async (instances: readonly Ec2Instance[]): Promise<Status[]> => {
    const checks = instances.flatMap((instance) => judge(instance, filing));
    for (const error of (await publishTagChecks(checks, invocation)).values()) throw error;
    return checks.map(({ evaluation }) => evaluation.status);
  };
  if (instanceId !== undefined) {
    const instance = (await lookUp([instanceId], invocation)).get(instanceId);
    if (instance !== undefined) return answerOf(await check([instance]));
    invocation.log.warn('Instance not found', { instanceId });
    return { ...answerOf([]), statusCode: 404, message: `Instance ${instanceId} was not found.` };
  }
  const statuses: Status[] = [];
  for await (const page of runningInstances(invocation)) {
    for (const { id } of page) invocation.log.info(CHECKING, { instanceId: id });
    statuses.push(...(await check(page)));
  }
  return answerOf(statuses);
}

const CHECKING = 'Checking compliance for instance';

/**
 * @throws OutOfTimeError where there is no time left to begin
 * @throws what EC2 throws, after it was logged
 */
async function lookUp(ids: readonly string[], invocation: Invocation): Promise<ReadonlyMap<string, Ec2Instance>> {
  const { log, remaining } = invocation;
  if (remaining() < TIME_TO_BEGIN) {
    log.warn('There is no time left to begin', { instanceIds: ids });
    throw new OutOfTimeError(`There was no time left to check ${ids.join(', ')}.`);
  }
  for (const instanceId of ids) log.info(CHECKING, { instanceId });
  try {
    return await namedInstances(ids, readingWith(invocation));
  } catch (error) {
    log.error('The instances could not be described', { instanceIds: ids, error });
    throw error;
  }
}

async function* runningInstances(invocation: Invocation): AsyncGenerator<readonly Ec2Instance[]> {
  const running = { Filters: [{ Name: 'instance-state-name', Values: ['running'] }] };
  try {
    yield* instancePages(readingWith(invocation), running);
  } catch (error) {
    invocation.log.error('The instances could not be described', { error });
    throw error;
  }
}

function readingWith({ clients, account, region, signal }: Invocation) {
  const { accountId, partition } = account;
  return { clients, scope: { accountId, partition, region }, signal };
}

const EVERY_STATUS: ReadonlySet<Status> = new Set<Status>(['PASS', 'FAIL', 'UNKNOWN', 'WAIVED', 'NOT_APPLICABLE']);

/** AWS Config's words, as the log has them. */
const COMPLIANCE: Readonly<Record<Status, string>> = {
  PASS: 'COMPLIANT',
  FAIL: 'NON_COMPLIANT',
  UNKNOWN: 'UNKNOWN',
  WAIVED: 'WAIVED',
  NOT_APPLICABLE: 'NOT_APPLICABLE',
};

type Judge = (
  instance: Ec2Instance,
  filing: Pick<EventCheck, 'eventId' | 'time' | 'triedBefore'>,
) => readonly EventCheck[];

/**
 * Judges instances by the one rule, as every scan does, and logs the verdicts.
 *
 * @throws UserError `NO_RULES` where the settings leave the rule out: there is nothing to judge by
 */
function judgeOf({ configuration, log, startedAt }: Invocation): Judge {
  const chosen = configuration.rules.find(({ rule }) => rule.id === ec2RequiredTags.id);
  if (chosen === undefined) {
    throw new UserError(`The settings leave out ${ec2RequiredTags.id}, which is all that the tag checker checks.`, {
      code: 'NO_RULES',
      suggestions: [`Select ${ec2RequiredTags.id} in the settings, and deploy again`],
    });
  }
  const waivers = new WaiverBook(configuration.waivers, startedAt);
  const evaluator = new Evaluator([chosen], { reported: EVERY_STATUS, waivers });
  const { tags: requiredTags } = ec2RequiredTags.parameters.parse(chosen.parameters);
  return (instance, filing) =>
    evaluator.evaluate(instance).map((evaluation) => {
      const check = { ...filing, instance, requiredTags, evaluation };
      const { id: instanceId, state } = instance;
      const fields = { instanceId, state, missingTags: missingTags(check), invalidTags: invalidTags(check) };
      log.info(`Instance ${instanceId} compliance: ${COMPLIANCE[evaluation.status]}`, fields);
      return check;
    });
}

function answerOf(statuses: readonly Status[]): TagCheckAnswer {
  const count = (asked: Status) => statuses.filter((status) => status === asked).length;
  const checked = statuses.length - count('NOT_APPLICABLE');
  return {
    statusCode: 200,
    message: `${checked} ${checked === 1 ? 'instance was' : 'instances were'} checked.`,
    checked,
    compliant: count('PASS'),
    nonCompliant: count('FAIL'),
  };
}
