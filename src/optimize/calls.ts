/** Every call that scaling down and putting back make: what errors name, what the printed policy is made of. */
import type { Call } from '../aws/call.ts';
import { GET_PRODUCTS } from '../prices/live-prices.ts';
import type { OptionalKind } from './model.ts';

const ANY_CLUSTER = 'arn:{partition}:rds:{region}:{account}:cluster:*';
const ANY_SNAPSHOT = 'arn:{partition}:rds:{region}:{account}:cluster-snapshot:*';
const ANY_GROUP = 'arn:{partition}:elasticache:{region}:{account}:replicationgroup:*';
const ANY_DB_INSTANCE = 'arn:{partition}:rds:{region}:{account}:db:*';
const ANY_INSTANCE = 'arn:{partition}:ec2:{region}:{account}:instance/*';
const ANY_SERVICE = 'arn:{partition}:ecs:{region}:{account}:service/*';

export const DESCRIBE_DB_CLUSTERS: Call = {
  operation: 'DescribeDBClusters',
  action: 'rds:DescribeDBClusters',
  resource: ANY_CLUSTER,
};
export const MODIFY_DB_CLUSTER: Call = {
  operation: 'ModifyDBCluster',
  action: 'rds:ModifyDBCluster',
  resource: ANY_CLUSTER,
};
export const DESCRIBE_REPLICATION_GROUPS: Call = {
  operation: 'DescribeReplicationGroups',
  action: 'elasticache:DescribeReplicationGroups',
  resource: ANY_GROUP,
};
export const DECREASE_REPLICA_COUNT: Call = {
  operation: 'DecreaseReplicaCount',
  action: 'elasticache:DecreaseReplicaCount',
  resource: ANY_GROUP,
};
export const LIST_CLUSTERS: Call = { operation: 'ListClusters', action: 'ecs:ListClusters', resource: null };
export const LIST_SERVICES: Call = { operation: 'ListServices', action: 'ecs:ListServices', resource: null };
export const DESCRIBE_SERVICES: Call = {
  operation: 'DescribeServices',
  action: 'ecs:DescribeServices',
  resource: ANY_SERVICE,
};
export const UPDATE_SERVICE: Call = {
  operation: 'UpdateService',
  action: 'ecs:UpdateService',
  resource: ANY_SERVICE,
};

export const DESCRIBE_DB_INSTANCES: Call = {
  operation: 'DescribeDBInstances',
  action: 'rds:DescribeDBInstances',
  resource: ANY_DB_INSTANCE,
};
export const GET_METRIC_DATA: Call = {
  operation: 'GetMetricData',
  action: 'cloudwatch:GetMetricData',
  resource: null,
};
export const LIST_CACHE_TAGS: Call = {
  operation: 'ListTagsForResource',
  action: 'elasticache:ListTagsForResource',
  resource: ANY_GROUP,
};
export const DESCRIBE_TASK_DEFINITION: Call = {
  operation: 'DescribeTaskDefinition',
  action: 'ecs:DescribeTaskDefinition',
  resource: null,
};
export const DESCRIBE_SCALABLE_TARGETS: Call = {
  operation: 'DescribeScalableTargets',
  action: 'application-autoscaling:DescribeScalableTargets',
  resource: null,
};
/** AWS asks for DescribeServices and UpdateService beside it: it checks that whoever lowers the minimum could change the service. */
export const REGISTER_SCALABLE_TARGET: Call = {
  operation: 'RegisterScalableTarget',
  action: 'application-autoscaling:RegisterScalableTarget',
  resource: 'arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/*',
};
export const LIST_ACCOUNT_ALIASES: Call = {
  operation: 'ListAccountAliases',
  action: 'iam:ListAccountAliases',
  resource: null,
};
export const INCREASE_REPLICA_COUNT: Call = {
  operation: 'IncreaseReplicaCount',
  action: 'elasticache:IncreaseReplicaCount',
  resource: ANY_GROUP,
};

export const STOP_DB_INSTANCE: Call = {
  operation: 'StopDBInstance',
  action: 'rds:StopDBInstance',
  resource: ANY_DB_INSTANCE,
};
export const START_DB_INSTANCE: Call = {
  operation: 'StartDBInstance',
  action: 'rds:StartDBInstance',
  resource: ANY_DB_INSTANCE,
};
export const STOP_DB_CLUSTER: Call = {
  operation: 'StopDBCluster',
  action: 'rds:StopDBCluster',
  resource: ANY_CLUSTER,
};
export const START_DB_CLUSTER: Call = {
  operation: 'StartDBCluster',
  action: 'rds:StartDBCluster',
  resource: ANY_CLUSTER,
};
export const DESCRIBE_INSTANCES: Call = {
  operation: 'DescribeInstances',
  action: 'ec2:DescribeInstances',
  resource: null,
};
export const DESCRIBE_INSTANCE_TYPES: Call = {
  operation: 'DescribeInstanceTypes',
  action: 'ec2:DescribeInstanceTypes',
  resource: null,
};
export const STOP_INSTANCES: Call = {
  operation: 'StopInstances',
  action: 'ec2:StopInstances',
  resource: ANY_INSTANCE,
};
export const START_INSTANCES: Call = {
  operation: 'StartInstances',
  action: 'ec2:StartInstances',
  resource: ANY_INSTANCE,
};
/**
 * EC2 makes it, in the name of whoever starts an instance, where a volume is encrypted with a customer managed key: without it
 * the instance stops again by itself (https://repost.aws/knowledge-center/kms-iam-ec2-permission).
 */
export const CREATE_GRANT: Call = {
  operation: 'CreateGrant',
  action: 'kms:CreateGrant',
  resource: 'arn:{partition}:kms:{region}:{account}:key/*',
};
export const DESCRIBE_AUTO_SCALING_GROUPS: Call = {
  operation: 'DescribeAutoScalingGroups',
  action: 'autoscaling:DescribeAutoScalingGroups',
  resource: null,
};
export const UPDATE_AUTO_SCALING_GROUP: Call = {
  operation: 'UpdateAutoScalingGroup',
  action: 'autoscaling:UpdateAutoScalingGroup',
  resource: 'arn:{partition}:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/*',
};

/** Both the cluster and what its snapshot is to be called must be allowed. */
const CREATE_DB_CLUSTER_SNAPSHOT: readonly Call[] = [ANY_CLUSTER, ANY_SNAPSHOT].map((resource) => ({
  operation: 'CreateDBClusterSnapshot',
  action: 'rds:CreateDBClusterSnapshot',
  resource,
}));
const DESCRIBE_DB_CLUSTER_SNAPSHOTS: Call = {
  operation: 'DescribeDBClusterSnapshots',
  action: 'rds:DescribeDBClusterSnapshots',
  resource: ANY_SNAPSHOT,
};

/** Nothing is scaled down without these. */
export const NEEDED: readonly Call[] = [
  DESCRIBE_DB_CLUSTERS,
  MODIFY_DB_CLUSTER,
  DESCRIBE_REPLICATION_GROUPS,
  DECREASE_REPLICA_COUNT,
  LIST_CLUSTERS,
  LIST_SERVICES,
  DESCRIBE_SERVICES,
  UPDATE_SERVICE,
];

export interface BetterCall {
  readonly call: Call;
  /** What it is for: goes on after "for". */
  readonly for: string;
}

/** What is known, or can be done, with these alone; without them the plan says what is missing. */
export const BETTER: readonly BetterCall[] = [
  { call: INCREASE_REPLICA_COUNT, for: 'putting back the replicas of ElastiCache' },
  { call: DESCRIBE_SCALABLE_TARGETS, for: 'telling what automatic scaling would put back' },
  { call: REGISTER_SCALABLE_TARGET, for: 'lowering the minimum of automatic scaling, and putting it back' },
  { call: DESCRIBE_TASK_DEFINITION, for: 'the sizes of tasks, without which their saving is not known' },
  { call: DESCRIBE_DB_INSTANCES, for: 'the instances of a cluster, without which its saving is not known' },
  { call: GET_METRIC_DATA, for: 'the saving at the capacity that a cluster has used' },
  { call: LIST_CACHE_TAGS, for: 'the tags of replication groups, which tell production' },
  { call: LIST_ACCOUNT_ALIASES, for: "the account's alias, which tells production" },
  { call: GET_PRODUCTS, for: "today's prices in place of those that came with this tool" },
];

/** What the kinds take that are looked for only where they are chosen. */
export const INCLUDED: Readonly<
  Record<OptionalKind, { readonly needed: readonly Call[]; readonly better: readonly BetterCall[] }>
> = {
  rds: {
    needed: [DESCRIBE_DB_INSTANCES, STOP_DB_INSTANCE, START_DB_INSTANCE, STOP_DB_CLUSTER, START_DB_CLUSTER],
    better: [],
  },
  ec2: {
    needed: [DESCRIBE_INSTANCES, STOP_INSTANCES, START_INSTANCES],
    better: [
      {
        call: DESCRIBE_INSTANCE_TYPES,
        for: 'telling which instances have disks of their own, whose data a stop loses',
      },
      { call: CREATE_GRANT, for: 'starting instances whose volumes are encrypted with a customer managed key' },
    ],
  },
  asg: {
    needed: [DESCRIBE_AUTO_SCALING_GROUPS, UPDATE_AUTO_SCALING_GROUP],
    better: [
      { call: DESCRIBE_INSTANCES, for: 'the sizes of the instances of a group, without which its saving is not known' },
    ],
  },
};

/** What `--snapshot-first` takes. */
export const SNAPSHOT: readonly Call[] = [...CREATE_DB_CLUSTER_SNAPSHOT, DESCRIBE_DB_CLUSTER_SNAPSHOTS];
