/**
 * Everything that is told of checks: an object each, two metrics, and a message where an instance falls short.
 *
 * The object is written first, and only where it is absent: the function may put objects and read none, so a refused write
 * is all that tells it that another delivery of the same event was here. That other one may still have ended before it
 * put its metrics or sent its message - but then the queue hands its record out again, and a record that was handed out
 * before is told of whatever lies in the bucket. So nothing that is acknowledged is lost; what a failure can do is to have
 * the metrics, or the message, twice.
 *
 * Two events of one instance within a second, which is how exact their times are, share an object and are told of once.
 */
import { mapConcurrently } from '../aws/concurrency.ts';
import { storeChanges } from '../publish/history.ts';
import { putMetrics } from '../publish/metrics.ts';
import { putObject } from '../aws/s3-objects.ts';
import { NO_RECEIPTS } from '../publish/receipts.ts';
import { tagMetrics } from '../publish/tag-metrics.ts';
import { publishMessage } from '../publish/topic.ts';
import { tagAlert, tagCheckRecord } from '../report/tag-check.ts';
import type { TagCheck } from '../report/tag-check.ts';
import { postAlerts } from './alerts.ts';
import type { Invocation } from './invocation.ts';

/** A check, and the event that it answers. */
export interface EventCheck extends TagCheck {
  readonly eventId: string;
  /** True where an earlier attempt at this event may have ended half-way. */
  readonly triedBefore: boolean;
}

/** What must be done again: each check that failed, with the error of the first sink that did. */
export type Failures = ReadonlyMap<EventCheck, unknown>;

/** There was too little time to begin with a check. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
}

/** Milliseconds without which nothing is begun. */
export const TIME_TO_BEGIN = 5000;

const CHECKS_AT_ONCE = 10;

/**
 * Tells of checks whose instances were judged; the others, on their way out, are of no interest. An object that cannot be
 * written is logged, and the rest goes on (S3-4). A metric or a message that cannot be sent is logged and makes the check
 * fail: each is tried whatever became of the other, so that a topic that is broken hides no metric, and the other way
 * round.
 */
export async function publishTagChecks(checks: readonly EventCheck[], invocation: Invocation): Promise<Failures> {
  const failures = new Map<EventCheck, unknown>();
  const judged = checks.filter(({ evaluation }) => evaluation.status !== 'NOT_APPLICABLE');
  const fresh = await mapConcurrently(judged, CHECKS_AT_ONCE, async (check) => {
    if (invocation.remaining() >= TIME_TO_BEGIN) return (await isNews(check, invocation)) ? [check] : [];
    invocation.log.warn('There is no time left to begin', { instanceIds: [check.instance.id] });
    failures.set(check, new OutOfTimeError(`There was no time left to check ${check.instance.id}.`));
    return [];
  });
  for (const [check, error] of await countAll(fresh.flat(), invocation)) failures.set(check, error);
  for (const [check, error] of await alertAll(fresh.flat(), invocation)) failures.set(check, error);
  return failures;
}

/** Stores the check; false where another delivery of its event has done so, and tells the rest. */
async function isNews(check: EventCheck, { configuration, clients, log, signal }: Invocation): Promise<boolean> {
  const { results, tagChecks } = configuration;
  if (results.bucket === undefined) return true;
  const { instance, time, triedBefore } = check;
  const day = time.toISOString().slice(0, 10);
  const key = `${tagChecks.prefix}${day}/${instance.id}-${time.getTime()}.json`;
  const content = { body: JSON.stringify(tagCheckRecord(check)), contentType: 'application/json' };
  try {
    const object = { bucket: results.bucket, key };
    if ((await putObject(await clients.s3(), object, content, { signal, ifAbsent: true })) || triedBefore) return true;
    log.info('Check was reported before', { instanceId: instance.id, key });
    return false;
  } catch (error) {
    log.error('The check could not be stored', { instanceId: instance.id, key, error });
    return true;
  }
}

/**
 * Puts the metrics of all checks in one go, as of now: the time of an event that waited long is one that no alarm looks at
 * any more, and that CloudWatch refuses when it is two weeks old.
 */
async function countAll(checks: readonly EventCheck[], invocation: Invocation): Promise<Failures> {
  const { configuration, clients, log, signal, startedAt: timestamp } = invocation;
  // A waived failure counts for neither.
  const counted = checks.filter(({ evaluation: { status } }) => status === 'PASS' || status === 'FAIL');
  if (!configuration.tagChecks.metrics || counted.length === 0) return new Map();
  const metrics = counted.flatMap(({ evaluation }) =>
    tagMetrics(evaluation.status === 'PASS', configuration.environment),
  );
  try {
    await putMetrics(await clients.cloudwatch(), metrics, { timestamp, signal });
    return new Map();
  } catch (error) {
    log.error('The metrics could not be put', { instanceIds: counted.map(({ instance }) => instance.id), error });
    return new Map(counted.map((check) => [check, error]));
  }
}

/** Tells everyone who is configured of each failure; a check fails where one of them could not be told. */
async function alertAll(checks: readonly EventCheck[], invocation: Invocation): Promise<Failures> {
  const failures = new Map<EventCheck, unknown>();
  const alarming = (await worthTelling(checks, invocation)).filter(({ evaluation }) => evaluation.status === 'FAIL');
  await mapConcurrently(alarming, CHECKS_AT_ONCE, async (check) => {
    for (const outcome of await Promise.allSettled(tell(check, invocation))) {
      if (outcome.status === 'fulfilled') continue;
      const { instance, evaluation } = check;
      const fields = { instanceId: instance.id, severity: evaluation.severity, error: outcome.reason as unknown };
      invocation.log.error('The alert could not be sent', fields);
      failures.set(check, outcome.reason);
    }
  });
  return failures;
}

/** One promise for the topic, and one for each webhook. */
function tell(check: EventCheck, invocation: Invocation): Promise<unknown>[] {
  const { configuration, clients, log, signal } = invocation;
  const { environment, alerts, webhooks = [] } = configuration;
  const { topicArn, criticalTopicArn = topicArn } = alerts;
  const { eventId: scanId, instance, evaluation } = check;
  const { severity } = evaluation;
  const message = tagAlert(check, environment);
  const publish = async (target: string) => {
    const attributes = { severity, environment };
    await publishMessage(await clients.sns(), target, { ...message, attributes }, signal);
    log.info('SNS notification sent', { instanceId: instance.id, severity });
  };
  const target = severity === 'critical' ? criticalTopicArn : topicArn;
  const { mode } = alerts;
  const alert = { ...message, name: `alert-${instance.id}`, mode, severity, findings: [evaluation] };
  return [
    ...(target === undefined ? [] : [publish(target)]),
    // The object remembers what was told: the role may read nothing.
    ...webhooks.map((webhook) => postAlerts([alert], webhook, { scanId }, invocation, NO_RECEIPTS)),
  ];
}

/**
 * Where changes alone are told, those whose finding is new or worse than the history's. An attempt that failed is handed
 * the same news again under the same event's id. Where the history cannot be asked, everything may be news.
 */
async function worthTelling(checks: readonly EventCheck[], invocation: Invocation): Promise<readonly EventCheck[]> {
  const { configuration, clients, log, signal, startedAt: evaluatedAt } = invocation;
  const { alerts, history } = configuration;
  if (alerts.mode === 'every' || history?.store !== 'changes') return checks;
  const { table } = history;
  const byEvent = [...Map.groupBy(checks, ({ eventId }) => eventId)];
  const telling = await mapConcurrently(byEvent, CHECKS_AT_ONCE, async ([scanId, ofEvent]) => {
    try {
      const evaluations = ofEvent.map(({ evaluation }) => evaluation);
      const scan = { table, scanId, evaluatedAt, signal };
      const transitions = await storeChanges(await clients.dynamodb(), evaluations, scan);
      const news = new Set(
        transitions.filter(({ change }) => change !== undefined).map(({ evaluation }) => evaluation),
      );
      return ofEvent.filter(({ evaluation }) => news.has(evaluation));
    } catch (error) {
      log.error('The history could not be asked', { instanceIds: ofEvent.map(({ instance }) => instance.id), error });
      return ofEvent;
    }
  });
  return telling.flat();
}
