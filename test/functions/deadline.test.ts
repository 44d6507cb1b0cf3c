import { expect } from 'chai';

import { deadlineIn } from '../../src/functions/deadline.ts';
import { fakeClock } from '../support/clock.ts';

describe('a deadline', () => {
  const clock = fakeClock();

  it('ends its signal when the time has come, and not before', () => {
    using deadline = deadlineIn(1000);
    clock().tick(999);
    expect(deadline.signal.aborted).to.equal(false);
    clock().tick(1);
    expect(deadline.signal).to.include({ aborted: true, reason: 'deadline' });
  });

  for (const past of [0, -5000]) {
    it(`has passed at once with ${past} ms`, () => {
      using deadline = deadlineIn(past);
      expect(deadline.signal).to.include({ aborted: true, reason: 'deadline' });
    });
  }

  it('leaves no timer behind', () => {
    {
      using _deadline = deadlineIn(1000);
      expect(clock().countTimers()).to.equal(1);
    }
    expect(clock().countTimers()).to.equal(0);
  });
});
