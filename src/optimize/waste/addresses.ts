import type { Address } from '@aws-sdk/client-ec2';

import { present } from '../../aws/errors.ts';
import { DESCRIBE_ADDRESSES } from './calls.ts';
import type { IdleAddress } from './model.ts';
import { nameTag, readAll } from './reading.ts';
import type { Reading, ReadingContext } from './reading.ts';

/** Elastic IP addresses that nothing is associated with, and that cost something. */
export async function readIdleAddresses(context: ReadingContext): Promise<Reading<IdleAddress>> {
  return readAll(
    {
      kind: 'addresses',
      call: DESCRIBE_ADDRESSES,
      things: 'addresses',
      pages: () => answerOf(context),
      take: (address) => (isIdle(address) && isBilled(address) ? fromAddress(address, context) : undefined),
    },
    context,
  );
}

/** It has no pages: EC2 gives all of them at once. */
async function* answerOf({ clients, signal }: ReadingContext): AsyncGenerator<readonly Address[]> {
  const { DescribeAddressesCommand } = await import('@aws-sdk/client-ec2');
  const client = await clients.ec2();
  const { Addresses } = await client.send(new DescribeAddressesCommand({}), { abortSignal: signal });
  yield present(Addresses, 'addressesSet');
}

/** One that a service of AWS's manages is that service's to release. */
function isIdle({ AssociationId, InstanceId, NetworkInterfaceId, ServiceManaged }: Address): boolean {
  return ![AssociationId, InstanceId, NetworkInterfaceId, ServiceManaged].some(Boolean);
}

/**
 * One of a pool of one's own costs nothing (aws.amazon.com/vpc/pricing: no charge for addresses that are brought along), and of a
 * block that Amazon has provided the whole block is paid for. An address of an Outpost or of a carrier is none of the internet's.
 */
function isBilled({ PublicIpv4Pool, CustomerOwnedIp, CarrierIp }: Address): boolean {
  return (PublicIpv4Pool || 'amazon') === 'amazon' && !CustomerOwnedIp && !CarrierIp;
}

function fromAddress(address: Address, { accountId, partition, region }: ReadingContext): IdleAddress {
  const id = present(address.AllocationId, 'allocationId');
  return {
    id,
    arn: `arn:${partition}:ec2:${region}:${accountId}:elastic-ip/${id}`,
    region,
    borderGroup: address.NetworkBorderGroup || region,
    name: nameTag(address.Tags ?? []),
    publicIp: present(address.PublicIp, 'publicIp'),
  };
}
