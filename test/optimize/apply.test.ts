import { expect } from 'chai';

import { applySteps } from '../../src/optimize/apply.ts';
import { newEntry } from '../../src/optimize/ledger-entry.ts';
import { LedgerConflictError } from '../../src/optimize/ledger.ts';
import type { LedgerStore } from '../../src/optimize/ledger.ts';
import { restoreEntry } from '../../src/optimize/restore.ts';
import type { RunContext, RunOutcome } from '../../src/optimize/run.ts';
import type { Numbers, Step } from '../../src/optimize/step.ts';
import { UserError } from '../../src/user-error.ts';
import { networkError, serviceError } from '../support/aws-errors.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import {
  latestEntry,
  memoryLedger,
  scaledAws,
  scaledContext,
  SCOPE,
  START,
  step,
  virtualTime,
} from '../support/scaled-estate.ts';
import type { Manners } from '../support/scaled-estate.ts';

const DB = 'aurora-cluster db';
const WEB = 'ecs-tasks web';
const ESTATE: Readonly<Record<string, Numbers>> = {
  [DB]: { minCapacity: 2, maxCapacity: 4, backupRetentionDays: 14 },
  'ecs-minimum web': { min: 3 },
  [WEB]: { desired: 5 },
};
const DATABASE = step('aurora-cluster', 'db', ESTATE[DB]!, {
  minCapacity: 0.5,
  maxCapacity: 1,
  backupRetentionDays: 1,
});
const MINIMUM = step('ecs-minimum', 'web', { min: 3 }, { min: 2 });
const TASKS = step('ecs-tasks', 'web', { desired: 5 }, { desired: 2 });

/** An estate, a ledger, and runs over them. */
function world(manners: Manners = {}, estate = ESTATE) {
  const time = virtualTime();
  const texts = new Map<string, string>();
  const aws = scaledAws(estate, time, manners);
  const ledger = memoryLedger(texts);
  return {
    time,
    texts,
    aws,
    ledger,
    apply: (groups: readonly (readonly Step[])[], changes: Partial<RunContext> = {}) =>
      applySteps(groups, scaledContext({ aws, ledger, time }, changes)),
    statuses: () => latestEntry(texts).steps.map(({ step: id, status }) => `${id} ${status}`),
  };
}

const outcomes = ({ results }: RunOutcome) => results.map(({ step: { id }, outcome }) => `${id} ${outcome}`);
const messages = ({ results }: RunOutcome) => results.map(({ message }) => message);
const ended = (run: RunOutcome) => run.results.map(({ outcome, message }) => [outcome, message]);

/** Sets off the signal when something is said. */
function stopping(said: RegExp): Pick<RunContext, 'stop' | 'onProgress'> {
  const controller = new AbortController();
  return {
    stop: controller.signal,
    onProgress: (text) => {
      if (said.test(text)) controller.abort();
    },
  };
}

/** A ledger whose n-th replacing fails, and all after it where `forGood`. */
function failing(ledger: LedgerStore, at: number, error: Error, forGood = true): LedgerStore {
  let count = 0;
  return {
    ...ledger,
    replace: async (stored, entry) => {
      count += 1;
      if (count === at || (forGood && count > at)) throw error;
      return ledger.replace(stored, entry);
    },
  };
}

const FULL = new UserError('The ledger cannot be written: /ledger: no space left on device.', { code: 'LEDGER_WRITE' });

describe('applying', () => {
  it('lowers every step, reads it back, and leaves an open entry that nobody holds', async () => {
    const { apply, aws, texts, time } = world({ lag: 10_000, rest: 60_000 });
    const said: string[] = [];
    const run = await apply([[DATABASE], [MINIMUM, TASKS]], { onProgress: (text) => said.push(text) });
    expect(run).to.deep.equal({
      entryId: '2026-11-21.run',
      closed: false,
      results: [
        {
          step: DATABASE,
          outcome: 'verified',
          message: 'Lowered to minCapacity 0.5, maxCapacity 1, backupRetentionDays 1, and read back.',
        },
        { step: MINIMUM, outcome: 'verified', message: 'Lowered to min 2, and read back.' },
        { step: TASKS, outcome: 'verified', message: 'Lowered to desired 2, and read back.' },
      ],
    });
    expect(aws.numbers()).to.deep.equal({ [DB]: DATABASE.to, 'ecs-minimum web': { min: 2 }, [WEB]: { desired: 2 } });
    const entry = latestEntry(texts);
    expect(entry).to.deep.equal({
      ...newEntry('2026-11-21.run', SCOPE, START),
      runs: [{ run_id: '2026-11-21.run', at: START.toISOString(), actor: 'ada', kind: 'apply' }],
      steps: [DATABASE, MINIMUM, TASKS].map(({ id, target, from, to }, index) => ({
        step: id,
        kind: target.kind,
        resource_type: target.type,
        resource_id: target.id,
        resource_arn: target.arn,
        before: from,
        target: to,
        status: 'verified',
        at: entry.steps[index]!.at,
        request_ids: [`request-${index + 1}`],
      })),
    });
    expect(said).to.deep.equal([
      'Lowering db: minCapacity 2, maxCapacity 4, backupRetentionDays 14 to minCapacity 0.5, maxCapacity 1, backupRetentionDays 1.',
      'Lowering web: min 3 to min 2.',
      'Lowering web: desired 5 to desired 2.',
      'Looking whether everything stays as it is.',
    ]);
    expect(time.now() - START.getTime()).to.be.greaterThan(60_000);
  });

  it('writes the whole entry before the first call, and each step before its own', async () => {
    const calls: string[] = [];
    const { aws, texts, time } = world();
    const gate = async <T>(operation: string, effect: () => T): Promise<T> => {
      const result = effect();
      const statuses = latestEntry(texts).steps.map(({ status }) => status);
      if (!operation.startsWith('read')) calls.push(`${operation}: ${statuses.join(' ')}`);
      return result;
    };
    const ledger = memoryLedger(texts, gate);
    await applySteps([[MINIMUM, TASKS]], scaledContext({ aws, ledger, time }, { kinds: aws.kinds(gate) }));
    expect(calls).to.deep.equal([
      'ledger readOpen: ',
      'ledger create: planned planned',
      'ledger replace: applying planned',
      'write ecs-minimum web: applying planned',
      'ledger replace: applied planned',
      'ledger replace: verified planned',
      'ledger replace: verified applying',
      'write ecs-tasks web: verified applying',
      'ledger replace: verified applied',
      // Verified; the lease renewed while nothing happens; the lease given back.
      'ledger replace: verified verified',
      'ledger replace: verified verified',
      'ledger replace: verified verified',
    ]);
  });

  it('leaves alone what is so already, what is gone and what cannot be read, and opens no entry for it', async () => {
    const { apply, texts, aws } = world(
      {
        onRead: (key, reading) => {
          if (key === WEB) throw serviceError('AccessDenied', 403, 'You may not look.');
          return reading;
        },
      },
      { [DB]: { minCapacity: 0.5, maxCapacity: 0.5, backupRetentionDays: 1 }, [WEB]: { desired: 5 } },
    );
    const run = await apply([[DATABASE], [MINIMUM, TASKS]]);
    expect(run.entryId).to.equal(null);
    expect(ended(run)).to.deep.equal([
      ['already', 'It is so already: minCapacity 0.5, maxCapacity 0.5, backupRetentionDays 1.'],
      ['gone', 'web is not there any more.'],
      ['failed', 'Nothing was changed: You may not look.'],
    ]);
    expect([texts.size, aws.writes]).to.deep.equal([0, []]);
  });

  it('names the open entry where there is nothing left to do', async () => {
    const { apply } = world();
    await apply([[TASKS]]);
    expect(await apply([[TASKS]], { runId: '2026-11-21.other' })).to.deep.equal({
      entryId: '2026-11-21.run',
      closed: false,
      results: [{ step: TASKS, outcome: 'already', message: 'It is so already: desired 2.' }],
    });
    expect((await apply([], { runId: '2026-11-21.other' })).entryId).to.equal('2026-11-21.run');
  });

  it('goes on with the open entry: what it holds stays the original, unless it is higher now', async () => {
    const { apply, aws, texts } = world();
    await apply([[DATABASE], [TASKS]]);
    aws.set(DB, { minCapacity: 1, maxCapacity: 8, backupRetentionDays: 1 });
    const again = step('aurora-cluster', 'db', aws.numbers()[DB]!, {
      minCapacity: 0.5,
      maxCapacity: 2,
      backupRetentionDays: 1,
    });
    const run = await apply([[again], [MINIMUM]], { runId: 'second run' });
    expect(outcomes(run)).to.deep.equal(['aurora-cluster verified', 'ecs-minimum verified']);
    const { id, steps, runs } = latestEntry(texts);
    expect([id, runs.map((one) => one.run_id)]).to.deep.equal(['2026-11-21.run', ['2026-11-21.run', 'second run']]);
    expect(steps.map(({ step: name, before, target, request_ids: ids }) => [name, before, target, ids])).to.deep.equal([
      [
        'aurora-cluster',
        { minCapacity: 2, maxCapacity: 8, backupRetentionDays: 14 },
        DATABASE.to,
        ['request-1', 'request-3'],
      ],
      ['ecs-tasks', { desired: 5 }, { desired: 2 }, ['request-2']],
      ['ecs-minimum', { min: 3 }, { min: 2 }, ['request-4']],
    ]);
  });

  it('never raises, and lowers what was raised since it was planned', async () => {
    const { apply, aws, texts } = world({}, { [DB]: { minCapacity: 0.5, maxCapacity: 6, backupRetentionDays: 1 } });
    const run = await apply([
      [
        step(
          'aurora-cluster',
          'db',
          { minCapacity: 2, maxCapacity: 4, backupRetentionDays: 1 },
          { minCapacity: 1, maxCapacity: 2, backupRetentionDays: 1 },
        ),
      ],
    ]);
    expect(messages(run)).to.deep.equal([
      'Lowered to minCapacity 0.5, maxCapacity 2, backupRetentionDays 1, and read back.',
    ]);
    expect(aws.writes).to.deep.equal([`${DB} {"maxCapacity":2}`]);
    expect(latestEntry(texts).steps[0]!.before).to.deep.equal({
      minCapacity: 2,
      maxCapacity: 6,
      backupRetentionDays: 1,
    });
  });

  it('writes down what someone has raised between the plan and its turn', async () => {
    let reads = 0;
    const one = world({
      onRead: (key, reading) => {
        reads += 1;
        if (key === WEB && reads === 2) {
          one.aws.set(WEB, { desired: 9 });
          return { numbers: { desired: 9 } };
        }
        return reading;
      },
    });
    expect(outcomes(await one.apply([[TASKS]]))).to.deep.equal(['ecs-tasks verified']);
    expect(latestEntry(one.texts).steps[0]!.before).to.deep.equal({ desired: 9 });
  });

  it('waits for what is busy, and says so', async () => {
    let busy = 3;
    const said: string[] = [];
    const { apply } = world({
      onRead: (_key, reading) => {
        busy -= 1;
        return { ...reading!, ...(busy >= 0 && { busy: 'is modifying' }) };
      },
    });
    expect(outcomes(await apply([[TASKS]], { onProgress: (text) => said.push(text) }))).to.deep.equal([
      'ecs-tasks verified',
    ]);
    expect(said.slice(0, 2)).to.deep.equal([
      'Waiting for web: it is modifying.',
      'Lowering web: desired 5 to desired 2.',
    ]);
  });

  it('gives up what stays busy, and has changed nothing', async () => {
    const { apply, aws, statuses, time } = world({
      onRead: (_key, reading) => ({ ...reading!, busy: 'is modifying' }),
    });
    expect(ended(await apply([[TASKS]]))).to.deep.equal([
      ['failed', 'Nothing was changed: after 30 minutes it is modifying.'],
    ]);
    expect([aws.writes, statuses(), time.now() - START.getTime()]).to.deep.equal([
      [],
      ['ecs-tasks planned'],
      1_800_000,
    ]);
    const brief = world({ onRead: (_key, reading) => ({ ...reading!, busy: 'is modifying' }) });
    expect(messages(await brief.apply([[TASKS]], { timeoutSeconds: 60 }))).to.deep.equal([
      'Nothing was changed: after 1 minute it is modifying.',
    ]);
    const brisk = world({ onRead: (_key, reading) => ({ ...reading!, busy: 'is modifying' }) });
    expect(messages(await brisk.apply([[TASKS]], { timeoutSeconds: 5 }))).to.deep.equal([
      'Nothing was changed: after 5 s it is modifying.',
    ]);
  });

  for (const [what, error] of [
    ['turns it away for now', serviceError('InvalidState', 400, 'It is modifying.')],
    ['is too busy', serviceError('ThrottlingException', 400, 'Rate exceeded')],
    ['is broken', serviceError('InternalFailure', 500, 'Sorry.')],
    ['cannot be reached', networkError('ECONNRESET', 'socket hang up')],
  ] as const) {
    it(`tries again where AWS ${what}`, async () => {
      let left = 3;
      const { apply, aws } = world({
        onWrite: () => {
          left -= 1;
          if (left >= 0) throw error;
        },
      });
      expect(outcomes(await apply([[TASKS]]))).to.deep.equal(['ecs-tasks verified']);
      expect(aws.writes).to.deep.equal([`${WEB} {"desired":2}`]);
    });
  }

  it('knows its own call again whose answer was lost', async () => {
    const one = world({
      onWrite: (key) => {
        one.aws.set(key, { desired: 2 });
        throw networkError('ECONNRESET', 'socket hang up');
      },
    });
    expect(ended(await one.apply([[TASKS]]))).to.deep.equal([['verified', 'Lowered to desired 2, and read back.']]);
    expect(one.statuses()).to.deep.equal(['ecs-tasks verified']);
  });

  it('takes the word of AWS that it is so already, and reads it back', async () => {
    const one = world({
      onWrite: (key) => {
        one.aws.set(key, { desired: 2 });
        throw serviceError('AlreadySo', 400, 'It is so already.');
      },
    });
    expect(outcomes(await one.apply([[TASKS]]))).to.deep.equal(['ecs-tasks verified']);
  });

  it('gives up what is turned away until the time is up, and says what it still shows', async () => {
    const { apply, statuses, texts } = world({
      onWrite: () => {
        throw serviceError('InvalidState', 400, 'It is modifying.');
      },
    });
    const message = 'InvalidState: It is modifying. It still shows desired 5.';
    expect(ended(await apply([[TASKS]]))).to.deep.equal([['failed', message]]);
    expect([statuses(), latestEntry(texts).steps[0]!.message]).to.deep.equal([['ecs-tasks failed'], message]);
  });

  it('names the permission where access is denied, and goes on with the others', async () => {
    const { apply, statuses, aws } = world({
      onWrite: (key) => {
        if (key === DB) throw serviceError('AccessDenied', 403, 'You may not.');
      },
    });
    const run = await apply([[DATABASE], [MINIMUM, TASKS]]);
    expect(ended(run)[0]).to.deep.equal([
      'failed',
      'You may not (it takes scaled:Modify-aurora-cluster). It still shows minCapacity 2, maxCapacity 4, backupRetentionDays 14.',
    ]);
    expect(outcomes(run).slice(1)).to.deep.equal(['ecs-minimum verified', 'ecs-tasks verified']);
    expect(statuses()).to.deep.equal(['aurora-cluster failed', 'ecs-minimum verified', 'ecs-tasks verified']);
    expect(aws.numbers()[DB]).to.deep.equal(ESTATE[DB]);
  });

  it('tells how far a change came that was refused half way', async () => {
    const half = world({
      onWrite: (key) => {
        half.aws.set(key, { ...ESTATE[DB], minCapacity: 0.5 });
        throw serviceError('InvalidParameter', 400, 'No.');
      },
    });
    expect(messages(await half.apply([[DATABASE]]))).to.deep.equal([
      'InvalidParameter: No. It shows minCapacity 0.5, maxCapacity 4, backupRetentionDays 14.',
    ]);
    const whole = world({
      onWrite: (key) => {
        whole.aws.set(key, { desired: 2 });
        throw serviceError('InvalidParameter', 400, 'No.');
      },
    });
    expect(outcomes(await whole.apply([[TASKS]]))).to.deep.equal(['ecs-tasks verified']);
    let refused = false;
    const blind = world({
      onWrite: () => {
        refused = true;
        throw serviceError('InvalidParameter', 400, 'No.');
      },
      onRead: (_key, reading) => {
        if (refused) throw serviceError('InvalidParameter', 400, 'No.');
        return reading;
      },
    });
    expect(messages(await blind.apply([[TASKS]]))).to.deep.equal([
      'InvalidParameter: No. Whether it was changed is not known: restoring finds out.',
    ]);
  });

  it('makes a defect of ours the result of its step alone', async () => {
    const { apply } = world({
      onWrite: (key) => {
        if (key === DB) throw new TypeError('x is not a function.');
      },
    });
    expect(ended(await apply([[DATABASE], [TASKS]]))).to.deep.equal([
      ['failed', 'x is not a function. It still shows minCapacity 2, maxCapacity 4, backupRetentionDays 14.'],
      ['verified', 'Lowered to desired 2, and read back.'],
    ]);
  });

  it('does not believe a waiter that is content at once', async () => {
    const { apply, time } = world({ lag: 40_000, rest: 100_000, waiter: 'at-once' });
    expect(outcomes(await apply([[TASKS]]))).to.deep.equal(['ecs-tasks verified']);
    expect(time.now() - START.getTime()).to.be.greaterThan(140_000);
  });

  it('looks for itself where the waiter fails', async () => {
    const { apply } = world({ lag: 40_000, rest: 100_000, waiter: 'broken' });
    expect(outcomes(await apply([[TASKS]]))).to.deep.equal(['ecs-tasks verified']);
  });

  it('takes a last look where the waiter has waited in vain', async () => {
    const { apply, statuses } = world({ rest: 100_000, waiter: 'never' });
    expect(outcomes(await apply([[TASKS]]))).to.deep.equal(['ecs-tasks verified']);
    expect(statuses()).to.deep.equal(['ecs-tasks verified']);
  });

  it('fails where AWS took the change and never shows it, or never comes to rest', async () => {
    const unseen = world({ lag: 9_999_999 });
    expect(ended(await unseen.apply([[TASKS]]))).to.deep.equal([
      ['failed', 'AWS took the change, and after 30 minutes it shows desired 5.'],
    ]);
    expect(unseen.statuses()).to.deep.equal(['ecs-tasks failed']);
    const restless = world({ rest: 9_999_999 });
    expect(ended(await restless.apply([[TASKS]]))).to.deep.equal([
      ['failed', 'Lowered to desired 2, and after 30 minutes it is modifying.'],
    ]);
    expect(restless.statuses()).to.deep.equal(['ecs-tasks applied']);
  });

  it('fails where it cannot be read back', async () => {
    let written = false;
    const { apply, statuses } = world({
      onWrite: () => {
        written = true;
      },
      onRead: (_key, reading) => {
        if (written) throw serviceError('AccessDenied', 403, 'Not any more.');
        return reading;
      },
    });
    expect(messages(await apply([[TASKS]]))).to.deep.equal([
      'AWS took the change, and it cannot be read back: Not any more (it takes scaled:Describe).',
    ]);
    expect(statuses()).to.deep.equal(['ecs-tasks failed']);
  });

  it('looks again where a look meets a busy AWS, and fails with the reason where that lasts', async () => {
    let reads = 0;
    const throttled = serviceError('ThrottlingException', 400, 'Rate exceeded');
    const passing = world({
      onRead: (_key, reading) => {
        reads += 1;
        if (reads === 2 || reads === 4) throw throttled;
        return reading;
      },
    });
    expect(outcomes(await passing.apply([[TASKS]]))).to.deep.equal(['ecs-tasks verified']);
    let looks = 0;
    const lasting = world({
      onRead: (_key, reading) => {
        looks += 1;
        if (looks > 1) throw throttled;
        return reading;
      },
    });
    expect(messages(await lasting.apply([[TASKS]]))).to.deep.equal(['Nothing was changed: Rate exceeded.']);
  });

  it('says so where AWS is out of reach after a call whose answer was lost', async () => {
    let lost = false;
    const { apply, statuses } = world({
      onWrite: () => {
        lost = true;
        throw networkError('ECONNRESET', 'socket hang up');
      },
      onRead: (_key, reading) => {
        if (lost) throw networkError('ENOTFOUND', 'no such host');
        return reading;
      },
    });
    expect(messages(await apply([[TASKS]]))).to.deep.equal([
      'socket hang up. Whether it was changed is not known: restoring finds out.',
    ]);
    expect(statuses()).to.deep.equal(['ecs-tasks failed']);
  });

  it('finds what has gone meanwhile, before its call and after, with a second look', async () => {
    let reads = 0;
    const before = world({
      onRead: (_key, reading) => {
        reads += 1;
        return reads === 1 ? reading : undefined;
      },
    });
    expect(ended(await before.apply([[TASKS]]))).to.deep.equal([['gone', 'web is not there any more.']]);
    expect([reads, before.statuses()]).to.deep.equal([3, ['ecs-tasks planned']]);
    let written = false;
    const after = world({
      onWrite: () => {
        written = true;
      },
      onRead: (_key, reading) => (written ? undefined : reading),
    });
    expect(ended(await after.apply([[TASKS]]))).to.deep.equal([['gone', 'web is not there any more.']]);
    expect(after.statuses()).to.deep.equal(['ecs-tasks applied']);
    const other = world({}, { [WEB]: { tasks: 5 } });
    expect(messages(await other.apply([[TASKS]]))).to.deep.equal([
      'web is there without desired: it is not what it was any more.',
    ]);
  });

  it('has nothing to do where someone has lowered it meanwhile', async () => {
    let reads = 0;
    const { apply, aws, statuses } = world({
      onRead: (_key, reading) => {
        reads += 1;
        return reads === 1 ? reading : { numbers: { desired: 1 } };
      },
    });
    expect(ended(await apply([[TASKS]]))).to.deep.equal([['already', 'It is so already: desired 1.']]);
    expect([aws.writes, statuses()]).to.deep.equal([[], ['ecs-tasks planned']]);
  });

  it('takes nothing for granted where a defect of ours comes between writing it down and the call', async () => {
    const { apply, statuses } = world();
    const onProgress = (text: string) => {
      if (text.startsWith('Lowering web')) throw new Error('EPIPE: broken pipe');
    };
    expect(ended(await apply([[TASKS], [DATABASE]], { onProgress }))).to.deep.equal([
      ['failed', 'EPIPE: broken pipe. Whether it was changed is not known: restoring finds out.'],
      ['verified', 'Lowered to minCapacity 0.5, maxCapacity 1, backupRetentionDays 1, and read back.'],
    ]);
    expect(statuses()[0]).to.equal('ecs-tasks failed');
  });

  it('does not take for its own success what is lower than it was to be', async () => {
    let written = false;
    const { apply, statuses } = world({
      onWrite: () => {
        written = true;
      },
      onRead: (_key, reading) => (written && reading !== undefined ? { ...reading, numbers: { desired: 0 } } : reading),
    });
    const { results } = await apply([[TASKS]]);
    expect(results.map(({ outcome, message }) => [outcome, message])).to.deep.equal([
      ['failed', 'It was to be desired 2, and shows desired 0: something else lowers it too.'],
    ]);
    expect(statuses()).to.deep.equal(['ecs-tasks failed']);
  });

  it('finds what something raises again once it was verified', async () => {
    const one = world({});
    const run = await one.apply([[TASKS], [DATABASE]], {
      onProgress: (text) => {
        if (text.startsWith('Looking')) one.aws.set(WEB, { desired: 4 });
      },
    });
    const message =
      'It was lowered, and 60 s later it shows desired 4: something raises it again: autoscaling, a schedule, somebody.';
    expect(ended(run)[0]).to.deep.equal(['failed', message]);
    expect(outcomes(run)[1]).to.equal('aurora-cluster verified');
    expect(latestEntry(one.texts).steps.map(({ status, message: note }) => [status, note])).to.deep.equal([
      ['failed', message],
      ['verified', undefined],
    ]);
  });

  it('keeps to what was verified where the last look gives nothing', async () => {
    let last = false;
    const { apply } = world({
      onRead: (key, reading) => {
        if (last && key === WEB) throw networkError('ECONNRESET', 'socket hang up');
        return last ? undefined : reading;
      },
    });
    const onProgress = (text: string) => {
      last = text.startsWith('Looking');
    };
    expect(outcomes(await apply([[TASKS], [DATABASE]], { onProgress }))).to.deep.equal([
      'ecs-tasks verified',
      'aurora-cluster verified',
    ]);
  });

  describe('with a snapshot to be taken first', () => {
    const taking = (takeSnapshot: NonNullable<RunContext['takeSnapshot']>) => {
      const { apply, aws, texts, ...rest } = world();
      const run = (changes: Partial<RunContext> = {}) =>
        apply([[DATABASE], [MINIMUM, TASKS]], { takeSnapshot, ...changes });
      return { run, aws, snapshots: () => latestEntry(texts).snapshots, ...rest };
    };

    it('takes one of each cluster before it is lowered, and of nothing else, and writes its id down', async () => {
      const taken: unknown[] = [];
      const { run, aws, snapshots } = taking(async ({ id }) => {
        taken.push([id, { ...aws.numbers()[DB] }]);
        return `${id}-before`;
      });
      const done = await run();
      expect(messages(done)[0]).to.equal(
        'Lowered to minCapacity 0.5, maxCapacity 1, backupRetentionDays 1, and read back. Snapshot db-before was taken first.',
      );
      expect(outcomes(done)).to.deep.equal(['aurora-cluster verified', 'ecs-minimum verified', 'ecs-tasks verified']);
      expect(taken).to.deep.equal([['db', ESTATE[DB]]]);
      expect(snapshots()).to.deep.equal([
        { resource_arn: DATABASE.target.arn, snapshot_id: 'db-before', at: START.toISOString() },
      ]);
    });

    it('changes nothing of a cluster whose snapshot is denied, and goes on with the others', async () => {
      const { run, aws, snapshots } = taking(async () => {
        throw serviceError('AccessDenied', 403, 'Not you.');
      });
      const { results } = await run();
      expect(results[0]).to.deep.include({
        outcome: 'failed',
        message: 'Nothing was changed: Not you (it takes rds:CreateDBClusterSnapshot, rds:DescribeDBClusterSnapshots).',
      });
      expect(results.slice(1).map(({ outcome }) => outcome)).to.deep.equal(['verified', 'verified']);
      expect([aws.numbers()[DB], snapshots()]).to.deep.equal([ESTATE[DB], []]);
    });

    it('tries again where the cluster is busy for a moment', async () => {
      let calls = 0;
      const { run, snapshots } = taking(async () => {
        calls += 1;
        if (calls === 1) throw serviceError('Throttling', 400, 'Slow down.');
        return 'db-before';
      });
      expect(outcomes(await run())).to.include('aurora-cluster verified');
      expect([calls, snapshots().length]).to.deep.equal([2, 1]);
    });

    it('gives up in time where it never can be taken', async () => {
      const { run } = taking(async () => {
        throw serviceError('Throttling', 400, 'Slow down.');
      });
      expect((await run({ timeoutSeconds: 60 })).results[0]).to.deep.include({
        outcome: 'failed',
        message: 'Nothing was changed: Slow down.',
      });
    });

    it('begins nothing where the run is stopped meanwhile', async () => {
      const controller = new AbortController();
      const { run, aws } = taking(async () => {
        controller.abort();
        throw new Error('Aborted.');
      });
      expect((await run({ stop: controller.signal })).results[0]).to.deep.include({
        outcome: 'not-attempted',
        message: 'The run was ended before it was begun.',
      });
      expect(aws.numbers()[DB]).to.deep.equal(ESTATE[DB]);
    });
  });

  it('does not wait where it was told not to', async () => {
    const { apply, statuses, time } = world({ rest: 60_000 });
    const run = await apply([[TASKS]], { noWait: true });
    expect(ended(run)).to.deep.equal([['applied', 'AWS took the change; what comes of it was not waited for.']]);
    expect([statuses(), time.now() - START.getTime()]).to.deep.equal([['ecs-tasks applied'], 0]);
  });

  it('begins no step once it was stopped, and ends its waiting', async () => {
    const one = world({ rest: 60_000 });
    const run = await one.apply([[MINIMUM, TASKS]], stopping(/^Lowering/));
    expect(ended(run)).to.deep.equal([
      ['applied', 'AWS took the change; the run was ended before it was seen.'],
      ['not-attempted', 'The run was ended before it was begun.'],
    ]);
    expect([one.statuses(), one.time.now() - START.getTime()]).to.deep.equal([
      ['ecs-minimum applied', 'ecs-tasks planned'],
      0,
    ]);
    expect(latestEntry(one.texts).lease).to.equal(undefined);
  });

  it('begins nothing at all where it was stopped before', async () => {
    const { apply, texts } = world();
    expect(await apply([[TASKS]], { stop: AbortSignal.abort() })).to.deep.equal({
      entryId: null,
      closed: false,
      results: [{ step: TASKS, outcome: 'not-attempted', message: 'The run was ended before it was begun.' }],
    });
    expect(texts.size).to.equal(0);
  });

  it('ends waiting for what is busy, or turns it away, or seems to be gone, where it was stopped', async () => {
    const busy = world({ onRead: (_key, reading) => ({ ...reading!, busy: 'is modifying' }) });
    expect(ended(await busy.apply([[TASKS]], stopping(/^Waiting/)))).to.deep.equal([
      ['not-attempted', 'The run was ended before it was begun.'],
    ]);
    const controller = new AbortController();
    const refusing = world({
      onWrite: () => {
        controller.abort();
        throw serviceError('InvalidState', 400, 'It is modifying.');
      },
    });
    expect(outcomes(await refusing.apply([[TASKS]], { stop: controller.signal }))).to.deep.equal(['ecs-tasks failed']);
    const ending = new AbortController();
    let reads = 0;
    const gone = world({
      onRead: (_key, reading) => {
        reads += 1;
        if (reads === 2) ending.abort();
        return reads === 1 ? reading : undefined;
      },
    });
    expect(outcomes(await gone.apply([[TASKS]], { stop: ending.signal }))).to.deep.equal(['ecs-tasks gone']);
  });

  it('leaves out the last look where it was stopped meanwhile', async () => {
    const one = world();
    const run = await one.apply([[TASKS]], stopping(/^Looking/));
    expect(outcomes(run)).to.deep.equal(['ecs-tasks verified']);
    expect(one.time.now()).to.equal(START.getTime());
  });

  it('begins nothing more once the ledger cannot be written, and finishes what is under way', async () => {
    const { apply, aws, ledger, statuses } = world();
    // The note that AWS took the first step.
    const run = await apply([[MINIMUM, TASKS]], { ledger: failing(ledger, 2, FULL) });
    expect(run.ledgerFailure).to.equal(FULL.message);
    expect(ended(run)).to.deep.equal([
      ['verified', 'Lowered to min 2, and read back.'],
      ['not-attempted', `It was not begun, for the ledger could not be written. ${FULL.message}`],
    ]);
    expect(aws.writes).to.deep.equal(['ecs-minimum web {"min":2}']);
    expect(statuses()).to.deep.equal(['ecs-minimum applying', 'ecs-tasks planned']);
  });

  it('makes no call whose beginning cannot be written down', async () => {
    const { apply, aws, ledger } = world();
    const run = await apply([[DATABASE], [TASKS]], { ledger: failing(ledger, 1, new TypeError('defect')) });
    expect([outcomes(run), run.ledgerFailure, aws.writes]).to.deep.equal([
      ['aurora-cluster not-attempted', 'ecs-tasks not-attempted'],
      'The ledger cannot be written: defect.',
      [],
    ]);
  });

  it('writes down later what could not be written at once, and begins nothing all the same', async () => {
    const { apply, ledger, statuses } = world();
    const run = await apply([[MINIMUM, TASKS]], { ledger: failing(ledger, 2, FULL, false) });
    expect(outcomes(run)).to.deep.equal(['ecs-minimum verified', 'ecs-tasks not-attempted']);
    expect([statuses(), run.ledgerFailure]).to.deep.equal([
      ['ecs-minimum verified', 'ecs-tasks planned'],
      FULL.message,
    ]);
  });

  it('goes on where a write that seemed to fail has come through', async () => {
    const { apply, ledger, statuses } = world();
    let count = 0;
    const deaf: LedgerStore = {
      ...ledger,
      replace: async (stored, entry) => {
        count += 1;
        const written = await ledger.replace(stored, entry);
        if (count === 2) throw FULL;
        return written;
      },
    };
    expect(outcomes(await apply([[TASKS]], { ledger: deaf }))).to.deep.equal(['ecs-tasks verified']);
    expect(statuses()).to.deep.equal(['ecs-tasks verified']);
  });

  it('stops where another run has taken the entry over', async () => {
    const { apply, ledger, aws, texts } = world();
    const robbed: LedgerStore = {
      ...ledger,
      replace: async (stored, entry) => {
        const there = (await ledger.readOpen())!;
        const lease = { run_id: 'other', actor: 'bob', host: 'desk', pid: 1, until: START.toISOString() };
        if (there.entry.lease?.run_id !== 'other') await ledger.replace(there, { ...there.entry, lease });
        return ledger.replace(stored, entry);
      },
    };
    const run = await apply([[TASKS]], { ledger: robbed });
    expect([outcomes(run), run.ledgerFailure, aws.writes]).to.deep.equal([
      ['ecs-tasks not-attempted'],
      'Another run has taken over the ledger.',
      [],
    ]);
    expect(latestEntry(texts).lease?.run_id).to.equal('other');
  });

  it('refuses a second run while the first is at work, and lets it once that has ended', async () => {
    const one = world({ rest: 600_000 });
    const first = one.apply([[TASKS]]);
    await one.time.pause(400_000);
    const changes = { runId: '2026-11-21.other', actor: 'bob', pid: 1 };
    expect(await userErrorOf(() => one.apply([[DATABASE]], changes))).to.deep.include({
      code: 'LEDGER_LOCKED',
      exitCode: 3,
      // Renewed each minute for five.
      message: `Another run is at work on this environment: ada, on desk (process ${process.pid}), until 2026-11-21T06:11:00.000Z.`,
    });
    expect(outcomes(await first)).to.deep.equal(['ecs-tasks verified']);
    expect(outcomes(await one.apply([[DATABASE]], changes))).to.deep.equal(['aurora-cluster verified']);
    expect(latestEntry(one.texts).runs.map(({ actor }) => actor)).to.deep.equal(['ada', 'bob']);
  });

  it('lets one of two begin that start at the same moment', async () => {
    const one = world();
    const ended = await Promise.allSettled([
      one.apply([[TASKS]]),
      one.apply([[TASKS]], { runId: '2026-11-21.other', pid: 1 }),
    ]);
    expect(ended.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
    expect(one.aws.writes).to.deep.equal([`${WEB} {"desired":2}`]);
  });

  it('throws what the ledger throws before anything was changed', async () => {
    const { apply, aws, ledger } = world();
    const create = async () => {
      throw FULL;
    };
    expect(await thrownBy(() => apply([[TASKS]], { ledger: { ...ledger, create } }))).to.equal(FULL);
    expect(aws.writes).to.deep.equal([]);
    let conflicts = 0;
    const contested: LedgerStore = {
      ...ledger,
      create: async (entry) => {
        conflicts += 1;
        if (conflicts === 1) throw new LedgerConflictError('open');
        return ledger.create(entry);
      },
    };
    expect(outcomes(await apply([[TASKS]], { ledger: contested }))).to.deep.equal(['ecs-tasks verified']);
  });

  /** A ledger whose first replacing takes so many milliseconds to answer. */
  const sleeping = ({ ledger, time }: ReturnType<typeof world>, milliseconds: number): LedgerStore => {
    let first = true;
    return {
      ...ledger,
      replace: async (stored, entry) => {
        const written = await ledger.replace(stored, entry);
        if (first) {
          first = false;
          await time.pause(milliseconds);
        }
        return written;
      },
    };
  };

  it('makes no call that it was long kept from where another run has put everything back meanwhile', async () => {
    const one = world();
    const restoring = async () => {
      await one.time.pause(400_000);
      const context = scaledContext(one, { runId: '2026-11-21.other', actor: 'bob', pid: 1 });
      return restoreEntry((await one.ledger.readOpen())!, context);
    };
    const [run, restored] = await Promise.all([one.apply([[TASKS]], { ledger: sleeping(one, 600_000) }), restoring()]);
    expect(restored.closed).to.equal(true);
    expect(ended(run)).to.deep.equal([
      [
        'not-attempted',
        'It was not begun, for the ledger could not be written. Another run has taken over the ledger.',
      ],
    ]);
    expect([one.aws.writes, latestEntry(one.texts).status]).to.deep.equal([[], 'closed']);
  });

  it('writes down again what it was long kept from, and then does it, as long as there is time', async () => {
    const one = world();
    expect(outcomes(await one.apply([[TASKS]], { ledger: sleeping(one, 600_000) }))).to.deep.equal([
      'ecs-tasks verified',
    ]);
    const late = world();
    const run = await late.apply([[TASKS]], { ledger: sleeping(late, 600_000), timeoutSeconds: 300 });
    expect(messages(run)).to.deep.equal(['Nothing was changed: after 5 minutes it could not be begun.']);
    expect(late.aws.writes).to.deep.equal([]);
  });

  it('gives up where someone else is faster every time', async () => {
    const { apply, aws, ledger } = world();
    let tries = 0;
    const create = async () => {
      tries += 1;
      throw new LedgerConflictError('changed');
    };
    expect(await userErrorOf(() => apply([[TASKS]], { ledger: { ...ledger, create } }))).to.deep.equal({
      code: 'LEDGER_LOCKED',
      exitCode: 3,
      message: 'The ledger is changed by others all the time: memory.',
      suggestions: ['Nothing was changed; try again in a minute', 'In S3, use a service that knows conditional writes'],
    });
    expect([tries, aws.writes]).to.deep.equal([10, []]);
  });
});
