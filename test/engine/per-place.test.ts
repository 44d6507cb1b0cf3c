import { expect } from 'chai';

import { PerPlace } from '../../src/engine/per-place.ts';

describe('PerPlace', () => {
  it('keeps one value for each account and region, in whatever order they are asked for', () => {
    const places = new PerPlace<string[]>(() => []);
    const asked = ['1/a', '1/a', '1/b', '2/a', '1/a', '2/b', '1/b'];
    for (const [index, place] of asked.entries()) {
      const [accountId = '', region = ''] = place.split('/');
      places.of({ accountId, region }).push(`${place}#${index}`);
    }
    expect([...places.entries()]).to.deep.equal([
      { place: { accountId: '1', region: 'a' }, held: ['1/a#0', '1/a#1', '1/a#4'] },
      { place: { accountId: '1', region: 'b' }, held: ['1/b#2', '1/b#6'] },
      { place: { accountId: '2', region: 'a' }, held: ['2/a#3'] },
      { place: { accountId: '2', region: 'b' }, held: ['2/b#5'] },
    ]);
    expect([...places.values()]).to.deep.equal([['1/a#0', '1/a#1', '1/a#4'], ['1/b#2', '1/b#6'], ['2/a#3'], ['2/b#5']]);
  });
});
