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
import type { Door, EnvironmentNumbers } from '../support/optimize-estate.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BUCKET = 'ledgers';

/** A point of a run: a call, counted from the first one that writes the ledger. */
interface Point {
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
  readonly numbers: EnvironmentNumbers;
  /** Of the entry in the ledger: there is none where the run died before it was written. */
  readonly ledger: LedgerEntry['status'] | 'none';
}

/** Environments that are walked through at the same time, one for each processor. */
const LANES = ['dev', 'test'];

describe('a run of optimize that dies', function () {
  // A few dozen points, three processes of the command at each.
  this.timeout(240_000);
  const estate = withOptimizeEstate();
  const path = temporaryFolder();

  /** Runs the command; it dies at the point that is given, and the call of that point goes no further. */
  const walk = async (lane: Lane, args: readonly string[], point?: Point): Promise<Walked> => {
    const { door, environment } = lane;
    const { promise: fatal, resolve: kill } = Promise.withResolvers<undefined>();
    const calls: string[] = [];
    let fated: string | undefined;
    let ended: Promise<unknown> = Promise.resolve();
    door.reset();
    door.watch(async (api, moment) => {
      if (moment === 'before' && (calls.length > 0 || api === 's3:PutObject')) {
        calls.push(api);
        if (calls.length === point?.nth) fated = api;
      }
      if (moment !== point?.moment || api !== fated) return;
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
        await estate().seed(environment);
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
      numbers: await estate().read(lane.environment),
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
        restored !== 0 || ledger === 'open' || JSON.stringify(numbers) !== JSON.stringify(FULL_SIZE),
    );

  it('can be put back, before and after every call that it makes since it first wrote the ledger', async () => {
    const lanes = await openLanes();
    const [first] = lanes;
    if (first === undefined) throw new Error('There is no lane.');
    const clean = await walk(first, ['--ledger', `s3://${BUCKET}/clean`]);
    expect([clean.exitCode, await estate().read('dev')], clean.said).to.deep.equal([0, SCALED_DOWN]);

    const points = pointsOf(clean.calls);
    const fates = await walkAll(lanes, points, async (lane, point, ledger) => {
      await estate().set(lane.environment, FULL_SIZE);
      const died = await walk(lane, ['--ledger', `s3://${BUCKET}/${ledger}`], point);
      // Where AWS was changed it is run once more first, as a schedule does: what was lowered is not taken for what was before.
      const last = died.calls.at(-1) ?? '';
      if (point.moment === 'after' && !last.startsWith('s3:')) {
        const again = await walk(lane, ['--ledger', `s3://${BUCKET}/${ledger}`]);
        expect([again.exitCode, await estate().read(lane.environment)], again.said).to.deep.equal([0, SCALED_DOWN]);
      }
      return fateOf(lane, ledger, `${point.moment} ${point.nth}, ${died.calls.at(-1)}`, died);
    });
    expect(back(fates)).to.deep.equal([]);
    expectKilled(fates, points);
  });

  it('can be put back, before and after every call of a run that was putting back', async () => {
    const lanes = await openLanes();
    const kept = new Map<Lane, string>();
    for (const lane of lanes) {
      await walk(lane, ['--ledger', `s3://${BUCKET}/kept`]);
      kept.set(lane, (await readLedger('kept', lane)) ?? '');
    }
    const [first] = lanes;
    if (first === undefined) throw new Error('There is no lane.');
    const clean = await walk(first, ['--restore', '--ledger', `s3://${BUCKET}/kept`]);
    expect([clean.exitCode, await estate().read('dev')], clean.said).to.deep.equal([0, FULL_SIZE]);

    const points = pointsOf(clean.calls);
    const fates = await walkAll(lanes, points, async (lane, point, ledger) => {
      await estate().set(lane.environment, SCALED_DOWN);
      await estate().clients.s3.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: keyOf(ledger, lane), Body: kept.get(lane) ?? '' }),
      );
      const died = await walk(lane, ['--restore', '--ledger', `s3://${BUCKET}/${ledger}`], point);
      return fateOf(lane, ledger, `${point.moment} ${point.nth}, ${died.calls.at(-1)}`, died);
    });
    expect(back(fates)).to.deep.equal([]);
    expectKilled(fates, points);
  });
});

/**
 * Before and after each call that changes something, and before the first of those that only read in between: dying before the others
 * leaves the same behind.
 */
function pointsOf(calls: readonly string[]): Point[] {
  return calls.flatMap((api, index) => {
    const before = { nth: index + 1, moment: 'before' } as const;
    if (isChange(api)) return [before, { nth: index + 1, moment: 'after' as const }];
    return isChange(calls[index - 1] ?? api) ? [before] : [];
  });
}

/** Resources are changed side by side, and a look more or less may be taken: the last points may come after the end. */
function expectKilled(fates: readonly Fate[], points: readonly Point[]): void {
  expect(points.length).to.be.at.least(20);
  const alive = fates.filter(({ killed }) => !killed).map(({ point }) => point);
  expect(alive.length, alive.join('\n')).to.be.at.most(Math.ceil(points.length / 10));
}
