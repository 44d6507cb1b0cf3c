/** What an instance of RDS saves that is stopped. */
import type { Prices } from '../../prices/price.ts';
import type { DatabaseInstance } from '../model.ts';
import type { PlanRow } from '../plan.ts';
import type { Saving } from '../saving.ts';
import { isPriced, STOPPED_DATABASE, unpriced } from './database-hours.ts';
import { savingOfHours } from './instance-hours.ts';
import { movesOf, unknown } from './saving-parts.ts';

export async function savingOfDatabase(row: PlanRow, database: DatabaseInstance, prices: Prices): Promise<Saving> {
  const { engine, instanceClass, multiAz, region } = database;
  if (movesOf(row, 'db-instance-running').size === 0) return unknown('It is not stopped.');
  if (!isPriced(engine, ['mysql', 'postgres', 'mariadb'])) return unpriced(engine);
  return savingOfHours([{ item: 'db-instance', engine, instanceClass, multiAz, storage: 'standard', region }], prices, [
    ...(multiAz ? ['The price is that of a Multi-AZ instance, its standby included.'] : []),
    ...STOPPED_DATABASE,
  ]);
}
