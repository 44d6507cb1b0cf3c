/** AWS under the SDK's clients, as far as scaling goes: stubs, and what AWS answers, each with what a test wants otherwise. */
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { AutoScalingGroup, Instance as GroupInstance, LifecycleState } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import type { Instance } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import type { Service } from '@aws-sdk/client-ecs';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import type { NodeGroup, ReplicationGroup } from '@aws-sdk/client-elasticache';
import { IAMClient } from '@aws-sdk/client-iam';
import { RDSClient } from '@aws-sdk/client-rds';
import type { DBCluster } from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';

import type { Clients } from '../../src/aws/clients.ts';
import type { Choice, Selection } from '../../src/optimize/selection.ts';
import type { StepTarget, WaitContext } from '../../src/optimize/step.ts';
import { onlyClients } from './clients.ts';
import { ACCOUNT, REGION } from './optimize.ts';

const NOW = new Date('2026-11-21T06:20:00Z');

export interface SentCall {
  readonly operation: string;
  readonly input: unknown;
  readonly signal: unknown;
}

/** Stubs of every service that is scaled; what a test does not answer is a defect. */
export function stubbedAws() {
  const region = REGION;
  const rds = new RDSClient({ region });
  const elasticache = new ElastiCacheClient({ region });
  const ecs = new ECSClient({ region });
  const applicationAutoScaling = new ApplicationAutoScalingClient({ region });
  const cloudwatch = new CloudWatchClient({ region });
  const iam = new IAMClient({ region });
  const ec2 = new EC2Client({ region });
  const autoScaling = new AutoScalingClient({ region });
  const stubs = {
    rds: mockClient(rds),
    elasticache: mockClient(elasticache),
    ecs: mockClient(ecs),
    scaling: mockClient(applicationAutoScaling),
    cloudwatch: mockClient(cloudwatch),
    iam: mockClient(iam),
    ec2: mockClient(ec2),
    autoScaling: mockClient(autoScaling),
  };
  const clients: Clients = onlyClients({
    rds,
    elasticache,
    ecs,
    applicationAutoScaling,
    cloudwatch,
    iam,
    ec2,
    autoScaling,
  });
  const controller = new AbortController();
  const { signal } = controller;
  const all = Object.values(stubs) as readonly { calls(): readonly { readonly args: readonly unknown[] }[] }[];
  const calls = (): SentCall[] =>
    all
      .flatMap((stub) => stub.calls())
      .map(({ args: [command, options] }) => ({
        operation: (command as object).constructor.name.replace(/Command$/, ''),
        input: (command as { readonly input: unknown }).input,
        signal: (options as { readonly abortSignal?: unknown } | undefined)?.abortSignal,
      }));
  return {
    ...stubs,
    clients,
    controller,
    signal,
    /** Every call that was made, by service. */
    calls,
    operations: () => calls().map(({ operation }) => operation),
    inputs: (operation: string) =>
      calls()
        .filter((call) => call.operation === operation)
        .map(({ input }) => input),
    context: {
      clients,
      accountId: ACCOUNT,
      partition: 'aws',
      region,
      signal,
      include: [],
      now: NOW,
    },
    /** Waits as a test does: a few milliseconds. */
    wait: (changes: Partial<WaitContext> = {}): WaitContext => ({
      clients,
      signal,
      maxWaitTime: 0.2,
      minDelay: 0.001,
      maxDelay: 0.002,
      ...changes,
    }),
  };
}

/** A cluster of Aurora Serverless v2 as RDS describes it. */
export function listedCluster(own: DBCluster = {}): DBCluster {
  const id = own.DBClusterIdentifier ?? 'tapstackdev';
  return {
    DBClusterIdentifier: id,
    DBClusterArn: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:${id}`,
    Engine: 'aurora-postgresql',
    EngineMode: 'provisioned',
    Status: 'available',
    ServerlessV2ScalingConfiguration: { MinCapacity: 2, MaxCapacity: 4 },
    BackupRetentionPeriod: 14,
    EarliestRestorableTime: new Date('2026-11-07T03:10:00Z'),
    StorageType: 'aurora',
    DBClusterMembers: [{ DBInstanceIdentifier: `${id}-1`, IsClusterWriter: true }],
    TagList: [],
    ...own,
  };
}

/** A shard of nodes in these zones, the first of them the primary where roles are told. */
export function listedShard(id: string, zones: readonly (string | undefined)[], roles = true): NodeGroup {
  return {
    NodeGroupId: id,
    Status: 'available',
    NodeGroupMembers: zones.map((zone, index) => ({
      CacheClusterId: `${id}-00${index + 1}`,
      CacheNodeId: '0001',
      ...(zone !== undefined && { PreferredAvailabilityZone: `${REGION}${zone}` }),
      ...(roles && { CurrentRole: index === 0 ? 'primary' : 'replica' }),
    })),
  };
}

/** A replication group of three nodes, Multi-AZ, as ElastiCache describes it. */
export function listedGroup(own: ReplicationGroup = {}): ReplicationGroup {
  const id = own.ReplicationGroupId ?? 'tapstack-dev-cache';
  return {
    ReplicationGroupId: id,
    ARN: `arn:aws:elasticache:${REGION}:${ACCOUNT}:replicationgroup:${id}`,
    Status: 'available',
    Engine: 'redis',
    CacheNodeType: 'cache.t4g.micro',
    ClusterEnabled: false,
    MultiAZ: 'enabled',
    AutomaticFailover: 'enabled',
    NodeGroups: [listedShard('0001', ['a', 'b', 'c'])],
    PendingModifiedValues: {},
    ...own,
  };
}

/** A service of three tasks on Fargate as ECS describes it. */
export function listedService(own: Service = {}, cluster = 'TapStackdev'): Service {
  const name = own.serviceName ?? 'web';
  return {
    serviceName: name,
    serviceArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:service/${cluster}/${name}`,
    clusterArn: clusterArn(cluster),
    status: 'ACTIVE',
    desiredCount: 3,
    runningCount: 3,
    pendingCount: 0,
    launchType: 'FARGATE',
    schedulingStrategy: 'REPLICA',
    taskDefinition: `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/web:1`,
    deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }],
    tags: [],
    ...own,
  };
}

/** A running instance of Linux, on demand, as EC2 describes it. */
export function listedInstance(own: Instance = {}): Instance {
  return {
    InstanceId: 'i-0123456789abcdef0',
    InstanceType: 'm5.large',
    State: { Code: 16, Name: 'running' },
    Placement: { AvailabilityZone: `${REGION}a`, Tenancy: 'default' },
    RootDeviceType: 'ebs',
    UsageOperation: 'RunInstances',
    NetworkInterfaces: [],
    Tags: [{ Key: 'Name', Value: 'tapstack-dev-web' }],
    ...own,
  };
}

/** A group of two instances, one to four of them, as Auto Scaling describes it. */
export function listedScalingGroup(own: Partial<AutoScalingGroup> = {}): AutoScalingGroup {
  const id = own.AutoScalingGroupName ?? 'tapstack-dev-workers';
  return {
    AutoScalingGroupName: id,
    AutoScalingGroupARN: `arn:aws:autoscaling:${REGION}:${ACCOUNT}:autoScalingGroup:6f9d8f4e-0000-4000-8000-000000000000:autoScalingGroupName/${id}`,
    MinSize: 1,
    MaxSize: 4,
    DesiredCapacity: 2,
    DefaultCooldown: 300,
    AvailabilityZones: [`${REGION}a`],
    HealthCheckType: 'EC2',
    CreatedTime: NOW,
    Instances: [groupInstance('1'), groupInstance('2')],
    SuspendedProcesses: [],
    Tags: [],
    ...own,
  };
}

/** An instance of a group, by the last digit of its id. */
export function groupInstance(
  last: string,
  LifecycleState: LifecycleState = 'InService',
  own: Partial<GroupInstance> = {},
): GroupInstance {
  return {
    InstanceId: `i-0123456789abcdef${last}`,
    InstanceType: 'm5.large',
    AvailabilityZone: `${REGION}a`,
    LifecycleState,
    HealthStatus: 'Healthy',
    ProtectedFromScaleIn: false,
    ...own,
  };
}

export function clusterArn(name: string): string {
  return `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${name}`;
}

export function serviceArn(cluster: string, name: string): string {
  return `arn:aws:ecs:${REGION}:${ACCOUNT}:service/${cluster}/${name}`;
}

/** A selection that goes by the given function of the id, and of tags where they decide. */
export function choosing(choose: Selection['choose'], byTags = false): Selection {
  return { byTags, choose };
}

export const everything: Selection = choosing((): Choice => 'selected');

export const CLUSTER: StepTarget = {
  kind: 'aurora',
  type: 'AWS::RDS::DBCluster',
  id: 'tapstackdev',
  arn: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:tapstackdev`,
  accountId: ACCOUNT,
  region: REGION,
};
export const GROUP: StepTarget = {
  kind: 'elasticache',
  type: 'AWS::ElastiCache::ReplicationGroup',
  id: 'tapstack-dev-cache',
  arn: `arn:aws:elasticache:${REGION}:${ACCOUNT}:replicationgroup:tapstack-dev-cache`,
  accountId: ACCOUNT,
  region: REGION,
};
export const SERVICE: StepTarget = {
  kind: 'ecs',
  type: 'AWS::ECS::Service',
  id: 'TapStackdev/web',
  arn: serviceArn('TapStackdev', 'web'),
  accountId: ACCOUNT,
  region: REGION,
};
export const INSTANCE: StepTarget = {
  kind: 'ec2',
  type: 'AWS::EC2::Instance',
  id: 'i-0123456789abcdef0',
  name: 'tapstack-dev-web',
  arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/i-0123456789abcdef0`,
  accountId: ACCOUNT,
  region: REGION,
};
export const SCALING_GROUP: StepTarget = {
  kind: 'asg',
  type: 'AWS::AutoScaling::AutoScalingGroup',
  id: 'tapstack-dev-workers',
  arn: `arn:aws:autoscaling:${REGION}:${ACCOUNT}:autoScalingGroup:6f9d8f4e-0000-4000-8000-000000000000:autoScalingGroupName/tapstack-dev-workers`,
  accountId: ACCOUNT,
  region: REGION,
};
