/** What lower capacity of Aurora Serverless v2 saves. Pure but for the prices, as all savings are. */
import type { Prices } from '../../prices/price.ts';
import type { DatabaseCluster } from '../model.ts';
import type { PlanRow } from '../plan.ts';
import { HOURS_PER_MONTH } from '../saving.ts';
import type { Saving } from '../saving.ts';
import { cents, count, dollars, LIST_PRICE, movesOf, plain, unknown, unread, whyUnread } from './saving-parts.ts';
import type { Move } from './saving-parts.ts';

export async function savingOfCapacity(row: PlanRow, cluster: DatabaseCluster, prices: Prices): Promise<Saving> {
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
