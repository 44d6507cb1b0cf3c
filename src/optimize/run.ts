/** What a run that applies or restores is given, and what comes of it. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Holder } from './lease.ts';
import type { LedgerScope, LedgerStore } from './ledger.ts';
import type { Step, StepContext, StepId, StepKind, StepTarget, WaitContext } from './step.ts';

export interface RunContext extends Holder {
  readonly ledger: LedgerStore;
  readonly scope: LedgerScope;
  readonly kinds: Readonly<Record<StepId, StepKind>>;
  /** For every call: its signal is not the one that Ctrl-C sets off, for a call under way is not torn. */
  readonly step: StepContext;
  /** How long the whole run may wait for AWS. */
  readonly timeoutSeconds: number;
  /** Seconds between two looks, at first and at most. */
  readonly minDelay: number;
  readonly maxDelay: number;
  /** Ends a step where AWS has taken the call. */
  readonly noWait: boolean;
  /** Once it is set off no further step is begun, and waiting ends. */
  readonly stop: AbortSignal;
  readonly clock: () => Date;
  /** Waits so many milliseconds, or until the signal is set off; never throws. */
  readonly pause: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Takes a snapshot of what a step is about before it is lowered, and gives its id. Throws what its calls throw, and UserErrors. */
  readonly takeSnapshot?: (target: StepTarget, context: WaitContext) => Promise<string>;
  /** A sentence on what is being done. */
  readonly onProgress: (text: string) => void;
}

export type StepOutcome =
  /** Lowered, and AWS shows it. */
  | 'verified'
  /** AWS took the call; nobody waited for what came of it. */
  | 'applied'
  /** It was so before anything was done. */
  | 'already'
  /** As it was before, and AWS shows it. */
  | 'restored'
  | 'gone'
  | 'failed'
  /** The run was ended first. */
  | 'not-attempted';

export interface StepEnd {
  readonly outcome: StepOutcome;
  /** A sentence or more. */
  readonly message: string;
}

export interface StepResult extends StepEnd {
  /** Where it was restored: `from` what it was lowered to, `to` what it was before. */
  readonly step: Step;
}

export interface RunOutcome {
  /** `null` where there was nothing to be written down. */
  readonly entryId: string | null;
  /** In the order of the steps that were given, or of the entry's. */
  readonly results: readonly StepResult[];
  /** Everything that the entry holds was put back. */
  readonly closed: boolean;
  /** A sentence: what went wrong with the ledger while the run was at work. */
  readonly ledgerFailure?: string;
}

/** Waits in real time, as a run does that is no test. */
export async function pauseFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  // It throws where the signal is set off, and then alone.
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
