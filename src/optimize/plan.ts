/** What a plan is made of: a row for each resource, with the steps that scale it down, or why it is left alone. */
import type { Kind } from './model.ts';
import type { Step, StepTarget } from './step.ts';

/**
 * `already`: it is as small as it is to be. `skipped`: it is none of those that are scaled. `blocked`: it could be, and must not be now.
 * `missing`: nothing was found.
 */
export type RowState = 'change' | 'already' | 'skipped' | 'blocked' | 'missing';

export interface PlanRow {
  readonly kind: Kind;
  /** Not there where the state is `missing`. */
  readonly target?: StepTarget;
  readonly state: RowState;
  /** A sentence, for every state but `change`. */
  readonly reason?: string;
  /** In the order in which they are made; undone in the other. */
  readonly steps: readonly Step[];
  /** What to know before it is done, each a sentence. */
  readonly cautions: readonly string[];
  /** What putting it back does not bring back, each a sentence. */
  readonly lost: readonly string[];
}

/** A name that is nearly one of those that were looked for. */
export interface NearMiss {
  readonly kind: Kind;
  readonly id: string;
  /** `the suffix dev is followed by 2`. */
  readonly why: string;
}

/** A call that gave nothing. */
export interface DiscoveryGap {
  readonly kind: Kind;
  /** `DescribeScalableTargets`. */
  readonly operation: string;
  /** The IAM action, where access was denied. */
  readonly permission?: string;
  readonly reason: string;
  /** What is not known for want of it, a sentence. */
  readonly message: string;
}
