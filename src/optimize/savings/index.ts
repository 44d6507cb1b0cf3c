/**
 * What a plan saves a month, at on-demand list prices. Pure but for the prices, which it asks for. What is not known stays unknown, and
 * nothing is rounded before the end, so that a reader who does the arithmetic of a formula comes to its amount.
 */
import type { Prices } from '../../prices/price.ts';
import type { Found } from '../model.ts';
import type { PlanRow } from '../plan.ts';
import type { Saving } from '../saving.ts';
import { savingOfCapacity } from './aurora.ts';
import { savingOfGroup } from './auto-scaling.ts';
import { savingOfMachine } from './ec2.ts';
import { savingOfTasks } from './ecs.ts';
import { savingOfNodes } from './elasticache.ts';
import { savingOfDatabase } from './rds.ts';
import { cents } from './saving-parts.ts';
import { savingOfStoppedCluster } from './stopped-cluster.ts';

/** What all changes save together, as far as it is known. */
export interface TotalSaving {
  readonly amount: number;
  /** Changes whose saving is not known, and not in it. */
  readonly unknown: number;
}

/** What a row of a plan saves. `found` is the resource that it is about. */
export async function savingOf(row: PlanRow, found: Found, prices: Prices): Promise<Saving> {
  switch (found.kind) {
    case 'aurora':
      return row.steps.some(({ id }) => id === 'db-cluster-running')
        ? savingOfStoppedCluster(found, prices)
        : savingOfCapacity(row, found, prices);
    case 'elasticache':
      return savingOfNodes(row, found, prices);
    case 'ecs':
      return savingOfTasks(row, found, prices);
    case 'rds':
      return savingOfDatabase(row, found, prices);
    case 'ec2':
      return savingOfMachine(row, found, prices);
    case 'asg':
      return savingOfGroup(row, found, prices);
  }
}

/** Of amounts that are shown, so that a column adds up to what stands below it. */
export function totalOf(savings: readonly Saving[]): TotalSaving {
  const amounts = savings.flatMap((saving) => (saving.known ? [saving.amount] : []));
  return { amount: cents(amounts.reduce((sum, amount) => sum + amount, 0)), unknown: savings.length - amounts.length };
}
