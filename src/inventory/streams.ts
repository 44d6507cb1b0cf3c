/** Streams side by side that never hold more than they were told to. */

/**
 * Streams merged as their values come, at most `limit` of them at once. Each is asked for its next value while the last
 * one is being used, so one value a stream is in hand and one on its way, and no more. Where the reader stops, or one
 * stream fails, the others are told to end.
 */
export async function* merge<Value>(
  streams: Iterable<AsyncIterable<Value>>,
  limit: number,
): AsyncGenerator<Value, void, undefined> {
  const waiting = streams[Symbol.iterator]();
  const active = new Set<AsyncIterator<Value>>();
  // Promise.race over the streams would be shorter, and would keep every value that came while a slow stream is awaited.
  const arrived: Arrival<Value>[] = [];
  let wake = () => {};

  const ask = async (iterator: AsyncIterator<Value>) => {
    try {
      arrived.push({ iterator, result: await iterator.next() });
    } catch (error) {
      arrived.push({ iterator, error });
    }
    wake();
  };
  const start = () => {
    const { value, done } = waiting.next();
    if (done === true) return false;
    const iterator = value[Symbol.asyncIterator]();
    active.add(iterator);
    void ask(iterator);
    return true;
  };

  try {
    while (active.size < limit && start());
    while (active.size > 0) {
      const next = arrived.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if ('error' in next) {
        active.delete(next.iterator);
        throw next.error;
      } else if (next.result.done === true) {
        active.delete(next.iterator);
        start();
      } else {
        void ask(next.iterator);
        yield next.result.value;
      }
    }
  } finally {
    for (const iterator of active) {
      // What a stream still throws concerns nobody any more, and must not end the process.
      iterator.return?.().catch(() => {});
    }
  }
}

/** What a stream gave when it was last asked. */
type Arrival<Value> =
  | { readonly iterator: AsyncIterator<Value>; readonly result: IteratorResult<Value> }
  | { readonly iterator: AsyncIterator<Value>; readonly error: unknown };
