import { expect } from 'chai';

import { withDeadline } from '../../src/functions/deadline.ts';
import { fakeClock } from '../support/clock.ts';
import { thrownBy } from '../support/errors.ts';

describe('a deadline', () => {
  const clock = fakeClock();

  it('ends its signal when the time has come, and not before', async () => {
    await withDeadline(1000, async (signal) => {
      clock().tick(999);
      expect(signal.aborted).to.equal(false);
      clock().tick(1);
      expect(signal).to.include({ aborted: true, reason: 'deadline' });
    });
  });

  for (const past of [0, -5000]) {
    it(`has passed at once with ${past} ms`, async () => {
      await withDeadline(past, async (signal) => {
        expect(signal).to.include({ aborted: true, reason: 'deadline' });
      });
    });
  }

  it('gives what the work gives, and leaves no timer behind', async () => {
    const timers = await withDeadline(1000, async () => clock().countTimers());
    expect([timers, clock().countTimers()]).to.deep.equal([1, 0]);
  });

  it('throws what the work throws, and leaves no timer behind', async () => {
    const error = new Error('Access Denied');
    const work = async () => {
      throw error;
    };
    expect(await thrownBy(() => withDeadline(1000, work))).to.equal(error);
    expect(clock().countTimers()).to.equal(0);
  });
});
