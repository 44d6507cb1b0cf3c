import { gunzipSync } from 'node:zlib';

import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { PutMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { BatchWriteItemCommandInput, TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { Instance } from '@aws-sdk/client-ec2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { PublishCommandInput } from '@aws-sdk/client-sns';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import type { ScanDocument } from '../../src/engine/scan-document.ts';
import type { ScanAnswer } from '../../src/functions/scan-answer.ts';
import { scannerCalls } from '../../src/functions/permissions.ts';
import { runScanner } from '../../src/functions/scanner.ts';
import { serviceError } from '../support/aws-errors.ts';
import { inMemoryBucket } from '../support/bucket.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { invocation } from '../support/invocation.ts';
import type { TestInvocation } from '../support/invocation.ts';
import { webhookServer } from '../support/webhook-server.ts';

const SCHEDULED = {
  id: 'scan-1',
  time: '2026-11-21T06:00:00Z',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
};
const BUCKET = 'compliance-results-dev';
const FILE = 'scans/v1/2026-11-21/2026-11-21T06:00:00.000Z-scan-1.json.gz';
const SETTINGS = { select: ['ec2-required-tags'] };
const CONFIG = {
  settings: SETTINGS,
  results: { bucket: BUCKET },
  history: { table: 'compliance-history-dev', store: 'changes' },
  metrics: { sets: ['score'] },
  alerts: { topicArn: 'arn:alerts', criticalTopicArn: 'arn:critical', mode: 'changes' },
};

const tagged = (id: string, tags: Readonly<Record<string, string>> = {}): Instance => ({
  InstanceId: id,
  InstanceType: 't3.micro',
  State: { Name: 'running' },
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
});
const SOUND = { Environment: 'dev', Owner: 'ada', CostCenter: '42' };

describe('the scanner', () => {
  const bucket = inMemoryBucket();
  const server = webhookServer();
  let mocks: readonly { restore(): void }[] = [];
  let published: PublishCommandInput[];
  let measured: PutMetricDataCommandInput[];
  let written: (TransactWriteItemsCommandInput | BatchWriteItemCommandInput)[];
  let ec2: ReturnType<typeof mockClient>;
  let dynamodb: ReturnType<typeof mockClient>;
  let sns: ReturnType<typeof mockClient>;
  let sts: ReturnType<typeof mockClient>;
  let cloudwatch: ReturnType<typeof mockClient>;

  beforeEach(() => {
    [published, measured, written] = [[], [], []];
    ec2 = mockClient(EC2Client);
    dynamodb = mockClient(DynamoDBClient);
    sns = mockClient(SNSClient);
    sts = mockClient(STSClient);
    cloudwatch = mockClient(CloudWatchClient);
    mocks = [ec2, dynamodb, sns, sts, cloudwatch];
    estate(tagged('i-1'), tagged('i-2', SOUND));
    dynamodb.on(BatchGetItemCommand).resolves({ Responses: {}, UnprocessedKeys: {} });
    dynamodb.on(TransactWriteItemsCommand).callsFake(async (input: TransactWriteItemsCommandInput) => {
      written.push(input);
      return {};
    });
    dynamodb.on(BatchWriteItemCommand).callsFake(async (input: BatchWriteItemCommandInput) => {
      written.push(input);
      return { UnprocessedItems: {} };
    });
    sns.on(PublishCommand).callsFake(async (input: PublishCommandInput) => {
      published.push(input);
      return { MessageId: String(published.length) };
    });
    cloudwatch.on(PutMetricDataCommand).callsFake(async (input: PutMetricDataCommandInput) => {
      measured.push(input);
      return {};
    });
  });
  afterEach(() => {
    for (const mock of mocks) mock.restore();
  });

  const estate = (...instances: readonly Instance[]) => {
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [...instances] }] });
  };
  const scan = (config: object = CONFIG, changes: Partial<TestInvocation> = {}, event: unknown = SCHEDULED) =>
    runScanner(event, invocation(config, changes));
  const document = (key = FILE) =>
    JSON.parse(gunzipSync(bucket.objects.get(key) as Uint8Array).toString()) as ScanDocument;

  it('answers with the summary and where the document lies', async () => {
    expect(await scan()).to.deep.equal({
      scan_id: 'scan-1',
      report_timestamp: '2026-11-21T06:00:00.000Z',
      environment: 'dev',
      complete: true,
      summary: {
        total_resources: 2,
        total_evaluations: 2,
        compliant: 1,
        non_compliant: 1,
        not_applicable: 0,
        unknown: 0,
        waived: 0,
        compliance_percentage: 50,
        evaluated_percentage: 100,
        score: 50,
      },
      gaps: 0,
      document: { bucket: BUCKET, key: FILE },
      deliveries: ['results', 'history', 'metrics', 'alerts'].map((sink) => ({ sink, status: 'delivered' })),
    });
    expect(document()).to.deep.include({ source: 'lambda', scan_id: 'scan-1', accounts: ['111122223333'] });
    expect(document().evaluations.map(({ resource_id: id, status }) => [id, status])).to.deep.equal([
      ['i-1', 'FAIL'],
      ['i-2', 'PASS'],
    ]);
    expect(measured.map(({ Namespace, MetricData }) => [Namespace, MetricData?.length])).to.deep.equal([
      ['InfrastructureCompliance', 3],
    ]);
    expect(published.map(({ TopicArn, Subject }) => [TopicArn, Subject])).to.deep.equal([
      ['arn:alerts', '[medium] 1 new finding in dev (compliancectl)'],
    ]);
  });

  it('calls what it declares, and nothing else', async () => {
    await scan();
    const configuration = invocation(CONFIG).configuration;
    const declared = scannerCalls(configuration).map(({ operation }) => operation);
    const called = [ec2, dynamodb, sns, sts, cloudwatch].flatMap((mock) =>
      mock.calls().map(({ args: [command] }) => command.constructor.name.replace(/Command$/, '')),
    );
    expect([...new Set([...called, ...bucket.operations])].toSorted()).to.deep.equal(declared.toSorted());
  });

  it('logs what it does, without a tag’s value', async () => {
    estate(tagged('i-1', { Environment: 'top secret' }));
    const told = invocation(CONFIG);
    await runScanner(SCHEDULED, told);
    expect(told.lines.map(({ level, message }) => [level, message])).to.deep.equal([
      ['info', 'Scan started'],
      ['info', 'Scan finished'],
      ['info', 'Rule evaluated'],
      ['info', 'SNS notification sent'],
    ]);
    expect(JSON.stringify(told.lines)).to.not.include('top secret');
  });

  it('stores no record beside the document unless it is asked to', async () => {
    await scan();
    const record = `scans/2026-11-21/${Date.UTC(2026, 10, 21, 6)}.json`;
    expect(bucket.objects.has(record)).to.equal(false);
    bucket.objects.clear();
    await scan({ ...CONFIG, results: { bucket: BUCKET, records: true } });
    expect(JSON.parse(bucket.objects.get(record) as string)).to.deep.include({
      totalInstances: 2,
      compliancePercentage: '50.00',
    });
  });

  it('delivers nothing twice for an event that comes twice', async () => {
    const first = await scan();
    estate(tagged('i-3'));
    const told = invocation(CONFIG, { requestId: 'another' });
    expect(await runScanner(SCHEDULED, told)).to.deep.equal(first);
    expect([published.length, measured.length, written.length]).to.deep.equal([1, 1, 1]);
    expect(told.lines.map(({ message }) => message)).to.deep.equal(['Scan was delivered before']);
  });

  it('delivers after a failure what was not delivered', async () => {
    sns.on(PublishCommand).rejects(serviceError('Throttling', 400, 'Rate exceeded'));
    const error = await thrownBy(() => scan());
    expect((error as Error).message).to.equal(
      'The alerts failed: Rate exceeded. Delivered: results, history, metrics.',
    );
    sns.on(PublishCommand).callsFake(async (input: PublishCommandInput) => {
      published.push(input);
      return { MessageId: '1' };
    });
    // The table holds what the first attempt wrote.
    const item = (written[0] as TransactWriteItemsCommandInput).TransactItems?.[0]?.Put?.Item;
    dynamodb
      .on(BatchGetItemCommand)
      .resolves({ Responses: { 'compliance-history-dev': item === undefined ? [] : [item] }, UnprocessedKeys: {} });
    const { deliveries } = await scan();
    expect(deliveries).to.deep.equal([
      { sink: 'results', status: 'repeated' },
      { sink: 'history', status: 'delivered' },
      { sink: 'metrics', status: 'repeated' },
      { sink: 'alerts', status: 'delivered' },
    ]);
    expect([published.length, measured.length]).to.deep.equal([1, 1]);
  });

  it('sends nothing a second time that was sent in part', async () => {
    const both = { ...CONFIG, settings: { select: ['ec2-required-tags', 'ec2-no-public-ip'] } };
    estate({ ...tagged('i-1'), PublicIpAddress: '198.51.100.1' });
    sns.on(PublishCommand, undefined).callsFake(async (input: PublishCommandInput) => {
      if (input.Subject?.startsWith('[medium]') === true) throw serviceError('Throttling', 400, 'Rate exceeded');
      published.push(input);
      return { MessageId: '1' };
    });
    await thrownBy(() => scan(both));
    sns.on(PublishCommand).callsFake(async (input: PublishCommandInput) => {
      published.push(input);
      return { MessageId: '2' };
    });
    const items = written
      .flatMap((input) => (input as TransactWriteItemsCommandInput).TransactItems ?? [])
      .flatMap(({ Put }, index) => (index % 2 === 0 && Put?.Item !== undefined ? [Put.Item] : []));
    dynamodb.on(BatchGetItemCommand).resolves({ Responses: { 'compliance-history-dev': items }, UnprocessedKeys: {} });
    await scan(both);
    expect(published.map(({ Subject }) => Subject)).to.deep.equal([
      '[high] 1 new finding in dev (compliancectl)',
      '[medium] 1 new finding in dev (compliancectl)',
    ]);
  });

  it('tells critical findings where critical ones are told', async () => {
    const settings = { select: ['ec2-required-tags'], rules: { 'ec2-required-tags': { severity: 'critical' } } };
    await scan({ ...CONFIG, settings });
    expect(published.map(({ TopicArn, MessageAttributes }) => [TopicArn, MessageAttributes])).to.deep.equal([
      [
        'arn:critical',
        {
          severity: { DataType: 'String', StringValue: 'critical' },
          environment: { DataType: 'String', StringValue: 'dev' },
        },
      ],
    ]);
  });

  describe('with a finding that stays', () => {
    const staying = () => {
      const [put] = (written[0] as TransactWriteItemsCommandInput).TransactItems ?? [];
      dynamodb.on(BatchGetItemCommand).resolves({
        Responses: { 'compliance-history-dev': put?.Put?.Item === undefined ? [] : [put.Put.Item] },
        UnprocessedKeys: {},
      });
    };
    const later = (id: string, time: string) => scan(CONFIG, {}, { ...SCHEDULED, id, time });

    it('says so once a day', async () => {
      await scan();
      staying();
      published = [];
      await later('noon', '2026-11-21T12:00:00Z');
      await later('evening', '2026-11-21T18:00:00Z');
      await later('night', '2026-11-22T00:00:00Z');
      expect(published.map(({ Subject }) => Subject)).to.deep.equal([
        '[medium] 1 finding still open in dev (compliancectl)',
        '[medium] 1 finding still open in dev (compliancectl)',
      ]);
      expect(JSON.parse(bucket.objects.get('digests/2026-11-22.json') as string)).to.deep.equal({ scan_id: 'night' });
    });

    it('says so in the next attempt where the first could not', async () => {
      await scan();
      staying();
      published = [];
      let attempts = 0;
      sns.on(PublishCommand).callsFake(async (input: PublishCommandInput) => {
        attempts += 1;
        if (attempts === 1) throw serviceError('Throttling', 400, 'Rate exceeded');
        published.push(input);
        return { MessageId: '1' };
      });
      await thrownBy(() => later('noon', '2026-11-21T12:00:00Z'));
      await later('noon', '2026-11-21T12:00:00Z');
      expect(published.map(({ Subject }) => Subject)).to.deep.equal([
        '[medium] 1 finding still open in dev (compliancectl)',
      ]);
    });

    it('says so to webhooks too, but opens no ticket for it', async () => {
      const url = server().url;
      const webhooks = [
        { name: 'team', kind: 'webhook', url, minimumSeverity: 'medium' },
        {
          name: 'desk',
          kind: 'jira',
          url,
          credentialsFrom: { ssm: 'jira' },
          project: 'SEC',
          minimumSeverity: 'medium',
        },
      ];
      const config = { ...CONFIG, settings: { ...SETTINGS, webhooks } };
      await scan();
      staying();
      const { deliveries } = await scan(config, {}, { ...SCHEDULED, id: 'noon', time: '2026-11-21T12:00:00Z' });
      expect(deliveries.slice(-2)).to.deep.equal([
        { sink: 'webhook team', status: 'delivered' },
        { sink: 'webhook desk', status: 'delivered' },
      ]);
      expect(server().received.map(({ body }) => (JSON.parse(body) as { mode: string }).mode)).to.deep.equal([
        'digest',
      ]);
    });

    it('says nothing where there is no bucket to remember the day in', async () => {
      await scan();
      staying();
      published = [];
      const { results: _results, ...rest } = CONFIG;
      await scan(rest, {}, { ...SCHEDULED, id: 'noon', time: '2026-11-21T12:00:00Z' });
      expect(published).to.deep.equal([]);
    });
  });

  it('changes nothing and tells nothing where a later scan was delivered before', async () => {
    bucket.objects.set('latest.json', JSON.stringify({ report_timestamp: '2026-11-21T06:00:00.001Z' }));
    bucket.objects.set('digests/2026-11-21.json', '{"scan_id":"another"}');
    const told = invocation(CONFIG);
    const { deliveries } = await runScanner(SCHEDULED, told);
    expect(deliveries.map(({ status }) => status)).to.deep.equal(Array(4).fill('delivered'));
    expect([written, published]).to.deep.equal([[], []]);
    expect(told.lines.map(({ message }) => message)).to.include(
      'A later scan was delivered before: nothing of this one is news',
    );
  });

  it('asks the table alone where the bucket cannot say which scan is the latest', async () => {
    bucket.fail('GetObject', serviceError('AccessDenied', 403, 'Access Denied'), { key: 'latest.json' });
    await thrownBy(() => scan());
    expect(written).to.have.length(1);
  });

  it('tells every finding where the history cannot say what is new', async () => {
    dynamodb.on(BatchGetItemCommand).rejects(serviceError('ResourceNotFoundException', 400, 'No such table'));
    const error = await thrownBy(() => scan());
    expect((error as { deliveries: ScanAnswer['deliveries'] }).deliveries).to.deep.equal([
      { sink: 'results', status: 'delivered' },
      { sink: 'history', status: 'failed', reason: 'ResourceNotFoundException: No such table' },
      { sink: 'metrics', status: 'delivered' },
      { sink: 'alerts', status: 'delivered' },
    ]);
    expect(published.map(({ Subject }) => Subject)).to.deep.equal(['[medium] 1 finding in dev (compliancectl)']);
  });

  it('stores every evaluation, and tells every finding each time, where it is told to', async () => {
    const every = {
      ...CONFIG,
      history: { table: 'compliance-history-dev', store: 'every' },
      alerts: { topicArn: 'arn:alerts', mode: 'every' },
    };
    await scan(every);
    await scan(every, {}, { ...SCHEDULED, id: 'scan-2', time: '2026-11-21T12:00:00Z' });
    expect(
      written.map((input) => (input as BatchWriteItemCommandInput).RequestItems?.['compliance-history-dev']?.length),
    ).to.deep.equal([2, 2]);
    expect(published.map(({ Subject }) => Subject)).to.deep.equal([
      '[medium] 1 finding in dev (compliancectl)',
      '[medium] 1 finding in dev (compliancectl)',
    ]);
  });

  it('tells nobody of an estate without a finding', async () => {
    estate(tagged('i-2', SOUND));
    const { deliveries } = await scan();
    expect(deliveries.at(-1)).to.deep.equal({ sink: 'alerts', status: 'delivered' });
    expect(published).to.deep.equal([]);
  });

  it('is content with an estate without instances', async () => {
    estate();
    const { summary, deliveries } = await scan();
    expect(summary).to.deep.include({ total_resources: 0, score: null });
    expect(deliveries.map(({ status }) => status)).to.deep.equal(Array(4).fill('delivered'));
    const names = measured.flatMap(({ MetricData }) => MetricData?.map(({ MetricName, Value }) => [MetricName, Value]));
    expect(names).to.deep.equal([['ScanCompleted', 1]]);
  });

  it('waits for another invocation of the same event, and gives its answer', async () => {
    const until = '2026-11-21T06:04:00.000Z';
    bucket.objects.set('deliveries/scan-1/claim.json', JSON.stringify({ holder: 'other', until }));
    const told = invocation(CONFIG);
    const waiting = runScanner(SCHEDULED, told);
    const answer = {
      scan_id: 'scan-1',
      report_timestamp: 't',
      environment: 'dev',
      complete: true,
      summary: {},
      gaps: 0,
      deliveries: [],
    };
    bucket.objects.set('deliveries/scan-1/answer.json', JSON.stringify(answer));
    expect(await waiting).to.deep.equal(answer);
    expect(published).to.deep.equal([]);
  });

  it('takes over from an invocation whose time is over', async () => {
    const until = '2026-11-21T06:00:03.900Z';
    bucket.objects.set('deliveries/scan-1/claim.json', JSON.stringify({ holder: 'other', until }));
    const told = invocation(CONFIG, { remaining: remaining() });
    await runScanner(SCHEDULED, told);
    expect(told.lines.map(({ message }) => message).slice(0, 2)).to.deep.equal([
      'Another invocation is at work on this scan',
      'Scan started',
    ]);
    expect(published).to.have.length(1);
  });

  it('delivers what it can without its receipts, and fails', async () => {
    bucket.fail('PutObject', serviceError('AccessDenied', 403, 'Access Denied'), { key: 'deliveries/scan-1/claim' });
    const error = await thrownBy(() => scan());
    expect((error as Error).message).to.equal(
      'The receipts failed: Access Denied. Delivered: results, history, metrics, alerts.',
    );
  });

  it('frees the scan for the next attempt, and minds no bucket that will not have it', async () => {
    sns.on(PublishCommand).rejects(serviceError('Throttling', 400, 'Rate exceeded'));
    await thrownBy(() => scan(CONFIG, { requestId: 'first', remaining: () => 300_000 }));
    expect(JSON.parse(bucket.objects.get('deliveries/scan-1/claim.json') as string)).to.deep.equal({
      holder: 'first',
      until: '2026-11-21T06:00:03.000Z',
    });
    const told = invocation(CONFIG, { requestId: 'first' });
    bucket.fail('PutObject', serviceError('SlowDown', 503, 'Slow'), { key: 'deliveries/scan-1/claim', times: 2 });
    bucket.objects.delete('deliveries/scan-1/claim.json');
    await thrownBy(() => runScanner(SCHEDULED, told));
    bucket.fail('PutObject', serviceError('SlowDown', 503, 'Slow'), { key: 'deliveries/scan-1/alert' });
    expect(told.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).to.deep.equal([
      'The receipts could not be delivered',
      'The alerts could not be delivered',
    ]);
  });

  it('warns where it cannot free the scan', async () => {
    sns.on(PublishCommand).rejects(serviceError('Throttling', 400, 'Rate exceeded'));
    const told = invocation(CONFIG);
    const failing = runScanner(SCHEDULED, told);
    // The claim itself is the first write.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    bucket.fail('PutObject', serviceError('SlowDown', 503, 'Slow'), { key: 'deliveries/scan-1/claim' });
    await thrownBy(() => failing);
    expect(told.lines.at(-1)).to.deep.include({
      level: 'warn',
      message: 'The claim on the scan could not be released',
    });
  });

  it('answers with the document itself without a bucket, cut to what an answer may hold', async () => {
    const { scan: whole, evaluations_omitted: none } = await scan({ settings: SETTINGS });
    expect(whole?.evaluations.map(({ resource_id: id }) => id)).to.deep.equal(['i-1']);
    expect(none).to.equal(undefined);

    const name = 'x'.repeat(100_000);
    estate(...Array.from({ length: 70 }, (_, index) => tagged(`i-${String(index).padStart(2, '0')}${name}`)));
    const { scan: cut, evaluations_omitted: omitted = 0 } = await scan({ settings: SETTINGS });
    expect(omitted).to.be.above(0);
    expect((cut?.evaluations.length ?? 0) + omitted).to.equal(70);
    expect(Buffer.byteLength(JSON.stringify(cut))).to.be.below(5_500_000);
  });

  it('keeps what is not a failure where something is stored, and not where nothing is', async () => {
    const { scan: inline } = await scan({ settings: SETTINGS });
    expect(inline?.evaluations.map(({ status }) => status)).to.deep.equal(['FAIL']);
    await scan({ settings: SETTINGS, history: { table: 't', store: 'every' } });
    expect((written[0] as BatchWriteItemCommandInput).RequestItems?.['t']).to.have.length(2);
  });

  describe('on demand', () => {
    it('takes id and time from the invocation', async () => {
      const { scan_id, report_timestamp } = await scan(CONFIG, {}, {});
      expect({ scan_id, report_timestamp }).to.deep.equal({
        scan_id: '6f9d8f4e-0000-4000-8000-000000000001',
        report_timestamp: '2026-11-21T06:00:03.000Z',
      });
    });

    it('takes them from the request', async () => {
      const answer = await scan(CONFIG, {}, { scan_id: 'mine', time: '2026-11-21T09:30:00+02:00' });
      expect(answer).to.deep.include({ scan_id: 'mine', report_timestamp: '2026-11-21T07:30:00.000Z' });
    });

    it('scans a shard: its document and its history, for the rest is of the whole', async () => {
      const shard = { account: '111122223333', region: 'us-east-1', rules: ['ec2-required-tags'] };
      const records = { ...CONFIG, results: { bucket: BUCKET, records: true } };
      const { document: stored, deliveries } = await scan(
        records,
        {},
        { scan_id: 'map-1', time: '2026-11-21T06:00:00Z', shard },
      );
      const key = 'scans/v1/2026-11-21/2026-11-21T06:00:00.000Z-map-1-111122223333-us-east-1-ec2-required-tags.json.gz';
      expect(stored).to.deep.equal({ bucket: BUCKET, key });
      expect(document(key).regions).to.deep.equal(['us-east-1']);
      expect(deliveries.map(({ sink }) => sink)).to.deep.equal(['results', 'history']);
      expect([...bucket.objects.keys()].toSorted()).to.deep.equal([
        'deliveries/map-1-111122223333-us-east-1-ec2-required-tags/answer.json',
        'deliveries/map-1-111122223333-us-east-1-ec2-required-tags/claim.json',
        key,
      ]);
    });
  });

  describe('of other accounts', () => {
    const accounts = [
      { id: '222233334444', roleArn: 'arn:aws:iam::222233334444:role/scan' },
      { id: '333344445555', roleArn: 'arn:aws:iam::333344445555:role/scan' },
    ];
    const config = { ...CONFIG, settings: { ...SETTINGS, accounts, regions: ['eu-west-1', 'eu-west-1'] } };

    beforeEach(() => {
      // Whoever is asked: the keys of a role are told apart by nothing else here.
      sts.on(AssumeRoleCommand).rejects(serviceError('AccessDenied', 403, 'not authorized to perform: sts:AssumeRole'));
      sts.on(GetCallerIdentityCommand).rejects(serviceError('AccessDenied', 403, 'no'));
    });

    it('enters each through its role; one that is closed is a gap', async () => {
      const error = await thrownBy(() => scan(config));
      expect(error).to.have.property('name', 'UnreadableError');
      expect(document().gaps.map(({ account_id: id, reason }) => [id, reason])).to.deep.equal([
        ['222233334444', 'denied'],
        ['333344445555', 'denied'],
      ]);
    });

    it('enters the one of a shard alone', async () => {
      await thrownBy(() =>
        scan(config, {}, { scan_id: 'map', time: SCHEDULED.time, shard: { account: '333344445555' } }),
      );
      const key = 'scans/v1/2026-11-21/2026-11-21T06:00:00.000Z-map-333344445555.json.gz';
      expect(document(key).accounts).to.deep.equal(['333344445555']);
    });

    it('reads the own account of a shard without a role', async () => {
      const { summary } = await scan(config, {}, { shard: { account: '111122223333' } });
      expect(summary['total_resources']).to.equal(2);
    });
  });

  describe('given what is no event', () => {
    const events: readonly [name: string, event: unknown, message: string][] = [
      [
        'nothing',
        null,
        'The event is not a schedule’s, nor a request for a scan: Invalid input: expected object, received null.',
      ],
      [
        'a misspelt request',
        { scanid: 'x' },
        'The event is not a schedule’s, nor a request for a scan: Unrecognized key: "scanid".',
      ],
      [
        'an id that is a path',
        { scan_id: '../x' },
        'The event is not a schedule’s, nor a request for a scan: scan_id: is not an id of letters, digits, dots and dashes.',
      ],
      [
        'an account that is none',
        { shard: { account: '1' } },
        'The event is not a schedule’s, nor a request for a scan: shard.account: is not an account id of 12 digits.',
      ],
      [
        'a rule that does not run',
        { shard: { rules: ['s3-bucket-encrypted'] } },
        'The shard names the rule s3-bucket-encrypted, which does not run here.',
      ],
      [
        'an account without a role',
        { shard: { account: '999988887777' } },
        'The shard names account 999988887777, for which no role is configured.',
      ],
    ];
    for (const [name, event, message] of events) {
      it(`says so: ${name}`, async () => {
        expect(await userErrorOf(() => scan(CONFIG, {}, event))).to.deep.include({ code: 'BAD_EVENT', message });
        expect(bucket.writes).to.deep.equal([]);
      });
    }

    it('says so where the settings leave no rule', async () => {
      const settings = { select: ['ec2-required-tags'], rules: { 'ec2-required-tags': { enabled: false } } };
      expect(await userErrorOf(() => scan({ settings }))).to.deep.include({
        code: 'NO_RULES',
        message: 'The settings leave no rule to run.',
      });
    });
  });

  it('fails where nothing was readable, once that is told', async () => {
    ec2.on(DescribeInstancesCommand).rejects(serviceError('UnauthorizedOperation', 403, 'You are not authorized'));
    const error = await thrownBy(() => scan());
    expect((error as Error).message).to.equal(
      'Nothing could be read: every call for a list of resources failed. ' +
        'ec2:DescribeInstances was denied: You are not authorized.',
    );
    expect(document().gaps).to.have.length(1);
    const values = measured.flatMap(({ MetricData }) =>
      MetricData?.map(({ MetricName, Value }) => [MetricName, Value]),
    );
    expect(values).to.deep.equal([['ScanCompleted', 0]]);
  });

  it('ends well where its time ran out before anything was read', async () => {
    ec2.on(DescribeInstancesCommand).rejects(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
    const { complete, gaps } = await scan(CONFIG, { remaining: () => 45_000 });
    expect({ complete, gaps }).to.deep.equal({ complete: false, gaps: 1 });
    expect(document().gaps.map(({ reason }) => reason)).to.deep.equal(['deadline']);
  });

  /** Time that passes, as a real invocation's does. */
  function remaining(): () => number {
    const started = performance.now();
    return () => 300_000 - (performance.now() - started);
  }
});
