import { expect } from 'chai';

import { higherOf, lowerOf, sameNumbers } from '../../src/optimize/step.ts';

describe('the numbers of a step', () => {
  it('are the lower or the higher of two, and a name that only one has stays as it is', () => {
    const [one, other] = [
      { min: 2, max: 4, own: 1 },
      { min: 3, max: 1, theirs: 5 },
    ];
    expect(lowerOf(one, other)).to.deep.equal({ min: 2, max: 1, own: 1, theirs: 5 });
    expect(higherOf(one, other)).to.deep.equal({ min: 3, max: 4, own: 1, theirs: 5 });
  });

  it('are the same where the names are, and each number is', () => {
    expect(sameNumbers({ min: 1, max: 2 }, { max: 2, min: 1 })).to.equal(true);
    expect(sameNumbers({ min: 1, max: 2 }, { min: 1, max: 3 })).to.equal(false);
    expect(sameNumbers({ min: 1 }, { min: 1, max: 2 })).to.equal(false);
    expect(sameNumbers({ min: 1 }, { max: 1 })).to.equal(false);
  });
});
