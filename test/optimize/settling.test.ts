import { expect } from 'chai';

import { applySteps } from '../../src/optimize/apply.ts';
import type { Reading } from '../../src/optimize/step.ts';
import { memoryLedger, scaledAws, scaledContext, step, virtualTime } from '../support/scaled-estate.ts';

const TASKS = step('ecs-tasks', 'web', { desired: 3 }, { desired: 2 });

/** Lowers a service whose tasks are as `unrest` says at each look. */
async function lowering(unrest: (reading: Reading, now: number) => string | undefined) {
  const time = virtualTime();
  const begin = time.now();
  const aws = scaledAws({ 'ecs-tasks web': { desired: 3 } }, time, {
    onRead: (_key, reading) => {
      const settling = reading === undefined ? undefined : unrest(reading, time.now() - begin);
      return reading === undefined || settling === undefined ? reading : { ...reading, settling };
    },
  });
  const { results } = await applySteps([[TASKS]], scaledContext({ aws, ledger: memoryLedger(new Map()), time }));
  return { ended: results.map(({ outcome, message }) => [outcome, message]), aws, took: time.now() - begin };
}

describe('lowering what has not come to rest', () => {
  it('goes ahead although its tasks do not run, and verifies it once they do', async () => {
    const { ended, aws, took } = await lowering((_reading, now) => (now < 60_000 ? 'runs 1 of 3 tasks' : undefined));
    expect(ended).to.deep.equal([['verified', 'Lowered to desired 2, and read back.']]);
    expect(aws.writes).to.deep.equal(['ecs-tasks web {"desired":2}']);
    expect(took).to.be.within(60_000, 300_000);
  });

  it('says so where it never comes to rest', async () => {
    const { ended, aws } = await lowering(() => 'runs 1 of 2 tasks');
    expect(ended).to.deep.equal([['failed', 'Lowered to desired 2, and after 30 minutes it runs 1 of 2 tasks.']]);
    expect(aws.numbers()).to.deep.equal({ 'ecs-tasks web': { desired: 2 } });
  });

  it('adds what AWS says of one that never shows it', async () => {
    const time = virtualTime();
    const aws = scaledAws({ 'ecs-tasks web': { desired: 3 } }, time, {
      lag: 9_999_999,
      onRead: (_key, reading) => reading && { ...reading, note: 'ECS says why.' },
    });
    const { results } = await applySteps([[TASKS]], scaledContext({ aws, ledger: memoryLedger(new Map()), time }));
    expect(results.map(({ outcome, message }) => [outcome, message])).to.deep.equal([
      ['failed', 'AWS took the change, and after 30 minutes it shows desired 3. ECS says why.'],
    ]);
  });
});
