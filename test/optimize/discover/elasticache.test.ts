import { DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import { DescribeReplicationGroupsCommand, ListTagsForResourceCommand } from '@aws-sdk/client-elasticache';
import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import { discoverElastiCache } from '../../../src/optimize/discover/elasticache.ts';
import { selectionOf } from '../../../src/optimize/selection.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { inTurn } from '../../support/collect.ts';
import { everything, listedGroup, listedShard, stubbedAws } from '../../support/optimize-aws.ts';
import { replicationGroup, shard } from '../../support/optimize.ts';

const denied = () => serviceError('AccessDenied', 403, 'no policy allows it');
const DEV = known(tagMap([['Environment', 'dev']]));

function tagged() {
  const aws = stubbedAws();
  aws.elasticache.on(DescribeReplicationGroupsCommand).resolves({ ReplicationGroups: [listedGroup()] });
  aws.elasticache.on(ListTagsForResourceCommand).resolves({ TagList: [{ Key: 'Environment', Value: 'dev' }] });
  aws.scaling.on(DescribeScalableTargetsCommand).resolves({ ScalableTargets: [] });
  return aws;
}

describe('discovering replication groups', () => {
  it('gives what belongs to the environment, page by page, with its tags', async () => {
    const aws = tagged();
    const pages = inTurn(
      {
        ReplicationGroups: [
          listedGroup({ ReplicationGroupId: 'tapstack-prod-cache' }),
          listedGroup({ ReplicationGroupId: 'x' }),
        ],
        Marker: 'more',
      },
      { ReplicationGroups: [listedGroup()] },
    );
    aws.elasticache.on(DescribeReplicationGroupsCommand).callsFake(pages.answer);
    const lines: string[] = [];
    const { found, nearMisses, gaps } = await discoverElastiCache(selectionOf({ environment: 'dev' }), {
      ...aws.context,
      onProgress: (line) => lines.push(line),
    });
    expect(found).to.deep.equal([replicationGroup({ tags: DEV })]);
    expect(nearMisses).to.deep.equal([
      { kind: 'elasticache', id: 'tapstack-prod-cache', why: 'the suffix dev does not follow TapStack' },
    ]);
    expect(gaps).to.deep.equal([]);
    expect(pages.asked).to.deep.equal([
      { MaxRecords: 100, Marker: undefined },
      { MaxRecords: 100, Marker: 'more' },
    ]);
    expect(aws.inputs('ListTagsForResource')).to.deep.equal([
      { ResourceName: 'arn:aws:elasticache:us-east-1:111122223333:replicationgroup:tapstack-dev-cache' },
    ]);
    expect(lines).to.deep.equal([
      '2 replication groups seen, 0 of the environment',
      '3 replication groups seen, 1 of the environment',
    ]);
    expect(aws.calls().filter(({ signal }) => signal !== aws.signal)).to.deep.equal([]);
  });

  it('tells groups apart: cluster mode, shards, Valkey, a Global Datastore, changes pending', async () => {
    const aws = tagged();
    aws.elasticache.on(DescribeReplicationGroupsCommand).resolves({
      ReplicationGroups: [
        listedGroup({
          ReplicationGroupId: 'many',
          Engine: 'valkey',
          ClusterEnabled: true,
          NodeGroups: [listedShard('0001', ['a', 'b'], false), listedShard('0002', [undefined], false)],
          GlobalReplicationGroupInfo: {
            GlobalReplicationGroupId: 'world',
            GlobalReplicationGroupMemberRole: 'PRIMARY',
          },
          PendingModifiedValues: { AutomaticFailoverStatus: 'enabled', LogDeliveryConfigurations: [] },
        }),
        // What an older API leaves out.
        {
          ReplicationGroupId: 'new',
          ARN: 'arn:aws:elasticache:us-east-1:111122223333:replicationgroup:new',
          Status: 'creating',
          CacheNodeType: 'cache.t4g.micro',
        },
        listedGroup({ ReplicationGroupId: 'between', ClusterMode: 'compatible', MultiAZ: 'disabled' }),
      ],
    });
    const { found } = await discoverElastiCache(everything, aws.context);
    const node = (id: string, zone: string | null) => ({ id, zone, role: null });
    expect(found).to.deep.equal([
      replicationGroup({
        id: 'many',
        tags: DEV,
        engine: 'valkey',
        clusterMode: true,
        shards: [
          { id: '0001', nodes: [node('0001-001', 'us-east-1a'), node('0001-002', 'us-east-1b')] },
          { id: '0002', nodes: [node('0002-001', null)] },
        ],
        globalGroup: 'world',
        pending: ['AutomaticFailoverStatus'],
      }),
      replicationGroup({
        id: 'new',
        tags: DEV,
        status: 'creating',
        multiAz: false,
        automaticFailover: 'disabled',
        shards: [],
      }),
      replicationGroup({ id: 'between', tags: DEV, clusterMode: true, multiAz: false, shards: [shard('0001', 3)] }),
    ]);
  });

  it('gives the limits of automatic scaling, asked for fifty groups at once', async () => {
    const aws = tagged();
    const groups = Array.from({ length: 51 }, (_, index) => listedGroup({ ReplicationGroupId: `g${index}` }));
    aws.elasticache.on(DescribeReplicationGroupsCommand).resolves({ ReplicationGroups: groups });
    const target = (id: string) => ({ ResourceId: `replication-group/${id}`, MinCapacity: 1, MaxCapacity: 5 });
    const answers = inTurn(
      { ScalableTargets: [target('g3')], NextToken: 'more' },
      { ScalableTargets: [target('g4')] },
      { ScalableTargets: [target('g50')] },
    );
    aws.scaling.on(DescribeScalableTargetsCommand).callsFake(answers.answer);
    const { found } = await discoverElastiCache(everything, aws.context);
    expect(found.filter(({ scaling }) => scaling.known && scaling.value !== null).map(({ id }) => id)).to.deep.equal([
      'g3',
      'g4',
      'g50',
    ]);
    expect(found[3]?.scaling).to.deep.equal(known({ min: 1, max: 5 }));
    const asked = (ids: readonly string[], NextToken?: string) => ({
      ServiceNamespace: 'elasticache',
      ScalableDimension: 'elasticache:replication-group:Replicas',
      ResourceIds: ids.map((id) => `replication-group/${id}`),
      MaxResults: 50,
      NextToken,
    });
    const first = Array.from({ length: 50 }, (_, index) => `g${index}`);
    expect(answers.asked).to.deep.equal([asked(first), asked(first, 'more'), asked(['g50'])]);
  });

  it('knows neither tags nor limits where that is denied, and makes no gap of it', async () => {
    const aws = tagged();
    aws.elasticache.on(ListTagsForResourceCommand).rejects(denied());
    aws.scaling.on(DescribeScalableTargetsCommand).rejects(denied());
    const { found, gaps } = await discoverElastiCache(everything, aws.context);
    expect(found).to.deep.equal([
      replicationGroup({
        tags: { known: false, reason: 'denied', permission: 'elasticache:ListTagsForResource' },
        scaling: { known: false, reason: 'denied', permission: 'application-autoscaling:DescribeScalableTargets' },
      }),
    ]);
    expect(gaps).to.deep.equal([]);
  });

  it('asks for tags before it decides where tags decide, and for those alone that names let in', async () => {
    const aws = tagged();
    aws.elasticache.on(DescribeReplicationGroupsCommand).resolves({
      ReplicationGroups: [
        listedGroup(),
        listedGroup({ ReplicationGroupId: 'tapstack-dev-2' }),
        listedGroup({ ReplicationGroupId: 'x' }),
      ],
    });
    aws.elasticache
      .on(ListTagsForResourceCommand)
      .resolvesOnce({ TagList: [{ Key: 'Team', Value: 'a' }] })
      .resolves({ TagList: [{ Key: 'Team', Value: 'b' }] });
    const selection = selectionOf({ environment: 'dev', names: ['TapStack'], tags: { Team: 'b' } });
    const { found, gaps } = await discoverElastiCache(selection, aws.context);
    expect(found.map(({ id, tags }) => ({ id, tags }))).to.deep.equal([
      { id: 'tapstack-dev-2', tags: known(tagMap([['Team', 'b']])) },
    ]);
    expect(gaps).to.deep.equal([]);
    expect(aws.inputs('ListTagsForResource')).to.have.lengthOf(2);
  });

  it('makes one gap of tags that cannot be read where tags decide', async () => {
    const aws = tagged();
    aws.elasticache.on(DescribeReplicationGroupsCommand).resolves({
      ReplicationGroups: [listedGroup(), listedGroup({ ReplicationGroupId: 'tapstack-dev-2' })],
    });
    aws.elasticache
      .on(ListTagsForResourceCommand)
      .rejectsOnce(serviceError('AccessDenied', 403, 'not for you'))
      .rejects(serviceError('AccessDenied', 403, 'not for me'));
    const { found, gaps } = await discoverElastiCache(
      selectionOf({ environment: 'dev', tags: { Team: 'b' } }),
      aws.context,
    );
    expect(found).to.deep.equal([]);
    expect(gaps).to.deep.equal([
      {
        kind: 'elasticache',
        operation: 'ListTagsForResource',
        permission: 'elasticache:ListTagsForResource',
        reason: 'denied',
        message:
          'Whether all replication groups of the environment were found is not known: elasticache:ListTagsForResource was denied (not for me).',
      },
    ]);
    expect(aws.inputs('DescribeScalableTargets')).to.deep.equal([]);
  });

  for (const [what, answer, message] of [
    ['without the list', {}, 'DescribeReplicationGroups failed (The answer has no ReplicationGroups)'],
    [
      'with a group that has no shards',
      { ReplicationGroups: [{ ...listedGroup(), NodeGroups: undefined }] },
      'DescribeReplicationGroups failed (The answer has no NodeGroups)',
    ],
  ] as readonly (readonly [string, object, string])[]) {
    it(`makes a gap of an answer ${what}`, async () => {
      const aws = tagged();
      aws.elasticache.on(DescribeReplicationGroupsCommand).resolves(answer);
      const { found, gaps } = await discoverElastiCache(everything, aws.context);
      expect(found).to.deep.equal([]);
      expect(gaps).to.deep.equal([
        {
          kind: 'elasticache',
          operation: 'DescribeReplicationGroups',
          reason: 'error',
          message: `Which replication groups there are is not known: ${message}.`,
        },
      ]);
    });
  }
});
