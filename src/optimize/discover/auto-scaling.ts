import type { AutoScalingGroup as ListedGroup } from '@aws-sdk/client-auto-scaling';

import { mapConcurrently } from '../../aws/concurrency.ts';
import { present } from '../../aws/errors.ts';
import { notCollected } from '../../engine/model.ts';
import type { Fact } from '../../engine/model.ts';
import { listedTags } from '../../inventory/tags.ts';
import { DESCRIBE_AUTO_SCALING_GROUPS, DESCRIBE_INSTANCES } from '../calls.ts';
import { isCounted } from '../group-instances.ts';
import type { AutoScalingGroup, BilledInstance } from '../model.ts';
import type { Selection } from '../selection.ts';
import { billedAs, instancesOf } from './ec2.ts';
import { CALLS_AT_ONCE, Findings } from './findings.ts';
import type { DiscoveryContext } from './findings.ts';
import { readFact } from './read-fact.ts';

/** What one filter takes at most: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html */
const IDS_AT_ONCE = 200;

/** The Auto Scaling groups of the environment, whoever made them. */
export async function discoverAutoScaling(
  selection: Selection,
  context: DiscoveryContext,
): Promise<Findings<AutoScalingGroup>> {
  const findings = new Findings<AutoScalingGroup>('asg', 'Auto Scaling groups', context);
  const listed: AutoScalingGroup[] = [];
  await findings.listing(DESCRIBE_AUTO_SCALING_GROUPS, 'Which Auto Scaling groups there are', async () => {
    const { paginateDescribeAutoScalingGroups } = await import('@aws-sdk/client-auto-scaling');
    const client = await context.clients.autoScaling();
    // 100 is the most that it gives: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html
    const pages = paginateDescribeAutoScalingGroups({ client, pageSize: 100 }, {}, { abortSignal: context.signal });
    for await (const { AutoScalingGroups } of pages) {
      const page = present(AutoScalingGroups, 'AutoScalingGroups');
      const own = page
        .map((group) => fromGroup(group, context))
        .filter(({ id, tags }) => findings.takes(selection.choose({ names: [id], tags }), id));
      listed.push(...own);
      findings.progress(page.length, own.length);
    }
  });
  const inDetail = async (group: AutoScalingGroup) => ({ ...group, members: await membersOf(group, context) });
  findings.found.push(...(await mapConcurrently(listed, CALLS_AT_ONCE, inDetail)));
  return findings;
}

function fromGroup(
  group: ListedGroup,
  { accountId, region }: Pick<DiscoveryContext, 'accountId' | 'region'>,
): AutoScalingGroup {
  return {
    kind: 'asg',
    type: 'AWS::AutoScaling::AutoScalingGroup',
    id: present(group.AutoScalingGroupName, 'AutoScalingGroupName'),
    arn: present(group.AutoScalingGroupARN, 'AutoScalingGroupARN'),
    accountId,
    region,
    tags: listedTags(group.Tags),
    min: present(group.MinSize, 'MinSize'),
    max: present(group.MaxSize, 'MaxSize'),
    desired: present(group.DesiredCapacity, 'DesiredCapacity'),
    unit: unitOf(group.DesiredCapacityType),
    // An emulator may send an empty element where AWS sends none.
    status: group.Status || null,
    instances: (group.Instances ?? []).map(({ InstanceId, LifecycleState, ProtectedFromScaleIn }) => ({
      id: present(InstanceId, 'InstanceId'),
      state: present(LifecycleState, 'LifecycleState'),
      protected: ProtectedFromScaleIn === true,
    })),
    suspended: (group.SuspendedProcesses ?? []).map(({ ProcessName }) => present(ProcessName, 'ProcessName')),
    warmPool: group.WarmPoolConfiguration !== undefined,
    members: notCollected,
  };
}

function unitOf(type: string | undefined): AutoScalingGroup['unit'] {
  return type === 'vcpu' || type === 'memory-mib' ? type : 'units';
}

/** Those that run and that lowering the group would terminate, as EC2 bills them. */
function membersOf(
  { instances }: AutoScalingGroup,
  { clients, signal }: DiscoveryContext,
): Promise<Fact<readonly BilledInstance[]>> {
  const ids = instances.filter(({ state }) => isCounted(state)).map(({ id }) => id);
  return readFact(DESCRIBE_INSTANCES, signal, async () => {
    const members: BilledInstance[] = [];
    // No ids at all would be every instance there is.
    for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
      const { paginateDescribeInstances } = await import('@aws-sdk/client-ec2');
      const client = await clients.ec2();
      // By a filter: one that has gone meanwhile is left out, where an id that nobody knows would be an error.
      const request = { Filters: [{ Name: 'instance-id', Values: ids.slice(start, start + IDS_AT_ONCE) }] };
      for await (const page of paginateDescribeInstances({ client, pageSize: 500 }, request, { abortSignal: signal })) {
        members.push(...instancesOf(page.Reservations).filter(isRunning).map(billedAs));
      }
    }
    return members;
  });
}

function isRunning({ State }: Parameters<typeof billedAs>[0]): boolean {
  return present(State?.Name, 'State') === 'running';
}
