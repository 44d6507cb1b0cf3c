import { expect } from 'chai';

import type { ComputeInstance } from '../../../src/optimize/model.ts';
import { computeInstance } from '../../support/optimize.ts';
import { expectToAddUp, LIST_PRICE, saves } from '../../support/savings.ts';
import type { Change } from '../../support/savings.ts';

const STOPPED: Change = ['ec2-running', { running: 1 }, { running: 0 }];

describe('what a stopped instance of EC2 saves', () => {
  const saved = async (changes: Partial<ComputeInstance> = {}) => saves(computeInstance(changes), [STOPPED]);

  it('is $70.08 for an m5.large with Linux in us-east-1', async () => {
    const saving = await saved();
    expect(saving).to.deep.equal({
      known: true,
      amount: 70.08,
      formula: '1 instance x $0.096 x 730 h',
      prices: [
        {
          amount: 0.096,
          unit: 'Hrs',
          usageType: 'BoxUsage:m5.large',
          region: 'us-east-1',
          source: 'bundled',
          origin: 'https://github.com/getnable/finopsmcp (finops/aws_prices.py, release 0.12.0)',
          date: '2026-10-13',
        },
      ],
      assumptions: [
        'Its EBS volumes and its Elastic IP addresses are billed on.',
        'Under a Savings Plan or a reservation less is saved, or nothing.',
        LIST_PRICE,
      ],
    });
    expectToAddUp(saving);
  });

  it('goes by its type and its region', async () => {
    expect(await saved({ instanceType: 't3.medium' })).to.deep.include({
      amount: 30.37,
      formula: '1 instance x $0.0416 x 730 h',
    });
    expect(await saved({ region: 'eu-west-1' })).to.deep.include({
      amount: 78.11,
      formula: '1 instance x $0.107 x 730 h',
    });
  });

  const unknown: readonly (readonly [Partial<ComputeInstance>, reason: string])[] = [
    [{ lifecycle: 'spot' }, 'Spot prices change: what this Spot instance costs is not known.'],
    [{ lifecycle: 'capacity-block' }, 'It is paid for in advance: what stopping it saves is not known.'],
    [{ lifecycle: 'scheduled' }, 'It is paid for in advance: what stopping it saves is not known.'],
    [
      { billedBy: 'the capacity reservation cr-1' },
      'It is billed by the capacity reservation cr-1: what stopping it saves is not known.',
    ],
    [
      { tenancy: 'dedicated' },
      'It runs on hardware of its own (Dedicated Instance or Host): what its hour costs is not known here.',
    ],
    [
      { tenancy: 'host' },
      'It runs on hardware of its own (Dedicated Instance or Host): what its hour costs is not known here.',
    ],
    [{ operation: null }, 'AWS did not say which operating system it is billed for: what its hour costs is not known.'],
    [
      { operation: 'RunInstances:0002' },
      'No price of an EC2 instance of type m5.large billed as RunInstances:0002 in us-east-1 comes with this version.',
    ],
  ];
  for (const [changes, reason] of unknown) {
    it(`is not known for ${JSON.stringify(changes)}: ${reason}`, async () => {
      expect(await saved(changes)).to.deep.equal({ known: false, reason });
    });
  }

  it('is not known where it is not stopped', async () => {
    expect(await saves(computeInstance(), [])).to.deep.equal({ known: false, reason: 'It is not stopped.' });
  });
});
