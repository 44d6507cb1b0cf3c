/** Makes the steps of a plan: what each number was is written down before any of them is lowered. */
import { reasonOf } from '../aws/errors.ts';
import { entryIdOf, keyOf, newEntry, numbersText, only, withNews, withPlanned, withRun } from './ledger-entry.ts';
import type { SeenStep } from './ledger-entry.ts';
import { CONFLICTS_AT_MOST, contested } from './ledger-failure.ts';
import { LedgerWriter } from './ledger-writer.ts';
import { LedgerConflictError } from './ledger.ts';
import type { StoredEntry } from './ledger.ts';
import { takeLease } from './lease.ts';
import { deadlineOf, goneText, isEmpty, isLow, lower } from './move.ts';
import type { Moving } from './move.ts';
import { inOrder } from './order.ts';
import type { RunContext, RunOutcome, StepEnd, StepResult } from './run.ts';
import type { Numbers, Step } from './step.ts';

/**
 * How often the longest pause passes before everything is looked at once more: a minute, for half a minute each. What autoscaling
 * raises again it raises within that time or so.
 */
const STABILITY = 2;

/**
 * Lowers what steps say. Resources are changed at the same time, but for databases, which are stopped after what may use them; the steps
 * of one in their order. One that fails stops no other.
 *
 * @param groups the steps of each resource
 * @throws UserError where the ledger cannot be read or written, or another run has it: nothing was changed then
 */
export async function applySteps(groups: readonly (readonly Step[])[], context: RunContext): Promise<RunOutcome> {
  const steps = groups.flat();
  const { seen, ends } = await lookAt(steps, context);
  if (seen.length === 0) {
    const there = await context.ledger.readOpen();
    return { entryId: there?.entry.id ?? null, results: resultsOf(steps, ends), closed: false };
  }

  const writer = new LedgerWriter(context, await openEntry(seen, context));
  const kept = writer.keep(context.pause);
  const wanted = new Set(seen.map(({ step }) => step));
  const makeAll = async (group: readonly Step[]) => {
    const moving: Moving = { context, writer, deadline: deadlineOf(context) };
    for (const step of group) if (wanted.has(step)) ends.set(step, await lower(step, moving));
  };
  await inOrder(groups, { kinds: context.kinds, way: 'down' }, makeAll);
  await lookAgain(ends, { context, writer });
  await writer.finish((entry) => entry);
  await kept;
  const { failure } = writer;
  return {
    entryId: writer.written.id,
    results: resultsOf(steps, ends),
    closed: false,
    ...(failure !== undefined && { ledgerFailure: failure }),
  };
}

/** What each resource is now, and what becomes of those that there is nothing to do about. */
async function lookAt(
  steps: readonly Step[],
  { kinds, step: call, stop }: RunContext,
): Promise<{ readonly seen: readonly SeenStep[]; readonly ends: Map<Step, StepEnd> }> {
  const ends = new Map<Step, StepEnd>();
  const looked = await Promise.all(
    steps.map(async (step): Promise<SeenStep | undefined> => {
      if (stop.aborted) return end(ends, step, 'not-attempted', 'The run was ended before it was begun.');
      try {
        const reading = await kinds[step.id].read(step.target, call);
        const now = only(reading?.numbers ?? {}, Object.keys(step.to));
        if (reading === undefined || isEmpty(now)) return end(ends, step, 'gone', goneText(step, reading));
        if (!isLow(now, step)) return { step, live: now };
        return end(ends, step, 'already', `It is so already: ${numbersText(now)}.`);
      } catch (error) {
        return end(ends, step, 'failed', `Nothing was changed: ${reasonOf(error)}.`);
      }
    }),
  );
  return { seen: looked.filter((one) => one !== undefined), ends };
}

function end(ends: Map<Step, StepEnd>, step: Step, outcome: StepEnd['outcome'], message: string): undefined {
  ends.set(step, { outcome, message });
}

/** Writes the whole plan down, in the open entry where there is one, and takes its lease. */
async function openEntry(seen: readonly SeenStep[], context: RunContext): Promise<StoredEntry> {
  const { ledger, scope, runId, clock } = context;
  for (let attempt = 1; ; attempt += 1) {
    const now = clock();
    const there = await ledger.readOpen();
    const entry = takeLease(there?.entry ?? newEntry(entryIdOf(runId, now), scope, now), context, now);
    const planned = withPlanned(withRun(entry, context, 'apply', now), seen, now);
    try {
      return there === undefined ? await ledger.create(planned) : await ledger.replace(there, planned);
    } catch (error) {
      // Another run was faster: now there is an entry, or another one, and perhaps its lease.
      if (!(error instanceof LedgerConflictError)) throw error;
      if (attempt === CONFLICTS_AT_MOST) throw contested(ledger.place);
    }
  }
}

/** What was verified and is higher again a moment later did not stay: something raises it. */
async function lookAgain(
  ends: Map<Step, StepEnd>,
  { context, writer }: Pick<Moving, 'context' | 'writer'>,
): Promise<void> {
  const verified = [...ends].filter(([, { outcome }]) => outcome === 'verified').map(([step]) => step);
  if (verified.length === 0 || context.stop.aborted) return;
  context.onProgress('Looking whether everything stays as it is.');
  const seconds = STABILITY * context.maxDelay;
  await context.pause(seconds * 1000, context.stop);
  if (context.stop.aborted) return;
  await Promise.all(
    verified.map(async (step) => {
      const now = await numbersOf(step, context);
      if (now === undefined || isLow(now, step)) return;
      const message = `It was lowered, and ${seconds} s later it shows ${numbersText(only(now, Object.keys(step.to)))}: something raises it again: autoscaling, a schedule, somebody.`;
      ends.set(step, { outcome: 'failed', message });
      await writer.note((entry) => withNews(entry, keyOf(step), { status: 'failed', message }, context.clock()));
    }),
  );
}

/** `undefined` where it cannot be read now, or is gone: it was seen to be low. */
async function numbersOf({ id, target }: Step, { kinds, step }: RunContext): Promise<Numbers | undefined> {
  try {
    return (await kinds[id].read(target, step))?.numbers;
  } catch {
    return undefined;
  }
}

/** In the order of the steps. */
function resultsOf(steps: readonly Step[], ends: ReadonlyMap<Step, StepEnd>): StepResult[] {
  return [...ends].toSorted(([a], [b]) => steps.indexOf(a) - steps.indexOf(b)).map(([step, end]) => ({ step, ...end }));
}
