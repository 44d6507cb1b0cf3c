/** What every source of resources looks like to the rest: pages in, and in the end what could not be read. */
import type { Gap } from '../engine/evaluation.ts';
import type { Resource, ResourceType } from '../engine/model.ts';

export interface Inventory {
  readonly source: 'live' | 'snapshot';
  /** The scan that read it from AWS, where it is not this one. */
  readonly origin?: Origin;
  /** Sorted, each once; those that could not be entered are among them. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** The facts it was asked for, by type. */
  readonly facts: ReadonlyMap<ResourceType, ReadonlySet<string>>;
  /** Resources in `STREAM_ORDER` within each account and region. May be walked once. */
  pages(): AsyncIterable<readonly Resource[]>;
  /** What the walk found and did not find; whole when `pages` has ended. */
  coverage(): Coverage;
}

export interface Origin {
  readonly scanId: string;
  /** What rules go by where they ask how old something is. */
  readonly collectedAt: Date;
}

export interface Coverage {
  /** Sorted, one for each account, region, API and reason. */
  readonly gaps: readonly Gap[];
  /** How many listings AWS answered: with none, nothing at all was readable. */
  readonly listings: number;
  /** False where a deadline or an interruption cut the walk short. */
  readonly complete: boolean;
}
