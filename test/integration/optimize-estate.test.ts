import { DescribeServicesCommand, ECSClient, ListServicesCommand } from '@aws-sdk/client-ecs';
import { DescribeScalableTargetsCommand, ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import {
  DecreaseReplicaCountCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { DescribeDBClustersCommand, ModifyDBClusterCommand, RDSClient } from '@aws-sdk/client-rds';
import { expect } from 'chai';

import type { Door } from '../support/optimize-estate.ts';
import {
  ESTATE_REGION,
  FULL_SIZE,
  isChange,
  namesOf,
  SCALED_DOWN,
  withOptimizeEstate,
} from '../support/optimize-estate.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Clients as the process has them: each finds its endpoint under the name that the SDK has for its service. */
function through({ env }: Door) {
  const at = (service: string) => {
    const endpoint = env[`AWS_ENDPOINT_URL_${service}`] ?? env['AWS_ENDPOINT_URL'];
    if (endpoint === undefined) throw new Error('There is no endpoint.');
    return { endpoint, region: ESTATE_REGION, credentials };
  };
  return {
    rds: new RDSClient(at('RDS')),
    elasticache: new ElastiCacheClient(at('ELASTICACHE')),
    ecs: new ECSClient(at('ECS')),
    autoScaling: new ApplicationAutoScalingClient(at('APPLICATION_AUTO_SCALING')),
    pricing: new PricingClient(at('PRICING')),
  };
}

describe('the estate that optimize is tried on', function () {
  this.timeout(60_000);
  const estate = withOptimizeEstate();

  it('is of full size, takes other numbers and gives them back, environment by environment', async () => {
    const { seed, read, set } = estate();
    await seed('dev');
    await seed('test');
    const numbers: unknown[] = [await read('dev')];
    await set('dev', SCALED_DOWN);
    numbers.push(await read('dev'), await read('test'));
    await set('dev', FULL_SIZE);
    numbers.push(await read('dev'));
    expect(numbers).to.deep.equal([FULL_SIZE, SCALED_DOWN, FULL_SIZE, FULL_SIZE]);
  });

  it('shows services at rest, and members that are there', async () => {
    const { seed, open } = estate();
    await seed('dev');
    const { ecs, elasticache } = through(await open());
    const { cluster, service, cache } = namesOf('dev');
    const { services: [web] = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    expect([
      web?.desiredCount,
      web?.runningCount,
      web?.pendingCount,
      web?.deployments?.map(({ rolloutState, runningCount }) => [rolloutState, runningCount]),
    ]).to.deep.equal([3, 3, 0, [['COMPLETED', 3]]]);
    await elasticache.send(
      new DecreaseReplicaCountCommand({ ReplicationGroupId: cache, NewReplicaCount: 1, ApplyImmediately: true }),
    );
    const { ReplicationGroups: [group] = [] } = await elasticache.send(new DescribeReplicationGroupsCommand({}));
    expect([group?.MultiAZ, group?.AutomaticFailover, group?.MemberClusters]).to.deep.equal([
      'enabled',
      'enabled',
      [`${cache}-0001-001`, `${cache}-0001-002`],
    ]);
  });

  it('lets replicas go that are named', async () => {
    const { seed, open, read } = estate();
    await seed('dev');
    const { elasticache } = through(await open());
    const { cache: ReplicationGroupId } = namesOf('dev');
    const ReplicasToRemove = [`${ReplicationGroupId}-0001-003`];
    const { ReplicationGroup } = await elasticache.send(
      new DecreaseReplicaCountCommand({ ReplicationGroupId, ReplicasToRemove, ApplyImmediately: true }),
    );
    expect([ReplicationGroup?.MemberClusters, (await read('dev')).replicas]).to.deep.equal([
      [`${ReplicationGroupId}-0001-001`, `${ReplicationGroupId}-0001-002`],
      1,
    ]);
  });

  it('has scalable targets of ECS, none of ElastiCache, and prices', async () => {
    const { seed, open } = estate();
    await seed('dev');
    const { autoScaling, pricing } = through(await open());
    const targets = async (ServiceNamespace: 'ecs' | 'elasticache') =>
      (await autoScaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace }))).ScalableTargets?.map(
        ({ ResourceId, MinCapacity }) => [ResourceId, MinCapacity],
      );
    expect([await targets('ecs'), await targets('elasticache')]).to.deep.equal([[['service/TapStackdev/web', 3]], []]);
    const { PriceList = [] } = await pricing.send(
      new GetProductsCommand({
        ServiceCode: 'AmazonECS',
        Filters: [
          { Type: 'TERM_MATCH', Field: 'regionCode', Value: 'us-east-1' },
          { Type: 'CONTAINS', Field: 'usagetype', Value: 'Fargate-GB' },
        ],
      }),
    );
    expect(
      PriceList.map((text: unknown) => (JSON.parse(String(text)) as { product: { sku: string } }).product.sku),
    ).to.deep.equal(['WIREFARGATE00003']);
  });

  it('counts by door, over both emulators, and tells what changes something', async () => {
    const { seed, open } = estate();
    await seed('dev');
    const [door, other] = [await open(), await open()];
    const { rds, elasticache, ecs } = through(door);
    const moments: string[] = [];
    door.watch((api, moment) => {
      moments.push(`${api} ${moment}`);
    });
    await rds.send(new DescribeDBClustersCommand({}));
    await elasticache.send(new DescribeReplicationGroupsCommand({}));
    await rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'tapstackdev', BackupRetentionPeriod: 2 }));
    expect([door.calls(), door.changes(), other.calls()]).to.deep.equal([
      { 'rds:DescribeDBClusters': 1, 'rds:ModifyDBCluster': 1, 'elasticache:DescribeReplicationGroups': 1 },
      { 'rds:ModifyDBCluster': 1 },
      {},
    ]);
    expect(moments).to.deep.equal([
      'rds:DescribeDBClusters before',
      'rds:DescribeDBClusters after',
      'elasticache:DescribeReplicationGroups before',
      'elasticache:DescribeReplicationGroups after',
      'rds:ModifyDBCluster before',
      'rds:ModifyDBCluster after',
    ]);
    door.reset();
    await ecs.send(new ListServicesCommand({ cluster: 'TapStackdev' }));
    expect([door.calls(), moments.length]).to.deep.equal([{ 'ecs:ListServices': 1 }, 6]);
    expect(
      ['s3:HeadObject', 's3:PutObject', 'application-autoscaling:RegisterScalableTarget'].map(isChange),
    ).to.deep.equal([false, true, true]);
  });
});
