import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  ListDashboardsCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  ConfigServiceClient,
  DescribeConfigRulesCommand,
  DescribeConfigurationAggregatorsCommand,
  DescribeConfigurationRecordersCommand,
  DescribeConfigurationRecorderStatusCommand,
  DescribeDeliveryChannelsCommand,
  PutConfigurationRecorderCommand,
  StopConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import {
  DescribeContinuousBackupsCommand,
  DynamoDBClient,
  ListTablesCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DisableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge';
import {
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  ListRolesCommand,
  ListRoleTagsCommand,
} from '@aws-sdk/client-iam';
import { DescribeKeyCommand, DisableKeyRotationCommand, KMSClient, ListAliasesCommand } from '@aws-sdk/client-kms';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketTaggingCommand,
  ListBucketsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DeleteTopicCommand, ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ListQueuesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { PulumiFn } from '@pulumi/pulumi/automation/index.js';
import { expect } from 'chai';

import { invoke } from '../support/deployed.ts';
import { withEmulator } from '../support/emulator.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS, withMiniStack } from '../support/ministack.ts';
import { startMoto } from '../support/moto.ts';
import { withPulumi } from '../support/pulumi.ts';
import { testStack } from '../support/pulumi-stacks.ts';
import type { Problem, TestStack } from '../support/pulumi-stacks.ts';
import type { Fault } from '../support/stand-in-aws/faults.ts';
import { startStandIn } from '../support/stand-in-aws/stand-in.ts';
import type { StandIn } from '../support/stand-in-aws/stand-in.ts';

// The region that `invoke` asks.
const REGION = 'us-east-1';
const TAGS = { Environment: 'test', ManagedBy: 'Pulumi' };

/** A program like a real one: one provider with default tags, which every resource is given. */
function program(
  declare: (options: { provider: aws.Provider }) => object | void,
  tags: Record<string, string> = TAGS,
): PulumiFn {
  return async () => {
    const provider = new aws.Provider('provider', {
      region: REGION,
      defaultTags: { tags },
      skipCredentialsValidation: true,
      skipMetadataApiCheck: true,
      skipRegionValidation: true,
      skipRequestingAccountId: true,
      maxRetries: 2,
    });
    return { ...declare({ provider }) };
  };
}

const trustOf = (service: string) => ({
  Version: '2012-10-17' as const,
  Statement: [{ Effect: 'Allow' as const, Principal: { Service: service }, Action: 'sts:AssumeRole' }],
});

const documentOf = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${MINISTACK_ACCOUNT}:${resource}`;

describe('the stand-in for the AWS provider', function () {
  this.timeout(60_000);
  const pulumiPlace = withPulumi();
  const ministack = withMiniStack();
  let standIn: StandIn;
  let stack: TestStack;

  /** What the provider's connections need not be told. */
  const start = async (options: { readonly fail?: readonly Fault[]; readonly configEndpoint?: string } = {}) => {
    standIn = await startStandIn({ endpoint: ministack().url, ...options });
    stack = await testStack(pulumiPlace(), standIn.env);
  };
  afterEach(() => standIn.stop());

  /** Does something to AWS by hand. */
  async function byHand<Client extends { destroy(): void }, Answer>(
    Service: new (options: object) => Client,
    work: (client: Client) => Promise<Answer>,
    endpoint = ministack().url,
  ): Promise<Answer> {
    const client = new Service({ endpoint, region: REGION, credentials: ROOT_CREDENTIALS, forcePathStyle: true });
    try {
      return await work(client);
    } finally {
      client.destroy();
    }
  }

  /** What was refused, by logical name. */
  function byName(problems: readonly Problem[]): Record<string, string> {
    const refused = problems.filter(
      ({ message }) => message.startsWith('1 error occurred') || message.includes('required'),
    );
    return Object.fromEntries(refused.map(({ name, message }) => [name, heart(message)]));
  }

  /** An error without what differs from run to run. */
  function heart(message: string): string {
    return message
      .replace(/^1 error occurred:\s+\* /, '')
      .replace(/RequestID: [^,]*, /, '')
      .replaceAll(ministack().url, 'http://emulator');
  }

  describe('buckets', () => {
    beforeEach(() => start());

    const declared = (expireAfterDays: number) =>
      program((options) => {
        const regional = `results-${MINISTACK_ACCOUNT}-${REGION}-an`;
        const bucket = new aws.s3.Bucket(
          'results',
          { bucket: regional, bucketNamespace: 'account-regional', forceDestroy: true, tags: { Name: 'results' } },
          options,
        );
        const child = { ...options, parent: bucket };
        new aws.s3.BucketPublicAccessBlock(
          'results-public-access',
          {
            bucket: bucket.bucket,
            blockPublicAcls: true,
            blockPublicPolicy: true,
            ignorePublicAcls: true,
            restrictPublicBuckets: true,
          },
          child,
        );
        new aws.s3.BucketServerSideEncryptionConfiguration(
          'results-encryption',
          {
            bucket: bucket.bucket,
            rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' }, bucketKeyEnabled: false }],
          },
          child,
        );
        new aws.s3.BucketVersioning(
          'results-versioning',
          { bucket: bucket.bucket, versioningConfiguration: { status: 'Enabled' } },
          child,
        );
        new aws.s3.BucketLifecycleConfiguration(
          'results-lifecycle',
          {
            bucket: bucket.bucket,
            transitionDefaultMinimumObjectSize: 'varies_by_storage_class',
            rules: [
              { id: 'archive', status: 'Enabled', filter: {}, transitions: [{ days: 90, storageClass: 'GLACIER' }] },
              {
                id: 'deliveries',
                status: 'Enabled',
                filter: { prefix: 'deliveries/' },
                expiration: { days: expireAfterDays },
                noncurrentVersionExpiration: { noncurrentDays: 1 },
              },
              {
                id: 'uploads',
                status: 'Enabled',
                filter: {},
                abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
              },
            ],
          },
          child,
        );
        const denied = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${regional}` };
        const Condition = { Bool: { 'aws:SecureTransport': ['false'] } };
        new aws.s3.BucketPolicy(
          'results-policy',
          { bucket: bucket.bucket, policy: documentOf({ ...denied, Condition }) },
          child,
        );
        new aws.s3.BucketNotification('results-notification', { bucket: bucket.bucket, eventbridge: true }, child);
        return { name: bucket.bucket, arn: bucket.arn, tags: bucket.tagsAll };
      });

    it('makes them, leaves them alone, changes them in place, sees what was done by hand, deletes them with all that is in them', async () => {
      const Bucket = `results-${MINISTACK_ACCOUNT}-${REGION}-an`;
      expect(await stack.preview(declared(30))).to.deep.equal({ create: 9 });
      expect(standIn.calls).to.deep.equal([]);
      expect(await stack.up(declared(30))).to.deep.equal({ create: 9 });
      expect(await stack.outputs()).to.deep.equal({
        name: Bucket,
        arn: `arn:aws:s3:::${Bucket}`,
        tags: { ...TAGS, Name: 'results' },
      });
      expect(await stack.up(declared(30))).to.deep.equal({});
      expect(await stack.refresh()).to.deep.equal({});
      expect(await stack.up(declared(60))).to.deep.equal({ update: 1 });

      await byHand(S3Client, async (s3) => {
        await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }));
      });
      expect(await stack.refresh()).to.deep.equal({ update: 1 });
      expect(await stack.up(declared(60))).to.deep.equal({ update: 1 });

      await byHand(S3Client, async (s3) => {
        for (const Body of ['first', 'second']) await s3.send(new PutObjectCommand({ Bucket, Key: 'scan', Body }));
        const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket }));
        expect(TagSet).to.have.deep.members([
          { Key: 'Environment', Value: 'test' },
          { Key: 'ManagedBy', Value: 'Pulumi' },
          { Key: 'Name', Value: 'results' },
        ]);
      });
      expect(await stack.destroy()).to.deep.equal({ delete: 9 });
      await byHand(S3Client, async (s3) => {
        expect((await s3.send(new ListBucketsCommand({}))).Buckets).to.deep.equal([]);
      });
    });

    it('makes them again where they were deleted by hand', async () => {
      const bucket = program((options) => {
        new aws.s3.Bucket('results', { bucket: 'results-test' }, options);
      });
      await stack.up(bucket);
      await byHand(S3Client, (s3) => s3.send(new DeleteBucketCommand({ Bucket: 'results-test' })));
      expect(await stack.refresh()).to.deep.equal({ delete: 1 });
      expect(await stack.up(bucket)).to.deep.equal({ create: 1 });
    });

    it('refuses them as S3 does', async () => {
      await byHand(S3Client, (s3) => s3.send(new CreateBucketCommand({ Bucket: 'mine-test' })));
      await byHand(S3ClientOfAnother, (s3) => s3.send(new CreateBucketCommand({ Bucket: 'taken-test' })));
      const { problems } = await stack.failingUp(
        program((options) => {
          new aws.s3.Bucket('mine', { bucket: 'mine-test' }, options);
          new aws.s3.Bucket('taken', { bucket: 'taken-test' }, options);
          new aws.s3.Bucket('unnamed', { bucket: 'Not_A_Name' }, options);
          new aws.s3.Bucket('regional', { bucket: 'other-test', bucketNamespace: 'account-regional' }, options);
          new aws.s3.BucketPolicy('policy', { bucket: 'mine-test', policy: 'none' }, options);
          new aws.s3.BucketLifecycleConfiguration(
            'idle',
            { bucket: 'mine-test', rules: [{ id: 'nothing', status: 'Enabled', filter: {} }] },
            options,
          );
          new aws.s3.BucketLifecycleConfiguration(
            'twice',
            { bucket: 'mine-test', rules: [expiring('same', 1), expiring('same', 2)] },
            options,
          );
          new aws.s3.BucketVersioning(
            'absent',
            { bucket: 'absent-test', versioningConfiguration: { status: 'Enabled' } },
            options,
          );
        }),
        { continueOnError: true },
      );
      expect(byName(problems)).to.deep.equal({
        absent:
          'creating S3 Bucket Versioning (absent-test): operation error S3: PutBucketVersioning, https response error StatusCode: 404, NoSuchBucket: The specified bucket does not exist',
        idle: 'creating S3 Bucket Lifecycle Configuration (mine-test): operation error S3: PutBucketLifecycleConfiguration, https response error StatusCode: 400, InvalidRequest: At least one action needs to be specified in a rule.',
        mine: 'creating S3 Bucket (mine-test): operation error S3: CreateBucket, https response error StatusCode: 409, BucketAlreadyOwnedByYou: Your previous request to create the named bucket succeeded and you already own it.',
        policy:
          "creating S3 Bucket Policy (mine-test): operation error S3: PutBucketPolicy, https response error StatusCode: 400, MalformedPolicy: Policies must be valid JSON and the first byte must be '{'",
        regional:
          'creating S3 Bucket (other-test): operation error S3: CreateBucket, https response error StatusCode: 400, InvalidBucketName: The specified bucket is not valid.',
        taken:
          'creating S3 Bucket (taken-test): operation error S3: CreateBucket, https response error StatusCode: 409, BucketAlreadyExists: The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
        twice:
          'creating S3 Bucket Lifecycle Configuration (mine-test): operation error S3: PutBucketLifecycleConfiguration, https response error StatusCode: 400, InvalidArgument: Rule ID must be unique. Found same ID for more than one rule',
        unnamed:
          'creating S3 Bucket (Not_A_Name): operation error S3: CreateBucket, https response error StatusCode: 400, api error InvalidBucketName: The specified bucket is not valid.',
      });
    });

    it('deletes none while something is in it, unless that is wanted', async () => {
      const bucket = (forceDestroy: boolean) =>
        program((options) => {
          new aws.s3.Bucket('results', { bucket: 'results-test', forceDestroy }, options);
        });
      await stack.up(bucket(false));
      await byHand(S3Client, (s3) =>
        s3.send(new PutObjectCommand({ Bucket: 'results-test', Key: 'scan', Body: 'kept' })),
      );
      const { problems } = await stack.failingDestroy();
      expect(byName(problems)).to.deep.equal({
        results:
          'deleting S3 Bucket (results-test): operation error S3: DeleteBucket, https response error StatusCode: 409, api error BucketNotEmpty: The bucket you tried to delete is not empty',
      });
      expect(await stack.resources()).to.deep.equal(['results']);
      await stack.up(bucket(true));
      await stack.destroy();
      expect(await stack.resources()).to.deep.equal([]);
    });
  });

  describe('topics and queues', () => {
    beforeEach(() => start());

    const declared = (retention: number, displayName: string) =>
      program((options) => {
        const dead = new aws.sqs.Queue(
          'dead',
          { name: 'dead', messageRetentionSeconds: 1_209_600, sqsManagedSseEnabled: true },
          options,
        );
        const queue = new aws.sqs.Queue(
          'work',
          {
            name: 'work',
            messageRetentionSeconds: retention,
            visibilityTimeoutSeconds: 360,
            redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 5 }),
            tags: { Name: 'work' },
          },
          options,
        );
        const send = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage' };
        new aws.sqs.QueuePolicy(
          'work-policy',
          { queueUrl: queue.url, policy: documentOf({ ...send, Resource: arn('sqs', 'work') }) },
          options,
        );
        const topic = new aws.sns.Topic(
          'alerts',
          {
            name: 'alerts',
            displayName,
            deliveryPolicy: JSON.stringify({ http: { defaultHealthyRetryPolicy: { numRetries: 5 } } }),
          },
          options,
        );
        const publish = { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'sns:Publish' };
        new aws.sns.TopicPolicy(
          'alerts-policy',
          { arn: topic.arn, policy: documentOf({ ...publish, Resource: arn('sns', 'alerts') }) },
          options,
        );
        new aws.sns.TopicSubscription(
          'alerts-email-1',
          {
            topic: topic.arn,
            protocol: 'email',
            endpoint: 'ada@example.com',
            redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: dead.arn }),
          },
          options,
        );
        return { url: queue.url, queue: queue.arn, topic: topic.arn, tags: queue.tagsAll };
      });

    it('makes them, leaves them alone, changes them in place, sees what was done by hand, deletes them', async () => {
      expect(await stack.up(declared(345_600, 'Alerts'))).to.deep.equal({ create: 8 });
      expect(await stack.outputs()).to.deep.equal({
        url: `${ministack().url}/${MINISTACK_ACCOUNT}/work`,
        queue: arn('sqs', 'work'),
        topic: arn('sns', 'alerts'),
        tags: { ...TAGS, Name: 'work' },
      });
      expect(await stack.up(declared(345_600, 'Alerts'))).to.deep.equal({});
      expect(await stack.up(declared(86_400, 'Compliance alerts'))).to.deep.equal({ update: 2 });

      await byHand(SQSClient, async (sqs) => {
        const Attributes = { VisibilityTimeout: '5' };
        const QueueUrl = `${ministack().url}/${MINISTACK_ACCOUNT}/work`;
        await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
      });
      await byHand(SNSClient, (sns) => sns.send(new DeleteTopicCommand({ TopicArn: arn('sns', 'alerts') })));
      // With the topic its policy and its subscription are gone.
      expect(await stack.refresh()).to.deep.equal({ update: 1, delete: 3 });
      expect(await stack.up(declared(86_400, 'Compliance alerts'))).to.deep.equal({ update: 1, create: 3 });

      expect(await stack.destroy()).to.deep.equal({ delete: 8 });
      await byHand(SQSClient, async (sqs) => {
        expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls ?? []).to.deep.equal([]);
      });
      await byHand(SNSClient, async (sns) => {
        expect((await sns.send(new ListTopicsCommand({}))).Topics).to.deep.equal([]);
      });
    });

    it('refuses them as SNS and SQS do', async () => {
      await stack.up(declared(345_600, 'Alerts'));
      await byHand(SQSClient, (sqs) =>
        sqs.send(new CreateQueueCommand({ QueueName: 'taken', Attributes: { VisibilityTimeout: '31' } })),
      );
      const { problems } = await stack.failingUp(
        program((options) => {
          new aws.sns.Topic('alerts-2', { name: 'alerts', displayName: 'Other' }, options);
          new aws.sqs.Queue('taken', { name: 'taken' }, options);
          new aws.sqs.Queue('long', { name: 'long', messageRetentionSeconds: 1_209_601 }, options);
          new aws.sns.TopicSubscription(
            'nobody',
            { topic: arn('sns', 'alerts'), protocol: 'email', endpoint: 'nobody' },
            options,
          );
          new aws.sns.TopicPolicy('policy', { arn: arn('sns', 'alerts'), policy: 'none' }, options);
        }),
        { continueOnError: true },
      );
      expect(byName(problems)).to.deep.equal({
        'alerts-2':
          'creating SNS Topic (alerts): operation error SNS: CreateTopic, https response error StatusCode: 400, InvalidParameter: Invalid parameter: Attributes Reason: Topic already exists with different attributes',
        long: 'creating SQS Queue (long): operation error SQS: CreateQueue, https response error StatusCode: 400, InvalidAttributeValue: Invalid value for the parameter MessageRetentionPeriod. Value must be between 60 and 1209600.',
        nobody: `creating SNS Topic Subscription (${arn('sns', 'alerts')} nobody): operation error SNS: Subscribe, https response error StatusCode: 400, InvalidParameter: Invalid parameter: Email address`,
        policy: `creating SNS Topic Policy (${arn('sns', 'alerts')}): operation error SNS: SetTopicAttributes, https response error StatusCode: 400, InvalidParameter: Invalid parameter: Policy Error: null`,
        taken:
          'creating SQS Queue (taken): operation error SQS: CreateQueue, https response error StatusCode: 400, QueueAlreadyExists: A queue already exists with the same name and a different value for attribute VisibilityTimeout',
      });
    });
  });

  describe('roles', () => {
    beforeEach(() => start());

    const declared = (action: string) =>
      program((options) => {
        const role = new aws.iam.Role(
          'role',
          { name: 'role', description: 'Scans.', assumeRolePolicy: trustOf('config.amazonaws.com') },
          options,
        );
        new aws.iam.RolePolicy(
          'policy',
          { name: 'policy', role: role.name, policy: documentOf({ Effect: 'Allow', Action: action, Resource: '*' }) },
          options,
        );
        new aws.iam.RolePolicyAttachment(
          'managed',
          { role: role.name, policyArn: 'arn:aws:iam::aws:policy/service-role/AWS_ConfigRole' },
          options,
        );
        return { arn: role.arn, name: role.name };
      });

    it('makes them, leaves them alone, changes them in place, sees what was done by hand, deletes them', async () => {
      expect(await stack.up(declared('ec2:DescribeInstances'))).to.deep.equal({ create: 5 });
      expect(await stack.outputs()).to.deep.equal({ name: 'role', arn: `arn:aws:iam::${MINISTACK_ACCOUNT}:role/role` });
      expect(await stack.up(declared('ec2:DescribeInstances'))).to.deep.equal({});
      expect(await stack.up(declared('ec2:DescribeVolumes'))).to.deep.equal({ update: 1 });
      await byHand(IAMClient, async (iam) => {
        const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName: 'role' }));
        expect(Tags).to.deep.equal(Object.entries(TAGS).map(([Key, Value]) => ({ Key, Value })));
        await iam.send(new DeleteRolePolicyCommand({ RoleName: 'role', PolicyName: 'policy' }));
      });
      expect(await stack.refresh()).to.deep.equal({ delete: 1 });
      expect(await stack.destroy()).to.deep.equal({ delete: 4 });
      await byHand(IAMClient, async (iam) => {
        expect((await iam.send(new ListRolesCommand({}))).Roles).to.deep.equal([]);
      });
    });

    it('refuses them as IAM does', async () => {
      const roleOf = (name: string) => ({ name, assumeRolePolicy: trustOf('lambda.amazonaws.com') });
      await stack.up(
        program((options) => {
          new aws.iam.Role('role', roleOf('role'), options);
        }),
      );
      const { problems } = await stack.failingUp(
        program((options) => {
          new aws.iam.Role('role', roleOf('role'), options);
          new aws.iam.Role('role-2', roleOf('role'), options);
          new aws.iam.Role('untrusting', { name: 'untrusting', assumeRolePolicy: 'none' }, options);
          new aws.iam.RolePolicy(
            'long',
            { name: 'long', role: 'role', policy: documentOf({ Sid: 'x'.repeat(10_240) }) },
            options,
          );
          new aws.iam.RolePolicy(
            'sid',
            { name: 'sid', role: 'role', policy: documentOf({ Sid: 'Not-Alphanumeric' }) },
            options,
          );
          new aws.iam.RolePolicyAttachment(
            'managed',
            { role: 'role', policyArn: 'arn:aws:iam::aws:policy/service-role/AWSConfigRole' },
            options,
          );
        }),
        { continueOnError: true },
      );
      expect(byName(problems)).to.deep.equal({
        long: 'creating IAM Role Policy (long): operation error IAM: PutRolePolicy, https response error StatusCode: 409, LimitExceeded: Maximum policy size of 10240 bytes exceeded for role role',
        managed:
          'creating IAM Role Policy Attachment (role/arn:aws:iam::aws:policy/service-role/AWSConfigRole): operation error IAM: AttachRolePolicy, https response error StatusCode: 404, NoSuchEntity: Policy arn:aws:iam::aws:policy/service-role/AWSConfigRole does not exist or is not attachable.',
        'role-2':
          'creating IAM Role (role): operation error IAM: CreateRole, https response error StatusCode: 409, EntityAlreadyExists: Role with name role already exists.',
        sid: 'creating IAM Role Policy (sid): operation error IAM: PutRolePolicy, https response error StatusCode: 400, MalformedPolicyDocument: Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
        untrusting:
          'creating IAM Role (untrusting): operation error IAM: CreateRole, https response error StatusCode: 400, MalformedPolicyDocument: This policy contains invalid Json',
      });
    });

    it("deletes no role that has a policy which is not the stack's", async () => {
      await stack.up(
        program((options) => {
          new aws.iam.Role('role', { name: 'role', assumeRolePolicy: trustOf('lambda.amazonaws.com') }, options);
        }),
      );
      await byHand(IAMClient, (iam) =>
        iam.send(
          new AttachRolePolicyCommand({ RoleName: 'role', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
        ),
      );
      const { problems } = await stack.failingDestroy();
      expect(byName(problems)).to.deep.equal({
        role: 'deleting IAM Role (role): operation error IAM: DeleteRole, https response error StatusCode: 409, DeleteConflict: Cannot delete entity, must detach all policies first.',
      });
    });
  });

  describe('functions', () => {
    beforeEach(() => start());

    /** Code that tells what it was packed with. */
    function bundle(): string {
      const folder = join(pulumiPlace().folder, 'bundle');
      mkdirSync(folder, { recursive: true });
      const code = [
        `import { readFileSync } from 'node:fs';`,
        `import { word } from './chunks/word.mjs';`,
        `const config = JSON.parse(readFileSync(new URL('config.json', import.meta.url), 'utf8'));`,
        'export const handler = async () => ({ word, config, env: process.env.TOPIC });',
      ];
      writeFileSync(join(folder, 'index.mjs'), code.join('\n'));
      mkdirSync(join(folder, 'chunks'), { recursive: true });
      writeFileSync(join(folder, 'chunks/word.mjs'), `export const word = 'scanned';`);
      return folder;
    }

    const archive = (config: object) =>
      new pulumi.asset.AssetArchive({
        '.': new pulumi.asset.FileArchive(bundle()),
        'config.json': new pulumi.asset.StringAsset(JSON.stringify(config)),
      });

    const statements = [
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arn('sqs', 'dead') },
      {
        Effect: 'Allow',
        Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        Resource: arn('sqs', 'work'),
      },
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arn('lambda', 'function:next') },
    ];

    /** The function with everything that a function may have here. */
    const declared = (changes: { readonly timeout: number; readonly rules: readonly string[] }) =>
      program((options) => {
        const role = new aws.iam.Role(
          'role',
          { name: 'role', assumeRolePolicy: trustOf('lambda.amazonaws.com') },
          options,
        );
        const policy = { name: 'policy', role: role.name, policy: documentOf(...statements) };
        const allowed = new aws.iam.RolePolicy('policy', policy, options);
        const dead = new aws.sqs.Queue('dead', { name: 'dead' }, options);
        const work = new aws.sqs.Queue('work', { name: 'work', visibilityTimeoutSeconds: 360 }, options);
        const scanner = new aws.lambda.Function(
          'scanner',
          {
            name: 'scanner',
            description: 'Scans.',
            role: role.arn,
            runtime: 'nodejs24.x',
            architectures: ['arm64'],
            handler: 'index.handler',
            timeout: changes.timeout,
            memorySize: 256,
            reservedConcurrentExecutions: 1,
            code: archive({ rules: changes.rules }),
            environment: { variables: { TOPIC: 'alerts' } },
            deadLetterConfig: { targetArn: dead.arn },
          },
          { ...options, dependsOn: [allowed] },
        );
        new aws.lambda.EventSourceMapping(
          'scanner-queue-mapping',
          {
            eventSourceArn: work.arn,
            functionName: scanner.arn,
            batchSize: 10,
            functionResponseTypes: ['ReportBatchItemFailures'],
          },
          options,
        );
        const alias = new aws.lambda.Alias(
          'scanner-alias',
          { name: 'schedule', functionName: scanner.name, functionVersion: '$LATEST' },
          options,
        );
        new aws.lambda.FunctionEventInvokeConfig(
          'scanner-success',
          {
            functionName: scanner.name,
            qualifier: alias.name,
            destinationConfig: { onSuccess: { destination: arn('lambda', 'function:next') } },
          },
          options,
        );
        const rule = new aws.cloudwatch.EventRule(
          'schedule',
          { name: 'schedule', description: 'Every day.', scheduleExpression: 'cron(0 0 * * ? *)' },
          options,
        );
        new aws.cloudwatch.EventTarget(
          'schedule-target',
          {
            rule: rule.name,
            arn: alias.arn,
            deadLetterConfig: { arn: dead.arn },
            retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 3600 },
            inputTransformer: {
              inputPaths: { time: '$.time', id: '$.id' },
              inputTemplate: '{"kind":"weekly","time":<time>,"id":<id>}',
            },
          },
          options,
        );
        new aws.cloudwatch.EventRule(
          'events',
          { name: 'events', eventPattern: JSON.stringify({ source: ['aws.ec2'] }) },
          options,
        );
        new aws.lambda.Permission(
          'scanner-schedule',
          {
            statementId: 'schedule',
            function: scanner.name,
            qualifier: alias.name,
            action: 'lambda:InvokeFunction',
            principal: 'events.amazonaws.com',
            sourceArn: rule.arn,
          },
          options,
        );
        return { arn: scanner.arn, alias: alias.arn };
      });

    it('makes them run, leaves them alone, changes them in place, sees what was done by hand, deletes them', async () => {
      expect(await stack.up(declared({ timeout: 300, rules: ['a'] }))).to.deep.equal({ create: 14 });
      expect(await stack.outputs()).to.deep.equal({
        arn: arn('lambda', 'function:scanner'),
        alias: arn('lambda', 'function:scanner:schedule'),
      });
      expect(await invoke(ministack().url, 'scanner', {})).to.deep.equal({
        answer: { word: 'scanned', config: { rules: ['a'] }, env: 'alerts' },
      });
      expect(await stack.up(declared({ timeout: 300, rules: ['a'] }))).to.deep.equal({});
      expect(await stack.refresh()).to.deep.equal({});
      expect(await stack.up(declared({ timeout: 360, rules: ['b'] }))).to.deep.equal({ update: 1 });
      expect(await invoke(ministack().url, 'scanner', {})).to.deep.equal({
        answer: { word: 'scanned', config: { rules: ['b'] }, env: 'alerts' },
      });

      const given = { FunctionName: 'scanner', Timeout: 3, MemorySize: 128 };
      await byHand(LambdaClient, (lambda) =>
        lambda.send(
          new UpdateFunctionConfigurationCommand({ ...given, Environment: { Variables: { TOPIC: 'none' } } }),
        ),
      );
      await byHand(EventBridgeClient, (events) => events.send(new DisableRuleCommand({ Name: 'schedule' })));
      expect(await stack.refresh()).to.deep.equal({ update: 2 });
      expect(await stack.up(declared({ timeout: 360, rules: ['b'] }))).to.deep.equal({ update: 2 });
      await byHand(LambdaClient, async (lambda) => {
        const { Functions: [found] = [] } = await lambda.send(new ListFunctionsCommand({}));
        expect([found?.Timeout, found?.MemorySize, found?.Environment?.Variables]).to.deep.equal([
          360,
          256,
          { TOPIC: 'alerts' },
        ]);
      });

      expect(await stack.destroy()).to.deep.equal({ delete: 14 });
      await byHand(LambdaClient, async (lambda) => {
        expect((await lambda.send(new ListFunctionsCommand({}))).Functions).to.deep.equal([]);
        const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({}));
        expect(EventSourceMappings).to.deep.equal([]);
      });
      await byHand(EventBridgeClient, async (events) => {
        expect((await events.send(new ListRulesCommand({}))).Rules).to.deep.equal([]);
      });
    });

    it('refuses them as Lambda does', async () => {
      await stack.up(declared({ timeout: 300, rules: [] }));
      const role = `arn:aws:iam::${MINISTACK_ACCOUNT}:role/role`;
      const { problems } = await stack.failingUp(
        program((options) => {
          const usual = { role, runtime: 'nodejs24.x', handler: 'index.handler', code: archive({}) };
          new aws.lambda.Function('scanner-2', { ...usual, name: 'scanner' }, options);
          new aws.lambda.Function('roleless', { ...usual, name: 'roleless', role: `${role}-none` }, options);
          new aws.lambda.Function(
            'large',
            { ...usual, name: 'large', environment: { variables: { A: 'a'.repeat(4089) } } },
            options,
          );
          new aws.lambda.Function(
            'reserved',
            { ...usual, name: 'reserved', environment: { variables: { AWS_REGION: REGION } } },
            options,
          );
          new aws.lambda.Function(
            'undelivered',
            { ...usual, name: 'undelivered', deadLetterConfig: { targetArn: arn('sqs', 'other') } },
            options,
          );
          new aws.lambda.EventSourceMapping(
            'dead-mapping',
            { eventSourceArn: arn('sqs', 'dead'), functionName: 'scanner' },
            options,
          );
          new aws.lambda.EventSourceMapping(
            'none-mapping',
            { eventSourceArn: arn('sqs', 'none'), functionName: 'scanner' },
            options,
          );
          new aws.lambda.EventSourceMapping(
            'work-mapping',
            { eventSourceArn: arn('sqs', 'work'), functionName: 'scanner' },
            options,
          );
          new aws.lambda.FunctionEventInvokeConfig(
            'elsewhere',
            {
              functionName: 'scanner',
              destinationConfig: { onSuccess: { destination: arn('lambda', 'function:other') } },
            },
            options,
          );
        }),
        { continueOnError: true },
      );
      const environment =
        'Lambda was unable to configure your environment variables because the environment variables you have provided';
      const lambdaError = (operation: string, rest: string) =>
        `operation error Lambda: ${operation}, https response error StatusCode: ${rest}`;
      const refused = byName(problems);
      const uuid = /[0-9a-f]{8}-[0-9a-f-]{27}/;
      expect({ ...refused, 'work-mapping': refused['work-mapping']?.replace(uuid, 'UUID') }).to.deep.equal({
        'dead-mapping': `creating Lambda Event Source Mapping (${arn('sqs', 'dead')}, scanner): ${lambdaError('CreateEventSourceMapping', '400, InvalidParameterValueException: Queue visibility timeout: 30 seconds is less than Function timeout: 300 seconds')}`,
        elsewhere: `creating Lambda Function Event Invoke Config (scanner): ${lambdaError('PutFunctionEventInvokeConfig', `400, InvalidParameterValueException: The function's execution role does not have permissions to call InvokeFunction on ${arn('lambda', 'function:other')}`)}`,
        large: `creating Lambda Function (large): ${lambdaError('CreateFunction', `400, InvalidParameterValueException: ${environment} exceeded the 4KB limit. String measured: {"A":"${'a'.repeat(4089)}"}`)}`,
        'none-mapping': `creating Lambda Event Source Mapping (${arn('sqs', 'none')}, scanner): ${lambdaError('CreateEventSourceMapping', '400, InvalidParameterValueException: Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist for this wsdl version.')}`,
        reserved: `creating Lambda Function (reserved): ${lambdaError('CreateFunction', `400, InvalidParameterValueException: ${environment} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION`)}`,
        roleless: `creating Lambda Function (roleless): ${lambdaError('CreateFunction', '400, InvalidParameterValueException: The role with name role-none cannot be found. (Service: IAM, Status Code: 404)')}`,
        'scanner-2': `creating Lambda Function (scanner): ${lambdaError('CreateFunction', '409, ResourceConflictException: Function already exist: scanner')}`,
        undelivered: `creating Lambda Function (undelivered): ${lambdaError('CreateFunction', '400, InvalidParameterValueException: The provided execution role does not have permissions to call SendMessage on SQS')}`,
        'work-mapping': `creating Lambda Event Source Mapping (${arn('sqs', 'work')}, scanner): ${lambdaError('CreateEventSourceMapping', `409, ResourceConflictException: An event source mapping with SQS arn (" ${arn('sqs', 'work')} ") and function (" scanner ") already exists. Please update or delete the existing mapping with UUID UUID`)}`,
      });
    });
  });
});

function expiring(id: string, days: number) {
  return { id, status: 'Enabled', filter: {}, expiration: { days } };
}

/** A client of another account. */
class S3ClientOfAnother extends S3Client {
  constructor(options: object) {
    super({ ...options, credentials: { accessKeyId: '111111111111', secretAccessKey: 'test' } });
  }
}
