/** What the instances of an Auto Scaling group save that is emptied. */
import type { Prices } from '../../prices/price.ts';
import type { AutoScalingGroup } from '../model.ts';
import type { PlanRow } from '../plan.ts';
import type { Saving } from '../saving.ts';
import { savingOfHours } from './instance-hours.ts';
import { COMMITMENTS_AND_LIST_PRICE, questionOf } from './machine-hours.ts';
import type { Unpriced } from './machine-hours.ts';
import { count, movesOf, plain, unknown, unread } from './saving-parts.ts';

export async function savingOfGroup(row: PlanRow, group: AutoScalingGroup, prices: Prices): Promise<Saving> {
  const { members, region, warmPool } = group;
  const capacity = movesOf(row, 'group-size').get('desiredCapacity');
  if (capacity === undefined) return unknown('Its desired capacity is not changed: no instance of it ends.');
  if (capacity.to > 0) {
    return unknown(`It keeps a desired capacity of ${plain(capacity.to)}: which of its instances end is not known.`);
  }
  if (!members.known) return unread('The type of its instances', members);
  const running = members.value.length;
  if (running === 0) return unknown('None of its instances runs at this moment: what they would cost is not known.');

  const questions = members.value.map((member) => questionOf(member, region));
  const unpriced = questions.filter((question) => typeof question === 'string');
  const [why] = unpriced;
  // Part of a sum is none.
  if (why !== undefined) return unknown(WHY_UNPRICED[why](unpriced.filter((other) => other === why).length));
  return savingOfHours(
    questions.filter((question) => typeof question !== 'string'),
    prices,
    [
      ...fewerSaid(group, running),
      ...(warmPool ? ['What the instances of its warm pool cost is not counted.'] : []),
      'EBS volumes that outlive their instances, and Elastic IP addresses, are billed on.',
      ...COMMITMENTS_AND_LIST_PRICE,
    ],
  );
}

const WHY_UNPRICED: Readonly<Record<Unpriced, (instances: number) => string>> = {
  spot: (instances) =>
    `Spot prices change: what its ${count(instances, 'Spot instance')} ${instances === 1 ? 'costs' : 'cost'} is not known.`,
  'in-advance': (instances) => `${some(instances)} paid for in advance: what ending them saves is not known.`,
  'billed-otherwise': (instances) =>
    `${some(instances)} billed by a capacity reservation, an Outpost or a zone with prices of its own: what ending them saves is not known.`,
  tenancy: (instances) =>
    `${some(instances)} on hardware of their own (Dedicated Instances or Hosts): what their hour costs is not known here.`,
  operation: (instances) =>
    `${some(instances)} billed for an operating system that AWS did not say: what their hour costs is not known.`,
};

function some(instances: number): string {
  return `${plain(instances)} of its instances ${instances === 1 ? 'is' : 'are'}`;
}

/** Its capacity may be counted in other things than instances. */
function fewerSaid({ unit, desired }: AutoScalingGroup, running: number): string[] {
  if (unit !== 'units' || running >= desired) return [];
  return [
    `${plain(running)} of ${plain(desired)} instances ${running === 1 ? 'runs' : 'run'} at this moment; the others are not counted.`,
  ];
}
