/** S3, DynamoDB, KMS and IAM: where results lie, and who may reach them. */
import type { LifecycleRule as S3LifecycleRule } from '@aws-sdk/client-s3';

import { present } from '../../aws/errors.ts';
import type { Fact } from '../../engine/model.ts';
import type { BucketSpec, LifecycleRule, RoleSpec } from '../../stack/spec.ts';
import { CALLS } from '../calls.ts';
import type { BucketSeen } from '../checks/bucket.ts';
import type { KeySeen } from '../checks/key.ts';
import type { RoleSeen } from '../checks/role.ts';
import type { TableSeen } from '../checks/table.ts';
import { mapFact, read, readAlways } from '../reading.ts';
import type { Reading } from '../reading.ts';

export async function readBucket({ name, notifies }: BucketSpec, reading: Reading): Promise<Fact<BucketSeen | null>> {
  const { GetBucketVersioningCommand } = await import('@aws-sdk/client-s3');
  // The one of these calls whose only absence is the bucket's.
  const versioned = await read(
    reading,
    CALLS.versioning,
    async (options) => {
      const s3 = await reading.clients.s3();
      return (await s3.send(new GetBucketVersioningCommand({ Bucket: name }), options)).Status === 'Enabled';
    },
    ['NoSuchBucket'],
  );
  if (!versioned.known || versioned.value === null) return versioned as Fact<null>;
  const { value } = versioned;
  const [encryption, publicAccessOff, policy, lifecycle, told] = await Promise.all([
    readEncryption(name, reading),
    readPublicAccess(name, reading),
    readBucketPolicy(name, reading),
    readLifecycle(name, reading),
    notifies ? readNotifies(name, reading) : undefined,
  ]);
  return mapFact(versioned, () => ({
    versioned: value,
    encryption,
    publicAccessOff,
    policy,
    lifecycle,
    ...(told !== undefined && { notifies: told }),
  }));
}

async function readEncryption(name: string, reading: Reading): Promise<BucketSeen['encryption']> {
  const { GetBucketEncryptionCommand } = await import('@aws-sdk/client-s3');
  return read(
    reading,
    CALLS.encryption,
    async (options) => {
      const s3 = await reading.clients.s3();
      const answer = await s3.send(new GetBucketEncryptionCommand({ Bucket: name }), options);
      const { Rules } = present(answer.ServerSideEncryptionConfiguration, 'ServerSideEncryptionConfiguration');
      const applied = present(Rules, 'Rule')[0]?.ApplyServerSideEncryptionByDefault;
      if (applied === undefined) return null;
      return { algorithm: present(applied.SSEAlgorithm, 'SSEAlgorithm'), key: applied.KMSMasterKeyID ?? null };
    },
    ['ServerSideEncryptionConfigurationNotFoundError'],
  );
}

const SETTINGS = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'] as const;

async function readPublicAccess(name: string, reading: Reading): Promise<Fact<readonly string[]>> {
  const { GetPublicAccessBlockCommand } = await import('@aws-sdk/client-s3');
  const off = await read(
    reading,
    CALLS.publicAccess,
    async (options) => {
      const s3 = await reading.clients.s3();
      const answer = await s3.send(new GetPublicAccessBlockCommand({ Bucket: name }), options);
      const block = present(answer.PublicAccessBlockConfiguration, 'PublicAccessBlockConfiguration');
      return SETTINGS.filter((setting) => block[setting] !== true);
    },
    ['NoSuchPublicAccessBlockConfiguration'],
  );
  return mapFact(off, (settings) => settings ?? SETTINGS);
}

async function readBucketPolicy(name: string, reading: Reading): Promise<Fact<string | null>> {
  const { GetBucketPolicyCommand } = await import('@aws-sdk/client-s3');
  return read(
    reading,
    CALLS.bucketPolicy,
    async (options) => {
      const s3 = await reading.clients.s3();
      return present((await s3.send(new GetBucketPolicyCommand({ Bucket: name }), options)).Policy, 'Policy');
    },
    ['NoSuchBucketPolicy'],
  );
}

async function readLifecycle(name: string, reading: Reading): Promise<Fact<readonly LifecycleRule[]>> {
  const { GetBucketLifecycleConfigurationCommand } = await import('@aws-sdk/client-s3');
  const rules = await read(
    reading,
    CALLS.lifecycle,
    async (options) => {
      const s3 = await reading.clients.s3();
      const answer = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: name }), options);
      return present(answer.Rules, 'Rule')
        .filter(({ Status }) => Status === 'Enabled')
        .map(lifecycleRule);
    },
    ['NoSuchLifecycleConfiguration'],
  );
  return mapFact(rules, (found) => found ?? []);
}

/** In the words of a spec. */
function lifecycleRule(rule: S3LifecycleRule): LifecycleRule {
  const prefix = rule.Filter?.Prefix ?? '';
  const glacier = rule.Transitions?.find(({ StorageClass }) => StorageClass === 'GLACIER')?.Days;
  const expire = rule.Expiration?.Days;
  const noncurrent = rule.NoncurrentVersionExpiration?.NoncurrentDays;
  const uploads = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  return {
    id: rule.ID ?? '',
    ...(prefix !== '' && { prefix }),
    ...(glacier !== undefined && { glacierAfterDays: glacier }),
    ...(expire !== undefined && { expireAfterDays: expire }),
    ...(noncurrent !== undefined && { expireNoncurrentAfterDays: noncurrent }),
    ...(uploads !== undefined && { abortUploadsAfterDays: uploads }),
  };
}

async function readNotifies(name: string, reading: Reading): Promise<Fact<boolean>> {
  const { GetBucketNotificationConfigurationCommand } = await import('@aws-sdk/client-s3');
  return readAlways(reading, CALLS.notifications, async (options) => {
    const s3 = await reading.clients.s3();
    const answer = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: name }), options);
    return answer.EventBridgeConfiguration !== undefined;
  });
}

export async function readTable(name: string, reading: Reading): Promise<Fact<TableSeen | null>> {
  const { DescribeContinuousBackupsCommand, DescribeTableCommand } = await import('@aws-sdk/client-dynamodb');
  const table = await read(
    reading,
    CALLS.table,
    async (options) => {
      const dynamodb = await reading.clients.dynamodb();
      const answer = await dynamodb.send(new DescribeTableCommand({ TableName: name }), options);
      const { TableStatus, BillingModeSummary, KeySchema } = present(answer.Table, 'Table');
      return {
        status: present(TableStatus, 'TableStatus'),
        // DynamoDB leaves it out of tables that were always provisioned.
        billing: BillingModeSummary?.BillingMode ?? 'PROVISIONED',
        keys: present(KeySchema, 'KeySchema')
          .toSorted((a, b) => Number(a.KeyType === 'RANGE') - Number(b.KeyType === 'RANGE'))
          .map(({ AttributeName }) => AttributeName ?? ''),
      };
    },
    ['ResourceNotFoundException'],
  );
  if (!table.known || table.value === null) return table as Fact<null>;
  const { value } = table;
  const recovery = await readAlways(reading, CALLS.recovery, async (options) => {
    const dynamodb = await reading.clients.dynamodb();
    const answer = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName: name }), options);
    const backups = present(answer.ContinuousBackupsDescription, 'ContinuousBackupsDescription');
    return backups.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED';
  });
  return mapFact(table, () => ({ ...value, recovery }));
}

export async function readKey(alias: string, reading: Reading): Promise<Fact<KeySeen | null>> {
  const { DescribeKeyCommand, GetKeyRotationStatusCommand } = await import('@aws-sdk/client-kms');
  const key = await read(
    reading,
    CALLS.key,
    async (options) => {
      const kms = await reading.clients.kms();
      const answer = await kms.send(new DescribeKeyCommand({ KeyId: alias }), options);
      const { Arn, KeyState, DeletionDate } = present(answer.KeyMetadata, 'KeyMetadata');
      return { arn: present(Arn, 'Arn'), state: present(KeyState, 'KeyState'), deletionDate: DeletionDate ?? null };
    },
    ['NotFoundException'],
  );
  if (!key.known || key.value === null) return key as Fact<null>;
  const { value } = key;
  const rotates = await read(
    reading,
    CALLS.rotation,
    async (options) => {
      const kms = await reading.clients.kms();
      const answer = await kms.send(new GetKeyRotationStatusCommand({ KeyId: value.arn }), options);
      return present(answer.KeyRotationEnabled, 'KeyRotationEnabled');
    },
    // A key that is to be deleted does not say.
    ['KMSInvalidStateException'],
  );
  return mapFact(key, () => ({ ...value, rotates: mapFact(rotates, (on) => on ?? true) }));
}

export async function readRole({ name, policyName }: RoleSpec, reading: Reading): Promise<Fact<RoleSeen | null>> {
  const { GetRoleCommand, GetRolePolicyCommand } = await import('@aws-sdk/client-iam');
  const gone = ['NoSuchEntityException', 'NoSuchEntity'];
  const role = await read(
    reading,
    CALLS.role,
    async (options) => {
      const iam = await reading.clients.iam();
      return present((await iam.send(new GetRoleCommand({ RoleName: name }), options)).Role, 'Role');
    },
    gone,
  );
  if (!role.known || role.value === null) return role as Fact<null>;
  const policy = await read(
    reading,
    CALLS.rolePolicy,
    async (options) => {
      const iam = await reading.clients.iam();
      const request = new GetRolePolicyCommand({ RoleName: name, PolicyName: policyName });
      // IAM gives the document encoded as in a URL.
      return decodeURIComponent(present((await iam.send(request, options)).PolicyDocument, 'PolicyDocument'));
    },
    gone,
  );
  return mapFact(role, () => ({ policy }));
}
