import { expect } from 'chai';

import { applySteps } from '../../src/optimize/apply.ts';
import { restoreEntry } from '../../src/optimize/restore.ts';
import type { LedgerStepStatus } from '../../src/optimize/ledger.ts';
import type { Reading } from '../../src/optimize/step.ts';
import { serviceError } from '../support/aws-errors.ts';
import { latestEntry, memoryLedger, scaledAws, scaledContext, step, virtualTime } from '../support/scaled-estate.ts';
import type { Manners } from '../support/scaled-estate.ts';

const KEY = 'db-instance-running db';
const STOP = step('db-instance-running', 'db', { running: 1 }, { running: 0 });
const MINUTE = 60_000;

/** A database that was stopped, and what becomes of it when it is started again. */
async function stopped(manners: Manners = {}) {
  const time = virtualTime();
  const texts = new Map<string, string>();
  let shown: ((reading: Reading | undefined, minutes: number) => Reading | undefined) | undefined;
  let from = 0;
  const aws = scaledAws({ [KEY]: { running: 1 } }, time, {
    ...manners,
    onRead: (_key, reading) => (shown === undefined ? reading : shown(reading, (time.now() - from) / MINUTE)),
  });
  const context = () => scaledContext({ aws, ledger: memoryLedger(texts), time });
  await applySteps([[STOP]], context());
  return {
    aws,
    time,
    shows: (show: NonNullable<typeof shown>) => {
      [shown, from] = [show, time.now()];
    },
    says: (status: LedgerStepStatus) => {
      const entry = latestEntry(texts);
      texts.set('open.json', JSON.stringify({ ...entry, steps: entry.steps.map((one) => ({ ...one, status })) }));
    },
    restore: async () => {
      const ledger = memoryLedger(texts);
      const there = await ledger.readOpen();
      if (there === undefined) throw new Error('There is no open entry.');
      const { results, closed } = await restoreEntry(there, { ...context(), ledger });
      return {
        closed,
        status: latestEntry(texts).steps[0]?.status,
        ended: results.map((one) => [one.outcome, one.message]),
      };
    },
  };
}

const STARTING: Reading = { numbers: { running: 1 }, busy: 'is starting' };
const STOPPED: Reading = { numbers: { running: 0 } };

describe('starting what was stopped', () => {
  it('stays open while it is only starting: AWS may yet stop it again', async () => {
    const { restore, shows } = await stopped();
    shows(() => STARTING);
    expect(await restore()).to.deep.equal({
      closed: false,
      status: 'verified',
      ended: [['failed', 'Nothing was changed: after 30 minutes it is starting.']],
    });
  });

  it('stays open where it was begun and does not come to its end in time', async () => {
    const { aws, restore, shows } = await stopped();
    shows((reading) => (reading?.numbers['running'] === 1 ? STARTING : reading));
    expect(await restore()).to.deep.equal({
      closed: false,
      status: 'restoring',
      ended: [['failed', 'Started again, and after 30 minutes it is starting.']],
    });
    expect(aws.writes.at(-1)).to.equal(`${KEY} {"running":1}`);
  });

  it('waits for what somebody else, or AWS after seven days, is starting', async () => {
    const { aws, restore, shows, time } = await stopped();
    const writes = aws.writes.length;
    const begin = time.now();
    shows((_reading, minutes) => (minutes < 12 ? STARTING : { numbers: { running: 1 } }));
    expect(await restore()).to.deep.equal({
      closed: true,
      status: 'restored',
      ended: [['restored', 'It was so already: running.']],
    });
    expect(time.now() - begin).to.be.within(12 * MINUTE, 13 * MINUTE);
    expect(aws.writes.length).to.equal(writes);
  });

  it('starts it once more where AWS stops it again, and succeeds', async () => {
    const { aws, restore, shows } = await stopped();
    const before = aws.writes.length;
    let takenBack = false;
    shows((reading, minutes) => {
      if (takenBack || reading?.numbers['running'] === 0) return reading;
      if (minutes < 5) return STARTING;
      takenBack = true;
      aws.set(KEY, { running: 0 });
      return STOPPED;
    });
    const { closed, ended } = await restore();
    expect([closed, ended]).to.deep.equal([true, [['restored', 'Started again, and read back.']]]);
    expect(aws.writes.slice(before)).to.deep.equal([`${KEY} {"running":1}`, `${KEY} {"running":1}`]);
  });

  it('says so where AWS stops it again each time, in AWS’s words, and stays open', async () => {
    const { aws, restore, shows } = await stopped();
    const before = aws.writes.length;
    let looks = 0;
    shows((reading) => {
      if (reading?.numbers['running'] === 0) return { ...STOPPED, note: 'EC2 says why.' };
      looks += 1;
      if (looks % 4 === 0) aws.set(KEY, { running: 0 });
      return STARTING;
    });
    expect(await restore()).to.deep.equal({
      closed: false,
      status: 'restoring',
      ended: [['failed', 'It was started 3 times, and AWS shows it stopped again. EC2 says why.']],
    });
    expect(aws.writes.slice(before)).to.deep.equal([1, 2, 3].map(() => `${KEY} {"running":1}`));
  });

  it('starts it once more where it came and went between two looks', async () => {
    const { aws, restore, shows } = await stopped();
    const before = aws.writes.length;
    shows(() => STOPPED);
    expect(await restore()).to.deep.equal({
      closed: false,
      status: 'restoring',
      ended: [['failed', 'It was started 3 times, and AWS shows it stopped again.']],
    });
    expect(aws.writes.slice(before)).to.deep.equal([1, 2, 3].map(() => `${KEY} {"running":1}`));
  });

  it('knows that nothing was changed where AWS refuses to the end', async () => {
    let refuses = false;
    const { restore } = await stopped({
      onWrite: () => {
        if (refuses) throw serviceError('InvalidState', 400, 'It cannot be started now.');
      },
    });
    refuses = true;
    expect(await restore()).to.deep.equal({
      closed: false,
      status: 'restoring',
      ended: [['failed', 'InvalidState: It cannot be started now. It still shows stopped.']],
    });
  });
});
