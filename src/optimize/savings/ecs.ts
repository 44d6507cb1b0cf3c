/** What fewer tasks of a Fargate service save. */
import type { Prices, UnitPrice } from '../../prices/price.ts';
import type { FargateService, TaskSize } from '../model.ts';
import type { PlanRow } from '../plan.ts';
import { HOURS_PER_MONTH } from '../saving.ts';
import type { Saving } from '../saving.ts';
import { cents, count, dollars, LIST_PRICE, movesOf, plain, unknown, unread } from './saving-parts.ts';
import type { Unknown } from './saving-parts.ts';

/** The part of a task's ephemeral storage that costs nothing (aws.amazon.com/fargate/pricing). */
const FREE_EPHEMERAL_GB = 20;

export async function savingOfTasks(row: PlanRow, service: FargateService, prices: Prices): Promise<Saving> {
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
