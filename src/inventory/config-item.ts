/**
 * What AWS Config records of a resource, turned into our model. Config names the parts of an API's answer in camel case;
 * which there are of each type: https://github.com/awslabs/aws-config-resource-schema
 */
import type { ConfigurationItem as SdkItem } from '@aws-sdk/client-config-service';
import * as z from 'zod';

import { present } from '../aws/errors.ts';
import { known, notCollected, tagMap } from '../engine/model.ts';
import type {
  BucketEncryption,
  DbCluster,
  DbInstance,
  EbsVolume,
  Ec2Instance,
  Fact,
  IngressPermission,
  NetworkInterface,
  Resource,
  S3Bucket,
  SecurityGroup,
  Tags,
} from '../engine/model.ts';
import { isForeignEngine } from './collectors/rds-engines.ts';

/** The head that every item has, and an oversized item's summary too. */
export const configItemHead = z.object({
  resourceType: z.string().min(1),
  /** Config's own: of a database, the id that stays when it is renamed. */
  resourceId: z.string().min(1),
  /** Of a database, its identifier. */
  resourceName: z.string().nullish(),
  awsAccountId: z.string().min(1),
  awsRegion: z.string().min(1),
  configurationItemStatus: z.string(),
  configurationItemCaptureTime: z.iso.datetime(),
});

export const configItem = configItemHead.extend({
  tags: z.unknown(),
  configuration: z.unknown(),
  supplementaryConfiguration: z.unknown(),
});

export type ConfigItemHead = z.output<typeof configItemHead>;
export type ConfigItem = z.output<typeof configItem>;

const RECORDED_TYPES = [
  'AWS::EC2::Instance',
  'AWS::EC2::Volume',
  'AWS::EC2::SecurityGroup',
  'AWS::S3::Bucket',
  'AWS::RDS::DBInstance',
  'AWS::RDS::DBCluster',
] as const satisfies readonly Resource['type'][];

/** Types of our model that Config records. */
export type RecordedType = (typeof RECORDED_TYPES)[number];

export type ItemReading =
  | { readonly kind: 'resource'; readonly resource: Resource }
  /** Not what our type of the same name means; `why` is a whole sentence. */
  | { readonly kind: 'foreign'; readonly why: string }
  /** Something is missing that AWS always records; `why` is a whole sentence. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** What identifies a recorded resource in our model. */
export interface RecordedIdentity<Type extends RecordedType = RecordedType> {
  readonly type: Type;
  readonly id: string;
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
}

export function isRecordedType(type: string): type is RecordedType {
  return (RECORDED_TYPES as readonly string[]).includes(type);
}

/** The same identity that the collectors give: it holds where nothing else of the resource is left. */
export function identityOf<Type extends RecordedType>(
  type: Type,
  {
    resourceId,
    resourceName,
    awsAccountId: accountId,
    awsRegion: region,
  }: Pick<ConfigItemHead, 'resourceId' | 'resourceName' | 'awsAccountId' | 'awsRegion'>,
  partition: string,
): RecordedIdentity<Type> {
  const isDatabase = type === 'AWS::RDS::DBInstance' || type === 'AWS::RDS::DBCluster';
  const id = isDatabase ? (resourceName ?? resourceId) : resourceId;
  return { type, id, arn: arnOf(type, id, { accountId, partition, region }), accountId, region };
}

function arnOf(
  type: RecordedType,
  id: string,
  { accountId, partition, region }: { readonly accountId: string; readonly partition: string; readonly region: string },
): string {
  switch (type) {
    case 'AWS::EC2::Instance':
      return `arn:${partition}:ec2:${region}:${accountId}:instance/${id}`;
    case 'AWS::EC2::Volume':
      return `arn:${partition}:ec2:${region}:${accountId}:volume/${id}`;
    case 'AWS::EC2::SecurityGroup':
      return `arn:${partition}:ec2:${region}:${accountId}:security-group/${id}`;
    case 'AWS::S3::Bucket':
      return `arn:${partition}:s3:::${id}`;
    case 'AWS::RDS::DBInstance':
      return `arn:${partition}:rds:${region}:${accountId}:db:${id}`;
    case 'AWS::RDS::DBCluster':
      return `arn:${partition}:rds:${region}:${accountId}:cluster:${id}`;
  }
}

/** The resource that an item tells of. What the item lacks is not collected: it is never guessed. */
export function readConfigItem(type: RecordedType, item: ConfigItem, partition: string): ItemReading {
  try {
    return readAs(type, item, partition);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const path = ['configuration', ...(error.issues[0]?.path ?? [])].join('.');
    return {
      kind: 'unreadable',
      why: `AWS Config's record of ${item.resourceId} does not have ${path} as AWS records it.`,
    };
  }
}

function readAs(type: RecordedType, item: ConfigItem, partition: string): ItemReading {
  switch (type) {
    case 'AWS::EC2::Instance':
      return { kind: 'resource', resource: readInstance(item, identityOf(type, item, partition)) };
    case 'AWS::EC2::Volume':
      return { kind: 'resource', resource: readVolume(item, identityOf(type, item, partition)) };
    case 'AWS::EC2::SecurityGroup':
      return { kind: 'resource', resource: readSecurityGroup(item, identityOf(type, item, partition)) };
    case 'AWS::S3::Bucket':
      return { kind: 'resource', resource: readBucket(item, identityOf(type, item, partition)) };
    case 'AWS::RDS::DBInstance':
      return unlessForeign(readDbInstance(item, identityOf(type, item, partition)));
    case 'AWS::RDS::DBCluster':
      return unlessForeign(readDbCluster(item, identityOf(type, item, partition)));
  }
}

/** Config records what answers on the API of RDS under RDS's types, as the collectors do not. */
function unlessForeign(resource: DbInstance | DbCluster): ItemReading {
  if (!isForeignEngine(resource.engine)) return { kind: 'resource', resource };
  return {
    kind: 'foreign',
    why: `${resource.id} is a database of ${resource.engine}, which is not judged as one of RDS.`,
  };
}

const association = z.object({ publicIp: z.string().nullish() }).nullish();
const groups = z.array(z.object({ groupId: z.string() }));

const ec2Instance = z.object({
  instanceType: z.string(),
  state: z.object({ name: z.string() }),
  publicIpAddress: z.string().nullish(),
  securityGroups: groups,
  networkInterfaces: z.array(
    z.object({
      networkInterfaceId: z.string(),
      groups,
      association,
      privateIpAddresses: z.array(z.object({ association })),
      ipv6Addresses: z.array(z.object({ ipv6Address: z.string() })),
    }),
  ),
});
type RecordedInterface = z.output<typeof ec2Instance>['networkInterfaces'][number];

function readInstance(item: ConfigItem, identity: RecordedIdentity<'AWS::EC2::Instance'>): Ec2Instance {
  const instance = ec2Instance.parse(item.configuration);
  const inGroups = [instance.securityGroups, ...instance.networkInterfaces.map((each) => each.groups)].flat();
  return {
    ...identity,
    tags: tagsOf(item),
    instanceType: instance.instanceType,
    state: instance.state.name,
    networkInterfaces: withOwnAddress(instance.networkInterfaces.map(readInterface), instance.publicIpAddress),
    securityGroupIds: [...new Set(inGroups.map(({ groupId }) => groupId))],
  };
}

function readInterface(recorded: RecordedInterface): NetworkInterface {
  const addresses = [recorded, ...recorded.privateIpAddresses].map((each) => each.association?.publicIp);
  return {
    id: recorded.networkInterfaceId,
    publicIpv4: [...new Set(addresses.filter((address) => typeof address === 'string'))],
    ipv6: recorded.ipv6Addresses.map(({ ipv6Address }) => ipv6Address),
  };
}

/** An address of the instance's that is on no interface stands alone, as the collector has it. */
function withOwnAddress(interfaces: NetworkInterface[], address: string | null | undefined): NetworkInterface[] {
  if (!address || interfaces.some(({ publicIpv4 }) => publicIpv4.includes(address))) return interfaces;
  return [...interfaces, { id: '', publicIpv4: [address], ipv6: [] }];
}

/** Config has a volume's state in a field of its own, and an attachment's without. */
const state = z.union([z.string(), z.object({ value: z.string() }).transform(({ value }) => value)]);

const ebsVolume = z.object({
  state,
  encrypted: z.boolean(),
  kmsKeyId: z.string().nullish(),
  attachments: z.array(z.object({ instanceId: z.string().nullish(), state })),
});

/** What is detaching no longer counts as attached; what hangs on to it (`busy`) still does. */
const ATTACHED: ReadonlySet<string> = new Set(['attached', 'attaching', 'busy']);

function readVolume(item: ConfigItem, identity: RecordedIdentity<'AWS::EC2::Volume'>): EbsVolume {
  const volume = ebsVolume.parse(item.configuration);
  return {
    ...identity,
    tags: tagsOf(item),
    state: volume.state,
    encrypted: volume.encrypted,
    kmsKeyId: volume.kmsKeyId || null,
    attachedInstanceIds: volume.attachments
      .filter((attachment) => ATTACHED.has(attachment.state))
      .flatMap(({ instanceId }) => instanceId ?? []),
  };
}

const securityGroup = z.object({
  groupName: z.string(),
  ipPermissions: z.array(
    z.object({
      ipProtocol: z.string(),
      fromPort: z.number().nullish(),
      toPort: z.number().nullish(),
      ipv4Ranges: z.array(z.object({ cidrIp: z.string() })),
      ipv6Ranges: z.array(z.object({ cidrIpv6: z.string() })),
      prefixListIds: z.array(z.object({ prefixListId: z.string() })),
    }),
  ),
});
type RecordedPermission = z.output<typeof securityGroup>['ipPermissions'][number];

function readSecurityGroup(item: ConfigItem, identity: RecordedIdentity<'AWS::EC2::SecurityGroup'>): SecurityGroup {
  const group = securityGroup.parse(item.configuration);
  return {
    ...identity,
    tags: tagsOf(item),
    groupName: group.groupName,
    ingress: group.ipPermissions.map(readPermission),
  };
}

function readPermission(permission: RecordedPermission): IngressPermission {
  return {
    protocol: permission.ipProtocol,
    fromPort: permission.fromPort ?? null,
    toPort: permission.toPort ?? null,
    ipv4: permission.ipv4Ranges.map(({ cidrIp }) => cidrIp),
    ipv6: permission.ipv6Ranges.map(({ cidrIpv6 }) => cidrIpv6),
    prefixListIds: permission.prefixListIds.map(({ prefixListId }) => prefixListId),
  };
}

function readBucket(item: ConfigItem, identity: RecordedIdentity<'AWS::S3::Bucket'>): S3Bucket {
  return { ...identity, tags: tagsOf(item), encryption: encryptionOf(item) };
}

const bucketEncryption = z.object({
  rules: z.tuple(
    [
      z.object({
        applyServerSideEncryptionByDefault: z.object({
          sseAlgorithm: z.string().min(1),
          kmsMasterKeyID: z.string().nullish(),
        }),
      }),
    ],
    z.unknown(),
  ),
});

/** An item without the part does not say that the bucket has no encryption: Config may have been denied it. */
function encryptionOf({ supplementaryConfiguration }: ConfigItem): Fact<BucketEncryption | null> {
  const part = isMap(supplementaryConfiguration)
    ? supplementaryConfiguration['ServerSideEncryptionConfiguration']
    : undefined;
  const { data } = bucketEncryption.safeParse(typeof part === 'string' ? tryParse(part) : part);
  if (data === undefined) return notCollected;
  const { sseAlgorithm, kmsMasterKeyID } = data.rules[0].applyServerSideEncryptionByDefault;
  return known({ algorithm: sseAlgorithm, kmsKeyId: kmsMasterKeyID || null });
}

/** Names in small letters: Config has `dBInstanceArn` of an instance and `dbclusterArn` of a cluster. */
const dbInstance = z.object({
  dbinstanceidentifier: z.string(),
  dbinstancearn: z.string(),
  dbinstancestatus: z.string(),
  engine: z.string(),
  engineversion: z.string(),
  backupretentionperiod: z.number(),
  dbclusteridentifier: z.string().nullish(),
  readreplicasourcedbinstanceidentifier: z.string().nullish(),
  readreplicasourcedbclusteridentifier: z.string().nullish(),
});

function readDbInstance(item: ConfigItem, identity: RecordedIdentity<'AWS::RDS::DBInstance'>): DbInstance {
  const instance = dbInstance.parse(inSmallLetters(item.configuration));
  return {
    ...identity,
    id: instance.dbinstanceidentifier,
    arn: instance.dbinstancearn,
    tags: tagsOf(item),
    status: instance.dbinstancestatus,
    engine: instance.engine,
    engineVersion: instance.engineversion,
    backupRetentionPeriod: instance.backupretentionperiod,
    dbClusterIdentifier: instance.dbclusteridentifier || null,
    replicationSource:
      instance.readreplicasourcedbinstanceidentifier || instance.readreplicasourcedbclusteridentifier || null,
    resourceId: item.resourceId,
  };
}

const dbCluster = z.object({
  dbclusteridentifier: z.string(),
  dbclusterarn: z.string(),
  status: z.string(),
  engine: z.string(),
  backupretentionperiod: z.number(),
  replicationsourceidentifier: z.string().nullish(),
});

function readDbCluster(item: ConfigItem, identity: RecordedIdentity<'AWS::RDS::DBCluster'>): DbCluster {
  const cluster = dbCluster.parse(inSmallLetters(item.configuration));
  return {
    ...identity,
    id: cluster.dbclusteridentifier,
    arn: cluster.dbclusterarn,
    tags: tagsOf(item),
    status: cluster.status,
    engine: cluster.engine,
    backupRetentionPeriod: cluster.backupretentionperiod,
    replicationSource: cluster.replicationsourceidentifier || null,
    resourceId: item.resourceId,
  };
}

function inSmallLetters(configuration: unknown): unknown {
  if (!isMap(configuration)) return configuration;
  return Object.fromEntries(Object.entries(configuration).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Not through a schema: a tag may be called `__proto__`. */
function tagsOf({ tags }: ConfigItem): Fact<Tags> {
  if (!isMap(tags)) return notCollected;
  const entries = Object.entries(tags);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
    ? known(tagMap(entries))
    : notCollected;
}

/**
 * An item as `GetResourceConfigHistory` gives it, in the shape of one in an event: there the names differ, and what is
 * nested is text.
 *
 * @throws MalformedAnswerError where an element is missing that AWS always sends
 */
export function itemFromHistory(item: SdkItem): ConfigItem {
  return {
    resourceType: present(item.resourceType, 'resourceType'),
    resourceId: present(item.resourceId, 'resourceId'),
    resourceName: item.resourceName,
    awsAccountId: present(item.accountId, 'accountId'),
    awsRegion: present(item.awsRegion, 'awsRegion'),
    configurationItemStatus: present(item.configurationItemStatus, 'configurationItemStatus'),
    configurationItemCaptureTime: present(
      item.configurationItemCaptureTime,
      'configurationItemCaptureTime',
    ).toISOString(),
    tags: item.tags,
    configuration: item.configuration === undefined ? undefined : tryParse(item.configuration),
    supplementaryConfiguration: item.supplementaryConfiguration,
  };
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
