import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { BatchGetItemCommand, DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { DescribeInstancesCommandInput, Instance } from '@aws-sdk/client-ec2';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { PublishCommandInput } from '@aws-sdk/client-sns';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import type { Invocation } from '../../src/functions/invocation.ts';
import { tagCheckerCalls } from '../../src/functions/permissions.ts';
import { runTagChecker } from '../../src/functions/tag-checker.ts';
import { serviceError } from '../support/aws-errors.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { webhookServer } from '../support/webhook-server.ts';
import { invocation } from '../support/invocation.ts';
import type { TestInvocation } from '../support/invocation.ts';

/** The invocation of every test begins at 06:00:03. */
const TIME = '2026-11-21T06:00:00Z';
const EPOCH = Date.parse(TIME);
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:compliance-alerts-dev';
const CRITICAL = 'arn:aws:sns:eu-west-1:111122223333:compliance-critical-dev';
const SOUND = { Environment: 'dev', Owner: 'ada', Application: 'web' };

const SETTINGS = {
  select: ['ec2-required-tags'],
  rules: { 'ec2-required-tags': { parameters: { tags: ['Environment', 'Owner', 'Application'] } } },
};
const TAG_EVENTS = {
  settings: SETTINGS,
  results: { bucket: 'compliance-logs-dev' },
  alerts: { topicArn: TOPIC },
  tagChecks: { prefix: 'scans/', metrics: true },
};
const STANDARD = {
  settings: SETTINGS,
  results: { bucket: 'compliance-results-dev' },
  history: { table: 'compliance-history-dev', store: 'changes' },
  alerts: { topicArn: TOPIC, mode: 'changes' },
};

function stateChange(id: string, changes: object = {}, state = 'running') {
  return {
    version: '0',
    id: `event-of-${id}`,
    'detail-type': 'EC2 Instance State-change Notification',
    source: 'aws.ec2',
    account: '111122223333',
    time: TIME,
    region: 'eu-west-1',
    resources: [`arn:aws:ec2:eu-west-1:111122223333:instance/${id}`],
    detail: { 'instance-id': id, state },
    ...changes,
  };
}

const record = (body: unknown, changes: object = {}) => ({
  messageId: 'm-1',
  receiptHandle: 'r',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(EPOCH) },
  messageAttributes: {},
  md5OfBody: 'd41d8cd9',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:tag-compliance-checker-queue-dev',
  awsRegion: 'eu-west-1',
  ...changes,
});

/** A batch of these events; the messages are m-1, m-2, and so on. */
const batch = (...events: readonly unknown[]) => ({
  Records: events.map((event, index) => record(event, { messageId: `m-${index + 1}` })),
});

const again = (event: unknown, receipts = 2) => ({
  Records: [record(event, { attributes: { ApproximateReceiveCount: String(receipts) } })],
});

const failures = (...ids: readonly string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

function described(id: string, tags: Readonly<Record<string, string>> = SOUND, state = 'running'): Instance {
  return {
    InstanceId: id,
    InstanceType: 't3.micro',
    State: { Name: state as 'running' },
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

const THROTTLED = serviceError('RequestLimitExceeded', 503, 'Request limit exceeded.');
const DENIED = serviceError('AccessDenied', 403, 'not authorized');
const THERE = serviceError('PreconditionFailed', 412, 'At least one of the pre-conditions did not hold');

describe('the tag checker', () => {
  const ec2 = mockClient(EC2Client);
  const s3 = mockClient(S3Client);
  const sns = mockClient(SNSClient);
  const cloudwatch = mockClient(CloudWatchClient);
  const dynamodb = mockClient(DynamoDBClient);
  const all = [ec2, s3, sns, cloudwatch, dynamodb];
  after(() => {
    for (const client of all) client.restore();
  });

  let asked: DescribeInstancesCommandInput[];
  let here: Instance[];
  beforeEach(() => {
    for (const client of all) client.reset();
    asked = [];
    here = [];
    ec2.on(DescribeInstancesCommand).callsFake((input: DescribeInstancesCommandInput) => {
      asked.push({ ...input });
      const ids = input.InstanceIds ?? here.map(({ InstanceId = '' }) => InstanceId);
      const unknown = ids.find((id) => !here.some(({ InstanceId }) => InstanceId === id));
      if (unknown !== undefined) throw serviceError('InvalidInstanceID.NotFound', 400, `The instance ID '${unknown}'`);
      return {
        Reservations: here
          .filter(({ InstanceId = '' }) => ids.includes(InstanceId))
          .map((one) => ({ Instances: [one] })),
      };
    });
    s3.on(PutObjectCommand).resolves({ ETag: '"1"' });
    sns.on(PublishCommand).resolves({ MessageId: 'sent' });
    cloudwatch.on(PutMetricDataCommand).resolves({});
  });

  const objects = () => s3.commandCalls(PutObjectCommand).map(({ args }) => args[0].input);
  const keys = () => objects().map(({ Key }) => Key);
  const messages = () => sns.commandCalls(PublishCommand).map(({ args }) => args[0].input);
  const told = () => messages().map(({ Message = '' }) => /Instance ID: (.*)/.exec(Message)?.[1]);
  const puts = () => cloudwatch.commandCalls(PutMetricDataCommand).map(({ args }) => args[0].input);
  /** What each call put without dimensions: compliant, non-compliant. */
  const counts = () =>
    puts().map(({ MetricData = [] }) =>
      MetricData.filter(({ Dimensions }) => Dimensions === undefined).map(({ Value }) => Value),
    );
  const run = async (event: unknown, config: object = TAG_EVENTS, changes: Partial<Invocation> = {}) => {
    const one = invocation(config, changes);
    return { answer: await runTagChecker(event, one), lines: one.lines };
  };
  const says = ({ lines }: Pick<TestInvocation, 'lines'>) => lines.map(({ level, message }) => `${level} ${message}`);

  describe('told of an instance by the queue', () => {
    it('stores, counts and logs one that is compliant (S3-4, S3-5, S3-6)', async () => {
      here = [described('i-1')];
      const { answer, lines } = await run(batch(stateChange('i-1')));

      expect(answer).to.deep.equal(failures());
      expect(asked).to.deep.equal([{ InstanceIds: ['i-1'], MaxResults: undefined, NextToken: undefined }]);
      expect(objects()).to.deep.equal([
        {
          Bucket: 'compliance-logs-dev',
          Key: `scans/2026-11-21/i-1-${EPOCH}.json`,
          Body: JSON.stringify({
            timestamp: '2026-11-21T06:00:00.000Z',
            instanceId: 'i-1',
            state: 'running',
            isCompliant: true,
            requiredTags: ['Environment', 'Owner', 'Application'],
            tags: SOUND,
            missingTags: [],
          }),
          ContentType: 'application/json',
          IfNoneMatch: '*',
        },
      ]);
      const datum = { Unit: 'Count', Timestamp: new Date('2026-11-21T06:00:03Z') };
      const Dimensions = [{ Name: 'Environment', Value: 'dev' }];
      expect(puts()).to.deep.equal([
        {
          Namespace: 'TagCompliance',
          MetricData: [
            { ...datum, MetricName: 'CompliantInstances', Value: 1 },
            { ...datum, MetricName: 'NonCompliantInstances', Value: 0 },
            { ...datum, MetricName: 'CompliantInstances', Value: 1, Dimensions },
            { ...datum, MetricName: 'NonCompliantInstances', Value: 0, Dimensions },
          ],
        },
      ]);
      expect(messages()).to.deep.equal([]);
      expect(lines).to.deep.equal([
        {
          level: 'info',
          message: 'Event received',
          fields: { messageId: 'm-1', eventId: 'event-of-i-1', instanceId: 'i-1', state: 'running' },
        },
        { level: 'info', message: 'Checking compliance for instance', fields: { instanceId: 'i-1' } },
        {
          level: 'info',
          message: 'Instance i-1 compliance: COMPLIANT',
          fields: { instanceId: 'i-1', state: 'running', missingTags: [], invalidTags: [] },
        },
      ]);
    });

    it('alerts of one that is not (S3-4, S3-6, S3-7)', async () => {
      here = [described('i-1', { Owner: 'ada' })];
      const { answer, lines } = await run(batch(stateChange('i-1')));

      expect(answer).to.deep.equal(failures());
      expect(counts()).to.deep.equal([[0, 1]]);
      const alert: PublishCommandInput = {
        TopicArn: TOPIC,
        Subject: '[dev] EC2 instance i-1 is non-compliant',
        Message: [
          'EC2 Instance Non-Compliant Alert',
          '',
          'Instance ID: i-1',
          'State: running',
          'Region: eu-west-1',
          '',
          'Missing Tags: Environment, Application',
          '',
          'Current Tags:',
          '  Owner: ada',
          '',
          'Please add the missing tags to bring the instance into compliance.',
        ].join('\n'),
        MessageAttributes: {
          severity: { DataType: 'String', StringValue: 'medium' },
          environment: { DataType: 'String', StringValue: 'dev' },
        },
      };
      expect(messages()).to.deep.equal([alert]);
      expect(lines.slice(2)).to.deep.equal([
        {
          level: 'info',
          message: 'Instance i-1 compliance: NON_COMPLIANT',
          fields: {
            instanceId: 'i-1',
            state: 'running',
            missingTags: ['Environment', 'Application'],
            invalidTags: [],
          },
        },
        { level: 'info', message: 'SNS notification sent', fields: { instanceId: 'i-1', severity: 'medium' } },
      ]);
      expect(JSON.stringify(lines)).to.not.include('ada');
    });

    it('judges the state and the tags as they are, whatever an old event says (S3-2)', async () => {
      here = [described('i-1', {}, 'stopped')];
      await run(batch(stateChange('i-1', { time: '2026-11-20T23:59:59+00:00' }, 'pending')));

      expect(keys()).to.deep.equal([`scans/2026-11-20/i-1-${Date.parse('2026-11-20T23:59:59Z')}.json`]);
      expect(JSON.parse(objects()[0]?.Body as string)).to.include({ state: 'stopped', isCompliant: false });
    });

    it('asks once for a whole batch, and checks an instance once, under its latest event', async () => {
      here = [described('i-1', {}), described('i-2')];
      const { answer } = await run(
        batch(
          stateChange('i-1', { time: '2026-11-21T05:59:58Z', id: 'a' }, 'pending'),
          stateChange('i-2'),
          stateChange('i-1', { id: 'c' }),
          stateChange('i-1', { time: '2026-11-21T05:59:59Z', id: 'b' }, 'stopping'),
          stateChange('i-2'),
        ),
      );

      expect(answer).to.deep.equal(failures());
      expect(asked.map(({ InstanceIds }) => InstanceIds)).to.deep.equal([['i-1', 'i-2']]);
      expect(keys()).to.deep.equal([`scans/2026-11-21/i-1-${EPOCH}.json`, `scans/2026-11-21/i-2-${EPOCH}.json`]);
      expect(counts()).to.deep.equal([[0, 1, 1, 0]]);
      expect(told()).to.deep.equal(['i-1']);
    });

    for (const state of ['shutting-down', 'terminated']) {
      it(`only logs one that is ${state}`, async () => {
        here = [described('i-1', {}, state)];
        const { answer, lines } = await run(batch(stateChange('i-1', {}, state)));

        expect(answer).to.deep.equal(failures());
        expect(says({ lines }).at(-1)).to.equal('info Instance i-1 compliance: NOT_APPLICABLE');
        expect([...objects(), ...puts(), ...messages()]).to.deep.equal([]);
      });
    }

    it('stores one that is waived, and neither counts it nor alerts', async () => {
      here = [described('i-1', {})];
      const waiver = { rule: 'ec2-required-tags', arn: '*', owner: 'ada', reason: 'moving', expires: '2026-12-31' };
      const { lines } = await run(batch(stateChange('i-1')), {
        ...TAG_EVENTS,
        settings: { ...SETTINGS, waivers: [waiver] },
      });

      expect(says({ lines }).at(-1)).to.equal('info Instance i-1 compliance: WAIVED');
      expect(keys()).to.have.lengthOf(1);
      expect([...puts(), ...messages()]).to.deep.equal([]);
    });

    it('judges values where patterns are set, and goes by the severity that the settings give (S3-3)', async () => {
      here = [described('i-1', { ...SOUND, Environment: 'test' })];
      const rule = { severity: 'critical', parameters: { tags: ['Environment'], values: { Environment: 'dev|prod' } } };
      const config = { ...TAG_EVENTS, settings: { select: SETTINGS.select, rules: { 'ec2-required-tags': rule } } };
      await run(batch(stateChange('i-1')), config);
      await run(batch(stateChange('i-1')), { ...config, alerts: { topicArn: TOPIC, criticalTopicArn: CRITICAL } });

      expect(messages().map(({ TopicArn }) => TopicArn)).to.deep.equal([TOPIC, CRITICAL]);
      expect(messages()[0]?.MessageAttributes?.['severity']?.StringValue).to.equal('critical');
      expect(messages()[0]?.Message).to.include('Missing Tags: none\nInvalid Tags: Environment\n');
    });

    it('serves the sinks that are configured, and no others', async () => {
      here = [described('i-1', {})];
      const { answer } = await run(batch(stateChange('i-1')), { settings: SETTINGS });

      expect(answer).to.deep.equal(failures());
      expect([...objects(), ...puts(), ...messages()]).to.deep.equal([]);
    });

    it('does nothing for an empty batch', async () => {
      const { answer } = await run({ Records: [] });

      expect(answer).to.deep.equal(failures());
      expect(asked).to.deep.equal([]);
    });
  });

  describe('with webhooks', () => {
    const server = webhookServer();
    const settings = (...paths: readonly string[]) => ({
      ...SETTINGS,
      webhooks: paths.map((path) => ({
        name: path,
        kind: 'webhook',
        url: `${server().url}/${path}`,
        minimumSeverity: 'medium',
      })),
    });

    it('tells them what the topic hears (S3-11)', async () => {
      here = [described('i-1', { Owner: 'ada' })];
      const { answer } = await run(batch(stateChange('i-1')), { ...TAG_EVENTS, settings: settings('team') });

      expect(answer).to.deep.equal(failures());
      expect(told()).to.deep.equal(['i-1']);
      const [body, ...others] = server().received.map((post) => JSON.parse(post.body) as Record<string, unknown>);
      expect(others).to.deep.equal([]);
      expect(body).to.deep.include({ schema: 'compliancectl.alert/1', text: messages()[0]?.Message });
    });

    it('fails the record where one of them takes nothing, and tells the others', async () => {
      here = [described('i-1', {}), described('i-2')];
      server().answer((response, { path }) => {
        response.writeHead(path === '/gone' ? 410 : 200).end();
      });
      const event = batch(stateChange('i-1'), stateChange('i-2'));
      const { answer, lines } = await run(event, { ...TAG_EVENTS, settings: settings('gone', 'team') });

      expect(answer).to.deep.equal(failures('m-1'));
      expect(told()).to.deep.equal(['i-1']);
      expect(server().received.map(({ path }) => path)).to.have.members(['/gone', '/team']);
      expect(says({ lines })).to.include('error The alert could not be sent');
    });
  });

  describe('told of an instance that is not there', () => {
    const events: readonly [name: string, event: object, level: string, comesAgain: boolean][] = [
      ['has begun a moment ago', stateChange('i-0', {}, 'pending'), 'info Instance is not known yet', true],
      [
        'runs since a moment',
        stateChange('i-0', { time: '2026-11-21T05:55:04Z' }),
        'info Instance is not known yet',
        true,
      ],
      [
        'has run for five minutes',
        stateChange('i-0', { time: '2026-11-21T05:55:03Z' }),
        'warn Instance not found',
        false,
      ],
      ['has ended', stateChange('i-0', {}, 'terminated'), 'warn Instance not found', false],
    ];
    for (const [name, event, line, comesAgain] of events) {
      it(`${comesAgain ? 'has the record come again' : 'acknowledges it'} where it ${name} (S3-4)`, async () => {
        here = [described('i-1')];
        const { answer, lines } = await run(batch(event, stateChange('i-1')));

        expect(answer).to.deep.equal(comesAgain ? failures('m-1') : failures());
        expect(lines.findLast(({ fields }) => fields['messageId'] === 'm-1')).to.deep.include({
          fields: { instanceId: 'i-0', messageId: 'm-1' },
        });
        expect(says({ lines })).to.include(line);
        expect(asked.map(({ InstanceIds }) => InstanceIds)).to.deep.equal([['i-0', 'i-1'], ['i-1']]);
        expect(keys()).to.deep.equal([`scans/2026-11-21/i-1-${EPOCH}.json`]);
      });
    }

    it('does not call it an error where the whole batch is not known yet', async () => {
      const { answer } = await run(batch(stateChange('i-0')));

      expect(answer).to.deep.equal(failures('m-1'));
    });
  });

  describe('given a record that is no event', () => {
    const malformed: readonly [name: string, body: unknown, reason: string][] = [
      ['not JSON', '{', 'The event is not JSON.'],
      ['not an object', 'null', ': Invalid input: expected object, received null.'],
      ['of another source', stateChange('i-1', { source: 'aws.s3' }), ': source: is not aws.ec2.'],
      [
        'of another kind',
        stateChange('i-1', { 'detail-type': 'EBS Volume Notification' }),
        ': detail-type: is not EC2 Instance State-change Notification.',
      ],
      ['of another account', stateChange('i-1', { account: '444455556666' }), ': account: is not 111122223333.'],
      ['of another region', stateChange('i-1', { region: 'us-east-1' }), ': region: is not eu-west-1.'],
      ['without a time', stateChange('i-1', { time: 'now' }), ': time: is not a time such as 2026-11-21T06:00:00Z.'],
      [
        'of no instance',
        stateChange('i-1', { detail: { 'instance-id': '../i-1', state: 'running' } }),
        ': detail.instance-id: is not the id of an instance.',
      ],
    ];
    for (const [name, body, reason] of malformed) {
      it(`fails that record alone, ${name}`, async () => {
        here = [described('i-1')];
        const { answer, lines } = await run(batch(body, stateChange('i-1')));

        expect(answer).to.deep.equal(failures('m-1'));
        const line = lines.find(({ level }) => level === 'error');
        expect(line).to.deep.include({ message: 'The record is no event of an instance' });
        expect(line?.fields['messageId']).to.equal('m-1');
        const error = line?.fields['error'] as Error | undefined;
        expect(error?.message.replace('The event is not a state change of an instance', '')).to.equal(reason);
        expect(keys()).to.have.lengthOf(1);
      });
    }

    it('asks for no instance where there is none', async () => {
      expect((await run(batch('{'))).answer).to.deep.equal(failures('m-1'));
      expect(asked).to.deep.equal([]);
    });

    it('throws where the batch as a whole is none', async () => {
      expect(await userErrorOf(() => run({ Records: [{ Sns: {} }] }))).to.deep.include({ code: 'BAD_EVENT' });
      expect(await userErrorOf(() => run({ Records: [record('{}', { eventSource: 'aws:kinesis' })] }))).to.deep.include(
        {
          message: 'The event is not a batch of a queue: Records.0.eventSource: is not aws:sqs.',
        },
      );
    });
  });

  describe('given an event twice', () => {
    beforeEach(() => {
      here = [described('i-1', {})];
      s3.on(PutObjectCommand).rejects(THERE);
    });

    it('tells of it once', async () => {
      const { answer, lines } = await run(batch(stateChange('i-1')));

      expect(answer).to.deep.equal(failures());
      expect([...puts(), ...messages()]).to.deep.equal([]);
      expect(lines.at(-1)).to.deep.equal({
        level: 'info',
        message: 'Check was reported before',
        fields: { instanceId: 'i-1', key: `scans/2026-11-21/i-1-${EPOCH}.json` },
      });
    });

    it('tells of it again where an earlier attempt may have ended half-way', async () => {
      const { answer } = await run(again(stateChange('i-1')));

      expect(answer).to.deep.equal(failures());
      expect(counts()).to.deep.equal([[0, 1]]);
      expect(told()).to.deep.equal(['i-1']);
    });

    it('takes a record that does not say how often it came for one that came once', async () => {
      await run({ Records: [record(stateChange('i-1'), { attributes: undefined })] });

      expect(messages()).to.deep.equal([]);
    });
  });

  describe('where AWS fails', () => {
    const describing: readonly [name: string, error: Error][] = [
      ['throttles', THROTTLED],
      ['denies', serviceError('UnauthorizedOperation', 403, 'You are not authorized to perform this operation.')],
    ];
    for (const [name, error] of describing) {
      it(`logs and throws where it ${name} the description, so that all is tried again (S3-4)`, async () => {
        ec2.on(DescribeInstancesCommand).rejects(error);
        const one = invocation(TAG_EVENTS);

        expect(await thrownBy(() => runTagChecker(batch(stateChange('i-1'), '{'), one))).to.equal(error);
        expect(one.lines.at(-1)).to.deep.equal({
          level: 'error',
          message: 'The instances could not be described',
          fields: { instanceIds: ['i-1'], error },
        });
        expect([...objects(), ...puts(), ...messages()]).to.deep.equal([]);
      });
    }

    it('goes on where the object cannot be written, and says so (S3-4)', async () => {
      here = [described('i-1', {})];
      s3.on(PutObjectCommand).rejects(DENIED);
      const { answer, lines } = await run(batch(stateChange('i-1')));

      expect(answer).to.deep.equal(failures());
      expect(lines.find(({ level }) => level === 'error')).to.deep.equal({
        level: 'error',
        message: 'The check could not be stored',
        fields: { instanceId: 'i-1', key: `scans/2026-11-21/i-1-${EPOCH}.json`, error: DENIED },
      });
      expect(counts()).to.deep.equal([[0, 1]]);
      expect(told()).to.deep.equal(['i-1']);
    });

    it('fails the record whose alert was not sent, with every record of its instance, and no other', async () => {
      here = [described('i-1', {}), described('i-2', {}), described('i-3')];
      sns.on(PublishCommand).callsFake(({ Message }: PublishCommandInput) => {
        if (Message?.includes('i-1') === true) throw THROTTLED;
        return { MessageId: 'sent' };
      });
      const events = [stateChange('i-1'), stateChange('i-2'), stateChange('i-1', { id: 'b' }), stateChange('i-3')];
      const { answer, lines } = await run(batch(...events));

      expect(answer).to.deep.equal(failures('m-1', 'm-3'));
      expect(counts()).to.deep.equal([[0, 1, 0, 1, 1, 0]]);
      expect(told()).to.have.members(['i-1', 'i-2']);
      expect(lines.find(({ level }) => level === 'error')).to.deep.equal({
        level: 'error',
        message: 'The alert could not be sent',
        fields: { instanceId: 'i-1', severity: 'medium', error: THROTTLED },
      });
    });

    it('throws where no alert of the batch was sent, so that it counts as an error', async () => {
      here = [described('i-1', {}), described('i-2', {})];
      sns.on(PublishCommand).rejects(DENIED);

      expect(await thrownBy(() => run(batch(stateChange('i-1'), stateChange('i-2'))))).to.equal(DENIED);
    });

    it('sends alerts though the metrics are refused, and fails what they were of', async () => {
      here = [described('i-1', {}), described('i-2'), described('i-3', {}, 'terminated')];
      cloudwatch.on(PutMetricDataCommand).rejects(THROTTLED);
      const { answer, lines } = await run(batch(stateChange('i-1'), stateChange('i-2'), stateChange('i-3')));

      expect(answer).to.deep.equal(failures('m-1', 'm-2'));
      expect(told()).to.deep.equal(['i-1']);
      expect(lines.find(({ level }) => level === 'error')).to.deep.equal({
        level: 'error',
        message: 'The metrics could not be put',
        fields: { instanceIds: ['i-1', 'i-2'], error: THROTTLED },
      });
    });

    it('does not take an answer without instances for one of none', async () => {
      ec2.on(DescribeInstancesCommand).resolves({});

      expect(await thrownBy(() => run(batch(stateChange('i-1'))))).to.deep.include({ name: 'MalformedAnswerError' });
    });
  });

  describe('where the time runs out', () => {
    it('leaves untouched what it has not begun', async () => {
      here = [described('i-1', {})];
      const { answer, lines } = await run(batch(stateChange('i-1')), TAG_EVENTS, { remaining: () => 4999 });

      expect(answer).to.deep.equal(failures('m-1'));
      expect(says({ lines })).to.deep.equal(['info Event received', 'warn There is no time left to begin']);
      expect(asked).to.deep.equal([]);
    });

    it('ends what it has begun', async () => {
      here = Array.from({ length: 4 }, (_, index) => described(`i-${index}`, {}));
      // One look before anything is asked for, and one before each check.
      const left = [9000, 9000, 5000, 4999, 4000];
      const remaining = () => left.shift() ?? 0;
      const { answer, lines } = await run(
        batch(...here.map(({ InstanceId = '' }) => stateChange(InstanceId))),
        TAG_EVENTS,
        {
          remaining,
        },
      );

      expect(answer).to.deep.equal(failures('m-3', 'm-4'));
      expect(told()).to.deep.equal(['i-0', 'i-1']);
      expect(counts()).to.deep.equal([[0, 1, 0, 1]]);
      expect(lines.filter(({ level }) => level === 'warn')).to.deep.equal([
        { level: 'warn', message: 'There is no time left to begin', fields: { instanceIds: ['i-2'] } },
        { level: 'warn', message: 'There is no time left to begin', fields: { instanceIds: ['i-3'] } },
      ]);
    });
  });

  describe('where changes alone are told', () => {
    beforeEach(() => {
      here = [described('i-1', {})];
      dynamodb.on(BatchGetItemCommand).resolves({ Responses: { 'compliance-history-dev': [] }, UnprocessedKeys: {} });
      dynamodb.on(TransactWriteItemsCommand).resolves({});
    });

    /** The table as the first check left it, but that a scan did so at midnight, and what else is different. */
    const remembered = (changes: object = {}) => {
      const [written] = dynamodb.commandCalls(TransactWriteItemsCommand);
      const state = written?.args[0].input.TransactItems?.[0]?.Put?.Item;
      const scanned = { scan_id: { S: 'a-scan' }, evaluated_at: { S: '2026-11-21T00:00:00.000Z' } };
      return { Responses: { 'compliance-history-dev': [{ ...state, ...scanned, ...changes }] }, UnprocessedKeys: {} };
    };

    it('alerts of what is new, keeps it in the history, and stores under checks/ without metrics', async () => {
      const { answer } = await run(batch(stateChange('i-1')), STANDARD);

      expect(answer).to.deep.equal(failures());
      expect(told()).to.deep.equal(['i-1']);
      expect(keys()).to.deep.equal([`checks/2026-11-21/i-1-${EPOCH}.json`]);
      expect(puts()).to.deep.equal([]);
      const [written] = dynamodb.commandCalls(TransactWriteItemsCommand);
      expect(
        written?.args[0].input.TransactItems?.map(({ Put }) => Put?.Item?.['evaluation_timestamp']?.S),
      ).to.deep.equal(['CURRENT#ec2-required-tags', '2026-11-21T06:00:03.000Z#ec2-required-tags#event-of-i-1']);
    });

    it('is silent about what stays, and tells of what is worse', async () => {
      await run(batch(stateChange('i-1')), STANDARD);
      sns.resetHistory();
      dynamodb.on(BatchGetItemCommand).resolves(remembered());
      await run(batch(stateChange('i-1', { id: 'stopped' }, 'stopped')), STANDARD);
      expect(told()).to.deep.equal([]);

      const decided = marshall({ status: 'FAIL', severity: 'medium', facts: ['missing/Owner'] });
      dynamodb.on(BatchGetItemCommand).resolves(remembered({ digest: { S: 'another' }, decided: { M: decided } }));
      await run(batch(stateChange('i-1', { id: 'worse' })), STANDARD);
      expect(told()).to.deep.equal(['i-1']);
    });

    it('tells everything where the history cannot be asked', async () => {
      dynamodb.on(BatchGetItemCommand).rejects(THROTTLED);
      const { answer, lines } = await run(batch(stateChange('i-1')), STANDARD);

      expect(answer).to.deep.equal(failures());
      expect(told()).to.deep.equal(['i-1']);
      expect(lines.find(({ level }) => level === 'error')).to.deep.equal({
        level: 'error',
        message: 'The history could not be asked',
        fields: { instanceIds: ['i-1'], error: THROTTLED },
      });
    });

    for (const history of [undefined, { table: 'compliance-history-dev', store: 'every' }]) {
      it(`tells everything where the history ${history === undefined ? 'is none' : 'knows no current state'}`, async () => {
        await run(batch(stateChange('i-1')), { ...STANDARD, history });

        expect(told()).to.deep.equal(['i-1']);
        expect(dynamodb.calls()).to.deep.equal([]);
      });
    }
  });

  describe('invoked directly', () => {
    it('answers with what it found of an instance', async () => {
      here = [described('i-1', {})];
      const { answer } = await run(stateChange('i-1'));

      const counted = { checked: 1, compliant: 0, nonCompliant: 1 };
      expect(answer).to.deep.equal({ statusCode: 200, message: '1 instance was checked.', ...counted });
      expect(keys()).to.deep.equal([`scans/2026-11-21/i-1-${EPOCH}.json`]);
      expect(told()).to.deep.equal(['i-1']);
    });

    it('answers 404 where there is no such instance (S3-4)', async () => {
      const { answer, lines } = await run(stateChange('i-0'));

      const counted = { checked: 0, compliant: 0, nonCompliant: 0 };
      expect(answer).to.deep.equal({ statusCode: 404, message: 'Instance i-0 was not found.', ...counted });
      expect(lines.at(-1)).to.deep.equal({
        level: 'warn',
        message: 'Instance not found',
        fields: { instanceId: 'i-0' },
      });
    });

    it('judges no instance that is on its way out', async () => {
      here = [described('i-1', {}, 'terminated')];
      const { answer } = await run(stateChange('i-1', {}, 'terminated'));

      const counted = { checked: 0, compliant: 0, nonCompliant: 0 };
      expect(answer).to.deep.equal({ statusCode: 200, message: '0 instances were checked.', ...counted });
    });

    it('tells of an event again: nobody says whether it is tried a second time', async () => {
      here = [described('i-1', {})];
      s3.on(PutObjectCommand).rejects(THERE);
      await run(stateChange('i-1'));

      expect(told()).to.deep.equal(['i-1']);
    });

    const scheduled = stateChange('i-1', { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} });
    const requests: readonly [name: string, event: object, time: string][] = [
      ['on schedule', { ...scheduled, time: '2026-11-21T05:00:00Z' }, '2026-11-21T05:00:00Z'],
      ['by hand, as of the invocation', {}, '2026-11-21T06:00:03Z'],
      ['by hand, as of a time', { time: TIME }, TIME],
    ];
    for (const [name, event, time] of requests) {
      it(`checks all that run, page by page, ${name} (S3-4)`, async () => {
        const pages = [[described('i-1', {}), described('i-2')], [described('i-3')]];
        ec2.on(DescribeInstancesCommand).callsFake((input: DescribeInstancesCommandInput) => {
          asked.push({ ...input });
          const more = asked.length < pages.length && { NextToken: 'more' };
          return { Reservations: [{ Instances: pages[asked.length - 1] }], ...more };
        });
        const { answer, lines } = await run(event);

        const counted = { checked: 3, compliant: 2, nonCompliant: 1 };
        expect(answer).to.deep.equal({ statusCode: 200, message: '3 instances were checked.', ...counted });
        const running = { Filters: [{ Name: 'instance-state-name', Values: ['running'] }], MaxResults: 500 };
        expect(asked).to.deep.equal([
          { ...running, NextToken: undefined },
          { ...running, NextToken: 'more' },
        ]);
        expect(keys()).to.deep.equal(
          ['i-1', 'i-2', 'i-3'].map((id) => `scans/2026-11-21/${id}-${Date.parse(time)}.json`),
        );
        expect(counts()).to.deep.equal([
          [0, 1, 1, 0],
          [1, 0],
        ]);
        expect(says({ lines }).filter((line) => line.includes('Checking compliance for instance'))).to.have.lengthOf(3);
      });
    }

    it('checks nothing where nothing runs', async () => {
      const { answer } = await run({});

      const counted = { checked: 0, compliant: 0, nonCompliant: 0 };
      expect(answer).to.deep.equal({ statusCode: 200, message: '0 instances were checked.', ...counted });
      expect([...objects(), ...puts(), ...messages()]).to.deep.equal([]);
    });

    const broken: readonly [name: string, event: object, breaks: () => void, error: Error][] = [
      ['EC2 fails', {}, () => ec2.on(DescribeInstancesCommand).rejects(THROTTLED), THROTTLED],
      ['EC2 fails for the one', stateChange('i-1'), () => ec2.on(DescribeInstancesCommand).rejects(DENIED), DENIED],
      ['SNS fails', {}, () => sns.on(PublishCommand).rejects(THROTTLED), THROTTLED],
      ['CloudWatch fails', stateChange('i-1'), () => cloudwatch.on(PutMetricDataCommand).rejects(DENIED), DENIED],
    ];
    for (const [name, event, breaks, error] of broken) {
      it(`logs and throws where ${name}`, async () => {
        here = [described('i-1', {})];
        breaks();
        const one = invocation(TAG_EVENTS);

        expect(await thrownBy(() => runTagChecker(event, one))).to.equal(error);
        expect(one.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields['error'])).to.deep.equal([
          error,
        ]);
      });
    }

    for (const event of [{}, stateChange('i-1')]) {
      it(`throws where there is no time left to check ${'id' in event ? 'the one' : 'all'}`, async () => {
        here = [described('i-1', {})];
        const error = await thrownBy(() => run(event, TAG_EVENTS, { remaining: () => 4999 }));

        expect(error).to.deep.include({
          name: 'OutOfTimeError',
          message: 'There was no time left to check i-1.',
        });
      });
    }

    const refused: readonly [name: string, event: unknown, sentence: string][] = [
      ['nothing', null, 'Invalid input: expected object, received null.'],
      ['a word', 'i-1', 'Invalid input: expected object, received string.'],
      ['a foreign event', { source: 'aws.s3' }, 'source: is none of aws.ec2, aws.events, aws.scheduler.'],
      [
        'another event of EC2',
        { source: 'aws.ec2', 'detail-type': 'EBS Volume Notification' },
        'detail-type: is none of EC2 Instance State-change Notification, Scheduled Event.',
      ],
      ['an instance of elsewhere', stateChange('i-1', { region: 'us-east-1' }), 'region: is not eu-west-1.'],
      ['no id', { detail: { 'instance-id': 'web-1' } }, 'detail.instance-id: is not the id of an instance.'],
    ];
    for (const [name, event, sentence] of refused) {
      it(`refuses ${name} with one sentence`, async () => {
        expect(await userErrorOf(() => run(event))).to.deep.include({
          code: 'BAD_EVENT',
          message: `The event is not a state change of an instance, nor a request for a check: ${sentence}`,
        });
      });
    }

    it('refuses to work without the rule that it is for', async () => {
      expect(await userErrorOf(() => run({}, { settings: { select: ['ec2-no-public-ip'] } }))).to.deep.include({
        code: 'NO_RULES',
        message: 'The settings leave out ec2-required-tags, which is all that the tag checker checks.',
      });
    });
  });

  describe('declares', () => {
    const made = () =>
      new Set(
        all.flatMap((client) => client.calls().map(({ args }) => args[0].constructor.name.replace(/Command$/, ''))),
      );
    const declared = (config: object) =>
      new Set(tagCheckerCalls(invocation(config).configuration).map(({ operation }) => operation));

    for (const [name, config] of Object.entries({
      'tag-events': TAG_EVENTS,
      standard: STANDARD,
      none: { settings: SETTINGS },
    })) {
      it(`the calls that it makes, and no others: ${name} (S3-8)`, async () => {
        here = [described('i-1', {})];
        dynamodb.on(BatchGetItemCommand).resolves({ Responses: {}, UnprocessedKeys: {} });
        dynamodb.on(TransactWriteItemsCommand).resolves({});
        await run(batch(stateChange('i-1')), config);

        expect(made()).to.deep.equal(declared(config));
      });
    }

    it('no more than S3-8 allows in the preset of S3', () => {
      const actions = tagCheckerCalls(invocation(TAG_EVENTS).configuration).map(({ action }) => action);
      expect(actions).to.deep.equal([
        'ec2:DescribeInstances',
        's3:PutObject',
        'cloudwatch:PutMetricData',
        'sns:Publish',
      ]);
    });
  });
});
