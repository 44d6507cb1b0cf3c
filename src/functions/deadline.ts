/** Stopping before Lambda stops us. */

/** Milliseconds that a scan leaves for storing and sending what it has. */
export const PUBLISHING_TIME = 45_000;

/** Milliseconds in which an error can still be logged and thrown. */
export const LAST_WORDS = 3000;

/** What `gap.reason` will say of the calls that this ended. */
const DEADLINE = 'deadline';

/**
 * A signal that is aborted, with the reason `deadline`, so many milliseconds from now; at once where that has passed.
 * Disposing of it keeps a frozen container from finding a timer of its last invocation.
 */
export function deadlineIn(milliseconds: number): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const end = () => {
    controller.abort(DEADLINE);
  };
  if (milliseconds <= 0) end();
  const timer = setTimeout(end, Math.max(milliseconds, 0));
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
    },
  };
}
