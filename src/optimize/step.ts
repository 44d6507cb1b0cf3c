/**
 * What a change consists of. Everything that is scaled is a number, and a number only ever goes down when an environment is scaled
 * down, and only ever up when it is put back: so a run that was cut short anywhere can be resumed or undone from what the ledger
 * holds and AWS shows.
 */
import type { Call } from '../aws/call.ts';
import type { Clients } from '../aws/clients.ts';
import type { Kind } from './model.ts';

export const STEP_IDS = [
  'aurora-cluster',
  'cache-replicas',
  'ecs-minimum',
  'ecs-tasks',
  'db-cluster-running',
  'db-instance-running',
  'ec2-running',
  'group-size',
] as const;
export type StepId = (typeof STEP_IDS)[number];

/** By name: `minCapacity`, `backupRetentionDays`, `replicas/0001`; `running`, 1 for what runs and 0 for what is stopped. */
export type Numbers = Readonly<Record<string, number>>;

/** What is changed. Two steps may change one resource. */
export interface StepTarget {
  readonly kind: Kind;
  readonly type: string;
  /** An identifier, or `cluster/service`. */
  readonly id: string;
  /** What people call it, where its id says nothing. */
  readonly name?: string;
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
}

/** What people know it by. */
export function nameOf({ id, name }: Pick<StepTarget, 'id' | 'name'>): string {
  return name ?? id;
}

/** One call that changes one resource. */
export interface Step {
  readonly id: StepId;
  readonly target: StepTarget;
  /** What the planner saw. */
  readonly from: Numbers;
  /** The same names, none of them higher. */
  readonly to: Numbers;
}

/** A resource as far as a step is about it. */
export interface Reading {
  readonly numbers: Numbers;
  /** Why it can take no change now: `is modifying`. */
  readonly busy?: string;
  /** Why it has not come to rest, though it takes changes: `runs 2 of 3 tasks`. It may never, where tasks end as soon as they begin. */
  readonly settling?: string;
  /** Whole sentences of what AWS says besides: for whoever asks why it does not show what it was told. */
  readonly note?: string;
}

export interface StepContext {
  readonly clients: Clients;
  readonly signal: AbortSignal;
}

export interface WaitContext extends StepContext {
  /** Seconds that the waiting may take. */
  readonly maxWaitTime: number;
  /** Seconds between two looks: the SDK's own, shorter in tests. */
  readonly minDelay: number;
  readonly maxDelay: number;
}

/** How one kind of step is read, made and waited for. The same call lowers and raises, or two do. */
export interface StepKind {
  readonly id: StepId;
  /** `serves`: a database that others use. `uses`: what may use one. Databases are stopped last, and started first. */
  readonly role?: 'serves' | 'uses';
  readonly calls: {
    readonly read: readonly Call[];
    readonly lower: readonly Call[];
    readonly raise: readonly Call[];
  };
  /** Error codes of AWS's that say: not now. The call is made again. */
  readonly transient: readonly string[];
  /** Error codes that say: it is so already. */
  readonly done: readonly string[];
  /** `undefined` where there is no such resource. Throws what its calls throw. */
  read(target: StepTarget, context: StepContext): Promise<Reading | undefined>;
  /**
   * Sets the numbers that differ, and no other.
   *
   * @returns ids of the requests
   * @throws what its calls throw
   */
  write(
    target: StepTarget,
    move: { readonly from: Numbers; readonly to: Numbers },
    context: StepContext,
  ): Promise<string[]>;
  /** The SDK's waiter, where there is one that ends: what was told is read back in any case. Throws what it throws. */
  wait?(target: StepTarget, context: WaitContext): Promise<void>;
}

/** The lower of the two, name by name; a name that only one has stays as it is. */
export function lowerOf(one: Numbers, other: Numbers): Numbers {
  return combine(one, other, Math.min);
}

/** The higher of the two, name by name; a name that only one has stays as it is. */
export function higherOf(one: Numbers, other: Numbers): Numbers {
  return combine(one, other, Math.max);
}

/** True where they have the same names and the same numbers. */
export function sameNumbers(one: Numbers, other: Numbers): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

function combine(one: Numbers, other: Numbers, choose: (a: number, b: number) => number): Numbers {
  const chosen = Object.entries(other).map(([name, value]) => [name, choose(one[name] ?? value, value)] as const);
  return { ...one, ...Object.fromEntries(chosen) };
}
