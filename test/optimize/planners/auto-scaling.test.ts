import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import type { AutoScalingGroup } from '../../../src/optimize/model.ts';
import { planAutoScaling } from '../../../src/optimize/planners/auto-scaling.ts';
import { scalingGroup } from '../../support/optimize.ts';

const plan = (own: Parameters<typeof scalingGroup>[0] = {}) => planAutoScaling(scalingGroup(own));

const moves = (own: Parameters<typeof scalingGroup>[0] = {}) => plan(own).steps.map(({ from, to }) => [from, to]);

const alone = (state: string, reason: string) => ({ state, reason, steps: [], cautions: [], lost: [] });

const instances = (...states: readonly (readonly [state: string, kept?: boolean])[]): AutoScalingGroup['instances'] =>
  states.map(([state, kept = false], index) => ({ id: `i-${index}`, state, protected: kept }));

const RAISED = 'Its scheduled actions and scaling policies, if it has any, may raise it again.';

describe('the plan for Auto Scaling groups', () => {
  it('empties a group: its minimum and its desired capacity, and not its maximum', () => {
    expect(plan()).to.deep.equal({
      state: 'change',
      steps: [
        {
          id: 'group-size',
          target: {
            kind: 'asg',
            type: 'AWS::AutoScaling::AutoScalingGroup',
            id: 'tapstack-dev-workers',
            arn: 'arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:6f9d8f4e-0000-4000-8000-000000000000:autoScalingGroupName/tapstack-dev-workers',
            accountId: '111122223333',
            region: 'us-east-1',
          },
          from: { minSize: 1, desiredCapacity: 2 },
          to: { minSize: 0, desiredCapacity: 0 },
        },
      ],
      cautions: [RAISED],
      lost: ['Its 2 instances are terminated, and new ones take their place: what is on their disks is lost.'],
    });
  });

  it('leaves a number alone that is 0', () => {
    expect(moves({ min: 0 })).to.deep.equal([[{ desiredCapacity: 2 }, { desiredCapacity: 0 }]]);
  });

  for (const unit of ['vcpu', 'memory-mib'] as const) {
    it(`empties a group that is counted in ${unit}`, () => {
      expect(moves({ unit, min: 4, desired: 16 })).to.deep.equal([
        [
          { minSize: 4, desiredCapacity: 16 },
          { minSize: 0, desiredCapacity: 0 },
        ],
      ]);
    });
  }

  it('says what is lost with one instance, and with none', () => {
    expect(plan({ instances: instances(['InService']) }).lost).to.deep.equal([
      'Its instance is terminated, and a new one takes its place: what is on its disks is lost.',
    ]);
    expect(plan({ instances: [] }).lost).to.deep.equal([]);
  });

  for (const [left, reason] of [
    [[], 'Its minimum and its desired capacity are 0.'],
    [instances(['Terminating']), 'Its minimum and its desired capacity are 0; 1 of its instances is still there.'],
    [
      instances(['Terminating:Wait'], ['InService', true], ['Standby']),
      'Its minimum and its desired capacity are 0; 2 of its instances are still there.',
    ],
  ] as const) {
    it(`has nothing to do: ${reason}`, () => {
      const own = { min: 0, desired: 0, instances: left, status: 'Delete in progress' };
      expect(plan(own)).to.deep.equal(alone('already', reason));
    });
  }

  for (const [key, value, reason] of [
    ['eks:nodegroup-name', 'workers', 'It belongs to the EKS node group workers: that is what is to be scaled.'],
    ['eks:cluster-name', 'shop', 'It belongs to the EKS cluster shop: its node group is what is to be scaled.'],
    [
      'elasticbeanstalk:environment-name',
      'shop-dev',
      'It belongs to the Elastic Beanstalk environment shop-dev, which sets its size.',
    ],
    ['AWSBatchServiceTag', 'batch', 'AWS Batch sets its size, by the jobs that are to run.'],
    ['AmazonECSManaged', '', 'A capacity provider of ECS sets its size, by the tasks that are to run.'],
  ] as const) {
    it(`skips what others scale: ${key}`, () => {
      const tags = known(tagMap([[key, value]]));
      expect(plan({ tags })).to.deep.equal(alone('skipped', reason));
      expect(plan({ tags, min: 0, desired: 0 }).state).to.equal('skipped');
    });
  }

  for (const [own, reason] of [
    [{ status: 'Delete in progress' }, 'Its status is Delete in progress.'],
    [
      { suspended: ['AZRebalance', 'Terminate'] },
      'Its process Terminate is suspended: it would not be emptied and filled again.',
    ],
    [{ suspended: ['Launch'] }, 'Its process Launch is suspended: it would not be emptied and filled again.'],
    [
      { suspended: ['Terminate', 'Launch'] },
      'Its processes Launch and Terminate are suspended: it would not be emptied and filled again.',
    ],
    [
      { instances: instances(['InService', true], ['InService'], ['Standby', true]) },
      '1 of its instances is protected from scale in, and would stay.',
    ],
    [{ instances: instances(['InService', true]) }, '1 of its instances is protected from scale in, and would stay.'],
    [
      { instances: instances(['InService', true], ['InService', true], ['InService']) },
      '2 of its instances are protected from scale in, and would stay.',
    ],
  ] as const) {
    it(`leaves it for now: ${reason}`, () => {
      expect(plan(own)).to.deep.equal(alone('blocked', reason));
    });
  }

  it('minds no process that neither launches nor terminates', () => {
    expect(plan({ suspended: ['AZRebalance', 'AlarmNotification'] }).state).to.equal('change');
  });

  it('says what stays, and what is not lost with it', () => {
    const warm = plan({ warmPool: true, instances: instances(['InService'], ['Standby'], ['Warmed:Stopped']) });
    expect(warm.cautions).to.deep.equal([
      RAISED,
      'Its warm pool is billed on, and AWS may start further instances in it in place of those of the group.',
      '1 instance in standby stays, and is billed on.',
    ]);
    expect(warm.lost).to.deep.equal([
      'Its instance is terminated, and a new one takes its place: what is on its disks is lost.',
    ]);
    expect(plan({ instances: instances(['Standby'], ['Standby']) }).cautions).to.deep.equal([
      RAISED,
      '2 instances in standby stay, and are billed on.',
    ]);
  });

  it('says who may raise it again, and what could not be read', () => {
    const tags = known(
      tagMap([
        ['k8s.io/cluster-autoscaler/enabled', 'true'],
        ['aws:cloudformation:stack-name', 'Shop'],
      ]),
    );
    expect(plan({ tags }).cautions).to.deep.equal([
      RAISED,
      'The Cluster Autoscaler of Kubernetes may raise it again.',
      'The next update of the CloudFormation stack Shop may put it back.',
    ]);
    expect(plan({ tags: { known: false, reason: 'error' } }).cautions).to.deep.equal([
      RAISED,
      'Its tags could not be read, so they do not tell whether it is production.',
    ]);
  });
});
