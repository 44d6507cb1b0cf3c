/** Reading one fact: an answer, or a gap; never the end of the listing it belongs to. */
import { failureOf } from '../aws/errors.ts';
import { known, notCollected } from '../engine/model.ts';
import type { Fact, ResourceType } from '../engine/model.ts';
import type { CollectContext, Collector, Scope } from './collector.ts';
import { gapOf } from './gap-log.ts';
import type { GapLog } from './gap-log.ts';

export interface ReaderOptions {
  /** Whose facts are read: it declares the call behind each. */
  readonly collector: Pick<Collector, 'service' | 'types'>;
  readonly scope: Scope;
  /** The facts that the chosen rules need, by type: nothing else is asked for. */
  readonly facts: ReadonlyMap<ResourceType, ReadonlySet<string>>;
  readonly signal: AbortSignal;
  /** Takes the gap of each call that gave nothing. */
  readonly gaps: GapLog;
}

/** Gives the `read` of a `CollectContext`; it throws only what did not come from a call, which is a defect of ours. */
export function createReader({ collector, scope, facts, signal, gaps }: ReaderOptions): CollectContext['read'] {
  return async <T>(
    type: ResourceType,
    fact: string,
    ask: () => Promise<T>,
    answers: Readonly<Record<string, () => T>> = {},
  ): Promise<Fact<T>> => {
    if (facts.get(type)?.has(fact) !== true) return notCollected;
    try {
      return known(await ask());
    } catch (error) {
      const answer = error instanceof Error && Object.hasOwn(answers, error.name) ? answers[error.name] : undefined;
      if (answer !== undefined) return known(answer());
      const failure = failureOf(error);
      const call = collector.types[type]?.[fact];
      if (failure === undefined || call === undefined || typeof call === 'string') throw error;
      const why = cutShort(signal) ?? failure;
      gaps.add(gapOf(scope, collector.service, call, why));
      const { reason } = why;
      return { known: false, reason, ...(reason === 'denied' && { permission: call.action }) };
    }
  };
}

/** Once the walk is ended from outside, that is why a call failed, whatever the call itself says. */
export function cutShort(signal: AbortSignal): { reason: 'interrupted' | 'deadline'; detail: string } | undefined {
  if (!signal.aborted) return undefined;
  return { reason: signal.reason === 'deadline' ? 'deadline' : 'interrupted', detail: '' };
}
