import { DescribeAutoScalingGroupsCommand, UpdateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListClustersCommand,
  ListServicesCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  DecreaseReplicaCountCommand,
  DescribeReplicationGroupsCommand,
  IncreaseReplicaCountCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-elasticache';
import { ListAccountAliasesCommand } from '@aws-sdk/client-iam';
import {
  CreateDBClusterSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  StartDBClusterCommand,
  StartDBInstanceCommand,
  StopDBClusterCommand,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { expect } from 'chai';

import type { Call } from '../../src/aws/call.ts';
import { known } from '../../src/engine/model.ts';
import { accountAlias } from '../../src/optimize/account.ts';
import { BETTER, CREATE_GRANT, INCLUDED, NEEDED, SNAPSHOT } from '../../src/optimize/calls.ts';
import { discover } from '../../src/optimize/discover.ts';
import { OPTIONAL_KINDS } from '../../src/optimize/model.ts';
import { takeSnapshot } from '../../src/optimize/snapshot.ts';
import { GET_PRODUCTS } from '../../src/prices/live-prices.ts';
import { STEP_IDS } from '../../src/optimize/step.ts';
import type { Numbers, StepId, StepTarget } from '../../src/optimize/step.ts';
import { STEP_KINDS } from '../../src/optimize/steps/index.ts';
import { serviceError } from '../support/aws-errors.ts';
import {
  CLUSTER,
  clusterArn,
  everything,
  GROUP,
  INSTANCE,
  listedCluster,
  listedGroup,
  listedInstance as listedComputeInstance,
  listedScalingGroup,
  listedService,
  SCALING_GROUP,
  SERVICE,
  serviceArn,
  stubbedAws,
} from '../support/optimize-aws.ts';
import { DB_INSTANCE, listedInstance } from '../support/optimize-rds.ts';
import { databaseCluster, fargateService, replicationGroup } from '../support/optimize.ts';

const MOVES: Readonly<Record<StepId, readonly [target: StepTarget, before: Numbers, after: Numbers]>> = {
  'aurora-cluster': [
    CLUSTER,
    { minCapacity: 2, maxCapacity: 4, backupRetentionDays: 14 },
    { minCapacity: 0.5, maxCapacity: 1, backupRetentionDays: 1 },
  ],
  'cache-replicas': [GROUP, { 'replicas/0001': 2 }, { 'replicas/0001': 1 }],
  'ecs-minimum': [SERVICE, { min: 3 }, { min: 2 }],
  'ecs-tasks': [SERVICE, { desired: 3 }, { desired: 2 }],
  'db-cluster-running': [CLUSTER, { running: 1 }, { running: 0 }],
  'db-instance-running': [DB_INSTANCE, { running: 1 }, { running: 0 }],
  'ec2-running': [INSTANCE, { running: 1 }, { running: 0 }],
  'group-size': [SCALING_GROUP, { minSize: 1, desiredCapacity: 2 }, { minSize: 0, desiredCapacity: 0 }],
};

/** An account with one of each, which answers every call. */
function account() {
  const aws = stubbedAws();
  aws.rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [listedCluster()] });
  aws.rds.on(DescribeDBInstancesCommand).resolves({
    DBInstances: [
      {
        DBInstanceIdentifier: 'tapstackdev-1',
        DBInstanceClass: 'db.serverless',
        DBClusterIdentifier: CLUSTER.id,
        DBInstanceStatus: 'available',
      },
    ],
  });
  aws.rds.on(DescribeDBInstancesCommand, { DBInstanceIdentifier: DB_INSTANCE.id }).resolves({
    DBInstances: [listedInstance()],
  });
  aws.rds.on(StopDBInstanceCommand).resolves({});
  aws.rds.on(StartDBInstanceCommand).resolves({});
  aws.rds.on(StopDBClusterCommand).resolves({});
  aws.rds.on(StartDBClusterCommand).resolves({});
  aws.ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [listedComputeInstance()] }] });
  aws.ec2.on(DescribeInstanceTypesCommand).resolves({
    InstanceTypes: [{ InstanceType: 'm5.large', InstanceStorageSupported: false }],
  });
  aws.ec2.on(StopInstancesCommand).resolves({});
  aws.ec2.on(StartInstancesCommand).resolves({});
  aws.autoScaling.on(DescribeAutoScalingGroupsCommand).resolves({ AutoScalingGroups: [listedScalingGroup()] });
  aws.autoScaling.on(UpdateAutoScalingGroupCommand).resolves({});
  aws.rds.on(ModifyDBClusterCommand).resolves({});
  aws.rds.on(CreateDBClusterSnapshotCommand).resolves({});
  aws.rds
    .on(DescribeDBClusterSnapshotsCommand)
    .resolves({ DBClusterSnapshots: [{ DBClusterIdentifier: CLUSTER.id, Status: 'available' }] });
  aws.cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [] });
  aws.elasticache.on(DescribeReplicationGroupsCommand).resolves({ ReplicationGroups: [listedGroup()] });
  aws.elasticache.on(ListTagsForResourceCommand).resolves({ TagList: [] });
  aws.elasticache.on(DecreaseReplicaCountCommand).resolves({});
  aws.elasticache.on(IncreaseReplicaCountCommand).resolves({});
  aws.ecs.on(ListClustersCommand).resolves({ clusterArns: [clusterArn('TapStackdev')] });
  aws.ecs.on(ListServicesCommand).resolves({ serviceArns: [serviceArn('TapStackdev', 'web')] });
  aws.ecs.on(DescribeServicesCommand).resolves({ services: [listedService()], failures: [] });
  aws.ecs.on(DescribeTaskDefinitionCommand).resolves({ taskDefinition: { cpu: '256', memory: '512' } });
  aws.ecs.on(UpdateServiceCommand).resolves({});
  aws.scaling.on(DescribeScalableTargetsCommand).resolves({
    ScalableTargets: [{ ResourceId: 'service/TapStackdev/web', MinCapacity: 3, MaxCapacity: 10 } as never],
  });
  aws.scaling.on(RegisterScalableTargetCommand).resolves({});
  aws.iam.on(ListAccountAliasesCommand).resolves({ AccountAliases: [] });
  return aws;
}

const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted();
const operationsOf = (calls: readonly { readonly operation: string }[]) =>
  sorted(calls.map(({ operation }) => operation));

describe('the calls of scaling down and putting back', () => {
  it('are those that are made, every one, and no other', async () => {
    const aws = account();
    await discover(everything, { ...aws.context, include: OPTIONAL_KINDS });
    await accountAlias(aws.clients, aws.signal);
    await takeSnapshot(CLUSTER, 'before', aws.wait());
    for (const id of STEP_IDS) {
      const [target, before, after] = MOVES[id];
      await STEP_KINDS[id].read(target, aws);
      await STEP_KINDS[id].write(target, { from: before, to: after }, aws);
      await STEP_KINDS[id].write(target, { from: after, to: before }, aws);
      await STEP_KINDS[id].wait?.(target, aws.wait());
    }
    const included = Object.values(INCLUDED);
    const better = [...BETTER, ...included.flatMap((one) => one.better)].map(({ call }) => call);
    const declared = [...NEEDED, ...included.flatMap(({ needed }) => needed), ...better, ...SNAPSHOT];
    // Prices are asked for elsewhere, and grants are made by EC2.
    const elsewhere: ReadonlySet<Call> = new Set([GET_PRODUCTS, CREATE_GRANT]);
    expect(sorted(aws.operations())).to.deep.equal(operationsOf(declared.filter((call) => !elsewhere.has(call))));
  });

  for (const id of STEP_IDS) {
    it(`are what the step ${id} declares, on its way down, up, and while it waits`, async () => {
      const [target, before, after] = MOVES[id];
      const { calls, ...kind } = STEP_KINDS[id];
      const made = async (work: (aws: ReturnType<typeof account>) => Promise<unknown>) => {
        const aws = account();
        await work(aws);
        return sorted(aws.operations());
      };
      const read = operationsOf(calls.read);
      expect(await made((aws) => kind.read(target, aws))).to.deep.equal(read);
      const within = (operations: readonly string[], changing: typeof calls.lower) => {
        expect(operations.filter((operation) => !read.includes(operation))).to.deep.equal(operationsOf(changing));
      };
      within(await made((aws) => kind.write(target, { from: before, to: after }, aws)), calls.lower);
      within(await made((aws) => kind.write(target, { from: after, to: before }, aws)), calls.raise);
      within(await made(async (aws) => kind.wait?.(target, aws.wait())), []);
      expect(kind.id).to.equal(id);
    });
  }

  it('are made for what is stopped besides where that is chosen alone', async () => {
    for (const kind of OPTIONAL_KINDS) {
      const [usual, chosen] = [account(), account()];
      await discover(everything, usual.context);
      await discover(everything, { ...chosen.context, include: [kind] });
      const added = chosen.operations().filter((operation) => !usual.operations().includes(operation));
      expect(sorted(added), kind).to.deep.equal(
        {
          rds: [],
          ec2: ['DescribeInstanceTypes', 'DescribeInstances'],
          asg: ['DescribeAutoScalingGroups', 'DescribeInstances'],
        }[kind],
      );
    }
  });

  it('need no more than an environment’s owner was promised', () => {
    expect(sorted(NEEDED.map(({ action }) => action))).to.deep.equal([
      'ecs:DescribeServices',
      'ecs:ListClusters',
      'ecs:ListServices',
      'ecs:UpdateService',
      'elasticache:DecreaseReplicaCount',
      'elasticache:DescribeReplicationGroups',
      'rds:DescribeDBClusters',
      'rds:ModifyDBCluster',
    ]);
  });

  it('find everything with these alone: what the others would tell is not known, and is no gap', async () => {
    const aws = account();
    const denied = serviceError('AccessDeniedException', 400, 'no policy allows it');
    aws.rds.on(DescribeDBInstancesCommand).rejects(denied);
    aws.elasticache.on(ListTagsForResourceCommand).rejects(denied);
    aws.ecs.on(DescribeTaskDefinitionCommand).rejects(denied);
    aws.scaling.on(DescribeScalableTargetsCommand).rejects(denied);
    const unread = (permission: string) => ({ known: false, reason: 'denied', permission }) as const;
    expect(await discover(everything, aws.context)).to.deep.equal({
      found: [
        databaseCluster({
          memberClasses: unread('rds:DescribeDBInstances'),
          hourlyCapacity: unread('rds:DescribeDBInstances'),
        }),
        replicationGroup({
          tags: unread('elasticache:ListTagsForResource'),
          scaling: unread('application-autoscaling:DescribeScalableTargets'),
        }),
        fargateService({
          task: unread('ecs:DescribeTaskDefinition'),
          scaling: unread('application-autoscaling:DescribeScalableTargets'),
        }),
      ],
      nearMisses: [],
      gaps: [],
    });
  });
});

describe('discovering an environment', () => {
  it('gives every kind, with what nearly belongs to it and what could not be read', async () => {
    const aws = account();
    aws.rds.on(DescribeDBClustersCommand).rejects(serviceError('AccessDenied', 403, 'no'));
    aws.ecs.on(ListClustersCommand).rejects(serviceError('ThrottlingException', 400, 'slow down'));
    const { found, nearMisses, gaps } = await discover(
      { byTags: false, choose: () => ({ near: 'the suffix is prod, not dev' }) },
      aws.context,
    );
    expect(found).to.deep.equal([]);
    expect(nearMisses).to.deep.equal([
      { kind: 'elasticache', id: 'tapstack-dev-cache', why: 'the suffix is prod, not dev' },
    ]);
    expect(gaps.map(({ kind, operation, reason }) => [kind, operation, reason])).to.deep.equal([
      ['aurora', 'DescribeDBClusters', 'denied'],
      ['ecs', 'ListClusters', 'throttled'],
    ]);
  });

  it('finds an environment with tags that nobody gave it', async () => {
    const aws = account();
    const { found } = await discover(everything, aws.context);
    expect(found.map(({ kind, tags }) => [kind, tags])).to.deep.equal(
      ['aurora', 'elasticache', 'ecs'].map((kind) => [kind, known(Object.create(null))]),
    );
  });
});
