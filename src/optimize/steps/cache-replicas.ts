/** The replicas of an ElastiCache replication group, shard by shard: `replicas/0001`. */
import type { ReplicationGroup } from '@aws-sdk/client-elasticache';

import { awsErrorNamed, present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import { DECREASE_REPLICA_COUNT, DESCRIBE_REPLICATION_GROUPS, INCREASE_REPLICA_COUNT } from '../calls.ts';
import { isClusterMode, shardsOf } from '../discover/elasticache.ts';
import type { CacheNode, Shard } from '../model.ts';
import { pendingChanges } from '../pending.ts';
import type { Numbers, StepContext, StepKind, StepTarget } from '../step.ts';
import { waitOptions } from './wait-options.ts';

const PREFIX = 'replicas/';

export const cacheReplicas = {
  id: 'cache-replicas',
  calls: { read: [DESCRIBE_REPLICATION_GROUPS], lower: [DECREASE_REPLICA_COUNT], raise: [INCREASE_REPLICA_COUNT] },
  // On the wire some of them lack the last word.
  transient: [
    'InvalidReplicationGroupStateFault',
    'InvalidReplicationGroupState',
    'InvalidCacheClusterStateFault',
    'InvalidCacheClusterState',
  ],
  done: ['NoOperationFault', 'NoOperation'],

  async read(target, context) {
    const group = await describe(target, context);
    if (group === undefined) return undefined;
    const numbers = Object.fromEntries(
      shardsOf(group).map(({ id, nodes }) => [`${PREFIX}${id}`, replicasOf(nodes).length]),
    );
    const busy = busyWith(group);
    return busy === undefined ? { numbers } : { numbers, busy };
  },

  async write(target, { from, to }, context) {
    const group = await describe(target, context);
    const shards = group === undefined ? [] : shardsOf(group);
    const fewer = countsOf(to, (name, then) => then < (from[name] ?? then));
    const more = countsOf(to, (name, then) => then > (from[name] ?? then));
    const requestIds: string[] = [];
    if (fewer.size > 0) {
      const { DecreaseReplicaCountCommand } = await import('@aws-sdk/client-elasticache');
      const elasticache = await context.clients.elasticache();
      const chosen = group === undefined ? [] : replicasToRemove(group, fewer);
      const request = new DecreaseReplicaCountCommand({
        ReplicationGroupId: target.id,
        ...(chosen.length > 0 ? { ReplicasToRemove: chosen } : asInput(fewer, shards)),
        // AWS takes nothing else here.
        ApplyImmediately: true,
      });
      requestIds.push(...requestIdOf(await elasticache.send(request, { abortSignal: context.signal })));
    }
    if (more.size > 0) {
      const { IncreaseReplicaCountCommand } = await import('@aws-sdk/client-elasticache');
      const elasticache = await context.clients.elasticache();
      const request = new IncreaseReplicaCountCommand({
        ReplicationGroupId: target.id,
        ...asInput(more, shards),
        ApplyImmediately: true,
      });
      requestIds.push(...requestIdOf(await elasticache.send(request, { abortSignal: context.signal })));
    }
    return requestIds;
  },

  async wait({ id }, context) {
    const { waitUntilReplicationGroupAvailable } = await import('@aws-sdk/client-elasticache');
    const client = await context.clients.elasticache();
    await waitUntilReplicationGroupAvailable({ client, ...waitOptions(context) }, { ReplicationGroupId: id });
  },
} satisfies StepKind;

/** Replicas by the id of the shard. */
type Counts = ReadonlyMap<string, number>;

function countsOf(numbers: Numbers, isMeant: (name: string, number: number) => boolean): Counts {
  const meant = Object.entries(numbers).filter(([name, number]) => isMeant(name, number));
  return new Map(meant.map(([name, number]) => [name.slice(PREFIX.length), number]));
}

/** One number is for every shard there is: only where it is meant so is it sent alone. */
function asInput(counts: Counts, shards: readonly Shard[]) {
  const [count] = counts.values();
  const even = shards.every(({ id }) => counts.has(id)) && new Set(counts.values()).size === 1;
  if (even && count !== undefined) return { NewReplicaCount: count };
  return {
    ReplicaConfiguration: [...counts].map(([NodeGroupId, NewReplicaCount]) => ({ NodeGroupId, NewReplicaCount })),
  };
}

/**
 * Which replicas go, where it matters: with Multi-AZ one in another zone than the primary is to stay, and AWS may choose otherwise.
 * Empty where any choice will do, or zones do not tell. With cluster mode enabled AWS does not say which node is the primary.
 */
function replicasToRemove(group: ReplicationGroup, counts: Counts): string[] {
  const [shard, ...others] = shardsOf(group);
  if (group.MultiAZ !== 'enabled' || isClusterMode(group) || shard === undefined || others.length > 0) return [];
  const count = counts.get(shard.id);
  const primary = shard.nodes.find(({ role }) => role === 'primary');
  const replicas = shard.nodes.filter(({ role }) => role === 'replica').toSorted(byId);
  if (count === undefined || count === 0 || primary === undefined || replicas.length + 1 < shard.nodes.length)
    return [];
  if (shard.nodes.some(({ zone }) => zone === null)) return [];
  const beside = replicas.filter(({ zone }) => zone === primary.zone);
  // With fewer of them than are to stay some other stays too; where all are there none can.
  if (beside.length < count || beside.length === replicas.length) return [];
  return removable(primary, replicas)
    .slice(0, replicas.length - count)
    .map(({ id }) => id);
}

/** First those in a zone that has a node without them, then one of each further zone. */
function removable(primary: CacheNode, replicas: readonly CacheNode[]): CacheNode[] {
  const zones = new Set([primary.zone]);
  const kept: CacheNode[] = [];
  for (const replica of replicas) {
    if (zones.has(replica.zone)) continue;
    zones.add(replica.zone);
    kept.push(replica);
  }
  return [...replicas.filter((replica) => !kept.includes(replica)), ...kept.toReversed()];
}

function byId({ id: one }: CacheNode, { id: other }: CacheNode): number {
  return one < other ? -1 : 1;
}

/** All but one: of a shard whose roles are not told one node is the primary all the same. */
function replicasOf(nodes: readonly CacheNode[]): readonly CacheNode[] {
  return nodes.slice(1);
}

function busyWith({ Status, PendingModifiedValues }: ReplicationGroup): string | undefined {
  const status = present(Status, 'Status');
  if (status !== 'available') return `is ${status}`;
  const pending = pendingChanges(PendingModifiedValues);
  return pending.length === 0 ? undefined : `has changes pending (${pending.join(', ')})`;
}

async function describe({ id }: StepTarget, { clients, signal }: StepContext): Promise<ReplicationGroup | undefined> {
  const { DescribeReplicationGroupsCommand } = await import('@aws-sdk/client-elasticache');
  const elasticache = await clients.elasticache();
  try {
    const request = new DescribeReplicationGroupsCommand({ ReplicationGroupId: id });
    const { ReplicationGroups } = await elasticache.send(request, { abortSignal: signal });
    return present(present(ReplicationGroups, 'ReplicationGroups')[0], 'ReplicationGroup');
  } catch (error) {
    if (awsErrorNamed(error, 'ReplicationGroupNotFoundFault')) return undefined;
    throw error;
  }
}
