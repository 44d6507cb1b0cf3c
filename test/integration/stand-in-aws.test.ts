import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

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
  PutTargetsCommand,
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
import { DeleteTopicCommand, ListTagsForResourceCommand, ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
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
      .replace(/^(1 error occurred:\s+\* )+/, '')
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
        // Who asks for TLS in vain denies the stand-in too.
        const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
        const plain = { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: arn('sqs', 'dead'), Condition };
        new aws.sqs.QueuePolicy('dead-policy', { queueUrl: dead.url, policy: documentOf(plain) }, options);
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
      expect(await stack.up(declared(345_600, 'Alerts'))).to.deep.equal({ create: 9 });
      expect(await stack.outputs()).to.deep.equal({
        url: `${ministack().url}/${MINISTACK_ACCOUNT}/work`,
        queue: arn('sqs', 'work'),
        topic: arn('sns', 'alerts'),
        tags: { ...TAGS, Name: 'work' },
      });
      expect(await stack.preview(declared(345_600, 'Alerts'))).to.deep.equal({});
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

      expect(await stack.destroy()).to.deep.equal({ delete: 9 });
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
      expect(await stack.preview(declared('ec2:DescribeInstances'))).to.deep.equal({});
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

  describe('log groups, alarms and dashboards', () => {
    beforeEach(() => start());

    const alarm = {
      namespace: 'AWS/Lambda',
      metricName: 'Errors',
      statistic: 'Sum',
      period: 300,
      evaluationPeriods: 1,
      comparisonOperator: 'GreaterThanThreshold',
      treatMissingData: 'notBreaching',
      dimensions: { FunctionName: 'scanner' },
      alarmActions: [arn('sns', 'alerts')],
    };
    const widget = { type: 'text', x: 0, y: 0, width: 24, height: 2, properties: { markdown: 'Compliance' } };

    const declared = (retentionInDays: number, threshold: number, widgets: readonly object[]) =>
      program((options) => {
        const group = new aws.cloudwatch.LogGroup('logs', { name: '/aws/lambda/scanner', retentionInDays }, options);
        const failures = { ...alarm, name: 'failures', alarmDescription: 'It failed.', threshold };
        new aws.cloudwatch.MetricAlarm('failures', failures, options);
        const dashboardBody = JSON.stringify({ widgets });
        new aws.cloudwatch.Dashboard('dashboard', { dashboardName: 'dashboard', dashboardBody }, options);
        return { arn: group.arn };
      });

    it('makes them, leaves them alone, changes them in place, sees what was done by hand, deletes them', async () => {
      expect(await stack.up(declared(30, 0, [widget]))).to.deep.equal({ create: 5 });
      expect(await stack.outputs()).to.deep.equal({ arn: arn('logs', 'log-group:/aws/lambda/scanner') });
      expect(await stack.preview(declared(30, 0, [widget]))).to.deep.equal({});
      expect(await stack.up(declared(7, 1, []))).to.deep.equal({ update: 3 });

      await byHand(CloudWatchLogsClient, (logs) =>
        logs.send(new PutRetentionPolicyCommand({ logGroupName: '/aws/lambda/scanner', retentionInDays: 1 })),
      );
      await byHand(CloudWatchClient, (cloudwatch) =>
        cloudwatch.send(
          new PutMetricAlarmCommand({
            AlarmName: 'failures',
            Namespace: 'AWS/Lambda',
            MetricName: 'Errors',
            Statistic: 'Sum',
            Period: 300,
            EvaluationPeriods: 1,
            ComparisonOperator: 'GreaterThanThreshold',
            Threshold: 100,
          }),
        ),
      );
      expect(await stack.refresh()).to.deep.equal({ update: 2 });
      expect(await stack.up(declared(7, 1, []))).to.deep.equal({ update: 2 });
      await byHand(CloudWatchClient, async (cloudwatch) => {
        const { MetricAlarms: [found] = [] } = await cloudwatch.send(new DescribeAlarmsCommand({}));
        expect([found?.Threshold, found?.AlarmActions]).to.deep.equal([1, [arn('sns', 'alerts')]]);
      });

      expect(await stack.destroy()).to.deep.equal({ delete: 5 });
      await byHand(CloudWatchLogsClient, async (logs) => {
        expect((await logs.send(new DescribeLogGroupsCommand({}))).logGroups).to.deep.equal([]);
      });
      await byHand(CloudWatchClient, async (cloudwatch) => {
        expect((await cloudwatch.send(new DescribeAlarmsCommand({}))).MetricAlarms).to.deep.equal([]);
        expect((await cloudwatch.send(new ListDashboardsCommand({}))).DashboardEntries).to.deep.equal([]);
      });
    });

    it('refuses them, and schedules and targets, as AWS does', async () => {
      await stack.up(declared(30, 0, [widget]));
      const { problems } = await stack.failingUp(
        program((options) => {
          new aws.cloudwatch.LogGroup('logs-2', { name: '/aws/lambda/scanner' }, options);
          new aws.cloudwatch.LogGroup('month', { name: 'month', retentionInDays: 31 }, options);
          new aws.cloudwatch.MetricAlarm('odd', { ...alarm, name: 'odd', threshold: 0, period: 7 }, options);
          const dashboardBody = JSON.stringify({ widgets: [{ ...widget, x: 1 }] });
          new aws.cloudwatch.Dashboard('wide', { dashboardName: 'wide', dashboardBody }, options);
          new aws.cloudwatch.EventRule('hour', { name: 'hour', scheduleExpression: 'rate(6 hour)' }, options);
          new aws.cloudwatch.EventRule('both', { name: 'both', scheduleExpression: 'cron(0 0 * * MON *)' }, options);
          new aws.cloudwatch.EventRule('pattern', { name: 'pattern', eventPattern: '{"source":"aws.ec2"}' }, options);
          const target = { rule: 'none', targetId: 'target', arn: arn('lambda', 'function:scanner') };
          new aws.cloudwatch.EventTarget('ruleless', target, options);
          new aws.cloudwatch.EventTarget(
            'template',
            { ...target, inputTransformer: { inputPaths: {}, inputTemplate: '{"time":<time>}' } },
            options,
          );
        }),
        { continueOnError: true },
      );
      expect(byName(problems)).to.deep.equal({
        both: 'creating EventBridge Rule (both): operation error EventBridge: PutRule, https response error StatusCode: 400, ValidationException: Parameter ScheduleExpression is not valid.',
        hour: 'creating EventBridge Rule (hour): operation error EventBridge: PutRule, https response error StatusCode: 400, ValidationException: Parameter ScheduleExpression is not valid.',
        'logs-2':
          'creating CloudWatch Logs Log Group (/aws/lambda/scanner): operation error CloudWatch Logs: CreateLogGroup, https response error StatusCode: 400, ResourceAlreadyExistsException: The specified log group already exists: /aws/lambda/scanner',
        month:
          'creating CloudWatch Logs Log Group (month): operation error CloudWatch Logs: PutRetentionPolicy, https response error StatusCode: 400, InvalidParameterException: Invalid retentionInDays value: 31.',
        odd: 'creating CloudWatch Metric Alarm (odd): operation error CloudWatch: PutMetricAlarm, https response error StatusCode: 400, ValidationError: The parameter Period must be 10, 20, 30 or a multiple of 60.',
        pattern:
          'creating EventBridge Rule (pattern): operation error EventBridge: PutRule, https response error StatusCode: 400, InvalidEventPatternException: Event pattern is not valid. Reason: "source" must be an object or an array',
        ruleless:
          'creating EventBridge Target (none-target): operation error EventBridge: PutTargets, https response error StatusCode: 400, ResourceNotFoundException: Rule none does not exist.',
        template:
          'creating EventBridge Target (none-target): operation error EventBridge: PutTargets, https response error StatusCode: 400, ValidationException: Invalid InputTemplate for target target : placeholder time is not in the InputPathsMap.',
        wide: 'creating CloudWatch Dashboard (wide): operation error CloudWatch: PutDashboard, https response error StatusCode: 400, InvalidParameterInput: The dashboard body is invalid, there are validation errors: /widgets/0/width should be <= 24',
      });
      // The group is there, though its retention was refused: the engine remembers it.
      expect(await stack.resources()).to.include('month');
    });

    it("deletes no rule that has a target which is not the stack's", async () => {
      await stack.up(
        program((options) => {
          new aws.cloudwatch.EventRule('rule', { name: 'rule', scheduleExpression: 'rate(1 day)' }, options);
        }),
      );
      const Targets = [{ Id: 'other', Arn: arn('lambda', 'function:other') }];
      await byHand(EventBridgeClient, (events) => events.send(new PutTargetsCommand({ Rule: 'rule', Targets })));
      const { problems } = await stack.failingDestroy();
      expect(byName(problems)).to.deep.equal({
        rule: "deleting EventBridge Rule (rule): operation error EventBridge: DeleteRule, https response error StatusCode: 400, ValidationException: Rule can't be deleted since it has targets.",
      });
    });
  });

  describe('tables and keys', () => {
    beforeEach(() => start());

    const root = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${MINISTACK_ACCOUNT}:root` }, Action: 'kms:*' };
    const attributes = [
      { name: 'resource_id', type: 'S' },
      { name: 'evaluation_timestamp', type: 'S' },
    ];
    const keys = { hashKey: 'resource_id', rangeKey: 'evaluation_timestamp' };

    const declared = (description: string, recovery: boolean) =>
      program((options) => {
        const policy = documentOf({ ...root, Resource: '*' });
        const key = new aws.kms.Key(
          'key',
          { description, policy, enableKeyRotation: true, deletionWindowInDays: 7 },
          options,
        );
        new aws.kms.Alias('alias', { name: 'alias/compliance', targetKeyId: key.keyId }, options);
        const table = new aws.dynamodb.Table(
          'history',
          {
            name: 'history',
            billingMode: 'PAY_PER_REQUEST',
            attributes,
            ...keys,
            pointInTimeRecovery: { enabled: recovery },
          },
          options,
        );
        return { key: key.arn, id: key.keyId, table: table.arn };
      });

    it('makes them, leaves them alone, changes them in place, sees what was done by hand, deletes them', async () => {
      expect(await stack.up(declared('Alerts.', true))).to.deep.equal({ create: 5 });
      const { id, key, table } = await stack.outputs();
      expect(key).to.equal(arn('kms', `key/${String(id)}`));
      expect(table).to.equal(arn('dynamodb', 'table/history'));
      expect(await stack.preview(declared('Alerts.', true))).to.deep.equal({});
      expect(await stack.up(declared('Alerts and reports.', true))).to.deep.equal({ update: 1 });

      const KeyId = String(id);
      await byHand(KMSClient, (kms) => kms.send(new DisableKeyRotationCommand({ KeyId })));
      const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: false };
      await byHand(DynamoDBClient, (dynamodb) =>
        dynamodb.send(new UpdateContinuousBackupsCommand({ TableName: 'history', PointInTimeRecoverySpecification })),
      );
      expect(await stack.refresh()).to.deep.equal({ update: 2 });
      expect(await stack.up(declared('Alerts and reports.', true))).to.deep.equal({ update: 2 });
      await byHand(DynamoDBClient, async (dynamodb) => {
        const { ContinuousBackupsDescription: backups } = await dynamodb.send(
          new DescribeContinuousBackupsCommand({ TableName: 'history' }),
        );
        expect(backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).to.equal('ENABLED');
      });

      expect(await stack.destroy()).to.deep.equal({ delete: 5 });
      await byHand(DynamoDBClient, async (dynamodb) => {
        expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).to.deep.equal([]);
      });
      await byHand(KMSClient, async (kms) => {
        expect((await kms.send(new ListAliasesCommand({}))).Aliases).to.deep.equal([]);
        // AWS deletes no key at once.
        const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
        expect(KeyMetadata?.KeyState).to.equal('PendingDeletion');
      });
    });

    it('refuses them as DynamoDB and KMS do', async () => {
      await stack.up(declared('Alerts.', true));
      const { id } = await stack.outputs();
      const { problems } = await stack.failingUp(
        program((options) => {
          new aws.dynamodb.Table('history-2', { name: 'history', attributes, ...keys }, options);
          new aws.kms.Alias('alias-2', { name: 'alias/compliance', targetKeyId: String(id) }, options);
          const stranger = { ...root, Principal: { Service: 'events.amazonaws.com' }, Resource: '*' };
          new aws.kms.Key('locked', { policy: documentOf(stranger) }, options);
        }),
        { continueOnError: true },
      );
      expect(byName(problems)).to.deep.equal({
        'alias-2':
          'creating KMS Alias (alias/compliance): operation error KMS: CreateAlias, https response error StatusCode: 400, AlreadyExistsException: Alias alias/compliance already exists',
        'history-2':
          'creating DynamoDB Table (history): operation error DynamoDB: CreateTable, https response error StatusCode: 400, ResourceInUseException: Table already exists: history',
        locked:
          'creating KMS Key (locked): operation error KMS: CreateKey, https response error StatusCode: 400, MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.',
      });
    });
  });

  describe('AWS Config', () => {
    const moto = withEmulator('moto', () => startMoto(MINISTACK_ACCOUNT));
    beforeEach(() => start({ configEndpoint: moto().url }));

    const evaluator = arn('lambda', 'function:evaluator');

    /** All that AWS Config needs to stand, and a rule. */
    const declared = (types: readonly string[], regions: readonly string[]) =>
      program((options) => {
        const bucket = new aws.s3.Bucket('delivery', { bucket: 'delivery-test' }, options);
        const role = new aws.iam.Role(
          'role',
          { name: 'role', assumeRolePolicy: trustOf('config.amazonaws.com') },
          options,
        );
        const write = { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::delivery-test/*' };
        const fail = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' };
        new aws.iam.RolePolicy('policy', { name: 'policy', role: role.name, policy: documentOf(write, fail) }, options);
        const recorder = new aws.cfg.Recorder(
          'recorder',
          {
            name: 'recorder',
            roleArn: role.arn,
            recordingGroup: { allSupported: false, resourceTypes: ['AWS::S3::Bucket', 'AWS::EC2::Instance'] },
          },
          options,
        );
        const channel = new aws.cfg.DeliveryChannel(
          'channel',
          { name: 'channel', s3BucketName: bucket.bucket },
          { ...options, dependsOn: [recorder] },
        );
        new aws.cfg.RecorderStatus(
          'recorder-status',
          { name: recorder.name, isEnabled: true },
          { ...options, dependsOn: [channel] },
        );
        const code = new pulumi.asset.AssetArchive({
          'index.mjs': new pulumi.asset.StringAsset('export const handler = async () => 1;'),
        });
        new aws.lambda.Function(
          'evaluator',
          { name: 'evaluator', role: role.arn, runtime: 'nodejs24.x', handler: 'index.handler', code },
          options,
        );
        const invoker = { action: 'lambda:InvokeFunction', principal: 'config.amazonaws.com', statementId: 'config' };
        const allowed = new aws.lambda.Permission(
          'invoker',
          { ...invoker, function: 'evaluator' },
          {
            ...options,
            dependsOn: [channel],
          },
        );
        const rule = new aws.cfg.Rule(
          'tags',
          {
            name: 'tags',
            description: 'Tags.',
            inputParameters: JSON.stringify({ ruleId: 'ec2-required-tags' }),
            scope: { complianceResourceTypes: [...types] },
            source: {
              owner: 'CUSTOM_LAMBDA',
              sourceIdentifier: evaluator,
              sourceDetails: [
                { messageType: 'ConfigurationItemChangeNotification' },
                { messageType: 'ScheduledNotification', maximumExecutionFrequency: 'Six_Hours' },
              ],
            },
          },
          { ...options, dependsOn: [allowed] },
        );
        const aggregator = new aws.cfg.ConfigurationAggregator(
          'aggregator',
          {
            name: 'aggregator',
            accountAggregationSource: { accountIds: [MINISTACK_ACCOUNT], regions: [...regions] },
          },
          options,
        );
        return { rule: rule.tagsAll, aggregator: aggregator.tagsAll };
      });

    it('makes it, leaves it alone, changes it in place, sees what was done by hand, deletes it', async () => {
      expect(await stack.up(declared(['AWS::EC2::Instance'], [REGION]))).to.deep.equal({ create: 12 });
      expect(await stack.outputs()).to.deep.equal({ rule: TAGS, aggregator: TAGS });
      expect(await stack.preview(declared(['AWS::EC2::Instance'], [REGION]))).to.deep.equal({});
      expect(await stack.up(declared(['AWS::S3::Bucket'], [REGION, 'eu-west-1']))).to.deep.equal({ update: 2 });

      await byHand(
        ConfigServiceClient,
        (config) => config.send(new StopConfigurationRecorderCommand({ ConfigurationRecorderName: 'recorder' })),
        moto().url,
      );
      expect(await stack.refresh()).to.deep.equal({ update: 1 });
      expect(await stack.up(declared(['AWS::S3::Bucket'], [REGION, 'eu-west-1']))).to.deep.equal({ update: 1 });
      await byHand(
        ConfigServiceClient,
        async (config) => {
          const status = await config.send(new DescribeConfigurationRecorderStatusCommand({}));
          expect(status.ConfigurationRecordersStatus?.map(({ recording }) => recording)).to.deep.equal([true]);
        },
        moto().url,
      );

      expect(await stack.destroy()).to.deep.equal({ delete: 12 });
      await byHand(
        ConfigServiceClient,
        async (config) => {
          const { ConfigurationRecorders } = await config.send(new DescribeConfigurationRecordersCommand({}));
          const { DeliveryChannels } = await config.send(new DescribeDeliveryChannelsCommand({}));
          const { ConfigRules } = await config.send(new DescribeConfigRulesCommand({}));
          const { ConfigurationAggregators } = await config.send(new DescribeConfigurationAggregatorsCommand({}));
          expect([ConfigurationRecorders, DeliveryChannels, ConfigRules, ConfigurationAggregators]).to.deep.equal([
            [],
            [],
            [],
            [],
          ]);
        },
        moto().url,
      );
    });

    it('refuses a second recorder, a channel to nowhere and a rule that may not invoke its function', async () => {
      const roleARN = `arn:aws:iam::${MINISTACK_ACCOUNT}:role/role`;
      await byHand(
        ConfigServiceClient,
        (config) =>
          config.send(new PutConfigurationRecorderCommand({ ConfigurationRecorder: { name: 'default', roleARN } })),
        moto().url,
      );
      const { problems } = await stack.failingUp(
        program((options) => {
          new aws.cfg.Recorder('recorder', { name: 'recorder', roleArn: roleARN }, options);
          new aws.cfg.DeliveryChannel('channel', { name: 'channel', s3BucketName: 'none' }, options);
          new aws.cfg.RecorderStatus('status', { name: 'default', isEnabled: true }, options);
          const sourceDetails = [{ messageType: 'ConfigurationItemChangeNotification' }];
          const source = { owner: 'CUSTOM_LAMBDA', sourceIdentifier: evaluator, sourceDetails };
          new aws.cfg.Rule('rule', { name: 'rule', source }, options);
        }),
        { continueOnError: true },
      );
      expect(byName(problems)).to.deep.equal({
        channel:
          'creating ConfigService Delivery Channel (channel): operation error Config Service: PutDeliveryChannel, https response error StatusCode: 400, NoSuchBucketException: Cannot find a S3 bucket with the name none',
        recorder:
          "creating ConfigService Configuration Recorder (recorder): operation error Config Service: PutConfigurationRecorder, https response error StatusCode: 400, MaxNumberOfConfigurationRecordersExceededException: Failed to put configuration recorder 'recorder' because the maximum number of configuration recorders: 1 is reached.",
        rule: `creating ConfigService Config Rule (rule): operation error Config Service: PutConfigRule, https response error StatusCode: 400, InsufficientPermissionsException: The AWS Lambda function ${evaluator} cannot be invoked. Check the specified function ARN, and check the function's permissions.`,
        status:
          'creating ConfigService Configuration Recorder Status (default): operation error Config Service: StartConfigurationRecorder, https response error StatusCode: 400, NoAvailableDeliveryChannelException: Delivery channel is not available to start configuration recorder.',
      });
    });
  });

  describe('the engine', () => {
    beforeEach(() => start());

    const topics = (names: Readonly<Record<string, string>>, tags?: Record<string, string>) =>
      program((options) => {
        for (const [logical, name] of Object.entries(names)) new aws.sns.Topic(logical, { name }, options);
      }, tags);

    it('asks nobody on the network', async () => {
      let asked = 0;
      const proxy = createServer((_, response) => {
        asked += 1;
        response.destroy();
      }).on('connect', (_, socket) => {
        asked += 1;
        socket.destroy();
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const proxied = { HTTP_PROXY: url, HTTPS_PROXY: url, NO_PROXY: '127.0.0.1,localhost' };
      stack = await testStack(pulumiPlace(), { ...standIn.env, ...proxied });
      try {
        await stack.up(topics({ alerts: 'alerts' }));
        await stack.destroy();
      } finally {
        proxy.close();
      }
      expect(asked).to.equal(0);
    });

    it('replaces what cannot be changed: the new one first, or the old one where both have one name', async () => {
      await stack.up(topics({ alerts: 'alerts' }));
      const before = standIn.calls.length;
      expect(await stack.up(topics({ alerts: 'alerts-2' }))).to.deep.equal({ replace: 1 });
      expect(standIn.calls.slice(before)).to.deep.equal([
        { method: 'create', type: 'aws:sns/topic:Topic', name: 'alerts' },
        { method: 'delete', type: 'aws:sns/topic:Topic', name: 'alerts' },
      ]);

      const table = (hashKey: string) =>
        program((options) => {
          const attributes = [{ name: hashKey, type: 'S' }];
          new aws.dynamodb.Table(
            'table',
            { name: 'table', hashKey, attributes, billingMode: 'PAY_PER_REQUEST' },
            options,
          );
        });
      await stack.up(table('id'));
      const then = standIn.calls.length;
      expect(await stack.up(table('arn'))).to.deep.equal({ replace: 1 });
      expect(standIn.calls.slice(then).map(({ method }) => method)).to.deep.equal(['delete', 'create']);
    });

    it('gives new default tags to what is there, and takes old ones away', async () => {
      await stack.up(topics({ alerts: 'alerts' }));
      expect(await stack.up(topics({ alerts: 'alerts' }, { Owner: 'ada' }))).to.deep.equal({ update: 2 });
      await byHand(SNSClient, async (sns) => {
        const { Tags } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: arn('sns', 'alerts') }));
        expect(Tags).to.deep.equal([{ Key: 'Owner', Value: 'ada' }]);
      });
    });

    it('is told of arguments that lack, and of those that the stand-in would lose', async () => {
      const unknown = await stack.failingUp(
        program((options) => {
          new aws.sqs.Queue('fifo', { name: 'queue.fifo', fifoQueue: true }, options);
        }),
      );
      const lacking = await stack.failingUp(
        program((options) => {
          // The class itself asks for what is plainly absent.
          const role = pulumi.output(undefined) as unknown as pulumi.Output<string>;
          new aws.iam.RolePolicy('roleless', { role, policy: '{}' }, options);
        }),
      );
      expect([...unknown.problems, ...lacking.problems]).to.deep.equal([
        {
          name: 'fifo',
          message:
            "aws:sqs/queue:Queue resource 'fifo': property fifoQueue value {true} has a problem: The stand-in for AWS does not know fifoQueue of aws:sqs/queue:Queue.",
        },
        {
          name: 'roleless',
          message:
            "aws:iam/rolePolicy:RolePolicy resource 'roleless' has a problem: Missing required argument. The argument \"role\" is required, but no definition was found.. Examine values at 'roleless.role'.",
        },
      ]);
      expect(standIn.calls).to.deep.equal([]);
    });

    it('fails where a test wants it, and goes on from there', async () => {
      standIn.fail({
        type: 'aws:sns/topic:Topic',
        name: 'second',
        error: 'AccessDenied: no identity-based policy allows the SNS:CreateTopic action',
        times: 1,
      });
      const three = topics({ first: 'first', second: 'second', third: 'third' });
      const { problems } = await stack.failingUp(three, { continueOnError: true });
      expect(byName(problems)).to.deep.equal({
        second: 'creating SNS Topic (second): AccessDenied: no identity-based policy allows the SNS:CreateTopic action',
      });
      expect(await stack.resources()).to.deep.equal(['first', 'third']);
      expect(await stack.up(three)).to.deep.equal({ create: 1 });
    });

    it('remembers what was made although its creation is said to have failed', async () => {
      const error = 'context deadline exceeded';
      standIn.fail({ type: 'aws:sns/topic:Topic', error, times: 1, afterwards: true });
      const { problems } = await stack.failingUp(topics({ alerts: 'alerts' }));
      expect(byName(problems)).to.deep.equal({ alerts: `creating SNS Topic (alerts): ${error}` });
      expect(await stack.resources()).to.deep.equal(['alerts']);
      expect(await stack.destroy()).to.deep.equal({ delete: 3 });
    });

    it('waits where a test wants it, and keeps others out meanwhile', async () => {
      const hold = standIn.hold({ type: 'aws:sns/topic:Topic', name: 'slow' });
      const slow = stack.up(topics({ slow: 'slow' }));
      await hold.reached;
      const { error } = await stack.failingUp(topics({ slow: 'slow' }));
      expect(error.message).to.include('the stack is currently locked by 1 lock(s)');
      hold.release();
      expect(await slow).to.deep.equal({ create: 3 });
    });

    it('gives up what hangs when it is interrupted', async () => {
      const interrupt = new AbortController();
      const hold = standIn.hold({ type: 'aws:sns/topic:Topic', name: 'slow' });
      const failing = stack.failingUp(topics({ slow: 'slow' }), { signal: interrupt.signal });
      await hold.reached;
      interrupt.abort();
      const { problems } = await failing;
      expect(byName(problems)).to.deep.equal({ slow: 'creating SNS Topic (slow): context canceled' });
      expect(await stack.up(topics({ slow: 'slow' }))).to.deep.equal({ create: 1 });
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
