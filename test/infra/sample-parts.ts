/** Parts of a stack, small and complete: what AWS would say of them is of no matter here. */
import type {
  AlarmSpec,
  BucketSpec,
  ConfigRuleSpec,
  EventsSpec,
  FunctionSpec,
  KeySpec,
  PolicyStatement,
  QueueSpec,
  RecorderSpec,
  RoleSpec,
  ScheduleSpec,
  StackSpec,
  TargetSpec,
  TopicSpec,
} from '../../src/stack/spec.ts';
import { KEY_ARN } from '../../src/stack/spec.ts';

export const ACCOUNT = '111122223333';
export const ALERTS_ARN = `arn:aws:sns:eu-west-1:${ACCOUNT}:alerts-test`;

/** A statement that names no key, and the JSON that is sent for a policy of it. */
export const READS: PolicyStatement = {
  sid: 'Reads',
  effect: 'Allow',
  actions: ['s3:GetObject'],
  resources: ['arn:aws:s3:::data/*'],
};
export const READS_TEXT =
  '{"Version":"2012-10-17","Statement":[{"Sid":"Reads","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::data/*"]}]}';

/** A statement that names the stack's key, and the JSON once its ARN is known. */
export const DECRYPTS: PolicyStatement = {
  sid: 'Decrypts',
  effect: 'Allow',
  actions: ['kms:Decrypt'],
  resources: [KEY_ARN],
};
export const decryptsText = (keyArn: string): string =>
  `{"Version":"2012-10-17","Statement":[{"Sid":"Decrypts","Effect":"Allow","Action":["kms:Decrypt"],"Resource":["${keyArn}"]}]}`;

export const keySpec: KeySpec = {
  alias: 'alias/compliance-test',
  description: 'Encrypts.',
  deletionDays: 7,
  policy: [READS],
};

export function queueSpec(name: string, over: Partial<QueueSpec> = {}): QueueSpec {
  return {
    name,
    arn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:${name}`,
    retentionSeconds: 345_600,
    visibilitySeconds: 360,
    policy: [READS],
    ...over,
  };
}

export function roleSpec(name: string, over: Partial<RoleSpec> = {}): RoleSpec {
  return {
    name,
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    description: 'What it may.',
    service: 'lambda.amazonaws.com',
    managedPolicies: [],
    policyName: `${name}-policy`,
    policy: [READS],
    ...over,
  };
}

/** The part of a name before `-test` is the function's. */
export function functionSpec(part: string, over: Partial<FunctionSpec> = {}): FunctionSpec {
  const name = `${part}-test`;
  return {
    id: 'scanner',
    name,
    arn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:${name}`,
    description: 'Scans.',
    runtime: 'nodejs24.x',
    architecture: 'arm64',
    timeoutSeconds: 300,
    memoryMegabytes: 512,
    environment: { COMPLIANCE_THRESHOLD: '80' },
    config: { environment: 'test' },
    role: roleSpec(`${part}-role-test`),
    logGroup: { name: `/aws/lambda/${name}`, retentionDays: 30 },
    deadLetters: queueSpec(`${part}-dlq-test`),
    invokers: [],
    ...over,
  };
}

export function topicSpec(over: Partial<TopicSpec> = {}): TopicSpec {
  return {
    name: 'alerts-test',
    arn: ALERTS_ARN,
    displayName: 'Alerts',
    encryption: 'none',
    policy: [READS],
    deliveryPolicy: { http: { defaultHealthyRetryPolicy: { numRetries: 20 } } },
    subscriptions: [],
    ...over,
  };
}

export function bucketSpec(over: Partial<BucketSpec> = {}): BucketSpec {
  return {
    purpose: 'results',
    bareName: 'results-test',
    name: `results-test-${ACCOUNT}-eu-west-1-an`,
    arn: `arn:aws:s3:::results-test-${ACCOUNT}-eu-west-1-an`,
    namespace: 'account-regional',
    encryption: 'AES256',
    versioned: false,
    notifies: false,
    policy: [READS],
    lifecycle: [],
    tags: { Name: 'results-test' },
    ...over,
  };
}

function targetSpec(functionPart: string, over: Partial<TargetSpec> = {}): TargetSpec {
  return {
    functionName: `${functionPart}-test`,
    arn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:${functionPart}-test`,
    deadLetterArn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:${functionPart}-dlq-test`,
    retry: { attempts: 10, maximumAgeSeconds: 3600 },
    ...over,
  };
}

export function scheduleSpec(functionPart: string, over: Partial<TargetSpec> = {}): ScheduleSpec {
  const name = `${functionPart}-schedule-test`;
  return {
    name,
    arn: `arn:aws:events:eu-west-1:${ACCOUNT}:rule/${name}`,
    description: 'Starts a scan.',
    expression: 'rate(6 hours)',
    target: targetSpec(functionPart, over),
  };
}

export function eventsSpec(functionPart: string, queue?: EventsSpec['queue']): EventsSpec {
  return {
    name: 'state-change-test',
    arn: `arn:aws:events:eu-west-1:${ACCOUNT}:rule/state-change-test`,
    description: 'Instances that change.',
    pattern: { source: ['aws.ec2'] },
    target: targetSpec(functionPart, queue === undefined ? {} : { arn: queue.arn }),
    ...(queue !== undefined && { queue }),
  };
}

export const recorderSpec: RecorderSpec = {
  name: 'config-recorder-test',
  channel: 'config-delivery-channel-test',
  bucket: `results-test-${ACCOUNT}-eu-west-1-an`,
  resourceTypes: ['AWS::EC2::Instance', 'AWS::S3::Bucket'],
  role: roleSpec('config-role-test', {
    service: 'config.amazonaws.com',
    managedPolicies: ['arn:aws:iam::aws:policy/service-role/AWS_ConfigRole'],
  }),
};

export function configRuleSpec(functionPart: string, over: Partial<ConfigRuleSpec> = {}): ConfigRuleSpec {
  return {
    name: 'tag-checker-test',
    description: 'EC2 instance has its tags',
    functionArn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:${functionPart}-test`,
    resourceTypes: ['AWS::EC2::Instance'],
    parameters: { ruleId: 'ec2-required-tags' },
    ...over,
  };
}

export const alarmSpec: AlarmSpec = {
  name: 'score-low-test',
  description: 'The score is low.',
  namespace: 'InfrastructureCompliance',
  metric: 'ComplianceScore',
  dimensions: { Environment: 'test' },
  statistic: 'Minimum',
  periodSeconds: 21_600,
  periods: 2,
  comparison: 'LessThanThreshold',
  threshold: 80,
  missing: 'ignore',
  actions: [ALERTS_ARN],
};

/** Only what a stack cannot be without. */
export function bareStack(over: Partial<StackSpec> = {}): StackSpec {
  return {
    environment: 'test',
    preset: 'standard',
    place: { partition: 'aws', accountId: ACCOUNT, region: 'eu-west-1' },
    tags: { Environment: 'test', ManagedBy: 'Pulumi' },
    topics: [],
    buckets: [],
    functions: [],
    schedules: [],
    events: [],
    alarms: [],
    outputs: {},
    ...over,
  };
}

/** One of everything, the functions in an order in which they cannot be made. */
export function fullStack(over: Partial<StackSpec> = {}): StackSpec {
  const queue = { ...queueSpec('checker-queue-test'), batchSize: 10 };
  const aggregator = functionSpec('aggregator');
  return bareStack({
    key: keySpec,
    topics: [topicSpec({ encryption: 'customer-key' })],
    buckets: [bucketSpec({ encryption: 'customer-key' })],
    table: { name: 'history-test', arn: `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/history-test` },
    functions: [
      functionSpec('evaluator', {
        role: roleSpec('evaluator-role-test', { policy: [DECRYPTS] }),
        invokers: [{ id: 'config', service: 'config.amazonaws.com', sourceAccount: ACCOUNT }],
        onSuccess: {
          alias: 'schedule-test',
          aliasArn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:evaluator-test:schedule-test`,
          functionArn: aggregator.arn,
        },
      }),
      aggregator,
      functionSpec('checker'),
    ],
    schedules: [scheduleSpec('evaluator')],
    events: [eventsSpec('checker', queue)],
    config: {
      recorder: recorderSpec,
      rules: [configRuleSpec('evaluator')],
      aggregator: { name: 'config-aggregator-test', accountId: ACCOUNT, regions: ['eu-west-1'] },
    },
    alarms: [alarmSpec],
    dashboard: { name: 'dashboard-test', widgets: [] },
    outputs: { snsTopicArn: ALERTS_ARN },
    ...over,
  });
}
