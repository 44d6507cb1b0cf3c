/** The health of a stack that the real engine has deployed: sound, and with one part after the other broken by hand. */
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DeleteDashboardsCommand,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  ConfigServiceClient,
  DeleteConfigRuleCommand,
  DeleteConfigurationAggregatorCommand,
  DeleteConfigurationRecorderCommand,
  DeleteDeliveryChannelCommand,
  StopConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import { DeleteTableCommand, DynamoDBClient, UpdateContinuousBackupsCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { DisableKeyCommand, DisableKeyRotationCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  RemovePermissionCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import type { UpdateFunctionConfigurationCommandInput } from '@aws-sdk/client-lambda';
import {
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DeleteTopicCommand, SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  DeleteQueueCommand,
  GetQueueUrlCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import type { PresetName } from '../../src/config/preset-names.ts';
import type { HealthDocument } from '../../src/report/health.ts';
import type { PolicyStatement, StackSpec } from '../../src/stack/spec.ts';
import { withDeployments } from '../support/deployments.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS } from '../support/ministack.ts';
import { specOf, stackYaml } from '../support/stacks.ts';

const FILE = 'compliance-monitoring-analysis.json';

const regionOf = (preset: PresetName) => (preset === 'regulated' ? 'eu-west-1' : 'us-east-1');

describe('the health of a deployed stack', function () {
  this.timeout(300_000);
  const deployments = withDeployments();
  let config: FaultProxy | undefined;

  afterEach(async () => {
    await config?.stop();
    config = undefined;
  });

  /** Deploys the preset, and lets the emulators say what AWS would. */
  async function deployed(preset: PresetName): Promise<StackSpec> {
    const { configure, cli, aws, env } = deployments();
    configure(stackYaml(preset));
    const region = regionOf(preset);
    const { exitCode, stderr } = await cli(['deploy', '-e', 'test', '-r', region, '--yes', '--json']);
    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' });
    const spec = specOf(preset, { place: { partition: 'aws', accountId: MINISTACK_ACCOUNT, region } });
    aws.fail('iam:GetRolePolicy', { kind: 'rewrite', body: (body) => withConditions(body, spec) });
    // moto knows none of these calls.
    config = await startFaultProxy(env['AWS_ENDPOINT_URL_CONFIG_SERVICE'] ?? '');
    config.fail('config:DescribeConfigRuleEvaluationStatus', {
      kind: 'answer',
      body: { ConfigRulesEvaluationStatus: [] },
    });
    config.fail('config:DescribeDeliveryChannelStatus', { kind: 'answer', body: { DeliveryChannelsStatus: [] } });
    config.fail('config:DescribeConfigurationAggregatorSourcesStatus', {
      kind: 'answer',
      body: { AggregatedSourceStatusList: [] },
    });
    return spec;
  }

  async function look(args: readonly string[], region: string, keys: Readonly<Record<string, string>> = {}) {
    const { cli } = deployments();
    return cli(['report', '--kind', 'health', '-e', 'test', '-r', region, ...args], {
      env: {
        ...(config !== undefined && { AWS_ENDPOINT_URL_CONFIG_SERVICE: config.url }),
        AWS_MAX_ATTEMPTS: '2',
        ...keys,
      },
    });
  }

  async function documentOf(region: string, exitCode: number): Promise<HealthDocument> {
    const { stdout, stderr, ...outcome } = await look(['--json', '-q'], region);
    const { issues = [], gaps = [] } = (stdout === '' ? {} : JSON.parse(stdout)) as Partial<HealthDocument>;
    const found = [...issues.map(({ message }) => message), ...gaps.map(({ message }) => message)];
    expect({ stderr, exitCode: outcome.exitCode }, found.join('\n')).to.deep.equal({ stderr: '', exitCode });
    expect(readFileSync(join(deployments().folder, FILE), 'utf8')).to.equal(stdout);
    return JSON.parse(stdout) as HealthDocument;
  }

  for (const preset of ['standard', 'tag-events', 'config-history', 'reporting'] as const) {
    it(`is sound right after it was deployed: ${preset}`, async () => {
      const spec = await deployed(preset);
      const { parts, issues, gaps, summary, ...head } = await documentOf(regionOf(preset), 0);
      expect({ issues, gaps, ill: parts.filter(({ status }) => status !== 'healthy') }).to.deep.equal({
        issues: [],
        gaps: [],
        ill: [],
      });
      expect(parts.map(({ name }) => name)).to.include.members([
        ...spec.functions.map(({ name }) => name),
        ...spec.alarms.map(({ name }) => name),
        ...spec.buckets.map(({ name }) => name),
      ]);
      expect(summary).to.include({ total_issues: 0, healthy: parts.length, unknown: 0 });
      expect(head).to.include({
        schema: 'compliancectl.health/1',
        environment: 'test',
        account_id: MINISTACK_ACCOUNT,
        region: regionOf(preset),
        preset,
      });
    });
  }

  it('names each part that was broken by hand, and nothing else', async () => {
    const region = regionOf('regulated');
    const spec = await deployed('regulated');
    expect((await documentOf(region, 0)).summary).to.include({ total_issues: 0, unknown: 0 });
    const before = new Set<string>();
    for (const { what, does, finds } of breaks(spec)) {
      await does();
      const { issues, gaps } = await documentOf(region, 1);
      const fresh = issues.map(({ id }) => id).filter((id) => !before.has(id));
      expect({ what, fresh: fresh.toSorted(), gaps }).to.deep.equal({ what, fresh: finds.toSorted(), gaps: [] });
      for (const { id } of issues) before.add(id);
    }
  });

  interface Break {
    readonly what: string;
    readonly does: () => Promise<unknown>;
    readonly finds: readonly string[];
  }

  /** One after the other: what was broken stays broken. */
  function breaks(spec: StackSpec): Break[] {
    const { aws, env } = deployments();
    const base = { endpoint: aws.url, region: spec.place.region, credentials: ROOT_CREDENTIALS };
    const lambda = new LambdaClient(base);
    const logs = new CloudWatchLogsClient(base);
    const iam = new IAMClient(base);
    const events = new EventBridgeClient(base);
    const sqs = new SQSClient(base);
    const sns = new SNSClient(base);
    const s3 = new S3Client({ ...base, forcePathStyle: true });
    const dynamodb = new DynamoDBClient(base);
    const kms = new KMSClient(base);
    const cloudwatch = new CloudWatchClient(base);
    const recording = new ConfigServiceClient({ ...base, endpoint: env['AWS_ENDPOINT_URL_CONFIG_SERVICE'] ?? '' });

    const [reporter, evaluator, processor, remediator] = spec.functions.map(({ name }) => name);
    const [reports = '', delivery = '', audit = ''] = spec.buckets.map(({ name }) => name);
    const [alerts, critical] = spec.topics;
    const [scoreLow, scanMissing, failure, duration] = spec.alarms;
    const [evaluatorSchedule = '', reporterSchedule = '', aggregateSchedule = '', executiveSchedule = ''] =
      spec.schedules.map(({ name }) => name);
    if (alerts === undefined || critical === undefined || duration === undefined || failure === undefined) {
      throw new Error('The preset has them.');
    }
    const queueUrl = async (name: string) =>
      (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl ?? '';
    const mapping = async () => {
      const { EventSourceMappings = [] } = await lambda.send(
        new ListEventSourceMappingsCommand({ FunctionName: processor }),
      );
      return EventSourceMappings[0]?.UUID ?? '';
    };
    /** Until the change is there: a function that is being changed is said to be. */
    const changeFunction = async (input: UpdateFunctionConfigurationCommandInput) => {
      await lambda.send(new UpdateFunctionConfigurationCommand(input));
      await waitUntilFunctionUpdatedV2(
        { client: lambda, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
        { FunctionName: input.FunctionName },
      );
    };
    const dlq = `compliance-reporter-dlq-test`;

    return [
      {
        what: 'a function’s time and memory',
        does: async () => changeFunction({ FunctionName: reporter, Timeout: 3, MemorySize: 128 }),
        finds: [`function-differs/${reporter}/timeout`, `function-differs/${reporter}/memory`],
      },
      {
        what: 'its variables',
        does: async () => changeFunction({ FunctionName: evaluator, Environment: { Variables: {} } }),
        finds: Object.keys(spec.functions[1]?.environment ?? {}).map(
          (name) => `function-differs/${evaluator}/environment.${name}`,
        ),
      },
      {
        what: 'its dead-letter queue',
        does: async () => changeFunction({ FunctionName: evaluator, DeadLetterConfig: { TargetArn: '' } }),
        finds: [`function-unwired/${evaluator}/dead letters`],
      },
      {
        what: 'its reserved concurrency',
        does: async () =>
          lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: remediator, ReservedConcurrentExecutions: 0 })),
        finds: [`function-differs/${remediator}/reserved concurrency`],
      },
      {
        what: 'who may invoke it',
        does: async () => lambda.send(new RemovePermissionCommand({ FunctionName: evaluator, StatementId: 'config' })),
        finds: [`function-not-invocable/${evaluator}/config`],
      },
      {
        what: 'errors and throttles',
        does: async () =>
          cloudwatch.send(
            new PutMetricDataCommand({
              Namespace: 'AWS/Lambda',
              MetricData: [
                ['Invocations', 4],
                ['Errors', 1],
                ['Throttles', 2],
                ['Duration', 290_000],
              ].map(([MetricName, Value]) => ({
                MetricName: String(MetricName),
                Value: Number(Value),
                Timestamp: new Date(Date.now() - 600_000),
                Dimensions: [{ Name: 'FunctionName', Value: processor ?? '' }],
              })),
            }),
          ),
        finds: [
          `function-errors/${processor}`,
          `function-throttled/${processor}`,
          `function-near-timeout/${processor}`,
        ],
      },
      {
        what: 'a mapping that is switched off',
        does: async () =>
          lambda.send(new UpdateEventSourceMappingCommand({ UUID: await mapping(), Enabled: false, BatchSize: 1 })),
        finds: [
          'queue-mapping-off/config-processor-queue-test',
          'queue-mapping-differs/config-processor-queue-test/batch size',
        ],
      },
      {
        what: 'a mapping that is gone',
        does: async () => lambda.send(new DeleteEventSourceMappingCommand({ UUID: await mapping() })),
        finds: ['queue-mapping-missing/config-processor-queue-test'],
      },
      {
        what: 'a log group’s retention',
        does: async () =>
          logs.send(new PutRetentionPolicyCommand({ logGroupName: `/aws/lambda/${reporter}`, retentionInDays: 1 })),
        finds: [`log-group-retention//aws/lambda/${reporter}`],
      },
      {
        what: 'a log group that is gone',
        does: async () => logs.send(new DeleteLogGroupCommand({ logGroupName: `/aws/lambda/${evaluator}` })),
        finds: [`log-group-missing//aws/lambda/${evaluator}`],
      },
      {
        what: 'a schedule that is switched off',
        does: async () => events.send(new DisableRuleCommand({ Name: evaluatorSchedule })),
        finds: [`rule-disabled/${evaluatorSchedule}`],
      },
      {
        what: 'a schedule at other times',
        does: async () =>
          events.send(new PutRuleCommand({ Name: reporterSchedule, ScheduleExpression: 'rate(9 days)' })),
        finds: [`rule-differs/${reporterSchedule}/schedule`],
      },
      {
        what: 'a schedule that starts nothing',
        does: async () => events.send(new RemoveTargetsCommand({ Rule: aggregateSchedule, Ids: [reporter ?? ''] })),
        finds: [`rule-target-missing/${aggregateSchedule}`],
      },
      {
        what: 'a schedule that is gone',
        does: async () => {
          await events.send(new RemoveTargetsCommand({ Rule: executiveSchedule, Ids: [reporter ?? ''] }));
          await events.send(new DeleteRuleCommand({ Name: executiveSchedule }));
        },
        finds: [`rule-missing/${executiveSchedule}`],
      },
      {
        what: 'a rule for events that listens for others, and fails',
        does: async () => {
          await events.send(new PutRuleCommand({ Name: 'scan-stored-test', EventPattern: '{"source":["aws.ec2"]}' }));
          await cloudwatch.send(
            new PutMetricDataCommand({
              Namespace: 'AWS/Events',
              MetricData: [
                {
                  MetricName: 'FailedInvocations',
                  Value: 1,
                  Timestamp: new Date(Date.now() - 600_000),
                  Dimensions: [{ Name: 'RuleName', Value: 'scan-stored-test' }],
                },
              ],
            }),
          );
        },
        finds: ['rule-differs/scan-stored-test/pattern', 'rule-failing/scan-stored-test'],
      },
      {
        what: 'a message among the dead letters',
        does: async () => sqs.send(new SendMessageCommand({ QueueUrl: await queueUrl(dlq), MessageBody: 'lost' })),
        finds: [`queue-has-dead-letters/${dlq}`],
      },
      {
        what: 'a queue’s retention and policy',
        does: async () =>
          sqs.send(
            new SetQueueAttributesCommand({
              QueueUrl: await queueUrl('config-evaluator-dlq-test'),
              Attributes: { MessageRetentionPeriod: '60', Policy: '' },
            }),
          ),
        finds: [
          'queue-differs/config-evaluator-dlq-test/retention',
          'queue-policy/config-evaluator-dlq-test/FromRules',
          'queue-policy/config-evaluator-dlq-test/OnlyOverTls',
        ],
      },
      {
        what: 'a queue that is gone',
        does: async () =>
          sqs.send(new DeleteQueueCommand({ QueueUrl: await queueUrl('compliance-remediator-dlq-test') })),
        finds: ['queue-missing/compliance-remediator-dlq-test'],
      },
      {
        what: 'a topic that is not encrypted',
        does: async () =>
          sns.send(
            new SetTopicAttributesCommand({
              TopicArn: alerts.arn,
              AttributeName: 'KmsMasterKeyId',
              AttributeValue: '',
            }),
          ),
        finds: ['topic-encryption/compliance-alerts-test'],
      },
      {
        what: 'a subscription that was never confirmed',
        does: async () => {
          aws.fail('sns:ListSubscriptionsByTopic', {
            kind: 'rewrite',
            body: (body) =>
              body.includes(':compliance-alerts-test')
                ? body.replaceAll(/<SubscriptionArn>[^<]*</g, '<SubscriptionArn>PendingConfirmation<')
                : body,
          });
        },
        finds: ['subscription-unconfirmed/compliance-alerts-test/security@example.com'],
      },
      {
        what: 'a topic that is gone',
        does: async () => sns.send(new DeleteTopicCommand({ TopicArn: critical.arn })),
        finds: ['topic-missing/compliance-critical-test'],
      },
      {
        what: 'a bucket that is open',
        does: async () => {
          await s3.send(new DeletePublicAccessBlockCommand({ Bucket: reports }));
          await s3.send(new DeleteBucketPolicyCommand({ Bucket: reports }));
        },
        finds: [`bucket-public-access/${reports}`, `bucket-not-tls-only/${reports}`],
      },
      {
        what: 'a bucket that forgets, and is encrypted otherwise',
        does: async () => {
          await s3.send(
            new PutBucketVersioningCommand({ Bucket: audit, VersioningConfiguration: { Status: 'Suspended' } }),
          );
          await s3.send(new DeleteBucketLifecycleCommand({ Bucket: audit }));
          await s3.send(
            new PutBucketEncryptionCommand({
              Bucket: audit,
              ServerSideEncryptionConfiguration: {
                Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
              },
            }),
          );
        },
        finds: [
          `bucket-versioning/${audit}`,
          `bucket-encryption/${audit}`,
          ...(spec.buckets[2]?.lifecycle ?? []).map(({ id }) => `bucket-lifecycle/${audit}/${id}`),
        ],
      },
      {
        what: 'a bucket that tells nobody',
        does: async () =>
          s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: reports, NotificationConfiguration: {} })),
        finds: [`bucket-notifications/${reports}`],
      },
      {
        what: 'a bucket that is gone',
        does: async () => s3.send(new DeleteBucketCommand({ Bucket: delivery })),
        finds: [`bucket-missing/${delivery}`],
      },
      {
        what: 'a table that cannot be recovered',
        does: async () =>
          dynamodb.send(
            new UpdateContinuousBackupsCommand({
              TableName: spec.table?.name,
              PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
            }),
          ),
        finds: ['table-recovery-off/compliance-history-test'],
      },
      {
        what: 'a table that is gone',
        does: async () => dynamodb.send(new DeleteTableCommand({ TableName: spec.table?.name })),
        finds: ['table-missing/compliance-history-test'],
      },
      {
        what: 'an alarm’s threshold',
        does: async () => {
          const { MetricAlarms = [] } = await cloudwatch.send(
            new DescribeAlarmsCommand({ AlarmNames: [duration.name] }),
          );
          const [
            {
              AlarmName,
              Namespace,
              MetricName,
              Dimensions,
              Statistic,
              Period,
              EvaluationPeriods,
              ComparisonOperator,
              TreatMissingData,
            } = {},
          ] = MetricAlarms;
          await cloudwatch.send(
            new PutMetricAlarmCommand({
              AlarmName: AlarmName ?? '',
              Namespace,
              MetricName,
              Dimensions,
              Statistic,
              Period,
              EvaluationPeriods: EvaluationPeriods ?? 1,
              ComparisonOperator: ComparisonOperator ?? 'GreaterThanThreshold',
              TreatMissingData,
              Threshold: 1,
              AlarmActions: [],
            }),
          );
        },
        finds: [`alarm-differs/${duration.name}/threshold`, `alarm-tells-nobody/${duration.name}/${alerts.arn}`],
      },
      {
        what: 'an alarm that says nothing',
        does: async () => cloudwatch.send(new DisableAlarmActionsCommand({ AlarmNames: [failure.name] })),
        finds: [`alarm-muted/${failure.name}`],
      },
      {
        what: 'an alarm that has gone off',
        does: async () =>
          cloudwatch.send(
            new SetAlarmStateCommand({
              AlarmName: scanMissing?.name,
              StateValue: 'ALARM',
              StateReason: 'No scan came.',
            }),
          ),
        finds: [`alarm-firing/${scanMissing?.name}`],
      },
      {
        what: 'an alarm that is gone',
        does: async () => cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [scoreLow?.name ?? ''] })),
        finds: [`alarm-missing/${scoreLow?.name}`],
      },
      {
        what: 'a dashboard without its last widget',
        does: async () =>
          cloudwatch.send(
            new PutDashboardCommand({
              DashboardName: spec.dashboard?.name,
              DashboardBody: JSON.stringify({ widgets: spec.dashboard?.widgets.slice(0, -1) }),
            }),
          ),
        finds: [
          ...spec.functions.map(({ deadLetters }) => deadLetters.name),
          ...spec.topics.map(({ deadLetters }) => deadLetters?.name),
        ].map(
          (name) =>
            `dashboard-incomplete/compliance-dashboard-test/AWS/SQS ApproximateNumberOfMessagesVisible QueueName ${name}`,
        ),
      },
      {
        what: 'a dashboard that is gone',
        does: async () =>
          cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: [spec.dashboard?.name ?? ''] })),
        finds: ['dashboard-missing/compliance-dashboard-test'],
      },
      {
        what: 'a recorder that does not record, and a channel that cannot deliver',
        does: async () => {
          await recording.send(
            new StopConfigurationRecorderCommand({ ConfigurationRecorderName: 'config-recorder-test' }),
          );
          config?.fail('config:DescribeDeliveryChannelStatus', {
            kind: 'answer',
            body: {
              DeliveryChannelsStatus: [
                { configHistoryDeliveryInfo: { lastStatus: 'FAILURE', lastErrorCode: 'NoSuchBucket' } },
              ],
            },
          });
        },
        finds: ['recorder-stopped/config-recorder-test', 'delivery-channel-failing/config-delivery-channel-test'],
      },
      {
        what: 'rules of AWS Config that fail',
        does: async () => {
          config?.fail('config:DescribeConfigRuleEvaluationStatus', {
            kind: 'answer',
            body: {
              ConfigRulesEvaluationStatus: [{ LastFailedInvocationTime: 1_795_240_800, LastErrorCode: 'LambdaError' }],
            },
          });
          config?.fail('config:DescribeConfigurationAggregatorSourcesStatus', {
            kind: 'answer',
            body: { AggregatedSourceStatusList: [{ AwsRegion: 'eu-central-1', LastUpdateStatus: 'FAILED' }] },
          });
        },
        finds: [
          ...(spec.config?.rules ?? []).map(({ name }) => `config-rule-failing/${name}`),
          'aggregator-failing/config-aggregator-test',
        ],
      },
      {
        what: 'AWS Config without a rule, a recorder, a channel and an aggregator',
        does: async () => {
          await recording.send(new DeleteConfigRuleCommand({ ConfigRuleName: 'ec2-tag-checker-test' }));
          await recording.send(
            new DeleteDeliveryChannelCommand({ DeliveryChannelName: 'config-delivery-channel-test' }),
          );
          await recording.send(
            new DeleteConfigurationRecorderCommand({ ConfigurationRecorderName: 'config-recorder-test' }),
          );
          await recording.send(
            new DeleteConfigurationAggregatorCommand({ ConfigurationAggregatorName: 'config-aggregator-test' }),
          );
        },
        finds: [
          'config-rule-missing/ec2-tag-checker-test',
          'delivery-channel-missing/config-delivery-channel-test',
          'recorder-missing/config-recorder-test',
          'aggregator-missing/config-aggregator-test',
        ],
      },
      {
        what: 'a role that lacks a statement',
        does: async () => {
          const about = { RoleName: 'compliance-reporter-role-test', PolicyName: 'compliance-reporter-policy-test' };
          const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand(about));
          const document = JSON.parse(decodeURIComponent(PolicyDocument)) as { Statement: { Sid: string }[] };
          const Statement = document.Statement.filter(({ Sid }) => Sid !== 'Dynamodb');
          await iam.send(
            new PutRolePolicyCommand({ ...about, PolicyDocument: JSON.stringify({ ...document, Statement }) }),
          );
        },
        finds: ['role-policy-differs/compliance-reporter-role-test/Dynamodb'],
      },
      {
        what: 'a role without its policy',
        does: async () =>
          iam.send(
            new DeleteRolePolicyCommand({
              RoleName: 'config-processor-role-test',
              PolicyName: 'config-processor-policy-test',
            }),
          ),
        finds: ['role-policy-missing/config-processor-role-test'],
      },
      {
        what: 'a role that is gone',
        does: async () => {
          await iam.send(
            new DeleteRolePolicyCommand({
              RoleName: 'compliance-remediator-role-test',
              PolicyName: 'compliance-remediator-policy-test',
            }),
          );
          await iam.send(new DeleteRoleCommand({ RoleName: 'compliance-remediator-role-test' }));
        },
        finds: ['role-missing/compliance-remediator-role-test'],
      },
      {
        what: 'a function that is gone',
        does: async () => lambda.send(new DeleteFunctionCommand({ FunctionName: remediator })),
        finds: [`function-missing/${remediator}`],
      },
      {
        what: 'a key that is not rotated, and switched off',
        does: async () => {
          await kms.send(new DisableKeyRotationCommand({ KeyId: await keyId() }));
          await kms.send(new DisableKeyCommand({ KeyId: await keyId() }));
        },
        finds: ['key-rotation-off/alias/compliance-test', 'key-not-usable/alias/compliance-test'],
      },
    ];

    async function keyId(): Promise<string> {
      const { ListAliasesCommand } = await import('@aws-sdk/client-kms');
      const { Aliases = [] } = await kms.send(new ListAliasesCommand({}));
      return Aliases.find(({ AliasName }) => AliasName === spec.key?.alias)?.TargetKeyId ?? '';
    }
  }

  it('is told for people, and in a job’s summary, and the file is whole or not there', async () => {
    const spec = await deployed('tag-events');
    const { aws, folder } = deployments();
    const region = regionOf('tag-events');
    const sns = new SNSClient({ endpoint: aws.url, region, credentials: ROOT_CREDENTIALS });
    await sns.send(new DeleteTopicCommand({ TopicArn: spec.topics[0]?.arn ?? '' }));
    const summary = join(folder, 'summary.md');
    writeFileSync(summary, 'Before.\n');
    const { stdout, stderr, exitCode } = await look(
      ['-f', 'table', '-f', 'json=own.json', '-f', `markdown=${summary}`],
      region,
    );
    expect(exitCode).to.equal(1);
    expect(stderr).to.equal('The whole of it is in own.json.\n');
    expect(stdout).to.include('14 parts, 13 healthy, 1 with issues, 1 issue');
    expect(stdout).to.include('compliancectl deploy -e test --region us-east-1 --refresh');
    expect(readFileSync(summary, 'utf8')).to.match(/^Before\.\n## Health of stack test: 1 issue\n/);
    expect(
      (JSON.parse(readFileSync(join(folder, 'own.json'), 'utf8')) as HealthDocument).summary.total_issues,
    ).to.equal(1);
    const markdown = await look(['-f', 'markdown', '-q'], region);
    expect(markdown.stdout).to.match(/^## Health of stack test: 1 issue\n/);

    const unwritable = await look(['-f', 'json=nowhere/own.json'], region);
    expect(unwritable).to.include({ exitCode: 2, stdout: '' });
    expect(unwritable.stderr).to.include('nowhere/own.json could not be written');
    const contradicting = await look(['--from', '2026-11-01'], region);
    expect(contradicting).to.include({ exitCode: 2, stdout: '' });
    expect(contradicting.stderr).to.include(
      '--kind health is about the stack as it is now, and --from is about scans.',
    );
  });

  it('has a gap for what is denied, throttled or garbled, and is not called sound for it', async () => {
    await deployed('tag-events');
    const { aws } = deployments();
    const region = regionOf('tag-events');
    aws.fail('sns:GetTopicAttributes', { kind: 'deny' });
    aws.fail('sqs:GetQueueUrl', { kind: 'throttle' });
    aws.fail('events:DescribeRule', { kind: 'garble', as: 'html' });
    const { parts, issues, gaps } = await documentOf(region, 4);
    expect(issues).to.deep.equal([]);
    expect(parts.filter(({ status }) => status === 'unknown').map(({ kind }) => kind)).to.deep.equal([
      'rule',
      'queue',
      'queue',
      'queue',
      'topic',
    ]);
    expect(gaps.map(({ api, reason, permission }) => ({ api, reason, permission }))).to.deep.equal([
      { api: 'events:DescribeRule', reason: 'error', permission: undefined },
      { api: 'sns:GetTopicAttributes', reason: 'denied', permission: 'sns:GetTopicAttributes' },
      { api: 'sqs:GetQueueUrl', reason: 'throttled', permission: undefined },
    ]);
  });

  it('needs what its printed policy allows, and nothing else', async () => {
    await deployed('standard');
    const region = regionOf('standard');
    const { stdout: policy, exitCode } = await look(['--print-iam-policy'], region);
    expect(exitCode).to.equal(0);
    const allowed = await look(['--json', '-q'], region, await userWith(asMiniStackTakesIt(policy)));
    const { issues, gaps } = JSON.parse(allowed.stdout) as HealthDocument;
    expect({ exitCode: allowed.exitCode, issues, gaps }).to.deep.equal({ exitCode: 0, issues: [], gaps: [] });
  });

  it('is not known at all where nothing may be read', async () => {
    await deployed('tag-events');
    const { stdout, exitCode } = await look(['--json', '-q'], regionOf('tag-events'), await userWith(undefined));
    const { summary, parts, gaps } = JSON.parse(stdout) as HealthDocument;
    expect(exitCode).to.equal(3);
    expect(summary).to.include({ total_issues: 0, healthy: 0, unknown: parts.length });
    expect(new Set(gaps.map(({ reason }) => reason))).to.deep.equal(new Set(['denied']));
  });

  /** The keys of somebody whom this policy allows what it says; nothing without one. */
  async function userWith(policy: string | undefined): Promise<Readonly<Record<string, string>>> {
    const { aws } = deployments();
    const iam = new IAMClient({ endpoint: aws.url, region: 'us-east-1', credentials: ROOT_CREDENTIALS });
    await iam.send(new CreateUserCommand({ UserName: 'ada' }));
    if (policy !== undefined) {
      await iam.send(new PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'health', PolicyDocument: policy }));
    }
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }));
    return {
      AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? '',
    };
  }
});

/**
 * MiniStack knows few conditions, and not the ARN of any database: the stand-in left those out of roles' policies, or said them
 * otherwise. Where a statement is the spec's own but for that, it is given the spec's words again.
 */
function withConditions(body: string, { functions, config }: StackSpec): string {
  const roles = [
    ...functions.map(({ role }) => role),
    ...(config?.recorder === undefined ? [] : [config.recorder.role]),
  ];
  const name = /<RoleName>([^<]*)</.exec(body)?.[1];
  const wanted = roles.find((role) => role.name === name)?.policy ?? [];
  return body.replace(/<PolicyDocument>([^<]*)</, (whole, encoded: string) => {
    const document = JSON.parse(decodeURIComponent(encoded)) as { Statement: { Sid: string; Resource: unknown }[] };
    const Statement = document.Statement.map((statement) => {
      const own = wanted.find(({ sid }: PolicyStatement) => sid === statement.Sid);
      const Resource = String(statement.Resource) === '*' ? own?.resources : statement.Resource;
      return { ...statement, Condition: own?.conditions, Resource };
    });
    return whole.replace(encoded, encodeURIComponent(JSON.stringify({ ...document, Statement })));
  });
}

/**
 * To MiniStack alarms, dashboards and EventBridge rules are about *, where AWS asks for their ARNs; and it takes who reads a
 * function's concurrency for one who sets it.
 */
function asMiniStackTakesIt(policy: string): string {
  const document = JSON.parse(policy) as { Statement: { Sid: string; Action: string[] }[] };
  const Statement = document.Statement.map((statement) => {
    const wide = ['Alarms', 'Dashboard', 'Rules'].includes(statement.Sid) ? { Resource: '*' } : {};
    const Action = statement.Action.map((action) => action.replace('GetFunctionConcurrency', 'PutFunctionConcurrency'));
    return { ...statement, Action, ...wide };
  });
  return JSON.stringify({ ...document, Statement });
}
