/**
 * The ledger: what every number was before it was changed, written before the call that changes it. There is one open entry for an
 * environment in an account and region, and a run that finds it goes on with it: so lowered values are never taken for the original
 * ones. Its keys are a public contract.
 */
import * as z from 'zod';

import { KINDS } from './model.ts';
import { STEP_IDS } from './step.ts';

export const LEDGER_SCHEMA = 'compliancectl.ledger/1';

const numbers = z.record(z.string(), z.number());
const moment = z.iso.datetime();

/**
 * `planned`: nothing was called yet. `applying`: the call was about to be made. `applied`: AWS took it. `verified`: AWS shows it.
 * `failed`: how far it came is not known; restoring finds out. `restoring`, `restored`: the same on the way back. `gone`: the
 * resource is not there any more.
 */
const stepStatus = z.enum(['planned', 'applying', 'applied', 'verified', 'failed', 'restoring', 'restored', 'gone']);

const ledgerStep = z.object({
  step: z.enum(STEP_IDS),
  kind: z.enum(KINDS),
  resource_type: z.string(),
  resource_id: z.string(),
  /** What people call it, where its id says nothing. */
  resource_name: z.string().optional(),
  resource_arn: z.string(),
  /** What restoring brings back. */
  before: numbers,
  target: numbers,
  status: stepStatus,
  at: moment,
  request_ids: z.array(z.string()),
  message: z.string().optional(),
});

export const ledgerEntry = z.object({
  schema: z.literal(LEDGER_SCHEMA),
  /** `2026-11-21.6f9d8f4e-...`. */
  id: z.string(),
  environment: z.string(),
  account_id: z.string(),
  region: z.string(),
  status: z.enum(['open', 'closed']),
  opened_at: moment,
  closed_at: moment.optional(),
  /** In the order in which they are made. */
  steps: z.array(ledgerStep),
  /** Snapshots that were taken first; nothing here deletes them. */
  snapshots: z.array(z.object({ resource_arn: z.string(), snapshot_id: z.string(), at: moment })),
  /** Every run that wrote here: who, when, what for. */
  runs: z.array(z.object({ run_id: z.string(), at: moment, actor: z.string(), kind: z.enum(['apply', 'restore']) })),
  /** The run that is at work: until then no other may write. */
  lease: z.object({ run_id: z.string(), actor: z.string(), host: z.string(), pid: z.int(), until: moment }).optional(),
});

export type LedgerStepStatus = z.output<typeof stepStatus>;
export type LedgerStep = Readonly<z.output<typeof ledgerStep>>;
export type LedgerEntry = Readonly<z.output<typeof ledgerEntry>>;

/** Whose entries these are. */
export interface LedgerScope {
  readonly environment: string;
  readonly accountId: string;
  readonly region: string;
}

/** An entry with what its store knows it by: replacing it fails where someone else has been there since. */
export interface StoredEntry {
  readonly entry: LedgerEntry;
  readonly version: string;
}

/** Where entries of one scope are kept. What a store gives back it has durably. */
export interface LedgerStore {
  /** What people are told of it: a folder, or `s3://bucket/prefix/...`. */
  readonly place: string;
  /** @throws UserError `LEDGER_DAMAGED` where there is something that is no entry, `LEDGER_OTHER` where it is of another scope */
  readOpen(): Promise<StoredEntry | undefined>;
  /** An entry, open or closed. @throws UserError as `readOpen` does */
  read(id: string): Promise<LedgerEntry | undefined>;
  /** @throws LedgerConflictError where there is an open one already */
  create(entry: LedgerEntry): Promise<StoredEntry>;
  /**
   * Replaces the open entry; a closed one takes its place in the archive, and the next may be created.
   *
   * @throws LedgerConflictError where it is not what it was
   */
  replace(stored: StoredEntry, entry: LedgerEntry): Promise<StoredEntry>;
}

/** Someone else has written meanwhile. */
export class LedgerConflictError extends Error {
  override readonly name = 'LedgerConflictError';
}
