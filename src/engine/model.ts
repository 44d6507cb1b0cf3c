/**
 * The one normalised model that rules see, wherever a resource came from. Types are named as CloudFormation names them,
 * fields as the AWS SDK names them. Nothing here knows where the data came from.
 */

/** A value that access may deny: read whole, or not read for a reason. "Read, and absent" is a known `null`. */
export type Fact<T> = Known<T> | Unread;

export interface Known<T> {
  readonly known: true;
  readonly value: T;
}

export interface Unread {
  readonly known: false;
  readonly reason: UnreadReason;
  /** The IAM action that would settle it, where access was denied. */
  readonly permission?: string;
}

/** Why a call gave nothing: what `gaps[].reason` says in the scan document. */
export type GapReason = 'denied' | 'throttled' | 'unreachable' | 'deadline' | 'interrupted' | 'error';

/** A fact may also be missing because its source was never asked for it. */
export type UnreadReason = GapReason | 'not-collected';

export function known<T>(value: T): Known<T> {
  return { known: true, value };
}

export const notCollected: Unread = { known: false, reason: 'not-collected' };

/** Tags by key. Has no prototype: a tag may be called `__proto__`. */
export type Tags = Readonly<Record<string, string>>;

/** Builds a prototype-less tag map; of a key given twice the last value stays, as AWS keeps it. */
export function tagMap(entries: Iterable<readonly [key: string, value: string]>): Tags {
  const tags = Object.create(null) as Record<string, string>;
  for (const [key, value] of entries) tags[key] = value;
  return tags;
}

interface Identity<Type extends string> {
  readonly type: Type;
  /** The id AWS shows people: `i-0abc`, a bucket's name, a database's identifier. */
  readonly id: string;
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  readonly tags: Fact<Tags>;
}

export interface Ec2Instance extends Identity<'AWS::EC2::Instance'> {
  readonly instanceType: string;
  readonly state: string;
  readonly networkInterfaces: readonly NetworkInterface[];
  /** Every group on any interface, each once. */
  readonly securityGroupIds: readonly string[];
}

export interface NetworkInterface {
  readonly id: string;
  /** Public IPv4 addresses, Elastic IPs among them, of the primary and every secondary private address. */
  readonly publicIpv4: readonly string[];
  /** IPv6 addresses, whatever their scope. */
  readonly ipv6: readonly string[];
}

export interface EbsVolume extends Identity<'AWS::EC2::Volume'> {
  readonly state: string;
  readonly encrypted: boolean;
  /** ARN of the KMS key, for an encrypted volume. */
  readonly kmsKeyId: string | null;
  /** Ids of the instances the volume is attached to; Multi-Attach allows several. */
  readonly attachedInstanceIds: readonly string[];
}

export interface SecurityGroup extends Identity<'AWS::EC2::SecurityGroup'> {
  readonly groupName: string;
  readonly ingress: readonly IngressPermission[];
}

export interface IngressPermission {
  /** `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number, or `-1` for all of them. */
  readonly protocol: string;
  /** Absent where the protocol has no ports; for ICMP the type, `-1` for all. */
  readonly fromPort: number | null;
  readonly toPort: number | null;
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  readonly prefixListIds: readonly string[];
}

export interface PrefixList extends Identity<'AWS::EC2::PrefixList'> {
  /** CIDR blocks, all of one address family. */
  readonly entries: Fact<readonly string[]>;
}

export interface S3Bucket extends Identity<'AWS::S3::Bucket'> {
  /** The default encryption; a known `null` where the bucket has none. */
  readonly encryption: Fact<BucketEncryption | null>;
}

export interface BucketEncryption {
  /** `AES256`, `aws:kms`, `aws:kms:dsse`, or whatever AWS adds next. */
  readonly algorithm: string;
  /** The KMS key as configured; `null` for SSE-S3 and for the AWS managed key. */
  readonly kmsKeyId: string | null;
}

export interface DbInstance extends Identity<'AWS::RDS::DBInstance'> {
  readonly status: string;
  readonly engine: string;
  readonly engineVersion: string;
  /** Days; 0 means that automated backups are off. */
  readonly backupRetentionPeriod: number;
  /** The cluster the instance is a member of, if any. */
  readonly dbClusterIdentifier: string | null;
  /** The instance or cluster that this one replicates, if it is a read replica. */
  readonly replicationSource: string | null;
  /** `db-ABC...`, which stays when the instance is renamed; a snapshot of an older version lacks it. */
  readonly resourceId?: string;
}

export interface DbCluster extends Identity<'AWS::RDS::DBCluster'> {
  readonly status: string;
  readonly engine: string;
  readonly backupRetentionPeriod: number;
  readonly replicationSource: string | null;
  /** `cluster-ABC...`, which stays when the cluster is renamed; a snapshot of an older version lacks it. */
  readonly resourceId?: string;
}

export interface ResourceTypes {
  'AWS::EC2::Instance': Ec2Instance;
  'AWS::EC2::Volume': EbsVolume;
  'AWS::EC2::SecurityGroup': SecurityGroup;
  'AWS::EC2::PrefixList': PrefixList;
  'AWS::S3::Bucket': S3Bucket;
  'AWS::RDS::DBInstance': DbInstance;
  'AWS::RDS::DBCluster': DbCluster;
}

export type ResourceType = keyof ResourceTypes;
export type Resource = ResourceTypes[ResourceType];
export type ResourceOf<Type extends ResourceType> = ResourceTypes[Type];

/** The names of a type's facts: the fields that a source may have, or not. */
export type FactName<Type extends ResourceType> = {
  [Field in keyof ResourceOf<Type>]: ResourceOf<Type>[Field] extends Fact<unknown> ? Field : never;
}[keyof ResourceOf<Type>] &
  string;

/** The same at run time. What a source lacks of these reads as not collected. */
export const FACT_NAMES: { readonly [Type in ResourceType]: readonly FactName<Type>[] } = {
  'AWS::EC2::Instance': ['tags'],
  'AWS::EC2::Volume': ['tags'],
  'AWS::EC2::SecurityGroup': ['tags'],
  'AWS::EC2::PrefixList': ['tags', 'entries'],
  'AWS::S3::Bucket': ['tags', 'encryption'],
  'AWS::RDS::DBInstance': ['tags'],
  'AWS::RDS::DBCluster': ['tags'],
};

/**
 * In what order types stream, so that what a relation points at comes first: a prefix list before the groups that name
 * it, a group before its instances, an instance before its volumes, a cluster before its members.
 */
export const STREAM_ORDER: readonly ResourceType[] = [
  'AWS::EC2::PrefixList',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::Instance',
  'AWS::EC2::Volume',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
];

/** Why a resource is not judged by any rule - it is on its way out - or `undefined` where it is. */
export function departed(resource: Resource): string | undefined {
  switch (resource.type) {
    case 'AWS::EC2::Instance':
      return resource.state === 'terminated' || resource.state === 'shutting-down' ? resource.state : undefined;
    case 'AWS::EC2::Volume':
      return resource.state === 'deleting' || resource.state === 'deleted' ? resource.state : undefined;
    case 'AWS::RDS::DBInstance':
    case 'AWS::RDS::DBCluster':
      return resource.status === 'deleting' ? resource.status : undefined;
    default:
      return undefined;
  }
}
