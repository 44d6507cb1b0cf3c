/** What an instance of EC2 saves that is stopped. */
import type { Prices } from '../../prices/price.ts';
import type { ComputeInstance } from '../model.ts';
import type { PlanRow } from '../plan.ts';
import type { Saving } from '../saving.ts';
import { savingOfHours } from './instance-hours.ts';
import { COMMITMENTS_AND_LIST_PRICE, questionOf } from './machine-hours.ts';
import type { Unpriced } from './machine-hours.ts';
import { movesOf, unknown } from './saving-parts.ts';

const WHY_UNPRICED: Readonly<Record<Exclude<Unpriced, 'billed-otherwise'>, string>> = {
  spot: 'Spot prices change: what this Spot instance costs is not known.',
  'in-advance': 'It is paid for in advance: what stopping it saves is not known.',
  tenancy: 'It runs on hardware of its own (Dedicated Instance or Host): what its hour costs is not known here.',
  operation: 'AWS did not say which operating system it is billed for: what its hour costs is not known.',
};

export async function savingOfMachine(row: PlanRow, instance: ComputeInstance, prices: Prices): Promise<Saving> {
  if (movesOf(row, 'ec2-running').size === 0) return unknown('It is not stopped.');
  const question = questionOf(instance, instance.region);
  if (question === 'billed-otherwise')
    return unknown(`It is billed by ${instance.billedBy}: what stopping it saves is not known.`);
  if (typeof question === 'string') return unknown(WHY_UNPRICED[question]);
  return savingOfHours([question], prices, [
    'Its EBS volumes and its Elastic IP addresses are billed on.',
    ...COMMITMENTS_AND_LIST_PRICE,
  ]);
}
