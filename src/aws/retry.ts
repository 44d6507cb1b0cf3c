/** Patience with a throttling AWS, that an interruption can end. */
import { setTimeout as sleep } from 'node:timers/promises';

import { StandardRetryStrategy } from '@smithy/core/retry';
import type { RetryErrorInfo, StandardRetryToken } from '@smithy/types';

import { failureOf } from './errors.ts';

/** The SDK's own default is 3, which a busy account exhausts in seconds. */
const MAX_ATTEMPTS = 8;

/** Milliseconds; the SDK's own figures: a throttled call waits longer than one that was cut. */
const BASE_DELAY = { throttling: 1000, other: 50 };
const MAX_DELAY = 20_000;

/**
 * The SDK's standard strategy (which errors, how many attempts, its budget of retry tokens) with the waiting done here:
 * the SDK's own timers cannot be ended, and would keep an interrupted process alive for up to 20 s.
 */
export class InterruptibleRetryStrategy extends StandardRetryStrategy {
  readonly #ending: { readonly signal: AbortSignal };

  /** @param ending its signal is read anew for each wait */
  constructor(ending: { readonly signal: AbortSignal }, maxAttempts: number) {
    super({ maxAttempts, backoff: { setDelayBase: () => {}, computeNextBackoffDelay: () => 0 } });
    this.#ending = ending;
  }

  override async refreshRetryTokenForRetry(
    token: StandardRetryToken,
    info: RetryErrorInfo,
  ): Promise<StandardRetryToken> {
    const { retryAfterHint, ...rest } = info;
    const next = await super.refreshRetryTokenForRetry(token, rest);
    await sleep(delayBefore(token.getRetryCount(), info.errorType, retryAfterHint), undefined, {
      signal: this.#ending.signal,
    });
    return next;
  }
}

/**
 * The same for calls that must not be made twice where AWS may have begun with them: only what AWS turned away is tried
 * again. What was cut off is thrown; `throughCuts` is for callers who know that it may be done twice.
 */
export class TurnedAwayRetryStrategy extends InterruptibleRetryStrategy {
  override async refreshRetryTokenForRetry(
    token: StandardRetryToken,
    info: RetryErrorInfo,
  ): Promise<StandardRetryToken> {
    const status = statusOf(info.error) ?? 0;
    const turnedAway = info.errorType === 'THROTTLING' || (status >= 400 && status < 500);
    // The SDK throws the call's own error where it gets no token.
    if (!turnedAway) throw new Error('AWS may have begun with the call.');
    return super.refreshRetryTokenForRetry(token, info);
  }
}

/** How often something is begun that the network cuts off. */
const TRIES = 3;

/**
 * Does something that may be done twice, and again where the network cuts it off or AWS fails at it.
 *
 * @throws what the work throws, in the end or at once
 */
export async function throughCuts<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!wasCutOff(error) || attempt === TRIES) throw error;
      await patience(attempt, signal);
    }
  }
}

function wasCutOff(error: unknown): boolean {
  return failureOf(error)?.reason === 'unreachable' || (statusOf(error) ?? 0) >= 500;
}

function statusOf(error: unknown): number | undefined {
  const { $metadata } = (error ?? {}) as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}

/** Attempts a call may take: `AWS_MAX_ATTEMPTS` as every AWS tool honours it, else our own default. */
export function maxAttempts(env: NodeJS.ProcessEnv): number {
  const asked = Number(env['AWS_MAX_ATTEMPTS']);
  return Number.isInteger(asked) && asked > 0 ? asked : MAX_ATTEMPTS;
}

/** Milliseconds: full jitter over a doubling delay; a `Retry-After` of the service's is honoured up to 5 s past it. */
function delayBefore(retries: number, errorType: RetryErrorInfo['errorType'], retryAfter: Date | undefined): number {
  const base = errorType === 'THROTTLING' ? BASE_DELAY.throttling : BASE_DELAY.other;
  const delay = Math.random() * Math.min(base * 2 ** retries, MAX_DELAY);
  if (retryAfter === undefined) return delay;
  return Math.max(delay, Math.min(retryAfter.getTime() - Date.now(), delay + 5000));
}

/**
 * Waits before a batch is sent once more of which a service took only a part: not at all before the first round, then up
 * to twice as long each time, 3.2 s at most.
 *
 * @throws an AbortError as soon as `signal` ends the waiting
 */
export async function patience(round: number, signal: AbortSignal): Promise<void> {
  if (round === 0) return;
  await sleep(Math.random() * Math.min(BASE_DELAY.other * 2 ** round, 3200), undefined, { signal });
}
