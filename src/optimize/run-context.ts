/** What a run is given, from what was asked and where it is asked. */
import type { OptimizeDocument } from '../report/optimize-document.ts';
import { plainText } from '../report/plain-text.ts';
import type { Entered } from './enter.ts';
import type { LedgerStore } from './ledger.ts';
import type { OptimizeRequest, Surroundings } from './request.ts';
import type { RunContext, RunOutcome } from './run.ts';
import { snapshotIdOf, takeSnapshot } from './snapshot.ts';
import type { StepTarget, WaitContext } from './step.ts';
import { STEP_KINDS } from './steps/index.ts';

export interface Run {
  readonly request: OptimizeRequest;
  readonly entered: Entered;
  readonly ledger: LedgerStore;
}

/** Twice as long between two looks where nothing happens for a while. */
const MOST_PATIENT = 2;

export function runContext({ request, entered, ledger }: Run, here: Surroundings): RunContext {
  const { environment, accountId, region, actor, changing, untorn } = entered;
  const { clock, pause, stop, onProgress, runId, host, pid } = here;
  return {
    ledger,
    scope: { environment, accountId, region },
    kinds: STEP_KINDS,
    step: { clients: changing, signal: untorn },
    timeoutSeconds: request.timeoutSeconds,
    minDelay: request.pollSeconds,
    maxDelay: request.pollSeconds * MOST_PATIENT,
    noWait: !request.wait,
    runId,
    actor,
    host,
    pid,
    stop,
    clock,
    pause,
    onProgress,
    ...(request.snapshotFirst && {
      takeSnapshot: async (target: StepTarget, context: WaitContext) => {
        const id = snapshotIdOf(target, clock());
        await takeSnapshot(target, id, context);
        return id;
      },
    }),
  };
}

/** Says what went wrong with the ledger, quiet or not: a run that it does not know the end of is not whole. */
export function withLedger(
  document: OptimizeDocument,
  { ledgerFailure }: RunOutcome,
  { tell }: Pick<Surroundings, 'tell'>,
): OptimizeDocument {
  if (ledgerFailure === undefined) return document;
  tell(`${plainText(ledgerFailure)}\n`);
  return { ...document, incomplete: true };
}
