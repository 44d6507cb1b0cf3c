/** What an environment has that can be scaled down, as AWS gives it this moment. */
import type { Fact, Tags } from '../engine/model.ts';

/** What is looked for only where it is chosen: it is stopped, not made smaller. `rds` is about provisioned Aurora clusters, too. */
export const OPTIONAL_KINDS = ['rds', 'ec2', 'asg'] as const;
export type OptionalKind = (typeof OPTIONAL_KINDS)[number];

export const KINDS = ['aurora', 'elasticache', 'ecs', ...OPTIONAL_KINDS] as const;
export type Kind = (typeof KINDS)[number];

export function isOptional(kind: Kind): kind is OptionalKind {
  return OPTIONAL_KINDS.some((one) => one === kind);
}

interface Identity<K extends Kind, Type extends string> {
  readonly kind: K;
  /** As CloudFormation names it. */
  readonly type: Type;
  /** What AWS shows people: an identifier, or `cluster/service`. */
  readonly id: string;
  /** What people call it, where its id says nothing: the tag `Name` of an instance of EC2. */
  readonly name?: string;
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  readonly tags: Fact<Tags>;
}

/** A cluster of RDS: Aurora, whatever its mode, and Multi-AZ clusters of other engines, which are never touched. */
export interface DatabaseCluster extends Identity<'aurora', 'AWS::RDS::DBCluster'> {
  /** `aurora-postgresql`, `aurora-mysql`, `postgres`, ... */
  readonly engine: string;
  /** `provisioned` (Serverless v2 says so too), `serverless` for v1. */
  readonly engineMode: string;
  /** `available`, `modifying`, ... */
  readonly status: string;
  /** In Aurora capacity units, for each of its members; `null` where it has none: it is not Serverless v2. */
  readonly capacity: { readonly min: number; readonly max: number } | null;
  readonly backupRetentionDays: number;
  /** The earliest moment it can be restored to, ISO 8601 UTC. */
  readonly earliestRestorableTime: string | null;
  /** AWS Backup keeps its continuous backups, and decides how long. */
  readonly keptByAwsBackup: boolean;
  readonly storage: 'standard' | 'io-optimized';
  /** What AWS has been told to change and has not yet, by the SDK's names. */
  readonly pending: readonly string[];
  readonly memberIds: readonly string[];
  /** Why AWS would not stop it, goes on after "It": `belongs to the global database shop`; `null` where nothing is known that speaks against it. */
  readonly unstoppable: string | null;
  /** When AWS starts it again by itself, where it is stopped: ISO 8601 UTC. */
  readonly automaticRestartTime: string | null;
  /** The classes of its members, `db.serverless` among them: DescribeDBInstances tells. */
  readonly memberClasses: Fact<readonly string[]>;
  /** Capacity in use: hourly averages of every serverless member of the last 14 days. Empty where nothing was measured. */
  readonly hourlyCapacity: Fact<readonly number[]>;
}

export interface ReplicationGroup extends Identity<'elasticache', 'AWS::ElastiCache::ReplicationGroup'> {
  /** `redis`, `valkey`. */
  readonly engine: string;
  readonly nodeType: string;
  readonly status: string;
  readonly clusterMode: boolean;
  readonly multiAz: boolean;
  /** `enabled`, `enabling`, `disabled`, `disabling`. */
  readonly automaticFailover: string;
  readonly shards: readonly Shard[];
  /** The name of the Global Datastore it belongs to. */
  readonly globalGroup: string | null;
  readonly pending: readonly string[];
  /** What Application Auto Scaling holds its replicas at. */
  readonly scaling: Fact<ScalingLimits | null>;
}

export interface Shard {
  /** `0001`. */
  readonly id: string;
  readonly nodes: readonly CacheNode[];
}

export interface CacheNode {
  readonly id: string;
  readonly zone: string | null;
  /** Known with cluster mode disabled alone. */
  readonly role: 'primary' | 'replica' | null;
}

export interface FargateService extends Identity<'ecs', 'AWS::ECS::Service'> {
  readonly cluster: { readonly name: string; readonly arn: string };
  readonly serviceName: string;
  /** `ACTIVE`, `DRAINING`, `INACTIVE`. */
  readonly status: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  /** A deployment is under way. */
  readonly deploying: boolean;
  readonly scheduling: 'REPLICA' | 'DAEMON';
  /** What its tasks run on; `mixed` where its capacity providers are several. */
  readonly launch: 'FARGATE' | 'FARGATE_SPOT' | 'EC2' | 'EXTERNAL' | 'mixed';
  readonly taskDefinition: string;
  readonly task: Fact<TaskSize>;
  /** What Application Auto Scaling holds its tasks at. */
  readonly scaling: Fact<ScalingLimits | null>;
}

export interface TaskSize {
  readonly vcpu: number;
  readonly memoryGb: number;
  readonly ephemeralGb: number;
  readonly architecture: 'X86_64' | 'ARM64';
  /** `LINUX`, `WINDOWS_SERVER_2022_CORE`, ... */
  readonly operatingSystem: string;
}

/** A target registered with Application Auto Scaling. */
export interface ScalingLimits {
  readonly min: number;
  readonly max: number;
}

/** An instance of RDS that belongs to no cluster. */
export interface DatabaseInstance extends Identity<'rds', 'AWS::RDS::DBInstance'> {
  /** `postgres`, `mysql`, `mariadb`, `sqlserver-se`, `oracle-ee`, ... */
  readonly engine: string;
  /** `db.t4g.medium`. */
  readonly instanceClass: string;
  /** `available`, `stopped`, `starting`, ... */
  readonly status: string;
  readonly multiAz: boolean;
  /** As for `DatabaseCluster`: it is a read replica, has one, ... */
  readonly unstoppable: string | null;
  /** What AWS has been told to change and has not yet, by the SDK's names: stopping it would drop that. */
  readonly pending: readonly string[];
  /** When AWS starts it again by itself, where it is stopped: ISO 8601 UTC. */
  readonly automaticRestartTime: string | null;
}

/** What EC2 bills an instance by. */
export interface BilledInstance {
  /** `m5.large`. */
  readonly instanceType: string;
  /** The operating system and its licence as a bill says: `RunInstances`, `RunInstances:0002`. `null` where AWS did not say. */
  readonly operation: string | null;
  readonly tenancy: 'default' | 'dedicated' | 'host';
  /** What else it is billed by than the prices of its region: `the capacity reservation cr-1`, `the Local Zone us-west-2-lax-1a`. */
  readonly billedBy: string | null;
  /** `other` is what AWS has besides: capacity that was reserved and may be taken back. */
  readonly lifecycle: 'on-demand' | 'spot' | 'scheduled' | 'capacity-block' | 'other';
}

/** An instance of EC2 that belongs to no Auto Scaling group: those are their group's. */
export interface ComputeInstance extends Identity<'ec2', 'AWS::EC2::Instance'>, BilledInstance {
  /** `running`, `stopped`, `stopping`, `pending`. */
  readonly state: string;
  readonly rootDevice: 'ebs' | 'instance-store';
  /** The service of AWS's that runs it: `eks.amazonaws.com`. It takes no changes from others; most have none. */
  readonly operator?: string;
  /** Public addresses that it loses when it is stopped: none of them an Elastic IP. */
  readonly publicIpv4: readonly string[];
  /** How many network interfaces it has. */
  readonly interfaces: number;
  /** Its type has disks of its own, whose data a stop loses: DescribeInstanceTypes tells. */
  readonly instanceStore: Fact<boolean>;
}

/** A group of Auto Scaling (EC2 Auto Scaling, not Application Auto Scaling). */
export interface AutoScalingGroup extends Identity<'asg', 'AWS::AutoScaling::AutoScalingGroup'> {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** What its size is counted in. */
  readonly unit: 'units' | 'vcpu' | 'memory-mib';
  /** `Delete in progress`; `null` where it has none. */
  readonly status: string | null;
  readonly instances: readonly { readonly id: string; readonly state: string; readonly protected: boolean }[];
  /** `Launch`, `Terminate`, ... */
  readonly suspended: readonly string[];
  /** It keeps instances in reserve, which its size does not count. */
  readonly warmPool: boolean;
  /** Its running instances, as EC2 bills them: DescribeInstances tells. */
  readonly members: Fact<readonly BilledInstance[]>;
}

export type Found =
  | DatabaseCluster
  | ReplicationGroup
  | FargateService
  | DatabaseInstance
  | ComputeInstance
  | AutoScalingGroup;
