import { expect } from 'chai';

import { rules } from '../../../src/engine/rules/index.ts';

describe('the list of rules', () => {
  it('is in the order of their ids, each once', () => {
    const ids = rules.map(({ id }) => id);

    expect(ids).to.deep.equal([...new Set(ids)].toSorted());
  });

  for (const { id, parameters } of rules) {
    it(`has a default for every parameter of ${id}, or needs none`, () => {
      expect(parameters.safeParse({}).error).to.equal(undefined);
    });
  }
});
