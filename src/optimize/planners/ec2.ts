/** How an instance of EC2 is stopped. Pure. */
import type { BilledInstance, ComputeInstance } from '../model.ts';
import { commonCautions, leftAlone, needing, targetOf } from './row-parts.ts';
import type { PlannedRow } from './row-parts.ts';

/** Tags of what keeps as many instances as it is told: it would start another one in place of one that is stopped. */
const KEEPERS: ReadonlyMap<string, string> = new Map([
  // https://karpenter.sh/docs/concepts/nodeclasses/#spectags, the second up to v0.32
  ['karpenter.sh/nodepool', 'the Karpenter node pool'],
  ['karpenter.sh/provisioner-name', 'the Karpenter provisioner'],
  // https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
  ['eks:nodegroup-name', 'the EKS node group'],
  // https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-tagging-resources.html
  ['elasticbeanstalk:environment-name', 'the Elastic Beanstalk environment'],
  ['elasticbeanstalk:environment-id', 'the Elastic Beanstalk environment'],
  // Fleets have instances on demand, too: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Fleets.html
  ['aws:ec2spot:fleet-request-id', 'the Spot Fleet request'],
  ['aws:ec2:fleet-id', 'the EC2 Fleet'],
  // https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-tags.html
  ['aws:elasticmapreduce:job-flow-id', 'the EMR cluster'],
  // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/BatchServiceRolePolicy.html
  ['AWSBatchServiceTag', 'AWS Batch'],
]);

/** AWS puts it on the host of a database: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonRDSCustomServiceRolePolicy.html */
const CUSTOM_DATABASE = 'AWSRDSCustom';

export function planEc2(instance: ComputeInstance): PlannedRow {
  const { state, instanceStore, tenancy } = instance;
  const other = neverStopped(instance);
  if (other !== undefined) return leftAlone('skipped', other);
  if (state === 'stopped') return leftAlone('already', 'It is stopped.');
  if (state === 'stopping') return leftAlone('blocked', 'It is stopping.');
  if (state !== 'running') return leftAlone('blocked', `It is ${state}: it can be stopped when it is running.`);

  return {
    state: 'change',
    steps: [{ id: 'ec2-running', target: targetOf(instance), from: { running: 1 }, to: { running: 0 } }],
    cautions: [
      // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/how-ec2-instance-stop-start-works.html
      'Its EBS volumes and Elastic IP addresses are billed on while it is stopped.',
      ...(tenancy === 'host' ? ['Its Dedicated Host is billed on.'] : []),
      ...(instanceStore.known
        ? []
        : [
            `Whether it has instance-store disks could not be read${needing(instanceStore)}: what is on such disks is lost.`,
          ]),
      ...commonCautions(instance),
    ],
    lost: [
      'What it has in memory is lost.',
      ...(instanceStore.known && instanceStore.value ? ['What is on its instance-store disks is lost.'] : []),
      ...lostAddresses(instance),
    ],
  };
}

/** With several interfaces it gets none: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html */
function lostAddresses({ publicIpv4, interfaces }: ComputeInstance): string[] {
  return publicIpv4.map((address) =>
    interfaces > 1
      ? `It loses its public address ${address}, and gets no other: it has more than one network interface.`
      : `It gets another public address in place of ${address}.`,
  );
}

function neverStopped({ tags, operator, rootDevice, lifecycle }: ComputeInstance): string | undefined {
  if (tags.known && tags.value[CUSTOM_DATABASE] !== undefined) {
    return 'It is the host of a database of RDS Custom: RDS stops and starts that.';
  }
  if (operator !== undefined) return `It is run by ${operator}: it takes no changes from others.`;
  if (tags.known) {
    for (const [key, keeper] of KEEPERS) {
      const name = tags.value[key];
      if (name !== undefined) return `It belongs to ${keeper} ${name}, which would start another one in its place.`;
    }
  }
  if (rootDevice === 'instance-store')
    return 'Its root device is an instance store: it can be terminated, not stopped.';
  return OTHER_LIFECYCLES[lifecycle];
}

const OTHER_LIFECYCLES: Readonly<Record<BilledInstance['lifecycle'], string | undefined>> = {
  'on-demand': undefined,
  spot: 'It is a Spot Instance: its request decides whether it runs.',
  scheduled: 'It is a Scheduled Instance: its time is paid for, running or not.',
  'capacity-block': 'It runs in a Capacity Block, which is paid for, running or not.',
  other: 'It does not run on demand: such instances are left alone.',
};
