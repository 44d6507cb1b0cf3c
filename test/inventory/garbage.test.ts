import { expect } from 'chai';

import { garbageKeeper } from '../../src/inventory/garbage.ts';

describe('garbageKeeper', () => {
  it('collects once for every three thousand resources', () => {
    const collected: number[] = [];
    let resources = 0;
    const keep = garbageKeeper(() => collected.push(resources));
    for (const page of [500, 2499, 1, 0, 2999, 500, 9000]) {
      resources += page;
      keep(page);
    }
    expect(collected).to.deep.equal([3000, 6499, 15_499]);
  });

  it('really gives memory back', () => {
    const keep = garbageKeeper();
    let waste: number[] | undefined = Array.from({ length: 4_000_000 }, (_, index) => index + 0.5);
    const held = process.memoryUsage().heapUsed;
    expect(waste.length).to.equal(4_000_000);
    waste = undefined;
    keep(3000);
    expect(held - process.memoryUsage().heapUsed).to.be.above(20_000_000);
  });
});
