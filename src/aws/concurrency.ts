/** Calls side by side, never more than were allowed. */

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
 * The same for items that stream by: results come in the order of the items, and no more of them are held than `limit`.
 *
 * @throws whatever `items` or `map` throws first, when the calls under way have ended
 */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  limit: number,
  map: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const result = map(item);
      // Whoever awaits it hears of an error; until then it is not unhandled.
      result.catch(() => {});
      underWay.push(result);
      if (underWay.length === limit) yield (await underWay.shift()) as Result;
    }
    while (underWay.length > 0) yield (await underWay.shift()) as Result;
  } finally {
    await Promise.allSettled(underWay);
  }
}
