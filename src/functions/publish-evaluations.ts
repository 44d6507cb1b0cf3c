/** What is told of evaluations that are no scan: of a Config rule's run, or of one resource that changed. */
import type { Evaluation } from '../engine/evaluation.ts';
import { changeMetrics } from '../publish/change-metrics.ts';
import { storeChanges, storeEvery } from '../publish/history.ts';
import type { Transition } from '../publish/history.ts';
import { putMetrics } from '../publish/metrics.ts';
import { NO_RECEIPTS, openReceipts } from '../publish/receipts.ts';
import type { Receipts } from '../publish/receipts.ts';
import { alertsFor, once, postAlerts, sendAlerts } from './alerts.ts';
import type { ChangePublication } from './config-processor.ts';
import type { Publication } from './config-evaluator.ts';
import { deliver, DeliveryError } from './deliveries.ts';
import type { Delivery } from './deliveries.ts';
import type { Invocation } from './invocation.ts';

/**
 * Stores evaluations and alerts of those that fail, as the configuration says. The same publication again stores nothing
 * twice, and with a bucket to remember it in, tells nothing twice.
 *
 * @throws DeliveryError where a sink failed, after the others were served
 */
export async function publishEvaluations(
  evaluations: readonly Evaluation[],
  publication: Publication,
  invocation: Invocation,
): Promise<void> {
  const changes = store(evaluations, publication, invocation);
  const stored = deliver(
    'history',
    async () => {
      await changes;
      return true;
    },
    invocation.log,
  );
  const transitions = await changes.catch(() => undefined);
  const told = await tell(evaluations, transitions, publication, invocation);
  failWith([await stored, ...told]);
}

/**
 * Stores what AWS Config says of one resource, counts the change, and alerts of a failure that is news. Config tells less than our own rules
 * do: where the table holds the same status, it holds the same verdict.
 *
 * @returns `stale` where the table holds that verdict, or one that is not older
 * @throws what the calls of the table throw; DeliveryError where somebody could not be told
 */
export async function publishComplianceChange(
  evaluations: readonly [Evaluation],
  publication: ChangePublication,
  invocation: Invocation,
): Promise<'stored' | 'stale'> {
  const transitions = await store(evaluations, publication, invocation, { statusAlone: true });
  if (transitions?.length === 0) return 'stale';
  const [told, counted] = await Promise.all([
    tell(evaluations, transitions, publication, invocation),
    count(evaluations[0], publication, invocation),
  ]);
  failWith([...told, ...counted]);
  return 'stored';
}

/** Puts the metrics of a change, as of now: an event may have waited longer than CloudWatch takes the times of. */
async function count(evaluation: Evaluation, { scanId }: Publication, invocation: Invocation): Promise<Delivery[]> {
  const { configuration, clients, log, signal, startedAt: timestamp } = invocation;
  const metrics = changeMetrics(evaluation, configuration.environment);
  if (configuration.metrics === undefined || metrics.length === 0) return [];
  const work = async () => {
    const receipts = await receiptsOf(scanId, invocation);
    return once(receipts, 'metrics', async () =>
      putMetrics(await clients.cloudwatch(), metrics, { timestamp, signal }),
    );
  };
  return [await deliver('metrics', work, log)];
}

function failWith(deliveries: readonly Delivery[]): void {
  if (deliveries.some(({ status }) => status === 'failed')) throw new DeliveryError(deliveries);
}

/** What changed, where a table tells: it does where it stores changes. */
async function store(
  evaluations: readonly Evaluation[],
  { scanId, evaluatedAt }: Publication,
  { configuration: { history }, clients, signal }: Invocation,
  options?: { readonly statusAlone: boolean },
): Promise<readonly Transition[] | undefined> {
  if (history === undefined) return undefined;
  const dynamodb = await clients.dynamodb();
  const scan = { table: history.table, scanId, evaluatedAt, signal, ...options };
  if (history.store === 'changes') return storeChanges(dynamodb, evaluations, scan);
  await storeEvery(dynamodb, evaluations, scan);
  return undefined;
}

/** Tells everyone who is configured, side by side. */
async function tell(
  evaluations: readonly Evaluation[],
  transitions: readonly Transition[] | undefined,
  { scanId, evaluatedAt }: Publication,
  invocation: Invocation,
): Promise<Delivery[]> {
  const { configuration, log } = invocation;
  const { environment, alerts, webhooks = [] } = configuration;
  const scan = {
    environment,
    accounts: [...new Set(evaluations.map(({ account_id: id }) => id))],
    regions: [...new Set(evaluations.map(({ region }) => region))],
    report_timestamp: evaluatedAt.toISOString(),
    complete: true,
    gaps: [],
  };
  const { messages } = alertsFor({ scan, evaluations, transitions }, configuration);
  if (messages.length === 0) return [];
  const receipts = receiptsOf(scanId, invocation);
  const topic = async () => sendAlerts(messages, invocation, await receipts);
  return Promise.all([
    ...(alerts.topicArn === undefined ? [] : [deliver('alerts', topic, log)]),
    ...webhooks.map((webhook) => {
      const post = async () => postAlerts(messages, webhook, { scanId }, invocation, await receipts);
      return deliver(`webhook ${webhook.name}`, post, log);
    }),
  ]);
}

async function receiptsOf(scanId: string, { configuration, clients, signal }: Invocation): Promise<Receipts> {
  const { bucket } = configuration.results;
  return bucket === undefined ? NO_RECEIPTS : openReceipts(await clients.s3(), bucket, scanId, signal);
}
