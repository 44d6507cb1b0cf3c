/** Stopping before Lambda stops us. */

/** Milliseconds that a scan leaves for storing and sending what it has. */
export const PUBLISHING_TIME = 45_000;

/** Milliseconds in which an error can still be logged and thrown. */
export const LAST_WORDS = 3000;

/** What `gap.reason` will say of the calls that this ended. */
const DEADLINE = 'deadline';

/**
 * Does something with a signal that is aborted, with the reason `deadline`, so many milliseconds from now; at once where
 * that has passed. No timer stays behind: a frozen container would find it in its next invocation.
 *
 * @throws what the work throws
 */
export async function withDeadline<Result>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const end = () => {
    controller.abort(DEADLINE);
  };
  if (milliseconds <= 0) end();
  const timer = setTimeout(end, Math.max(milliseconds, 0));
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
