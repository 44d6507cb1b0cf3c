/** The remediator: mends what a scan found, as far as the settings allow, and undoes what it did. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

import * as z from 'zod';

import type { Call } from '../aws/call.ts';
import { createClients } from '../aws/clients.ts';
import type { Clients } from '../aws/clients.ts';
import { present } from '../aws/errors.ts';
import { FACT_NAMES } from '../engine/model.ts';
import type { ResourceType } from '../engine/model.ts';
import { SCAN_SCHEMA } from '../engine/scan-document.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import { auditInBucket } from '../remediate/audit-bucket.ts';
import { runIdOf } from '../remediate/audit.ts';
import type { AuditStore } from '../remediate/audit.ts';
import { remediationDocument, undoDocument } from '../remediate/document.ts';
import type { RemediationDocument, UndoDocument } from '../remediate/document.ts';
import { planRemediation } from '../remediate/observe.ts';
import type { OpenPlace } from '../remediate/observe.ts';
import { makeChanges } from '../remediate/run.ts';
import type { RunContext } from '../remediate/run.ts';
import { undoRecords } from '../remediate/undo.ts';
import { UserError } from '../user-error.ts';
import { PUBLISHING_TIME, withDeadline } from './deadline.ts';
import type { Invocation } from './invocation.ts';

/** A scan that the scanner stored. */
export const GET_SCAN: Call = {
  operation: 'GetObject',
  action: 's3:GetObject',
  resource: 'arn:{partition}:s3:::{bucket}/scans/*',
};

const evaluations = z.array(
  z.object({
    rule_id: z.string(),
    severity: z.enum(SEVERITIES),
    status: z.enum(['PASS', 'FAIL', 'NOT_APPLICABLE', 'UNKNOWN', 'WAIVED']),
    message: z.string(),
    resource_type: z.enum(Object.keys(FACT_NAMES) as ResourceType[]),
    resource_id: z.string().min(1),
    resource_arn: z.string().min(1),
    account_id: z.string().regex(/^\d{12}$/),
    region: z.string().min(1),
  }),
);

const scanDocument = z.object({ schema: z.literal(SCAN_SCHEMA), evaluations });

const remediatorEvent = z.union([
  z.object({ scan: z.object({ bucket: z.string().min(1), key: z.string().min(1) }) }),
  z.object({ evaluations }),
  z.object({ undo: z.string().min(1) }),
]);

/**
 * Mends the findings of a scan or of the event itself, or undoes a record or a run. A finding proves nothing: what it is
 * about is read again, so that the same event changes nothing twice.
 *
 * @param clock what the records say of when
 * @throws UserError `BAD_EVENT`, `BAD_SCAN`, `NO_AUDIT_BUCKET` where there is something to change and nowhere to record
 *   it, `NO_AUDIT` where there is nothing to undo
 */
export async function remediate(
  event: unknown,
  invocation: Invocation,
  clock: () => Date,
): Promise<RemediationDocument | UndoDocument> {
  const { data, error } = remediatorEvent.safeParse(event);
  if (data === undefined) {
    throw new UserError('The event is none that the remediator knows.', {
      code: 'BAD_EVENT',
      suggestions: ['Send {"scan": {"bucket", "key"}}, {"evaluations": [...]} or {"undo": "ID"}'],
      cause: error,
    });
  }
  const places = placesOf(invocation);
  try {
    return await withDeadline(invocation.remaining() - PUBLISHING_TIME, async (stop) => {
      const acting = { invocation, clock, open: places.open, stop };
      return 'undo' in data ? undo(data.undo, acting) : mend(await evaluationsOf(data, invocation), acting);
    });
  } finally {
    places.close();
  }
}

interface Acting {
  readonly invocation: Invocation;
  readonly clock: () => Date;
  readonly open: OpenPlace;
  /** No change is begun after that. */
  readonly stop: AbortSignal;
}

async function mend(found: z.output<typeof evaluations>, acting: Acting): Promise<RemediationDocument> {
  const { invocation, clock, open } = acting;
  const { configuration, log, signal, requestId } = invocation;
  const now = clock();
  const plan = await planRemediation(found, { ...configuration, asOf: now }, { open, signal });
  const runId = runIdOf(now, requestId);
  if (plan.changes.length === 0) return remediationDocument(plan, [], { runId });
  const store = await openStore(invocation);
  const results = await makeChanges(plan.changes, runContext(runId, store, acting));
  for (const { change, outcome, message, auditId } of results) {
    const fields = { rule_id: change.rule, resource_arn: change.resource.arn, outcome, message, audit_id: auditId };
    if (outcome === 'failed') log.error('A change failed', fields);
    else log.info('A change was made', fields);
  }
  return remediationDocument(plan, results, { runId, store });
}

async function undo(id: string, acting: Acting): Promise<UndoDocument> {
  const { invocation, clock } = acting;
  const store = await openStore(invocation);
  const records = await store.find(id);
  if (records.length === 0) {
    throw new UserError(`There is no audit record or run ${JSON.stringify(id)} in ${store.place}.`, {
      code: 'NO_AUDIT',
    });
  }
  const results = await undoRecords(records, runContext(runIdOf(clock(), invocation.requestId), store, acting));
  for (const { auditId, outcome, message } of results) {
    const fields = { audit_id: auditId, outcome, message };
    if (outcome === 'failed' || outcome === 'refused') invocation.log.error('A change was not undone', fields);
    else invocation.log.info('A change was undone', fields);
  }
  return undoDocument(results);
}

function runContext(runId: string, store: AuditStore, { invocation, clock, open, stop }: Acting): RunContext {
  const { configuration, account, region, env, signal } = invocation;
  const { accountId, partition } = account;
  const actor = `arn:${partition}:lambda:${region}:${accountId}:function:${env['AWS_LAMBDA_FUNCTION_NAME'] ?? 'unknown'}`;
  return {
    open,
    signal,
    stop,
    store,
    clock,
    identity: { runId, environment: configuration.environment, actor },
    pause: async (milliseconds) => sleep(milliseconds, undefined, { signal }),
  };
}

async function openStore({ configuration, clients, signal }: Invocation): Promise<AuditStore> {
  const bucket = configuration.remediation?.auditBucket;
  if (bucket !== undefined) return auditInBucket(await clients.s3(), bucket, signal);
  throw new UserError('Nothing is changed without a record of it, and remediation.auditBucket is not set.', {
    code: 'NO_AUDIT_BUCKET',
    suggestions: ['Deploy the stack again with this version'],
  });
}

async function evaluationsOf(
  event: { readonly evaluations: z.output<typeof evaluations> } | { readonly scan: { bucket: string; key: string } },
  { clients, signal }: Invocation,
): Promise<z.output<typeof evaluations>> {
  if ('evaluations' in event) return event.evaluations;
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  const s3 = await clients.s3();
  const request = new GetObjectCommand({ Bucket: event.scan.bucket, Key: event.scan.key });
  const { Body } = await s3.send(request, { abortSignal: signal });
  const { data, error } = scanDocument.safeParse(parse(await present(Body, 'Body').transformToByteArray()));
  if (data !== undefined) return data.evaluations;
  throw new UserError(`s3://${event.scan.bucket}/${event.scan.key} is no scan that this version can read.`, {
    code: 'BAD_SCAN',
    cause: error,
  });
}

/** `undefined` for what is no JSON. */
function parse(bytes: Uint8Array): unknown {
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    return JSON.parse(Buffer.from(zipped ? gunzipSync(bytes) : bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The function's own account, in any region; clients of another region than its own last for the invocation. */
function placesOf(invocation: Invocation): { readonly open: OpenPlace; readonly close: () => void } {
  const { account, region: home, env, signal } = invocation;
  const { accountId, partition, credentials } = account;
  const opened = new Map<string, Clients>();
  const clientsOf = (region: string): Clients => {
    if (region === home) return invocation.clients;
    const clients = opened.get(region) ?? createClients({ region, credentials, env, signal });
    opened.set(region, clients);
    return clients;
  };
  return {
    open: async (wanted, region) => {
      if (wanted !== accountId) return undefined;
      return { clients: clientsOf(region), scope: { accountId, partition, region } };
    },
    close: () => {
      for (const clients of opened.values()) clients.destroy();
    },
  };
}
