import type { DescribeInstancesCommandInput, Instance, InstanceNetworkInterface } from '@aws-sdk/client-ec2';

import { present } from '../../aws/errors.ts';
import type { Ec2Instance, NetworkInterface } from '../../engine/model.ts';
import { defineCollector, LISTED } from '../collector.ts';
import type { CollectContext, Scope } from '../collector.ts';
import { listedTags } from '../tags.ts';

export const ec2Instances = defineCollector({
  service: 'ec2',
  resourceType: 'AWS::EC2::Instance',
  list: { operation: 'DescribeInstances', action: 'ec2:DescribeInstances', resource: null },
  types: { 'AWS::EC2::Instance': { tags: LISTED } },

  collect: (context) => instancePages(context),
});

/**
 * Pages of instances: all of them, or those that the request asks for by its filters or ids.
 *
 * @param request ids in it must not be an empty list: EC2 takes that for all instances
 */
export async function* instancePages(
  { clients, scope, signal }: Pick<CollectContext, 'clients' | 'scope' | 'signal'>,
  request: Pick<DescribeInstancesCommandInput, 'Filters' | 'InstanceIds'> = {},
): AsyncGenerator<Ec2Instance[]> {
  const { paginateDescribeInstances } = await import('@aws-sdk/client-ec2');
  const client = await clients.ec2();
  // Never without a page size: an unpaginated call has half the budget. Larger pages are no faster, and hold more. EC2 takes
  // none beside ids (docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html, MaxResults).
  const paging = { client, ...(request.InstanceIds === undefined && { pageSize: 500 }) };
  for await (const page of paginateDescribeInstances(paging, { ...request }, { abortSignal: signal })) {
    yield present(page.Reservations, 'reservationSet')
      .flatMap((reservation) => present(reservation.Instances, 'instancesSet'))
      .map((instance) => fromInstance(instance, scope));
  }
}

export function fromInstance(instance: Instance, { accountId, partition, region }: Scope): Ec2Instance {
  const id = present(instance.InstanceId, 'instanceId');
  const interfaces = instance.NetworkInterfaces ?? [];
  const groups = [instance.SecurityGroups ?? [], ...interfaces.map(({ Groups }) => Groups ?? [])].flat();
  return {
    type: 'AWS::EC2::Instance',
    id,
    arn: `arn:${partition}:ec2:${region}:${accountId}:instance/${id}`,
    accountId,
    region,
    tags: listedTags(instance.Tags),
    instanceType: present(instance.InstanceType, 'instanceType'),
    state: present(instance.State?.Name, 'instanceState'),
    networkInterfaces: networkInterfaces(instance),
    securityGroupIds: [...new Set(groups.map(({ GroupId = '' }) => GroupId))],
  };
}

/** Every interface; an emulator may know an instance's public address without one, and then it stands alone. */
function networkInterfaces(instance: Instance): NetworkInterface[] {
  const interfaces = (instance.NetworkInterfaces ?? []).map(fromInterface);
  const seen = new Set(interfaces.flatMap(({ publicIpv4 }) => publicIpv4));
  if (instance.PublicIpAddress === undefined || instance.PublicIpAddress === '' || seen.has(instance.PublicIpAddress))
    return interfaces;
  return [...interfaces, { id: '', publicIpv4: [instance.PublicIpAddress], ipv6: [] }];
}

/** Each private address may have a public one of its own; the interface's association is that of the first. */
function fromInterface(networkInterface: InstanceNetworkInterface): NetworkInterface {
  const associations = [networkInterface, ...(networkInterface.PrivateIpAddresses ?? [])].map(
    ({ Association }) => Association?.PublicIp,
  );
  return {
    id: networkInterface.NetworkInterfaceId ?? '',
    publicIpv4: [...new Set(associations.filter((address) => address !== undefined))],
    ipv6: (networkInterface.Ipv6Addresses ?? []).flatMap(({ Ipv6Address }) => Ipv6Address ?? []),
  };
}
