/** How an ElastiCache replication group is scaled down: replicas, shard by shard. Pure. */
import type { ReplicationGroup } from '../model.ts';
import type { OptimizeSettings } from '../settings.ts';
import { commonCautions, leftAlone, lowered, scalesUp, scalingUnread, targetOf, unsettled } from './row-parts.ts';
import type { PlannedRow } from './row-parts.ts';

export function planElastiCache(group: ReplicationGroup, { nodes }: OptimizeSettings['elasticache']): PlannedRow {
  const { globalGroup, scaling } = group;
  if (globalGroup !== null) {
    return leftAlone('skipped', `It belongs to the Global Datastore ${globalGroup}: such groups are left alone.`);
  }
  const replicas = numbersBy(group, ({ nodes: own }) => Math.max(own.length - 1, 0));
  const lowest = Math.max(nodes - 1, isHighlyAvailable(group) ? 1 : 0);
  // Its limits are not changed: below them replicas would only be added again.
  const held = scaling.known ? (scaling.value?.min ?? 0) : 0;
  const left = Math.max(lowest, held);
  const move = lowered(
    replicas,
    numbersBy(group, () => left),
  );
  if (move === undefined) return leftAlone('already', alreadySmall(group, lowest, held));
  const blocked = unsettled(group);
  if (blocked !== undefined) return blocked;

  return {
    state: 'change',
    steps: [{ id: 'cache-replicas', target: targetOf(group), ...move }],
    cautions: [
      `Connections to the endpoint of a removed node break; those to the ${group.clusterMode ? 'configuration' : 'reader'} endpoint do not.`,
      ...(held > lowest ? [`Application Auto Scaling holds it at ${held} replicas a shard: no more are removed.`] : []),
      // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/BestPractices.MinimizeDowntime.html
      ...(left === 1 ? ['One replica is left in a shard: reads from it may pause while AWS maintains a node.'] : []),
      ...(left === 0 ? ['No replica is left in a shard: it is not there while AWS replaces its node.'] : []),
      ...(scaling.known ? [] : [scalingUnread(scaling)]),
      ...(scaling.known && scaling.value !== null ? scalesUp(scaling.value, left, 'replicas') : []),
      ...commonCautions(group),
    ],
    lost: [],
  };
}

function alreadySmall({ shards, clusterMode }: ReplicationGroup, lowest: number, held: number): string {
  const most = Math.max(0, ...shards.map(({ nodes }) => nodes.length));
  if (most - 1 > lowest) return `Application Auto Scaling holds it at ${held} replicas a shard, and it has no more.`;
  return `It has no more than ${nodesOf(most)} ${clusterMode ? 'in a shard' : 'in all'}.`;
}

function numbersBy({ shards }: ReplicationGroup, count: (shard: ReplicationGroup['shards'][number]) => number) {
  return Object.fromEntries(shards.map((shard) => [`replicas/${shard.id}`, count(shard)]));
}

/** Then a replica must be there to fail over to. With cluster mode disabled AWS refuses to remove the last; else it would not. */
function isHighlyAvailable({ multiAz, automaticFailover }: ReplicationGroup): boolean {
  return multiAz || automaticFailover === 'enabled' || automaticFailover === 'enabling';
}

function nodesOf(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`;
}
