/** The whole of it: deployed, scanning by itself over planted violations, asked from a terminal, and taken away. */
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  ListMetricsCommand,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetBucketVersioningCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import type { ScanDocument } from '../../src/engine/scan-document.ts';
import { withDeployments } from '../support/deployments.ts';
import { runInstances } from '../support/emulated.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS } from '../support/ministack.ts';
import { stackYaml } from '../support/stacks.ts';

const REGION = 'us-east-1';
const SOUND = { Environment: 'test', Owner: 'ada', CostCenter: '42' };

describe('a deployed stack', function () {
  this.timeout(180_000);
  const deployments = withDeployments();

  const clients = () => {
    const settings = { endpoint: deployments().aws.url, region: REGION, credentials: ROOT_CREDENTIALS };
    return {
      lambda: new LambdaClient(settings),
      sns: new SNSClient(settings),
      s3: new S3Client({ ...settings, forcePathStyle: true }),
      cloudwatch: new CloudWatchClient(settings),
      events: new EventBridgeClient(settings),
      dynamodb: new DynamoDBClient(settings),
    };
  };
  const json = async (...args: string[]) => {
    const { stdout, stderr, exitCode } = await deployments().cli([...args, '--json']);
    expect(stdout, stderr).to.not.equal('');
    return { document: JSON.parse(stdout) as unknown, exitCode };
  };
  const plant = () => runInstances(deployments().aws.url, REGION, [{ tags: {} }, { tags: SOUND }], ROOT_CREDENTIALS);
  const outputsOf = () =>
    JSON.parse(readFileSync(join(deployments().folder, 'cfn-outputs/flat-outputs.json'), 'utf8')) as Record<
      string,
      string
    >;

  it('S0-15: is what its outputs say, and scans end to end', async () => {
    const { configure, cli, there, aws } = deployments();
    configure(stackYaml('standard'));
    const before = await there();
    await plant();
    expect(await cli(['deploy', '-e', 'test', '--yes'])).to.include({ exitCode: 0 });
    const outputs = outputsOf();
    const { lambda, sns, s3, cloudwatch, events, dynamodb } = clients();

    // The function's configuration.
    const scanner = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: outputs['lambdaFunctionArn'] }),
    );
    expect(scanner).to.include({
      FunctionName: 'compliance-scanner-test',
      Runtime: 'nodejs24.x',
      Timeout: 300,
      MemorySize: 512,
    });
    expect(scanner.Environment?.Variables).to.deep.equal({
      AWS_ENDPOINT_URL: aws.url,
      BUCKET_NAME: outputs['bucketName'],
      COMPLIANCE_THRESHOLD: '80',
      REQUIRED_TAGS: 'Environment,Owner,CostCenter',
      SNS_TOPIC_ARN: outputs['snsTopicArn'],
    });

    // The topic and who hears it.
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: outputs['topicArn'] }));
    expect(Attributes?.['DisplayName']).to.equal('Compliance alerts (test)');
    const { Subscriptions = [] } = await sns.send(
      new ListSubscriptionsByTopicCommand({ TopicArn: outputs['topicArn'] }),
    );
    expect(Subscriptions.map(({ Protocol, Endpoint }) => [Protocol, Endpoint])).to.deep.equal([
      ['email', 'security@example.com'],
    ]);

    // Alarms, bucket, targets of rules, dashboard.
    const { MetricAlarms = [] } = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNames: ['compliance-score-low-test'] }),
    );
    expect(MetricAlarms[0]).to.deep.include({ Threshold: 80, Period: 21_600, AlarmActions: [outputs['snsTopicArn']] });
    expect(await s3.send(new GetBucketVersioningCommand({ Bucket: outputs['bucketName'] }))).to.include({
      Status: 'Enabled',
    });
    const { Targets = [] } = await events.send(
      new ListTargetsByRuleCommand({ Rule: 'compliance-scanner-schedule-test' }),
    );
    expect(Targets.map(({ Arn }) => Arn)).to.deep.equal([outputs['lambdaFunctionArn']]);
    const { DashboardBody = '' } = await cloudwatch.send(
      new GetDashboardCommand({ DashboardName: outputs['dashboardName'] }),
    );
    const { widgets } = JSON.parse(DashboardBody) as { widgets: { properties: { title: string } }[] };
    expect(widgets.map(({ properties }) => properties.title)).to.include.members([
      'Compliance score',
      'Score by instance type',
    ]);

    // The suffix in every name.
    const own = (await there()).filter((name) => !before.includes(name) && !name.startsWith('subscription '));
    expect(own.filter((name) => !/-test(-|$)/.test(name))).to.deep.equal([]);

    // One scan, as its schedule starts it, down to what is stored.
    const event = {
      source: 'aws.events',
      id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
      time: '2026-11-21T06:00:00Z',
      'detail-type': 'Scheduled Event',
      account: MINISTACK_ACCOUNT,
      region: REGION,
      resources: [],
      detail: {},
      version: '0',
    };
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: outputs['lambdaFunctionArn'], Payload: Buffer.from(JSON.stringify(event)) }),
    );
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString()) as {
      deliveries: object[];
      document: { key: string };
    };
    expect({ FunctionError, deliveries: answer.deliveries }).to.deep.equal({
      FunctionError: undefined,
      deliveries: ['results', 'history', 'metrics', 'alerts'].map((sink) => ({ sink, status: 'delivered' })),
    });
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: outputs['bucketName'], Prefix: 'scans/' }),
    );
    expect(Contents.map(({ Key }) => Key)).to.deep.equal(['scans/2026-11-21/1795240800000.json', answer.document.key]);
    const record = await s3.send(
      new GetObjectCommand({ Bucket: outputs['bucketName'], Key: 'scans/2026-11-21/1795240800000.json' }),
    );
    expect(JSON.parse((await record.Body?.transformToString()) ?? '')).to.include({
      totalInstances: 2,
      nonCompliantInstances: 2,
    });
    const { Count } = await dynamodb.send(new ScanCommand({ TableName: outputs['dynamodb_table_name'] }));
    expect(Count).to.be.greaterThan(0);
    const { Metrics = [] } = await cloudwatch.send(
      new ListMetricsCommand({ Namespace: 'InfrastructureCompliance', MetricName: 'ComplianceScore' }),
    );
    expect(JSON.stringify(Metrics)).to.include('InstanceType').and.include('Category');

    // What a person sees of it is what they would see without it.
    const remote = await json('scan', '-e', 'test');
    const local = await json('scan', '--local', '-e', 'test');
    expect(remote.exitCode).to.equal(1).and.to.equal(local.exitCode);
    const [there_, here] = [remote.document as ScanDocument, local.document as ScanDocument];
    expect(there_.source).to.equal('lambda');
    expect(there_.gaps).to.deep.equal([]);
    expect(there_.evaluations).to.deep.equal(here.evaluations).and.have.length.greaterThan(3);
    expect(there_.summary).to.deep.equal(here.summary);

    expect(await cli(['destroy', '-e', 'test', '--yes'])).to.include({ exitCode: 0 });
    expect(await there()).to.deep.equal(before);
  });

  it('answers with what fits, where the preset stores nothing', async () => {
    const { configure, cli } = deployments();
    configure(stackYaml('ec2-baseline'));
    await plant();
    expect(await cli(['deploy', '-e', 'test', '--yes'])).to.include({ exitCode: 0 });
    const remote = await json('scan', '-e', 'test');
    const local = await json('scan', '--local', '-e', 'test');
    expect((remote.document as ScanDocument).evaluations).to.deep.equal((local.document as ScanDocument).evaluations);
  });

  it('scans with the evaluator where AWS Config is used, and reports after that', async () => {
    const { configure, cli } = deployments();
    configure(stackYaml('config-history'));
    await plant();
    expect(await cli(['deploy', '-e', 'test', '--yes'])).to.include({ exitCode: 0 });
    const remote = await json('scan', '-e', 'test');
    const local = await json('scan', '--local', '-e', 'test');
    expect((remote.document as ScanDocument).evaluations).to.deep.equal((local.document as ScanDocument).evaluations);
  });

  it('scans where everything is encrypted with the stack’s own key, as its rules ask of others', async () => {
    const { configure, cli } = deployments();
    configure(stackYaml('regulated').replace(/regions:.*\n/, ''));
    await plant();
    expect(await cli(['deploy', '-e', 'test', '--yes'])).to.include({ exitCode: 0 });
    const remote = await json('scan', '-e', 'test');
    const local = await json('scan', '--local', '-e', 'test');
    const [there, here] = [remote.document as ScanDocument, local.document as ScanDocument];
    expect(there.gaps).to.deep.equal([]);
    expect(there.evaluations).to.deep.equal(here.evaluations);
    const buckets = there.evaluations.filter(({ rule_id: rule }) => rule === 's3-bucket-encrypted');
    expect(buckets).to.deep.equal([]);
  });

  it('says that the preset has no scanner', async () => {
    const { configure, cli } = deployments();
    configure(stackYaml('tag-events'));
    expect(await cli(['deploy', '-e', 'test', '--yes'])).to.include({ exitCode: 0 });
    const { stderr, exitCode } = await cli(['scan', '-e', 'test']);
    expect(exitCode).to.equal(2);
    expect(stderr).to.include('no scanner');
  });
});
