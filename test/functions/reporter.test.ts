import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import type { Invocation } from '../../src/functions/invocation.ts';
import { reporterCalls } from '../../src/functions/permissions.ts';
import { runReporter } from '../../src/functions/reporter.ts';
import { serviceError } from '../support/aws-errors.ts';
import { inMemoryBucket } from '../support/bucket.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { invocation } from '../support/invocation.ts';
import type { TestInvocation } from '../support/invocation.ts';
import { counts, finding, head } from '../support/scans.ts';
import { storedDocument } from '../support/stored-scans.ts';

const RESULTS = 'compliance-results-dev';
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:compliance-alerts-dev';
const midnight = { id: 'e1', time: '2026-11-21T00:00:00Z', 'detail-type': 'Scheduled Event', source: 'aws.events' };
const monday = { ...midnight, time: '2026-11-23T01:00:00Z', kind: 'weekly' };
const DAILY = 'reports/2026-11-20.json';

const run = (event: unknown, config: object = {}, changes: Partial<Invocation> = {}) => {
  const given: TestInvocation = invocation({ results: { bucket: RESULTS }, ...config }, changes);
  return runReporter(event, given);
};

describe('the reporter', () => {
  const bucket = inMemoryBucket();
  const aws = { dynamodb: mockClient(DynamoDBClient), sns: mockClient(SNSClient) };
  beforeEach(() => {
    aws.dynamodb.reset();
    aws.sns.reset();
    aws.sns.on(PublishCommand).resolves({ MessageId: 'm1' });
  });
  after(() => {
    aws.dynamodb.restore();
    aws.sns.restore();
  });

  const put = (scan_id: string, report_timestamp: string, [compliant, non_compliant]: [number, number]) => {
    const total = compliant + non_compliant;
    const score = (100 * compliant) / total;
    const [key, bytes] = storedDocument(
      {
        scan_id,
        report_timestamp,
        by_instance_type: { 't3.micro': counts({ total, compliant, non_compliant }) },
        summary: { ...head().summary, score },
      },
      [finding()],
    );
    bucket.objects.set(key, bytes);
    return key;
  };
  const textOf = (key: string) => Buffer.from(bucket.objects.get(key)!).toString('utf8');
  const json = (key: string) => JSON.parse(textOf(key)) as Record<string, unknown>;

  it('stores the report on yesterday (S1-3)', async () => {
    put('before', '2026-11-19T23:59:59.999Z', [0, 1]);
    put('a', '2026-11-20T00:00:00.000Z', [7, 1]);
    put('b', '2026-11-20T23:59:59.999Z', [1, 1]);
    put('after', '2026-11-21T00:00:00.000Z', [0, 1]);
    expect(await run(midnight)).to.deep.equal({
      kind: 'daily',
      date: '2026-11-20',
      scansAnalyzed: 2,
      skipped: [],
      object: { bucket: RESULTS, key: DAILY },
    });
    expect(json(DAILY)).to.deep.include({
      date: '2026-11-20',
      environment: 'dev',
      scansAnalyzed: 2,
      averageCompliancePercentage: 68.75,
    });
    expect(bucket.writes.map(({ Bucket, Key, ContentType }) => [Bucket, Key, ContentType])).to.deep.equal([
      [RESULTS, DAILY, 'application/json'],
    ]);
  });

  it('stores a report where there were no scans: that is no error', async () => {
    const answer = await run(midnight);
    expect(answer.scansAnalyzed).to.equal(0);
    expect(json(DAILY)).to.deep.include({ date: '2026-11-20', scansAnalyzed: 0, averageCompliancePercentage: null });
  });

  it('counts a scan by its record, where the document is lost', async () => {
    const record = (scanId: string, time: string, compliantInstances: number) => {
      const counted = { totalInstances: 4, compliantInstances, nonCompliantInstances: 4 - compliantInstances };
      const text = JSON.stringify({ timestamp: time, scanId, ...counted, compliancePercentage: '', results: [] });
      bucket.objects.set(`scans/2026-11-20/${Date.parse(time)}.json`, text);
    };
    put('a', '2026-11-20T00:00:00.000Z', [1, 1]);
    record('a', '2026-11-20T00:00:00.000Z', 2);
    record('lost', '2026-11-20T06:00:00.000Z', 3);
    bucket.objects.set('scans/2026-11-20/1.json', 'no record');
    const answer = await run(midnight);
    expect(answer).to.deep.include({
      scansAnalyzed: 2,
      skipped: [{ name: 'scans/2026-11-20/1.json', reason: 'not-a-scan', message: 'Not a scan record.' }],
    });
    expect(json(DAILY)).to.deep.include({ averageCompliancePercentage: 62.5 });
  });

  it('names what it could not read, and reports on the rest', async () => {
    const cut = put('a', '2026-11-20T00:00:00.000Z', [0, 1]);
    bucket.objects.set(cut, (bucket.objects.get(cut) as Uint8Array).subarray(0, -30));
    put('b', '2026-11-20T06:00:00.000Z', [1, 0]);
    const skipped = [{ name: cut, reason: 'truncated', message: 'The archive ends before its end.' }];
    expect(await run(midnight)).to.deep.include({ scansAnalyzed: 1, skipped });
    expect(json(DAILY)).to.deep.include({ averageCompliancePercentage: 100, skipped });
  });

  it('leaves out a document whose time is not that of its name', async () => {
    const [, bytes] = storedDocument({ scan_id: 'a', report_timestamp: '2026-11-10T00:00:00.000Z' });
    bucket.objects.set('scans/v1/2026-11-20/2026-11-20T06:00:00.000Z-a.json.gz', bytes);
    expect(await run(midnight)).to.deep.include({ scansAnalyzed: 0, skipped: [] });
  });

  it('writes the same bytes again for the same event, and logs what it does', async () => {
    put('a', '2026-11-20T00:00:00.000Z', [1, 1]);
    put('b', '2026-11-20T06:00:00.000Z', [1, 0]);
    const given = invocation({ results: { bucket: RESULTS } });
    const answer = await runReporter(midnight, given);
    const first = textOf(DAILY);
    expect(await run(midnight, {}, { startedAt: new Date('2026-11-25T00:00:00Z') })).to.deep.equal(answer);
    expect(textOf(DAILY)).to.equal(first);
    expect(given.lines).to.deep.equal([
      { level: 'info', message: 'Report started', fields: { kind: 'daily', id: 'e1', date: '2026-11-20' } },
      { level: 'info', message: 'Report stored', fields: { ...answer } },
    ]);
  });

  it('stores beside others of its kind, in the bucket for reports', async () => {
    put('a', '2026-11-20T06:00:00.000Z', [1, 0]);
    const reports = { bucket: 'compliance-reports-dev' };
    const executive = await run({ kind: 'executive', date: '2026-11-20' }, { reports });
    expect(executive).to.deep.include({
      kind: 'executive',
      date: '2026-11-20',
      scansAnalyzed: 1,
      object: { bucket: 'compliance-reports-dev', key: 'reports/executive/2026-11-20.json' },
    });
    expect(json('reports/executive/2026-11-20.json')).to.deep.include({ kind: 'executive' });
    expect((await run(monday, { reports })).object.key).to.equal('reports/weekly/2026-11-22.json');
    expect(bucket.writes.map(({ Bucket }) => Bucket)).to.deep.equal([
      'compliance-reports-dev',
      'compliance-reports-dev',
    ]);
  });

  describe('sends a report', () => {
    const config = { alerts: { topicArn: TOPIC }, reports: { notify: ['weekly'] } };
    const sent = () => aws.sns.commandCalls(PublishCommand).map(({ args }) => args[0].input);

    it('as text, once for each event (S3-11)', async () => {
      put('a', '2026-11-20T06:00:00.000Z', [1, 0]);
      await run(monday, config);
      const again = invocation({ results: { bucket: RESULTS }, ...config });
      await runReporter(monday, again);
      expect(sent().length).to.equal(1);
      const [message] = sent();
      expect(message).to.deep.include({
        TopicArn: TOPIC,
        Subject: 'Weekly compliance report of dev, 2026-11-22: score 100',
        MessageAttributes: {
          report: { DataType: 'String', StringValue: 'weekly' },
          environment: { DataType: 'String', StringValue: 'dev' },
        },
      });
      expect(message?.Message).to.match(
        /The whole report: s3:\/\/compliance-results-dev\/reports\/weekly\/2026-11-22\.json\n$/,
      );
      expect(again.lines[1]).to.deep.equal({
        level: 'info',
        message: 'SNS notification was sent before',
        fields: { topicArn: TOPIC, report: 'weekly' },
      });
    });

    it('of the kinds that are configured, where there is a topic', async () => {
      await run(midnight, config);
      await run(monday, { reports: config.reports });
      expect(sent()).to.deep.equal([]);
    });

    it('and fails where the topic does, when the report is stored; the next attempt sends it', async () => {
      const error = serviceError('AuthorizationError', 403, 'not authorized to perform: SNS:Publish');
      aws.sns.on(PublishCommand).rejectsOnce(error).resolves({ MessageId: 'm1' });
      expect(await thrownBy(() => run(monday, config))).to.equal(error);
      expect(bucket.objects.has('reports/weekly/2026-11-22.json')).to.equal(true);
      await run(monday, config);
      expect(sent().length).to.equal(2);
    });
  });

  describe('over the history (S2-4)', () => {
    const item = (rule: string, at: string, status: string) =>
      marshall({
        resource_id: 'arn:aws:s3:::logs',
        evaluation_timestamp: `${at}#${rule}#one`,
        rule_id: rule,
        scan_id: `scan at ${at}`,
        evaluated_at: at,
        status,
        compliance_type: status === 'PASS' ? 'COMPLIANT' : 'NON_COMPLIANT',
        severity: 'high',
        category: 'encryption',
        resource_type: 'AWS::S3::Bucket',
        resource_name: 'logs',
        account_id: '111122223333',
        region: 'eu-west-1',
        message: '',
        facts: [],
        fingerprint: rule,
      });
    const config = { results: {}, history: { table: 'history', store: 'every' }, reports: { bucket: 'reports' } };
    const ended = {
      version: '1.0',
      timestamp: '2026-11-20T06:00:41.123Z',
      requestContext: { requestId: 'r1', condition: 'Success' },
      requestPayload: { ...midnight, time: '2026-11-20T06:00:00Z' },
      responsePayload: {},
    };
    const KEY = 'reports/aggregate/2026-11-20T06:00:00.000Z.json';

    it('stores the latest result of each rule on each resource, under the time it is as of', async () => {
      aws.dynamodb
        .on(ScanCommand)
        .resolves({
          Items: [item('a', '2026-11-20T00:00:00.000Z', 'FAIL'), item('a', '2026-11-20T06:00:00.000Z', 'PASS')],
          LastEvaluatedKey: { resource_id: { S: 'x' } },
        })
        .on(ScanCommand, { ExclusiveStartKey: { resource_id: { S: 'x' } } })
        .resolves({
          Items: [
            item('b', '2026-11-20T00:00:00.000Z', 'FAIL'),
            item('b', '2026-11-20T06:00:00.001Z', 'PASS'),
            marshall({ resource_id: 'x', evaluation_timestamp: 'y' }),
          ],
        });
      const skipped = [{ name: 'x y', message: 'rule_id: Invalid input: expected string, received undefined' }];
      expect(await run(ended, config)).to.deep.equal({
        kind: 'aggregate',
        date: '2026-11-20',
        scansAnalyzed: 2,
        skipped,
        object: { bucket: 'reports', key: KEY },
      });
      const { evaluations, ...report } = json(KEY);
      expect(report).to.deep.equal({
        schema: 'compliancectl.evaluations/1',
        report_timestamp: '2026-11-20T06:00:00.000Z',
        environment: 'dev',
        summary: {
          total_resources: 1,
          total_evaluations: 2,
          compliant: 1,
          non_compliant: 1,
          compliance_percentage: 50,
          not_applicable: 0,
          unknown: 0,
          waived: 0,
        },
        by_resource_type: { 'AWS::S3::Bucket': counts({ total: 2, compliant: 1, non_compliant: 1 }) },
        by_rule: { a: counts({ total: 1, compliant: 1 }), b: counts({ total: 1, non_compliant: 1 }) },
        skipped: { count: 1, first: skipped },
      });
      expect(
        (evaluations as { rule_id: string; evaluated_at: string }[]).map((each) => [each.rule_id, each.evaluated_at]),
      ).to.deep.equal([
        ['a', '2026-11-20T06:00:00.000Z'],
        ['b', '2026-11-20T00:00:00.000Z'],
      ]);
    });

    it('stores it beside the scans, where reports have no bucket of their own', async () => {
      aws.dynamodb.on(ScanCommand).resolves({ Items: [] });
      const answer = await run({ kind: 'aggregate', time: '2026-11-20T06:00:00Z' }, { history: config.history });
      expect(answer.object).to.deep.equal({ bucket: RESULTS, key: KEY });
    });

    it('throws where the table is denied, and stores nothing', async () => {
      const error = serviceError('AccessDeniedException', 400, 'not authorized to perform: dynamodb:Scan');
      aws.dynamodb.on(ScanCommand).rejects(error);
      expect(await thrownBy(() => run(ended, config))).to.equal(error);
      expect(bucket.writes).to.deep.equal([]);
    });
  });

  describe('throws (S1-5)', () => {
    it('where scans cannot be listed, or are throttled to the end', async () => {
      put('a', '2026-11-20T06:00:00.000Z', [1, 0]);
      const denied = serviceError('AccessDenied', 403, 'Access Denied');
      bucket.fail('ListObjectsV2', denied, { times: 1 });
      expect(await thrownBy(() => run(midnight))).to.equal(denied);
      const throttled = serviceError('SlowDown', 503, 'Please reduce your request rate.');
      bucket.fail('GetObject', throttled, { times: 1 });
      expect(await thrownBy(() => run(midnight))).to.equal(throttled);
      expect(bucket.writes).to.deep.equal([]);
    });

    it('where every scan is denied: that is no day without scans', async () => {
      const key = put('a', '2026-11-20T06:00:00.000Z', [1, 0]);
      bucket.fail('GetObject', serviceError('AccessDenied', 403, 'Access Denied'));
      const error = await thrownBy(() => run(midnight));
      expect(error).to.be.an('error').with.property('name', 'DeniedError');
      expect(error).to.have.property('message', `No stored scan could be read. ${key}: Access Denied.`);
      expect(bucket.writes).to.deep.equal([]);
    });

    it('where the report cannot be stored', async () => {
      const denied = serviceError('AccessDenied', 403, 'Access Denied');
      bucket.fail('PutObject', denied);
      expect(await thrownBy(() => run(midnight))).to.equal(denied);
    });

    it('where a bucket or a table is not configured', async () => {
      const refusal = async (event: object, config: object) => {
        const { code, message } = await userErrorOf(() => run(event, config));
        return [code, message];
      };
      const sentence = (setting: string) => [
        'FUNCTION_CONFIG',
        `config.json sets no ${setting}, which this report needs.`,
      ];
      expect(await refusal(midnight, { results: {} })).to.deep.equal(sentence('results.bucket'));
      expect(await refusal({ kind: 'aggregate' }, {})).to.deep.equal(sentence('history.table'));
      const history = { table: 'history', store: 'every' };
      expect(await refusal({ kind: 'aggregate' }, { results: {}, history })).to.deep.equal(sentence('reports.bucket'));
    });

    it('where it is asked for something else', async () => {
      expect((await userErrorOf(() => run({ kind: 'monthly' }))).code).to.equal('BAD_EVENT');
    });
  });

  it('makes the calls that are declared, and no other', async () => {
    aws.dynamodb.on(ScanCommand).resolves({ Items: [] });
    put('a', '2026-11-20T06:00:00.000Z', [1, 0]);
    const config = {
      history: { table: 'history', store: 'every' },
      alerts: { topicArn: TOPIC },
      reports: { notify: ['weekly'] },
    };
    await run(monday, config);
    await run({ kind: 'aggregate' }, config);
    const made = [
      ...bucket.operations,
      ...[...aws.dynamodb.calls(), ...aws.sns.calls()].map(({ args }) =>
        args[0].constructor.name.replace(/Command$/, ''),
      ),
    ];
    const { configuration } = invocation({ results: { bucket: RESULTS }, ...config });
    expect([...new Set(made)].toSorted()).to.deep.equal(
      reporterCalls(configuration)
        .map(({ operation }) => operation)
        .toSorted(),
    );
  });
});
