/** DynamoDB: tables. */
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  ListTagsOfResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import type { BillingMode, KeySchemaElement, ScalarAttributeType } from '@aws-sdk/client-dynamodb';
import type { TableArgs } from '@pulumi/aws/dynamodb/index.js';

import type { Aws } from './aws.ts';
import { defineResource } from './resource-type.ts';
import type { Given } from './resource-type.ts';
import { tagList, tagMap } from './tags.ts';

const table = defineResource<TableArgs>({
  type: 'aws:dynamodb/table:Table',
  label: 'DynamoDB Table',
  properties: {
    name: { named: true, replaces: true },
    // Only with the keys do they change, and there is no index here.
    attributes: { required: true, replaces: true, compare: 'set' },
    billingMode: { default: 'PROVISIONED' },
    deletionProtectionEnabled: { default: false },
    hashKey: { required: true, replaces: true },
    pointInTimeRecovery: {},
    rangeKey: { replaces: true },
    serverSideEncryption: {},
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  async create(aws, inputs, created) {
    const { name = '', attributes = [] } = inputs;
    await aws.dynamodb.send(
      new CreateTableCommand({
        TableName: name,
        AttributeDefinitions: attributes.map((attribute) => ({
          AttributeName: attribute.name,
          AttributeType: attribute.type as ScalarAttributeType,
        })),
        KeySchema: keysOf(inputs),
        BillingMode: inputs.billingMode as BillingMode,
        DeletionProtectionEnabled: inputs.deletionProtectionEnabled,
        ...(inputs.serverSideEncryption !== undefined && { SSESpecification: encryptionOf(inputs) }),
        Tags: tagList(inputs.tags),
      }),
    );
    created(name);
    if (inputs.pointInTimeRecovery?.enabled === true) await putRecovery(aws, name, true);
    return name;
  },
  async read({ dynamodb }, id) {
    const { Table: found = {} } = await dynamodb.send(new DescribeTableCommand({ TableName: id }));
    const { ContinuousBackupsDescription: backups } = await dynamodb.send(
      new DescribeContinuousBackupsCommand({ TableName: id }),
    );
    const { Tags } = await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: found.TableArn }));
    const encryption = found.SSEDescription;
    return {
      arn: found.TableArn,
      name: id,
      attributes: (found.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => ({
        name: AttributeName,
        type: AttributeType,
      })),
      billingMode: found.BillingModeSummary?.BillingMode ?? 'PROVISIONED',
      deletionProtectionEnabled: found.DeletionProtectionEnabled ?? false,
      hashKey: found.KeySchema?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName,
      rangeKey: found.KeySchema?.find(({ KeyType }) => KeyType === 'RANGE')?.AttributeName,
      pointInTimeRecovery: {
        enabled: backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED',
      },
      serverSideEncryption:
        encryption === undefined
          ? undefined
          : { enabled: encryption.Status === 'ENABLED', kmsKeyArn: encryption.KMSMasterKeyArn },
      tags: tagMap(Tags),
    };
  },
  async update(aws, id, inputs, changed) {
    if (changed.has('pointInTimeRecovery')) {
      await putRecovery(aws, id, inputs.pointInTimeRecovery?.enabled ?? false);
    }
    const settings = {
      ...(changed.has('billingMode') && { BillingMode: inputs.billingMode as BillingMode }),
      ...(changed.has('deletionProtectionEnabled') && {
        DeletionProtectionEnabled: inputs.deletionProtectionEnabled,
      }),
      ...(changed.has('serverSideEncryption') && { SSESpecification: encryptionOf(inputs) }),
    };
    if (Object.keys(settings).length > 0) {
      await aws.dynamodb.send(new UpdateTableCommand({ TableName: id, ...settings }));
    }
  },
  async retag({ dynamodb, region, accountId }, id, { set, removed }) {
    const ResourceArn = `arn:aws:dynamodb:${region}:${accountId}:table/${id}`;
    if (Object.keys(set).length > 0) await dynamodb.send(new TagResourceCommand({ ResourceArn, Tags: tagList(set) }));
    if (removed.length > 0) await dynamodb.send(new UntagResourceCommand({ ResourceArn, TagKeys: [...removed] }));
  },
  async delete({ dynamodb }, id) {
    await dynamodb.send(new DeleteTableCommand({ TableName: id }));
  },
});

function keysOf({ hashKey, rangeKey }: Given<TableArgs>): KeySchemaElement[] {
  return [
    { AttributeName: hashKey, KeyType: 'HASH' },
    ...(rangeKey === undefined ? [] : [{ AttributeName: rangeKey, KeyType: 'RANGE' } as const]),
  ];
}

function encryptionOf({ serverSideEncryption }: Given<TableArgs>) {
  const { enabled = false, kmsKeyArn } = serverSideEncryption ?? {};
  if (!enabled) return { Enabled: false };
  return { Enabled: true, SSEType: 'KMS' as const, ...(kmsKeyArn !== undefined && { KMSMasterKeyId: kmsKeyArn }) };
}

async function putRecovery({ dynamodb }: Aws, TableName: string, PointInTimeRecoveryEnabled: boolean): Promise<void> {
  await dynamodb.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled },
    }),
  );
}

export const DYNAMODB_TYPES = [table];
