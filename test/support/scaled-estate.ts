/** What a run that scales needs, in memory: time that passes at once, an AWS that takes time to show what it was told, a ledger. */
import { newEntry, entryText, parseEntry } from '../../src/optimize/ledger-entry.ts';
import { LedgerConflictError } from '../../src/optimize/ledger.ts';
import type { LedgerEntry, LedgerScope, LedgerStore, StoredEntry } from '../../src/optimize/ledger.ts';
import type { RunContext } from '../../src/optimize/run.ts';
import { STEP_IDS } from '../../src/optimize/step.ts';
import type { Numbers, Reading, Step, StepId, StepKind, StepTarget, WaitContext } from '../../src/optimize/step.ts';
import { STEP_KINDS } from '../../src/optimize/steps/index.ts';
import { serviceError } from './aws-errors.ts';
import { onlyClients } from './clients.ts';
import type { Gate } from './memory-aws.ts';

export const SCOPE: LedgerScope = { environment: 'dev', accountId: '111122223333', region: 'eu-west-1' };
export const START = new Date('2026-11-21T06:00:00Z');

export const through: Gate = async (_operation, effect) => effect();

export interface VirtualTime {
  now(): number;
  readonly clock: () => Date;
  readonly pause: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Time that jumps to the next moment that someone waits for, once nothing else is under way. */
export function virtualTime(): VirtualTime {
  let now = START.getTime();
  let number = 0;
  const waiting: { readonly at: number; readonly number: number; readonly wake: () => void }[] = [];
  const turn = () => {
    waiting.sort((a, b) => a.at - b.at || a.number - b.number);
    const next = waiting.shift();
    if (next === undefined) return;
    now = Math.max(now, next.at);
    next.wake();
    if (waiting.length > 0) setImmediate(turn);
  };
  return {
    now: () => now,
    clock: () => new Date(now),
    pause: async (milliseconds, signal) => {
      if (signal?.aborted === true) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const one = { at: now + milliseconds, number: (number += 1), wake: resolve };
      waiting.push(one);
      signal?.addEventListener('abort', () => {
        const index = waiting.indexOf(one);
        if (index !== -1) waiting.splice(index, 1);
        resolve();
      });
      setImmediate(turn);
      await promise;
    },
  };
}

const KIND_OF = {
  'aurora-cluster': ['aurora', 'AWS::RDS::DBCluster'],
  'cache-replicas': ['elasticache', 'AWS::ElastiCache::ReplicationGroup'],
  'ecs-minimum': ['ecs', 'AWS::ECS::Service'],
  'ecs-tasks': ['ecs', 'AWS::ECS::Service'],
  'db-cluster-running': ['aurora', 'AWS::RDS::DBCluster'],
  'db-instance-running': ['rds', 'AWS::RDS::DBInstance'],
  'ec2-running': ['ec2', 'AWS::EC2::Instance'],
  'group-size': ['asg', 'AWS::AutoScaling::AutoScalingGroup'],
} as const satisfies Record<StepId, readonly [string, string]>;

function targetOf(id: StepId, name: string): StepTarget {
  const [kind, type] = KIND_OF[id];
  return { kind, type, id: name, arn: `arn:aws:${kind}:eu-west-1:111122223333:${name}`, ...PLACE };
}

const PLACE = { accountId: SCOPE.accountId, region: SCOPE.region };

export function step(id: StepId, name: string, from: Numbers, to: Numbers): Step {
  return { id, target: targetOf(id, name), from, to };
}

interface Thing {
  /** What AWS was told, and when. */
  readonly told: { readonly at: number; readonly numbers: Numbers }[];
}

export interface ScaledAws {
  /** The kinds of steps as one process sees them. */
  kinds(gate?: Gate): Readonly<Record<StepId, StepKind>>;
  /** What is really so, by `step-id name`. */
  numbers(): Record<string, Numbers>;
  /** Someone else changes it, at once and for all to see. */
  set(key: string, numbers: Numbers): void;
  delete(key: string): void;
  /** Every change that was made, in order. */
  readonly writes: string[];
}

export interface Manners {
  /** Milliseconds until AWS shows a change at all, and those in which it is busy with it after that. */
  readonly lag?: number;
  readonly rest?: number;
  /** `at-once` says that all is well without looking; `never` waits in vain; `broken` throws. */
  readonly waiter?: 'honest' | 'at-once' | 'never' | 'broken';
  /** Has its say before a write: throws, or changes something. */
  readonly onWrite?: (key: string) => void;
  /** Has its say about what is read. */
  readonly onRead?: (key: string, reading: Reading | undefined) => Reading | undefined;
}

/** @param estate numbers by `step-id name` */
export function scaledAws(
  estate: Readonly<Record<string, Numbers>>,
  time: VirtualTime,
  manners: Manners = {},
): ScaledAws {
  const { lag = 0, rest = 0, waiter = 'honest', onWrite, onRead } = manners;
  const things = new Map<string, Thing>(
    Object.entries(estate).map(([key, numbers]) => [key, { told: [{ at: -Infinity, numbers }] }]),
  );
  const writes: string[] = [];

  const readingOf = (key: string): Reading | undefined => {
    const told = things.get(key)?.told;
    if (told === undefined) return undefined;
    const shown = told.findLast(({ at }) => at + lag <= time.now()) ?? told[0]!;
    const busy = shown.at + lag + rest > time.now();
    return { numbers: shown.numbers, ...(busy && { busy: 'is modifying' }) };
  };

  const kindOf = (id: StepId, gate: Gate): StepKind => {
    const keyOf = ({ id: name }: StepTarget) => `${id} ${name}`;
    const read = (target: StepTarget) =>
      gate(`read ${keyOf(target)}`, () => {
        const reading = readingOf(keyOf(target));
        return onRead === undefined ? reading : onRead(keyOf(target), reading);
      });
    const call = { operation: `Modify-${id}`, action: `scaled:Modify-${id}`, resource: null };
    const { role } = STEP_KINDS[id];
    return {
      id,
      ...(role !== undefined && { role }),
      calls: {
        read: [{ operation: 'Describe', action: 'scaled:Describe', resource: null }],
        lower: [call],
        raise: [call],
      },
      transient: ['InvalidState'],
      done: ['AlreadySo'],
      read,
      write: (target, { from, to }) =>
        gate(`write ${keyOf(target)}`, () => {
          const key = keyOf(target);
          onWrite?.(key);
          const thing = things.get(key);
          if (thing === undefined) throw serviceError('NotFound', 404, 'There is no such thing.');
          const last = thing.told.at(-1)!;
          if (last.at + lag + rest > time.now()) throw serviceError('InvalidState', 400, 'It is modifying.');
          const changed = Object.fromEntries(Object.entries(to).filter(([name, value]) => from[name] !== value));
          thing.told.push({ at: time.now(), numbers: { ...last.numbers, ...changed } });
          writes.push(`${key} ${JSON.stringify(changed)}`);
          return [`request-${writes.length}`];
        }),
      wait: async (target, context: WaitContext) => {
        if (waiter === 'at-once') return;
        if (waiter === 'broken') throw serviceError('AccessDenied', 403, 'You may not wait.');
        const until = time.now() + context.maxWaitTime * 1000;
        while (time.now() < until && !context.signal.aborted) {
          if (waiter === 'honest' && (await read(target))?.busy === undefined) return;
          await time.pause(context.minDelay * 1000, context.signal);
        }
        throw Object.assign(new Error('Waiter has timed out'), { name: 'TimeoutError' });
      },
    };
  };

  return {
    kinds: (gate = through) =>
      Object.fromEntries(STEP_IDS.map((id) => [id, kindOf(id, gate)])) as unknown as Record<StepId, StepKind>,
    writes,
    numbers: () => Object.fromEntries([...things].map(([key, { told }]) => [key, told.at(-1)!.numbers])),
    set: (key, numbers) => {
      things.set(key, { told: [{ at: -Infinity, numbers }] });
    },
    delete: (key) => {
      things.delete(key);
    },
  };
}

/** A ledger as texts by file name, as a folder has them. */
export function memoryLedger(texts: Map<string, string>, gate: Gate = through): LedgerStore {
  const stored = (text: string | undefined): StoredEntry | undefined =>
    text === undefined ? undefined : { entry: parseEntry(text, SCOPE, 'open.json'), version: text };
  const write = (entry: LedgerEntry): StoredEntry => {
    const text = entryText(entry);
    if (entry.status === 'closed') texts.set(`${entry.id}.json`, text);
    texts.set('open.json', text);
    return { entry, version: text };
  };
  return {
    place: 'memory',
    readOpen: () =>
      gate('ledger readOpen', () => {
        const open = stored(texts.get('open.json'));
        return open?.entry.status === 'open' ? open : undefined;
      }),
    read: (id) =>
      gate('ledger read', () => {
        const open = stored(texts.get('open.json'))?.entry;
        return open?.id === id ? open : stored(texts.get(`${id}.json`))?.entry;
      }),
    create: (entry) =>
      gate('ledger create', () => {
        if (stored(texts.get('open.json'))?.entry.status === 'open') throw new LedgerConflictError('open');
        return write(entry);
      }),
    replace: ({ version }, entry) =>
      gate('ledger replace', () => {
        if (texts.get('open.json') !== version) throw new LedgerConflictError('changed');
        return write(entry);
      }),
  };
}

/** A process id that nobody has. */
export const DEAD_PID = 2 ** 22 + 1;

export interface ScaledRun {
  readonly aws: ScaledAws;
  readonly ledger: LedgerStore;
  readonly time: VirtualTime;
}

export function scaledContext({ aws, ledger, time }: ScaledRun, changes: Partial<RunContext> = {}): RunContext {
  return {
    ledger,
    scope: SCOPE,
    runId: '2026-11-21.run',
    actor: 'ada',
    host: 'desk',
    pid: process.pid,
    kinds: aws.kinds(),
    step: { clients: onlyClients({}), signal: new AbortController().signal },
    timeoutSeconds: 1800,
    minDelay: 5,
    maxDelay: 30,
    noWait: false,
    stop: new AbortController().signal,
    clock: time.clock,
    pause: time.pause,
    onProgress: () => undefined,
    ...changes,
  };
}

/** The entry that is there, open or closed. */
export function latestEntry(texts: Map<string, string>): LedgerEntry {
  return parseEntry(texts.get('open.json') ?? entryText(newEntry('none', SCOPE, START)), SCOPE, 'open.json');
}
