/**
 * What a plan saves a month, at on-demand list prices. Pure but for the prices, which it asks for. What is not known stays unknown, and
 * nothing is rounded before the end, so that a reader who does the arithmetic of a formula comes to its amount.
 */
import type { Unread } from '../engine/model.ts';
import type { Prices, UnitPrice } from '../prices/price.ts';
import type { DatabaseCluster, FargateService, Found, ReplicationGroup, TaskSize } from './model.ts';
import type { PlanRow } from './plan.ts';
import { HOURS_PER_MONTH } from './saving.ts';
import type { Saving } from './saving.ts';
import type { StepId } from './step.ts';

/** What all changes save together, as far as it is known. */
export interface TotalSaving {
  readonly amount: number;
  /** Changes whose saving is not known, and not in it. */
  readonly unknown: number;
}

type Unknown = Extract<Saving, { known: false }>;

/** What every saving assumes. */
export const LIST_PRICE = 'Prices are on-demand list prices, without taxes, credits, discounts and the free tier.';

/** The part of a task's ephemeral storage that costs nothing (aws.amazon.com/fargate/pricing). */
const FREE_EPHEMERAL_GB = 20;

/** What a row of a plan saves. `found` is the resource that it is about. */
export async function savingOf(row: PlanRow, found: Found, prices: Prices): Promise<Saving> {
  switch (found.kind) {
    case 'aurora':
      return savingOfCluster(row, found, prices);
    case 'elasticache':
      return savingOfNodes(row, found, prices);
    case 'ecs':
      return savingOfTasks(row, found, prices);
    case 'rds':
    case 'ec2':
    case 'asg':
      throw new Error('to be written');
  }
}

/** Of amounts that are shown, so that a column adds up to what stands below it. */
export function totalOf(savings: readonly Saving[]): TotalSaving {
  const amounts = savings.flatMap((saving) => (saving.known ? [saving.amount] : []));
  return { amount: cents(amounts.reduce((sum, amount) => sum + amount, 0)), unknown: savings.length - amounts.length };
}

async function savingOfCluster(row: PlanRow, cluster: DatabaseCluster, prices: Prices): Promise<Saving> {
  const { engine, storage, region, capacity, memberClasses } = cluster;
  const moves = movesOf(row, 'aurora-cluster');
  const shorterBackups = moves.has('backupRetentionDays');
  if (!moves.has('minCapacity') && !moves.has('maxCapacity')) {
    return unknown(
      shorterBackups
        ? 'Its backups are kept for a shorter time, and nothing else is changed: what that saves is not estimated.'
        : 'Its capacity is not changed.',
    );
  }
  if (capacity === null || (engine !== 'aurora-mysql' && engine !== 'aurora-postgresql')) {
    return unknown('It has no Serverless v2 capacity that could cost less.');
  }
  if (!memberClasses.known) return unread('How many of its instances are serverless', memberClasses);
  const answer = await prices.find({ item: 'aurora-capacity', engine, storage, region });
  if (!answer.known) return answer;

  const { price } = answer;
  const instances = memberClasses.value.filter((instanceClass) => instanceClass === 'db.serverless').length;
  const floor = moves.get('minCapacity') ?? { from: capacity.min, to: capacity.min };
  const ceiling = moves.get('maxCapacity')?.to ?? capacity.max;
  const used = hoursSaved(cluster, floor, ceiling);
  const rate = `${count(instances, 'instance')} x ${dollars(price)} x ${HOURS_PER_MONTH} h`;
  const each = instances * price.amount * HOURS_PER_MONTH;
  return {
    known: true,
    amount: cents((floor.from - floor.to) * each),
    formula: `(${plain(floor.from)} - ${plain(floor.to)}) ACU x ${rate}`,
    prices: [price],
    assumptions: [
      'The cluster is idle, and costs its lowest capacity.',
      'Performance Insights, a global database or many connections can hold it above that: then less is saved.',
      ...membersSaid(memberClasses.value.length, instances),
      ...(shorterBackups ? ['What shorter backups save is not estimated.'] : []),
      ...measuringSaid(cluster, used !== undefined),
      LIST_PRICE,
    ],
    ...(used === undefined
      ? {}
      : {
          measured: {
            amount: cents((used.saved / used.hours) * each),
            formula: `(${plain(used.saved)} ACU h saved / ${plain(used.hours)} h measured) x ${rate}`,
          },
        }),
  };
}

/**
 * What the capacity in use would have been less, hour by hour of each instance: an hour at the old floor falls to the new one, and what
 * an hour had above the new ceiling is gone.
 */
function hoursSaved({ hourlyCapacity }: DatabaseCluster, floor: Move, ceiling: number) {
  if (!hourlyCapacity.known || hourlyCapacity.value.length === 0) return undefined;
  const saved = hourlyCapacity.value.reduce(
    (sum, capacity) => sum + (capacity <= floor.from ? floor.from - floor.to : Math.max(0, capacity - ceiling)),
    0,
  );
  // The formula shows as much of it as the amount goes by.
  return { saved: Math.round(saved * 1e4) / 1e4, hours: hourlyCapacity.value.length };
}

function membersSaid(members: number, serverless: number): string[] {
  if (members === serverless) return [];
  const verb = serverless === 1 ? 'is' : 'are';
  return [
    `${serverless} of its ${count(members, 'instance')} ${verb} serverless; what the others cost stays as it is.`,
  ];
}

function measuringSaid({ hourlyCapacity }: DatabaseCluster, measured: boolean): string[] {
  if (measured) {
    return [
      'As measured: an hour at the old minimum saves the difference of the minimums, one above it what exceeds the new maximum.',
    ];
  }
  if (hourlyCapacity.known || hourlyCapacity.reason === 'not-collected') return [];
  return [`The capacity in use is not known: ${whyUnread(hourlyCapacity)}.`];
}

async function savingOfNodes(row: PlanRow, group: ReplicationGroup, prices: Prices): Promise<Saving> {
  const { engine, nodeType, region, shards } = group;
  // `replicas` is the number of each shard, `replicas/0001` that of one.
  const removed = [...movesOf(row, 'cache-replicas')].flatMap(([name, { from, to }]) =>
    name === 'replicas' ? shards.map(() => from - to) : [from - to],
  );
  const [first, ...rest] = removed;
  if (first === undefined) return unknown('Its number of nodes is not changed.');
  if (engine !== 'redis' && engine !== 'valkey') return unknown(`What a node of ${engine} costs is not known.`);
  const answer = await prices.find({ item: 'cache-node', engine, nodeType, region });
  if (!answer.known) return answer;

  const { price } = answer;
  const nodes = removed.reduce((sum, number) => sum + number, 0);
  const even = rest.every((number) => number === first);
  const nodesSaid =
    rest.length === 0
      ? count(nodes, 'node')
      : even
        ? `${count(first, 'node')} x ${removed.length} shards`
        : `(${removed.map(plain).join(' + ')}) nodes`;
  return {
    known: true,
    amount: cents(nodes * price.amount * HOURS_PER_MONTH),
    formula: `${nodesSaid} x ${dollars(price)} x ${HOURS_PER_MONTH} h`,
    prices: [price],
    assumptions: ['A node that a reservation pays for goes on being billed.', LIST_PRICE],
  };
}

async function savingOfTasks(row: PlanRow, service: FargateService, prices: Prices): Promise<Saving> {
  const move = movesOf(row, 'ecs-tasks').get('desired');
  if (move === undefined) {
    return unknown(
      movesOf(row, 'ecs-minimum').size > 0
        ? 'Only the minimum of autoscaling is lowered: how many tasks it will run then is not known.'
        : 'Its number of tasks is not changed.',
    );
  }
  const { launch, task, desired, running } = service;
  if (launch === 'FARGATE_SPOT') return unknown('Its tasks run on Fargate Spot, whose price varies.');
  if (launch === 'mixed')
    return unknown('Its tasks run on several capacity providers: which of them lose tasks is not known.');
  if (launch !== 'FARGATE') return unknown('Its tasks run on instances, which go on being billed.');
  if (!task.known) return unread('The size of its tasks', task);
  if (task.value.operatingSystem !== 'LINUX') {
    return unknown('Its tasks run Windows, whose licence has a price of its own: what they cost is not known.');
  }
  const parts = await partsOf(task.value, service.region, prices);
  if (!Array.isArray(parts)) return parts;

  const removed = move.from - move.to;
  const anHour = parts.reduce((sum, { quantity, price }) => sum + quantity * price.amount, 0);
  const sum = parts.map(({ quantity, unit, price }) => `${plain(quantity)} ${unit} x ${dollars(price)}`).join(' + ');
  return {
    known: true,
    amount: cents(removed * anHour * HOURS_PER_MONTH),
    formula: `${count(removed, 'task')} x (${sum}) x ${HOURS_PER_MONTH} h`,
    prices: parts.map(({ price }) => price),
    assumptions: [
      ...(running < desired ? [`All ${desired} tasks run; at this moment it is ${running}.`] : []),
      'Under a Compute Savings Plan less is saved, or nothing.',
      LIST_PRICE,
    ],
  };
}

interface TaskPart {
  readonly quantity: number;
  readonly unit: string;
  readonly price: UnitPrice;
}

/** What an hour of a task is made of, or why it has no price. */
async function partsOf(task: TaskSize, region: string, prices: Prices): Promise<TaskPart[] | Unknown> {
  const { architecture } = task;
  const storage = task.ephemeralGb - FREE_EPHEMERAL_GB;
  const wanted = [
    { item: 'fargate-vcpu', quantity: task.vcpu, unit: 'vCPU' },
    { item: 'fargate-memory', quantity: task.memoryGb, unit: 'GB' },
    ...(storage > 0 ? [{ item: 'fargate-ephemeral', quantity: storage, unit: 'GB of storage' } as const] : []),
  ] as const;
  const parts: TaskPart[] = [];
  for (const { item, quantity, unit } of wanted) {
    const answer = await prices.find({ item, architecture, region });
    if (!answer.known) return answer;
    parts.push({ quantity, unit, price: answer.price });
  }
  return parts;
}

interface Move {
  readonly from: number;
  readonly to: number;
}

/** The numbers that a step lowers, by name. */
function movesOf({ steps }: PlanRow, id: StepId): Map<string, Move> {
  const moves = steps
    .filter((step) => step.id === id)
    .flatMap(({ from, to }) =>
      Object.entries(from).map(([name, before]) => [name, { from: before, to: to[name] ?? before }] as const),
    );
  return new Map(moves.filter(([, move]) => move.to < move.from));
}

function unknown(reason: string): Unknown {
  return { known: false, reason };
}

function unread(what: string, fact: Unread): Unknown {
  const reason = `${what} is not known: ${whyUnread(fact)}.`;
  return fact.permission === undefined
    ? { known: false, reason }
    : { known: false, reason, permission: fact.permission };
}

function whyUnread({ reason, permission }: Unread): string {
  if (reason === 'denied') return permission === undefined ? 'access was denied' : `access to ${permission} was denied`;
  return WHY_UNREAD[reason];
}

const WHY_UNREAD: Readonly<Record<Exclude<Unread['reason'], 'denied'>, string>> = {
  throttled: 'AWS turned the call away',
  unreachable: 'AWS could not be reached',
  deadline: 'the time was up',
  interrupted: 'the run was interrupted',
  error: 'the call failed',
  'not-collected': 'it was not asked for',
};

function count(number: number, thing: string): string {
  return `${plain(number)} ${thing}${number === 1 ? '' : 's'}`;
}

/** `$0.016`. */
export function dollars({ amount }: UnitPrice): string {
  return `$${plain(amount)}`;
}

/** Every digit, and no exponent: `0.000000125`. */
export function plain(number: number): string {
  return number.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 });
}

/** Rounded to cents as a reader would round it, whom binary fractions do not trouble: 1.005 is 1.01. */
export function cents(amount: number): number {
  return Math.round(Number((amount * 100).toPrecision(12))) / 100;
}
