import { setImmediate as turn } from 'node:timers/promises';

import { expect } from 'chai';

import { mapConcurrently, mapInOrder } from '../../src/aws/concurrency.ts';

/** A promise to be settled from outside. */
const pending = <Value>() => Promise.withResolvers<Value>();

describe('mapConcurrently', () => {
  it('gives results in the order of the items, whichever ends first', async () => {
    const calls = [pending<string>(), pending<string>(), pending<string>()];
    const results = mapConcurrently(calls, 3, async ({ promise }) => promise);
    calls[2]?.resolve('c');
    calls[1]?.resolve('b');
    await turn();
    calls[0]?.resolve('a');
    expect(await results).to.deep.equal(['a', 'b', 'c']);
  });

  it('has as many calls under way as it may, and never more', async () => {
    let underWay = 0;
    const seen: number[] = [];
    await mapConcurrently([1, 2, 3, 4, 5], 2, async () => {
      underWay += 1;
      seen.push(underWay);
      await turn();
      underWay -= 1;
    });
    expect(seen).to.deep.equal([1, 2, 2, 2, 2]);
  });

  it('gives nothing for nothing', async () => {
    expect(await mapConcurrently([], 5, async () => 1)).to.deep.equal([]);
  });

  it('throws what was thrown first, and makes no further call', async () => {
    const made: number[] = [];
    const slow = pending<undefined>();
    let thrown: unknown;
    try {
      await mapConcurrently([1, 2, 3, 4], 2, async (item) => {
        made.push(item);
        if (item === 2) throw new Error('two');
        await slow.promise;
      });
    } catch (error) {
      thrown = error;
    }
    slow.resolve(undefined);
    await turn();
    expect(thrown).to.be.an('error').with.property('message', 'two');
    expect(made).to.deep.equal([1, 2]);
  });
});

describe('mapInOrder', () => {
  async function* items(count: number, taken: number[] = []) {
    for (let item = 1; item <= count; item += 1) {
      taken.push(item);
      yield item;
    }
  }
  const all = async <Item>(stream: AsyncIterable<Item>) => {
    const given: Item[] = [];
    for await (const item of stream) given.push(item);
    return given;
  };

  it('gives results in the order of the items, whichever ends first', async () => {
    const first = pending<string>();
    const work = all(mapInOrder(items(3), 2, async (item) => (item === 1 ? first.promise : `${item}`)));
    await turn();
    first.resolve('one');
    expect(await work).to.deep.equal(['one', '2', '3']);
  });

  it('has no more under way than it may, and takes no more items than those', async () => {
    const taken: number[] = [];
    const seen: number[] = [];
    let underWay = 0;
    const results = mapInOrder(items(50, taken), 3, async (item) => {
      underWay += 1;
      seen.push(underWay);
      await turn();
      underWay -= 1;
      return item;
    });
    expect(await results.next()).to.deep.equal({ done: false, value: 1 });
    expect(taken).to.deep.equal([1, 2, 3]);
    expect((await all(results)).length).to.equal(49);
    expect(Math.max(...seen)).to.equal(3);
  });

  it('gives nothing for nothing', async () => {
    expect(await all(mapInOrder(items(0), 2, async (item) => item))).to.deep.equal([]);
  });

  it('throws what was thrown, takes no further item, and leaves nothing under way', async () => {
    const taken: number[] = [];
    let ended = false;
    const results = mapInOrder(items(9, taken), 3, async (item) => {
      if (item !== 3) throw new Error(`${item}`);
      await turn();
      ended = true;
    });
    let thrown: unknown;
    try {
      await all(results);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).to.be.an('error').with.property('message', '1');
    expect({ taken, ended }).to.deep.equal({ taken: [1, 2, 3], ended: true });
  });
});
