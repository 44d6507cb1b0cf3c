import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  ConfigServiceClient,
  GetResourceConfigHistoryCommand,
  PutEvaluationsCommand,
} from '@aws-sdk/client-config-service';
import type { ResourceType } from '@aws-sdk/client-config-service';
import { BatchGetItemCommand, DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { evaluateConfigRules } from '../../src/functions/config-evaluator.ts';
import { processComplianceChanges } from '../../src/functions/config-processor.ts';
import { evaluatorCalls, processorCalls } from '../../src/functions/permissions.ts';
import { publishComplianceChange, publishEvaluations } from '../../src/functions/publish-evaluations.ts';
import { inMemoryBucket } from '../support/bucket.ts';
import { instanceItem } from '../support/config-items.ts';
import { invocation } from '../support/invocation.ts';
import type { TestInvocation } from '../support/invocation.ts';

const ACCOUNT = '111122223333';
const TIME = '2026-11-21T06:00:00.000Z';
const CONFIG = {
  settings: { select: ['ec2-required-tags'] },
  results: { bucket: 'results' },
  history: { table: 'history', store: 'changes' },
  metrics: { sets: ['score'] },
  alerts: { topicArn: 'arn:alerts' },
  configRules: { rules: { 'tags-dev': 'ec2-required-tags' } },
};

const ruleEvent = (invokingEvent: object) => ({
  invokingEvent: JSON.stringify(invokingEvent),
  ruleParameters: '{}',
  resultToken: 'token',
  eventLeftScope: false,
  configRuleName: 'tags-dev',
  configRuleArn: 'arn:rule',
  configRuleId: 'rule-1',
  accountId: ACCOUNT,
});

describe('the functions for AWS Config', () => {
  const bucket = inMemoryBucket();
  let mocks: ReturnType<typeof mockClient>[] = [];

  beforeEach(() => {
    const config = mockClient(ConfigServiceClient);
    const dynamodb = mockClient(DynamoDBClient);
    const ec2 = mockClient(EC2Client);
    const sns = mockClient(SNSClient);
    const cloudwatch = mockClient(CloudWatchClient);
    mocks = [cloudwatch, config, dynamodb, ec2, sns];
    cloudwatch.on(PutMetricDataCommand).resolves({});
    const { configuration, supplementaryConfiguration: _, resourceType, ...item } = instanceItem({}, { tags: {} });
    config.on(PutEvaluationsCommand).resolves({ FailedEvaluations: [] });
    config.on(GetResourceConfigHistoryCommand).resolves({
      configurationItems: [
        {
          ...(item as object),
          resourceType: resourceType as ResourceType,
          configuration: JSON.stringify(configuration),
          accountId: ACCOUNT,
          configurationItemCaptureTime: new Date(TIME),
          supplementaryConfiguration: {},
        },
      ],
    });
    dynamodb.on(BatchGetItemCommand).resolves({ Responses: {}, UnprocessedKeys: {} });
    dynamodb.on(TransactWriteItemsCommand).resolves({});
    const instance = { InstanceId: 'i-1', InstanceType: 't3.micro' as const, State: { Name: 'running' as const } };
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [instance] }] });
    sns.on(PublishCommand).resolves({ MessageId: '1' });
  });
  afterEach(() => {
    for (const mock of mocks) mock.restore();
  });

  const called = () => {
    const names = mocks.flatMap((mock) =>
      mock.calls().map(({ args: [command] }) => command.constructor.name.replace(/Command$/, '')),
    );
    return [...new Set([...names, ...bucket.operations])].toSorted();
  };
  const operationsOf = (calls: readonly { readonly operation: string }[]) =>
    [...new Set(calls.map(({ operation }) => operation))].toSorted();
  const evaluate = (event: object, told: TestInvocation) =>
    evaluateConfigRules(event, told, {
      publish: (evaluations, publication) => publishEvaluations(evaluations, publication, told),
    });

  it('make the calls that the evaluator declares, and no others', async () => {
    const told = invocation(CONFIG);
    const { configuration: _, supplementaryConfiguration: __, ...summary } = instanceItem({}, { tags: {} });
    const oversized = {
      messageType: 'OversizedConfigurationItemChangeNotification',
      configurationItemSummary: summary,
    };
    await evaluate(ruleEvent(oversized), told);
    const scheduled = { messageType: 'ScheduledNotification', awsAccountId: ACCOUNT, notificationCreationTime: TIME };
    await evaluate(ruleEvent(scheduled), told);
    await evaluate({ id: 'schedule-1', time: TIME, source: 'aws.events' }, told);
    expect(called()).to.deep.equal(operationsOf(evaluatorCalls(told.configuration)));
  });

  it('make the calls that the processor declares, and no others', async () => {
    const told = invocation(CONFIG);
    const change = {
      id: 'change-1',
      'detail-type': 'Config Rules Compliance Change',
      detail: {
        awsAccountId: ACCOUNT,
        awsRegion: 'eu-west-1',
        configRuleName: 'rds-managed-rule',
        resourceType: 'AWS::RDS::DBInstance',
        resourceId: 'db-ABC',
        newEvaluationResult: { complianceType: 'NON_COMPLIANT', resultRecordedTime: TIME },
      },
    };
    await processComplianceChanges(change, told, {
      publish: (evaluations, publication) => publishComplianceChange(evaluations, publication, told),
    });
    expect(called()).to.deep.equal(operationsOf(processorCalls(told.configuration)));
  });
});
