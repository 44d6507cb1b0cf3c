/** Concurrency that never holds more than it was told to. */

/**
 * Maps with at most `limit` calls under way, and gives the results in the order of the items.
 *
 * @throws whatever `map` throws first; the calls under way are left to end by themselves, no further one is made
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  limit: number,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = Array.from({ length: items.length });
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      try {
        results[index] = await map(items[index] as Item);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

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
  const active = new Map<
    AsyncIterator<Value>,
    Promise<{ iterator: AsyncIterator<Value>; result: IteratorResult<Value> }>
  >();
  const ask = (iterator: AsyncIterator<Value>) => {
    active.set(
      iterator,
      iterator.next().then((result) => ({ iterator, result })),
    );
  };
  const start = () => {
    const { value, done } = waiting.next();
    if (done !== true) ask(value[Symbol.asyncIterator]());
  };

  try {
    while (active.size < limit) {
      const before = active.size;
      start();
      if (active.size === before) break;
    }
    while (active.size > 0) {
      const { iterator, result } = await Promise.race(active.values());
      if (result.done === true) {
        active.delete(iterator);
        start();
      } else {
        ask(iterator);
        yield result.value;
      }
    }
  } finally {
    for (const [iterator, pending] of active) {
      // What a stream still throws concerns nobody any more, and must not end the process.
      pending.catch(() => {});
      iterator.return?.().catch(() => {});
    }
  }
}
