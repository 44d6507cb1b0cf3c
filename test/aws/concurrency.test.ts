import { setImmediate as turn } from 'node:timers/promises';

import { expect } from 'chai';

import { mapConcurrently } from '../../src/aws/concurrency.ts';

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
