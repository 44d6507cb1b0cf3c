import { expect } from 'chai';

import { reasonOf } from '../../src/aws/errors.ts';
import { pauseFor } from '../../src/optimize/run.ts';
import { fakeClock } from '../support/clock.ts';

describe('pauseFor', () => {
  const clock = fakeClock();

  it('waits so long, or until its signal is set off', async () => {
    const ended: string[] = [];
    const controller = new AbortController();
    const waiting = [
      (async () => {
        await pauseFor(1000);
        ended.push(`time ${Date.now()}`);
      })(),
      (async () => {
        await pauseFor(5000, controller.signal);
        ended.push(`signal ${Date.now()}`);
      })(),
    ];
    await clock().tickAsync(2000);
    controller.abort();
    await Promise.all(waiting);
    expect(ended).to.deep.equal(['time 1000', 'signal 2000']);
    await pauseFor(5000, controller.signal);
    expect(Date.now()).to.equal(2000);
    expect(clock().countTimers()).to.equal(0);
  });
});

describe('reasonOf', () => {
  it('says what went wrong without a full stop, whatever was thrown', () => {
    const aborted = Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    expect([aborted, new TypeError('x is not a function.'), 'text.'].map(reasonOf)).to.deep.equal([
      'The run was ended',
      'x is not a function',
      'text',
    ]);
  });
});
