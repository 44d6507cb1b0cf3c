import {
  DecreaseReplicaCountCommand,
  DescribeReplicationGroupsCommand,
  IncreaseReplicaCountCommand,
} from '@aws-sdk/client-elasticache';
import type { ReplicationGroup } from '@aws-sdk/client-elasticache';
import { expect } from 'chai';

import { awsErrorNamed } from '../../../src/aws/errors.ts';
import { cacheReplicas } from '../../../src/optimize/steps/cache-replicas.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { GROUP, listedGroup, listedShard, stubbedAws } from '../../support/optimize-aws.ts';

const one = (count: number) => ({ 'replicas/0001': count });
const two = (first: number, second: number) => ({ 'replicas/0001': first, 'replicas/0002': second });
const TWO_SHARDS: ReplicationGroup = {
  ClusterEnabled: true,
  NodeGroups: [listedShard('0001', ['a', 'b', 'c'], false), listedShard('0002', ['a', 'b', 'c'], false)],
};

function stubbed(own: ReplicationGroup = {}) {
  const aws = stubbedAws();
  aws.elasticache.on(DescribeReplicationGroupsCommand).resolves({ ReplicationGroups: [listedGroup(own)] });
  aws.elasticache.on(DecreaseReplicaCountCommand).resolves({ $metadata: { requestId: 'down' } });
  aws.elasticache.on(IncreaseReplicaCountCommand).resolves({ $metadata: { requestId: 'up' } });
  return aws;
}

const sent = (own: object) => ({ ReplicationGroupId: 'tapstack-dev-cache', ...own, ApplyImmediately: true });

describe('the step of a replication group', () => {
  it('reads the replicas of each shard, and why it takes no change', async () => {
    const aws = stubbed();
    expect(await cacheReplicas.read(GROUP, aws)).to.deep.equal({ numbers: one(2) });
    expect(aws.calls()).to.deep.equal([
      {
        operation: 'DescribeReplicationGroups',
        input: { ReplicationGroupId: 'tapstack-dev-cache' },
        signal: aws.signal,
      },
    ]);
    const uneven = { ...TWO_SHARDS, NodeGroups: [listedShard('0001', ['a', 'b']), listedShard('0002', ['a'])] };
    expect(await cacheReplicas.read(GROUP, stubbed({ ...uneven, Status: 'modifying' }))).to.deep.equal({
      numbers: two(1, 0),
      busy: 'is modifying',
    });
    expect(
      await cacheReplicas.read(
        GROUP,
        stubbed({ PendingModifiedValues: { Resharding: { SlotMigration: { ProgressPercentage: 1 } } } }),
      ),
    ).to.deep.equal({ numbers: one(2), busy: 'has changes pending (Resharding)' });
    expect(await cacheReplicas.read(GROUP, stubbed({ Status: 'deleting', NodeGroups: undefined }))).to.deep.equal({
      numbers: {},
      busy: 'is deleting',
    });
  });

  it('reads nothing of a group that is gone, and throws what else is thrown', async () => {
    const aws = stubbed();
    const gone = serviceError('ReplicationGroupNotFoundFault', 404, 'not found');
    aws.elasticache.on(DescribeReplicationGroupsCommand).rejects(gone);
    expect(await cacheReplicas.read(GROUP, aws)).to.equal(undefined);
    const denied = serviceError('AccessDenied', 403, 'not authorized');
    aws.elasticache.on(DescribeReplicationGroupsCommand).rejects(denied);
    expect(await thrownBy(() => cacheReplicas.read(GROUP, aws))).to.equal(denied);
    aws.elasticache.on(DescribeReplicationGroupsCommand).resolves({ ReplicationGroups: [] });
    const malformed = await thrownBy(() => cacheReplicas.read(GROUP, aws));
    expect((malformed as Error).message).to.equal('The answer has no ReplicationGroup');
  });

  it('removes by count where zones do not matter, and adds by count', async () => {
    const aws = stubbed();
    expect(await cacheReplicas.write(GROUP, { from: one(2), to: one(1) }, aws)).to.deep.equal(['down']);
    expect(await cacheReplicas.write(GROUP, { from: one(1), to: one(2) }, aws)).to.deep.equal(['up']);
    expect(aws.inputs('DecreaseReplicaCount')).to.deep.equal([sent({ NewReplicaCount: 1 })]);
    expect(aws.inputs('IncreaseReplicaCount')).to.deep.equal([sent({ NewReplicaCount: 2 })]);
    expect(aws.calls().filter(({ signal }) => signal !== aws.signal)).to.deep.equal([]);
  });

  it('sends one number for shards that are even, and else each shard its own', async () => {
    const aws = stubbed(TWO_SHARDS);
    await cacheReplicas.write(GROUP, { from: two(2, 2), to: two(1, 1) }, aws);
    await cacheReplicas.write(GROUP, { from: two(2, 3), to: two(1, 2) }, aws);
    // Of two shards one is named: the other has fewer, and is to keep them.
    await cacheReplicas.write(GROUP, { from: one(2), to: one(1) }, aws);
    await cacheReplicas.write(GROUP, { from: two(1, 0), to: two(2, 0) }, aws);
    const shard = (NodeGroupId: string, NewReplicaCount: number) => ({ NodeGroupId, NewReplicaCount });
    expect(aws.inputs('DecreaseReplicaCount')).to.deep.equal([
      sent({ NewReplicaCount: 1 }),
      sent({ ReplicaConfiguration: [shard('0001', 1), shard('0002', 2)] }),
      sent({ ReplicaConfiguration: [shard('0001', 1)] }),
    ]);
    expect(aws.inputs('IncreaseReplicaCount')).to.deep.equal([sent({ ReplicaConfiguration: [shard('0001', 2)] })]);
  });

  it('lowers and raises in one go where shards differ so, and does nothing where none differs', async () => {
    const aws = stubbed(TWO_SHARDS);
    expect(await cacheReplicas.write(GROUP, { from: two(2, 0), to: two(1, 1) }, aws)).to.deep.equal(['down', 'up']);
    expect(await cacheReplicas.write(GROUP, { from: two(1, 1), to: two(1, 1) }, aws)).to.deep.equal([]);
    // A number that it does not know from before is none that differs.
    expect(await cacheReplicas.write(GROUP, { from: {}, to: one(1) }, aws)).to.deep.equal([]);
    expect(aws.operations().filter((name) => name !== 'DescribeReplicationGroups')).to.deep.equal([
      'DecreaseReplicaCount',
      'IncreaseReplicaCount',
    ]);
  });

  const zoned = (zones: readonly (string | undefined)[], own: ReplicationGroup = {}): ReplicationGroup => ({
    NodeGroups: [listedShard('0001', zones)],
    ...own,
  });
  const last = listedShard('0001', ['a', 'a', 'b']);
  for (const [what, own, from, to, input] of [
    ['one shares the zone of the primary', zoned(['a', 'a', 'b']), 2, 1, { ReplicasToRemove: ['0001-002'] }],
    ['it is the second that does', zoned(['a', 'b', 'a']), 2, 1, { ReplicasToRemove: ['0001-003'] }],
    [
      'two zones are left to choose from',
      zoned(['a', 'a', 'b', 'c']),
      3,
      1,
      { ReplicasToRemove: ['0001-002', '0001-004'] },
    ],
    ['two share a zone elsewhere', zoned(['a', 'a', 'b', 'b']), 3, 1, { ReplicasToRemove: ['0001-002', '0001-004'] }],
    ['some other stays whatever is removed', zoned(['a', 'a', 'b', 'b']), 3, 2, { NewReplicaCount: 2 }],
    ['every node is in a zone of its own', zoned(['a', 'b', 'c']), 2, 1, { NewReplicaCount: 1 }],
    ['all nodes are in one zone', zoned(['a', 'a', 'a']), 2, 1, { NewReplicaCount: 1 }],
    ['a zone is not told', zoned(['a', 'a', undefined]), 2, 1, { NewReplicaCount: 1 }],
    ['none is to stay', zoned(['a', 'a', 'b']), 2, 0, { NewReplicaCount: 0 }],
    ['it is not Multi-AZ', zoned(['a', 'a', 'b'], { MultiAZ: 'disabled' }), 2, 1, { NewReplicaCount: 1 }],
    ['cluster mode is enabled', zoned(['a', 'a', 'b'], { ClusterEnabled: true }), 2, 1, { NewReplicaCount: 1 }],
    ['roles are not told', { NodeGroups: [listedShard('0001', ['a', 'a', 'b'], false)] }, 2, 1, { NewReplicaCount: 1 }],
    [
      'the role of one is not told',
      {
        NodeGroups: [
          {
            ...last,
            NodeGroupMembers: (last.NodeGroupMembers ?? []).map((member, index) => ({
              ...member,
              CurrentRole: index === 2 ? 'promoting' : member.CurrentRole,
            })),
          },
        ],
      },
      2,
      1,
      { NewReplicaCount: 1 },
    ],
    ['there are no shards', { NodeGroups: [] }, 2, 1, { NewReplicaCount: 1 }],
  ] as const satisfies readonly (readonly [string, ReplicationGroup, number, number, object])[]) {
    it(`keeps a replica in another zone than the primary, where it has the choice: ${what}`, async () => {
      const aws = stubbed(own);
      await cacheReplicas.write(GROUP, { from: one(from), to: one(to) }, aws);
      expect(aws.inputs('DecreaseReplicaCount')).to.deep.equal([sent(input)]);
    });
  }

  it('leaves it to AWS to say that the group is gone, or that it is so already', async () => {
    const aws = stubbed();
    const gone = serviceError('ReplicationGroupNotFoundFault', 404, 'not found');
    aws.elasticache.on(DescribeReplicationGroupsCommand).rejects(gone);
    aws.elasticache.on(DecreaseReplicaCountCommand).rejects(gone);
    expect(await thrownBy(() => cacheReplicas.write(GROUP, { from: one(2), to: one(1) }, aws))).to.equal(gone);
    expect(awsErrorNamed(serviceError('NoOperationFault', 400, 'nothing'), ...cacheReplicas.done)).to.equal(true);
    const busy = serviceError('InvalidReplicationGroupState', 400, 'modifying');
    expect(awsErrorNamed(busy, ...cacheReplicas.transient)).to.equal(true);
    const full = serviceError('InsufficientCacheClusterCapacityFault', 400, 'full');
    expect(awsErrorNamed(full, ...cacheReplicas.transient)).to.equal(false);
  });

  it('waits until the group is available', async () => {
    const aws = stubbed();
    aws.elasticache
      .on(DescribeReplicationGroupsCommand)
      .resolvesOnce({ ReplicationGroups: [listedGroup({ Status: 'modifying' })] })
      .resolves({ ReplicationGroups: [listedGroup()] });
    await cacheReplicas.wait(GROUP, aws.wait());
    expect(aws.inputs('DescribeReplicationGroups')).to.have.lengthOf(2);
    aws.elasticache
      .on(DescribeReplicationGroupsCommand)
      .resolves({ ReplicationGroups: [listedGroup({ Status: 'modifying' })] });
    expect(((await thrownBy(() => cacheReplicas.wait(GROUP, aws.wait()))) as Error).name).to.equal('TimeoutError');
  });
});
