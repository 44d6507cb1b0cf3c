import { setImmediate as turn } from 'node:timers/promises';

import { expect } from 'chai';

import { merge } from '../../src/inventory/streams.ts';

/** A promise to be settled from outside. */
const pending = <Value>() => Promise.withResolvers<Value>();

async function gather<Value>(stream: AsyncIterable<Value>): Promise<Value[]> {
  const values = [];
  for await (const value of stream) values.push(value);
  return values;
}

async function* streamOf<Value>(...values: Value[]): AsyncGenerator<Value> {
  for (const value of values) {
    await turn();
    yield value;
  }
}

describe('merge', () => {
  it('gives every value of every stream, each stream in its own order', async () => {
    const values = await gather(merge([streamOf('a1', 'a2', 'a3'), streamOf<string>(), streamOf('b1', 'b2')], 8));
    expect(values.filter((value) => value.startsWith('a'))).to.deep.equal(['a1', 'a2', 'a3']);
    expect(values.filter((value) => value.startsWith('b'))).to.deep.equal(['b1', 'b2']);
    expect(values).to.have.length(5);
  });

  it('gives nothing for no streams', async () => {
    expect(await gather(merge([], 8))).to.deep.equal([]);
  });

  it('does not let a slow stream hold up the others', async () => {
    const slow = pending<string>();
    async function* waiting() {
      yield await slow.promise;
    }
    const merged = merge([waiting(), streamOf('quick')], 2);
    expect((await merged.next()).value).to.equal('quick');
    slow.resolve('slow');
    expect(await gather(merged)).to.deep.equal(['slow']);
  });

  it('reads at most so many streams at once, and starts the next when one has ended', async () => {
    let open = 0;
    const seen: number[] = [];
    async function* counted(value: string) {
      open += 1;
      seen.push(open);
      await turn();
      yield value;
      open -= 1;
    }
    expect(await gather(merge(['a', 'b', 'c', 'd'].map(counted), 2))).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(seen).to.deep.equal([1, 2, 2, 2]);
  });

  it('asks each stream for one value ahead of its reader, and no more', async () => {
    const asked: number[] = [];
    async function* endless() {
      for (let n = 1; ; n += 1) {
        asked.push(n);
        yield n;
      }
    }
    const merged = merge([endless()], 1);
    await merged.next();
    await turn();
    expect(asked).to.deep.equal([1, 2]);
    await merged.return();
  });

  it('tells its streams to end where the reader stops', async () => {
    const ended: string[] = [];
    async function* noting(name: string) {
      try {
        for (;;) {
          await turn();
          yield name;
        }
      } finally {
        ended.push(name);
      }
    }
    for await (const value of merge([noting('a'), noting('b')], 2)) {
      expect(value).to.equal('a');
      break;
    }
    await turn();
    await turn();
    expect(ended.toSorted()).to.deep.equal(['a', 'b']);
  });

  it('throws what a stream throws, and lets no other error out of the rest', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const late = pending<string>();
    async function* failing() {
      yield await late.promise;
    }
    async function* broken() {
      await turn();
      yield 'one';
      throw new Error('broken');
    }
    const values: string[] = [];
    let thrown: unknown;
    try {
      for await (const value of merge([broken(), failing()], 2)) values.push(value);
    } catch (error) {
      thrown = error;
    }
    late.reject(new Error('late'));
    await turn();
    await turn();
    process.off('unhandledRejection', note);
    expect(values).to.deep.equal(['one']);
    expect(thrown).to.be.an('error').with.property('message', 'broken');
    expect(unhandled).to.deep.equal([]);
  });

  it('lets no error out of a stream that its reader left behind', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    async function* failingNext() {
      yield 'one';
      await turn();
      throw new Error('too late');
    }
    const values: string[] = [];
    for await (const value of merge([failingNext()], 1)) {
      values.push(value);
      break;
    }
    await turn();
    await turn();
    await turn();
    process.off('unhandledRejection', note);
    expect(values).to.deep.equal(['one']);
    expect(unhandled).to.deep.equal([]);
  });
});
