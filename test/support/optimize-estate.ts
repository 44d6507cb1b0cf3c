/**
 * Development environments that `optimize` can scale down, in two emulators: moto has Aurora, ECS and most else, MiniStack has
 * ElastiCache. What they do otherwise than AWS is mended on the way, in the proxies that stand in front of each.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateReplicationGroupCommand,
  DecreaseReplicaCountCommand,
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  IncreaseReplicaCountCommand,
} from '@aws-sdk/client-elasticache';
import { IAMClient } from '@aws-sdk/client-iam';
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  DescribeDBClustersCommand,
  ModifyDBClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';

import { withEmulator } from './emulator.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { Api, FaultProxy, Watcher } from './fault-proxy.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS, withMiniStack } from './ministack.ts';
import { startMoto } from './moto.ts';

/** The account that both emulators play. */
export const ESTATE_ACCOUNT = MINISTACK_ACCOUNT;
export const ESTATE_REGION = 'us-east-1';

/** All that is scaled in one environment. */
export interface EnvironmentNumbers {
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly backupRetentionDays: number;
  readonly replicas: number;
  /** What Application Auto Scaling holds the tasks between. */
  readonly minimum: number;
  readonly maximum: number;
  readonly tasks: number;
}

export const FULL_SIZE: EnvironmentNumbers = {
  minCapacity: 2,
  maxCapacity: 4,
  backupRetentionDays: 14,
  replicas: 2,
  minimum: 3,
  maximum: 10,
  tasks: 3,
};

/** What `optimize` makes of it. */
export const SCALED_DOWN: EnvironmentNumbers = {
  minCapacity: 0.5,
  maxCapacity: 1,
  backupRetentionDays: 1,
  replicas: 1,
  minimum: 2,
  maximum: 10,
  tasks: 2,
};

/** Clients of the emulators, past the proxies. */
export interface EstateClients {
  readonly rds: RDSClient;
  readonly elasticache: ElastiCacheClient;
  readonly ecs: ECSClient;
  readonly autoScaling: ApplicationAutoScalingClient;
  readonly autoScalingGroups: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly s3: S3Client;
}

/** A way for one process to the emulators: its faults, counts and watcher are its own. */
export interface Door {
  /** For the process. */
  readonly env: Readonly<Record<string, string>>;
  /** As the proxy's own, whichever emulator has that API. */
  fail(...args: Parameters<FaultProxy['fail']>): void;
  /** Every API that was called, and how often. */
  calls(): Readonly<Record<Api, number>>;
  /** Those of them that change something. */
  changes(): Readonly<Record<Api, number>>;
  bodies(api: Api): readonly string[];
  called(api: Api, nth?: number): Promise<void>;
  watch(watcher: Watcher): void;
  /** Forgets faults, counts and watcher; what is mended stays so. */
  reset(): void;
  close(): Promise<void>;
}

export interface OptimizeEstate {
  readonly clients: EstateClients;
  /** Opens another way to the emulators; it is closed after the test. */
  readonly open: () => Promise<Door>;
  /** Makes an environment of full size. */
  readonly seed: (environment: string) => Promise<void>;
  /** What its numbers are. */
  readonly read: (environment: string) => Promise<EnvironmentNumbers>;
  /** Makes its numbers these, as someone else would. */
  readonly set: (environment: string, numbers: EnvironmentNumbers) => Promise<void>;
}

/** Both emulators, empty before each test of the `describe` it is called in. */
export function withOptimizeEstate(): () => OptimizeEstate {
  const moto = withEmulator('moto', () => startMoto(ESTATE_ACCOUNT));
  const ministack = withMiniStack();
  let clients: EstateClients | undefined;
  const doors: Door[] = [];
  afterEach(async () => {
    await Promise.all(doors.splice(0).map(async (door) => door.close()));
  });
  after(() => {
    for (const client of Object.values(clients ?? {})) client.destroy();
  });
  return () => {
    const made = (clients ??= clientsOf(moto().url, ministack().url));
    return {
      clients: made,
      open: async () => {
        const door = await openDoor(moto().url, ministack().url, made);
        doors.push(door);
        return door;
      },
      seed: async (environment) => seed(environment, made),
      read: async (environment) => readNumbers(environment, made),
      set: async (environment, numbers) => setNumbers(environment, numbers, made),
    };
  };
}

/** What the resources of an environment are called. */
export function namesOf(environment: string) {
  const cluster = `TapStack${environment}`;
  return {
    // RDS has identifiers in small letters, whatever they were given in.
    database: `tapstack${environment}`.toLowerCase(),
    cache: `tapstack-${environment}-cache`,
    cluster,
    service: 'web',
    scalingId: `service/${cluster}/web`,
  };
}

function clientsOf(moto: string, ministack: string): EstateClients {
  const at = (endpoint: string) => ({ endpoint, region: ESTATE_REGION, credentials: ROOT_CREDENTIALS });
  return {
    rds: new RDSClient(at(moto)),
    elasticache: new ElastiCacheClient(at(ministack)),
    ecs: new ECSClient(at(moto)),
    autoScaling: new ApplicationAutoScalingClient(at(moto)),
    autoScalingGroups: new AutoScalingClient(at(moto)),
    ec2: new EC2Client(at(moto)),
    iam: new IAMClient(at(moto)),
    s3: new S3Client({ ...at(moto), forcePathStyle: true }),
  };
}

async function openDoor(moto: string, ministack: string, { elasticache }: EstateClients): Promise<Door> {
  const most = await startFaultProxy(moto);
  const cache = await startFaultProxy(ministack);
  const both = [most, cache];
  const behind = (api: Api) => (api.startsWith('elasticache:') ? cache : most);
  const calls = () => Object.fromEntries(both.flatMap((proxy) => [...proxy.counts()]));
  mend(most, cache, elasticache);
  return {
    env: {
      AWS_ENDPOINT_URL: most.url,
      AWS_ENDPOINT_URL_ELASTICACHE: cache.url,
      AWS_ACCESS_KEY_ID: ROOT_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ROOT_CREDENTIALS.secretAccessKey,
      AWS_REGION: ESTATE_REGION,
      // The emulators change things in no time: nothing is won by looking every quarter of a minute.
      COMPLIANCECTL_POLL_SECONDS: '0.02',
    },
    fail: (api, ...rest) => {
      behind(api).fail(api, ...rest);
    },
    calls,
    changes: () => Object.fromEntries(Object.entries(calls()).filter(([api]) => isChange(api))),
    bodies: (api) => behind(api).bodies(api),
    called: async (api, nth) => behind(api).called(api, nth),
    watch: (watcher) => {
      for (const proxy of both) proxy.watch(watcher);
    },
    reset: () => {
      for (const proxy of both) proxy.reset();
      mend(most, cache, elasticache);
    },
    close: async () => {
      await Promise.all(both.map(async (proxy) => proxy.stop()));
    },
  };
}

/** True for a call that changes something, be it in the ledger alone. */
export function isChange(api: Api): boolean {
  return !/^[a-z0-9-]+:(?:Describe|Get|Head|List)/.test(api);
}

/** Makes the emulators answer as AWS does. */
function mend(most: FaultProxy, cache: FaultProxy, elasticache: ElastiCacheClient): void {
  // moto starts no tasks before the first UpdateService, and no deployment of its is ever complete.
  for (const api of ['ecs:DescribeServices', 'ecs:UpdateService']) {
    most.fail(api, { kind: 'rewrite', body: withServices(settled) });
  }
  // moto knows no scalable targets of ElastiCache, and says that there can be none.
  most.fail('application-autoscaling:DescribeScalableTargets', {
    kind: 'answer',
    body: (request) => (/"ServiceNamespace":\s*"elasticache"/.test(request) ? { ScalableTargets: [] } : undefined),
  });
  // moto does not say what an instance is billed as.
  most.fail('ec2:DescribeInstances', {
    kind: 'rewrite',
    body: (body) => body.replaceAll('</instanceType>', '</instanceType><usageOperation>RunInstances</usageOperation>'),
  });
  // Neither has the Price List.
  most.fail('pricing:GetProducts', { kind: 'answer', body: productsFor });
  // MiniStack takes nodes from the shards, and leaves their names in the list of members.
  for (const operation of ['DescribeReplicationGroups', 'IncreaseReplicaCount']) {
    cache.fail(`elasticache:${operation}`, { kind: 'rewrite', body: withTrueMembers });
  }
  // It also takes replicas that are named for none at all, and would leave the primary alone.
  cache.fail('elasticache:DecreaseReplicaCount', {
    kind: 'rewrite',
    body: withTrueMembers,
    request: async (body) => withReplicaCount(body, async (id) => replicasOf(id, elasticache)),
  });
}

/** The request with the number that is left where it names the replicas that go: MiniStack lets the last ones go, whichever was named. */
async function withReplicaCount(body: string, countOf: (groupId: string) => Promise<number>): Promise<string> {
  const parameters = new URLSearchParams(body);
  const named = [...parameters.keys()].filter((name) => name.startsWith('ReplicasToRemove.'));
  if (named.length === 0) return body;
  const count = await countOf(parameters.get('ReplicationGroupId') ?? '');
  for (const name of named) parameters.delete(name);
  parameters.set('NewReplicaCount', String(count - named.length));
  return parameters.toString();
}

/** A service of ECS as its API has it, as far as tests change it. */
interface EcsService {
  readonly serviceName: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly deployments: readonly object[];
  readonly [field: string]: unknown;
}

/** An answer with services, each changed; one that is an error stays as it is. */
function withServices(change: (service: EcsService) => EcsService): (body: string) => string {
  return (body) => {
    const answer = JSON.parse(body) as { services?: EcsService[]; service?: EcsService };
    if (answer.services !== undefined) answer.services = answer.services.map(change);
    if (answer.service !== undefined) answer.service = change(answer.service);
    return JSON.stringify(answer);
  };
}

/** A service that runs as many tasks as it is to, and whose only deployment is complete. */
function settled(service: EcsService): EcsService {
  const counts = { desiredCount: service.desiredCount, runningCount: service.desiredCount, pendingCount: 0 };
  const rollout = { rolloutState: 'COMPLETED', rolloutStateReason: 'ECS deployment completed.' };
  return { ...service, ...counts, deployments: service.deployments.map((one) => ({ ...one, ...counts, ...rollout })) };
}

function withTrueMembers(body: string): string {
  return body.replaceAll(/<ReplicationGroup>.*?<\/ReplicationGroup>/gs, (group) => {
    const nodes = new Set([...group.matchAll(/<CacheClusterId>([^<]*)</g)].map(([, id]) => id));
    return group.replaceAll(/<ClusterId>([^<]*)<\/ClusterId>/g, (member, id: string) => (nodes.has(id) ? member : ''));
  });
}

interface Product {
  readonly serviceCode: string;
  readonly product: { readonly productFamily: string; readonly attributes: Readonly<Record<string, string>> };
}

const PRODUCTS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/optimize-wire/products.json'), 'utf8'),
) as readonly Product[];

/** As GetProducts answers: each product a text of its own. */
function productsFor(request: string): object {
  const { ServiceCode, Filters = [] } = JSON.parse(request) as {
    ServiceCode: string;
    Filters?: readonly { readonly Type: string; readonly Field: string; readonly Value: string }[];
  };
  const fitting = PRODUCTS.filter(({ serviceCode, product: { productFamily, attributes } }) => {
    const fields: Readonly<Record<string, string>> = { ...attributes, productFamily };
    return (
      serviceCode === ServiceCode &&
      Filters.every(({ Type, Field, Value }) =>
        Type === 'CONTAINS' ? fields[Field]?.includes(Value) : fields[Field] === Value,
      )
    );
  });
  return { FormatVersion: 'aws_v1', PriceList: fitting.map((product) => JSON.stringify(product)) };
}

async function seed(environment: string, { rds, elasticache, ecs, autoScaling }: EstateClients): Promise<void> {
  const { minCapacity, maxCapacity, backupRetentionDays, replicas, minimum, maximum, tasks } = FULL_SIZE;
  const names = namesOf(environment);
  const tags = [{ Key: 'Environment', Value: environment }];
  await rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: names.database,
      Engine: 'aurora-postgresql',
      MasterUsername: 'ada',
      MasterUserPassword: 'not-a-secret',
      BackupRetentionPeriod: backupRetentionDays,
      ServerlessV2ScalingConfiguration: { MinCapacity: minCapacity, MaxCapacity: maxCapacity },
      Tags: tags,
    }),
  );
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: `${names.database}-1`,
      DBClusterIdentifier: names.database,
      DBInstanceClass: 'db.serverless',
      Engine: 'aurora-postgresql',
    }),
  );
  await elasticache.send(
    new CreateReplicationGroupCommand({
      ReplicationGroupId: names.cache,
      ReplicationGroupDescription: `Cache of ${environment}`,
      Engine: 'redis',
      CacheNodeType: 'cache.t4g.micro',
      NumCacheClusters: replicas + 1,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
      Tags: tags,
    }),
  );
  await ecs.send(new CreateClusterCommand({ clusterName: names.cluster }));
  const family = `${names.cluster}-${names.service}`;
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      cpu: '256',
      memory: '512',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      containerDefinitions: [{ name: 'web', image: 'nginx' }],
    }),
  );
  await ecs.send(
    new CreateServiceCommand({
      cluster: names.cluster,
      serviceName: names.service,
      taskDefinition: family,
      launchType: 'FARGATE',
      desiredCount: tasks,
      tags: [{ key: 'Environment', value: environment }],
    }),
  );
  await autoScaling.send(
    new RegisterScalableTargetCommand({ ...scalableTarget(environment), ...limits(minimum, maximum) }),
  );
}

const limits = (minimum: number, maximum: number) => ({ MinCapacity: minimum, MaxCapacity: maximum });

function scalableTarget(environment: string) {
  return {
    ServiceNamespace: 'ecs',
    ResourceId: namesOf(environment).scalingId,
    ScalableDimension: 'ecs:service:DesiredCount',
  } as const;
}

async function readNumbers(environment: string, clients: EstateClients): Promise<EnvironmentNumbers> {
  const { rds, ecs, autoScaling } = clients;
  const { database, cluster, service, scalingId } = namesOf(environment);
  const [{ DBClusters: [aurora] = [] }, replicas, { services: [web] = [] }, { ScalableTargets: [target] = [] }] =
    await Promise.all([
      rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: database })),
      replicasOf(namesOf(environment).cache, clients.elasticache),
      ecs.send(new DescribeServicesCommand({ cluster, services: [service] })),
      autoScaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', ResourceIds: [scalingId] })),
    ]);
  return {
    minCapacity: there(aurora?.ServerlessV2ScalingConfiguration?.MinCapacity),
    maxCapacity: there(aurora?.ServerlessV2ScalingConfiguration?.MaxCapacity),
    backupRetentionDays: there(aurora?.BackupRetentionPeriod),
    replicas,
    minimum: there(target?.MinCapacity),
    maximum: there(target?.MaxCapacity),
    tasks: there(web?.desiredCount),
  };
}

async function replicasOf(ReplicationGroupId: string, elasticache: ElastiCacheClient): Promise<number> {
  const { ReplicationGroups: [group] = [] } = await elasticache.send(
    new DescribeReplicationGroupsCommand({ ReplicationGroupId }),
  );
  return there(group?.NodeGroups?.[0]?.NodeGroupMembers?.length) - 1;
}

function there(value: number | undefined): number {
  if (value === undefined) throw new Error('The emulator does not say.');
  return value;
}

async function setNumbers(environment: string, numbers: EnvironmentNumbers, clients: EstateClients): Promise<void> {
  const { minCapacity, maxCapacity, backupRetentionDays, replicas, minimum, maximum, tasks } = numbers;
  const { rds, ecs, autoScaling } = clients;
  const { database, cluster, service } = namesOf(environment);
  await Promise.all([
    rds.send(
      new ModifyDBClusterCommand({
        DBClusterIdentifier: database,
        BackupRetentionPeriod: backupRetentionDays,
        ServerlessV2ScalingConfiguration: { MinCapacity: minCapacity, MaxCapacity: maxCapacity },
        ApplyImmediately: true,
      }),
    ),
    setReplicas(environment, replicas, clients),
    ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: tasks })),
    autoScaling.send(
      new RegisterScalableTargetCommand({ ...scalableTarget(environment), ...limits(minimum, maximum) }),
    ),
  ]);
}

async function setReplicas(environment: string, replicas: number, { elasticache }: EstateClients): Promise<void> {
  const { cache } = namesOf(environment);
  const now = await replicasOf(cache, elasticache);
  const input = { ReplicationGroupId: cache, NewReplicaCount: replicas, ApplyImmediately: true };
  if (replicas < now) await elasticache.send(new DecreaseReplicaCountCommand(input));
  if (replicas > now) await elasticache.send(new IncreaseReplicaCountCommand(input));
}
