/** Every call that looking at a stack's health makes, with the parts that it is about. */
import type { StackSpec } from '../stack/spec.ts';

/** Parts of a stack whose ARNs a permission can be limited to. */
export type Target =
  | 'functions'
  | 'alarms'
  | 'dashboard'
  | 'topics'
  | 'buckets'
  | 'rules'
  | 'queues'
  | 'table'
  | 'key'
  | 'recorder'
  | 'aggregator'
  | 'roles';

/** Parts whose calls support no ARN, or are about no single part. */
export type Unlimited =
  | 'mappings'
  | 'log-groups'
  | 'metrics'
  | 'channel'
  | 'config-rules'
  | 'recorders'
  | 'aggregators';

export interface HealthCall {
  /** As gaps name it: `lambda`. */
  readonly service: string;
  readonly operation: string;
  /** As a policy names it. */
  readonly action: string;
  readonly of: Target | Unlimited;
}

const call = (service: string, operation: string, of: HealthCall['of'], action = `${service}:${operation}`) =>
  ({ service, operation, action, of }) satisfies HealthCall;

export const CALLS = {
  function: call('lambda', 'GetFunctionConfiguration', 'functions'),
  concurrency: call('lambda', 'GetFunctionConcurrency', 'functions'),
  functionPolicy: call('lambda', 'GetPolicy', 'functions'),
  onSuccess: call('lambda', 'GetFunctionEventInvokeConfig', 'functions'),
  mappings: call('lambda', 'ListEventSourceMappings', 'mappings'),
  logGroups: call('logs', 'DescribeLogGroups', 'log-groups'),
  alarms: call('cloudwatch', 'DescribeAlarms', 'alarms'),
  dashboard: call('cloudwatch', 'GetDashboard', 'dashboard'),
  metrics: call('cloudwatch', 'GetMetricData', 'metrics'),
  topic: call('sns', 'GetTopicAttributes', 'topics'),
  subscriptions: call('sns', 'ListSubscriptionsByTopic', 'topics'),
  versioning: call('s3', 'GetBucketVersioning', 'buckets'),
  encryption: call('s3', 'GetBucketEncryption', 'buckets', 's3:GetEncryptionConfiguration'),
  lifecycle: call('s3', 'GetBucketLifecycleConfiguration', 'buckets', 's3:GetLifecycleConfiguration'),
  publicAccess: call('s3', 'GetPublicAccessBlock', 'buckets', 's3:GetBucketPublicAccessBlock'),
  bucketPolicy: call('s3', 'GetBucketPolicy', 'buckets'),
  notifications: call('s3', 'GetBucketNotificationConfiguration', 'buckets', 's3:GetBucketNotification'),
  rule: call('events', 'DescribeRule', 'rules'),
  targets: call('events', 'ListTargetsByRule', 'rules'),
  queueUrl: call('sqs', 'GetQueueUrl', 'queues'),
  queue: call('sqs', 'GetQueueAttributes', 'queues'),
  table: call('dynamodb', 'DescribeTable', 'table'),
  recovery: call('dynamodb', 'DescribeContinuousBackups', 'table'),
  key: call('kms', 'DescribeKey', 'key'),
  rotation: call('kms', 'GetKeyRotationStatus', 'key'),
  recorders: call('config', 'DescribeConfigurationRecorders', 'recorders'),
  recorderStatus: call('config', 'DescribeConfigurationRecorderStatus', 'recorder'),
  channels: call('config', 'DescribeDeliveryChannels', 'channel'),
  channelStatus: call('config', 'DescribeDeliveryChannelStatus', 'channel'),
  configRules: call('config', 'DescribeConfigRules', 'config-rules'),
  configRuleStatus: call('config', 'DescribeConfigRuleEvaluationStatus', 'config-rules'),
  aggregators: call('config', 'DescribeConfigurationAggregators', 'aggregators'),
  aggregatorStatus: call('config', 'DescribeConfigurationAggregatorSourcesStatus', 'aggregator'),
  role: call('iam', 'GetRole', 'roles'),
  rolePolicy: call('iam', 'GetRolePolicy', 'roles'),
} as const satisfies Readonly<Record<string, HealthCall>>;

/** Those that a stack's parts need. */
export function callsFor(spec: StackSpec): HealthCall[] {
  const { functions, events, alarms, dashboard, topics, buckets, schedules, table, key, config } = spec;
  const { recorder, adopted, rules = [], aggregator } = config ?? {};
  const { onSuccess, notifications } = CALLS;
  const there: Readonly<Record<HealthCall['of'], boolean>> = {
    functions: functions.length > 0,
    mappings: events.some(({ queue }) => queue !== undefined),
    'log-groups': functions.length > 0,
    alarms: alarms.length > 0,
    dashboard: dashboard !== undefined,
    metrics: true,
    topics: topics.length > 0,
    buckets: buckets.length > 0,
    rules: schedules.length + events.length > 0,
    queues: functions.length > 0,
    table: table !== undefined,
    key: key !== undefined,
    recorders: config !== undefined,
    recorder: recorder !== undefined || adopted !== undefined,
    channel: recorder !== undefined,
    'config-rules': rules.length > 0,
    aggregators: aggregator !== undefined,
    aggregator: aggregator !== undefined,
    roles: functions.length > 0,
  };
  return Object.values<HealthCall>(CALLS).filter(
    (one) =>
      there[one.of] &&
      (one !== onSuccess || functions.some((each) => each.onSuccess !== undefined)) &&
      (one !== notifications || buckets.some(({ notifies }) => notifies)),
  );
}
