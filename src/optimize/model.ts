/** What an environment has that can be scaled down, as AWS gives it this moment. */
import type { Fact, Tags } from '../engine/model.ts';

export const KINDS = ['aurora', 'elasticache', 'ecs'] as const;
export type Kind = (typeof KINDS)[number];

interface Identity<K extends Kind, Type extends string> {
  readonly kind: K;
  /** As CloudFormation names it. */
  readonly type: Type;
  /** What AWS shows people: an identifier, or `cluster/service`. */
  readonly id: string;
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
  readonly name: string;
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

export type Found = DatabaseCluster | ReplicationGroup | FargateService;
