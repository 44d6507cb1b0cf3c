/** S3: buckets and what is set on them. */
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import type {
  BucketLocationConstraint,
  BucketNamespace,
  BucketVersioningStatus,
  LifecycleRule,
  ServerSideEncryptionRule,
  TransitionDefaultMinimumObjectSize,
} from '@aws-sdk/client-s3';
import type {
  BucketArgs,
  BucketLifecycleConfigurationArgs,
  BucketNotificationArgs,
  BucketPolicyArgs,
  BucketPublicAccessBlockArgs,
  BucketServerSideEncryptionConfigurationArgs,
  BucketVersioningArgs,
} from '@pulumi/aws/s3/index.js';

import type { Aws } from './aws.ts';
import { isGone, refusal } from './errors.ts';
import { mustBeDocument } from './refusals.ts';
import { defineResource } from './resource-type.ts';
import type { Given } from './resource-type.ts';
import { tagList, tagMap } from './tags.ts';
import type { Tags } from './tags.ts';
import { isMap } from './values.ts';

const bucket = defineResource<BucketArgs>({
  type: 'aws:s3/bucket:Bucket',
  label: 'S3 Bucket',
  properties: {
    bucket: { named: true, replaces: true },
    bucketNamespace: { replaces: true, default: 'global' },
    forceDestroy: { default: false },
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  async create(aws, inputs, created) {
    const { bucket: Bucket = '', bucketNamespace, tags = {} } = inputs;
    await mustBeAllowed(aws, inputs);
    await aws.s3.send(
      new CreateBucketCommand({
        Bucket,
        BucketNamespace: bucketNamespace as BucketNamespace,
        ...(aws.region !== 'us-east-1' && {
          CreateBucketConfiguration: { LocationConstraint: aws.region as BucketLocationConstraint },
        }),
      }),
    );
    created(Bucket);
    await putTags(aws, Bucket, tags);
    return Bucket;
  },
  async read(aws, id) {
    await aws.s3.send(new HeadBucketCommand({ Bucket: id }));
    return {
      arn: `arn:aws:s3:::${id}`,
      bucket: id,
      bucketDomainName: `${id}.s3.amazonaws.com`,
      bucketRegion: aws.region,
      bucketRegionalDomainName: `${id}.s3.${aws.region}.amazonaws.com`,
      tags: await tagsOf(aws, id),
    };
  },
  async retag(aws, id, _, { tags = {} }) {
    await putTags(aws, id, tags);
  },
  async delete(aws, id, { forceDestroy }) {
    if (forceDestroy === true) await emptyBucket(aws, id);
    await aws.s3.send(new DeleteBucketCommand({ Bucket: id }));
  },
});

/** What MiniStack lets pass: names of the wrong namespace, and in us-east-1 a bucket that is there. */
async function mustBeAllowed({ s3, region, accountId }: Aws, inputs: Given<BucketArgs>): Promise<void> {
  const { bucket: Bucket = '', bucketNamespace } = inputs;
  const regional = Bucket.endsWith(`-${accountId}-${region}-an`);
  if (regional !== (bucketNamespace === 'account-regional')) {
    throw refusal('S3.CreateBucket', 400, 'InvalidBucketName', 'The specified bucket is not valid.');
  }
  if (region !== 'us-east-1') return;
  try {
    await s3.send(new HeadBucketCommand({ Bucket }));
  } catch {
    return;
  }
  const message = 'Your previous request to create the named bucket succeeded and you already own it.';
  throw refusal('S3.CreateBucket', 409, 'BucketAlreadyOwnedByYou', message);
}

async function tagsOf({ s3 }: Aws, Bucket: string): Promise<Tags> {
  try {
    return tagMap((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet);
  } catch (error) {
    if (isGone(error)) return {};
    throw error;
  }
}

async function putTags({ s3 }: Aws, Bucket: string, tags: Tags): Promise<void> {
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: tagList(tags) } }));
}

/** Every version, every delete marker, every upload that was begun. */
async function emptyBucket({ s3 }: Aws, Bucket: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key = '', VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) break;
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: Objects.slice(0, 1000), Quiet: true } }));
  }
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
}

const publicAccessBlock = defineResource<BucketPublicAccessBlockArgs>({
  type: 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
  label: 'S3 Bucket Public Access Block',
  properties: {
    bucket: { required: true, replaces: true },
    blockPublicAcls: { default: false },
    blockPublicPolicy: { default: false },
    ignorePublicAcls: { default: false },
    restrictPublicBuckets: { default: false },
    region: { replaces: true },
  },
  called: ({ bucket }) => bucket,
  async create(aws, inputs) {
    await putBlock(aws, inputs);
    return inputs.bucket;
  },
  async read({ s3 }, id) {
    const { PublicAccessBlockConfiguration: block } = await s3.send(new GetPublicAccessBlockCommand({ Bucket: id }));
    return {
      bucket: id,
      blockPublicAcls: block?.BlockPublicAcls,
      blockPublicPolicy: block?.BlockPublicPolicy,
      ignorePublicAcls: block?.IgnorePublicAcls,
      restrictPublicBuckets: block?.RestrictPublicBuckets,
    };
  },
  async update(aws, _, inputs) {
    await putBlock(aws, inputs);
  },
  async delete({ s3 }, id) {
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket: id }));
  },
});

async function putBlock({ s3 }: Aws, inputs: Given<BucketPublicAccessBlockArgs>): Promise<void> {
  await s3.send(
    new PutPublicAccessBlockCommand({
      Bucket: inputs.bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: inputs.blockPublicAcls,
        BlockPublicPolicy: inputs.blockPublicPolicy,
        IgnorePublicAcls: inputs.ignorePublicAcls,
        RestrictPublicBuckets: inputs.restrictPublicBuckets,
      },
    }),
  );
}

const encryption = defineResource<BucketServerSideEncryptionConfigurationArgs>({
  type: 'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
  label: 'S3 Bucket Server-side Encryption Configuration',
  properties: { bucket: { required: true, replaces: true }, rules: { required: true }, region: { replaces: true } },
  called: ({ bucket }) => bucket,
  async create(aws, inputs) {
    await putEncryption(aws, inputs);
    return inputs.bucket;
  },
  async read({ s3 }, id) {
    const { ServerSideEncryptionConfiguration: found } = await s3.send(new GetBucketEncryptionCommand({ Bucket: id }));
    return { bucket: id, rules: fromWire(found?.Rules ?? []) };
  },
  async update(aws, _, inputs) {
    await putEncryption(aws, inputs);
  },
  async delete({ s3 }, id) {
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket: id }));
  },
});

async function putEncryption({ s3 }: Aws, inputs: Given<BucketServerSideEncryptionConfigurationArgs>): Promise<void> {
  const Rules = toWire(inputs.rules) as ServerSideEncryptionRule[];
  await s3.send(
    new PutBucketEncryptionCommand({ Bucket: inputs.bucket, ServerSideEncryptionConfiguration: { Rules } }),
  );
}

const versioning = defineResource<BucketVersioningArgs>({
  type: 'aws:s3/bucketVersioning:BucketVersioning',
  label: 'S3 Bucket Versioning',
  properties: {
    bucket: { required: true, replaces: true },
    versioningConfiguration: { required: true },
    region: { replaces: true },
  },
  called: ({ bucket }) => bucket,
  async create(aws, { bucket: id, versioningConfiguration: { status } }) {
    await putVersioning(aws, id, status);
    return id;
  },
  async read({ s3 }, id) {
    const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket: id }));
    return Status === undefined ? undefined : { bucket: id, versioningConfiguration: { status: Status } };
  },
  async update(aws, id, { versioningConfiguration: { status } }) {
    await putVersioning(aws, id, status);
  },
  async delete(aws, id) {
    // What was versioned once is never unversioned again.
    await putVersioning(aws, id, 'Suspended');
  },
});

async function putVersioning({ s3 }: Aws, Bucket: string, status: string): Promise<void> {
  const VersioningConfiguration = { Status: status as BucketVersioningStatus };
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
}

const lifecycle = defineResource<BucketLifecycleConfigurationArgs>({
  type: 'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
  label: 'S3 Bucket Lifecycle Configuration',
  properties: {
    bucket: { required: true, replaces: true },
    rules: { required: true },
    transitionDefaultMinimumObjectSize: { default: 'all_storage_classes_128K' },
    region: { replaces: true },
  },
  called: ({ bucket }) => bucket,
  async create(aws, inputs) {
    await putLifecycle(aws, inputs);
    return inputs.bucket;
  },
  async read({ s3 }, id, known) {
    const found = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: id }));
    return {
      bucket: id,
      rules: fromWire(found.Rules ?? []),
      // MiniStack takes it and tells of another.
      transitionDefaultMinimumObjectSize: known.transitionDefaultMinimumObjectSize,
    };
  },
  async update(aws, _, inputs) {
    await putLifecycle(aws, inputs);
  },
  async delete({ s3 }, id) {
    await s3.send(new DeleteBucketLifecycleCommand({ Bucket: id }));
  },
});

async function putLifecycle(
  { s3 }: Aws,
  { bucket: Bucket, rules = [], transitionDefaultMinimumObjectSize }: Given<BucketLifecycleConfigurationArgs>,
): Promise<void> {
  const complaint = complaintAbout(rules);
  if (complaint !== undefined) throw refusal('S3.PutBucketLifecycleConfiguration', 400, ...complaint);
  await s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      TransitionDefaultMinimumObjectSize: transitionDefaultMinimumObjectSize as TransitionDefaultMinimumObjectSize,
      LifecycleConfiguration: { Rules: toWire(rules) as LifecycleRule[] },
    }),
  );
}

/** What MiniStack lets pass: code and message of AWS's. */
function complaintAbout(
  rules: NonNullable<Given<BucketLifecycleConfigurationArgs>['rules']>,
): readonly [string, string] | undefined {
  if (new Set(rules.map(({ id }) => id)).size < rules.length) {
    return ['InvalidArgument', 'Rule ID must be unique. Found same ID for more than one rule'];
  }
  const idle = rules.some((rule) => Object.keys(rule).every((name) => ['id', 'status', 'filter'].includes(name)));
  return idle ? ['InvalidRequest', 'At least one action needs to be specified in a rule.'] : undefined;
}

const policy = defineResource<BucketPolicyArgs>({
  type: 'aws:s3/bucketPolicy:BucketPolicy',
  label: 'S3 Bucket Policy',
  properties: {
    bucket: { required: true, replaces: true },
    policy: { required: true, compare: 'document' },
    region: { replaces: true },
  },
  called: ({ bucket }) => bucket,
  async create(aws, inputs) {
    await putPolicy(aws, inputs);
    return inputs.bucket;
  },
  async read({ s3 }, id) {
    const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: id }));
    return { bucket: id, policy: Policy };
  },
  async update(aws, _, inputs) {
    await putPolicy(aws, inputs);
  },
  async delete({ s3 }, id) {
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: id }));
  },
});

async function putPolicy({ s3 }: Aws, { bucket: Bucket, policy: Policy }: Given<BucketPolicyArgs>): Promise<void> {
  const message = "Policies must be valid JSON and the first byte must be '{'";
  mustBeDocument(Policy, 'S3.PutBucketPolicy', 'MalformedPolicy', message);
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
}

const notification = defineResource<BucketNotificationArgs>({
  type: 'aws:s3/bucketNotification:BucketNotification',
  label: 'S3 Bucket Notification',
  properties: {
    bucket: { required: true, replaces: true },
    eventbridge: { default: false },
    region: { replaces: true },
  },
  called: ({ bucket }) => bucket,
  async create(aws, { bucket: id, eventbridge }) {
    await putNotification(aws, id, eventbridge);
    return id;
  },
  async read({ s3 }, id) {
    const found = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: id }));
    return { bucket: id, eventbridge: found.EventBridgeConfiguration !== undefined };
  },
  async update(aws, id, { eventbridge }) {
    await putNotification(aws, id, eventbridge);
  },
  async delete(aws, id) {
    await putNotification(aws, id, false);
  },
});

async function putNotification({ s3 }: Aws, Bucket: string, eventbridge: boolean | undefined): Promise<void> {
  const NotificationConfiguration = { ...(eventbridge === true && { EventBridgeConfiguration: {} }) };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
}

/** Names that are more than their first letter apart. */
const WIRE_NAMES: Readonly<Record<string, string>> = {
  id: 'ID',
  kmsMasterKeyId: 'KMSMasterKeyID',
  sseAlgorithm: 'SSEAlgorithm',
};
const NAMES = Object.fromEntries(Object.entries(WIRE_NAMES).map(([name, onWire]) => [onWire, name]));

function toWire(value: unknown): unknown {
  return renamed(value, (name) => WIRE_NAMES[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`);
}

function fromWire(value: unknown): unknown {
  return renamed(value, (name) => NAMES[name] ?? `${name.charAt(0).toLowerCase()}${name.slice(1)}`);
}

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [rename(name), renamed(inner, rename)]));
}

export const S3_TYPES = [bucket, publicAccessBlock, encryption, versioning, lifecycle, policy, notification];
