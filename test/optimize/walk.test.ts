import { expect } from 'chai';
import fc from 'fast-check';

import { applySteps } from '../../src/optimize/apply.ts';
import { restoreEntry } from '../../src/optimize/restore.ts';
import type { RunOutcome } from '../../src/optimize/run.ts';
import { higherOf, lowerOf } from '../../src/optimize/step.ts';
import type { Numbers, Step, StepId } from '../../src/optimize/step.ts';
import type { Gate } from '../support/memory-aws.ts';
import type { VirtualTime } from '../support/scaled-estate.ts';
import {
  DEAD_PID,
  latestEntry,
  memoryLedger,
  scaledAws,
  scaledContext,
  step,
  through,
  virtualTime,
} from '../support/scaled-estate.ts';

/** What there is, and what it is to be. */
interface Shape {
  readonly name: string;
  readonly estate: Readonly<Record<string, Numbers>>;
  readonly groups: readonly (readonly Step[])[];
  /** Milliseconds until AWS shows a change, and until it has come to rest after that. */
  readonly lag: number;
  readonly rest: number;
}

const DATABASE = step(
  'aurora-cluster',
  'db',
  { minCapacity: 2, maxCapacity: 4, backupRetentionDays: 14 },
  { minCapacity: 0.5, maxCapacity: 1, backupRetentionDays: 1 },
);
const CACHE = step(
  'cache-replicas',
  'cache',
  { 'replicas/0001': 2, 'replicas/0002': 3 },
  { 'replicas/0001': 1, 'replicas/0002': 1 },
);
const MINIMUM = step('ecs-minimum', 'web', { min: 3 }, { min: 2 });
const TASKS = step('ecs-tasks', 'web', { desired: 5 }, { desired: 2 });
const INSTANCE = step('ec2-running', 'i-1', { running: 1 }, { running: 0 });
const GROUP = step('group-size', 'workers', { minSize: 1, desiredCapacity: 2 }, { minSize: 0, desiredCapacity: 0 });

function shape(name: string, groups: readonly (readonly Step[])[], lag: number, rest: number): Shape {
  const estate = Object.fromEntries(groups.flat().map(({ id, target, from }) => [`${id} ${target.id}`, from]));
  return { name, estate, groups, lag, rest };
}

const SHAPES = [
  shape('one cluster', [[DATABASE]], 0, 0),
  shape('one cluster that is shown late', [[DATABASE]], 40_000, 90_000),
  shape('one service, its minimum first', [[MINIMUM, TASKS]], 0, 20_000),
  shape('all three kinds', [[DATABASE], [CACHE], [MINIMUM, TASKS]], 15_000, 30_000),
  shape('what is stopped', [[INSTANCE], [GROUP]], 10_000, 60_000),
];

/** The call that a process dies at was never heard, was heard, or is still on its way. */
const MOMENTS = ['before', 'after', 'late'] as const;
type Moment = (typeof MOMENTS)[number];

/** Milliseconds that a call is on its way whose process has died. */
const ON_ITS_WAY = 30_000;

/** A process as it dies at its n-th call, to AWS or to the ledger: what it waits for never comes back, and it does no more. */
function dying(at: number, when: Moment, time: VirtualTime, onCall: () => void = () => undefined) {
  const { promise: killed, resolve: kill } = Promise.withResolvers<'killed'>();
  let calls = 0;
  const gate: Gate = async (_operation, effect) => {
    calls += 1;
    onCall();
    if (calls < at) return effect();
    if (calls === at && when === 'after') effect();
    if (calls === at && when === 'late') void arriving(effect, time);
    kill('killed');
    return new Promise(() => {});
  };
  return { gate, killed };
}

async function arriving(effect: () => unknown, time: VirtualTime): Promise<void> {
  await time.pause(ON_ITS_WAY);
  try {
    effect();
  } catch {
    // It is refused, and nobody is there to hear.
  }
}

/** One estate and one ledger, and runs over them, each a process of its own. */
function world({ estate, groups, lag, rest }: Shape) {
  const time = virtualTime();
  const texts = new Map<string, string>();
  const aws = scaledAws(estate, time, { lag, rest });
  let runs = 0;
  const contextOf = (gate: Gate, pid: number) => {
    runs += 1;
    return scaledContext(
      { aws, ledger: memoryLedger(texts, gate), time },
      { runId: `2026-11-21.run-${runs}`, pid, kinds: aws.kinds(gate) },
    );
  };
  return {
    aws,
    texts,
    time,
    /** Plans by what AWS shows this moment, as a run does, and applies that. */
    apply: async (gate = through, pid = process.pid) => {
      const context = contextOf(gate, pid);
      const planned = groups.map(async (group) => {
        const shown = await Promise.all(group.map(({ id, target }) => aws.kinds()[id].read(target, context.step)));
        return group.map((one, index) => {
          const from = shown[index]!.numbers;
          return { ...one, from, to: lowerOf(from, one.to) };
        });
      });
      return applySteps(await Promise.all(planned), context);
    },
    restore: async (gate = through, pid = process.pid): Promise<RunOutcome | undefined> => {
      const context = contextOf(gate, pid);
      const stored = await context.ledger.readOpen();
      return stored && restoreEntry(stored, context);
    },
  };
}

/** How many calls something makes that is not killed. */
async function callsOf(run: (gate: Gate) => Promise<unknown>): Promise<number> {
  let calls = 0;
  await run(async (_operation, effect) => {
    calls += 1;
    return effect();
  });
  return calls;
}

/** Runs until it is killed; the walk goes on past its last call where others are slower. */
async function killedAt(
  time: VirtualTime,
  at: number,
  when: Moment,
  run: (gate: Gate, pid: number) => Promise<unknown>,
): Promise<void> {
  const { gate, killed } = dying(at, when, time);
  await Promise.race([killed, run(gate, DEAD_PID)]);
}

/** The estate is as it was, and nothing is left open. */
function expectBack({ aws, texts }: ReturnType<typeof world>, estate: Shape['estate'], where: string): void {
  expect(aws.numbers(), where).to.deep.equal(estate);
  const { status, steps } = latestEntry(texts);
  expect([status, steps.filter((one) => one.status !== 'restored')], where).to.deep.equal(
    texts.size === 0 ? ['open', []] : ['closed', []],
  );
}

describe('a run that is killed', function () {
  this.timeout(60_000);

  for (const given of SHAPES) {
    for (const when of MOMENTS) {
      it(`leaves nothing that restoring does not bring back, ${when} whichever call: ${given.name}`, async () => {
        const all = await callsOf((gate) => world(given).apply(gate));
        expect(all).to.be.greaterThan(8);
        for (let at = 1; at <= all; at += 1) {
          const one = world(given);
          await killedAt(one.time, at, when, one.apply);
          await one.restore();
          expectBack(one, given.estate, `killed ${when} call ${at} of ${all}`);
        }
      });

      it(`can be resumed and then restored, ${when} whichever call: ${given.name}`, async () => {
        const all = await callsOf((gate) => world(given).apply(gate));
        const low = Object.fromEntries(given.groups.flat().map(({ id, target, to }) => [`${id} ${target.id}`, to]));
        for (let at = 1; at <= all; at += 1) {
          const one = world(given);
          await killedAt(one.time, at, when, one.apply);
          await one.apply();
          expect(one.aws.numbers(), `resumed after ${when} call ${at}`).to.deep.equal(low);
          await one.restore();
          expectBack(one, given.estate, `killed ${when} call ${at} of ${all}, and resumed`);
        }
      });

      it(`can be restored again where restoring dies, ${when} whichever call: ${given.name}`, async () => {
        const lowered = async () => {
          const one = world(given);
          await one.apply();
          return one;
        };
        const measured = await lowered();
        const all = await callsOf((gate) => measured.restore(gate));
        for (let at = 1; at <= all; at += 1) {
          const one = await lowered();
          await killedAt(one.time, at, when, one.restore);
          await one.restore();
          expectBack(one, given.estate, `killed ${when} call ${at} of ${all}`);
        }
      });
    }
  }

  it('brings every number back to what it was at least, whatever it is, whenever it dies, whoever raises it meanwhile', async () => {
    const number = fc.integer({ min: 1, max: 12 });
    const thing = fc.record({
      id: fc.constantFrom<StepId>('aurora-cluster', 'cache-replicas', 'ecs-minimum', 'ecs-tasks'),
      from: fc.dictionary(fc.constantFrom('a', 'b', 'c'), number, { minKeys: 1 }),
      down: number,
    });
    const estates = fc.array(thing, { minLength: 1, maxLength: 4 });
    const deaths = fc.array(
      fc.record({
        kind: fc.constantFrom('apply' as const, 'restore' as const),
        at: fc.integer({ min: 1, max: 60 }),
        when: fc.constantFrom(...MOMENTS),
        /** Someone raises this one while the run is at its n-th call. */
        raised: fc.option(
          fc.record({
            index: fc.nat(3),
            call: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 })),
            by: number,
          }),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(
        estates,
        deaths,
        fc.constantFrom(0, 10_000, 50_000),
        fc.constantFrom(0, 25_000),
        async (things, deaths, lag, rest) => {
          const groups = things.map(({ id, from, down }, index) => [
            step(
              id,
              `thing-${index}`,
              from,
              Object.fromEntries(Object.entries(from).map(([name, value]) => [name, Math.min(value, down)])),
            ),
          ]);
          const given = shape('random', groups, lag, rest);
          const one = world(given);
          /** The highest that each ever was: what it was at first, unless someone else has raised it further. */
          const highest: Record<string, Numbers> = { ...given.estate };
          for (const { kind, at, when, raised } of deaths) {
            let calls = 0;
            const { gate, killed } = dying(at, when, one.time, () => {
              calls += 1;
              const key = Object.keys(given.estate)[raised?.index ?? 0];
              if (raised === null || key === undefined || calls !== raised.call) return;
              const now = one.aws.numbers()[key]!;
              const up = Object.fromEntries(Object.entries(now).map(([name, value]) => [name, value + raised.by]));
              one.aws.set(key, up);
              highest[key] = higherOf(highest[key]!, up);
            });
            await Promise.race([killed, one[kind](gate, DEAD_PID)]);
          }
          // What is still on its way arrives, or finds that nobody waits for it.
          await one.time.pause(ON_ITS_WAY);
          await one.restore();
          expect([undefined, 'closed']).to.include(one.texts.size === 0 ? undefined : latestEntry(one.texts).status);
          const now = one.aws.numbers();
          for (const [key, first] of Object.entries(given.estate)) {
            expect(now[key], `${key} is not below what it was`).to.deep.equal(higherOf(now[key]!, first));
            expect(now[key], `${key} is not above what it ever was`).to.deep.equal(lowerOf(now[key]!, highest[key]!));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
