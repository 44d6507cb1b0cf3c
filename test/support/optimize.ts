/** What an environment has, for tests of what is scaled down: the shape of S0, each part with what a test wants otherwise. */
import { known, tagMap } from '../../src/engine/model.ts';
import type {
  AutoScalingGroup,
  CacheNode,
  ComputeInstance,
  DatabaseCluster,
  DatabaseInstance,
  FargateService,
  ReplicationGroup,
  Shard,
} from '../../src/optimize/model.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'us-east-1';

/** A cluster of Aurora Serverless v2: 2 to 4 ACUs, backups of 14 days, one instance. */
export function databaseCluster(own: Partial<DatabaseCluster> = {}): DatabaseCluster {
  const id = own.id ?? 'tapstackdev';
  return {
    kind: 'aurora',
    type: 'AWS::RDS::DBCluster',
    id,
    arn: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: known(tagMap([])),
    engine: 'aurora-postgresql',
    engineMode: 'provisioned',
    status: 'available',
    capacity: { min: 2, max: 4 },
    backupRetentionDays: 14,
    earliestRestorableTime: '2026-11-07T03:10:00.000Z',
    keptByAwsBackup: false,
    storage: 'standard',
    pending: [],
    memberIds: [`${id}-1`],
    unstoppable: null,
    automaticRestartTime: null,
    memberClasses: known(['db.serverless']),
    hourlyCapacity: known([]),
    ...own,
  };
}

/** A replication group of Redis: one shard of three nodes, Multi-AZ. */
export function replicationGroup(own: Partial<ReplicationGroup> = {}): ReplicationGroup {
  const id = own.id ?? 'tapstack-dev-cache';
  return {
    kind: 'elasticache',
    type: 'AWS::ElastiCache::ReplicationGroup',
    id,
    arn: `arn:aws:elasticache:${REGION}:${ACCOUNT}:replicationgroup:${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: known(tagMap([])),
    engine: 'redis',
    nodeType: 'cache.t4g.micro',
    status: 'available',
    clusterMode: false,
    multiAz: true,
    automaticFailover: 'enabled',
    shards: [shard('0001', 3)],
    globalGroup: null,
    pending: [],
    scaling: known(null),
    ...own,
  };
}

/** A shard of so many nodes, the first of them its primary, each in a zone of its own. */
export function shard(id: string, nodes: number): Shard {
  const node = (index: number): CacheNode => ({
    id: `${id}-00${index + 1}`,
    zone: `${REGION}${'abcdef'[index] ?? 'a'}`,
    role: index === 0 ? 'primary' : 'replica',
  });
  return { id, nodes: Array.from({ length: nodes }, (_, index) => node(index)) };
}

/** A service of three tasks on Fargate, without automatic scaling. */
export function fargateService(own: Partial<FargateService> = {}): FargateService {
  const cluster = own.cluster?.name ?? 'TapStackdev';
  const serviceName = own.serviceName ?? 'web';
  const desired = own.desired ?? 3;
  return {
    kind: 'ecs',
    type: 'AWS::ECS::Service',
    id: `${cluster}/${serviceName}`,
    arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:service/${cluster}/${serviceName}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: known(tagMap([])),
    cluster: { name: cluster, arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${cluster}` },
    serviceName,
    status: 'ACTIVE',
    desired,
    running: desired,
    pending: 0,
    deploying: false,
    scheduling: 'REPLICA',
    launch: 'FARGATE',
    taskDefinition: `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/web:1`,
    task: known({ vcpu: 0.25, memoryGb: 0.5, ephemeralGb: 20, architecture: 'X86_64', operatingSystem: 'LINUX' }),
    scaling: known(null),
    ...own,
  };
}

/** A running instance of PostgreSQL in one zone. */
export function databaseInstance(own: Partial<DatabaseInstance> = {}): DatabaseInstance {
  const id = own.id ?? 'tapstack-dev-db';
  return {
    kind: 'rds',
    type: 'AWS::RDS::DBInstance',
    id,
    arn: `arn:aws:rds:${REGION}:${ACCOUNT}:db:${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: known(tagMap([])),
    engine: 'postgres',
    instanceClass: 'db.t3.large',
    status: 'available',
    multiAz: false,
    unstoppable: null,
    pending: [],
    automaticRestartTime: null,
    ...own,
  };
}

/** A running instance of EC2 with Linux, on demand, without a public address. */
export function computeInstance(own: Partial<ComputeInstance> = {}): ComputeInstance {
  const id = own.id ?? 'i-0123456789abcdef0';
  return {
    kind: 'ec2',
    type: 'AWS::EC2::Instance',
    id,
    name: 'tapstack-dev-web',
    arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: known(tagMap([['Name', own.name ?? 'tapstack-dev-web']])),
    instanceType: 'm5.large',
    operation: 'RunInstances',
    tenancy: 'default',
    billedBy: null,
    lifecycle: 'on-demand',
    state: 'running',
    rootDevice: 'ebs',
    publicIpv4: [],
    interfaces: 0,
    instanceStore: known(false),
    ...own,
  };
}

/** A group of two instances of Linux, with room for four. */
export function scalingGroup(own: Partial<AutoScalingGroup> = {}): AutoScalingGroup {
  const id = own.id ?? 'tapstack-dev-workers';
  const member = {
    instanceType: 'm5.large',
    operation: 'RunInstances',
    tenancy: 'default',
    billedBy: null,
    lifecycle: 'on-demand',
  } as const;
  const instance = (last: string) => ({ id: `i-0123456789abcdef${last}`, state: 'InService', protected: false });
  return {
    kind: 'asg',
    type: 'AWS::AutoScaling::AutoScalingGroup',
    id,
    arn: `arn:aws:autoscaling:${REGION}:${ACCOUNT}:autoScalingGroup:6f9d8f4e-0000-4000-8000-000000000000:autoScalingGroupName/${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: known(tagMap([])),
    min: 1,
    max: 4,
    desired: 2,
    unit: 'units',
    status: null,
    instances: [instance('1'), instance('2')],
    suspended: [],
    warmPool: false,
    members: known([member, member]),
    ...own,
  };
}
