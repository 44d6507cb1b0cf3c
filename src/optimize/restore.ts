/** Puts back what an entry of the ledger holds: every number at least what it was before. */
import { closed, isPutBack, plannedStep, withRun } from './ledger-entry.ts';
import { CONFLICTS_AT_MOST, contested } from './ledger-failure.ts';
import { LedgerWriter } from './ledger-writer.ts';
import { LedgerConflictError } from './ledger.ts';
import type { LedgerStep, StoredEntry } from './ledger.ts';
import { takeLease } from './lease.ts';
import { deadlineOf, raise } from './move.ts';
import type { Moving } from './move.ts';
import { inOrder } from './order.ts';
import { nameOf } from './step.ts';
import type { RunContext, RunOutcome, StepEnd } from './run.ts';

/**
 * Raises what was lowered. Resources are changed at the same time, the steps of one in the other order; one that fails stops no
 * other. The entry is closed once all is back or gone, and stays open otherwise.
 *
 * @param stored the open entry
 * @throws UserError where the ledger cannot be written, or another run has it: nothing was changed then
 */
export async function restoreEntry(stored: StoredEntry, context: RunContext): Promise<RunOutcome> {
  const { entry } = stored;
  if (entry.status === 'closed') return { entryId: entry.id, results: [], closed: true };

  const taken = await takeEntry(stored, context);
  if (taken === undefined) return { entryId: entry.id, results: [], closed: true };
  const { steps } = taken.entry;
  const writer = new LedgerWriter(context, taken);
  const kept = writer.keep(context.pause);
  const ends = new Map<LedgerStep, StepEnd>();
  const resources = [...Map.groupBy(steps, ({ resource_arn: arn }) => arn).values()];
  const groups = resources.map((group) => group.map((step) => ({ id: step.step, step })));
  await inOrder(groups, { kinds: context.kinds, way: 'up' }, async (group) => {
    const moving: Moving = { context, writer, deadline: deadlineOf(context) };
    for (const { step } of group.toReversed()) ends.set(step, await putBack(step, taken.entry, moving));
  });
  await writer.finish((current) => (isPutBack(current) ? closed(current, context.clock()) : current));
  await kept;
  const { failure } = writer;
  return {
    entryId: entry.id,
    results: [...ends]
      .toSorted(([a], [b]) => steps.indexOf(a) - steps.indexOf(b))
      .map(([step, end]) => ({ step: restoredStep(step, taken.entry), ...end })),
    closed: writer.written.status === 'closed',
    ...(failure !== undefined && { ledgerFailure: failure }),
  };
}

async function putBack(step: LedgerStep, entry: StoredEntry['entry'], moving: Moving): Promise<StepEnd> {
  const { status } = step;
  if (status === 'restored') return { outcome: 'restored', message: 'It was put back before.' };
  if (status === 'gone')
    return { outcome: 'gone', message: `${nameOf(restoredStep(step, entry).target)} is not there any more.` };
  return raise(restoredStep(step, entry), step, moving);
}

function restoredStep(step: LedgerStep, entry: StoredEntry['entry']) {
  const planned = plannedStep(step, entry);
  return { ...planned, from: planned.to, to: planned.from };
}

/** @returns nothing where another run has closed it meanwhile */
async function takeEntry(stored: StoredEntry, context: RunContext): Promise<StoredEntry | undefined> {
  const { ledger, clock } = context;
  let there: StoredEntry | undefined = stored;
  for (let attempt = 1; there !== undefined && there.entry.id === stored.entry.id; attempt += 1) {
    const now = clock();
    const entry = withRun(takeLease(there.entry, context, now), context, 'restore', now);
    try {
      return await ledger.replace(there, entry);
    } catch (error) {
      if (!(error instanceof LedgerConflictError)) throw error;
      if (attempt === CONFLICTS_AT_MOST) throw contested(ledger.place);
      there = await ledger.readOpen();
    }
  }
  return undefined;
}
