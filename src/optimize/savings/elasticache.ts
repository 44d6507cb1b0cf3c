/** What fewer nodes of a replication group save. */
import type { Prices } from '../../prices/price.ts';
import type { ReplicationGroup } from '../model.ts';
import type { PlanRow } from '../plan.ts';
import { HOURS_PER_MONTH } from '../saving.ts';
import type { Saving } from '../saving.ts';
import { cents, count, dollars, LIST_PRICE, movesOf, plain, unknown } from './saving-parts.ts';

export async function savingOfNodes(row: PlanRow, group: ReplicationGroup, prices: Prices): Promise<Saving> {
  const { engine, nodeType, region, shards } = group;
  // `replicas` is the number of each shard, `replicas/0001` that of one.
  const removed = [...movesOf(row, 'cache-replicas')].flatMap(([name, { from, to }]) =>
    name === 'replicas' ? shards.map(() => from - to) : [from - to],
  );
  const [first, ...rest] = removed;
  if (first === undefined) return unknown('Its number of nodes is not changed.');
  if (engine !== 'redis' && engine !== 'valkey') return unknown(`What a node of ${engine} costs is not known.`);
  const answer = await prices.find({ item: 'cache-node', engine, nodeType, region });
  if (!answer.known) return answer;

  const { price } = answer;
  const nodes = removed.reduce((sum, number) => sum + number, 0);
  const even = rest.every((number) => number === first);
  const nodesSaid =
    rest.length === 0
      ? count(nodes, 'node')
      : even
        ? `${count(first, 'node')} x ${removed.length} shards`
        : `(${removed.map(plain).join(' + ')}) nodes`;
  return {
    known: true,
    amount: cents(nodes * price.amount * HOURS_PER_MONTH),
    formula: `${nodesSaid} x ${dollars(price)} x ${HOURS_PER_MONTH} h`,
    prices: [price],
    assumptions: ['A node that a reservation pays for goes on being billed.', LIST_PRICE],
  };
}
