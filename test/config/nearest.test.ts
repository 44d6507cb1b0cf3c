import { expect } from 'chai';

import { nearest } from '../../src/config/nearest.ts';

describe('nearest', () => {
  const names = ['minimumDays', 'replicas', 'threshold'];
  for (const [typed, name] of [
    ['treshold', 'threshold'],
    ['minimum', 'minimumDays'],
    ['Replica', 'replicas'],
    ['days', undefined],
    ['', undefined],
  ] as const) {
    it(`takes ${JSON.stringify(typed)} for ${name ?? 'nothing that there is'}`, () => {
      expect(nearest(typed, names)).to.equal(name);
    });
  }

  it('has nothing to offer where there are no names', () => {
    expect(nearest('x', [])).to.equal(undefined);
  });
});
