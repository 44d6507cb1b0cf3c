import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import { planElastiCache } from '../../../src/optimize/planners/elasticache.ts';
import { replicationGroup, shard } from '../../support/optimize.ts';

const READER = 'Connections to the endpoint of a removed node break; those to the reader endpoint do not.';
const CONFIGURATION =
  'Connections to the endpoint of a removed node break; those to the configuration endpoint do not.';
const ONE_LEFT = 'One replica is left in a shard: reads from it may pause while AWS maintains a node.';
const NONE_LEFT = 'No replica is left in a shard: it is not there while AWS replaces its node.';

const plan = (own: Parameters<typeof replicationGroup>[0] = {}, nodes = 2) =>
  planElastiCache(replicationGroup(own), { nodes });

const moves = (own: Parameters<typeof replicationGroup>[0] = {}, nodes = 2) =>
  plan(own, nodes).steps.map(({ from, to }) => [from, to]);

const alone = (state: string, reason: string) => ({ state, reason, steps: [], cautions: [], lost: [] });

const LONE = { multiAz: false, automaticFailover: 'disabled' } as const;

describe('the plan for ElastiCache', () => {
  it('removes a replica of three nodes, and keeps one to fail over to (S0-11)', () => {
    expect(plan()).to.deep.equal({
      state: 'change',
      steps: [
        {
          id: 'cache-replicas',
          target: {
            kind: 'elasticache',
            type: 'AWS::ElastiCache::ReplicationGroup',
            id: 'tapstack-dev-cache',
            arn: 'arn:aws:elasticache:us-east-1:111122223333:replicationgroup:tapstack-dev-cache',
            accountId: '111122223333',
            region: 'us-east-1',
          },
          from: { 'replicas/0001': 2 },
          to: { 'replicas/0001': 1 },
        },
      ],
      cautions: [READER, ONE_LEFT],
      lost: [],
    });
  });

  it('lowers each shard that has more, and names no other', () => {
    const own = { clusterMode: true, shards: [shard('0001', 4), shard('0002', 2), shard('0003', 3)] };
    expect(moves(own)).to.deep.equal([
      [
        { 'replicas/0001': 3, 'replicas/0003': 2 },
        { 'replicas/0001': 1, 'replicas/0003': 1 },
      ],
    ]);
    expect(plan(own).cautions).to.deep.equal([CONFIGURATION, ONE_LEFT]);
    expect(plan(own, 3).cautions).to.deep.equal([CONFIGURATION]);
  });

  for (const [what, own] of [
    ['Multi-AZ', { multiAz: true, automaticFailover: 'disabled' }],
    ['automatic failover', { multiAz: false, automaticFailover: 'enabled' }],
    ['automatic failover that is being enabled', { multiAz: false, automaticFailover: 'enabling' }],
    ['automatic failover with cluster mode', { multiAz: false, automaticFailover: 'enabled', clusterMode: true }],
  ] as const) {
    it(`keeps a replica with ${what}, however few nodes are asked for`, () => {
      expect(moves(own, 1)).to.deep.equal([[{ 'replicas/0001': 2 }, { 'replicas/0001': 1 }]]);
    });
  }

  for (const automaticFailover of ['disabled', 'disabling']) {
    it(`keeps none where one node is asked for and failover is ${automaticFailover}`, () => {
      expect(moves({ ...LONE, automaticFailover }, 1)).to.deep.equal([
        [{ 'replicas/0001': 2 }, { 'replicas/0001': 0 }],
      ]);
      expect(plan({ ...LONE, automaticFailover }, 1).cautions).to.deep.equal([READER, NONE_LEFT]);
    });
  }

  for (const [own, nodes, reason] of [
    [{ shards: [shard('0001', 2)] }, 2, 'It has no more than 2 nodes in all.'],
    [{ shards: [shard('0001', 2)], status: 'modifying' }, 2, 'It has no more than 2 nodes in all.'],
    [{ shards: [shard('0001', 1)] }, 2, 'It has no more than 1 node in all.'],
    [{ shards: [shard('0001', 2)] }, 1, 'It has no more than 2 nodes in all.'],
    [{ clusterMode: true, shards: [shard('0001', 1), shard('0002', 3)] }, 3, 'It has no more than 3 nodes in a shard.'],
    [
      { scaling: known({ min: 2, max: 5 }) },
      2,
      'Application Auto Scaling holds it at 2 replicas a shard, and it has no more.',
    ],
    [{ shards: [] }, 2, 'It has no more than 0 nodes in all.'],
    [{ shards: [shard('0001', 0)] }, 1, 'It has no more than 0 nodes in all.'],
  ] as const) {
    it(`has nothing to lower to ${nodes}: ${reason}`, () => {
      expect(plan(own, nodes)).to.deep.equal(alone('already', reason));
    });
  }

  it('skips what belongs to a Global Datastore', () => {
    expect(plan({ globalGroup: 'ldgnf-shop' })).to.deep.equal(
      alone('skipped', 'It belongs to the Global Datastore ldgnf-shop: such groups are left alone.'),
    );
  });

  for (const [own, reason] of [
    [{ status: 'snapshotting' }, 'Its status is snapshotting: it takes changes when it is available.'],
    [{ pending: ['CacheNodeType'] }, 'AWS has yet to make an earlier change (CacheNodeType).'],
  ] as const) {
    it(`leaves it for now: ${reason}`, () => {
      expect(plan(own)).to.deep.equal(alone('blocked', reason));
    });
  }

  it('removes no more than automatic scaling would leave removed', () => {
    const own = { shards: [shard('0001', 5)] };
    expect(moves({ ...own, scaling: known({ min: 3, max: 5 }) })).to.deep.equal([
      [{ 'replicas/0001': 4 }, { 'replicas/0001': 3 }],
    ]);
    expect(plan({ ...own, scaling: known({ min: 3, max: 5 }) }).cautions).to.deep.equal([
      READER,
      'Application Auto Scaling holds it at 3 replicas a shard: no more are removed.',
      'Application Auto Scaling may add replicas again, up to 5.',
    ]);
    expect(plan({ ...own, scaling: known({ min: 1, max: 1 }) }).cautions).to.deep.equal([READER, ONE_LEFT]);
  });

  it('says what could not be read, and who puts it back', () => {
    const scaling = {
      known: false,
      reason: 'denied',
      permission: 'application-autoscaling:DescribeScalableTargets',
    } as const;
    const tags = { known: false, reason: 'denied', permission: 'elasticache:ListTagsForResource' } as const;
    expect(plan({ scaling, tags }).cautions).to.deep.equal([
      READER,
      ONE_LEFT,
      'Its limits of automatic scaling could not be read (application-autoscaling:DescribeScalableTargets is needed): if it has any, it may be put back.',
      'Its tags could not be read (elasticache:ListTagsForResource is needed), so they do not tell whether it is production.',
    ]);
    expect(plan({ tags: known(tagMap([['aws:cloudformation:stack-name', 'Shop']])) }).cautions).to.deep.equal([
      READER,
      ONE_LEFT,
      'The next update of the CloudFormation stack Shop may put it back.',
    ]);
  });
});
