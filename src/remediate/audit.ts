/** The audit record: written before anything is changed, completed after. Its keys are a public contract. */
import * as z from 'zod';

import { ACTION_IDS } from './change.ts';
import type { Change, Target } from './change.ts';
import type { Json, State } from './state.ts';

const AUDIT_SCHEMA = 'compliancectl.audit/1';

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(json), z.record(z.string(), json)]),
);
const state: z.ZodType<State> = z.record(z.string(), json);

/**
 * `planned` is written before the change: found later, it tells of a run that was cut short. `undoing` is the same for
 * undoing it. `not_applied` is a planned one that never came to pass.
 */
const status = z.enum(['planned', 'applied', 'verified', 'failed', 'undoing', 'undone', 'not_applied']);

const step = z.object({
  status,
  /** ISO 8601, UTC. */
  at: z.string(),
  /** The ARN or the name of who did it. */
  actor: z.string(),
  /** What AWS called the requests that it took. */
  request_ids: z.array(z.string()),
  message: z.string().optional(),
});

const auditRecord = z.object({
  schema: z.literal(AUDIT_SCHEMA),
  id: z.string(),
  run_id: z.string(),
  environment: z.string(),
  /** Who made the change. */
  actor: z.string(),
  status,
  account_id: z.string(),
  region: z.string(),
  rule_id: z.string(),
  action: z.enum(ACTION_IDS),
  resource_type: z.string(),
  resource_id: z.string(),
  resource_arn: z.string(),
  reason: z.string(),
  before: state,
  after: state,
  reversible: z.boolean(),
  request_ids: z.array(z.string()),
  /** What became of it, in order. The last one is the status. */
  steps: z.array(step),
});

export type AuditStatus = z.output<typeof status>;
export type AuditStep = Readonly<z.output<typeof step>>;
export type AuditRecord = Readonly<z.output<typeof auditRecord>>;

/** A record with what its store knows it by: completing it fails where someone else has been there since. */
export interface StoredRecord {
  readonly record: AuditRecord;
  readonly version: string;
}

/** Where records are kept. What a store gives back it has durably. */
export interface AuditStore {
  /** What people are told of it: a folder, or `s3://bucket/audit`. */
  readonly place: string;
  /** @returns `undefined` where there is a record of that id */
  create(record: AuditRecord): Promise<StoredRecord | undefined>;
  /** @throws AuditConflictError where the record is not what it was */
  complete(stored: StoredRecord, record: AuditRecord): Promise<StoredRecord>;
  /** The record of that id, or those of a run of that id, in the order in which they were made. */
  find(id: string): Promise<StoredRecord[]>;
}

/** Someone else has completed the record meanwhile. */
export class AuditConflictError extends Error {
  override readonly name = 'AuditConflictError';
}

/** What a run is called in its records. */
export interface RunIdentity {
  readonly runId: string;
  readonly environment: string;
  readonly actor: string;
}

/**
 * The id of a run, with the day in front by which its records are found: `2026-11-21.6f9d8f4e-...`.
 *
 * @param id the caller's own, unique
 */
export function runIdOf(at: Date, id: string): string {
  return `${at.toISOString().slice(0, 10)}.${id.replaceAll(/[^A-Za-z0-9-]/g, '-')}`;
}

/** The id of a run's record. */
export function recordIdOf(runId: string, number: number): string {
  return `${runId}.${String(number).padStart(4, '0')}`;
}

/** Whether this can be the id of a record or a run: it becomes part of a path. */
export function isAuditId(id: string): boolean {
  return /^\d{4}-\d{2}-\d{2}\.[A-Za-z0-9-]+(?:\.\d{4})?$/.test(id);
}

/** The day that an id begins with. */
export function dayOf(id: string): string {
  return id.slice(0, 10);
}

/** True where `id` is the record's own, or its run's. */
export function isOf(id: string, recordId: string): boolean {
  return recordId === id || recordId.startsWith(`${id}.`);
}

export function plannedRecord(
  id: string,
  change: Change,
  { runId, environment, actor }: RunIdentity,
  at: Date,
): AuditRecord {
  const { resource } = change;
  return {
    schema: AUDIT_SCHEMA,
    id,
    run_id: runId,
    environment,
    actor,
    status: 'planned',
    account_id: resource.accountId,
    region: resource.region,
    rule_id: change.rule,
    action: change.action,
    resource_type: resource.type,
    resource_id: resource.id,
    resource_arn: resource.arn,
    reason: change.reason,
    before: change.before,
    after: change.after,
    reversible: change.reversible,
    request_ids: [],
    steps: [{ status: 'planned', at: at.toISOString(), actor, request_ids: [] }],
  };
}

/** The record with one more step. */
export function withStep(record: AuditRecord, taken: AuditStep): AuditRecord {
  return {
    ...record,
    status: taken.status,
    request_ids: [...record.request_ids, ...taken.request_ids],
    steps: [...record.steps, taken],
  };
}

/** What the record is about. */
export function targetOf(record: AuditRecord): Target {
  return {
    arn: record.resource_arn,
    id: record.resource_id,
    type: record.resource_type,
    accountId: record.account_id,
    region: record.region,
  };
}

export function auditText(record: AuditRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** @throws Error where the text is not a record of ours */
export function parseAudit(text: string): AuditRecord {
  const parsed = auditRecord.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`It is not an audit record: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
