import { expect } from 'chai';

import { startWaiting } from '../../src/cli/waiting.ts';
import { fakeClock } from '../support/clock.ts';

describe('the line that says what is waited for', () => {
  const clock = fakeClock();

  it('counts the seconds of each thing anew, and goes away', () => {
    const said: string[] = [];
    const waiting = startWaiting({ show: (text) => void said.push(text), clear: () => void said.push('(cleared)') });
    waiting.show('Waiting for the scanner');
    clock().tick(2500);
    waiting.show('Reading the document');
    clock().tick(1500);
    waiting.stop();
    clock().tick(5000);
    expect(said).to.deep.equal([
      'Waiting for the scanner',
      'Waiting for the scanner (1 s)',
      'Waiting for the scanner (2 s)',
      'Reading the document',
      'Reading the document',
      'Reading the document (1 s)',
      '(cleared)',
    ]);
    expect(clock().countTimers()).to.equal(0);
  });
});
