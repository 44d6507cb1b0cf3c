import { expect } from 'chai';

import { applySteps } from '../../src/optimize/apply.ts';
import { closed, isPutBack } from '../../src/optimize/ledger-entry.ts';
import { LedgerConflictError } from '../../src/optimize/ledger.ts';
import type { LedgerStep, LedgerStore } from '../../src/optimize/ledger.ts';
import { restoreEntry } from '../../src/optimize/restore.ts';
import type { RunContext, RunOutcome } from '../../src/optimize/run.ts';
import type { Numbers } from '../../src/optimize/step.ts';
import { UserError } from '../../src/user-error.ts';
import { networkError, serviceError } from '../support/aws-errors.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { latestEntry, memoryLedger, scaledAws, scaledContext, step, virtualTime } from '../support/scaled-estate.ts';
import type { Manners } from '../support/scaled-estate.ts';

const DB = 'aurora-cluster db';
const MIN = 'ecs-minimum web';
const WEB = 'ecs-tasks web';
const ESTATE: Readonly<Record<string, Numbers>> = {
  [DB]: { minCapacity: 2, maxCapacity: 4 },
  [MIN]: { min: 3 },
  [WEB]: { desired: 5 },
};
const GROUPS = [
  [step('aurora-cluster', 'db', ESTATE[DB]!, { minCapacity: 0.5, maxCapacity: 1 })],
  [step('ecs-minimum', 'web', { min: 3 }, { min: 2 }), step('ecs-tasks', 'web', { desired: 5 }, { desired: 2 })],
];

/** Milliseconds after which nothing is on its way any more. */
const LONG = 3_600_000;

/** An estate that was lowered an hour ago, and what restores it. Manners begin with restoring. */
async function lowered(manners: Manners = {}, changes: Partial<RunContext> = {}) {
  let restoring = false;
  const time = virtualTime();
  const texts = new Map<string, string>();
  const aws = scaledAws(ESTATE, time, {
    ...manners,
    onWrite: (key) => {
      if (restoring) manners.onWrite?.(key);
    },
    onRead: (key, reading) => (restoring && manners.onRead !== undefined ? manners.onRead(key, reading) : reading),
  });
  const ledger = memoryLedger(texts);
  await applySteps(GROUPS, scaledContext({ aws, ledger, time }, changes));
  await time.pause(LONG);
  aws.writes.length = 0;
  const context = (changes: Partial<RunContext> = {}) =>
    scaledContext({ aws, ledger, time }, { runId: '2026-11-21.back', ...changes });
  return {
    time,
    texts,
    aws,
    ledger,
    context,
    restore: async (changes: Partial<RunContext> = {}) => {
      restoring = true;
      return restoreEntry((await ledger.readOpen())!, context(changes));
    },
    statuses: () => latestEntry(texts).steps.map(({ step: id, status }) => `${id} ${status}`),
    /** As if the ledger said something else of a step. */
    say: async (id: string, news: Partial<LedgerStep>) => {
      const stored = (await ledger.readOpen())!;
      const steps = stored.entry.steps.map((one) => (one.step === id ? { ...one, ...news } : one));
      await ledger.replace(stored, { ...stored.entry, steps });
    },
  };
}

const ended = (run: RunOutcome) => run.results.map(({ step: { id }, outcome, message }) => [id, outcome, message]);
const outcomes = (run: RunOutcome) => run.results.map(({ step: { id }, outcome }) => `${id} ${outcome}`);

describe('restoring', () => {
  it('puts everything back in the other order, reads it back and closes the entry', async () => {
    const { restore, aws, texts } = await lowered({ lag: 10_000, rest: 60_000 });
    const said: string[] = [];
    const run = await restore({ onProgress: (text) => said.push(text) });
    expect([run.entryId, run.closed, run.ledgerFailure]).to.deep.equal(['2026-11-21.run', true, undefined]);
    expect(ended(run)).to.deep.equal([
      ['aurora-cluster', 'restored', 'Put back to minCapacity 2, maxCapacity 4, and read back.'],
      ['ecs-minimum', 'restored', 'Put back to min 3, and read back.'],
      ['ecs-tasks', 'restored', 'Put back to desired 5, and read back.'],
    ]);
    expect(run.results[1]!.step).to.deep.equal(step('ecs-minimum', 'web', { min: 2 }, { min: 3 }));
    expect(aws.numbers()).to.deep.equal(ESTATE);
    expect(aws.writes).to.deep.equal([
      `${DB} {"minCapacity":2,"maxCapacity":4}`,
      `${WEB} {"desired":5}`,
      `${MIN} {"min":3}`,
    ]);
    expect(said).to.deep.equal([
      'Raising db: minCapacity 0.5, maxCapacity 1 to minCapacity 2, maxCapacity 4.',
      'Raising web: desired 2 to desired 5.',
      'Raising web: min 2 to min 3.',
    ]);
    const entry = latestEntry(texts);
    expect([entry.status, entry.lease, isPutBack(entry)]).to.deep.equal(['closed', undefined, true]);
    expect(entry.closed_at).to.equal(entry.steps[1]!.at);
    expect(entry.runs.map(({ run_id: id, kind }) => [id, kind])).to.deep.equal([
      ['2026-11-21.run', 'apply'],
      ['2026-11-21.back', 'restore'],
    ]);
    expect(texts.get('2026-11-21.run.json')).to.equal(texts.get('open.json'));
  });

  it('changes nothing of an entry that is closed', async () => {
    const { ledger, context, aws, texts } = await lowered();
    const stored = (await ledger.readOpen())!;
    const before = texts.get('open.json');
    const done = { entry: closed(stored.entry, new Date()), version: stored.version };
    expect(await restoreEntry(done, context())).to.deep.equal({ entryId: '2026-11-21.run', results: [], closed: true });
    expect([aws.writes, texts.get('open.json')]).to.deep.equal([[], before]);
  });

  it('never lowers, and marks what is back already', async () => {
    const { restore, aws } = await lowered();
    aws.set(DB, { minCapacity: 8, maxCapacity: 2 });
    aws.set(WEB, { desired: 7 });
    const run = await restore();
    expect(ended(run)).to.deep.equal([
      ['aurora-cluster', 'restored', 'Put back to minCapacity 8, maxCapacity 4, and read back.'],
      ['ecs-minimum', 'restored', 'Put back to min 3, and read back.'],
      ['ecs-tasks', 'restored', 'It was so already: desired 7.'],
    ]);
    expect(aws.writes).to.deep.equal([`${DB} {"maxCapacity":4}`, `${MIN} {"min":3}`]);
    expect(run.closed).to.equal(true);
  });

  it('marks what is gone, or is no longer what it was, and closes the entry all the same', async () => {
    const { restore, aws, statuses } = await lowered();
    aws.delete(DB);
    aws.set(WEB, {});
    const run = await restore();
    expect(ended(run)).to.deep.equal([
      ['aurora-cluster', 'gone', 'db is not there any more.'],
      ['ecs-minimum', 'restored', 'Put back to min 3, and read back.'],
      ['ecs-tasks', 'gone', 'web is there without desired: it is not what it was any more.'],
    ]);
    expect([run.closed, statuses()]).to.deep.equal([
      true,
      ['aurora-cluster gone', 'ecs-minimum restored', 'ecs-tasks gone'],
    ]);
  });

  it('does not take for gone what is only not found once', async () => {
    let looks = 0;
    const { restore } = await lowered({
      onRead: (key, reading) => {
        if (key !== DB) return reading;
        looks += 1;
        return looks === 1 ? undefined : reading;
      },
    });
    expect(outcomes(await restore())[0]).to.equal('aurora-cluster restored');
  });

  it('leaves the entry open where a step fails, and puts back the rest; the next time only what is left', async () => {
    let refuse = true;
    const { restore, aws, statuses, texts } = await lowered({
      onWrite: (key) => {
        if (refuse && key === WEB) throw serviceError('AccessDenied', 403, 'You may not.');
      },
    });
    const run = await restore();
    expect(ended(run)).to.deep.equal([
      ['aurora-cluster', 'restored', 'Put back to minCapacity 2, maxCapacity 4, and read back.'],
      ['ecs-minimum', 'restored', 'Put back to min 3, and read back.'],
      ['ecs-tasks', 'failed', 'You may not (it takes scaled:Modify-ecs-tasks). It still shows desired 2.'],
    ]);
    expect([run.closed, statuses(), latestEntry(texts).lease]).to.deep.equal([
      false,
      ['aurora-cluster restored', 'ecs-minimum restored', 'ecs-tasks restoring'],
      undefined,
    ]);
    refuse = false;
    aws.writes.length = 0;
    const again = await restore({ runId: '2026-11-21.again' });
    expect(ended(again)).to.deep.equal([
      ['aurora-cluster', 'restored', 'It was put back before.'],
      ['ecs-minimum', 'restored', 'It was put back before.'],
      ['ecs-tasks', 'restored', 'Put back to desired 5, and read back.'],
    ]);
    expect([again.closed, aws.writes]).to.deep.equal([true, [`${WEB} {"desired":5}`]]);
  });

  it('tells of what was gone before without looking again', async () => {
    const { restore, say } = await lowered();
    await say('aurora-cluster', { status: 'gone' });
    const run = await restore();
    expect([ended(run)[0], run.closed]).to.deep.equal([['aurora-cluster', 'gone', 'db is not there any more.'], true]);
  });

  for (const status of ['applying', 'applied', 'failed'] as const) {
    it(`waits where a step is ${status} and its call may not show yet`, async () => {
      const one = await lowered();
      one.aws.set(DB, ESTATE[DB]!);
      await one.say('aurora-cluster', { status, at: one.time.clock().toISOString() });
      const start = one.time.now();
      // It shows a minute later what it was told before the last run died.
      const late = async () => {
        await one.time.pause(60_000);
        one.aws.set(DB, { minCapacity: 0.5, maxCapacity: 1 });
      };
      const [run] = await Promise.all([one.restore(), late()]);
      expect(ended(run)[0]).to.deep.equal([
        'aurora-cluster',
        'restored',
        'Put back to minCapacity 2, maxCapacity 4, and read back.',
      ]);
      expect(one.time.now() - start).to.be.within(120_000, 180_000);
      expect(one.aws.numbers()).to.deep.equal(ESTATE);
    });

    it(`waits for rest where a step is ${status}, however long ago, and leaves it open where that never comes`, async () => {
      const one = await lowered({
        onRead: (key, reading) => ({ ...reading!, ...(key === DB && { busy: 'is modifying' }) }),
      });
      one.aws.set(DB, ESTATE[DB]!);
      await one.say('aurora-cluster', { status });
      const run = await one.restore();
      expect(ended(run)[0]).to.deep.equal([
        'aurora-cluster',
        'failed',
        'Nothing was changed: after 30 minutes it is modifying.',
      ]);
      expect([run.closed, one.statuses()[0]]).to.deep.equal([false, `aurora-cluster ${status}`]);
    });
  }

  it('does not wait for what was never called', async () => {
    const one = await lowered({
      onRead: (key, reading) => ({ ...reading!, ...(key === DB && { busy: 'is modifying' }) }),
    });
    one.aws.set(DB, ESTATE[DB]!);
    const start = one.time.now();
    await one.say('aurora-cluster', { status: 'planned', at: one.time.clock().toISOString() });
    const run = await one.restore();
    expect(ended(run)[0]).to.deep.equal([
      'aurora-cluster',
      'restored',
      'It was so already: minCapacity 2, maxCapacity 4.',
    ]);
    expect([run.closed, one.time.now() - start]).to.deep.equal([true, 0]);
  });

  describe('what another run was putting back', () => {
    const starting = async (isBusy: (time: number) => boolean) => {
      const one = await lowered({
        onRead: (key, reading) => ({
          ...reading!,
          ...(key === DB && isBusy(one.time.now()) && { busy: 'is starting' }),
        }),
      });
      one.aws.set(DB, ESTATE[DB]!);
      await one.say('aurora-cluster', { status: 'restoring', at: one.time.clock().toISOString() });
      return one;
    };

    it('waits until it is at rest', async () => {
      let end = Infinity;
      const one = await starting((now) => now < end);
      end = one.time.now() + 120_000;
      const run = await one.restore();
      expect(ended(run)[0]).to.deep.equal([
        'aurora-cluster',
        'restored',
        'It was so already: minCapacity 2, maxCapacity 4.',
      ]);
      expect(run.closed).to.equal(true);
      expect(one.time.now()).to.be.within(end, end + 60_000);
    });

    it('is put back, and no success, where it does not come to rest in time', async () => {
      const one = await starting(() => true);
      const run = await one.restore();
      expect(ended(run)[0]).to.deep.equal([
        'aurora-cluster',
        'failed',
        'Put back to minCapacity 2, maxCapacity 4, and after 30 minutes it is starting.',
      ]);
      expect([run.closed, one.statuses()[0]]).to.deep.equal([true, 'aurora-cluster restored']);
    });
  });

  it('waits no longer where the clock of another host was far ahead', async () => {
    const one = await lowered();
    const ahead = new Date(one.time.now() + 10 * LONG).toISOString();
    await one.say('aurora-cluster', { at: ahead });
    const start = one.time.now();
    expect((await one.restore()).closed).to.equal(true);
    expect(one.time.now()).to.equal(start);
  });

  it('fails where AWS took the change and does not show it, and says restored where only rest is missing', async () => {
    const unseen = await lowered({
      onRead: (key, reading) => (key === DB ? { numbers: { minCapacity: 0.5, maxCapacity: 1 } } : reading),
    });
    const run = await unseen.restore();
    expect(ended(run)[0]).to.deep.equal([
      'aurora-cluster',
      'failed',
      'AWS took the change, and after 30 minutes it shows minCapacity 0.5, maxCapacity 1.',
    ]);
    expect([run.closed, unseen.statuses()[0]]).to.deep.equal([false, 'aurora-cluster restoring']);

    const restless = await lowered({
      onRead: (key, reading) => ({
        ...reading!,
        ...(key === WEB && reading!.numbers['desired'] === 5 && { busy: 'runs 2 of 5 tasks' }),
      }),
    });
    const stuck = await restless.restore();
    expect(ended(stuck)[2]).to.deep.equal([
      'ecs-tasks',
      'failed',
      'Put back to desired 5, and after 30 minutes it runs 2 of 5 tasks.',
    ]);
    expect([stuck.closed, restless.statuses()[2]]).to.deep.equal([true, 'ecs-tasks restored']);
  });

  it('says so where the answer was lost and AWS is out of reach', async () => {
    let lost = false;
    const { restore, statuses } = await lowered({
      onWrite: (key) => {
        if (key !== DB) return;
        lost = true;
        throw networkError('ECONNRESET', 'socket hang up');
      },
      onRead: (key, reading) => {
        if (lost && key === DB) throw networkError('ENOTFOUND', 'no such host');
        return reading;
      },
    });
    expect(ended(await restore())[0]).to.deep.equal([
      'aurora-cluster',
      'failed',
      'socket hang up. Whether it was put back is not known: restoring again finds out.',
    ]);
    expect(statuses()[0]).to.equal('aurora-cluster restoring');
  });

  it('leaves the entry open where nobody waits, and closes it the next time', async () => {
    const { restore, statuses } = await lowered({ rest: 60_000 });
    const run = await restore({ noWait: true });
    // Nobody waited for the tasks either before the minimum was raised: they are another resource to AWS.
    expect([outcomes(run), run.closed]).to.deep.equal([
      ['aurora-cluster applied', 'ecs-minimum applied', 'ecs-tasks applied'],
      false,
    ]);
    expect(statuses()).to.deep.equal(['aurora-cluster restoring', 'ecs-minimum restoring', 'ecs-tasks restoring']);
    const again = await restore({ runId: '2026-11-21.again' });
    expect([outcomes(again), again.closed]).to.deep.equal([
      ['aurora-cluster restored', 'ecs-minimum restored', 'ecs-tasks restored'],
      true,
    ]);
  });

  it('begins nothing once it was stopped, and leaves the entry open', async () => {
    const { restore, aws, texts } = await lowered();
    const run = await restore({ stop: AbortSignal.abort() });
    expect([outcomes(run), run.closed, aws.writes]).to.deep.equal([
      ['aurora-cluster not-attempted', 'ecs-minimum not-attempted', 'ecs-tasks not-attempted'],
      false,
      [],
    ]);
    expect(latestEntry(texts).lease).to.equal(undefined);
  });

  it('begins nothing more once the ledger cannot be written, and closes nothing', async () => {
    const { restore, aws, ledger } = await lowered();
    const full = new UserError('The ledger cannot be written: no space left on device.', { code: 'LEDGER_WRITE' });
    let count = 0;
    const failing: LedgerStore = {
      ...ledger,
      replace: async (stored, entry) => {
        count += 1;
        if (count > 1) throw full;
        return ledger.replace(stored, entry);
      },
    };
    const run = await restore({ ledger: failing });
    expect([outcomes(run), run.closed, run.ledgerFailure, aws.writes]).to.deep.equal([
      ['aurora-cluster not-attempted', 'ecs-minimum not-attempted', 'ecs-tasks not-attempted'],
      false,
      full.message,
      [],
    ]);
  });

  it('refuses where another run is at work, and takes over from one that died', async () => {
    const one = await lowered();
    const stored = (await one.ledger.readOpen())!;
    const lease = {
      run_id: 'x',
      actor: 'bob',
      host: 'other',
      pid: 7,
      until: new Date(one.time.now() + 60_000).toISOString(),
    };
    await one.ledger.replace(stored, { ...stored.entry, lease });
    expect((await userErrorOf(() => one.restore())).code).to.equal('LEDGER_LOCKED');
    expect(one.aws.writes).to.deep.equal([]);
    await one.time.pause(60_000);
    expect((await one.restore()).closed).to.equal(true);
  });

  it('begins anew where someone has written meanwhile, and does nothing where it was closed', async () => {
    const raced = await lowered();
    const stored = (await raced.ledger.readOpen())!;
    await raced.say('ecs-tasks', { message: 'meanwhile' });
    expect((await restoreEntry(stored, raced.context())).closed).to.equal(true);

    const finished = await lowered();
    const stale = (await finished.ledger.readOpen())!;
    await finished.restore();
    finished.aws.writes.length = 0;
    expect(await restoreEntry(stale, finished.context())).to.deep.equal({
      entryId: '2026-11-21.run',
      results: [],
      closed: true,
    });
    expect(finished.aws.writes).to.deep.equal([]);
  });

  it('throws what the ledger throws before anything was changed', async () => {
    const { restore, aws, ledger } = await lowered();
    const error = new TypeError('defect');
    const replace = async () => {
      throw error;
    };
    expect(await thrownBy(() => restore({ ledger: { ...ledger, replace } }))).to.equal(error);
    expect(aws.writes).to.deep.equal([]);
  });

  it('gives up where someone else is faster every time', async () => {
    const { restore, aws, ledger } = await lowered();
    let tries = 0;
    const replace = async () => {
      tries += 1;
      throw new LedgerConflictError('changed');
    };
    expect(await userErrorOf(() => restore({ ledger: { ...ledger, replace } }))).to.deep.equal({
      code: 'LEDGER_LOCKED',
      exitCode: 3,
      message: 'The ledger is changed by others all the time: memory.',
      suggestions: ['Nothing was changed; try again in a minute', 'In S3, use a service that knows conditional writes'],
    });
    expect([tries, aws.writes]).to.deep.equal([10, []]);
  });
});
