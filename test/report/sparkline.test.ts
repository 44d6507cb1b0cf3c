import { expect } from 'chai';

import { sparkline } from '../../src/report/sparkline.ts';

describe('sparkline', () => {
  it('goes from the lowest value to the highest, with a gap where there is none', () => {
    expect(sparkline([0, 1, 2, 3, null, 4, 5, 6, 7], 60)).to.equal('▁▂▃▄ ▅▆▇█');
    expect(sparkline([79.5, 80, 79.75], 60)).to.equal('▁█▅');
  });

  it('is flat where nothing moves, and blank where nothing is known', () => {
    expect(sparkline([80, 80], 60)).to.equal('▅▅');
    expect(sparkline([null, null], 60)).to.equal('  ');
    expect(sparkline([], 60)).to.equal('');
  });

  it('has room for many values: each character is the last of several', () => {
    expect(sparkline([9, 0, 9, 1, 9, 2, 9, null], 4)).to.equal('▁▂▃█');
    expect(
      sparkline(
        Array.from({ length: 1461 }, (_, index) => index),
        44,
      ).length,
    ).to.equal(44);
  });
});
