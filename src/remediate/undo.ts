/** Brings back what a record says was there before, unless someone has changed it since. */
import { reasonOf } from '../aws/errors.ts';
import { foreignParts, sameState, stateText } from './state.ts';
import { AuditConflictError, targetOf } from './audit.ts';
import type { AuditRecord, StoredRecord } from './audit.ts';
import { complete, enter, readBack } from './run.ts';
import type { Acting, RunContext } from './run.ts';

export interface UndoResult {
  readonly auditId: string;
  readonly record: AuditRecord;
  /**
   * `not-applied`: the change never came to pass, and the record says so now. `already`: it had been undone. `refused`:
   * the resource is no longer as the change left it.
   */
  readonly outcome: 'undone' | 'not-applied' | 'already' | 'refused' | 'failed' | 'not-attempted';
  /** A sentence. */
  readonly message: string;
}

/** Undoes records, the last one first. One that fails stops no other. */
export async function undoRecords(records: readonly StoredRecord[], context: RunContext): Promise<UndoResult[]> {
  const results: UndoResult[] = [];
  for (const stored of records.toSorted((a, b) => (a.record.id < b.record.id ? 1 : -1))) {
    const { record } = stored;
    const result = context.stop.aborted
      ? ({ outcome: 'not-attempted', message: 'The run was ended before it was begun.' } as const)
      : await undo(stored, context);
    results.push({ auditId: record.id, record, ...result });
  }
  return results;
}

type Outcome = Pick<UndoResult, 'outcome' | 'message'>;

async function undo(stored: StoredRecord, context: RunContext): Promise<Outcome> {
  const { record } = stored;
  if (record.status === 'undone' || record.status === 'not_applied') {
    return { outcome: 'already', message: `The record is closed: ${record.status.replace('_', ' ')}.` };
  }
  try {
    const acting = await enter(record.action, targetOf(record), context);
    return await bringBack(stored, acting, context);
  } catch (error) {
    const why = error instanceof AuditConflictError ? 'someone else is at work on the same record' : reasonOf(error);
    return { outcome: 'failed', message: `It could not be undone: ${why}.` };
  }
}

async function bringBack(stored: StoredRecord, acting: Acting, context: RunContext): Promise<Outcome> {
  const { before, after, resource_id: id } = stored.record;
  const now = await acting.current(before);
  if (now === undefined) return { outcome: 'refused', message: `${id} is not there any more.` };
  if (sameState(now, before)) return close(stored, context);
  const foreign = foreignParts(now, before, after);
  if (foreign.length > 0) {
    return { outcome: 'refused', message: `Someone has changed it since: ${stateText(now)}.` };
  }

  const undoing = await complete(stored, { status: 'undoing' }, context);
  const { requestIds, error } = await acting.write({ from: now, to: before });
  if (error !== undefined) return { outcome: 'failed', message: `It could not be undone: ${error}.` };
  const shown = await readBack(acting, before, context);
  if (shown === undefined || !sameState(shown, before)) {
    const what = shown === undefined ? 'nothing at all' : stateText(shown);
    return { outcome: 'failed', message: `AWS took the change back and shows another state: ${what}.` };
  }
  await complete(undoing, { status: 'undone', requestIds }, context);
  return { outcome: 'undone', message: `Changed back to ${stateText(before)}, and read back.` };
}

/** Everything is as it was before: the change never came to pass, or was undone already, here or by hand. */
async function close(stored: StoredRecord, context: RunContext): Promise<Outcome> {
  const cameToPass = stored.record.steps.some(({ status }) => status === 'applied' || status === 'undoing');
  await complete(stored, { status: cameToPass ? 'undone' : 'not_applied' }, context);
  return cameToPass
    ? { outcome: 'undone', message: 'Everything was as before already.' }
    : { outcome: 'not-applied', message: 'The change never came to pass.' };
}
