/**
 * What the user who deploys and destroys a stack needs in AWS: the calls that Pulumi's AWS provider makes to create, read,
 * change and delete each kind of part, on the parts of this stack alone. The provider is the Terraform provider's code, whose
 * documentation does not list them; they follow from its sources (github.com/hashicorp/terraform-provider-aws, internal/service).
 */
import type { FunctionSpec, PolicyStatement, QueueSpec, StackSpec } from './spec.ts';

/** Statements by part, in the order in which a person reads a stack. */
export function deployerPolicy(spec: StackSpec): PolicyStatement[] {
  return [
    ...roles(spec),
    ...functionParts(spec),
    ...messaging(spec),
    ...storage(spec),
    ...watching(spec),
    ...keyParts(spec),
    ...configParts(spec),
  ];
}

const allow = (
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  narrowed?: Pick<PolicyStatement, 'conditions' | 'reason'>,
): PolicyStatement => ({ sid, effect: 'Allow', actions: actions.toSorted(), resources, ...narrowed });

/** For actions without resources. */
function inRegion({ place }: StackSpec): Pick<PolicyStatement, 'conditions' | 'reason'> {
  return {
    conditions: { StringEquals: { 'aws:RequestedRegion': [place.region] } },
    reason: 'These actions support no resource.',
  };
}

const of = (service: string, ...names: readonly string[]) => names.map((name) => `${service}:${name}`);

function roles(spec: StackSpec): PolicyStatement[] {
  const own = [
    ...spec.functions.map(({ role }) => role),
    ...(spec.config?.recorder ? [spec.config.recorder.role] : []),
  ];
  const arns = own.map(({ arn }) => arn);
  const managed = own.flatMap(({ managedPolicies }) => managedPolicies);
  const services = [...new Set(own.map(({ service }) => service))];
  return [
    allow('Roles', of('iam', ...ROLE_ACTIONS), arns),
    ...(managed.length === 0
      ? []
      : [
          allow('ManagedPolicies', of('iam', 'AttachRolePolicy', 'DetachRolePolicy'), arns, {
            conditions: { ArnEquals: { 'iam:PolicyARN': managed } },
          }),
        ]),
    allow('PassRoles', ['iam:PassRole'], arns, { conditions: { StringEquals: { 'iam:PassedToService': services } } }),
  ];
}

const ROLE_ACTIONS = [
  'CreateRole',
  'DeleteRole',
  'DeleteRolePolicy',
  'GetRole',
  'GetRolePolicy',
  'ListAttachedRolePolicies',
  'ListInstanceProfilesForRole',
  'ListRolePolicies',
  'ListRoleTags',
  'PutRolePolicy',
  'TagRole',
  'UntagRole',
  'UpdateAssumeRolePolicy',
  'UpdateRole',
  'UpdateRoleDescription',
];

function functionParts(spec: StackSpec): PolicyStatement[] {
  const arns = spec.functions.flatMap(({ arn, onSuccess }) => [
    arn,
    ...(onSuccess === undefined ? [] : [onSuccess.aliasArn]),
  ]);
  const logGroups = spec.functions.map(({ logGroup }) => regional(spec, 'logs', `log-group:${logGroup.name}`));
  const mapped = spec.events.filter(({ queue }) => queue !== undefined);
  return [
    allow('Functions', of('lambda', ...FUNCTION_ACTIONS), arns),
    ...(mapped.length === 0
      ? []
      : [
          allow(
            'EventSourceMappings',
            of('lambda', 'CreateEventSourceMapping', 'DeleteEventSourceMapping', 'UpdateEventSourceMapping'),
            ['*'],
            {
              conditions: { ArnEquals: { 'lambda:FunctionArn': functionsOf(spec, mapped).map(({ arn }) => arn) } },
              reason: 'AWS makes up the ids of mappings; the condition limits them to functions of the stack.',
            },
          ),
          allow(
            'ReadEventSourceMappings',
            of('lambda', 'GetEventSourceMapping', 'ListTags', 'TagResource', 'UntagResource'),
            [regional(spec, 'lambda', 'event-source-mapping:*')],
          ),
        ]),
    allow('LogGroups', of('logs', ...LOG_ACTIONS), [...logGroups, ...logGroups.map((arn) => `${arn}:*`)]),
    allow('ListLogGroups', ['logs:DescribeLogGroups'], ['*'], inRegion(spec)),
  ];
}

function functionsOf(spec: StackSpec, events: StackSpec['events']): FunctionSpec[] {
  return spec.functions.filter(({ name }) => events.some(({ target }) => target.functionName === name));
}

const FUNCTION_ACTIONS = [
  'AddPermission',
  'CreateAlias',
  'CreateFunction',
  'DeleteAlias',
  'DeleteFunction',
  'DeleteFunctionConcurrency',
  'DeleteFunctionEventInvokeConfig',
  'GetAlias',
  'GetFunction',
  'GetFunctionCodeSigningConfig',
  'GetFunctionConcurrency',
  'GetFunctionConfiguration',
  'GetFunctionEventInvokeConfig',
  'GetPolicy',
  'ListTags',
  'ListVersionsByFunction',
  'PutFunctionConcurrency',
  'PutFunctionEventInvokeConfig',
  'RemovePermission',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'UpdateFunctionCode',
  'UpdateFunctionConfiguration',
  'UpdateFunctionEventInvokeConfig',
];

const LOG_ACTIONS = [
  'CreateLogGroup',
  'DeleteLogGroup',
  'DeleteRetentionPolicy',
  'ListTagsForResource',
  'PutRetentionPolicy',
  'TagResource',
  'UntagResource',
];

function messaging(spec: StackSpec): PolicyStatement[] {
  const rules = [...spec.schedules, ...spec.events].map(({ arn }) => arn);
  return [
    allow(
      'Queues',
      of('sqs', ...QUEUE_ACTIONS),
      queuesOf(spec).map(({ arn }) => arn),
    ),
    allow(
      'Topics',
      of('sns', ...TOPIC_ACTIONS),
      spec.topics.map(({ arn }) => arn),
    ),
    ...(spec.topics.some(({ subscriptions }) => subscriptions.length > 0)
      ? [
          allow(
            'Subscriptions',
            of('sns', 'GetSubscriptionAttributes', 'SetSubscriptionAttributes', 'Unsubscribe'),
            ['*'],
            inRegion(spec),
          ),
        ]
      : []),
    ...(rules.length === 0 ? [] : [allow('Rules', of('events', ...RULE_ACTIONS), rules)]),
  ];
}

/** Every queue of a stack. */
function queuesOf({ functions, topics, events }: StackSpec): QueueSpec[] {
  return [
    ...functions.map(({ deadLetters }) => deadLetters),
    ...topics.flatMap(({ deadLetters }) => (deadLetters === undefined ? [] : [deadLetters])),
    ...events.flatMap(({ queue }) => (queue === undefined ? [] : [queue])),
  ];
}

const QUEUE_ACTIONS = [
  'CreateQueue',
  'DeleteQueue',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListQueueTags',
  'SetQueueAttributes',
  'TagQueue',
  'UntagQueue',
];

const TOPIC_ACTIONS = [
  'CreateTopic',
  'DeleteTopic',
  'GetTopicAttributes',
  'ListSubscriptionsByTopic',
  'ListTagsForResource',
  'SetTopicAttributes',
  'Subscribe',
  'TagResource',
  'UntagResource',
];

const RULE_ACTIONS = [
  'DeleteRule',
  'DescribeRule',
  'DisableRule',
  'EnableRule',
  'ListTagsForResource',
  'ListTargetsByRule',
  'PutRule',
  'PutTargets',
  'RemoveTargets',
  'TagResource',
  'UntagResource',
];

function storage({ buckets, table }: StackSpec): PolicyStatement[] {
  const arns = buckets.map(({ arn }) => arn);
  return [
    ...(arns.length === 0
      ? []
      : [
          allow('Buckets', of('s3', ...BUCKET_ACTIONS), arns),
          allow(
            'EmptyBuckets',
            of('s3', 'DeleteObject', 'DeleteObjectVersion'),
            arns.map((arn) => `${arn}/*`),
            { reason: 'destroy empties the buckets, all versions of all objects.' },
          ),
        ]),
    ...(table === undefined ? [] : [allow('Table', of('dynamodb', ...TABLE_ACTIONS), [table.arn])]),
  ];
}

/** All that the provider reads of a bucket, set or not. */
const BUCKET_ACTIONS = [
  'CreateBucket',
  'DeleteBucket',
  'DeleteBucketPolicy',
  'GetAccelerateConfiguration',
  'GetBucketAcl',
  'GetBucketCORS',
  'GetBucketLocation',
  'GetBucketLogging',
  'GetBucketNotification',
  'GetBucketObjectLockConfiguration',
  'GetBucketPolicy',
  'GetBucketPublicAccessBlock',
  'GetBucketRequestPayment',
  'GetBucketTagging',
  'GetBucketVersioning',
  'GetBucketWebsite',
  'GetEncryptionConfiguration',
  'GetLifecycleConfiguration',
  'GetReplicationConfiguration',
  'ListBucket',
  'ListBucketVersions',
  'ListTagsForResource',
  'PutBucketNotification',
  'PutBucketPolicy',
  'PutBucketPublicAccessBlock',
  'PutBucketTagging',
  'PutBucketVersioning',
  'PutEncryptionConfiguration',
  'PutLifecycleConfiguration',
  'TagResource',
  'UntagResource',
];

const TABLE_ACTIONS = [
  'CreateTable',
  'DeleteTable',
  'DescribeContinuousBackups',
  'DescribeTable',
  'DescribeTimeToLive',
  'ListTagsOfResource',
  'TagResource',
  'UntagResource',
  'UpdateContinuousBackups',
  'UpdateTable',
];

function watching(spec: StackSpec): PolicyStatement[] {
  const { alarms, dashboard, place } = spec;
  return [
    ...(alarms.length === 0
      ? []
      : [
          allow(
            'Alarms',
            of(
              'cloudwatch',
              'DeleteAlarms',
              'DescribeAlarms',
              'ListTagsForResource',
              'PutMetricAlarm',
              'TagResource',
              'UntagResource',
            ),
            alarms.map(({ name }) => regional(spec, 'cloudwatch', `alarm:${name}`)),
          ),
        ]),
    ...(dashboard === undefined
      ? []
      : [
          allow('Dashboard', of('cloudwatch', 'DeleteDashboards', 'GetDashboard', 'PutDashboard'), [
            `arn:${place.partition}:cloudwatch::${place.accountId}:dashboard/${dashboard.name}`,
          ]),
        ]),
  ];
}

function keyParts(spec: StackSpec): PolicyStatement[] {
  const { key } = spec;
  if (key === undefined) return [];
  const keys = regional(spec, 'kms', 'key/*');
  return [
    allow('CreateKey', of('kms', 'CreateKey', 'ListAliases'), ['*'], inRegion(spec)),
    allow('Key', of('kms', ...KEY_ACTIONS), [keys], {
      conditions: { 'ForAnyValue:StringEquals': { 'aws:ResourceTag/Environment': [spec.tags['Environment'] ?? ''] } },
      reason: 'AWS makes up the ids of keys: this stack’s is known by its tag.',
    }),
    allow('Alias', of('kms', 'CreateAlias', 'DeleteAlias', 'UpdateAlias'), [regional(spec, 'kms', key.alias), keys]),
  ];
}

const KEY_ACTIONS = [
  'Decrypt',
  'DescribeKey',
  'EnableKeyRotation',
  'GenerateDataKey',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'ListResourceTags',
  'PutKeyPolicy',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateKeyDescription',
];

function configParts(spec: StackSpec): PolicyStatement[] {
  const { config } = spec;
  if (config === undefined) return [];
  const rules = of(
    'config',
    'DeleteConfigRule',
    'PutConfigRule',
    'TagResource',
    'UntagResource',
    'ListTagsForResource',
  );
  const aggregators = of('config', 'DeleteConfigurationAggregator', 'PutConfigurationAggregator');
  return [
    allow('ReadConfig', of('config', ...CONFIG_READS), ['*'], inRegion(spec)),
    ...(config.recorder === undefined
      ? []
      : [allow('Recorder', of('config', ...RECORDER_ACTIONS), ['*'], inRegion(spec))]),
    allow('ConfigRules', rules, [regional(spec, 'config', 'config-rule/*')], {
      reason: 'AWS makes up the ids of Config rules.',
    }),
    ...(config.aggregator === undefined
      ? []
      : [
          allow('ConfigAggregator', aggregators, [regional(spec, 'config', 'config-aggregator/*')], {
            reason: 'AWS makes up the ids of aggregators.',
          }),
        ]),
  ];
}

const CONFIG_READS = [
  'DescribeConfigRules',
  'DescribeConfigurationAggregators',
  'DescribeConfigurationRecorderStatus',
  'DescribeConfigurationRecorders',
  'DescribeDeliveryChannels',
];

const RECORDER_ACTIONS = [
  'DeleteConfigurationRecorder',
  'DeleteDeliveryChannel',
  'PutConfigurationRecorder',
  'PutDeliveryChannel',
  'StartConfigurationRecorder',
  'StopConfigurationRecorder',
];

function regional({ place: { partition, region, accountId } }: StackSpec, service: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}
