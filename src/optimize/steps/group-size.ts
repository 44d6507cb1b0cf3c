/** The minimum and the desired capacity of an Auto Scaling group. */
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';

import { present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import { DESCRIBE_AUTO_SCALING_GROUPS, UPDATE_AUTO_SCALING_GROUP } from '../calls.ts';
import { isCounted } from '../group-instances.ts';
import type { StepContext, StepKind, StepTarget } from '../step.ts';

/**
 * The SDK's waiter is not used: it counts instances in service up to the minimum, so that it says at once that all is well of an empty one,
 * and perhaps never of a group whose capacity is weighted.
 */
export const groupSize: StepKind = {
  id: 'group-size',
  role: 'uses',
  calls: {
    read: [DESCRIBE_AUTO_SCALING_GROUPS],
    lower: [UPDATE_AUTO_SCALING_GROUP],
    raise: [UPDATE_AUTO_SCALING_GROUP],
  },
  // The SDK's names, and those on the wire.
  transient: [
    'ScalingActivityInProgressFault',
    'ScalingActivityInProgress',
    'ResourceContentionFault',
    'ResourceContention',
  ],
  done: [],

  async read(target, context) {
    const group = await describe(target, context);
    if (group === undefined) return undefined;
    const settling = settlingOf(group);
    return {
      numbers: {
        minSize: present(group.MinSize, 'MinSize'),
        desiredCapacity: present(group.DesiredCapacity, 'DesiredCapacity'),
      },
      ...(group.Status && { busy: `has the status ${group.Status}` }),
      ...(settling !== undefined && { settling }),
    };
  },

  async write({ id }, { from, to }, { clients, signal }) {
    const { minSize, desiredCapacity } = to;
    const changed = {
      ...(minSize !== undefined && minSize !== from['minSize'] && { MinSize: minSize }),
      ...(desiredCapacity !== undefined &&
        desiredCapacity !== from['desiredCapacity'] && { DesiredCapacity: desiredCapacity }),
    };
    if (Object.keys(changed).length === 0) return [];
    const { UpdateAutoScalingGroupCommand } = await import('@aws-sdk/client-auto-scaling');
    const client = await clients.autoScaling();
    // Both at once: AWS takes no desired capacity below the minimum.
    const request = new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: id, ...changed });
    return requestIdOf(await client.send(request, { abortSignal: signal }));
  },
};

/** Instances come and go after the numbers are set, and Auto Scaling takes further ones meanwhile. */
function settlingOf(group: AutoScalingGroup): string | undefined {
  const desired = present(group.DesiredCapacity, 'DesiredCapacity');
  const counted = (group.Instances ?? []).filter(({ LifecycleState }) =>
    isCounted(present(LifecycleState, 'LifecycleState')),
  );
  const serving = counted.filter(({ LifecycleState }) => LifecycleState === 'InService');
  const weights = counted.flatMap(({ WeightedCapacity }) => (WeightedCapacity ? [Number(WeightedCapacity)] : []));
  const byInstance = (group.DesiredCapacityType ?? 'units') === 'units' && weights.length === 0;

  if (counted.length > desired && (byInstance || desired === 0)) {
    return `still has ${instancesOf(counted.length)} in place of ${desired}`;
  }
  if (byInstance) {
    return serving.length < desired ? `has ${serving.length} of ${instancesOf(desired)} in service` : undefined;
  }
  if (serving.length < counted.length) return `has ${serving.length} of ${instancesOf(counted.length)} in service`;
  if (desired > 0 && counted.length === 0) return 'has no instances in service';
  const capacity = weights.reduce((sum, weight) => sum + weight, 0);
  // More than asked for is no unrest: instances are not divided.
  return weights.length > 0 && capacity < desired ? `has a capacity of ${capacity} in place of ${desired}` : undefined;
}

function instancesOf(count: number): string {
  return count === 1 ? '1 instance' : `${count} instances`;
}

/** One that was made anew under the same name is another. */
async function describe(
  { id, arn }: StepTarget,
  { clients, signal }: StepContext,
): Promise<AutoScalingGroup | undefined> {
  const { DescribeAutoScalingGroupsCommand } = await import('@aws-sdk/client-auto-scaling');
  const client = await clients.autoScaling();
  const request = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [id] });
  const { AutoScalingGroups } = await client.send(request, { abortSignal: signal });
  return present(AutoScalingGroups, 'AutoScalingGroups').find(({ AutoScalingGroupARN }) => AutoScalingGroupARN === arn);
}
