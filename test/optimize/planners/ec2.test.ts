import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import { planEc2 } from '../../../src/optimize/planners/ec2.ts';
import { computeInstance } from '../../support/optimize.ts';

const plan = (own: Parameters<typeof computeInstance>[0] = {}) => planEc2(computeInstance(own));

const alone = (state: string, reason: string) => ({ state, reason, steps: [], cautions: [], lost: [] });

const BILLED = 'Its EBS volumes and Elastic IP addresses are billed on while it is stopped.';
const MEMORY = 'What it has in memory is lost.';

describe('the plan for instances of EC2', () => {
  it('stops what runs, and says what is billed on and what is lost', () => {
    expect(plan()).to.deep.equal({
      state: 'change',
      steps: [
        {
          id: 'ec2-running',
          target: {
            kind: 'ec2',
            type: 'AWS::EC2::Instance',
            id: 'i-0123456789abcdef0',
            name: 'tapstack-dev-web',
            arn: 'arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0',
            accountId: '111122223333',
            region: 'us-east-1',
          },
          from: { running: 1 },
          to: { running: 0 },
        },
      ],
      cautions: [BILLED],
      lost: [MEMORY],
    });
  });

  it('says what is lost with its own disks, and which addresses it gives back', () => {
    const { lost } = plan({ instanceStore: known(true), publicIpv4: ['203.0.113.7', '198.51.100.9'] });
    expect(lost).to.deep.equal([
      MEMORY,
      'What is on its instance-store disks is lost.',
      'It gets another public address in place of 203.0.113.7.',
      'It gets another public address in place of 198.51.100.9.',
    ]);
  });

  it('says that an address does not come back where there are several network interfaces', () => {
    const { lost } = plan({ publicIpv4: ['203.0.113.7'], interfaces: 2 });
    expect(lost).to.deep.equal([
      MEMORY,
      'It loses its public address 203.0.113.7, and gets no other: it has more than one network interface.',
    ]);
  });

  it('skips the host of a database of RDS Custom', () => {
    expect(plan({ tags: known(tagMap([['AWSRDSCustom', 'custom-oracle']])) })).to.deep.equal(
      alone('skipped', 'It is the host of a database of RDS Custom: RDS stops and starts that.'),
    );
  });

  it('says what could not be read, and who puts it back', () => {
    const instanceStore = { known: false, reason: 'denied', permission: 'ec2:DescribeInstanceTypes' } as const;
    const stack = known(tagMap([['aws:cloudformation:stack-name', 'Shop']]));
    const row = plan({ instanceStore, tags: stack });
    expect(row.cautions).to.deep.equal([
      BILLED,
      'Whether it has instance-store disks could not be read (ec2:DescribeInstanceTypes is needed): what is on such disks is lost.',
      'The next update of the CloudFormation stack Shop may put it back.',
    ]);
    expect(row.lost).to.deep.equal([MEMORY]);
    expect(plan({ instanceStore: { known: false, reason: 'throttled' } }).cautions).to.deep.equal([
      BILLED,
      'Whether it has instance-store disks could not be read: what is on such disks is lost.',
    ]);
    expect(plan({ tags: { known: false, reason: 'error' } }).cautions).to.deep.equal([
      BILLED,
      'Its tags could not be read, so they do not tell whether it is production.',
    ]);
  });

  it('says that a Dedicated Host is paid for anyway', () => {
    expect(plan({ tenancy: 'host' }).cautions).to.deep.equal([BILLED, 'Its Dedicated Host is billed on.']);
    expect(plan({ tenancy: 'dedicated' }).cautions).to.deep.equal([BILLED]);
  });

  it('has nothing to do where it is stopped', () => {
    expect(plan({ state: 'stopped' })).to.deep.equal(alone('already', 'It is stopped.'));
  });

  for (const [state, reason] of [
    ['stopping', 'It is stopping.'],
    ['pending', 'It is pending: it can be stopped when it is running.'],
    ['rebooting', 'It is rebooting: it can be stopped when it is running.'],
  ] as const) {
    it(`leaves it for now: ${reason}`, () => {
      expect(plan({ state })).to.deep.equal(alone('blocked', reason));
    });
  }

  for (const [own, reason] of [
    [{ rootDevice: 'instance-store' }, 'Its root device is an instance store: it can be terminated, not stopped.'],
    [{ lifecycle: 'spot' }, 'It is a Spot Instance: its request decides whether it runs.'],
    [{ lifecycle: 'scheduled' }, 'It is a Scheduled Instance: its time is paid for, running or not.'],
    [{ lifecycle: 'capacity-block' }, 'It runs in a Capacity Block, which is paid for, running or not.'],
    [{ lifecycle: 'other' }, 'It does not run on demand: such instances are left alone.'],
    [{ operator: 'eks.amazonaws.com' }, 'It is run by eks.amazonaws.com: it takes no changes from others.'],
    [{ lifecycle: 'spot', state: 'stopped' }, 'It is a Spot Instance: its request decides whether it runs.'],
  ] as const) {
    it(`skips it: ${reason} (${own.state ?? 'running'})`, () => {
      expect(plan(own)).to.deep.equal(alone('skipped', reason));
    });
  }

  for (const [key, value, keeper] of [
    ['karpenter.sh/nodepool', 'default', 'the Karpenter node pool default'],
    ['karpenter.sh/provisioner-name', 'default', 'the Karpenter provisioner default'],
    ['eks:nodegroup-name', 'workers', 'the EKS node group workers'],
    ['elasticbeanstalk:environment-name', 'shop-dev', 'the Elastic Beanstalk environment shop-dev'],
    ['elasticbeanstalk:environment-id', 'e-abcdefgh', 'the Elastic Beanstalk environment e-abcdefgh'],
    ['aws:ec2spot:fleet-request-id', 'sfr-1', 'the Spot Fleet request sfr-1'],
    ['aws:ec2:fleet-id', 'fleet-1', 'the EC2 Fleet fleet-1'],
    ['aws:elasticmapreduce:job-flow-id', 'j-1', 'the EMR cluster j-1'],
    ['AWSBatchServiceTag', 'batch', 'AWS Batch batch'],
  ] as const) {
    it(`skips what would be replaced: ${keeper}`, () => {
      expect(plan({ tags: known(tagMap([[key, value]])) })).to.deep.equal(
        alone('skipped', `It belongs to ${keeper}, which would start another one in its place.`),
      );
    });
  }
});
