/** Everything that is told of a scan: stored, compared, measured, sent. Each sink for itself, and each once. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Evaluation } from '../engine/evaluation.ts';
import type { ScanHead } from '../engine/scan-document.ts';
import { storeChanges, storeEvery } from '../publish/history.ts';
import type { Transition } from '../publish/history.ts';
import { putMetrics } from '../publish/metrics.ts';
import { getText, putObject, uriOf } from '../aws/s3-objects.ts';
import type { StoredObject } from '../aws/s3-objects.ts';
import { claimScan, NO_RECEIPTS, openReceipts, releaseScan } from '../publish/receipts.ts';
import type { Receipts } from '../publish/receipts.ts';
import { scanMetrics } from '../publish/scan-metrics.ts';
import { documentKey, isSuperseded, pointToLatest, storeDocument, storeRecord } from '../publish/scan-store.ts';
import { renderJson } from '../report/json.ts';
import { scanRecord } from '../report/scan-record.ts';
import type { ScanOutcome } from '../scan/run.ts';
import { alertsFor, once, postAlerts, sendAlerts } from './alerts.ts';
import type { Alert } from './alerts.ts';
import type { HistorySettings, MetricSettings } from './configuration.ts';
import { deliver } from './deliveries.ts';
import type { Delivery, Work } from './deliveries.ts';
import type { Invocation } from './invocation.ts';
import type { Log } from './log.ts';
import type { ScanAnswer } from './scan-answer.ts';

/** What a scan goes by when it is filed. */
export interface Filing {
  readonly scanId: string;
  /** Set where it is of a part of the estate: metrics and alerts are of the whole alone. */
  readonly shard?: {
    readonly account?: string | undefined;
    readonly region?: string | undefined;
    readonly rules?: readonly string[] | undefined;
  };
}

/** Bytes of JSON: Lambda takes 6 MB as an answer (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const ANSWER_LIMIT = 5_500_000;

/** What earlier invocations delivered of a scan, and how asking for that went. */
export interface Memory {
  readonly receipts: Receipts;
  /** Set where there is no telling: everything is delivered, and the invocation fails in the end. */
  readonly failure?: Delivery;
  /** Lets an invocation that tries again begin at once. Never throws. */
  release(): Promise<void>;
}

const NO_MEMORY: Memory = { receipts: NO_RECEIPTS, release: async () => {} };

/**
 * Asks the bucket what was delivered. While another invocation for the same event is at work this one waits: it ends with
 * an answer, or it fails and there is something left to do. A sink that works does not wait for a bucket that does not.
 */
export async function remember(filing: Filing, invocation: Invocation): Promise<Memory> {
  const { configuration, clients, log, signal, requestId: holder, startedAt, remaining } = invocation;
  const { bucket } = configuration.results;
  if (bucket === undefined) return NO_MEMORY;
  const scan = nameOf(filing);
  const until = new Date(startedAt.getTime() + remaining());
  const now = () => new Date(until.getTime() - remaining());
  let memory = NO_MEMORY;
  const asked = await deliver(
    'receipts',
    async () => {
      const s3 = await clients.s3();
      for (;;) {
        const claimed = await claimScan(s3, bucket, scan, { holder, now: now(), until }, signal);
        const receipts = await openReceipts(s3, bucket, scan, signal);
        if (claimed || receipts.has(ANSWER)) {
          const release = () => releaseScan(s3, bucket, scan, { holder, now: now() }, signal);
          memory = { receipts, release: () => unlessItFails(release, log) };
          return true;
        }
        log.info('Another invocation is at work on this scan', { scan_id: filing.scanId });
        await sleep(POLL, undefined, { signal });
      }
    },
    log,
  );
  return { ...memory, ...(asked.status === 'failed' && { failure: asked }) };
}

async function unlessItFails(work: () => Promise<void>, log: Log): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn('The claim on the scan could not be released', { error });
  }
}

/** The receipt that everything was delivered. */
export const ANSWER = 'answer';

/** Milliseconds between two looks at what another invocation has done. */
const POLL = 1000;

/** A scan's id, with what tells a shard from the others. */
function nameOf({ scanId, shard }: Filing): string {
  const rules = shard?.rules?.toSorted().join('+');
  return [scanId, shard?.account, shard?.region, rules].filter((part) => part !== undefined).join('-');
}

/**
 * Serves every sink that is configured, side by side; alerts wait for the history, which knows what is new.
 *
 * @returns the answer, with how each sink fared: none throws
 */
export async function publishScan(
  outcome: ScanOutcome,
  filing: Filing,
  invocation: Invocation,
  { receipts, failure }: Memory,
): Promise<ScanAnswer> {
  const { head } = outcome;
  const { configuration, log } = invocation;
  const { results, metrics, alerts, webhooks = [] } = configuration;
  const document =
    results.bucket === undefined
      ? undefined
      : { bucket: results.bucket, key: documentKey(head.report_timestamp, nameOf(filing)) };
  const whole = filing.shard === undefined;
  const sink = (name: string, work: Work) => deliver(name, work, log);

  const changes =
    configuration.history === undefined ? undefined : storeHistory(outcome, configuration.history, invocation);
  const deliveries: Promise<Delivery>[] = failure === undefined ? [] : [Promise.resolve(failure)];
  if (document !== undefined) {
    deliveries.push(sink('results', () => storeResults(outcome, document, whole, invocation)));
  }
  if (changes !== undefined) {
    deliveries.push(
      sink('history', async () => {
        await changes;
        return true;
      }),
    );
  }
  if (whole && metrics !== undefined) {
    deliveries.push(
      sink('metrics', () => once(receipts, 'metrics', () => putScanMetrics(outcome, metrics, invocation))),
    );
  }
  if (whole && (alerts.topicArn !== undefined || webhooks.length > 0)) {
    const link = document === undefined ? undefined : uriOf(document);
    const messages = tellableOf(outcome, changes, link, invocation);
    if (alerts.topicArn !== undefined) {
      deliveries.push(sink('alerts', async () => sendAlerts(await messages, invocation, receipts)));
    }
    for (const webhook of webhooks) {
      const origin = { scanId: head.scan_id, link };
      const post = async () => postAlerts(await messages, webhook, origin, invocation, receipts);
      deliveries.push(sink(`webhook ${webhook.name}`, post));
    }
  }
  return answerOf(outcome, document, await Promise.all(deliveries));
}

async function storeResults(
  { head, evaluations, instances }: ScanOutcome,
  document: StoredObject,
  whole: boolean,
  { configuration, clients, signal }: Invocation,
): Promise<boolean> {
  const store = { s3: await clients.s3(), bucket: document.bucket, signal };
  const fresh = await storeDocument(store, document.key, renderJson({ head, evaluations }));
  if (!whole) return fresh;
  if (configuration.results.records) await storeRecord(store, scanRecord({ head, evaluations }, instances()));
  await pointToLatest(store, head, document.key);
  return fresh;
}

/** What changed, where the table tells: it does where it stores changes. */
async function storeHistory(
  { head, evaluations }: ScanOutcome,
  { table, store }: HistorySettings,
  invocation: Invocation,
): Promise<readonly Transition[] | undefined> {
  const { clients, log, signal } = invocation;
  const dynamodb = await clients.dynamodb();
  const scan = { table, scanId: head.scan_id, evaluatedAt: new Date(head.report_timestamp), signal };
  if (store === 'changes') {
    // A state that a later scan found unchanged still bears its own old time: the table cannot tell.
    if (!(await comesTooLate(head, invocation))) return storeChanges(dynamodb, evaluations, scan);
    log.warn('A later scan was delivered before: nothing of this one is news', { scan_id: head.scan_id });
    return [];
  }
  await storeEvery(dynamodb, evaluations, scan);
  return undefined;
}

/** Where the bucket cannot say, the table's own conditions have to do. */
async function comesTooLate(head: ScanHead, { configuration, clients, signal }: Invocation): Promise<boolean> {
  const { bucket } = configuration.results;
  if (bucket === undefined) return false;
  try {
    return await isSuperseded({ s3: await clients.s3(), bucket, signal }, head.report_timestamp);
  } catch {
    return false;
  }
}

async function putScanMetrics(
  outcome: ScanOutcome,
  choice: MetricSettings,
  { clients, signal }: Invocation,
): Promise<void> {
  const { head, judged, readable } = outcome;
  const instances = [...outcome.instances()];
  const compliant = instances.filter((instance) => instance.compliant).length;
  const counts = { head, judged, readable, instances: { compliant, nonCompliant: instances.length - compliant } };
  const timestamp = new Date(head.report_timestamp);
  await putMetrics(await clients.cloudwatch(), scanMetrics(counts, choice), { timestamp, signal });
}

/** What there is to tell of a scan, once the history has said what is new. */
async function tellableOf(
  { head, evaluations }: ScanOutcome,
  changes: Promise<readonly Transition[] | undefined> | undefined,
  link: string | undefined,
  invocation: Invocation,
): Promise<readonly Alert[]> {
  // Without the history every failure may be news: a message too many is better than one too few.
  const transitions = await changes?.catch(() => undefined);
  const { messages, staying } = alertsFor({ scan: head, evaluations, transitions, link }, invocation.configuration);
  if (staying === undefined || !(await digestIsDue(head, invocation))) return messages;
  return [...messages, staying];
}

/** True for the first scan of a day (UTC) that asks, and for it alone, however often it asks. */
async function digestIsDue(
  { report_timestamp: time, scan_id }: ScanHead,
  { configuration, clients, signal }: Invocation,
): Promise<boolean> {
  const { bucket } = configuration.results;
  if (bucket === undefined) return false;
  const s3 = await clients.s3();
  const marker = { bucket, key: `digests/${time.slice(0, 10)}.json` };
  const body = { body: JSON.stringify({ scan_id }), contentType: 'application/json' };
  if (await putObject(s3, marker, body, { signal, ifAbsent: true })) return true;
  const taken = await getText(s3, marker, signal);
  return taken?.text === body.body;
}

function answerOf(
  { head, evaluations }: ScanOutcome,
  document: StoredObject | undefined,
  deliveries: readonly Delivery[],
): ScanAnswer {
  const { scan_id, report_timestamp, environment, complete, summary, gaps } = head;
  const answer = {
    scan_id,
    report_timestamp,
    environment,
    complete,
    summary: { ...summary },
    gaps: gaps.length,
    deliveries: [...deliveries],
  };
  if (document !== undefined) return { ...answer, document: { ...document } };
  const kept = fitting(evaluations, ANSWER_LIMIT - JSON.stringify(head).length);
  const omitted = evaluations.length - kept.length;
  return { ...answer, scan: { ...head, evaluations: kept }, ...(omitted > 0 && { evaluations_omitted: omitted }) };
}

/** As many of the first as fit into so many bytes of JSON. */
function fitting(evaluations: readonly Evaluation[], limit: number): readonly Evaluation[] {
  let bytes = 0;
  const end = evaluations.findIndex((evaluation) => {
    bytes += Buffer.byteLength(JSON.stringify(evaluation)) + 1;
    return bytes > limit;
  });
  return end === -1 ? evaluations : evaluations.slice(0, end);
}
