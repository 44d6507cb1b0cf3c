/** What AWS Config records of sound resources, the same that `resources.ts` has, in the shape of a rule's event. */
import type { ConfigItem } from '../../src/inventory/config-item.ts';

const ACCOUNT = '111122223333';
const REGION = 'eu-west-1';

/** When the items were captured. */
export const CAPTURED = '2026-11-20T06:00:00.000Z';

function item(resourceType: string, resourceId: string, rest: Partial<ConfigItem>): ConfigItem {
  return {
    resourceType,
    resourceId,
    resourceName: null,
    awsAccountId: ACCOUNT,
    awsRegion: REGION,
    configurationItemStatus: 'OK',
    configurationItemCaptureTime: CAPTURED,
    tags: {},
    configuration: {},
    supplementaryConfiguration: {},
    ...rest,
  };
}

export function instanceItem(configuration: object = {}, changes: Partial<ConfigItem> = {}): ConfigItem {
  return item('AWS::EC2::Instance', changes.resourceId ?? 'i-0123456789abcdef0', {
    tags: { Environment: 'dev', Owner: 'ada', CostCenter: '42' },
    configuration: {
      amiLaunchIndex: 0,
      imageId: 'ami-0abcdef1234567890',
      instanceId: 'i-0123456789abcdef0',
      instanceType: 't3.micro',
      state: { code: 16, name: 'running' },
      publicIpAddress: null,
      tags: [{ key: 'Environment', value: 'dev' }],
      securityGroups: [{ groupName: 'web', groupId: 'sg-1' }],
      networkInterfaces: [
        {
          networkInterfaceId: 'eni-1',
          groups: [{ groupName: 'web', groupId: 'sg-1' }],
          association: null,
          privateIpAddresses: [{ primary: true, privateIpAddress: '10.0.0.4', association: null }],
          ipv6Addresses: [],
        },
      ],
      ...configuration,
    },
    ...changes,
  });
}

export function volumeItem(configuration: object = {}, changes: Partial<ConfigItem> = {}): ConfigItem {
  return item('AWS::EC2::Volume', 'vol-1', {
    configuration: {
      volumeId: 'vol-1',
      size: 8,
      state: { value: 'in-use' },
      encrypted: true,
      kmsKeyId: `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
      attachments: [{ instanceId: 'i-0123456789abcdef0', device: '/dev/xvda', state: 'attached' }],
      ...configuration,
    },
    ...changes,
  });
}

export function securityGroupItem(
  ipPermissions: readonly object[] = [],
  changes: Partial<ConfigItem> = {},
): ConfigItem {
  return item('AWS::EC2::SecurityGroup', 'sg-1', {
    resourceName: 'web',
    configuration: { groupId: 'sg-1', groupName: 'web', ownerId: ACCOUNT, ipPermissions, ipPermissionsEgress: [] },
    ...changes,
  });
}

export function permissionItem(changes: object = {}): object {
  return {
    ipProtocol: 'tcp',
    fromPort: 22,
    toPort: 22,
    userIdGroupPairs: [],
    ipRanges: [],
    ipv4Ranges: [],
    ipv6Ranges: [],
    prefixListIds: [],
    ...changes,
  };
}

/** @param byDefault the default encryption, as Config nests it */
export function bucketItem(
  byDefault: object = { sseAlgorithm: 'AES256', kmsMasterKeyID: null },
  changes: Partial<ConfigItem> = {},
): ConfigItem {
  return item('AWS::S3::Bucket', 'reports', {
    resourceName: 'reports',
    configuration: { name: 'reports', creationDate: '2026-01-05T10:00:00.000Z' },
    supplementaryConfiguration: {
      BucketVersioningConfiguration: { status: 'Off', isMfaDeleteEnabled: null },
      ServerSideEncryptionConfiguration: {
        rules: [{ applyServerSideEncryptionByDefault: byDefault, bucketKeyEnabled: false }],
      },
    },
    ...changes,
  });
}

export function dbInstanceItem(configuration: object = {}, changes: Partial<ConfigItem> = {}): ConfigItem {
  return item('AWS::RDS::DBInstance', 'db-ORDERS', {
    resourceName: 'orders',
    configuration: {
      dBInstanceIdentifier: 'orders',
      dBInstanceArn: `arn:aws:rds:${REGION}:${ACCOUNT}:db:orders`,
      dBInstanceStatus: 'available',
      dbiResourceId: 'db-ORDERS',
      engine: 'postgres',
      engineVersion: '17.2',
      backupRetentionPeriod: 7,
      dBClusterIdentifier: null,
      readReplicaSourceDBInstanceIdentifier: null,
      readReplicaDBInstanceIdentifiers: [],
      ...configuration,
    },
    ...changes,
  });
}

export function dbClusterItem(configuration: object = {}, changes: Partial<ConfigItem> = {}): ConfigItem {
  return item('AWS::RDS::DBCluster', 'cluster-LEDGER', {
    resourceName: 'ledger',
    configuration: {
      dbclusterIdentifier: 'ledger',
      dbclusterArn: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:ledger`,
      dbClusterResourceId: 'cluster-LEDGER',
      status: 'available',
      engine: 'aurora-postgresql',
      backupRetentionPeriod: 7,
      replicationSourceIdentifier: null,
      ...configuration,
    },
    ...changes,
  });
}
