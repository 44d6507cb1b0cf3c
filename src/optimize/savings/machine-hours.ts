/** What holds for every instance of EC2, in an Auto Scaling group or not. */
import type { PriceQuestion } from '../../prices/price.ts';
import type { BilledInstance } from '../model.ts';
import { LIST_PRICE } from './saving-parts.ts';

export const COMMITMENTS_AND_LIST_PRICE: readonly string[] = [
  'Under a Savings Plan or a reservation less is saved, or nothing.',
  LIST_PRICE,
];

/** Why no list price is that of an hour: it changes, is paid in advance, is for hardware of one's own, or is for nobody knows what. */
export type Unpriced = 'spot' | 'in-advance' | 'billed-otherwise' | 'tenancy' | 'operation';

/** What the price of its hour is asked for by, or why there is none to ask for. */
export function questionOf(
  { instanceType, operation, tenancy, lifecycle, billedBy }: BilledInstance,
  region: string,
): PriceQuestion | Unpriced {
  if (lifecycle === 'spot') return 'spot';
  if (lifecycle !== 'on-demand') return 'in-advance';
  if (billedBy !== null) return 'billed-otherwise';
  if (tenancy !== 'default') return 'tenancy';
  if (operation === null) return 'operation';
  return { item: 'ec2-instance', instanceType, operation, region };
}
