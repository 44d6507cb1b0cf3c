import type { WaitContext } from '../step.ts';

/**
 * What the SDK's waiters take. They refuse to wait for less than their shortest pause, and would pause for up to half an hour where
 * nobody says otherwise.
 */
export function waitOptions({ signal, maxWaitTime, minDelay, maxDelay }: WaitContext) {
  const shortest = Math.min(minDelay, maxWaitTime / 2);
  return { maxWaitTime, minDelay: shortest, maxDelay: Math.max(shortest, maxDelay), abortSignal: signal };
}
