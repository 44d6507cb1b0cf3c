/** Every reader: what AWS answers, what it answers where there is nothing, and what becomes of calls that give nothing. */
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  GetMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  ConfigServiceClient,
  DescribeConfigRuleEvaluationStatusCommand,
  DescribeConfigRulesCommand,
  DescribeConfigurationAggregatorsCommand,
  DescribeConfigurationAggregatorSourcesStatusCommand,
  DescribeConfigurationRecordersCommand,
  DescribeConfigurationRecorderStatusCommand,
  DescribeDeliveryChannelsCommand,
  DescribeDeliveryChannelStatusCommand,
} from '@aws-sdk/client-config-service';
import { DescribeContinuousBackupsCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetRoleCommand, GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, GetKeyRotationStatusCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { known, notCollected } from '../../src/engine/model.ts';
import { CALLS } from '../../src/health/calls.ts';
import type { HealthCall } from '../../src/health/calls.ts';
import { dueQuery, functionQuery, metricKey, queueQuery, ruleQuery } from '../../src/health/metrics.ts';
import type { MetricQuery } from '../../src/health/metrics.ts';
import { readAlarms, readDashboard } from '../../src/health/readers/cloudwatch.ts';
import {
  readAggregator,
  readConfigRule,
  readDeliveryChannel,
  readRecorder,
  readRecorders,
} from '../../src/health/readers/config.ts';
import { readFunction, readQueueMapping } from '../../src/health/readers/functions.ts';
import { readLogGroup } from '../../src/health/readers/logs.ts';
import { readQueue, readRule, readTopic } from '../../src/health/readers/messaging.ts';
import { readMetrics } from '../../src/health/readers/metrics.ts';
import { readBucket, readKey, readRole, readTable } from '../../src/health/readers/storage.ts';
import type { Reading } from '../../src/health/reading.ts';
import { GapLog } from '../../src/inventory/gap-log.ts';
import { networkError, serviceError } from '../support/aws-errors.ts';
import { stubbedClients } from '../support/clients.ts';
import { thrownBy } from '../support/errors.ts';
import { specOf } from '../support/stacks.ts';

/** Commands are told apart by their classes; what they answer is the table's. */
type Commands = Parameters<ReturnType<typeof mockClient>['on']>[0];

interface Answered {
  readonly call: HealthCall;
  readonly client: ReturnType<typeof mockClient>;
  readonly command: new (input: never) => object;
  /** What AWS answers: pages where there are several. */
  readonly answers: readonly object[];
  /** What it answers where there is nothing, and what that reads as; the first call's is the part's absence. */
  readonly absent?: string;
  /** An answer without what AWS always sends. */
  readonly malformed?: object;
  /** The field of what was read; the part itself for its first call. */
  readonly field?: string;
  /** What the field is where AWS says that there is nothing. */
  readonly whenAbsent?: unknown;
}

interface ReaderTable {
  readonly reader: string;
  readonly read: (reading: Reading) => Promise<unknown>;
  readonly calls: readonly Answered[];
  readonly seen: unknown;
}

const clients = {
  cloudwatch: mockClient(CloudWatchClient),
  logs: mockClient(CloudWatchLogsClient),
  config: mockClient(ConfigServiceClient),
  dynamodb: mockClient(DynamoDBClient),
  events: mockClient(EventBridgeClient),
  iam: mockClient(IAMClient),
  kms: mockClient(KMSClient),
  lambda: mockClient(LambdaClient),
  s3: mockClient(S3Client),
  sns: mockClient(SNSClient),
  sqs: mockClient(SQSClient),
};
// Whole classes are mocked, and only while these tests run: `reset` wraps them anew.
for (const client of Object.values(clients)) client.restore();
const { cloudwatch, logs, config, dynamodb, events, iam, kms, lambda, s3, sns, sqs } = clients;

const standard = specOf('standard');
const history = specOf('config-history');
const evaluator = history.functions.find(({ onSuccess }) => onSuccess !== undefined);
const [bucket] = standard.buckets;
const role = standard.functions[0]?.role;
if (evaluator === undefined || bucket === undefined || role === undefined) throw new Error('The presets have them.');

const of = (key: MetricQuery, value: number) => [metricKey(key), known(value)] as const;
const due = dueQuery(evaluator, history);
if (due === undefined) throw new Error('The evaluator is scheduled.');
const metrics = new Map([
  of(functionQuery(evaluator, 'Invocations'), 4),
  of(functionQuery(evaluator, 'Errors'), 1),
  of(due, 3),
  of(ruleQuery('r'), 2),
  of(queueQuery('q'), 60),
]);
const day = new Date('2026-11-20T00:00:00Z');
const alarm = {
  AlarmName: 'a',
  StateValue: 'OK',
  AlarmConfigurationUpdatedTimestamp: day,
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: 1,
};
const alarmSeen = {
  state: 'OK',
  stateReason: null,
  configured: day,
  actionsEnabled: true,
  actions: [],
  namespace: null,
  metric: null,
  dimensions: {},
  statistic: null,
  periodSeconds: null,
  periods: 1,
  comparison: 'GreaterThanThreshold',
  threshold: null,
  missing: 'missing',
};
const grant = (service: string, condition: object) => ({
  Effect: 'Allow',
  Principal: { Service: service },
  Action: 'lambda:InvokeFunction',
  Condition: condition,
});

const TABLES: readonly ReaderTable[] = [
  {
    reader: 'readFunction',
    read: (reading) => readFunction(evaluator, { stack: history, metrics }, reading),
    calls: [
      {
        call: CALLS.function,
        client: lambda,
        command: GetFunctionConfigurationCommand,
        answers: [
          {
            State: 'Failed',
            StateReason: 'Why',
            LastUpdateStatus: 'Failed',
            LastUpdateStatusReason: 'Because',
            LastModified: '2026-11-20T00:00:00.000+0000',
            Runtime: 'nodejs24.x',
            Architectures: ['arm64'],
            Timeout: 300,
            MemorySize: 512,
            Environment: { Variables: { A: 'b' } },
            Role: 'arn:role',
            DeadLetterConfig: { TargetArn: 'arn:dlq' },
          },
        ],
        absent: 'ResourceNotFoundException',
        malformed: {},
      },
      {
        call: CALLS.concurrency,
        client: lambda,
        command: GetFunctionConcurrencyCommand,
        answers: [{ ReservedConcurrentExecutions: 2 }],
        field: 'reservedConcurrency',
      },
      {
        call: CALLS.functionPolicy,
        client: lambda,
        command: GetPolicyCommand,
        answers: [
          {
            Policy: JSON.stringify({
              Statement: [
                grant('events.amazonaws.com', { ArnLike: { 'AWS:SourceArn': 'arn:rule' } }),
                { Effect: 'Allow', Principal: '*', Action: 'lambda:InvokeFunction' },
              ],
            }),
          },
          {
            Policy: JSON.stringify({
              Statement: [grant('config.amazonaws.com', { StringEquals: { 'AWS:SourceAccount': '1' } })],
            }),
          },
        ],
        absent: 'ResourceNotFoundException',
        malformed: {},
        field: 'grants',
        whenAbsent: [],
      },
      {
        call: CALLS.onSuccess,
        client: lambda,
        command: GetFunctionEventInvokeConfigCommand,
        answers: [{ DestinationConfig: { OnSuccess: { Destination: 'arn:next' } } }],
        absent: 'ResourceNotFoundException',
        field: 'onSuccess',
        whenAbsent: null,
      },
    ],
    seen: {
      state: 'Failed',
      stateReason: 'Why',
      lastUpdate: 'Failed',
      lastUpdateReason: 'Because',
      lastModified: day,
      runtime: 'nodejs24.x',
      architecture: 'arm64',
      timeoutSeconds: 300,
      memoryMegabytes: 512,
      environment: { A: 'b' },
      roleArn: 'arn:role',
      deadLetterArn: 'arn:dlq',
      reservedConcurrency: known(2),
      grants: known([
        {
          service: 'events.amazonaws.com',
          sourceArn: 'arn:rule',
          sourceAccount: undefined,
          qualifier: 'schedule-test',
        },
        { service: 'config.amazonaws.com', sourceArn: undefined, sourceAccount: '1', qualifier: undefined },
      ]),
      onSuccess: known('arn:next'),
      metrics: {
        invocations: known(4),
        errors: known(1),
        throttles: notCollected,
        longestMilliseconds: notCollected,
        sinceDue: { seconds: due.seconds, invocations: known(3) },
      },
    },
  },
  {
    reader: 'readQueueMapping',
    read: (reading) => readQueueMapping({ functionName: 'f', queueArn: 'arn:q' }, reading),
    calls: [
      {
        call: CALLS.mappings,
        client: lambda,
        command: ListEventSourceMappingsCommand,
        answers: [
          { EventSourceMappings: [{ EventSourceArn: 'arn:other' }], NextMarker: '2' },
          {
            EventSourceMappings: [
              { EventSourceArn: 'arn:q', UUID: 'u', State: 'Enabled', BatchSize: 10, LastProcessingResult: 'OK' },
            ],
          },
        ],
        absent: 'ResourceNotFoundException',
        malformed: {},
      },
    ],
    seen: { uuid: 'u', state: 'Enabled', batchSize: 10, lastResult: 'OK' },
  },
  {
    reader: 'readLogGroup',
    read: (reading) => readLogGroup('/aws/lambda/x', reading),
    calls: [
      {
        call: CALLS.logGroups,
        client: logs,
        command: DescribeLogGroupsCommand,
        answers: [
          { logGroups: [{ logGroupName: '/aws/lambda/x-2', retentionInDays: 1 }], nextToken: '2' },
          { logGroups: [{ logGroupName: '/aws/lambda/x', retentionInDays: 7 }] },
        ],
        malformed: {},
      },
    ],
    seen: { retentionDays: 7 },
  },
  {
    reader: 'readAlarms',
    read: (reading) => readAlarms(['a', 'b'], reading),
    calls: [
      {
        call: CALLS.alarms,
        client: cloudwatch,
        command: DescribeAlarmsCommand,
        answers: [
          { MetricAlarms: [alarm], NextToken: '2' },
          {
            MetricAlarms: [
              {
                ...alarm,
                AlarmName: 'b',
                StateValue: 'ALARM',
                StateReason: 'Why',
                ActionsEnabled: false,
                AlarmActions: ['arn:t'],
                Namespace: 'N',
                MetricName: 'M',
                Dimensions: [{ Name: 'D', Value: 'd' }],
                Statistic: 'Sum',
                Period: 60,
                Threshold: 0,
                TreatMissingData: 'ignore',
              },
            ],
          },
        ],
        malformed: {},
      },
    ],
    seen: new Map<string, object>([
      ['a', alarmSeen],
      [
        'b',
        {
          ...alarmSeen,
          state: 'ALARM',
          stateReason: 'Why',
          actionsEnabled: false,
          actions: ['arn:t'],
          namespace: 'N',
          metric: 'M',
          dimensions: { D: 'd' },
          statistic: 'Sum',
          periodSeconds: 60,
          threshold: 0,
          missing: 'ignore',
        },
      ],
    ]),
  },
  {
    reader: 'readDashboard',
    read: (reading) => readDashboard('d', reading),
    calls: [
      {
        call: CALLS.dashboard,
        client: cloudwatch,
        command: GetDashboardCommand,
        answers: [{ DashboardBody: '{}' }],
        absent: 'DashboardNotFoundError',
        malformed: {},
      },
    ],
    seen: { body: '{}' },
  },
  {
    reader: 'readTopic',
    read: (reading) => readTopic('arn:t', reading),
    calls: [
      {
        call: CALLS.topic,
        client: sns,
        command: GetTopicAttributesCommand,
        answers: [{ Attributes: { KmsMasterKeyId: 'k', Policy: '{}' } }],
        absent: 'NotFoundException',
        malformed: {},
      },
      {
        call: CALLS.subscriptions,
        client: sns,
        command: ListSubscriptionsByTopicCommand,
        answers: [
          {
            Subscriptions: [{ Protocol: 'email', Endpoint: 'a@b', SubscriptionArn: 'PendingConfirmation' }],
            NextToken: '2',
          },
          { Subscriptions: [{}] },
        ],
        malformed: {},
        field: 'subscriptions',
      },
    ],
    seen: {
      kmsKey: 'k',
      policy: '{}',
      subscriptions: known([
        { protocol: 'email', endpoint: 'a@b', arn: 'PendingConfirmation' },
        { protocol: '', endpoint: '', arn: '' },
      ]),
    },
  },
  {
    reader: 'readQueue',
    read: (reading) => readQueue('q', metrics, reading),
    calls: [
      {
        call: CALLS.queueUrl,
        client: sqs,
        command: GetQueueUrlCommand,
        answers: [{ QueueUrl: 'https://q' }],
        absent: 'QueueDoesNotExist',
        malformed: {},
      },
      {
        call: CALLS.queue,
        client: sqs,
        command: GetQueueAttributesCommand,
        answers: [
          {
            Attributes: {
              ApproximateNumberOfMessages: '1',
              ApproximateNumberOfMessagesNotVisible: '2',
              MessageRetentionPeriod: '60',
              VisibilityTimeout: '30',
              SqsManagedSseEnabled: 'true',
              Policy: '{}',
              RedrivePolicy: '{"a":1}',
            },
          },
        ],
        absent: 'QueueDoesNotExist',
        malformed: { Attributes: {} },
      },
    ],
    seen: {
      url: 'https://q',
      messages: 1,
      inFlight: 2,
      retentionSeconds: 60,
      visibilitySeconds: 30,
      encryptedBySqs: true,
      policy: '{}',
      redrive: '{"a":1}',
      oldestSeconds: known(60),
    },
  },
  {
    reader: 'readRule',
    read: (reading) => readRule('r', metrics, reading),
    calls: [
      {
        call: CALLS.rule,
        client: events,
        command: DescribeRuleCommand,
        answers: [{ State: 'DISABLED', ScheduleExpression: 'rate(1 day)' }],
        absent: 'ResourceNotFoundException',
        malformed: {},
      },
      {
        call: CALLS.targets,
        client: events,
        command: ListTargetsByRuleCommand,
        answers: [
          { Targets: [{ Id: '1', Arn: 'arn:1' }], NextToken: '2' },
          {
            Targets: [
              {
                Id: '2',
                Arn: 'arn:2',
                DeadLetterConfig: { Arn: 'arn:q' },
                RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 60 },
                InputTransformer: { InputTemplate: '<a>' },
              },
            ],
          },
        ],
        malformed: {},
        field: 'targets',
      },
    ],
    seen: {
      enabled: false,
      expression: 'rate(1 day)',
      pattern: null,
      targets: known([
        { arn: 'arn:1', deadLetterArn: null, attempts: null, maximumAgeSeconds: null, template: null },
        { arn: 'arn:2', deadLetterArn: 'arn:q', attempts: 3, maximumAgeSeconds: 60, template: '<a>' },
      ]),
      failed: known(2),
    },
  },
  {
    reader: 'readBucket',
    read: (reading) => readBucket({ ...bucket, notifies: true }, reading),
    calls: [
      {
        call: CALLS.versioning,
        client: s3,
        command: GetBucketVersioningCommand,
        answers: [{ Status: 'Enabled' }],
        absent: 'NoSuchBucket',
      },
      {
        call: CALLS.encryption,
        client: s3,
        command: GetBucketEncryptionCommand,
        answers: [
          {
            ServerSideEncryptionConfiguration: {
              Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'k' } }],
            },
          },
        ],
        absent: 'ServerSideEncryptionConfigurationNotFoundError',
        malformed: {},
        field: 'encryption',
        whenAbsent: null,
      },
      {
        call: CALLS.publicAccess,
        client: s3,
        command: GetPublicAccessBlockCommand,
        answers: [
          {
            PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: false },
          },
        ],
        absent: 'NoSuchPublicAccessBlockConfiguration',
        malformed: {},
        field: 'publicAccessOff',
        whenAbsent: ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'],
      },
      {
        call: CALLS.bucketPolicy,
        client: s3,
        command: GetBucketPolicyCommand,
        answers: [{ Policy: '{}' }],
        absent: 'NoSuchBucketPolicy',
        malformed: {},
        field: 'policy',
        whenAbsent: null,
      },
      {
        call: CALLS.lifecycle,
        client: s3,
        command: GetBucketLifecycleConfigurationCommand,
        answers: [
          {
            Rules: [
              {
                ID: 'all',
                Status: 'Enabled',
                Filter: { Prefix: 'p/' },
                Transitions: [{ Days: 90, StorageClass: 'GLACIER' }],
                Expiration: { Days: 365 },
                NoncurrentVersionExpiration: { NoncurrentDays: 1 },
                AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
              },
              { ID: 'off', Status: 'Disabled' },
              { Status: 'Enabled' },
            ],
          },
        ],
        absent: 'NoSuchLifecycleConfiguration',
        malformed: {},
        field: 'lifecycle',
        whenAbsent: [],
      },
      {
        call: CALLS.notifications,
        client: s3,
        command: GetBucketNotificationConfigurationCommand,
        answers: [{ EventBridgeConfiguration: {} }],
        field: 'notifies',
      },
    ],
    seen: {
      versioned: true,
      encryption: known({ algorithm: 'aws:kms', key: 'k' }),
      publicAccessOff: known(['IgnorePublicAcls', 'RestrictPublicBuckets']),
      policy: known('{}'),
      lifecycle: known([
        {
          id: 'all',
          prefix: 'p/',
          glacierAfterDays: 90,
          expireAfterDays: 365,
          expireNoncurrentAfterDays: 1,
          abortUploadsAfterDays: 7,
        },
        { id: '' },
      ]),
      notifies: known(true),
    },
  },
  {
    reader: 'readTable',
    read: (reading) => readTable('t', reading),
    calls: [
      {
        call: CALLS.table,
        client: dynamodb,
        command: DescribeTableCommand,
        answers: [
          {
            Table: {
              TableStatus: 'ACTIVE',
              KeySchema: [
                { AttributeName: 's', KeyType: 'RANGE' },
                { AttributeName: 'h', KeyType: 'HASH' },
              ],
            },
          },
        ],
        absent: 'ResourceNotFoundException',
        malformed: {},
      },
      {
        call: CALLS.recovery,
        client: dynamodb,
        command: DescribeContinuousBackupsCommand,
        answers: [
          {
            ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' } },
          },
        ],
        malformed: {},
        field: 'recovery',
      },
    ],
    seen: { status: 'ACTIVE', billing: 'PROVISIONED', keys: ['h', 's'], recovery: known(true) },
  },
  {
    reader: 'readKey',
    read: (reading) => readKey('alias/k', reading),
    calls: [
      {
        call: CALLS.key,
        client: kms,
        command: DescribeKeyCommand,
        answers: [{ KeyMetadata: { Arn: 'arn:k', KeyState: 'Enabled', DeletionDate: day } }],
        absent: 'NotFoundException',
        malformed: {},
      },
      {
        call: CALLS.rotation,
        client: kms,
        command: GetKeyRotationStatusCommand,
        answers: [{ KeyRotationEnabled: false }],
        // A key that is to be deleted does not say whether it is rotated, and that is not what is wrong with it.
        absent: 'KMSInvalidStateException',
        malformed: {},
        field: 'rotates',
        whenAbsent: true,
      },
    ],
    seen: { arn: 'arn:k', state: 'Enabled', deletionDate: day, rotates: known(false) },
  },
  {
    reader: 'readRole',
    read: (reading) => readRole(role, reading),
    calls: [
      {
        call: CALLS.role,
        client: iam,
        command: GetRoleCommand,
        answers: [{ Role: { RoleName: 'r' } }],
        absent: 'NoSuchEntityException',
        malformed: {},
      },
      {
        call: CALLS.rolePolicy,
        client: iam,
        command: GetRolePolicyCommand,
        answers: [{ PolicyDocument: '%7B%22a%22%3A1%7D' }],
        absent: 'NoSuchEntityException',
        malformed: {},
        field: 'policy',
        whenAbsent: null,
      },
    ],
    seen: { policy: known('{"a":1}') },
  },
  {
    reader: 'readRecorders',
    read: (reading) => readRecorders(reading),
    calls: [
      {
        call: CALLS.recorders,
        client: config,
        command: DescribeConfigurationRecordersCommand,
        answers: [
          { ConfigurationRecorders: [{ name: 'theirs', servicePrincipal: 'x.amazonaws.com' }, { name: 'ours' }] },
        ],
        malformed: {},
      },
    ],
    seen: { name: 'ours' },
  },
  {
    reader: 'readRecorder',
    read: (reading) =>
      readRecorder(
        'c',
        known({
          name: 'c',
          roleARN: 'arn:r',
          recordingGroup: {
            resourceTypes: ['AWS::S3::Bucket', 'AWS::EC2::Instance'],
            exclusionByResourceTypes: { resourceTypes: [] },
          },
        }),
        reading,
      ),
    calls: [
      {
        call: CALLS.recorderStatus,
        client: config,
        command: DescribeConfigurationRecorderStatusCommand,
        answers: [
          {
            ConfigurationRecordersStatus: [
              { recording: true, lastStatus: 'FAILURE', lastErrorCode: 'A', lastErrorMessage: 'b' },
            ],
          },
        ],
        absent: 'NoSuchConfigurationRecorderException',
        malformed: {},
        field: 'status',
        whenAbsent: null,
      },
    ],
    seen: {
      roleArn: 'arn:r',
      resourceTypes: ['AWS::EC2::Instance', 'AWS::S3::Bucket'],
      status: known({ recording: true, last: 'FAILURE', error: 'A b' }),
    },
  },
  {
    reader: 'readDeliveryChannel',
    read: (reading) => readDeliveryChannel('c', reading),
    calls: [
      {
        call: CALLS.channels,
        client: config,
        command: DescribeDeliveryChannelsCommand,
        answers: [{ DeliveryChannels: [{ name: 'c', s3BucketName: 'b' }] }],
        absent: 'NoSuchDeliveryChannelException',
        malformed: {},
      },
      {
        call: CALLS.channelStatus,
        client: config,
        command: DescribeDeliveryChannelStatusCommand,
        answers: [
          {
            DeliveryChannelsStatus: [
              {
                configSnapshotDeliveryInfo: { lastStatus: 'SUCCESS' },
                configHistoryDeliveryInfo: { lastStatus: 'FAILURE' },
                configStreamDeliveryInfo: { lastStatus: 'Failure', lastErrorCode: 'Denied' },
              },
            ],
          },
        ],
        absent: 'NoSuchDeliveryChannelException',
        malformed: {},
        field: 'failures',
        whenAbsent: [],
      },
    ],
    seen: { bucket: 'b', failures: known(['AWS gives no reason', 'Denied']) },
  },
  {
    reader: 'readConfigRule',
    read: (reading) => readConfigRule('r', reading),
    calls: [
      {
        call: CALLS.configRules,
        client: config,
        command: DescribeConfigRulesCommand,
        answers: [
          {
            ConfigRules: [
              {
                ConfigRuleState: 'DELETING',
                InputParameters: '{}',
                Scope: { ComplianceResourceTypes: ['b', 'a'] },
                Source: {
                  SourceIdentifier: 'arn:f',
                  SourceDetails: [{ MessageType: 'ScheduledNotification', MaximumExecutionFrequency: 'One_Hour' }],
                },
              },
            ],
          },
        ],
        absent: 'NoSuchConfigRuleException',
        malformed: {},
      },
      {
        call: CALLS.configRuleStatus,
        client: config,
        command: DescribeConfigRuleEvaluationStatusCommand,
        answers: [{ ConfigRulesEvaluationStatus: [{ LastFailedInvocationTime: day, LastErrorMessage: 'No.' }] }],
        absent: 'NoSuchConfigRuleException',
        malformed: {},
        field: 'failure',
        whenAbsent: null,
      },
    ],
    seen: {
      state: 'DELETING',
      functionArn: 'arn:f',
      parameters: '{}',
      resourceTypes: ['a', 'b'],
      periodic: 'One_Hour',
      failure: known('No.'),
    },
  },
  {
    reader: 'readAggregator',
    read: (reading) => readAggregator('a', reading),
    calls: [
      {
        call: CALLS.aggregators,
        client: config,
        command: DescribeConfigurationAggregatorsCommand,
        answers: [
          {
            ConfigurationAggregators: [
              { AccountAggregationSources: [{ AccountIds: ['1'], AwsRegions: ['eu-west-1'] }] },
            ],
          },
        ],
        absent: 'NoSuchConfigurationAggregatorException',
        malformed: {},
      },
      {
        call: CALLS.aggregatorStatus,
        client: config,
        command: DescribeConfigurationAggregatorSourcesStatusCommand,
        answers: [
          { AggregatedSourceStatusList: [{ LastUpdateStatus: 'SUCCEEDED' }], NextToken: '2' },
          {
            AggregatedSourceStatusList: [
              { LastUpdateStatus: 'FAILED', AwsRegion: 'eu-west-1', LastErrorCode: 'X' },
              { LastUpdateStatus: 'FAILED', SourceId: '1' },
            ],
          },
        ],
        malformed: {},
        field: 'failures',
      },
    ],
    seen: { accountIds: ['1'], regions: ['eu-west-1'], failures: known(['eu-west-1: X', '1: AWS gives no reason']) },
  },
];

const place = { partition: 'aws', accountId: '111122223333', region: 'us-east-1' };

describe('the readers of a stack’s parts', () => {
  const open = (signal = new AbortController().signal): Reading => ({
    clients: stubbedClients('us-east-1'),
    place,
    signal,
    now: new Date('2026-11-21T12:00:00Z'),
    gaps: new GapLog(),
  });
  beforeEach(() => {
    for (const client of Object.values(clients)) client.reset();
  });
  after(() => {
    for (const client of Object.values(clients)) client.restore();
  });

  /** Every call of the table answers, but for one that answers otherwise. */
  function answer(
    { calls }: ReaderTable,
    but?: { readonly call: Answered; readonly error?: Error; readonly body?: object },
  ) {
    for (const one of calls) {
      const behaviour = one.client.on(one.command as unknown as Commands);
      if (one === but?.call) {
        if (but.error === undefined) behaviour.resolves(but.body ?? {});
        else behaviour.rejects(but.error);
        continue;
      }
      // Calls of a kind are answered in order.
      for (const page of one.answers.slice(0, -1)) behaviour.resolvesOnce(page);
      behaviour.resolves(one.answers.at(-1) ?? {});
    }
  }

  /** What was read of the one call: the part itself, or its field. */
  const readOf = (fact: unknown, { field }: Answered): unknown => {
    if (field === undefined) return fact;
    return (fact as { readonly value: Readonly<Record<string, unknown>> }).value[field];
  };

  for (const table of TABLES) {
    describe(table.reader, () => {
      it('gives what AWS answers, all pages of it', async () => {
        answer(table);
        const reading = open();
        expect(await table.read(reading)).to.deep.equal(known(table.seen));
        expect(reading.gaps.sorted()).to.deep.equal([]);
      });

      for (const one of table.calls) {
        const { call } = one;
        const api = `${call.service}:${call.operation}`;

        it(`has a gap with its permission where ${api} is denied`, async () => {
          answer(table, { call: one, error: serviceError('AccessDeniedException', 403, 'No.') });
          const reading = open();
          const unread = { known: false, reason: 'denied', permission: call.action };
          expect(readOf(await table.read(reading), one)).to.deep.equal(unread);
          expect(reading.gaps.sorted().map((gap) => ({ ...gap, calls: 1 }))).to.deep.equal([
            {
              account_id: '111122223333',
              region: 'us-east-1',
              api,
              permission: call.action,
              reason: 'denied',
              message: `${call.action} was denied: No.`,
              calls: 1,
            },
          ]);
        });

        it(`has a gap where ${api} is throttled to the end`, async () => {
          answer(table, { call: one, error: serviceError('ThrottlingException', 400, 'Rate exceeded') });
          const reading = open();
          expect(readOf(await table.read(reading), one)).to.deep.equal({ known: false, reason: 'throttled' });
          expect(reading.gaps.sorted()[0]?.message).to.equal(`${api} was throttled to the end: Rate exceeded.`);
        });

        if (one.malformed !== undefined) {
          it(`has a gap, and nothing missing, where ${api} answers what is no answer`, async () => {
            answer(table, { call: one, body: one.malformed ?? {} });
            const reading = open();
            expect(readOf(await table.read(reading), one)).to.deep.equal({ known: false, reason: 'error' });
            expect(reading.gaps.sorted()[0]?.message).to.match(/failed: The answer has no \w+\.$/);
          });
        }

        if (one.absent !== undefined) {
          it(`knows that there is nothing where ${api} says so`, async () => {
            answer(table, { call: one, error: serviceError(one.absent ?? '', 404, 'None.') });
            const reading = open();
            expect(readOf(await table.read(reading), one)).to.deep.equal(
              known(one.field === undefined ? null : one.whenAbsent),
            );
            expect(reading.gaps.sorted()).to.deep.equal([]);
          });
        }

        it(`hides no defect of ours in ${api}`, async () => {
          answer(table, { call: one, error: new TypeError('Ours') });
          expect(await thrownBy(() => table.read(open()))).to.be.instanceOf(TypeError);
        });
      }
    });
  }

  it('have no call that is not declared, and declare none that none makes', () => {
    const read = new Set(TABLES.flatMap(({ calls }) => calls.map(({ call }) => call)));
    expect(Object.values<HealthCall>(CALLS).filter((call) => !read.has(call))).to.deep.equal([CALLS.metrics]);
  });

  it('know what is missing of a list', async () => {
    lambda.on(ListEventSourceMappingsCommand).resolves({ EventSourceMappings: [] });
    logs.on(DescribeLogGroupsCommand).resolves({ logGroups: [] });
    config.on(DescribeConfigurationRecordersCommand).resolves({ ConfigurationRecorders: [] });
    config.on(DescribeDeliveryChannelsCommand).resolves({ DeliveryChannels: [] });
    config.on(DescribeConfigRulesCommand).resolves({ ConfigRules: [] });
    config.on(DescribeConfigurationAggregatorsCommand).resolves({ ConfigurationAggregators: [] });
    const none = known(null);
    expect(await readQueueMapping({ functionName: 'f', queueArn: 'arn:q' }, open())).to.deep.equal(none);
    expect(await readLogGroup('/aws/lambda/x', open())).to.deep.equal(none);
    expect(await readRecorders(open())).to.deep.equal(none);
    expect(await readRecorder('ours', known({ name: 'default' }), open())).to.deep.equal(none);
    expect(await readDeliveryChannel('c', open())).to.deep.equal(none);
    expect(await readConfigRule('r', open())).to.deep.equal(none);
    expect(await readAggregator('a', open())).to.deep.equal(none);
  });

  it('say of a recorder that could not be read why it could not', async () => {
    const unread = { known: false, reason: 'unreachable' } as const;
    expect(await readRecorder('ours', unread, open())).to.deep.equal(unread);
  });

  it('know a recorder of everything, or of all but some types', async () => {
    config.on(DescribeConfigurationRecorderStatusCommand).resolves({ ConfigurationRecordersStatus: [] });
    for (const recordingGroup of [
      { allSupported: true },
      { exclusionByResourceTypes: { resourceTypes: ['AWS::IAM::User' as const] } },
    ]) {
      expect(await readRecorder('c', known({ name: 'c', recordingGroup }), open())).to.deep.equal(
        known({ roleArn: '', resourceTypes: null, status: known(null) }),
      );
    }
  });

  it('take an evaluation that failed before one that succeeded for past', async () => {
    config
      .on(DescribeConfigRulesCommand)
      .resolves({ ConfigRules: [{ ConfigRuleName: 'r', Source: { Owner: 'CUSTOM_LAMBDA' } }] });
    config.on(DescribeConfigRuleEvaluationStatusCommand).resolves({
      ConfigRulesEvaluationStatus: [
        {
          LastFailedEvaluationTime: day,
          LastSuccessfulEvaluationTime: new Date('2026-11-21T00:00:00Z'),
          LastErrorCode: 'Old',
        },
      ],
    });
    expect(await readConfigRule('r', open())).to.deep.include(
      known({
        state: 'ACTIVE',
        functionArn: '',
        parameters: null,
        resourceTypes: [],
        periodic: null,
        failure: known(null),
      }),
    );
  });

  it('take the defaults for what AWS leaves out of a function, a bucket and a queue', async () => {
    const plain = {
      LastModified: '2026-11-20T00:00:00.000+0000',
      Timeout: 3,
      MemorySize: 128,
      Role: 'r',
      DeadLetterConfig: { TargetArn: '' },
    };
    lambda.on(GetFunctionConfigurationCommand).resolves(plain);
    lambda.on(GetFunctionConcurrencyCommand).resolves({});
    lambda.on(GetPolicyCommand).resolves({ Policy: 'no JSON' });
    const [scanner] = standard.functions;
    if (scanner === undefined) throw new Error('The preset has a function.');
    const fact = await readFunction(scanner, { stack: standard, metrics: new Map() }, open());
    expect(fact.known && fact.value).to.deep.include({
      state: 'Active',
      lastUpdate: 'Successful',
      runtime: '',
      architecture: 'x86_64',
      environment: {},
      deadLetterArn: null,
      reservedConcurrency: known(null),
      grants: known([]),
    });
    s3.on(GetBucketVersioningCommand).resolves({});
    s3.on(GetBucketEncryptionCommand).resolves({ ServerSideEncryptionConfiguration: { Rules: [{}] } });
    s3.on(GetPublicAccessBlockCommand).rejects(networkError('ECONNREFUSED', 'connect ECONNREFUSED'));
    s3.on(GetBucketPolicyCommand).resolves({ Policy: '{}' });
    s3.on(GetBucketLifecycleConfigurationCommand).resolves({ Rules: [] });
    expect(await readBucket(bucket, open())).to.deep.equal(
      known({
        versioned: false,
        encryption: known(null),
        publicAccessOff: { known: false, reason: 'unreachable' },
        policy: known('{}'),
        lifecycle: known([]),
      }),
    );
    sns.on(GetTopicAttributesCommand).resolves({ Attributes: {} });
    sns.on(ListSubscriptionsByTopicCommand).resolves({ Subscriptions: [] });
    expect(await readTopic('arn:t', open())).to.deep.equal(
      known({ kmsKey: null, policy: null, subscriptions: known([]) }),
    );
  });

  it('are cut short by an interruption, whatever the call says', async () => {
    const interrupted = new AbortController();
    interrupted.abort();
    iam.on(GetRoleCommand).rejects(networkError('ECONNRESET', 'socket hang up'));
    const reading = open(interrupted.signal);
    expect(await readRole(role, reading)).to.deep.equal({ known: false, reason: 'interrupted' });
  });

  it('ask for a hundred alarms at a time', async () => {
    cloudwatch.on(DescribeAlarmsCommand).resolves({ MetricAlarms: [] });
    await readAlarms(
      Array.from({ length: 101 }, (_, index) => `a${index}`),
      open(),
    );
    const asked = cloudwatch.commandCalls(DescribeAlarmsCommand).map(({ args }) => args[0].input.AlarmNames?.length);
    expect(asked).to.deep.equal([100, 1]);
    cloudwatch.reset();
    expect(await readAlarms([], open())).to.deep.equal(known(new Map()));
    expect(cloudwatch.calls()).to.have.length(0);
  });

  describe('readMetrics', () => {
    const errors = ruleQuery('a');
    const age = queueQuery('q');

    it('adds up sums, takes the greatest of maxima, and asks apart for what looks back otherwise', async () => {
      cloudwatch
        .on(GetMetricDataCommand, { StartTime: new Date('2026-11-20T12:00:00Z') })
        .resolvesOnce({ MetricDataResults: [{ Id: 'm0', StatusCode: 'PartialData', Values: [1, 2] }], NextToken: '2' })
        .resolvesOnce({
          MetricDataResults: [
            { Id: 'm0', Values: [3] },
            { Id: 'm1', Values: [] },
          ],
        })
        .on(GetMetricDataCommand, { StartTime: new Date('2026-11-21T11:45:00Z') })
        .resolves({ MetricDataResults: [{ Id: 'm0', Values: [60, 120, 5] }] });
      const values = await readMetrics([errors, age, ruleQuery('b')], open());
      expect(values).to.deep.equal(
        new Map<string, object>([
          [metricKey(errors), known(6)],
          [metricKey(ruleQuery('b')), known(null)],
          [metricKey(age), known(120)],
        ]),
      );
      const [first] = cloudwatch.commandCalls(GetMetricDataCommand);
      expect(first?.args[0].input.MetricDataQueries?.[0]).to.deep.equal({
        Id: 'm0',
        MetricStat: {
          Metric: {
            Namespace: 'AWS/Events',
            MetricName: 'FailedInvocations',
            Dimensions: [{ Name: 'RuleName', Value: 'a' }],
          },
          Stat: 'Sum',
          Period: 300,
        },
        ReturnData: true,
      });
    });

    it('asks for five hundred at a time, and coarsely far back', async () => {
      cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [] });
      const rare = { ...errors, seconds: 604_800 };
      await readMetrics([...Array.from({ length: 501 }, (_, index) => ruleQuery(`r${index}`)), rare], open());
      const asked = cloudwatch
        .commandCalls(GetMetricDataCommand)
        .map(({ args }) => args[0].input.MetricDataQueries ?? []);
      expect(asked.map((queries) => queries.length)).to.deep.equal([500, 1, 1]);
      expect(asked.at(-1)?.[0]?.MetricStat?.Period).to.equal(3600);
    });

    for (const [what, error, reason] of [
      ['is denied', serviceError('AccessDenied', 403, 'No.'), 'denied'],
      ['is throttled', serviceError('Throttling', 400, 'Rate exceeded'), 'throttled'],
    ] as const) {
      it(`knows no figure where it ${what}`, async () => {
        cloudwatch.on(GetMetricDataCommand).rejects(error);
        const reading = open();
        const [fact] = (await readMetrics([errors], reading)).values();
        expect(fact).to.include({ known: false, reason });
        expect(reading.gaps.sorted().map(({ api }) => api)).to.deep.equal(['cloudwatch:GetMetricData']);
      });
    }

    for (const [what, results, message] of [
      [
        'could not look',
        [{ Id: 'm0', StatusCode: 'InternalError', Messages: [{ Value: 'Sorry' }] }],
        'cloudwatch:GetMetricData failed: CloudWatch gave no data: InternalError Sorry.',
      ],
      [
        'may not look',
        [{ Id: 'm0', StatusCode: 'Forbidden', Messages: [{}] }],
        'cloudwatch:GetMetricData failed: CloudWatch gave no data: Forbidden.',
      ],
      ['answers without results', undefined, 'cloudwatch:GetMetricData failed: The answer has no MetricDataResults.'],
    ] as const) {
      it(`takes nothing for no data where CloudWatch ${what}`, async () => {
        cloudwatch
          .on(GetMetricDataCommand)
          .resolves(results === undefined ? {} : { MetricDataResults: [...results] as never });
        const reading = open();
        const [fact] = (await readMetrics([errors], reading)).values();
        expect(fact).to.deep.equal({ known: false, reason: 'error' });
        expect(reading.gaps.sorted()[0]?.message).to.equal(message);
      });
    }
  });
});
