import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';

import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';

import { functionConfiguration } from '../../src/functions/configuration.ts';
import { evaluatorCalls, reporterCalls, scannerCalls } from '../../src/functions/permissions.ts';
import type { ReportAnswer } from '../../src/functions/reporter.ts';
import { awsAt, runBuiltCli } from '../support/cli.ts';
import type { CliOptions } from '../support/cli.ts';
import { clientOf, deployFunction, invoke, REGION } from '../support/deployed.ts';
import { runInstances } from '../support/emulated.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { Fault, FaultProxy } from '../support/fault-proxy.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS, withMiniStack } from '../support/ministack.ts';
import type { TimedOutcome } from '../support/process.ts';
import { BUCKET, createSinks, objectsIn, TABLE } from '../support/scan-sinks.ts';
import { head } from '../support/scans.ts';
import { storedDocument } from '../support/stored-scans.ts';
import { temporaryFolder } from '../support/temporary.ts';

const SOUND = { Environment: 'test', Owner: 'ada', CostCenter: '42' };
const CONFIG = {
  settings: { select: ['ec2-required-tags'] },
  results: { bucket: BUCKET, records: true },
  history: { table: TABLE, store: 'every' },
};
const configuration = functionConfiguration(
  JSON.stringify({ schema: 'compliancectl.function/1', environment: 'test', ...CONFIG }),
  {},
);
const WHERE = `${MINISTACK_ACCOUNT}/${REGION}`;

const seen = ({ stdout, stderr, exitCode }: TimedOutcome) => ({ stdout, stderr, exitCode });
const schedule = (id: string, time: string) => ({ id, time, source: 'aws.events', 'detail-type': 'Scheduled Event' });

describe('a report on the scans of a stack', function () {
  this.timeout(120_000);
  const ministack = withMiniStack();
  const path = temporaryFolder();

  const as = ({ accessKeyId = '', secretAccessKey = '' }, url = ministack().url) =>
    awsAt(url, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: REGION });
  const cli = async (args: readonly string[], options: Partial<CliOptions> = {}) =>
    runBuiltCli({ args: ['report', '-e', 'test', ...args], cwd: path(), env: as(ROOT_CREDENTIALS), ...options });
  const deploy = (bundle: string, name: string, calls: readonly { readonly action: string }[]) =>
    deployFunction(ministack().url, {
      bundle,
      name,
      config: CONFIG,
      env: { BUCKET_NAME: BUCKET },
      actions: calls.map(({ action }) => action),
    });
  const run = async (name: string, event: object): Promise<unknown> => {
    const { answer, error } = await invoke(ministack().url, name, event);
    expect(error, JSON.stringify(answer)).to.equal(undefined);
    return answer;
  };
  const scan = (scan_id: string, time: string) => run('compliance-scanner-test', { scan_id, time });

  beforeEach(async () => {
    await createSinks(ministack().url);
    await deploy('scanner', 'compliance-scanner-test', scannerCalls(configuration));
  });

  /** Three scans of two days: an instance without tags comes, and another one. */
  async function threeScans(): Promise<void> {
    const { url } = ministack();
    await runInstances(url, REGION, [{ tags: SOUND }, {}], ROOT_CREDENTIALS);
    await scan('evening', '2026-11-19T18:00:00Z');
    await runInstances(url, REGION, [{ tags: SOUND }, {}], ROOT_CREDENTIALS);
    await scan('morning', '2026-11-20T06:00:00Z');
    await scan('noon', '2026-11-20T12:00:00Z');
  }

  it('is the one that the deployed reporter stores, byte for byte, and so is one from a copy of the bucket', async () => {
    await threeScans();
    await deploy('reporter', 'reporter-test', reporterCalls(configuration));
    for (const kind of ['daily', 'weekly', 'executive']) {
      const { object } = (await run('reporter-test', { kind, date: '2026-11-20' })) as ReportAnswer;
      const objects = await objectsIn(ministack().url);
      for (const [key, text] of Object.entries(objects)) {
        mkdirSync(dirname(path(`copy/${key}`)), { recursive: true });
        writeFileSync(path(`copy/${key}`), key.endsWith('.gz') ? gzipSync(text) : text);
      }
      const expected = { stdout: objects[object.key], stderr: '', exitCode: 0 };
      expect(seen(await cli(['--kind', kind, '--to', '2026-11-20', '--json'])), kind).to.deep.equal(expected);
      const copied = ['--kind', kind, '--from-files', path('copy')];
      expect(seen(await cli(copied, { env: {} })), kind).to.deep.equal(expected);
    }
  });

  it('tells what is new, and goes to several places at once', async () => {
    await threeScans();
    const args = ['--to', '2026-11-20', '-f', 'table', '-f', `csv=${path('x.csv')}`, '-f', `markdown=${path('x.md')}`];
    const { stdout, stderr, exitCode } = await cli(args);
    expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 0 });
    expect(stdout).to.match(
      /^Daily compliance report of test, 2026-11-20 \(UTC\)\n\nThe score is 50\.00 of 100\.\n2 scans; the latest is of 2026-11-20 12:00 UTC\.\nSince 2026-11-19 18:00 UTC: 1 new, 0 resolved, 1 still open\.\n/,
    );
    expect(readFileSync(path('x.csv'), 'utf8').trimEnd().split('\r\n').length).to.equal(3);
    expect(readFileSync(path('x.md'), 'utf8')).to.match(/^## Daily compliance report of test/);
  });

  it('names what is stored and cannot be read, and ends with 4', async () => {
    await threeScans();
    const s3 = new S3Client({ ...clientOf(ministack().url), forcePathStyle: true });
    const [Key, bytes] = storedDocument({ scan_id: 'cut', report_timestamp: '2026-11-20T18:00:00.000Z' });
    try {
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: bytes.subarray(0, -20) }));
    } finally {
      s3.destroy();
    }
    const { stdout, stderr, exitCode } = await cli(['--to', '2026-11-20']);
    expect({ stderr, exitCode }).to.deep.equal({
      stderr: '1 stored scan or result could not be read: the report names them.\n',
      exitCode: 4,
    });
    const { scansAnalyzed, skipped } = JSON.parse(stdout) as { scansAnalyzed: number; skipped: object[] };
    expect([scansAnalyzed, skipped]).to.deep.equal([
      2,
      [{ name: Key, reason: 'truncated', message: 'The archive ends before its end.' }],
    ]);
    expect((await cli(['--to', '2026-11-20', '--allow-incomplete'])).exitCode).to.equal(0);
  });

  it('is a trend over more scans than a page of the bucket lists', async () => {
    const s3 = new S3Client({ ...clientOf(ministack().url), forcePathStyle: true });
    try {
      const keys = Array.from({ length: 1010 }, (_, index) => index);
      for (let start = 0; start < keys.length; start += 50) {
        await Promise.all(
          keys.slice(start, start + 50).map((index) => {
            const report_timestamp = new Date(Date.parse('2026-01-01T00:00:00Z') + index * 21_600_000).toISOString();
            const summary = { ...head().summary, score: index / 20 };
            const [Key, Body] = storedDocument({
              scan_id: `s${index}`,
              report_timestamp,
              environment: 'test',
              summary,
            });
            return s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
          }),
        );
      }
    } finally {
      s3.destroy();
    }
    const args = ['--kind', 'trend', '--step', 'scan', '--from', '2026-01-01', '--to', '2026-12-31'];
    const { stdout, stderr, exitCode } = await cli(args);
    expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 0 });
    const { scansAnalyzed, score, points } = JSON.parse(stdout) as {
      scansAnalyzed: number;
      score: object;
      points: unknown[];
    };
    expect([scansAnalyzed, points.length, score]).to.deep.equal([
      1010,
      1010,
      { first: 0, latest: 50.45, change: 50.45, lowest: 0, highest: 50.45 },
    ]);
  });

  it('is of the history table with --kind aggregate, as the deployed reporter makes it', async () => {
    await deploy('config-evaluator', 'config-evaluator-test', evaluatorCalls(configuration));
    await deploy('reporter', 'reporter-test', reporterCalls(configuration));
    await runInstances(ministack().url, REGION, [{}, { tags: SOUND }], ROOT_CREDENTIALS);
    await run('config-evaluator-test', schedule('six', '2026-11-20T06:00:00Z'));
    await run('config-evaluator-test', schedule('noon', '2026-11-20T12:00:00Z'));
    const { object } = (await run('reporter-test', { kind: 'aggregate', date: '2026-11-20' })) as ReportAnswer;
    const { [object.key]: expected } = await objectsIn(ministack().url);
    const { stdout, exitCode } = await cli(['--kind', 'aggregate', '--to', '2026-11-20', '--json']);
    expect({ stdout, exitCode }).to.deep.equal({ stdout: expected, exitCode: 0 });
    expect(JSON.parse(stdout)).to.have.property('evaluations').with.length(2);
  });

  it('needs these permissions and no others', async () => {
    await threeScans();
    const iam = new IAMClient(clientOf(ministack().url));
    const allowed = async (actions: readonly string[]) => {
      const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }];
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await iam.send(new PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'own', PolicyDocument }));
      return cli(['--to', '2026-11-20'], { env: as(keys) });
    };
    let keys = {};
    try {
      await iam.send(new CreateUserCommand({ UserName: 'ada' }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }));
      keys = { accessKeyId: AccessKey?.AccessKeyId, secretAccessKey: AccessKey?.SecretAccessKey };
      const all = ['sts:GetCallerIdentity', 'lambda:GetFunctionConfiguration', 's3:ListBucket', 's3:GetObject'];
      const { stderr, exitCode } = await allowed(all);
      expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 0 });
      for (const missing of all.slice(1)) {
        const refused = await allowed(all.filter((action) => action !== missing));
        expect([missing, refused.exitCode, refused.stdout]).to.deep.equal([missing, 3, '']);
        expect(refused.stderr, missing).to.include(`Allow ${missing.startsWith('s3:') ? '' : missing}`);
        expect(refused.stderr, missing).to.include(missing);
      }
    } finally {
      iam.destroy();
    }
  });

  it('says that nothing is deployed', async () => {
    expect(seen(await cli([], { args: ['report', '-e', 'other'] }))).to.deep.equal({
      stdout: '',
      stderr: [
        `Error: No scanner is deployed as compliance-scanner-other or config-evaluator-other in ${WHERE}.`,
        '  Deploy a preset that scans: compliancectl deploy -e other',
        '  Name the region of the stack with --region, if it lies in another one',
        '  Report on saved scans with --from-files',
        '',
      ].join('\n'),
      exitCode: 2,
    });
  });

  describe('behind AWS as it fails', () => {
    let proxy: FaultProxy;
    beforeEach(async () => {
      await threeScans();
      proxy = await startFaultProxy(ministack().url);
    });
    afterEach(() => proxy.stop());
    const report = async (options: Partial<CliOptions> = {}) =>
      cli(['--to', '2026-11-20'], { env: { ...as(ROOT_CREDENTIALS, proxy.url), AWS_MAX_ATTEMPTS: '2' }, ...options });

    for (const [why, api, fault, message] of [
      ['denied', 's3:ListObjectsV2', { kind: 'deny' }, /^Error: AWS denied access to the scans in s3:\/\//],
      [
        'throttled to the end',
        's3:GetObject',
        { kind: 'throttle' },
        /^Error: AWS throttled the reading of the scans in s3:\/\//,
      ],
      [
        'malformed',
        's3:ListObjectsV2',
        { kind: 'garble', as: 'empty' },
        /^Error: The scans in s3:\/\/.* could not be read: /,
      ],
      [
        'malformed as a page of HTML',
        's3:ListObjectsV2',
        { kind: 'garble', as: 'html' },
        /^Error: The scans in s3:\/\/.* could not be read: /,
      ],
    ] as const satisfies readonly (readonly [string, string, Fault, RegExp])[]) {
      it(`says that ${api} is ${why}, and reports nothing`, async () => {
        proxy.fail(api, fault);
        const { stdout, stderr, exitCode } = await report();
        expect({ stdout, exitCode }).to.deep.equal({ stdout: '', exitCode: 3 });
        expect(stderr).to.match(message);
      });
    }

    it('reads again what was throttled or cut off once', async () => {
      const whole = seen(await report());
      proxy.reset();
      proxy.fail('s3:ListObjectsV2', { kind: 'throttle' }, { times: 1 });
      proxy.fail('s3:GetObject', { kind: 'cut' }, { times: 1 });
      proxy.fail('s3:GetObject', { kind: 'garble', as: 'truncated' }, { from: 3, times: 1 });
      expect(seen(await report())).to.deep.equal(whole);
    });

    it('takes nothing for a document that came damaged to the end', async () => {
      proxy.fail('s3:GetObject', { kind: 'garble', as: 'truncated' });
      const { stdout, stderr, exitCode } = await report();
      expect({ stdout, exitCode }).to.deep.equal({ stdout: '', exitCode: 3 });
      expect(stderr).to.match(/^Error: The scans in s3:\/\/.* could not be read: Checksum mismatch/);
    });

    it('ends within a second when it is interrupted, and writes nothing', async () => {
      proxy.fail('s3:GetObject', { kind: 'delay', milliseconds: 30_000 });
      const { stdout, stderr, exitCode, endedAfterSignal } = await report({
        signalAfter: proxy.called('s3:GetObject'),
      });
      expect({ stdout, stderr, exitCode }).to.deep.equal({
        stdout: '',
        stderr: 'Error: The report was ended before it was done.\n',
        exitCode: 130,
      });
      expect(endedAfterSignal).to.be.below(1000);
    });
  });
});
