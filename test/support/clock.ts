/** A clock that a test moves: the global timers, `Date`, `performance`, and the sleep of `node:timers/promises`. */
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';

import { useFakeTimers } from 'sinon';

type Clock = ReturnType<typeof useFakeTimers>;

/** A fresh clock for each test of the `describe` it is called in, at 0: ask for it when the test runs. */
export function fakeClock(): () => Clock {
  const { setTimeout: realSleep } = timersPromises;
  let clock: Clock;
  beforeEach(() => {
    clock = useFakeTimers();
    // sinon's ES module does not reach what was imported from here; Node's own way to change it does.
    timersPromises.setTimeout = sleep as typeof realSleep;
    syncBuiltinESMExports();
  });
  afterEach(() => {
    timersPromises.setTimeout = realSleep;
    syncBuiltinESMExports();
    clock.restore();
  });
  return () => clock;
}

/** Node's own, upon the global timer: rejects with an AbortError, and leaves no timer behind. */
async function sleep(delay?: number, value?: unknown, { signal }: { signal?: AbortSignal } = {}): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const timer = setTimeout(() => {
    resolve(value);
  }, delay);
  const abort = () => {
    clearTimeout(timer);
    reject(new DOMException('The operation was aborted', 'AbortError'));
  };
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
