/** Resources as rules see them: sound ones, of which a test changes what it is about. */
import { known, tagMap } from '../../src/engine/model.ts';
import type {
  DbCluster,
  DbInstance,
  EbsVolume,
  Ec2Instance,
  IngressPermission,
  PrefixList,
  S3Bucket,
  SecurityGroup,
  Unread,
} from '../../src/engine/model.ts';

const ACCOUNT = '111122223333';
const REGION = 'eu-west-1';

export const denied = (permission: string): Unread => ({ known: false, reason: 'denied', permission });

export const tags = (entries: Record<string, string>) => known(tagMap(Object.entries(entries)));

export function instance(changes: Partial<Ec2Instance> = {}): Ec2Instance {
  const id = changes.id ?? 'i-0123456789abcdef0';
  return {
    type: 'AWS::EC2::Instance',
    id,
    arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: tags({ Environment: 'dev', Owner: 'ada', CostCenter: '42' }),
    instanceType: 't3.micro',
    state: 'running',
    networkInterfaces: [{ id: 'eni-1', publicIpv4: [], ipv6: [] }],
    securityGroupIds: ['sg-1'],
    ...changes,
  };
}

export function volume(changes: Partial<EbsVolume> = {}): EbsVolume {
  const id = changes.id ?? 'vol-1';
  return {
    type: 'AWS::EC2::Volume',
    id,
    arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:volume/${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: tags({}),
    state: 'in-use',
    encrypted: true,
    kmsKeyId: `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
    attachedInstanceIds: ['i-0123456789abcdef0'],
    ...changes,
  };
}

export function securityGroup(changes: Partial<SecurityGroup> = {}): SecurityGroup {
  const id = changes.id ?? 'sg-1';
  return {
    type: 'AWS::EC2::SecurityGroup',
    id,
    arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:security-group/${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: tags({}),
    groupName: 'web',
    ingress: [],
    ...changes,
  };
}

export function permission(changes: Partial<IngressPermission> = {}): IngressPermission {
  return { protocol: 'tcp', fromPort: 22, toPort: 22, ipv4: [], ipv6: [], prefixListIds: [], ...changes };
}

export function prefixList(changes: Partial<PrefixList> = {}): PrefixList {
  const id = changes.id ?? 'pl-1';
  return {
    type: 'AWS::EC2::PrefixList',
    id,
    arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:prefix-list/${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: tags({}),
    entries: known([]),
    ...changes,
  };
}

export function bucket(changes: Partial<S3Bucket> = {}): S3Bucket {
  const id = changes.id ?? 'reports';
  return {
    type: 'AWS::S3::Bucket',
    id,
    arn: `arn:aws:s3:::${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: tags({}),
    encryption: known({ algorithm: 'AES256', kmsKeyId: null }),
    ...changes,
  };
}

export function dbInstance(changes: Partial<DbInstance> = {}): DbInstance {
  const id = changes.id ?? 'orders';
  return {
    type: 'AWS::RDS::DBInstance',
    id,
    arn: `arn:aws:rds:${REGION}:${ACCOUNT}:db:${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: tags({}),
    status: 'available',
    engine: 'postgres',
    engineVersion: '17.2',
    backupRetentionPeriod: 7,
    dbClusterIdentifier: null,
    replicationSource: null,
    ...changes,
  };
}

export function dbCluster(changes: Partial<DbCluster> = {}): DbCluster {
  const id = changes.id ?? 'ledger';
  return {
    type: 'AWS::RDS::DBCluster',
    id,
    arn: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:${id}`,
    accountId: ACCOUNT,
    region: REGION,
    tags: tags({}),
    status: 'available',
    engine: 'aurora-postgresql',
    backupRetentionPeriod: 7,
    replicationSource: null,
    ...changes,
  };
}
