import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { marshall } from '@aws-sdk/util-dynamodb';
import { Chalk } from 'chalk';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import { runReporter } from '../../src/functions/reporter.ts';
import { loadReportRenderer } from '../../src/report/report-formats.ts';
import type { Report } from '../../src/report/report-formats.ts';
import { makeReport } from '../../src/reporting/make-report.ts';
import type { ReportFlags } from '../../src/reporting/make-report.ts';
import { serviceError } from '../support/aws-errors.ts';
import { inMemoryBucket } from '../support/bucket.ts';
import { userErrorOf } from '../support/errors.ts';
import { invocation } from '../support/invocation.ts';
import { counts, finding, head } from '../support/scans.ts';
import { documentText, inPieces, storedDocument } from '../support/stored-scans.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BUCKET = 'compliance-results-dev';
const NOW = new Date('2026-11-21T08:00:00.000Z');
const RULES = { by_rule: { 'ec2-required-tags': counts({ total: 2, compliant: 1, non_compliant: 1 }) } };

const named = (fingerprint: string, changes: Partial<Evaluation> = {}) =>
  finding({ fingerprint, resource_id: fingerprint, ...changes });
const scanned = (scan_id: string, report_timestamp: string, score: number, changes: Partial<ScanHead> = {}) => ({
  scan_id,
  report_timestamp,
  ...RULES,
  summary: { ...head().summary, score, evaluated_percentage: 100 },
  ...changes,
});

/** Four days of scans, in which failures come and go. */
const HISTORY = [
  storedDocument(scanned('one', '2026-11-18T06:00:00.000Z', 90), [named('a')]),
  storedDocument(scanned('two', '2026-11-19T18:00:00.000Z', 70), [named('a'), named('b'), named('c')]),
  storedDocument(scanned('three', '2026-11-20T06:00:00.000Z', 80), [named('a'), named('c')]),
  storedDocument(scanned('four', '2026-11-20T12:00:00.000Z', 85), [named('c'), named('d')]),
];

const json = async (report: Report) =>
  [
    ...(await loadReportRenderer('json'))(report, {
      chalk: new Chalk({ level: 0 }),
      limit: 50,
      toolVersion: '1.2.3',
      rules: [],
    }),
  ].join('');

const flagsOf = (changes: Partial<ReportFlags> = {}): ReportFlags => ({
  kind: 'daily',
  timezone: 'UTC',
  'allow-incomplete': false,
  ...changes,
});

describe('a report from a stack', () => {
  const bucket = inMemoryBucket();
  const folder = temporaryFolder();
  const mocks = () => ({
    sts: mockClient(STSClient),
    lambda: mockClient(LambdaClient),
    dynamodb: mockClient(DynamoDBClient),
  });
  let aws: ReturnType<typeof mocks>;

  const run = (changes: Partial<ReportFlags> = {}, signal = new AbortController().signal) =>
    makeReport(flagsOf(changes), { env: { AWS_REGION: 'eu-west-1' }, directory: folder(), now: NOW, signal });
  const deployed = (environment: Record<string, string>) =>
    aws.lambda
      .on(GetFunctionConfigurationCommand)
      .resolves({ FunctionArn: 'arn', Timeout: 300, Environment: { Variables: environment } });

  beforeEach(() => {
    aws = mocks();
    aws.sts
      .on(GetCallerIdentityCommand)
      .resolves({ Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/ada' });
    deployed({ BUCKET_NAME: BUCKET });
    for (const [key, bytes] of HISTORY) bucket.objects.set(key, bytes);
  });
  afterEach(() => {
    for (const mock of Object.values(aws)) mock.restore();
  });

  for (const kind of ['daily', 'weekly', 'executive'] as const) {
    it(`is the ${kind} one that the function stores, byte for byte, and so is one from a copy of the bucket`, async () => {
      const record = { timestamp: '2026-11-20T18:00:00.000Z', compliantInstances: 3, nonCompliantInstances: 1 };
      bucket.objects.set('scans/2026-11-20/1795197600000.json', JSON.stringify(record));
      const [, broken] = HISTORY[0] as [string, Uint8Array];
      bucket.objects.set('scans/v1/2026-11-20/2026-11-20T18:00:00.000Z-cut.json.gz', broken.subarray(0, -20));
      for (const [key, body] of bucket.objects) {
        mkdirSync(dirname(folder(key)), { recursive: true });
        writeFileSync(folder(key), body);
      }
      const stored = await runReporter({ kind, date: '2026-11-20' }, invocation({ results: { bucket: BUCKET } }));
      const expected = Buffer.from(bucket.objects.get(stored.object.key) ?? '').toString();
      expect(JSON.parse(expected)).to.deep.include({ kind, scansAnalyzed: kind === 'weekly' ? 5 : 3 });
      expect(await json((await run({ kind })).report)).to.equal(expected);
      expect(await json((await run({ kind, 'from-files': [folder()] })).report)).to.equal(expected);
    });
  }

  it('tells what is new, resolved and still open since the day before, and how long that took', async () => {
    const { report, notes, exitCode } = await run();
    expect([notes, exitCode]).to.deep.equal([[], 0]);
    if (report.kind !== 'daily') throw new Error(report.kind);
    const { resolved_findings: resolved = [], by_owner: owners, ...changes } = report.changes ?? {};
    expect(owners).to.deep.equal([{ owner: null, new: 1, still_open: 1, worse: 0, resolved: 2, not_rechecked: 0 }]);
    expect(changes).to.deep.equal({
      since: { scan_id: 'two', report_timestamp: '2026-11-19T18:00:00.000Z' },
      new: 1,
      still_open: 1,
      worse: 0,
      resolved: 2,
      not_rechecked: 0,
    });
    expect(resolved.map(({ resource_id: id }) => id)).to.deep.equal(['a', 'b']);
    expect(report.evaluations.map(({ resource_id: id, change }) => [id, change])).to.deep.equal([
      ['c', 'unchanged'],
      ['d', 'new'],
    ]);
    // `b` took twelve hours; `a` is older than the first scan that was read.
    expect(report.time_to_resolve).to.deep.equal({ resolved: 2, mean_hours: 12, older: 1 });
    expect(report).to.deep.include({
      report_timestamp: '2026-11-20T12:00:00.000Z',
      time_zone: 'UTC',
      by_rule: RULES.by_rule,
      summary: { ...head().summary, score: 85, evaluated_percentage: 100 },
    });
  });

  it('has the scans of the days of a time zone', async () => {
    const [key, bytes] = storedDocument(scanned('late', '2026-11-19T23:30:00.000Z', 50));
    bucket.objects.set(key, bytes);
    const scansOf = async (timezone: string) => {
      const { report } = await run({ timezone, to: '2026-11-20' });
      return report.kind === 'daily' ? [report.time_zone, ...report.scans.map(({ scan_id: id }) => id)] : [];
    };
    expect(await scansOf('UTC')).to.deep.equal(['UTC', 'three', 'four']);
    expect(await scansOf('Europe/Berlin')).to.deep.equal(['Europe/Berlin', 'late', 'three', 'four']);
  });

  it('is a trend of thirty days, by day or by scan, page after page', async () => {
    const { report } = await run({ kind: 'trend' });
    if (report.kind !== 'trend') throw new Error(report.kind);
    expect([report.from, report.to, report.points.length]).to.deep.equal([
      '2026-10-23T00:00:00.000Z',
      '2026-11-22T00:00:00.000Z',
      30,
    ]);
    expect(report.points.slice(-4).map(({ date, scan_id: id, score }) => [date, id, score])).to.deep.equal([
      ['2026-11-18', 'one', 90],
      ['2026-11-19', 'two', 70],
      ['2026-11-20', 'four', 85],
      ['2026-11-21', null, null],
    ]);
    const scans = (await run({ kind: 'trend', step: 'scan' })).report;
    expect(scans.kind === 'trend' && scans.points.map(({ scan_id: id }) => id)).to.deep.equal([
      'one',
      'two',
      'three',
      'four',
    ]);
  });

  it('puts the shards of a scan together in a trend', async () => {
    const shard = (region: string, score: number, sound: number, total: number) => {
      const [key, bytes] = storedDocument(
        scanned('sharded', '2026-11-21T06:00:00.000Z', score, {
          regions: [region],
          summary: { ...head().summary, score, compliant: sound, non_compliant: total - sound },
          by_instance_type: { 't3.micro': counts({ total, compliant: sound, non_compliant: total - sound }) },
          by_rule: { 'ec2-required-tags': counts({ total, compliant: sound, non_compliant: total - sound }) },
        }),
        Array.from({ length: total }, (_, index) =>
          named(`${region}-${index}`, { region, status: index < sound ? 'PASS' : 'FAIL' }),
        ),
        `-${region}`,
      );
      bucket.objects.set(key, bytes);
    };
    shard('eu-west-1', 50, 1, 2);
    shard('us-east-1', 100, 6, 6);
    const { report } = await run({ kind: 'trend', from: '2026-11-21' });
    expect(report.kind === 'trend' && [report.scansAnalyzed, report.points[0]?.score]).to.deep.equal([1, 87.5]);
  });

  it('is made for a time without scans, and says where the latest one is', async () => {
    const empty = async () => {
      const { report, notes, exitCode } = await run({ to: '2026-10-01' });
      return ['scansAnalyzed' in report && report.scansAnalyzed, notes, exitCode];
    };
    expect(await empty()).to.deep.equal([0, ['No scan lies in this period.'], 0]);
    bucket.objects.set('latest.json', JSON.stringify({ report_timestamp: '2026-11-20T12:00:00.000Z' }));
    const told = 'No scan lies in this period. The latest one is of 2026-11-20 12:00 UTC: --to 2026-11-20';
    expect(await empty()).to.deep.equal([0, [told], 0]);
    bucket.objects.set('latest.json', '{');
    expect(await empty()).to.deep.equal([0, ['No scan lies in this period.'], 0]);
    bucket.fail('GetObject', serviceError('AccessDenied', 403, 'Access Denied'), { key: 'latest.json' });
    expect(await empty()).to.deep.equal([0, ['No scan lies in this period.'], 0]);
  });

  it('names what it leaves out, with exit code 4 unless that is allowed', async () => {
    const [key, bytes] = HISTORY[2] as [string, Uint8Array];
    bucket.objects.set(key, bytes.subarray(0, -20));
    const { report, notes, exitCode } = await run();
    expect('skipped' in report && report.skipped).to.deep.equal([
      { name: key, reason: 'truncated', message: 'The archive ends before its end.' },
    ]);
    expect([notes, exitCode]).to.deep.equal([['1 stored scan or result could not be read: the report names them.'], 4]);
    expect((await run({ 'allow-incomplete': true })).exitCode).to.equal(0);
  });

  describe('of the kind aggregate', () => {
    const item = (rule: string, at: string, status: string) =>
      marshall({
        resource_id: 'arn:aws:s3:::logs',
        evaluation_timestamp: `${at}#${rule}#one`,
        rule_id: rule,
        scan_id: at,
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

    it('is the one that the function stores, from the table, page after page', async () => {
      aws.dynamodb
        .on(ScanCommand)
        .resolves({
          Items: [item('a', '2026-11-20T00:00:00.000Z', 'FAIL'), item('a', '2026-11-20T06:00:00.000Z', 'PASS')],
          LastEvaluatedKey: { resource_id: { S: 'x' } },
        })
        .on(ScanCommand, { ExclusiveStartKey: { resource_id: { S: 'x' } } })
        .resolves({ Items: [item('b', '2026-11-20T00:00:00.000Z', 'FAIL')] });
      const stored = await runReporter(
        { kind: 'aggregate', date: '2026-11-20' },
        invocation({ results: { bucket: BUCKET }, history: { table: 'compliance-history-dev', store: 'every' } }),
      );
      const { report, exitCode } = await run({ kind: 'aggregate', to: '2026-11-20' });
      expect(await json(report)).to.equal(String(bucket.objects.get(stored.object.key)));
      expect(exitCode).to.equal(0);
      expect(aws.dynamodb.commandCalls(ScanCommand).map(({ args }) => args[0].input.TableName)).to.include(
        'compliance-history-dev',
      );
    });

    it('is done in part where an item is none', async () => {
      aws.dynamodb.on(ScanCommand).resolves({ Items: [marshall({ resource_id: 'x', evaluation_timestamp: 'y' })] });
      expect((await run({ kind: 'aggregate' })).exitCode).to.equal(4);
    });

    it('says that there is no table, or that it is denied', async () => {
      aws.dynamodb
        .on(ScanCommand)
        .rejects(serviceError('ResourceNotFoundException', 400, 'Requested resource not found'));
      const missing = await userErrorOf(() => run({ kind: 'aggregate' }));
      expect([missing.message, missing.code, missing.exitCode]).to.deep.equal([
        'The stack dev has no history table compliance-history-dev.',
        'NO_TABLE',
        2,
      ]);
      aws.dynamodb.on(ScanCommand).rejects(serviceError('AccessDeniedException', 400, 'not authorized'));
      const denied = await userErrorOf(() => run({ kind: 'aggregate' }));
      expect([denied.message, denied.suggestions, denied.exitCode]).to.deep.equal([
        'AWS denied access to the table compliance-history-dev in 111122223333/eu-west-1: not authorized.',
        ['Allow dynamodb:Scan there'],
        3,
      ]);
    });
  });

  describe('says what stands in its way:', () => {
    const refused = async (changes: Partial<ReportFlags> = {}) => {
      const { message, code, exitCode } = await userErrorOf(() => run(changes));
      return [message, code, exitCode];
    };

    it('nothing is deployed', async () => {
      aws.lambda
        .on(GetFunctionConfigurationCommand)
        .rejects(serviceError('ResourceNotFoundException', 404, 'Not found'));
      const { code, exitCode, suggestions } = await userErrorOf(() => run());
      expect([code, exitCode]).to.deep.equal(['NOT_DEPLOYED', 2]);
      expect(suggestions).to.deep.equal([
        'Deploy a preset that scans: compliancectl deploy -e dev',
        'Name the region of the stack with --region, if it lies in another one',
        'Report on saved scans with --from-files',
      ]);
    });

    it('the function may not be looked at', async () => {
      aws.lambda
        .on(GetFunctionConfigurationCommand)
        .rejects(serviceError('AccessDeniedException', 403, 'not authorized'));
      expect((await refused())[1]).to.equal('SCANNER_DENIED');
    });

    it('the stack keeps no scans', async () => {
      deployed({});
      expect(await refused()).to.deep.equal([
        'The stack dev keeps no scans: its function compliance-scanner-dev has no bucket.',
        'NO_BUCKET',
        2,
      ]);
    });

    it('the bucket is gone, or denied, or throttled to the end', async () => {
      bucket.fail('ListObjectsV2', serviceError('NoSuchBucket', 404, 'The specified bucket does not exist'), {
        times: 1,
      });
      expect(await refused()).to.deep.equal([
        `There is no bucket any more for the scans in s3://${BUCKET}.`,
        'HISTORY_MISSING',
        3,
      ]);
      bucket.fail('ListObjectsV2', serviceError('AccessDenied', 403, 'Access Denied'), { times: 1 });
      expect(await refused()).to.deep.equal([
        `AWS denied access to the scans in s3://${BUCKET}: Access Denied.`,
        'HISTORY_DENIED',
        3,
      ]);
      bucket.fail('GetObject', serviceError('SlowDown', 503, 'Please reduce your request rate.'), { times: 1 });
      expect(await refused()).to.deep.equal([
        `AWS throttled the reading of the scans in s3://${BUCKET} to the end: Please reduce your request rate.`,
        'HISTORY_UNREADABLE',
        3,
      ]);
      bucket.fail('ListObjectsV2', serviceError('InternalError', 500, 'We encountered an internal error.'), {
        times: 1,
      });
      expect(await refused()).to.deep.equal([
        `The scans in s3://${BUCKET} could not be read: InternalError: We encountered an internal error.`,
        'HISTORY_UNREADABLE',
        3,
      ]);
    });

    it('not one document may be read', async () => {
      bucket.fail('GetObject', serviceError('AccessDenied', 403, 'Access Denied'));
      const [message, code, exitCode] = await refused();
      expect(message).to.match(/^No stored scan could be read\. scans\/v1\/2026-11-18\/.*: Access Denied\.$/);
      expect([code, exitCode]).to.deep.equal(['HISTORY_DENIED', 3]);
    });

    it('a document went away while it was needed', async () => {
      const [key] = HISTORY[3] as [string, Uint8Array];
      bucket.during('GetObject', () => bucket.objects.delete(key), { key });
      expect(await refused()).to.deep.equal([
        `${key} could be read, and then no more: It was deleted before it was read.`,
        'HISTORY_CHANGED',
        3,
      ]);
    });

    it('it was ended', async () => {
      const ending = new AbortController();
      bucket.during('GetObject', () => {
        ending.abort('interrupted');
      });
      bucket.fail('GetObject', Object.assign(new Error('Request aborted'), { name: 'AbortError' }), {
        key: HISTORY[1]?.[0] ?? '',
      });
      const { message, code, exitCode } = await userErrorOf(() => run({}, ending.signal));
      expect([message, code, exitCode]).to.deep.equal(['The report was ended before it was done.', 'INTERRUPTED', 130]);
    });

    it('the flags contradict each other', async () => {
      expect(await refused({ step: 'day' })).to.deep.equal([
        '--step is for reports of the kind trend.',
        'CONTRADICTION',
        2,
      ]);
      expect((await refused({ kind: 'aggregate', from: '2026-11-20' }))[1]).to.equal('CONTRADICTION');
      expect((await refused({ kind: 'aggregate', 'from-files': ['x'] }))[1]).to.equal('CONTRADICTION');
      expect((await refused({ region: 'eu-west-1', 'from-files': ['x'] }))[1]).to.equal('CONTRADICTION');
      expect((await refused({ environment: 'No' }))[1]).to.equal('BAD_ENVIRONMENT_NAME');
    });

    it('a defect of ours stays one', async () => {
      const defect = new TypeError('x is not a function');
      bucket.fail('ListObjectsV2', defect, { times: 1 });
      let thrown: unknown;
      await run().catch((error: unknown) => {
        thrown = error;
      });
      expect(thrown).to.equal(defect);
    });
  });
});

describe('a report from saved scans', () => {
  const folder = temporaryFolder();
  const run = (paths: readonly string[], changes: Partial<ReportFlags> = {}, input?: string) =>
    makeReport(flagsOf({ 'from-files': paths.map((path) => (path === '-' ? path : folder(path))), ...changes }), {
      env: {},
      directory: folder(),
      now: NOW,
      ...(input !== undefined && { stdin: inPieces(Buffer.from(input)) }),
      signal: new AbortController().signal,
    });
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(folder(name)), { recursive: true });
    writeFileSync(folder(name), content);
  };
  const save = (name: string, id: string, time: string, changes: Partial<ScanHead> = {}) => {
    write(name, documentText(scanned(id, time, 50, changes), [named('a')]));
  };
  const idsOf = (report: Report) =>
    report.kind === 'daily' ? report.scans.map(({ scan_id: id }) => id) : [report.kind];
  const refused = async (paths: readonly string[], changes: Partial<ReportFlags> = {}, input?: string) => {
    const { message, code, exitCode } = await userErrorOf(() => run(paths, changes, input));
    return [message.replaceAll(folder(), '/tmp'), code, exitCode];
  };

  it('is on the day of the last one', async () => {
    save('b.json', 'last', '2026-11-03T18:00:00.000Z');
    save('a.json', 'first', '2026-11-03T06:00:00.000Z');
    save('c.json', 'before', '2026-11-02T06:00:00.000Z');
    const { report, notes, exitCode } = await run(['b.json', 'a.json', 'c.json', 'a.json']);
    expect([idsOf(report), notes, exitCode]).to.deep.equal([['first', 'last'], [], 0]);
    expect(report.kind === 'daily' && [report.environment, report.date]).to.deep.equal(['dev', '2026-11-03']);
  });

  it('takes every scan document of a folder, and what lies below it', async () => {
    save('scans/one.json', 'one', '2026-11-03T06:00:00.000Z');
    write('scans/deep/two.json.gz', HISTORY[3]?.[1] ?? '');
    write('scans/notes.txt', 'hello');
    write('scans/.three.json', 'half of a copy');
    const { report } = await run(['scans'], { from: '2026-11-01', to: '2026-11-20' });
    expect([idsOf(report), report.kind === 'daily' && report.skipped]).to.deep.equal([['one', 'four'], []]);
  });

  it('takes the scans of a copy of the bucket alone, and not the reports beside them', async () => {
    for (const [key, bytes] of HISTORY) write(`copy/${key}`, bytes);
    write('copy/reports/2026-11-20.json', '{}');
    write('copy/latest.json', '{}');
    save('other.json', 'other', '2026-11-20T18:00:00.000Z');
    expect(idsOf((await run(['copy'])).report)).to.deep.equal(['three', 'four']);
    const both = await run(['copy', 'other.json']);
    expect([idsOf(both.report), both.exitCode]).to.deep.equal([['three', 'four', 'other'], 0]);
  });

  it('takes standard input too', async () => {
    save('a.json', 'a', '2026-11-03T06:00:00.000Z');
    const input = documentText(scanned('b', '2026-11-03T12:00:00.000Z', 50));
    expect(idsOf((await run(['a.json', '-'], {}, input)).report)).to.deep.equal(['a', 'b']);
  });

  it('is a trend of all there is', async () => {
    save('a.json', 'a', '2026-11-03T06:00:00.000Z');
    save('b.json', 'b', '2026-11-05T06:00:00.000Z');
    const { report } = await run(['a.json', 'b.json'], { kind: 'trend' });
    expect(report.kind === 'trend' && report.points.map(({ date, scan_id: id }) => [date, id])).to.deep.equal([
      ['2026-11-03', 'a'],
      ['2026-11-04', null],
      ['2026-11-05', 'b'],
    ]);
  });

  it('names what is no scan, and goes by the rest', async () => {
    save('a.json', 'a', '2026-11-03T06:00:00.000Z');
    const whole = documentText(scanned('b', '2026-11-03T12:00:00.000Z', 50), [named('x'), named('y')]);
    write('cut.json', whole.slice(0, -10));
    write('newer.json', whole.replace('compliancectl.scan/1', 'compliancectl.scan/2'));
    write('other.json', '{ "name": "compliancectl" }\n');
    for (const kind of ['daily', 'weekly', 'executive'] as const) {
      const { report, exitCode } = await run(['a.json', 'cut.json', 'newer.json', 'other.json'], { kind });
      expect(
        'skipped' in report && report.skipped.map(({ name, reason }) => [name.replace(`${folder()}/`, ''), reason]),
      ).to.deep.equal([
        ['cut.json', 'truncated'],
        ['newer.json', 'newer-schema'],
        ['other.json', 'not-a-scan'],
      ]);
      expect(exitCode).to.equal(4);
    }
  });

  it('is made for a time without scans, and says which there are', async () => {
    save('a.json', 'a', '2026-11-03T06:00:00.000Z');
    const { report, notes, exitCode } = await run(['a.json'], { to: '2026-11-20' });
    expect([report.kind === 'daily' && report.averageCompliancePercentage, notes, exitCode]).to.deep.equal([
      null,
      ['No scan lies in this period; those that there are go from 2026-11-03 06:00 UTC to 2026-11-03 06:00 UTC.'],
      0,
    ]);
  });

  it('is of one environment: the one that is asked for, or the only one', async () => {
    save('a.json', 'a', '2026-11-03T06:00:00.000Z', { environment: 'dev' });
    save('b.json', 'b', '2026-11-03T12:00:00.000Z', { environment: 'prod' });
    expect(await refused(['a.json', 'b.json'])).to.deep.equal([
      'The scans are of 2 environments: dev, prod.',
      'MIXED_ENVIRONMENTS',
      2,
    ]);
    const { report } = await run(['a.json', 'b.json'], { environment: 'prod' });
    expect([idsOf(report), report.kind === 'daily' && report.environment]).to.deep.equal([['b'], 'prod']);
    expect(await refused(['a.json'], { environment: 'test' })).to.deep.equal([
      'No scan is of the environment test: there are those of dev.',
      'NO_SUCH_ENVIRONMENT',
      2,
    ]);
  });

  it('is of one estate: not of two accounts, unless some scan saw both, or they are shards of one', async () => {
    const other = { accounts: ['444455556666'] };
    save('a.json', 'a', '2026-11-03T06:00:00.000Z');
    save('b.json', 'b', '2026-11-03T12:00:00.000Z', other);
    const message =
      'The scans are of estates that have nothing in common: 111122223333/eu-west-1 and 444455556666/eu-west-1.';
    for (const kind of ['daily', 'trend'] as const)
      expect(await refused(['a.json', 'b.json'], { kind })).to.deep.equal([message, 'MIXED_ESTATES', 2]);
    const early = await run(['a.json', 'b.json'], { from: '2026-11-03T12:00:00Z', kind: 'trend' });
    expect(early.report.kind === 'trend' && early.report.scansAnalyzed).to.equal(1);
    save('both.json', 'both', '2026-11-03T18:00:00.000Z', { accounts: ['111122223333', '444455556666'] });
    expect(idsOf((await run(['a.json', 'b.json', 'both.json'])).report)).to.deep.equal(['a', 'b', 'both']);
    save('shard.json', 'a', '2026-11-03T06:00:00.000Z', other);
    expect(idsOf((await run(['a.json', 'shard.json'])).report)).to.deep.equal(['a']);
  });

  describe('says what stands in its way:', () => {
    it('nothing is there', async () => {
      write('empty/notes.txt', 'hello');
      const none = 'No scan document is there: no file whose name ends in .json or .json.gz.';
      expect(await refused(['empty'])).to.deep.equal([none, 'NO_SCANS', 2]);
      expect(await refused(['-'], {}, '')).to.deep.equal([none, 'NO_SCANS', 2]);
      expect(await refused(['missing.json'])).to.deep.equal([
        'There is no file or folder /tmp/missing.json.',
        'CANNOT_READ',
        2,
      ]);
      expect(await refused(['empty/notes.txt/x'])).to.deep.equal([
        '/tmp/empty/notes.txt/x could not be read: ENOTDIR: not a directory.',
        'CANNOT_READ',
        2,
      ]);
    });

    it('nothing of it is a scan', async () => {
      write('package.json', '{ "name": "x" }\n');
      write('later.json', documentText().replace('compliancectl.scan/1', 'compliancectl.scan/2'));
      expect(await refused(['package.json'])).to.deep.equal([
        '/tmp/package.json could not be read as a scan. Not a scan document: it does not begin like one.',
        'BAD_SCAN',
        2,
      ]);
      const { message, suggestions } = await userErrorOf(() => run(['later.json', 'package.json']));
      expect([message.replace(`${folder()}/`, ''), suggestions]).to.deep.equal([
        'later.json could not be read as a scan. The document is of the newer schema compliancectl.scan/2. Nor could 1 other file.',
        ['Use the version of compliancectl that wrote it, or a later one'],
      ]);
    });

    it('standard input is a terminal, or an archive that is cut short', async () => {
      expect(await refused(['-'])).to.deep.equal([
        'Standard input is a terminal: there is nothing to read.',
        'NO_SCANS',
        2,
      ]);
      const [[, archive] = ['', new Uint8Array()]] = HISTORY;
      const { message, code } = await userErrorOf(() =>
        makeReport(flagsOf({ 'from-files': ['-'] }), {
          env: {},
          directory: folder(),
          now: NOW,
          stdin: inPieces(archive.subarray(0, -20)),
          signal: new AbortController().signal,
        }),
      );
      expect([message, code]).to.deep.equal([
        'Standard input could not be read. The archive ends before its end.',
        'BAD_SCAN',
      ]);
    });

    it('it was ended', async () => {
      save('a.json', 'a', '2026-11-03T06:00:00.000Z');
      const { code, exitCode } = await userErrorOf(() =>
        makeReport(flagsOf({ 'from-files': [folder('a.json')] }), {
          env: {},
          directory: folder(),
          now: NOW,
          signal: AbortSignal.abort('interrupted'),
        }),
      );
      expect([code, exitCode]).to.deep.equal(['INTERRUPTED', 130]);
    });
  });
});
