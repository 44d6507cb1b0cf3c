/** How an Auto Scaling group is emptied: its minimum and its desired capacity, at once. Pure. */
import { isCounted } from '../group-instances.ts';
import type { AutoScalingGroup } from '../model.ts';
import { commonCautions, leftAlone, lowered, targetOf } from './row-parts.ts';
import type { PlannedRow } from './row-parts.ts';

/** Why a group is left alone that carries a tag, given the tag's value. */
const KEEPERS = new Map<string, (name: string) => string>([
  // https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
  ['eks:nodegroup-name', (name) => `It belongs to the EKS node group ${name}: that is what is to be scaled.`],
  ['eks:cluster-name', (name) => `It belongs to the EKS cluster ${name}: its node group is what is to be scaled.`],
  // https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-tagging-resources.html
  [
    'elasticbeanstalk:environment-name',
    (name) => `It belongs to the Elastic Beanstalk environment ${name}, which sets its size.`,
  ],
  // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/BatchServiceRolePolicy.html
  ['AWSBatchServiceTag', () => 'AWS Batch sets its size, by the jobs that are to run.'],
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/asg-capacity-providers.html
  ['AmazonECSManaged', () => 'A capacity provider of ECS sets its size, by the tasks that are to run.'],
]);

/** The tag by which the Cluster Autoscaler of Kubernetes finds the groups that it scales. */
const CLUSTER_AUTOSCALER = 'k8s.io/cluster-autoscaler/enabled';

/** Without them lowering it takes nothing away, or raising it brings nothing back. */
const NEEDED_PROCESSES = ['Launch', 'Terminate'];

export function planAutoScaling(group: AutoScalingGroup): PlannedRow {
  const { min, desired, instances } = group;
  const keeper = keptBy(group);
  if (keeper !== undefined) return leftAlone('skipped', keeper);
  const counted = instances.filter(({ state }) => isCounted(state));
  const move = lowered({ minSize: min, desiredCapacity: desired }, { minSize: 0, desiredCapacity: 0 });
  if (move === undefined) return leftAlone('already', alreadyEmpty(counted.length));
  const blocked = obstacle(group, counted);
  if (blocked !== undefined) return leftAlone('blocked', blocked);

  return {
    state: 'change',
    steps: [{ id: 'group-size', target: targetOf(group), ...move }],
    cautions: ownCautions(group),
    lost: lostWith(counted.length),
  };
}

function keptBy({ tags }: AutoScalingGroup): string | undefined {
  if (!tags.known) return undefined;
  for (const [key, reason] of KEEPERS) {
    const name = tags.value[key];
    if (name !== undefined) return reason(name);
  }
  return undefined;
}

function alreadyEmpty(left: number): string {
  const numbers = 'Its minimum and its desired capacity are 0';
  return left === 0 ? `${numbers}.` : `${numbers}; ${left} of its instances ${left === 1 ? 'is' : 'are'} still there.`;
}

function obstacle({ status, suspended }: AutoScalingGroup, counted: AutoScalingGroup['instances']): string | undefined {
  if (status !== null) return `Its status is ${status}.`;
  const stopped = NEEDED_PROCESSES.filter((process) => suspended.includes(process));
  if (stopped.length > 0) {
    const processes = stopped.length === 1 ? 'process' : 'processes';
    return `Its ${processes} ${stopped.join(' and ')} ${stopped.length === 1 ? 'is' : 'are'} suspended: it would not be emptied and filled again.`;
  }
  const kept = counted.filter((instance) => instance.protected).length;
  if (kept === 0) return undefined;
  return `${kept} of its instances ${kept === 1 ? 'is' : 'are'} protected from scale in, and would stay.`;
}

function ownCautions(group: AutoScalingGroup): string[] {
  const { tags, warmPool, instances } = group;
  const standby = instances.filter(({ state }) => state === 'Standby').length;
  const autoscaled = tags.known && tags.value[CLUSTER_AUTOSCALER] !== undefined;
  return [
    'Its scheduled actions and scaling policies, if it has any, may raise it again.',
    ...(autoscaled ? ['The Cluster Autoscaler of Kubernetes may raise it again.'] : []),
    // https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutWarmPool.html: it is as large as the group lacks to its maximum.
    ...(warmPool
      ? ['Its warm pool is billed on, and AWS may start further instances in it in place of those of the group.']
      : []),
    ...(standby > 0
      ? [`${instancesOf(standby)} in standby ${standby === 1 ? 'stays, and is' : 'stay, and are'} billed on.`]
      : []),
    ...commonCautions(group),
  ];
}

function lostWith(count: number): string[] {
  if (count === 0) return [];
  return [
    count === 1
      ? 'Its instance is terminated, and a new one takes its place: what is on its disks is lost.'
      : `Its ${count} instances are terminated, and new ones take their place: what is on their disks is lost.`,
  ];
}

function instancesOf(count: number): string {
  return count === 1 ? '1 instance' : `${count} instances`;
}
