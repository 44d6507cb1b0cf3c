import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import type { Instance } from '@aws-sdk/client-ec2';
import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import { discoverAutoScaling } from '../../../src/optimize/discover/auto-scaling.ts';
import { selectionOf } from '../../../src/optimize/selection.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { inTurn } from '../../support/collect.ts';
import {
  everything,
  groupInstance,
  listedInstance,
  listedScalingGroup,
  stubbedAws,
} from '../../support/optimize-aws.ts';
import { scalingGroup } from '../../support/optimize.ts';

const NOTHING = { Instances: [] };

const reserved = (...instances: readonly Instance[]) => instances.map((instance) => ({ Instances: [instance] }));

/** Auto Scaling with these groups, whose instances EC2 does not know. */
function stubbed(...groups: readonly AutoScalingGroup[]) {
  const aws = stubbedAws();
  aws.autoScaling.on(DescribeAutoScalingGroupsCommand).resolves({ AutoScalingGroups: [...groups] });
  aws.ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
  return aws;
}

const asked = (ids: readonly string[], NextToken?: string) => ({
  Filters: [{ Name: 'instance-id', Values: ids }],
  MaxResults: 500,
  NextToken,
});

describe('discovering Auto Scaling groups', () => {
  it('gives what belongs to the environment, page by page, with the instances that run', async () => {
    const aws = stubbed();
    const pages = inTurn(
      {
        AutoScalingGroups: [
          listedScalingGroup({ AutoScalingGroupName: 'tapstack-dev2-workers' }),
          listedScalingGroup({ AutoScalingGroupName: 'x' }),
        ],
        NextToken: 'more',
      },
      { AutoScalingGroups: [listedScalingGroup({ Tags: [{ Key: 'Environment', Value: 'dev' }] })] },
    );
    aws.autoScaling.on(DescribeAutoScalingGroupsCommand).callsFake(pages.answer);
    const answers = inTurn(
      { Reservations: reserved(listedInstance()), NextToken: 'more' },
      {
        Reservations: reserved(
          listedInstance({ InstanceLifecycle: 'spot', InstanceType: 'm5.xlarge' }),
          listedInstance({ State: { Name: 'pending' } }),
          listedInstance({ State: { Name: 'terminated' } }),
        ),
      },
    );
    aws.ec2.on(DescribeInstancesCommand).callsFake(answers.answer);
    const lines: string[] = [];
    const { found, nearMisses, gaps } = await discoverAutoScaling(selectionOf({ environment: 'dev' }), {
      ...aws.context,
      onProgress: (line) => lines.push(line),
    });
    const billed = { operation: 'RunInstances', tenancy: 'default', billedBy: null } as const;
    expect(found).to.deep.equal([
      scalingGroup({
        tags: known(tagMap([['Environment', 'dev']])),
        members: known([
          { instanceType: 'm5.large', lifecycle: 'on-demand', ...billed },
          { instanceType: 'm5.xlarge', lifecycle: 'spot', ...billed },
        ]),
      }),
    ]);
    expect(nearMisses).to.deep.equal([
      { kind: 'asg', id: 'tapstack-dev2-workers', why: 'the suffix dev is followed by 2' },
    ]);
    expect(gaps).to.deep.equal([]);
    expect(pages.asked).to.deep.equal([
      { MaxRecords: 100, NextToken: undefined },
      { MaxRecords: 100, NextToken: 'more' },
    ]);
    const ids = ['i-0123456789abcdef1', 'i-0123456789abcdef2'];
    expect(answers.asked).to.deep.equal([asked(ids), asked(ids, 'more')]);
    expect(lines).to.deep.equal([
      '2 Auto Scaling groups seen, 0 of the environment',
      '3 Auto Scaling groups seen, 1 of the environment',
    ]);
    expect(aws.calls().filter(({ signal }) => signal !== aws.signal)).to.deep.equal([]);
  });

  it('tells groups apart: units, states, what is suspended, a warm pool', async () => {
    const aws = stubbed(
      listedScalingGroup({
        AutoScalingGroupName: 'many',
        DesiredCapacityType: 'vcpu',
        Status: 'Delete in progress',
        Instances: [
          groupInstance('1', 'Terminating:Wait', { ProtectedFromScaleIn: true }),
          groupInstance('2', 'Standby', { ProtectedFromScaleIn: undefined }),
          groupInstance('3', 'Warmed:Stopped'),
        ],
        SuspendedProcesses: [{ ProcessName: 'Launch', SuspensionReason: 'User suspended' }],
        WarmPoolConfiguration: { MinSize: 0, PoolState: 'Stopped' },
      }),
      listedScalingGroup({ AutoScalingGroupName: 'memory', DesiredCapacityType: 'memory-mib', ...NOTHING, Status: '' }),
      listedScalingGroup({
        AutoScalingGroupName: 'bare',
        DesiredCapacityType: 'units',
        Instances: undefined,
        SuspendedProcesses: undefined,
        Tags: undefined,
      }),
    );
    const { found } = await discoverAutoScaling(everything, aws.context);
    const none = known([]);
    expect(found).to.deep.equal([
      scalingGroup({
        id: 'many',
        unit: 'vcpu',
        status: 'Delete in progress',
        instances: [
          { id: 'i-0123456789abcdef1', state: 'Terminating:Wait', protected: true },
          { id: 'i-0123456789abcdef2', state: 'Standby', protected: false },
          { id: 'i-0123456789abcdef3', state: 'Warmed:Stopped', protected: false },
        ],
        suspended: ['Launch'],
        warmPool: true,
        members: none,
      }),
      scalingGroup({ id: 'memory', unit: 'memory-mib', instances: [], members: none }),
      scalingGroup({ id: 'bare', instances: [], members: none }),
    ]);
    // Neither for what stays when it is lowered, nor for no instance at all: that would be every instance there is.
    expect(aws.inputs('DescribeInstances')).to.deep.equal([asked(['i-0123456789abcdef1'])]);
  });

  it('asks for instances two hundred at once', async () => {
    const ids = Array.from({ length: 201 }, (_, index) => `i-${index}`);
    const aws = stubbed(
      listedScalingGroup({ Instances: ids.map((id) => groupInstance('', 'InService', { InstanceId: id })) }),
    );
    await discoverAutoScaling(everything, aws.context);
    expect(aws.inputs('DescribeInstances')).to.deep.equal([asked(ids.slice(0, 200)), asked(ids.slice(200))]);
  });

  it('chooses by tags that come with the listing', async () => {
    const team = (name: string, Value: string) =>
      listedScalingGroup({ AutoScalingGroupName: name, Tags: [{ Key: 'Team', Value }], ...NOTHING });
    const aws = stubbed(team('a', 'a'), team('b', 'b'));
    const { found } = await discoverAutoScaling(selectionOf({ environment: 'dev', tags: { Team: 'b' } }), aws.context);
    expect(found.map(({ id }) => id)).to.deep.equal(['b']);
  });

  for (const [what, error, unread] of [
    [
      'denied',
      serviceError('UnauthorizedOperation', 403, 'no policy allows it'),
      { known: false, reason: 'denied', permission: 'ec2:DescribeInstances' },
    ],
    ['throttled', serviceError('RequestLimitExceeded', 503, 'slow down'), { known: false, reason: 'throttled' }],
  ] as const) {
    it(`does not know the members where that is ${what}, and makes no gap of it`, async () => {
      const aws = stubbed(listedScalingGroup());
      aws.ec2.on(DescribeInstancesCommand).rejects(error);
      const { found, gaps } = await discoverAutoScaling(everything, aws.context);
      expect(found).to.deep.equal([scalingGroup({ members: unread })]);
      expect(gaps).to.deep.equal([]);
    });
  }

  it('does not know the members where the answer lacks them, or what they are', async () => {
    for (const answer of [{}, { Reservations: reserved(listedInstance({ State: undefined })) }]) {
      const aws = stubbed(listedScalingGroup());
      aws.ec2.on(DescribeInstancesCommand).resolves(answer);
      const { found } = await discoverAutoScaling(everything, aws.context);
      expect(found).to.deep.equal([scalingGroup({ members: { known: false, reason: 'error' } })]);
    }
  });

  it('finds nothing where there is nothing', async () => {
    const aws = stubbed();
    const { found, gaps } = await discoverAutoScaling(everything, aws.context);
    expect([found, gaps, aws.operations()]).to.deep.equal([[], [], ['DescribeAutoScalingGroups']]);
  });

  for (const [what, error, gap] of [
    [
      'denied',
      serviceError('AccessDenied', 403, 'no policy allows it'),
      {
        permission: 'autoscaling:DescribeAutoScalingGroups',
        reason: 'denied',
        message:
          'Which Auto Scaling groups there are is not known: autoscaling:DescribeAutoScalingGroups was denied (no policy allows it).',
      },
    ],
    [
      'throttled',
      serviceError('Throttling', 400, 'Rate exceeded'),
      {
        reason: 'throttled',
        message:
          'Which Auto Scaling groups there are is not known: DescribeAutoScalingGroups was throttled to the end (Rate exceeded).',
      },
    ],
  ] as const) {
    it(`makes a gap of a listing that is ${what}, and keeps what came before`, async () => {
      const aws = stubbed();
      aws.autoScaling
        .on(DescribeAutoScalingGroupsCommand)
        .resolvesOnce({ AutoScalingGroups: [listedScalingGroup(NOTHING)], NextToken: 'more' })
        .rejects(error);
      const { found, gaps } = await discoverAutoScaling(everything, aws.context);
      expect(found).to.deep.equal([scalingGroup({ instances: [], members: known([]) })]);
      expect(gaps).to.deep.equal([{ kind: 'asg', operation: 'DescribeAutoScalingGroups', ...gap }]);
    });
  }

  for (const [what, own, element] of [
    ['without the list', undefined, 'AutoScalingGroups'],
    ['with a group without its size', { DesiredCapacity: undefined }, 'DesiredCapacity'],
    ['with a group without its ARN', { AutoScalingGroupARN: undefined }, 'AutoScalingGroupARN'],
    [
      'with an instance without its state',
      { Instances: [{ ...groupInstance('1'), LifecycleState: undefined }] },
      'LifecycleState',
    ],
  ] as const) {
    it(`makes a gap of an answer ${what}`, async () => {
      const aws = stubbed();
      const answer = own === undefined ? {} : { AutoScalingGroups: [{ ...listedScalingGroup(), ...own }] };
      aws.autoScaling.on(DescribeAutoScalingGroupsCommand).resolves(answer as object);
      const { found, gaps } = await discoverAutoScaling(everything, aws.context);
      expect(found).to.deep.equal([]);
      expect(gaps).to.deep.equal([
        {
          kind: 'asg',
          operation: 'DescribeAutoScalingGroups',
          reason: 'error',
          message: `Which Auto Scaling groups there are is not known: DescribeAutoScalingGroups failed (The answer has no ${element}).`,
        },
      ]);
    });
  }
});
