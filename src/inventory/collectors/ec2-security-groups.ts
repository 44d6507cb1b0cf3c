import type { EC2Client, IpPermission, SecurityGroup as SdkSecurityGroup } from '@aws-sdk/client-ec2';

import { mapConcurrently } from '../../aws/concurrency.ts';
import { present } from '../../aws/errors.ts';
import { notCollected } from '../../engine/model.ts';
import type { Fact, IngressPermission, PrefixList, SecurityGroup } from '../../engine/model.ts';
import { defineCollector, LISTED, NEVER } from '../collector.ts';
import type { CollectContext, Scope } from '../collector.ts';
import { listedTags } from '../tags.ts';

export const ec2SecurityGroups = defineCollector({
  service: 'ec2',
  resourceType: 'AWS::EC2::SecurityGroup',
  list: { operation: 'DescribeSecurityGroups', action: 'ec2:DescribeSecurityGroups', resource: null },
  types: {
    'AWS::EC2::PrefixList': {
      tags: NEVER,
      entries: {
        operation: 'GetManagedPrefixListEntries',
        action: 'ec2:GetManagedPrefixListEntries',
        // A list may be AWS's own or shared by another account: its ARN has that account in it.
        resource: 'arn:{partition}:ec2:{region}:*:prefix-list/*',
      },
    },
    'AWS::EC2::SecurityGroup': { tags: LISTED },
  },

  async *collect(context) {
    const { clients, scope, signal, wanted } = context;
    const { paginateDescribeSecurityGroups } = await import('@aws-sdk/client-ec2');
    const client = await clients.ec2();
    const readsLists = wanted('AWS::EC2::PrefixList')?.has('entries') === true;
    const seen = new Set<string>();
    for await (const page of paginateDescribeSecurityGroups({ client, pageSize: 1000 }, {}, { abortSignal: signal })) {
      const groups = present(page.SecurityGroups, 'securityGroupInfo').map((group) => fromGroup(group, scope));
      // Nobody asks which lists there are: only those that a group names, and each once.
      const ids = readsLists ? prefixListsIn(groups).filter((id) => !seen.has(id)) : [];
      for (const id of ids) seen.add(id);
      yield [...(await readPrefixLists(ids, client, context)), ...groups];
    }
  },
});

/** The prefix lists of these ids, each with its entries or why they could not be read. */
export async function readPrefixLists(
  ids: readonly string[],
  client: EC2Client,
  { scope, limit, read, signal }: Pick<CollectContext, 'scope' | 'limit' | 'read' | 'signal'>,
): Promise<PrefixList[]> {
  return mapConcurrently(ids, limit, async (id) => {
    const entries = await read('AWS::EC2::PrefixList', 'entries', () => readEntries(client, id, signal));
    return prefixList(id, entries, scope);
  });
}

async function readEntries(client: EC2Client, id: string, abortSignal: AbortSignal): Promise<readonly string[]> {
  const { paginateGetManagedPrefixListEntries } = await import('@aws-sdk/client-ec2');
  const cidrs: string[] = [];
  // 100 is the most that AWS gives at once.
  const pages = paginateGetManagedPrefixListEntries({ client, pageSize: 100 }, { PrefixListId: id }, { abortSignal });
  for await (const page of pages) {
    for (const { Cidr } of present(page.Entries, 'entrySet')) cidrs.push(present(Cidr, 'cidr'));
  }
  return cidrs;
}

/** The prefix lists that the groups name, each once. */
export function prefixListsIn(groups: readonly SecurityGroup[]): string[] {
  return [...new Set(groups.flatMap(({ ingress }) => ingress.flatMap(({ prefixListIds }) => prefixListIds)))];
}

/** Under the account that reads it, where the groups are that name it; its owner AWS does not tell here. */
function prefixList(id: string, entries: Fact<readonly string[]>, { accountId, partition, region }: Scope): PrefixList {
  return {
    type: 'AWS::EC2::PrefixList',
    id,
    arn: `arn:${partition}:ec2:${region}:${accountId}:prefix-list/${id}`,
    accountId,
    region,
    tags: notCollected,
    entries,
  };
}

export function fromGroup(group: SdkSecurityGroup, { accountId, partition, region }: Scope): SecurityGroup {
  const id = present(group.GroupId, 'groupId');
  return {
    type: 'AWS::EC2::SecurityGroup',
    id,
    arn: `arn:${partition}:ec2:${region}:${accountId}:security-group/${id}`,
    accountId,
    region,
    tags: listedTags(group.Tags),
    groupName: present(group.GroupName, 'groupName'),
    ingress: present(group.IpPermissions, 'ipPermissions').map(fromPermission),
  };
}

/** Other groups as sources are left out: they are no addresses. */
function fromPermission(permission: IpPermission): IngressPermission {
  return {
    protocol: present(permission.IpProtocol, 'ipProtocol'),
    fromPort: permission.FromPort ?? null,
    toPort: permission.ToPort ?? null,
    ipv4: present(permission.IpRanges, 'ipRanges').map(({ CidrIp }) => present(CidrIp, 'cidrIp')),
    ipv6: present(permission.Ipv6Ranges, 'ipv6Ranges').map(({ CidrIpv6 }) => present(CidrIpv6, 'cidrIpv6')),
    prefixListIds: present(permission.PrefixListIds, 'prefixListIds').map(({ PrefixListId }) =>
      present(PrefixListId, 'prefixListId'),
    ),
  };
}
