import { expect } from 'chai';
import fc from 'fast-check';

import { known } from '../../../src/engine/model.ts';
import type { AutoScalingGroup, BilledInstance } from '../../../src/optimize/model.ts';
import { scalingGroup } from '../../support/optimize.ts';
import { bundled, denied, expectToAddUp, LIST_PRICE, pricesAt, saves } from '../../support/savings.ts';
import type { Change } from '../../support/savings.ts';

const EMPTIED: Change = ['group-size', { minSize: 1, desiredCapacity: 2 }, { minSize: 0, desiredCapacity: 0 }];
const BILLED_ON = [
  'EBS volumes that outlive their instances, and Elastic IP addresses, are billed on.',
  'Under a Savings Plan or a reservation less is saved, or nothing.',
  LIST_PRICE,
];

const machine = (changes: Partial<BilledInstance> = {}): BilledInstance => ({
  instanceType: 'm5.large',
  operation: 'RunInstances',
  tenancy: 'default',
  billedBy: null,
  lifecycle: 'on-demand',
  ...changes,
});

describe('what an emptied Auto Scaling group saves', () => {
  const saved = async (changes: Partial<AutoScalingGroup> = {}, change: Change = EMPTIED, prices = bundled) =>
    saves(scalingGroup(changes), [change], prices);

  it('is $140.16 for two instances of m5.large with Linux in us-east-1', async () => {
    expect(await saved()).to.deep.include({
      amount: 140.16,
      formula: '2 instances x $0.096 x 730 h',
      assumptions: BILLED_ON,
    });
  });

  it('is counted type by type', async () => {
    const members = known([machine(), machine({ instanceType: 't3.medium' }), machine()]);
    const saving = await saved({ members, desired: 3 });
    expect(saving).to.deep.include({ amount: 170.53, formula: '(2 x $0.096 + 1 x $0.0416) x 730 h' });
    expect(saving.known && saving.prices.map(({ usageType }) => usageType)).to.deep.equal([
      'BoxUsage:m5.large',
      'BoxUsage:t3.medium',
    ]);
    expectToAddUp(saving);
  });

  it('tells operating systems apart', async () => {
    expect(await saved({ members: known([machine(), machine({ operation: 'RunInstances:0002' })]) })).to.deep.equal({
      known: false,
      reason:
        'No price of an EC2 instance of type m5.large billed as RunInstances:0002 in us-east-1 comes with this version.',
    });
    const members = known([machine(), machine({ operation: 'RunInstances:0002' })]);
    expect(await saved({ members }, EMPTIED, pricesAt(0.1))).to.include({
      amount: 146,
      formula: '(1 x $0.1 + 1 x $0.1) x 730 h',
    });
  });

  it('counts what runs, and says where that is less than is desired', async () => {
    expect(await saved({ desired: 3 })).to.deep.include({
      amount: 140.16,
      assumptions: ['2 of 3 instances run at this moment; the others are not counted.', ...BILLED_ON],
    });
    expect(await saved({ members: known([machine()]) })).to.deep.include({
      amount: 70.08,
      assumptions: ['1 of 2 instances runs at this moment; the others are not counted.', ...BILLED_ON],
    });
    expect(await saved({ desired: 8, unit: 'vcpu' })).to.deep.include({ amount: 140.16, assumptions: BILLED_ON });
  });

  it('leaves out instances in reserve, and says so', async () => {
    expect(await saved({ warmPool: true })).to.deep.include({
      amount: 140.16,
      assumptions: ['What the instances of its warm pool cost is not counted.', ...BILLED_ON],
    });
  });

  const unknown: readonly (readonly [members: readonly BilledInstance[], reason: string])[] = [
    [[], 'None of its instances runs at this moment: what they would cost is not known.'],
    [[machine({ lifecycle: 'spot' })], 'Spot prices change: what its 1 Spot instance costs is not known.'],
    [
      [machine({ lifecycle: 'spot' }), machine(), machine({ lifecycle: 'spot' })],
      'Spot prices change: what its 2 Spot instances cost is not known.',
    ],
    [
      [machine({ lifecycle: 'capacity-block' })],
      '1 of its instances is paid for in advance: what ending them saves is not known.',
    ],
    [
      [machine({ billedBy: 'the zone us-west-2-lax-1a' }), machine()],
      '1 of its instances is billed by a capacity reservation, an Outpost or a zone with prices of its own: what ending them saves is not known.',
    ],
    [
      [machine({ tenancy: 'dedicated' }), machine({ tenancy: 'host' }), machine({ operation: null })],
      '2 of its instances are on hardware of their own (Dedicated Instances or Hosts): what their hour costs is not known here.',
    ],
    [
      [machine(), machine({ operation: null })],
      '1 of its instances is billed for an operating system that AWS did not say: what their hour costs is not known.',
    ],
  ];
  for (const [members, reason] of unknown) {
    it(`is not known: ${reason}`, async () => {
      expect(await saved({ members: known(members) })).to.deep.equal({ known: false, reason });
    });
  }

  it('is not known where its instances could not be read', async () => {
    expect(await saved({ members: denied('ec2:DescribeInstances') })).to.deep.equal({
      known: false,
      reason: 'The type of its instances is not known: access to ec2:DescribeInstances was denied.',
      permission: 'ec2:DescribeInstances',
    });
  });

  it('is not known where its capacity stays, or some of it', async () => {
    expect(await saved({ desired: 0 }, ['group-size', { minSize: 1 }, { minSize: 0 }])).to.deep.equal({
      known: false,
      reason: 'Its desired capacity is not changed: no instance of it ends.',
    });
    expect(await saved({}, ['group-size', { desiredCapacity: 2 }, { desiredCapacity: 1 }])).to.deep.equal({
      known: false,
      reason: 'It keeps a desired capacity of 1: which of its instances end is not known.',
    });
  });

  it('is what its formula gives', async () => {
    const members = fc.array(
      fc.record({ instanceType: fc.constantFrom('m5.large', 't3.medium', 'c5.xlarge') }).map(machine),
      { minLength: 1, maxLength: 30 },
    );
    const amounts = fc.integer({ min: 1, max: 10_000_000 }).map((number) => number / 1_000_000);
    await fc.assert(
      fc.asyncProperty(members, amounts, async (found, amount) => {
        expectToAddUp(await saved({ members: known(found) }, EMPTIED, pricesAt(amount)));
      }),
    );
  });
});
