/** Discovery and steps on the wire: what the SDK makes of answers and errors as they are sent. */
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { RDSClient } from '@aws-sdk/client-rds';
import { expect } from 'chai';

import type { Clients } from '../../src/aws/clients.ts';
import { discover } from '../../src/optimize/discover.ts';
import type { Found } from '../../src/optimize/model.ts';
import { targetOf } from '../../src/optimize/planners/row-parts.ts';
import { selectionOf } from '../../src/optimize/selection.ts';
import type { Numbers, StepId, StepTarget } from '../../src/optimize/step.ts';
import { STEP_KINDS } from '../../src/optimize/steps/index.ts';
import { onlyClients } from '../support/clients.ts';
import type { Door } from '../support/optimize-estate.ts';
import {
  ESTATE_ACCOUNT,
  ESTATE_REGION,
  FULL_SIZE,
  SCALED_DOWN,
  withOptimizeEstate,
} from '../support/optimize-estate.ts';

const { signal } = new AbortController();

function clientsThrough({ env }: Door): Clients {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const at = (service = '') => ({
    endpoint: env[`AWS_ENDPOINT_URL_${service}`] ?? env['AWS_ENDPOINT_URL'] ?? '',
    region: ESTATE_REGION,
    credentials,
  });
  return onlyClients({
    rds: new RDSClient(at()),
    elasticache: new ElastiCacheClient(at('ELASTICACHE')),
    ecs: new ECSClient(at()),
    applicationAutoScaling: new ApplicationAutoScalingClient(at()),
    cloudwatch: new CloudWatchClient(at()),
  });
}

/** What is always looked for; what is stopped where it is chosen has files of its own. */
const SCALING = ['aurora-cluster', 'cache-replicas', 'ecs-minimum', 'ecs-tasks'] as const satisfies readonly StepId[];
type Scaling = (typeof SCALING)[number];

const KIND_OF: Readonly<Record<Scaling, Found['kind']>> = {
  'aurora-cluster': 'aurora',
  'cache-replicas': 'elasticache',
  'ecs-minimum': 'ecs',
  'ecs-tasks': 'ecs',
};
const MOVES: Readonly<Record<Scaling, readonly [before: Numbers, after: Numbers]>> = {
  'aurora-cluster': [
    { minCapacity: 2, maxCapacity: 4, backupRetentionDays: 14 },
    { minCapacity: 0.5, maxCapacity: 1, backupRetentionDays: 1 },
  ],
  'cache-replicas': [{ 'replicas/0001': 2 }, { 'replicas/0001': 1 }],
  'ecs-minimum': [{ min: 3 }, { min: 2 }],
  'ecs-tasks': [{ desired: 3 }, { desired: 2 }],
};

describe('discovery and steps on the wire', function () {
  this.timeout(60_000);
  const estate = withOptimizeEstate();

  const find = async (clients: Clients, environment: string) =>
    discover(selectionOf({ environment }), {
      clients,
      accountId: ESTATE_ACCOUNT,
      partition: 'aws',
      region: ESTATE_REGION,
      include: [],
      signal,
      now: new Date(),
    });

  it('find an environment, and nothing of the one beside it', async () => {
    const { seed, open } = estate();
    await seed('dev');
    await seed('dev2');
    const { found, nearMisses, gaps } = await find(clientsThrough(await open()), 'dev');
    expect(gaps).to.deep.equal([]);
    expect(found.map(({ kind, id }) => `${kind} ${id}`)).to.deep.equal([
      'aurora tapstackdev',
      'elasticache tapstack-dev-cache',
      'ecs TapStackdev/web',
    ]);
    expect(nearMisses.map(({ kind, id }) => `${kind} ${id}`)).to.deep.equal([
      'aurora tapstackdev2',
      'elasticache tapstack-dev2-cache',
      'ecs TapStackdev2/web',
    ]);
    const [database, cache, service] = found;
    if (database?.kind !== 'aurora' || cache?.kind !== 'elasticache' || service?.kind !== 'ecs') {
      throw new Error('They are not of the kinds that they were.');
    }
    expect([database.capacity, database.backupRetentionDays, database.memberClasses, database.pending]).to.deep.equal([
      { min: 2, max: 4 },
      14,
      { known: true, value: ['db.serverless'] },
      [],
    ]);
    expect(database.hourlyCapacity).to.deep.equal({ known: true, value: [] });
    expect([cache.engine, cache.nodeType, cache.clusterMode, cache.multiAz, cache.automaticFailover]).to.deep.equal([
      'redis',
      'cache.t4g.micro',
      false,
      true,
      'enabled',
    ]);
    expect(cache.shards.map(({ id, nodes }) => [id, nodes.map(({ role }) => role)])).to.deep.equal([
      ['0001', ['primary', 'replica', 'replica']],
    ]);
    expect([service.desired, service.running, service.launch, service.deploying, service.scaling]).to.deep.equal([
      3,
      3,
      'FARGATE',
      false,
      { known: true, value: { min: 3, max: 10 } },
    ]);
    expect(service.task).to.deep.equal({
      known: true,
      value: { vcpu: 0.25, memoryGb: 0.5, ephemeralGb: 20, architecture: 'X86_64', operatingSystem: 'LINUX' },
    });
  });

  it('go there and back, one after another', async () => {
    const { seed, open, read } = estate();
    await seed('dev');
    const clients = clientsThrough(await open());
    const context = { clients, signal };
    const { found } = await find(clients, 'dev');
    const targetFor = (id: Scaling): StepTarget => {
      const resource = found.find(({ kind }) => kind === KIND_OF[id]);
      if (resource === undefined) throw new Error(`Nothing was found for ${id}.`);
      return targetOf(resource);
    };
    const waiting = { ...context, maxWaitTime: 20, minDelay: 0.02, maxDelay: 0.1 };
    for (const id of SCALING) {
      const [kind, target, [before, after]] = [STEP_KINDS[id], targetFor(id), MOVES[id]];
      expect((await kind.read(target, context))?.numbers).to.deep.equal(before);
      expect(await kind.write(target, { from: before, to: after }, context)).to.have.lengthOf(1);
      await kind.wait?.(target, waiting);
      expect(await kind.read(target, context)).to.deep.equal({ numbers: after });
    }
    expect(await read('dev')).to.deep.equal(SCALED_DOWN);
    for (const id of SCALING.toReversed()) {
      const [kind, target, [before, after]] = [STEP_KINDS[id], targetFor(id), MOVES[id]];
      await kind.write(target, { from: after, to: before }, context);
      await kind.wait?.(target, waiting);
      expect(await kind.read(target, context)).to.deep.equal({ numbers: before });
    }
    expect(await read('dev')).to.deep.equal(FULL_SIZE);
  });

  it('read nothing of what is not there', async () => {
    const { seed, open } = estate();
    await seed('dev');
    const context = { clients: clientsThrough(await open()), signal };
    const place = { accountId: ESTATE_ACCOUNT, region: ESTATE_REGION, arn: 'arn:aws:x' };
    const gone: Readonly<Record<Scaling, StepTarget>> = {
      'aurora-cluster': { ...place, kind: 'aurora', type: 'AWS::RDS::DBCluster', id: 'gone' },
      'cache-replicas': { ...place, kind: 'elasticache', type: 'AWS::ElastiCache::ReplicationGroup', id: 'gone' },
      'ecs-minimum': { ...place, kind: 'ecs', type: 'AWS::ECS::Service', id: 'TapStackdev/gone' },
      'ecs-tasks': { ...place, kind: 'ecs', type: 'AWS::ECS::Service', id: 'TapStackdev/gone' },
    };
    for (const id of SCALING) expect(await STEP_KINDS[id].read(gone[id], context), id).to.equal(undefined);
    const elsewhere = { ...gone['ecs-tasks'], id: 'gone/gone' };
    expect(await STEP_KINDS['ecs-tasks'].read(elsewhere, context)).to.equal(undefined);
  });
});
