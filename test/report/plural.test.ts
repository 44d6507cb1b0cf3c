import { expect } from 'chai';

import { plural } from '../../src/report/plural.ts';

describe('plural', () => {
  it('fits the word to the number', () => {
    expect([0, 1, 2].map((count) => plural(count, 'call'))).to.deep.equal(['0 calls', '1 call', '2 calls']);
  });

  it('takes a plural of its own', () => {
    expect([1, 2].map((count) => plural(count, 'verdict is', 'verdicts are'))).to.deep.equal([
      '1 verdict is',
      '2 verdicts are',
    ]);
  });
});
