import { CreateBucketCommand, GetObjectCommand, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'chai';

import type { LedgerEntry } from '../../src/optimize/ledger.ts';
import { runBuiltCli } from '../support/cli.ts';
import type { Moment } from '../support/fault-proxy.ts';
import {
  ESTATE_ACCOUNT,
  ESTATE_REGION,
  FULL_SIZE,
  isChange,
  SCALED_DOWN,
  withOptimizeEstate,
} from '../support/optimize-estate.ts';
import type { Door, OptimizeEstate } from '../support/optimize-estate.ts';
import { ALL_RUNNING, ALL_STOPPED, readRunning, seedRunning, setRunning } from '../support/stopped-estate.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BUCKET = 'ledgers';

/** A point of a run: a call, the nth of its API from the first that writes the ledger on. */
interface Point {
  readonly api: string;
  readonly nth: number;
  readonly moment: Moment;
}

/** A run of the command that ends at a point; without one, at its own end. */
interface Walked {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
  /** The calls from the first that writes the ledger on. */
  readonly calls: readonly string[];
}

/** What became of one point. */
interface Fate {
  readonly point: string;
  readonly killed: boolean;
  /** Exit code of the run that puts everything back. */
  readonly restored: number | null;
  readonly numbers: object;
  /** Of the entry in the ledger: there is none where the run died before it was written. */
  readonly ledger: LedgerEntry['status'] | 'none';
}

/** What an environment consists of, as it was made and as it is scaled down. */
interface Shape {
  readonly args: readonly string[];
  readonly up: object;
  readonly down: object;
  seed(environment: string): Promise<void>;
  read(environment: string): Promise<object>;
  set(environment: string, which: 'up' | 'down'): Promise<void>;
  /** The calls that it is to die at: the others were died at with another shape. */
  diesAt(api: string): boolean;
}

/** Environments that are walked through at the same time, one for each processor. */
const LANES = ['dev', 'test'];

describe('a run of optimize that dies', function () {
  // A few dozen points, three processes of the command at each.
  this.timeout(240_000);
  const estate = withOptimizeEstate();

  const scaled: Shape = {
    args: [],
    up: FULL_SIZE,
    down: SCALED_DOWN,
    seed: async (environment) => estate().seed(environment),
    read: async (environment) => estate().read(environment),
    set: async (environment, which) => estate().set(environment, which === 'up' ? FULL_SIZE : SCALED_DOWN),
    diesAt: () => true,
  };
  describe('while it makes things smaller', () => {
    diesEverywhere(estate, scaled);
  });

  const stopped: Shape = {
    args: ['--include', 'rds,ec2,asg'],
    up: ALL_RUNNING,
    down: ALL_STOPPED,
    seed: async (environment) => seedRunning(environment, estate().clients),
    read: async (environment) => readRunning(environment, estate().clients),
    set: async (environment, which) =>
      setRunning(environment, which === 'up' ? ALL_RUNNING : ALL_STOPPED, estate().clients),
    diesAt: (api) => isChange(api) && !api.startsWith('s3:'),
  };
  describe('while it stops what it was told to', () => {
    diesEverywhere(estate, stopped);
  });
});

function diesEverywhere(estate: () => OptimizeEstate, shape: Shape): void {
  const path = temporaryFolder();

  /** Runs the command; it dies at the point that is given, and the call of that point goes no further. */
  const walk = async (lane: Lane, args: readonly string[], point?: Point): Promise<Walked> => {
    const { door, environment } = lane;
    const { promise: fatal, resolve: kill } = Promise.withResolvers<undefined>();
    const calls: string[] = [];
    let ended: Promise<unknown> = Promise.resolve();
    door.reset();
    door.watch(async (api, moment) => {
      if (moment === 'before' && (calls.length > 0 || api === 's3:PutObject')) {
        calls.push(api);
      }
      if (moment !== point?.moment || api !== point.api || timesOf(api, calls) !== point.nth) return;
      kill(undefined);
      await ended;
      throw new Error('Nobody is there to have the answer.');
    });
    const running = runBuiltCli({
      args: ['optimize', '-e', environment, ...args, '--yes', '--json', '--prices', 'bundled'],
      env: { ...door.env, XDG_STATE_HOME: path('state') },
      ...(point !== undefined && { signalAfter: fatal, signal: 'SIGKILL' }),
    });
    ended = running;
    const { exitCode, signal, stdout, stderr } = await running;
    return { exitCode, signal, said: `${stdout}${stderr}`, calls };
  };

  interface Lane {
    readonly environment: string;
    readonly door: Door;
  }

  const openLanes = async (): Promise<Lane[]> => {
    await estate().clients.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    return Promise.all(
      LANES.map(async (environment) => {
        await shape.seed(environment);
        return { environment, door: await estate().open() };
      }),
    );
  };

  const keyOf = (ledger: string, { environment }: Lane) =>
    `${ledger}/${ESTATE_ACCOUNT}/${ESTATE_REGION}/${environment}/open.json`;

  const readLedger = async (ledger: string, lane: Lane): Promise<string | undefined> => {
    try {
      const { Body } = await estate().clients.s3.send(
        new GetObjectCommand({ Bucket: BUCKET, Key: keyOf(ledger, lane) }),
      );
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  };

  const fateOf = async (lane: Lane, ledger: string, point: string, died: Walked): Promise<Fate> => {
    const { exitCode } = await walk(lane, ['--restore', '--ledger', `s3://${BUCKET}/${ledger}`]);
    const text = await readLedger(ledger, lane);
    return {
      point,
      killed: died.signal === 'SIGKILL',
      restored: exitCode,
      numbers: await shape.read(lane.environment),
      ledger: text === undefined ? 'none' : (JSON.parse(text) as LedgerEntry).status,
    };
  };

  /** Walks through every point, each lane through the next that nobody has taken. */
  const walkAll = async (
    lanes: readonly Lane[],
    points: readonly Point[],
    at: (lane: Lane, point: Point, ledger: string) => Promise<Fate>,
  ): Promise<Fate[]> => {
    const left = points.entries();
    const fates: Fate[] = [];
    await Promise.all(
      lanes.map(async (lane) => {
        for (const [index, point] of left) fates.push(await at(lane, point, `point-${index}`));
      }),
    );
    return fates;
  };

  const back = (fates: readonly Fate[]) =>
    fates.filter(
      ({ restored, numbers, ledger }) =>
        restored !== 0 || ledger === 'open' || JSON.stringify(numbers) !== JSON.stringify(shape.up),
    );

  it('can be put back, before and after every call that it makes since it first wrote the ledger', async () => {
    const lanes = await openLanes();
    const [first] = lanes;
    if (first === undefined) throw new Error('There is no lane.');
    const clean = await walk(first, [...shape.args, '--ledger', `s3://${BUCKET}/clean`]);
    expect([clean.exitCode, await shape.read('dev')], clean.said).to.deep.equal([0, shape.down]);

    const points = pointsOf(clean.calls).filter(({ api }) => shape.diesAt(api));
    const fates = await walkAll(lanes, points, async (lane, point, ledger) => {
      await shape.set(lane.environment, 'up');
      const died = await walk(lane, [...shape.args, '--ledger', `s3://${BUCKET}/${ledger}`], point);
      // Where AWS was changed it is run once more first, as a schedule does: what was lowered is not taken for what was before.
      const last = died.calls.at(-1) ?? '';
      if (point.moment === 'after' && !last.startsWith('s3:')) {
        const again = await walk(lane, [...shape.args, '--ledger', `s3://${BUCKET}/${ledger}`]);
        expect([again.exitCode, await shape.read(lane.environment)], again.said).to.deep.equal([0, shape.down]);
      }
      return fateOf(lane, ledger, `${point.moment} ${point.api} ${point.nth}`, died);
    });
    expect(back(fates)).to.deep.equal([]);
    expectKilled(fates, points);
  });

  it('can be put back, before and after every call of a run that was putting back', async () => {
    const lanes = await openLanes();
    const kept = new Map<Lane, string>();
    for (const lane of lanes) {
      await walk(lane, [...shape.args, '--ledger', `s3://${BUCKET}/kept`]);
      kept.set(lane, (await readLedger('kept', lane)) ?? '');
    }
    const [first] = lanes;
    if (first === undefined) throw new Error('There is no lane.');
    const clean = await walk(first, ['--restore', '--ledger', `s3://${BUCKET}/kept`]);
    expect([clean.exitCode, await shape.read('dev')], clean.said).to.deep.equal([0, shape.up]);

    const points = pointsOf(clean.calls).filter(({ api }) => shape.diesAt(api));
    const fates = await walkAll(lanes, points, async (lane, point, ledger) => {
      await shape.set(lane.environment, 'down');
      await estate().clients.s3.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: keyOf(ledger, lane), Body: kept.get(lane) ?? '' }),
      );
      const died = await walk(lane, ['--restore', '--ledger', `s3://${BUCKET}/${ledger}`], point);
      return fateOf(lane, ledger, `${point.moment} ${point.api} ${point.nth}`, died);
    });
    expect(back(fates)).to.deep.equal([]);
    expectKilled(fates, points);
  });
}

/**
 * Before and after each call that changes something, and before the first of those that only read in between: dying before the others
 * leaves the same behind.
 */
function pointsOf(calls: readonly string[]): Point[] {
  return calls.flatMap((api, index) => {
    const before = { api, nth: timesOf(api, calls.slice(0, index + 1)), moment: 'before' } as const;
    if (isChange(api)) return [before, { ...before, moment: 'after' as const }];
    return isChange(calls[index - 1] ?? api) ? [before] : [];
  });
}

function timesOf(api: string, calls: readonly string[]): number {
  return calls.filter((call) => call === api).length;
}

/** Resources are changed side by side, and a look more or less may be taken: the last points may come after the end. */
function expectKilled(fates: readonly Fate[], points: readonly Point[]): void {
  expect(points.length).to.be.at.least(8);
  const alive = fates.filter(({ killed }) => !killed).map(({ point }) => point);
  expect(alive.length, alive.join('\n')).to.be.at.most(Math.ceil(points.length / 10));
}
