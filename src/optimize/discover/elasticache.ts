import type { ReplicationGroup as ListedGroup } from '@aws-sdk/client-elasticache';

import { mapConcurrently } from '../../aws/concurrency.ts';
import { present } from '../../aws/errors.ts';
import { notCollected } from '../../engine/model.ts';
import type { Fact, Tags } from '../../engine/model.ts';
import { tagsOf } from '../../inventory/tags.ts';
import { DESCRIBE_REPLICATION_GROUPS, LIST_CACHE_TAGS } from '../calls.ts';
import type { ReplicationGroup, Shard } from '../model.ts';
import { pendingChanges } from '../pending.ts';
import type { Selection } from '../selection.ts';
import { CALLS_AT_ONCE, Findings } from './findings.ts';
import type { DiscoveryContext } from './findings.ts';
import { readFact } from './read-fact.ts';
import { REPLICAS, scalingFacts } from './scaling-limits.ts';

/** The replication groups of the environment. */
export async function discoverElastiCache(
  selection: Selection,
  context: DiscoveryContext,
): Promise<Findings<ReplicationGroup>> {
  const findings = new Findings<ReplicationGroup>('elasticache', 'replication groups', context);
  const listed: ReplicationGroup[] = [];
  await findings.listing(DESCRIBE_REPLICATION_GROUPS, 'Which replication groups there are', async () => {
    const { paginateDescribeReplicationGroups } = await import('@aws-sdk/client-elasticache');
    const client = await context.clients.elasticache();
    const pages = paginateDescribeReplicationGroups({ client, pageSize: 100 }, {}, { abortSignal: context.signal });
    for await (const { ReplicationGroups } of pages) {
      const page = present(ReplicationGroups, 'ReplicationGroups');
      const taken = await mapConcurrently(page, CALLS_AT_ONCE, (group) => take(group, selection, findings, context));
      const own = taken.filter((group) => group !== undefined);
      listed.push(...own);
      findings.progress(page.length, own.length);
    }
  });
  const scalingOf = await scalingFacts(
    REPLICAS,
    listed.map(({ id }) => scalingId(id)),
    context,
  );
  findings.found.push(...listed.map((group) => ({ ...group, scaling: scalingOf(scalingId(group.id)) })));
  return findings;
}

/** The group with its tags, where it is of the environment. They are asked for one by one, and only where they matter. */
async function take(
  group: ListedGroup,
  selection: Selection,
  findings: Findings<ReplicationGroup>,
  context: DiscoveryContext,
): Promise<ReplicationGroup | undefined> {
  const id = present(group.ReplicationGroupId, 'ReplicationGroupId');
  const byName = selection.choose({ names: [id] });
  if (byName === 'other') return undefined;
  if (!selection.byTags && !findings.takes(byName, id)) return undefined;
  const resource = fromGroup(group, context);
  const tags = await readTags(resource.arn, selection, findings, context);
  if (selection.byTags && !findings.takes(selection.choose({ names: [id], tags }), id)) return undefined;
  return { ...resource, tags };
}

async function readTags(
  arn: string,
  { byTags }: Selection,
  findings: Findings<ReplicationGroup>,
  { clients, signal }: DiscoveryContext,
): Promise<Fact<Tags>> {
  const ask = async () => {
    const { ListTagsForResourceCommand } = await import('@aws-sdk/client-elasticache');
    const client = await clients.elasticache();
    const request = new ListTagsForResourceCommand({ ResourceName: arn });
    const { TagList } = await client.send(request, { abortSignal: signal });
    return tagsOf(present(TagList, 'TagList'));
  };
  if (!byTags) return readFact(LIST_CACHE_TAGS, signal, ask);
  // Where tags decide, one that cannot be asked for them may be of the environment.
  let tags: Fact<Tags> = notCollected;
  await findings.listing(LIST_CACHE_TAGS, 'Whether all replication groups of the environment were found', async () => {
    tags = { known: true, value: await ask() };
  });
  return tags;
}

function fromGroup(
  group: ListedGroup,
  { accountId, region }: Pick<DiscoveryContext, 'accountId' | 'region'>,
): ReplicationGroup {
  return {
    kind: 'elasticache',
    type: 'AWS::ElastiCache::ReplicationGroup',
    id: present(group.ReplicationGroupId, 'ReplicationGroupId'),
    arn: present(group.ARN, 'ARN'),
    accountId,
    region,
    tags: notCollected,
    // Before there was Valkey AWS did not say: what answers without it knows of Redis alone.
    engine: group.Engine ?? 'redis',
    nodeType: present(group.CacheNodeType, 'CacheNodeType'),
    status: present(group.Status, 'Status'),
    clusterMode: isClusterMode(group),
    multiAz: group.MultiAZ === 'enabled',
    automaticFailover: group.AutomaticFailover ?? 'disabled',
    shards: shardsOf(group),
    globalGroup: group.GlobalReplicationGroupInfo?.GlobalReplicationGroupId || null,
    pending: pendingChanges(group.PendingModifiedValues),
    scaling: notCollected,
  };
}

/** `compatible` is on its way there: it takes clients of either mode. */
export function isClusterMode({ ClusterEnabled, ClusterMode }: ListedGroup): boolean {
  return ClusterEnabled === true || ClusterMode === 'enabled' || ClusterMode === 'compatible';
}

/** States in which a group may have no shards. */
const UNFORMED: ReadonlySet<string | undefined> = new Set(['creating', 'create-failed', 'deleting']);

export function shardsOf({ NodeGroups, Status }: ListedGroup): Shard[] {
  const groups = UNFORMED.has(Status) ? (NodeGroups ?? []) : present(NodeGroups, 'NodeGroups');
  return groups.map(({ NodeGroupId, NodeGroupMembers }) => ({
    id: present(NodeGroupId, 'NodeGroupId'),
    nodes: present(NodeGroupMembers, 'NodeGroupMembers').map((member) => ({
      id: present(member.CacheClusterId, 'CacheClusterId'),
      zone: member.PreferredAvailabilityZone ?? null,
      role: roleOf(member.CurrentRole),
    })),
  }));
}

function roleOf(role: string | undefined): 'primary' | 'replica' | null {
  return role === 'primary' || role === 'replica' ? role : null;
}

function scalingId(id: string): string {
  return `replication-group/${id}`;
}
