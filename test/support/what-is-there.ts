/** Everything that an emulator holds of the kinds that a stack is made of: empty again when a stack is gone. */
import { CloudWatchClient, DescribeAlarmsCommand, ListDashboardsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  ConfigServiceClient,
  DescribeConfigRulesCommand,
  DescribeConfigurationAggregatorsCommand,
  DescribeConfigurationRecordersCommand,
  DescribeDeliveryChannelsCommand,
} from '@aws-sdk/client-config-service';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, KMSClient, ListAliasesCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import { LambdaClient, ListEventSourceMappingsCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSubscriptionsCommand, ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';

import { ROOT_CREDENTIALS } from './ministack.ts';

export interface Emulators {
  readonly endpoint: string;
  /** Where AWS Config is. */
  readonly configEndpoint?: string | undefined;
  readonly region: string;
}

/** `s3 NAME`, `lambda NAME` and so on, sorted. A key that is to be deleted is `kms pending`. */
export async function whatIsThere({ endpoint, configEndpoint, region }: Emulators): Promise<string[]> {
  const base = { endpoint, region, credentials: ROOT_CREDENTIALS };
  const clients = {
    s3: new S3Client({ ...base, forcePathStyle: true }),
    sns: new SNSClient(base),
    sqs: new SQSClient(base),
    lambda: new LambdaClient(base),
    logs: new CloudWatchLogsClient(base),
    cloudwatch: new CloudWatchClient(base),
    events: new EventBridgeClient(base),
    dynamodb: new DynamoDBClient(base),
    iam: new IAMClient(base),
    kms: new KMSClient(base),
    config: new ConfigServiceClient({ ...base, endpoint: configEndpoint ?? endpoint }),
  };
  const { s3, sns, sqs, lambda, logs, cloudwatch, events, dynamodb, iam, kms, config } = clients;
  const found: string[] = [];
  const note = (service: string, names: readonly (string | undefined)[] | undefined) => {
    found.push(...(names ?? []).map((name) => `${service} ${name}`));
  };
  try {
    note(
      's3',
      (await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name),
    );
    note(
      'sns',
      (await sns.send(new ListTopicsCommand({}))).Topics?.map(({ TopicArn }) => TopicArn?.split(':').pop()),
    );
    note(
      'subscription',
      (await sns.send(new ListSubscriptionsCommand({}))).Subscriptions?.map(({ Endpoint }) => Endpoint),
    );
    note(
      'sqs',
      (await sqs.send(new ListQueuesCommand({}))).QueueUrls?.map((url) => url.split('/').pop()),
    );
    note(
      'lambda',
      (await lambda.send(new ListFunctionsCommand({}))).Functions?.map(({ FunctionName }) => FunctionName),
    );
    note(
      'mapping',
      (await lambda.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings?.map(({ EventSourceArn }) =>
        EventSourceArn?.split(':').pop(),
      ),
    );
    note(
      'logs',
      (await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.map(({ logGroupName }) => logGroupName),
    );
    note(
      'alarm',
      (await cloudwatch.send(new DescribeAlarmsCommand({}))).MetricAlarms?.map(({ AlarmName }) => AlarmName),
    );
    note(
      'dashboard',
      (await cloudwatch.send(new ListDashboardsCommand({}))).DashboardEntries?.map(
        ({ DashboardName }) => DashboardName,
      ),
    );
    note(
      'rule',
      (await events.send(new ListRulesCommand({}))).Rules?.map(({ Name }) => Name),
    );
    note('table', (await dynamodb.send(new ListTablesCommand({}))).TableNames);
    note(
      'role',
      (await iam.send(new ListRolesCommand({}))).Roles?.map(({ RoleName }) => RoleName),
    );
    for (const { KeyId } of (await kms.send(new ListKeysCommand({}))).Keys ?? []) {
      const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
      note('kms', [KeyMetadata?.KeyState === 'PendingDeletion' ? 'pending' : KeyId]);
    }
    note(
      'alias',
      (await kms.send(new ListAliasesCommand({}))).Aliases?.map(({ AliasName }) => AliasName),
    );
    if (configEndpoint !== undefined) {
      const recorders = await config.send(new DescribeConfigurationRecordersCommand({}));
      note(
        'recorder',
        recorders.ConfigurationRecorders?.map(({ name }) => name),
      );
      const channels = await config.send(new DescribeDeliveryChannelsCommand({}));
      note(
        'channel',
        channels.DeliveryChannels?.map(({ name }) => name),
      );
      const rules = await config.send(new DescribeConfigRulesCommand({}));
      note(
        'config rule',
        rules.ConfigRules?.map(({ ConfigRuleName }) => ConfigRuleName),
      );
      const aggregators = await config.send(new DescribeConfigurationAggregatorsCommand({}));
      note(
        'aggregator',
        aggregators.ConfigurationAggregators?.map(({ ConfigurationAggregatorName: name }) => name),
      );
    }
    return found.toSorted();
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}
