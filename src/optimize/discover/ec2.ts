import type { _InstanceType, Instance, InstanceNetworkInterface } from '@aws-sdk/client-ec2';

import { MalformedAnswerError, present } from '../../aws/errors.ts';
import { known, notCollected } from '../../engine/model.ts';
import type { Fact } from '../../engine/model.ts';
import { listedTags } from '../../inventory/tags.ts';
import { DESCRIBE_INSTANCE_TYPES, DESCRIBE_INSTANCES } from '../calls.ts';
import type { BilledInstance, ComputeInstance } from '../model.ts';
import type { Choice, Selection } from '../selection.ts';
import { Findings } from './findings.ts';
import type { DiscoveryContext } from './findings.ts';
import { readFact } from './read-fact.ts';

/** What DescribeInstanceTypes takes at most: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html */
const TYPES_AT_ONCE = 100;

/**
 * The tag of an instance that belongs to an Auto Scaling group. Stopped by itself it is unhealthy to its group, which terminates it
 * and launches another: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
 */
const GROUP_TAG = 'aws:autoscaling:groupName';

/** What is gone, or cannot be kept from going. */
const GONE: ReadonlySet<string> = new Set(['shutting-down', 'terminated']);

/** The instances of EC2 of the environment. Those of Auto Scaling groups are their group's, and not listed at all. */
export async function discoverEc2(selection: Selection, context: DiscoveryContext): Promise<Findings<ComputeInstance>> {
  const findings = new Findings<ComputeInstance>('ec2', 'EC2 instances', context);
  const listed: ComputeInstance[] = [];
  await findings.listing(DESCRIBE_INSTANCES, 'Which EC2 instances there are', async () => {
    const { paginateDescribeInstances } = await import('@aws-sdk/client-ec2');
    const client = await context.clients.ec2();
    // Never without a page size: unpaginated calls have a smaller budget.
    const pages = paginateDescribeInstances({ client, pageSize: 500 }, {}, { abortSignal: context.signal });
    for await (const { Reservations } of pages) {
      const page = instancesOf(Reservations).filter((instance) => isAlone(instance));
      const own = page
        .map((instance) => fromInstance(instance, context))
        .filter((instance) => findings.takes(chosen(instance, selection), instance.id));
      listed.push(...own);
      findings.progress(page.length, own.length);
    }
  });
  const storeOf = await instanceStores(listed, context);
  findings.found.push(...listed.map((instance) => ({ ...instance, instanceStore: storeOf(instance.instanceType) })));
  return findings;
}

/** @throws MalformedAnswerError where a list is missing */
export function instancesOf(reservations: readonly { readonly Instances?: Instance[] | undefined }[] | undefined) {
  return present(reservations, 'Reservations').flatMap(({ Instances }) => present(Instances, 'Instances'));
}

/** @throws MalformedAnswerError where its type is missing */
export function billedAs(instance: Instance): BilledInstance {
  return {
    instanceType: present(instance.InstanceType, 'InstanceType'),
    // An emulator may send an empty element where AWS sends none.
    operation: instance.UsageOperation || null,
    tenancy: tenancyOf(instance.Placement?.Tenancy),
    billedBy: billedBy(instance),
    lifecycle: lifecycleOf(instance.InstanceLifecycle),
  };
}

function isAlone({ Tags = [], State }: Instance): boolean {
  return !GONE.has(present(State?.Name, 'State')) && !Tags.some(({ Key }) => Key === GROUP_TAG);
}

/** By its tag `Name`, or its id. What nearly is of the environment is so by its name: the id says nothing. */
function chosen({ id, name, tags }: ComputeInstance, selection: Selection): Choice {
  const choice = selection.choose({ names: name === undefined ? [id] : [name, id], tags });
  if (typeof choice !== 'object' || name === undefined) return choice;
  return { near: `in its name ${name} ${choice.near}` };
}

function fromInstance(
  instance: Instance,
  { accountId, partition, region }: Pick<DiscoveryContext, 'accountId' | 'partition' | 'region'>,
): ComputeInstance {
  const id = present(instance.InstanceId, 'InstanceId');
  const name = instance.Tags?.find(({ Key }) => Key === 'Name')?.Value;
  const operator = operatorOf(instance);
  return {
    kind: 'ec2',
    type: 'AWS::EC2::Instance',
    id,
    ...(name !== undefined && name !== '' && { name }),
    arn: `arn:${partition}:ec2:${region}:${accountId}:instance/${id}`,
    accountId,
    region,
    tags: listedTags(instance.Tags),
    ...billedAs(instance),
    state: present(instance.State?.Name, 'State'),
    rootDevice: present(instance.RootDeviceType, 'RootDeviceType'),
    ...(operator !== undefined && { operator }),
    interfaces: instance.NetworkInterfaces?.length ?? 0,
    publicIpv4: [...new Set((instance.NetworkInterfaces ?? []).flatMap((one) => lentAddresses(one)))],
    instanceStore: notCollected,
  };
}

function operatorOf({ Operator }: Instance): string | undefined {
  return Operator?.Managed === true ? (Operator.Principal ?? 'a service of AWS') : undefined;
}

/** A reservation is billed on where nothing runs in it; Outposts, Local Zones and Wavelength Zones have prices of their own. */
function billedBy({ CapacityReservationId, OutpostArn, Placement }: Instance): string | null {
  if (CapacityReservationId) return `the capacity reservation ${CapacityReservationId}`;
  if (OutpostArn) return `the Outpost ${OutpostArn.split('/').at(-1)}`;
  const zone = Placement?.AvailabilityZone ?? '';
  // `us-east-1a`, and `us-west-2-lax-1a`.
  return /^[a-z]+(?:-[a-z]+)+-\d+[a-z]?$/.test(zone) || zone === '' ? null : `the zone ${zone}`;
}

function tenancyOf(tenancy: string | undefined): BilledInstance['tenancy'] {
  return tenancy === 'dedicated' || tenancy === 'host' ? tenancy : 'default';
}

/** AWS leaves it out for what is on demand. */
function lifecycleOf(lifecycle: string | undefined): BilledInstance['lifecycle'] {
  switch (lifecycle) {
    case undefined:
    case '':
      return 'on-demand';
    case 'spot':
    case 'scheduled':
    case 'capacity-block':
      return lifecycle;
    default:
      return 'other';
  }
}

/**
 * Its public addresses that come from Amazon's pool and go back there when the instance is stopped; an Elastic IP is owned by the
 * account (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceNetworkInterfaceAssociation.html).
 */
function lentAddresses({ Association, PrivateIpAddresses = [] }: InstanceNetworkInterface): string[] {
  return [Association, ...PrivateIpAddresses.map((address) => address.Association)].flatMap((association) =>
    association?.IpOwnerId === 'amazon' ? (association.PublicIp ?? []) : [],
  );
}

/** Whether a type has disks of its own; all unknown where the call gives nothing. */
async function instanceStores(
  instances: readonly ComputeInstance[],
  { clients, signal }: DiscoveryContext,
): Promise<(type: string) => Fact<boolean>> {
  const types = [...new Set(instances.map(({ instanceType }) => instanceType))].toSorted();
  const stores = await readFact(DESCRIBE_INSTANCE_TYPES, signal, async () => {
    const supported = new Map<string, boolean>();
    // No types at all would be every type there is.
    for (let start = 0; start < types.length; start += TYPES_AT_ONCE) {
      const { paginateDescribeInstanceTypes } = await import('@aws-sdk/client-ec2');
      const client = await clients.ec2();
      const request = { InstanceTypes: types.slice(start, start + TYPES_AT_ONCE) as _InstanceType[] };
      for await (const page of paginateDescribeInstanceTypes({ client }, request, { abortSignal: signal })) {
        for (const { InstanceType, InstanceStorageSupported } of present(page.InstanceTypes, 'InstanceTypes')) {
          supported.set(
            present(InstanceType, 'InstanceType'),
            present(InstanceStorageSupported, 'InstanceStorageSupported'),
          );
        }
      }
    }
    const missing = types.find((type) => !supported.has(type));
    if (missing !== undefined) throw new MalformedAnswerError(`The answer lacks ${missing}`);
    return supported;
  });
  return (type) => (stores.known ? known(stores.value.get(type) === true) : stores);
}
