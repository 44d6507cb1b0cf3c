import { DescribeAutoScalingGroupsCommand, UpdateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { expect } from 'chai';

import { applySteps } from '../../../src/optimize/apply.ts';
import type { Numbers, Step } from '../../../src/optimize/step.ts';
import { groupSize } from '../../../src/optimize/steps/group-size.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { groupInstance, listedScalingGroup, SCALING_GROUP, stubbedAws } from '../../support/optimize-aws.ts';
import { memoryLedger, scaledAws, scaledContext, virtualTime } from '../../support/scaled-estate.ts';

function stubbed(own: Partial<AutoScalingGroup> = {}) {
  const aws = stubbedAws();
  aws.autoScaling.on(DescribeAutoScalingGroupsCommand).resolves({ AutoScalingGroups: [listedScalingGroup(own)] });
  aws.autoScaling.on(UpdateAutoScalingGroupCommand).resolves({ $metadata: { requestId: 'r-1' } });
  return aws;
}

const EMPTY = { MinSize: 0, DesiredCapacity: 0 };
const weighted = (last: string, WeightedCapacity: string) => groupInstance(last, 'InService', { WeightedCapacity });

describe('the step of an Auto Scaling group’s size', () => {
  it('reads its minimum and its desired capacity', async () => {
    const aws = stubbed();
    expect(await groupSize.read(SCALING_GROUP, aws)).to.deep.equal({ numbers: { minSize: 1, desiredCapacity: 2 } });
    expect(aws.calls()).to.deep.equal([
      {
        operation: 'DescribeAutoScalingGroups',
        input: { AutoScalingGroupNames: ['tapstack-dev-workers'] },
        signal: aws.signal,
      },
    ]);
  });

  for (const [what, own, unrest] of [
    ['one that is being deleted', { Status: 'Delete in progress' }, { busy: 'has the status Delete in progress' }],
    ['instances that are still to go', EMPTY, { settling: 'still has 2 instances in place of 0' }],
    [
      'an instance that is still to go',
      { ...EMPTY, Instances: [groupInstance('1', 'Terminating:Wait')] },
      { settling: 'still has 1 instance in place of 0' },
    ],
    ['one instance too many', { DesiredCapacity: 1 }, { settling: 'still has 2 instances in place of 1' }],
    ['instances that are still to come', { Instances: [] }, { settling: 'has 0 of 2 instances in service' }],
    [
      'an instance that is not in service',
      { Instances: [groupInstance('1'), groupInstance('2', 'Pending')] },
      { settling: 'has 1 of 2 instances in service' },
    ],
    [
      'one instance, not in service',
      { DesiredCapacity: 1, Instances: [groupInstance('1', 'Pending:Wait')] },
      { settling: 'has 0 of 1 instance in service' },
    ],
    [
      'units that are still to go',
      { ...EMPTY, DesiredCapacityType: 'vcpu' },
      { settling: 'still has 2 instances in place of 0' },
    ],
    [
      'a unit that is still to come into service',
      { DesiredCapacityType: 'vcpu', Instances: [groupInstance('1'), groupInstance('2', 'Pending')] },
      { settling: 'has 1 of 2 instances in service' },
    ],
    [
      'units without instances',
      { DesiredCapacityType: 'memory-mib', Instances: [] },
      { settling: 'has no instances in service' },
    ],
    [
      'weights that do not come up to it',
      { DesiredCapacity: 8, Instances: [weighted('1', '2'), weighted('2', '4')] },
      { settling: 'has a capacity of 6 in place of 8' },
    ],
  ] as const satisfies readonly (readonly [string, Partial<AutoScalingGroup>, object])[]) {
    it(`says what is not at rest: ${what}`, async () => {
      const { MinSize, DesiredCapacity } = listedScalingGroup(own);
      expect(await groupSize.read(SCALING_GROUP, stubbed(own))).to.deep.equal({
        numbers: { minSize: MinSize, desiredCapacity: DesiredCapacity },
        ...unrest,
      });
    });
  }

  for (const [what, own] of [
    ['nothing', { ...EMPTY, Instances: [] }],
    ['nothing, where AWS leaves the list out', { ...EMPTY, Instances: undefined }],
    [
      'nothing but what its size does not count',
      { ...EMPTY, Instances: [groupInstance('1', 'Standby'), groupInstance('2', 'Warmed:Stopped')] },
    ],
    ['as many units as it has, whatever they are', { DesiredCapacity: 16, DesiredCapacityType: 'vcpu' }],
    ['more weight than was asked for', { DesiredCapacity: 5, Instances: [weighted('1', '2'), weighted('2', '4')] }],
    ['its instances, counted in units', { DesiredCapacityType: 'units' }],
  ] as const satisfies readonly (readonly [string, Partial<AutoScalingGroup>])[]) {
    it(`is at rest with ${what}`, async () => {
      const reading = await groupSize.read(SCALING_GROUP, stubbed(own));
      expect([reading?.busy, reading?.settling]).to.deep.equal([undefined, undefined]);
    });
  }

  it('reads nothing of another group that was made under the same name', async () => {
    const other = SCALING_GROUP.arn.replace('6f9d8f4e', '0a1b2c3d');
    const aws = stubbedAws();
    aws.autoScaling
      .on(DescribeAutoScalingGroupsCommand)
      .resolves({ AutoScalingGroups: [listedScalingGroup({ AutoScalingGroupARN: other })] });
    expect(await groupSize.read(SCALING_GROUP, aws)).to.equal(undefined);
  });

  it('reads nothing of a group that is gone, and throws what is thrown', async () => {
    const aws = stubbed();
    aws.autoScaling.on(DescribeAutoScalingGroupsCommand).resolves({ AutoScalingGroups: [] });
    expect(await groupSize.read(SCALING_GROUP, aws)).to.equal(undefined);
    const denied = serviceError('AccessDenied', 403, 'not authorized');
    aws.autoScaling.on(DescribeAutoScalingGroupsCommand).rejects(denied);
    expect(await thrownBy(() => groupSize.read(SCALING_GROUP, aws))).to.equal(denied);
  });

  for (const [what, answer, message] of [
    ['without the list', {}, 'The answer has no AutoScalingGroups'],
    [
      'without a minimum',
      { AutoScalingGroups: [{ ...listedScalingGroup(), MinSize: undefined }] },
      'The answer has no MinSize',
    ],
    [
      'without a desired capacity',
      { AutoScalingGroups: [{ ...listedScalingGroup(), DesiredCapacity: undefined }] },
      'The answer has no DesiredCapacity',
    ],
  ] as readonly (readonly [string, object, string])[]) {
    it(`takes an answer ${what} for no answer`, async () => {
      const aws = stubbed();
      aws.autoScaling.on(DescribeAutoScalingGroupsCommand).resolves(answer);
      const error = (await thrownBy(() => groupSize.read(SCALING_GROUP, aws))) as Error;
      expect([error.name, error.message]).to.deep.equal(['MalformedAnswerError', message]);
    });
  }

  it('sends what differs in one call and nothing else, there and back', async () => {
    const aws = stubbed();
    const write = async (from: Numbers, to: Numbers) => groupSize.write(SCALING_GROUP, { from, to }, aws);
    const [full, empty] = [
      { minSize: 1, desiredCapacity: 2 },
      { minSize: 0, desiredCapacity: 0 },
    ];
    expect(await write(full, empty)).to.deep.equal(['r-1']);
    expect(await write(empty, full)).to.deep.equal(['r-1']);
    expect(await write({ minSize: 0, desiredCapacity: 2 }, empty)).to.deep.equal(['r-1']);
    expect(await write({ minSize: 1, desiredCapacity: 0 }, empty)).to.deep.equal(['r-1']);
    expect(await write(empty, empty)).to.deep.equal([]);
    expect(await write(empty, {})).to.deep.equal([]);
    const sent = (own: object) => ({ AutoScalingGroupName: 'tapstack-dev-workers', ...own });
    expect(aws.calls()).to.deep.equal(
      [
        sent({ MinSize: 0, DesiredCapacity: 0 }),
        sent({ MinSize: 1, DesiredCapacity: 2 }),
        sent({ DesiredCapacity: 0 }),
        sent({ MinSize: 0 }),
      ].map((input) => ({ operation: 'UpdateAutoScalingGroup', input, signal: aws.signal })),
    );
  });

  for (const code of groupSize.transient) {
    it(`makes the call again after ${code}, and is done when the instances are gone`, async () => {
      const aws = stubbed();
      aws.autoScaling.on(UpdateAutoScalingGroupCommand).callsFake(() => {
        if (aws.inputs('UpdateAutoScalingGroup').length === 1) throw serviceError(code, 400, 'Not now.');
        aws.autoScaling
          .on(DescribeAutoScalingGroupsCommand)
          .resolvesOnce({ AutoScalingGroups: [listedScalingGroup(EMPTY)] })
          .resolves({ AutoScalingGroups: [listedScalingGroup({ ...EMPTY, Instances: [] })] });
        return {};
      });
      const time = virtualTime();
      const step: Step = {
        id: 'group-size',
        target: SCALING_GROUP,
        from: { minSize: 1, desiredCapacity: 2 },
        to: { minSize: 0, desiredCapacity: 0 },
      };
      const { results } = await applySteps([[step]], {
        ...scaledContext({ aws: scaledAws({}, time), ledger: memoryLedger(new Map()), time }),
        kinds: { ...scaledAws({}, time).kinds(), 'group-size': groupSize },
        step: aws,
      });
      expect(results.map(({ outcome, message }) => [outcome, message])).to.deep.equal([
        ['verified', 'Lowered to minSize 0, desiredCapacity 0, and read back.'],
      ]);
      expect(aws.inputs('UpdateAutoScalingGroup')).to.have.lengthOf(2);
    });
  }
});
