/** An account in memory, as far as remediation reads and changes it, and a store of records beside it. */
import { EC2Client } from '@aws-sdk/client-ec2';
import type { IpPermission } from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import type { ServerSideEncryptionRule } from '@aws-sdk/client-s3';

import type { Clients } from '../../src/aws/clients.ts';
import { AuditConflictError, auditText, isOf, parseAudit } from '../../src/remediate/audit.ts';
import type { AuditRecord, AuditStore } from '../../src/remediate/audit.ts';
import { serviceError } from './aws-errors.ts';
import { onlyClients } from './clients.ts';

/** What is in the account; calls read and change it in place. */
export interface Estate {
  buckets: Record<string, { rule: ServerSideEncryptionRule | null; tags?: Record<string, string> }>;
  volumes: Record<string, { encrypted: boolean }>;
  ebsDefault: boolean;
  instances: Record<string, { tags: Record<string, string>; state?: string }>;
  groups: Record<string, { ingress: IpPermission[]; taggedRules?: string[]; tags?: Record<string, string> }>;
  databases: Record<string, { days: number; pending?: number }>;
  clusters: Record<string, { days: number; pending?: number }>;
  /** Text or bytes by `bucket/key`. */
  objects: Record<string, string | Uint8Array>;
}

export function estate(parts: Partial<Estate> = {}): Estate {
  return {
    buckets: {},
    volumes: {},
    ebsDefault: false,
    instances: {},
    groups: {},
    databases: {},
    clusters: {},
    objects: {},
    ...parts,
  };
}

/** Stands between a caller and what it calls: runs the effect, or does not, or never comes back. */
export type Gate = <T>(operation: string, effect: () => T) => Promise<T>;

const openGate: Gate = async (_operation, effect) => effect();

export interface MemoryAws {
  readonly clients: Clients;
  /** Every call, in order: its operation and what it was given. */
  readonly calls: readonly { readonly operation: string; readonly input: object }[];
  /** The calls that change something. */
  readonly changes: () => string[];
}

type Input = Readonly<Record<string, never>>;

/** @param gate every call goes through it */
export function memoryAws(state: Estate, gate: Gate = openGate): MemoryAws {
  const calls: { operation: string; input: object }[] = [];
  const settings = { region: 'eu-west-1', credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' } };
  const clients = {
    ec2: new EC2Client(settings),
    s3: new S3Client(settings),
    rds: new RDSClient(settings),
  };
  const answers: Record<string, (input: Input) => object> = {
    ...bucketCalls(state),
    ...ec2Calls(state),
    ...databaseCalls(state),
    ...objectCalls(state),
  };
  const send = async (command: { input: object; constructor: { name: string } }) => {
    const operation = command.constructor.name.replace(/Command$/, '');
    const answer = answers[operation];
    if (answer === undefined) throw new Error(`The account in memory knows no ${operation}.`);
    calls.push({ operation, input: command.input });
    const given = await gate(operation, () => answer(command.input as Input));
    return { $metadata: { requestId: `request-${operation}` }, ...cloned(given) };
  };
  for (const client of Object.values(clients)) Object.assign(client, { send });
  return {
    clients: onlyClients(clients),
    calls,
    changes: () =>
      calls.map(({ operation }) => operation).filter((operation) => !/^(Get|Describe|List|PutObject)/.test(operation)),
  };
}

/** What a stream holds cannot be copied, and need not be. */
function cloned(answer: object): object {
  return 'Body' in answer ? answer : structuredClone(answer);
}

function objectCalls({ objects }: Estate): Record<string, (input: Input) => object> {
  const etagOf = (body: string | Uint8Array) => JSON.stringify(String(body).slice(-300));
  return {
    GetObject: ({ Bucket, Key }) => {
      const body = objects[`${Bucket}/${Key}`];
      if (body === undefined) throw serviceError('NoSuchKey', 404, 'The specified key does not exist.');
      const bytes = Buffer.from(body);
      const Body = { transformToString: async () => bytes.toString(), transformToByteArray: async () => bytes };
      return { Body, ETag: etagOf(body) };
    },
    PutObject: ({ Bucket, Key, Body, IfNoneMatch, IfMatch }) => {
      const there = objects[`${Bucket}/${Key}`];
      const refused = IfNoneMatch === '*' ? there !== undefined : there === undefined || etagOf(there) !== IfMatch;
      if (refused) throw serviceError('PreconditionFailed', 412, 'At least one of the pre-conditions did not hold');
      objects[`${Bucket}/${Key}`] = Body as unknown as string;
      return { ETag: etagOf(Body as unknown as string) };
    },
    ListObjectsV2: ({ Bucket, Prefix = '' }) => {
      const keys = Object.keys(objects).flatMap((name) =>
        name.startsWith(`${Bucket}/${Prefix}`) ? [name.slice(`${Bucket}/`.length)] : [],
      );
      return { KeyCount: keys.length, Contents: keys.toSorted().map((Key) => ({ Key })) };
    },
  };
}

function bucketCalls({ buckets }: Estate): Record<string, (input: Input) => object> {
  const bucketOf = ({ Bucket }: Input) => {
    const found = buckets[Bucket ?? ''];
    if (found === undefined) throw serviceError('NoSuchBucket', 404, 'The specified bucket does not exist');
    return found;
  };
  return {
    GetBucketEncryption: (input) => {
      const { rule } = bucketOf(input);
      if (rule !== null) return { ServerSideEncryptionConfiguration: { Rules: [rule] } };
      throw serviceError('ServerSideEncryptionConfigurationNotFoundError', 404, 'There is none');
    },
    GetBucketTagging: (input) => {
      const { tags } = bucketOf(input);
      if (tags === undefined) throw serviceError('NoSuchTagSet', 404, 'The TagSet does not exist');
      return { TagSet: tagList(tags) };
    },
    PutBucketEncryption: (input) => {
      const { Rules } = input['ServerSideEncryptionConfiguration'] as unknown as { Rules: ServerSideEncryptionRule[] };
      bucketOf(input).rule = Rules[0] ?? null;
      return {};
    },
    DeleteBucketEncryption: (input) => {
      bucketOf(input).rule = null;
      return {};
    },
  };
}

function ec2Calls(state: Estate): Record<string, (input: Input) => object> {
  const { volumes, instances, groups } = state;
  return {
    DescribeVolumes: ({ VolumeIds }) => {
      const [id = ''] = VolumeIds as unknown as string[];
      const found = volumes[id];
      if (found === undefined) throw serviceError('InvalidVolume.NotFound', 400, `The volume '${id}' does not exist`);
      return { Volumes: [{ VolumeId: id, State: 'in-use', Encrypted: found.encrypted }] };
    },
    GetEbsEncryptionByDefault: () => ({ EbsEncryptionByDefault: state.ebsDefault }),
    EnableEbsEncryptionByDefault: () => {
      state.ebsDefault = true;
      return { EbsEncryptionByDefault: true };
    },
    DisableEbsEncryptionByDefault: () => {
      state.ebsDefault = false;
      return { EbsEncryptionByDefault: false };
    },
    DescribeInstances: ({ InstanceIds }) => {
      const [id = ''] = InstanceIds as unknown as string[];
      const found = instances[id];
      if (found === undefined) {
        throw serviceError('InvalidInstanceID.NotFound', 400, `The instance ID '${id}' does not exist`);
      }
      const { tags, state: Name = 'running' } = found;
      const instance = { InstanceId: id, InstanceType: 't3.micro', State: { Name }, Tags: tagList(tags) };
      return { Reservations: [{ Instances: [instance] }] };
    },
    CreateTags: ({ Resources, Tags }) => {
      const [id = ''] = Resources as unknown as string[];
      for (const { Key, Value } of Tags as unknown as { Key: string; Value: string }[])
        instances[id]!.tags[Key] = Value;
      return {};
    },
    DeleteTags: ({ Resources, Tags }) => {
      const [id = ''] = Resources as unknown as string[];
      const { tags } = instances[id]!;
      for (const { Key, Value } of Tags as unknown as { Key: string; Value: string }[]) {
        if (tags[Key] === Value) delete tags[Key];
      }
      return {};
    },
    ...groupCalls(groups),
  };
}

function groupCalls(groups: Estate['groups']): Record<string, (input: Input) => object> {
  const groupOf = (id: string) => {
    const found = groups[id];
    if (found === undefined) throw serviceError('InvalidGroup.NotFound', 400, `The group '${id}' does not exist`);
    return found;
  };
  return {
    DescribeSecurityGroups: ({ GroupIds }) => {
      const [id = ''] = GroupIds as unknown as string[];
      const { ingress, tags = {} } = groupOf(id);
      const IpPermissions = ingress.map((permission) => ({
        IpRanges: [],
        Ipv6Ranges: [],
        PrefixListIds: [],
        UserIdGroupPairs: [],
        ...permission,
      }));
      return { SecurityGroups: [{ GroupId: id, GroupName: 'web', IpPermissions, Tags: tagList(tags) }] };
    },
    DescribeSecurityGroupRules: ({ Filters }) => {
      const [id = ''] = (Filters as unknown as { Values: string[] }[])[0]?.Values ?? [];
      const { ingress, taggedRules = [] } = groupOf(id);
      const SecurityGroupRules = ingress.flatMap(({ IpProtocol, FromPort = -1, ToPort = -1, ...sources }) =>
        [
          ...(sources.IpRanges ?? []).map(({ CidrIp }) => ({ CidrIpv4: CidrIp, cidr: CidrIp })),
          ...(sources.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => ({ CidrIpv6, cidr: CidrIpv6 })),
          ...(sources.PrefixListIds ?? []).map(({ PrefixListId }) => ({ PrefixListId, cidr: PrefixListId })),
        ].map(({ cidr, ...source }) => ({
          IsEgress: false,
          IpProtocol,
          FromPort,
          ToPort,
          ...source,
          ...(taggedRules.includes(cidr ?? '') && { Tags: [{ Key: 'why', Value: 'audit' }] }),
        })),
      );
      return {
        SecurityGroupRules: [...SecurityGroupRules, { IsEgress: true, IpProtocol: '-1', CidrIpv4: '0.0.0.0/0' }],
      };
    },
    RevokeSecurityGroupIngress: ({ GroupId, IpPermissions }) => {
      const group = groupOf(GroupId ?? '');
      const gone = new Set((IpPermissions as unknown as IpPermission[]).map(ruleKey));
      group.ingress = group.ingress.filter((permission) => !gone.has(ruleKey(permission)));
      return { Return: true };
    },
    AuthorizeSecurityGroupIngress: ({ GroupId, IpPermissions }) => {
      groupOf(GroupId ?? '').ingress.push(...(IpPermissions as unknown as IpPermission[]));
      return { Return: true };
    },
  };
}

/** A permission of one source, without its description. */
function ruleKey({ IpProtocol, FromPort, ToPort, IpRanges, Ipv6Ranges }: IpPermission): string {
  const sources = [
    ...(IpRanges ?? []).map(({ CidrIp }) => CidrIp),
    ...(Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
  ];
  return JSON.stringify([IpProtocol, FromPort, ToPort, sources]);
}

function databaseCalls({ databases, clusters }: Estate): Record<string, (input: Input) => object> {
  const common = { Engine: 'mysql', EngineVersion: '8.0.40', DBInstanceStatus: 'available', Status: 'available' };
  const found = (kind: 'Instance' | 'Cluster', id: string) => {
    const database = (kind === 'Instance' ? databases : clusters)[id];
    if (database === undefined) throw serviceError(`DB${kind}NotFoundFault`, 404, `DB${kind} ${id} not found`);
    const arn = `arn:aws:rds:eu-west-1:111122223333:${kind === 'Instance' ? 'db' : 'cluster'}:${id}`;
    return {
      ...common,
      [`DB${kind}Identifier`]: id,
      [`DB${kind}Arn`]: arn,
      BackupRetentionPeriod: database.days,
      ...(database.pending !== undefined && { PendingModifiedValues: { BackupRetentionPeriod: database.pending } }),
    };
  };
  return {
    DescribeDBInstances: ({ DBInstanceIdentifier = '' }) => ({
      DBInstances: [found('Instance', DBInstanceIdentifier)],
    }),
    DescribeDBClusters: ({ DBClusterIdentifier = '' }) => ({ DBClusters: [found('Cluster', DBClusterIdentifier)] }),
    ModifyDBInstance: ({ DBInstanceIdentifier = '', BackupRetentionPeriod }) => {
      databases[DBInstanceIdentifier] = { days: BackupRetentionPeriod as unknown as number };
      return {};
    },
    ModifyDBCluster: ({ DBClusterIdentifier = '', BackupRetentionPeriod }) => {
      clusters[DBClusterIdentifier] = { days: BackupRetentionPeriod as unknown as number };
      return {};
    },
  };
}

function tagList(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export interface MemoryStore extends AuditStore {
  /** The records as they were last written, in order. */
  readonly records: () => AuditRecord[];
}

/** @param gate every call goes through it */
export function memoryStore(texts = new Map<string, string>(), gate: Gate = openGate): MemoryStore {
  return {
    place: 'memory',
    records: () => [...texts.values()].map(parseAudit),
    create: async (record) =>
      gate('create', () => {
        if (texts.has(record.id)) return undefined;
        texts.set(record.id, auditText(record));
        return { record, version: auditText(record) };
      }),
    complete: async ({ version }, record) =>
      gate('complete', () => {
        if (texts.get(record.id) !== version) throw new AuditConflictError(`${record.id} has been changed`);
        texts.set(record.id, auditText(record));
        return { record, version: auditText(record) };
      }),
    find: async (id) =>
      gate('find', () =>
        [...texts].flatMap(([recordId, text]) =>
          isOf(id, recordId) ? [{ record: parseAudit(text), version: text }] : [],
        ),
      ),
  };
}
