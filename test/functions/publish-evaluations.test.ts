import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { publishComplianceChange, publishEvaluations } from '../../src/functions/publish-evaluations.ts';
import { serviceError } from '../support/aws-errors.ts';
import { inMemoryBucket } from '../support/bucket.ts';
import { thrownBy } from '../support/errors.ts';
import { invocation } from '../support/invocation.ts';
import { finding } from '../support/scans.ts';
import { webhookServer } from '../support/webhook-server.ts';

const CONFIG = {
  results: { bucket: 'results' },
  history: { table: 'history', store: 'changes' },
  alerts: { topicArn: 'arn:alerts', mode: 'changes' },
};
const AT = { scanId: 'event-1', evaluatedAt: new Date('2026-11-21T06:00:00.000Z') };
const CHANGE = { ...AT, transition: 'new' } as const;

const failing = finding({ status: 'FAIL', severity: 'high', resource_id: 'i-1' });
const passing = finding({
  fingerprint: 'f'.repeat(32),
  status: 'PASS',
  resource_id: 'i-2',
  resource_arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-2',
});

describe('publishing evaluations', () => {
  const bucket = inMemoryBucket();
  let dynamodb: ReturnType<typeof mockClient>;
  let sns: ReturnType<typeof mockClient>;

  beforeEach(() => {
    dynamodb = mockClient(DynamoDBClient);
    sns = mockClient(SNSClient);
    dynamodb.on(BatchGetItemCommand).resolves({ Responses: {}, UnprocessedKeys: {} });
    dynamodb.on(TransactWriteItemsCommand).resolves({});
    dynamodb.on(BatchWriteItemCommand).resolves({ UnprocessedItems: {} });
    sns.on(PublishCommand).resolves({ MessageId: '1' });
  });
  afterEach(() => {
    dynamodb.restore();
    sns.restore();
  });

  const subjects = () => sns.commandCalls(PublishCommand).map(({ args: [{ input }] }) => input.Subject);
  /** The table holds what the first transaction wrote. */
  const remember = () => {
    const [first] = dynamodb.commandCalls(TransactWriteItemsCommand);
    const item = first?.args[0].input.TransactItems?.[0]?.Put?.Item;
    dynamodb
      .on(BatchGetItemCommand)
      .resolves({ Responses: { history: item === undefined ? [] : [item] }, UnprocessedKeys: {} });
  };

  it('stores what changed and tells of what is news, once', async () => {
    await publishEvaluations([failing, passing], AT, invocation(CONFIG));
    remember();
    await publishEvaluations([failing], AT, invocation(CONFIG));
    expect(dynamodb.commandCalls(TransactWriteItemsCommand)).to.have.length(1);
    expect(subjects()).to.deep.equal(['[high] 1 new finding in dev (compliancectl)']);
    expect([...bucket.objects.keys()]).to.deep.equal(['deliveries/event-1/alert-high.json']);
  });

  it('says of which accounts and regions, and no score', async () => {
    const there = { ...passing, account_id: '222233334444', region: 'us-east-1' };
    await publishEvaluations([failing, there], AT, invocation(CONFIG));
    const [call] = sns.commandCalls(PublishCommand);
    expect(call?.args[0].input.Message).to.match(
      /^\[high\] 1 new finding in dev: accounts 111122223333, 222233334444, regions eu-west-1, us-east-1, 2026-11-21 06:00:00 UTC\n\n/,
    );
  });

  it('stores every evaluation and tells of every failure where it is told to', async () => {
    const config = { history: { table: 'history', store: 'every' }, alerts: { topicArn: 'arn:alerts' } };
    await publishEvaluations([failing, passing], AT, invocation(config));
    expect(dynamodb.commandCalls(BatchWriteItemCommand)).to.have.length(1);
    expect(subjects()).to.deep.equal(['[high] 1 finding in dev (compliancectl)']);
  });

  it('does without a table, and without a topic', async () => {
    await publishEvaluations([failing], AT, invocation({ alerts: { topicArn: 'arn:alerts' } }));
    await publishEvaluations([failing], AT, invocation({ history: CONFIG.history }));
    expect(subjects()).to.deep.equal(['[high] 1 finding in dev (compliancectl)']);
    expect(dynamodb.commandCalls(TransactWriteItemsCommand)).to.have.length(1);
  });

  it('tells of every failure where the table is gone, and fails', async () => {
    dynamodb.on(BatchGetItemCommand).rejects(serviceError('ResourceNotFoundException', 400, 'No such table'));
    const error = await thrownBy(() => publishEvaluations([failing], AT, invocation(CONFIG)));
    expect((error as Error).message).to.equal(
      'The history failed: ResourceNotFoundException: No such table. Delivered: alerts.',
    );
    expect(subjects()).to.deep.equal(['[high] 1 finding in dev (compliancectl)']);
  });

  it('fails where the topic is gone, and tells in the next attempt', async () => {
    sns.on(PublishCommand).rejects(serviceError('NotFound', 404, 'Topic does not exist'));
    const error = await thrownBy(() => publishEvaluations([failing], AT, invocation(CONFIG)));
    expect((error as Error).message).to.equal('The alerts failed: NotFound: Topic does not exist. Delivered: history.');
    remember();
    sns.on(PublishCommand).resolves({ MessageId: '1' });
    sns.resetHistory();
    await publishEvaluations([failing], AT, invocation(CONFIG));
    expect(subjects()).to.deep.equal(['[high] 1 new finding in dev (compliancectl)']);
  });

  describe('to webhooks', () => {
    const server = webhookServer();
    const hook = (changes: object = {}) => ({ name: 'team', kind: 'webhook', url: `${server().url}/hook`, ...changes });
    const told = (...webhooks: readonly object[]) =>
      invocation({ ...CONFIG, settings: { webhooks }, alerts: { mode: 'changes' } });

    it('tells them what the topic would hear, once', async () => {
      const { lines, ...first } = told(hook());
      await publishEvaluations([failing], AT, first);
      remember();
      await publishEvaluations([failing], AT, told(hook()));
      expect(server().received).to.have.length(1);
      const body = JSON.parse(server().received[0]?.body ?? '') as Record<string, unknown>;
      expect(body).to.deep.include({ schema: 'compliancectl.alert/1', severity: 'high', environment: 'dev' });
      expect(lines.map(({ message, fields }) => [message, fields['webhook'], fields['attempts']])).to.deep.equal([
        ['Webhook notified', 'team', 1],
      ]);
      expect([...bucket.objects.keys()]).to.deep.equal(['deliveries/event-1/alert-high-to-team.json']);
      expect(subjects()).to.deep.equal([]);
    });

    it('fails for one that takes nothing, after the others were told', async () => {
      server().answer((response, { path }) => {
        response.writeHead(path === '/gone' ? 410 : 200).end();
      });
      const gone = hook({ name: 'gone', url: `${server().url}/gone` });
      const error = await thrownBy(() => publishEvaluations([failing], AT, told(gone, hook())));
      expect((error as Error).message).to.match(
        /^The webhook gone failed: .*410.* Delivered: history, webhook team\.$/,
      );
    });

    it('reads their secrets where they are kept', async () => {
      const ssm = mockClient(SSMClient);
      ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'token' } });
      await publishEvaluations([failing], AT, told(hook({ credentialsFrom: { ssm: '/team/token' } })));
      ssm.restore();
      expect(server().received[0]?.headers.authorization).to.equal('Bearer token');
    });

    it('tells no one of what weighs too little for them', async () => {
      await publishEvaluations([failing], AT, told(hook({ minimumSeverity: 'critical' })));
      expect(server().received).to.deep.equal([]);
    });
  });

  describe('of one resource, by AWS Config', () => {
    it('stores and tells of a failure that is news', async () => {
      expect(await publishComplianceChange([failing], CHANGE, invocation(CONFIG))).to.equal('stored');
      expect(subjects()).to.deep.equal(['[high] 1 new finding in dev (compliancectl)']);
    });

    it('stores and tells nobody of what passes', async () => {
      expect(await publishComplianceChange([passing], CHANGE, invocation(CONFIG))).to.equal('stored');
      expect(subjects()).to.deep.equal([]);
    });

    it('leaves what our own rules know better, where the status is the same', async () => {
      await publishEvaluations([{ ...failing, facts: [{ key: 'a', message: 'A.' }] }], AT, invocation(CONFIG));
      remember();
      const later = { ...CHANGE, scanId: 'event-2', evaluatedAt: new Date('2026-11-21T07:00:00.000Z') };
      expect(await publishComplianceChange([{ ...failing, facts: [] }], later, invocation(CONFIG))).to.equal('stale');
      expect(dynamodb.commandCalls(TransactWriteItemsCommand)).to.have.length(1);
      expect(subjects()).to.have.length(1);
    });

    it('is no reason to call the same failure worse once our own rules say more of it', async () => {
      await publishComplianceChange([{ ...failing, facts: [] }], CHANGE, invocation(CONFIG));
      remember();
      const more = { ...failing, facts: [{ key: 'a', message: 'A.' }] };
      const later = { scanId: 'event-2', evaluatedAt: new Date('2026-11-21T07:00:00.000Z') };
      await publishEvaluations([more], later, invocation(CONFIG));
      expect(dynamodb.commandCalls(TransactWriteItemsCommand)).to.have.length(2);
      expect(subjects()).to.have.length(1);
    });

    it('tells of every failure where no table tells what is news', async () => {
      const config = { alerts: CONFIG.alerts };
      expect(await publishComplianceChange([failing], CHANGE, invocation(config))).to.equal('stored');
      expect(subjects()).to.deep.equal(['[high] 1 finding in dev (compliancectl)']);
    });

    describe('where metrics are put', () => {
      const counting = { ...CONFIG, metrics: { sets: ['score'] } };
      let cloudwatch: ReturnType<typeof mockClient>;
      beforeEach(() => {
        cloudwatch = mockClient(CloudWatchClient);
        cloudwatch.on(PutMetricDataCommand).resolves({});
      });
      afterEach(() => {
        cloudwatch.restore();
      });
      const puts = () =>
        cloudwatch
          .commandCalls(PutMetricDataCommand)
          .flatMap(({ args: [{ input }] }) => input.MetricData ?? [])
          .map(({ MetricName, Value, Dimensions = [] }) => [
            MetricName,
            Value,
            ...Dimensions.map(({ Name, Value: of }) => `${Name}=${of}`),
          ]);

      it('counts the change, in all, by category and by severity, once', async () => {
        await publishComplianceChange([failing], CHANGE, invocation(counting));
        remember();
        await publishComplianceChange([failing], CHANGE, invocation(counting));
        expect(puts()).to.deep.equal([
          ['NonCompliantChanges', 1, 'Environment=dev'],
          ['CompliantChanges', 0, 'Environment=dev'],
          ['NonCompliantChanges', 1, 'Environment=dev', 'Category=tagging'],
          ['CompliantChanges', 0, 'Environment=dev', 'Category=tagging'],
          ['NonCompliantChanges', 1, 'Environment=dev', 'Severity=high'],
          ['CompliantChanges', 0, 'Environment=dev', 'Severity=high'],
        ]);
      });

      it('counts what passes, and not what is neither', async () => {
        await publishComplianceChange([passing], CHANGE, invocation(counting));
        await publishComplianceChange([{ ...failing, status: 'UNKNOWN' }], CHANGE, invocation(counting));
        expect(
          puts()
            .map(([name, value]) => [name, value])
            .slice(0, 2),
        ).to.deep.equal([
          ['NonCompliantChanges', 0],
          ['CompliantChanges', 1],
        ]);
        expect(puts()).to.have.length(6);
      });

      it('fails where they cannot be put, after the failure was told', async () => {
        cloudwatch.on(PutMetricDataCommand).rejects(serviceError('Throttling', 400, 'Rate exceeded'));
        const error = await thrownBy(() => publishComplianceChange([failing], CHANGE, invocation(counting)));
        expect((error as Error).message).to.equal('The metrics failed: Rate exceeded. Delivered: alerts.');
      });
    });

    it('throws what the table throws', async () => {
      dynamodb.on(BatchGetItemCommand).rejects(serviceError('AccessDeniedException', 400, 'No'));
      const error = await thrownBy(() => publishComplianceChange([failing], CHANGE, invocation(CONFIG)));
      expect(error).to.have.property('name', 'AccessDeniedException');
    });
  });
});
