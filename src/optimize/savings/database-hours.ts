/** What holds for every instance of RDS that is stopped, in a cluster or not. */
import type { PriceQuestion } from '../../prices/price.ts';
import { LIST_PRICE, unknown } from './saving-parts.ts';
import type { Unknown } from './saving-parts.ts';

type DatabaseEngine = Extract<PriceQuestion, { item: 'db-instance' }>['engine'];

export const STOPPED_DATABASE: readonly string[] = [
  'Storage and backups are billed on.',
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html, and so for clusters.
  'It stays stopped all month; AWS starts it again after seven days, and then it has to be stopped again.',
  'An instance that a reservation pays for goes on being billed.',
  LIST_PRICE,
];

/** Other engines have licences and editions, each with a price of its own. */
export function isPriced<Engine extends DatabaseEngine>(engine: string, priced: readonly Engine[]): engine is Engine {
  return priced.some((one) => one === engine);
}

export function unpriced(engine: string): Unknown {
  return unknown(`What an hour of ${engine} costs is not known here.`);
}
