/** Makes the changes of a plan, one after another: read, record, change, read back, complete the record. */
import { reasonOf } from '../aws/errors.ts';
import type { ActionContext, AnyAction } from './action.ts';
import { actionNamed } from './actions/index.ts';
import { plannedRecord, recordIdOf, withStep } from './audit.ts';
import type { AuditRecord, AuditStatus, AuditStore, RunIdentity, StoredRecord } from './audit.ts';
import type { Change, Target } from './change.ts';
import { outOfReach } from './observe.ts';
import type { Reach } from './observe.ts';
import { sameState, stateText } from './state.ts';
import type { State } from './state.ts';

/** Milliseconds between readings, until AWS shows what it was told: EC2 and RDS need a moment to agree with themselves. */
const READ_BACK_PAUSES = [0, 1000, 2000, 4000, 8000];

export interface RunContext extends Reach {
  readonly store: AuditStore;
  readonly identity: RunIdentity;
  /** Once it is set off no further change is begun; one that is under way is brought to its end. */
  readonly stop: AbortSignal;
  readonly clock: () => Date;
  /** Waits so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

export interface ChangeResult {
  readonly change: Change;
  /** `already`: it was so before anything was done. `not-attempted`: the run was ended first. */
  readonly outcome: 'verified' | 'already' | 'failed' | 'not-attempted';
  /** A sentence. */
  readonly message: string;
  /** The record of it, where there is one. */
  readonly auditId?: string;
}

/**
 * Makes changes in their order. One that fails stops no other: whatever went wrong, a defect of ours among it, is the
 * result of that change, for the records of the rest must be completed all the same.
 */
export async function makeChanges(changes: readonly Change[], context: RunContext): Promise<ChangeResult[]> {
  const results: ChangeResult[] = [];
  let numbered = 0;
  const nextNumber = () => (numbered += 1);
  for (const change of changes) {
    if (context.stop.aborted) {
      results.push({ change, outcome: 'not-attempted', message: 'The run was ended before it was begun.' });
      continue;
    }
    results.push(await makeChange(change, nextNumber, context));
  }
  return results;
}

async function makeChange(change: Change, nextNumber: () => number, context: RunContext): Promise<ChangeResult> {
  const { resource, before, after } = change;
  const failed = (message: string, auditId?: string): ChangeResult => ({
    change,
    outcome: 'failed',
    message,
    ...(auditId !== undefined && { auditId }),
  });
  let stored: StoredRecord | undefined;
  try {
    const acting = await enter(change.action, resource, context);
    const now = await acting.current(before);
    if (now === undefined) return failed(`${resource.id} is not there any more.`);
    if (sameState(now, after)) return { change, outcome: 'already', message: `${resource.id} is so already.` };
    if (!sameState(now, before)) return failed(`It was changed since it was planned: ${stateText(now)}.`);
    stored = await createRecord(change, nextNumber, context);
    return await carryOut(change, stored, acting, context);
  } catch (error) {
    if (stored !== undefined) {
      const { id } = stored.record;
      return failed(`${reasonOf(error)}. Undoing ${id} finds out how far it came.`, id);
    }
    return failed(`Nothing was changed: ${reasonOf(error)}.`);
  }
}

/** From a record that is written to one that is complete. */
async function carryOut(
  change: Change,
  planned: StoredRecord,
  acting: Acting,
  context: RunContext,
): Promise<ChangeResult> {
  const { id: auditId } = planned.record;
  const { before, after } = change;
  const written = await acting.write({ from: before, to: after });
  // A call that failed may have been heard: an answer that never came says nothing about what was done.
  const now = written.error === undefined ? undefined : await acting.current(before).catch(() => 'unknown' as const);
  if (written.error !== undefined && (typeof now !== 'object' || !sameState(now, after))) {
    const known = typeof now === 'object' && sameState(now, before);
    const message = known
      ? `Nothing was changed: ${written.error}.`
      : `${written.error}. Whether it was changed is not known: undoing ${auditId} finds out.`;
    await complete(planned, { status: 'failed', message }, context);
    return { change, outcome: 'failed', message, auditId };
  }
  const applied = await complete(planned, { status: 'applied', requestIds: written.requestIds }, context);
  const shown = await readBack(acting, after, context);
  if (shown !== undefined && sameState(shown, after)) {
    await complete(applied, { status: 'verified' }, context);
    return { change, outcome: 'verified', message: `Changed to ${stateText(after)}, and read back.`, auditId };
  }
  const message = `AWS took the change and shows another state: ${shown === undefined ? 'nothing at all' : stateText(shown)}.`;
  await complete(applied, { status: 'failed', message }, context);
  return { change, outcome: 'failed', message, auditId };
}

/** Takes the next number that no record has: a run that was cut short and is run again finds its first ones taken. */
async function createRecord(
  change: Change,
  nextNumber: () => number,
  { store, identity, clock }: RunContext,
): Promise<StoredRecord> {
  for (;;) {
    const id = recordIdOf(identity.runId, nextNumber());
    const stored = await store.create(plannedRecord(id, change, identity, clock()));
    if (stored !== undefined) return stored;
  }
}

/** An action bound to what it acts on. */
export interface Acting {
  /** How the parts are now; `undefined` where the resource is gone. Throws what its calls throw. */
  current(parts: State): Promise<State | undefined>;
  write(move: {
    readonly from: State;
    readonly to: State;
  }): Promise<{ readonly requestIds: readonly string[]; readonly error?: string }>;
}

/** @throws Error where the account is out of reach, or there is no such action */
export async function enter(id: Change['action'], target: Target, { open, signal }: Reach): Promise<Acting> {
  const place = await open(target.accountId, target.region);
  if (place === undefined) throw new Error(outOfReach(target.accountId));
  const action: AnyAction = actionNamed(id);
  const context: ActionContext = { ...place, signal };
  return {
    current: async (parts) => action.current(target, parts, context),
    write: async (move) => {
      try {
        return { requestIds: await action.write(target, move, context) };
      } catch (error) {
        return { requestIds: [], error: reasonOf(error) };
      }
    },
  };
}

/** The state as AWS shows it, asked again until it is the one that is expected or patience ends. */
export async function readBack(
  acting: Acting,
  expected: State,
  { pause }: Pick<RunContext, 'pause'>,
): Promise<State | undefined> {
  let shown: State | undefined;
  for (const milliseconds of READ_BACK_PAUSES) {
    if (milliseconds > 0) await pause(milliseconds);
    shown = await acting.current(expected);
    if (shown !== undefined && sameState(shown, expected)) return shown;
  }
  return shown;
}

export interface StepTaken {
  readonly status: AuditStatus;
  readonly message?: string;
  readonly requestIds?: readonly string[];
}

/** @throws what the store throws */
export async function complete(
  stored: StoredRecord,
  { status, message, requestIds = [] }: StepTaken,
  { store, identity, clock }: Pick<RunContext, 'store' | 'identity' | 'clock'>,
): Promise<StoredRecord> {
  const record: AuditRecord = withStep(stored.record, {
    status,
    at: clock().toISOString(),
    actor: identity.actor,
    request_ids: [...requestIds],
    ...(message !== undefined && { message }),
  });
  return store.complete(stored, record);
}
