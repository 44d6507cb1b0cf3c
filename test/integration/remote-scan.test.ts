import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { expect } from 'chai';

import type { ScanDocument } from '../../src/engine/scan-document.ts';
import { functionConfiguration } from '../../src/functions/configuration.ts';
import { scannerCalls } from '../../src/functions/permissions.ts';
import { awsAt, runCli } from '../support/cli.ts';
import type { CliOptions } from '../support/cli.ts';
import { clientOf, deployFunction, REGION } from '../support/deployed.ts';
import type { Deployment } from '../support/deployed.ts';
import { runInstances } from '../support/emulated.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS, withMiniStack } from '../support/ministack.ts';
import type { TimedOutcome } from '../support/process.ts';
import { BUCKET, createSinks, objectsIn } from '../support/scan-sinks.ts';
import { temporaryFolder } from '../support/temporary.ts';

const SCANNER = 'compliance-scanner-test';
const SETTINGS = { select: ['ec2-required-tags', 'ebs-volumes-encrypted', 's3-bucket-encrypted'] };
const SOUND = { Environment: 'test', Owner: 'ada', CostCenter: '42' };
const WHERE = `${MINISTACK_ACCOUNT}/${REGION}`;

/** A role for the scanner that may do all it declares. */
function actionsFor(config: object, env: NodeJS.ProcessEnv): string[] {
  const text = JSON.stringify({
    schema: 'compliancectl.function/1',
    environment: 'test',
    settings: SETTINGS,
    ...config,
  });
  return [...new Set(scannerCalls(functionConfiguration(text, env)).map(({ action }) => action))];
}

const seen = ({ stdout, stderr, exitCode }: TimedOutcome) => ({ stdout, stderr, exitCode });

/** What differs from one scan of the same estate to the next. */
function sameOf(stdout: string): unknown {
  const { scan_id: _id, report_timestamp: _time, source: _source, ...rest } = JSON.parse(stdout) as ScanDocument;
  return rest;
}

describe('a scan by the deployed scanner', function () {
  this.timeout(60_000);
  const ministack = withMiniStack();
  const path = temporaryFolder();

  /** Where AWS is, and who is asking. */
  const as = (
    {
      accessKeyId = '',
      secretAccessKey = '',
    }: { accessKeyId?: string | undefined; secretAccessKey?: string | undefined },
    url = ministack().url,
  ) => awsAt(url, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: REGION });

  /** The CLI where the settings are those of the function. */
  const cli = async (args: readonly string[], options: Partial<CliOptions> = {}) =>
    runCli({
      args: ['scan', '-e', 'test', ...args],
      cwd: path(),
      env: as(ROOT_CREDENTIALS),
      ...options,
    });
  const deploy = async (changes: Partial<Deployment> = {}) => {
    const { config = {}, env = { BUCKET_NAME: BUCKET } } = changes;
    await deployFunction(ministack().url, {
      bundle: 'scanner',
      name: SCANNER,
      actions: actionsFor(config, env),
      ...changes,
      config: { settings: SETTINGS, ...config },
      env,
    });
  };

  /** The document under a key, as soon as it is there. */
  async function stored(key: string): Promise<unknown> {
    for (let tries = 0; tries < 100; tries += 1) {
      const { [key]: text } = await objectsIn(ministack().url);
      if (text !== undefined) return JSON.parse(text);
      await sleep(100);
    }
    return undefined;
  }

  beforeEach(async () => {
    const { url } = ministack();
    await createSinks(url);
    await runInstances(url, REGION, [{ tags: {} }, { tags: SOUND }], ROOT_CREDENTIALS);
    writeFileSync(join(path(), 'compliancectl.yaml'), `select: [${SETTINGS.select.join(', ')}]\nthreshold: 0\n`);
  });

  it('finds what a scan here finds, byte for byte', async () => {
    await deploy();
    const here = await cli(['--local', '--json']);
    const there = await cli(['--json']);
    expect({ ...seen(there), stdout: sameOf(there.stdout) }).to.deep.equal({
      ...seen(here),
      stdout: sameOf(here.stdout),
    });
    const { source, evaluations, scan_id: id, report_timestamp: time } = JSON.parse(there.stdout) as ScanDocument;
    expect(source).to.equal('lambda');
    expect(evaluations.filter(({ status }) => status === 'FAIL')).to.have.length.greaterThan(2);
    expect(there.stdout.split('  "evaluations"')[1]).to.equal(here.stdout.split('  "evaluations"')[1]);
    expect(Object.keys(await objectsIn(ministack().url))).to.include(
      `scans/v1/${time.slice(0, 10)}/${time}-${id}.json.gz`,
    );
  });

  it('shows it as a scan here is shown, in every format', async () => {
    await deploy();
    const args = ['--include', 'pass', '-f', 'table', '-f', `junit=${path('x.xml')}`, '-f', `sarif=${path('x.sarif')}`];
    const files = () => [path('x.xml'), path('x.sarif')].map((file) => readFileSync(file, 'utf8'));
    const here = await cli(['--local', ...args]);
    const [junit, sarif] = files();
    const there = await cli(args);
    const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z?/g;
    const ID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;
    const timeless = (text = '') => text.replaceAll(TIME, 'TIME').replaceAll(ID, 'ID');
    expect({ ...seen(there), stdout: timeless(there.stdout) }).to.deep.equal({
      stdout: timeless(here.stdout),
      stderr: `Waiting for ${SCANNER} in ${WHERE}\n`,
      exitCode: 0,
    });
    expect(files().map(timeless)).to.deep.equal(
      [junit, sarif].map((text) => timeless(text).replace('"live"', '"lambda"')),
    );
  });

  it('ends with 1 where it falls short of --threshold, --fail-on or the settings here', async () => {
    await deploy();
    const ending = async (...args: readonly string[]) =>
      seen(await cli(['-q', '-f', `json=${path('scan.json')}`, ...args]));
    expect(await ending()).to.deep.equal({ stdout: '', stderr: '', exitCode: 0 });
    expect(await ending('--threshold', '90')).to.deep.include({ exitCode: 1 });
    expect(await ending('--fail-on', 'high')).to.deep.include({ exitCode: 1 });
    expect(await ending('--fail-on', 'critical')).to.deep.include({ exitCode: 0 });
    // What fails now has failed before.
    writeFileSync(path('before.json'), readFileSync(path('scan.json')));
    expect(await ending('--baseline', path('before.json'), '--fail-on', 'new')).to.deep.include({ exitCode: 0 });
    await runInstances(ministack().url, REGION, [{ tags: {} }], ROOT_CREDENTIALS);
    expect(await ending('--baseline', path('before.json'), '--fail-on', 'new')).to.deep.include({ exitCode: 1 });
    writeFileSync(join(path(), 'strict.yaml'), 'threshold: 100\n');
    expect(await ending('--config', 'strict.yaml')).to.deep.include({ exitCode: 1 });
  });

  it('takes the answer itself where the function has no bucket', async () => {
    await deploy({ env: {} });
    const here = await cli(['--local', '--json']);
    const there = await cli(['--json']);
    expect({ ...seen(there), stdout: sameOf(there.stdout) }).to.deep.equal({
      ...seen(here),
      stdout: sameOf(here.stdout),
    });
  });

  it('has the Config evaluator scan where that is what is deployed', async () => {
    await deploy({ bundle: 'config-evaluator', name: 'config-evaluator-test' });
    const here = await cli(['--local', '--json']);
    const there = await cli(['--json']);
    expect({ ...seen(there), stdout: sameOf(there.stdout) }).to.deep.equal({
      ...seen(here),
      stdout: sameOf(here.stdout),
    });
  });

  it('is only asked for with --async, and lies where that says', async () => {
    await deploy();
    const { stdout, stderr, exitCode } = await cli(['--async', '--json']);
    expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 0 });
    const document = JSON.parse(stdout) as { scan_id: string; report_timestamp: string; document: { key: string } };
    const { scan_id: id, report_timestamp: time } = document;
    const key = `scans/v1/${time.slice(0, 10)}/${time}-${id}.json.gz`;
    expect(document).to.deep.equal({
      schema: 'compliancectl.scan-request/1',
      scan_id: id,
      report_timestamp: time,
      environment: 'test',
      function_name: SCANNER,
      function_arn: `arn:aws:lambda:${REGION}:${MINISTACK_ACCOUNT}:function:${SCANNER}`,
      log_group: `/aws/lambda/${SCANNER}`,
      document: { bucket: BUCKET, key },
    });
    expect(await stored(key)).to.deep.include({ scan_id: id, report_timestamp: time, complete: true });
  });

  it('is not there where nothing is deployed, or no scanner is', async () => {
    expect(seen(await cli([]))).to.deep.equal({
      stdout: '',
      stderr: [
        `Error: No scanner is deployed as ${SCANNER} or config-evaluator-test in ${WHERE}.`,
        '  Deploy one: compliancectl deploy -e test',
        '  Run the engine here: compliancectl scan --local',
        '  Name the region of the stack with --region, if it lies in another one',
        '',
      ].join('\n'),
      exitCode: 2,
    });
    await deploy({ bundle: 'tag-checker', name: 'tag-compliance-checker-test' });
    expect(seen(await cli([]))).to.deep.equal({
      stdout: '',
      stderr: [
        `Error: The stack test in ${WHERE} has no scanner: its function tag-compliance-checker-test looks at the tags of instances as they change.`,
        '  Run the engine here: compliancectl scan --local',
        '  Deploy a preset that scans, such as standard',
        '',
      ].join('\n'),
      exitCode: 2,
    });
  });

  it('says why the function failed, and where to look', async () => {
    await deploy({ actions: ['sts:GetCallerIdentity'] });
    const { stdout, stderr, exitCode } = await cli(['-q']);
    expect({ stdout, exitCode }).to.deep.equal({ stdout: '', exitCode: 3 });
    const [error = '', hint = ''] = stderr.split('\n');
    expect(error.startsWith(`Error: ${SCANNER} failed: `)).to.equal(true);
    expect(hint).to.equal(`  Its log group says more: aws logs tail /aws/lambda/${SCANNER} --region ${REGION}`);
  });

  describe('for a user who may not do everything', () => {
    /** Runs the CLI as a user with these permissions. */
    async function allowed(actions: readonly string[], args: readonly string[] = ['-q']) {
      const { url } = ministack();
      const iam = new IAMClient(clientOf(url));
      try {
        await iam.send(new CreateUserCommand({ UserName: 'ada' }));
        const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }];
        const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
        await iam.send(new PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'own', PolicyDocument }));
        const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }));
        const keys = { accessKeyId: AccessKey?.AccessKeyId, secretAccessKey: AccessKey?.SecretAccessKey };
        return await cli(args, { env: as(keys) });
      } finally {
        iam.destroy();
      }
    }
    const ALL = ['sts:GetCallerIdentity', 'lambda:GetFunctionConfiguration', 'lambda:InvokeFunction', 's3:GetObject'];
    const without = (action: string) => ALL.filter((one) => one !== action);

    it('needs these permissions and no others', async () => {
      await deploy();
      expect(seen(await allowed(ALL, ['-q', '-f', `json=${path('scan.json')}`]))).to.deep.equal({
        stdout: '',
        stderr: '',
        exitCode: 0,
      });
    });

    for (const action of ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction']) {
      it(`names what is missing: ${action}`, async () => {
        await deploy();
        const { stdout, stderr, exitCode } = await allowed(without(action));
        expect({ stdout, exitCode }).to.deep.equal({ stdout: '', exitCode: 3 });
        const [error = '', hint = ''] = stderr.split('\n');
        expect(error.startsWith(`Error: AWS denied ${action} on ${SCANNER}: `)).to.equal(true);
        expect(hint).to.equal(`  Allow ${action} on arn:aws:lambda:${REGION}:${MINISTACK_ACCOUNT}:function:${SCANNER}`);
      });
    }

    it('names what is missing for the document, and what the scan came to: s3:GetObject', async () => {
      await deploy();
      const { stdout, stderr, exitCode } = await allowed(without('s3:GetObject'));
      expect({ stdout, exitCode }).to.deep.equal({ stdout: '', exitCode: 3 });
      expect(stderr).to.match(
        new RegExp(`^Error: AWS denied s3:GetObject on s3://${BUCKET}/scans/v1/.*The scan was made: score .*FAIL`),
      );
    });
  });

  it('is one scan, though the network cuts its answer off and the function is called again', async () => {
    const { url } = ministack();
    const proxy = await startFaultProxy(url);
    const INVOKE = `lambda:/2015-03-31/functions/${SCANNER}/invocations`;
    try {
      await deploy();
      proxy.fail(INVOKE, { kind: 'cut' }, { times: 1 });
      const { stdout, stderr, exitCode } = await cli(['--json'], { env: as(ROOT_CREDENTIALS, proxy.url) });
      expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 0 });
      expect(proxy.calls(INVOKE)).to.equal(2);
      const { scan_id: id, report_timestamp: time } = JSON.parse(stdout) as ScanDocument;
      const documents = Object.keys(await objectsIn(url)).filter((key) => key.startsWith('scans/'));
      expect(documents).to.deep.equal([`scans/v1/${time.slice(0, 10)}/${time}-${id}.json.gz`]);
    } finally {
      await proxy.stop();
    }
  });

  it('goes on in AWS where the waiting is ended', async () => {
    const { url } = ministack();
    const proxy = await startFaultProxy(url);
    try {
      proxy.fail('ec2:DescribeInstances', { kind: 'delay', milliseconds: 1500 });
      await deploy({ env: { BUCKET_NAME: BUCKET, AWS_ENDPOINT_URL: proxy.url } });
      const begun = proxy.called('ec2:DescribeInstances');
      const { stdout, stderr, exitCode, endedAfterSignal } = await cli(['-q'], { signalAfter: begun });
      expect({ stdout, exitCode }).to.deep.equal({ stdout: '', exitCode: 130 });
      expect(stderr).to.match(
        /^Error: The waiting was ended. A scan that has begun goes on in AWS, as [\da-f-]{36}\.\n/,
      );
      expect(endedAfterSignal).to.be.lessThan(1000);
      const [, key = ''] = new RegExp(`Its document will be s3://${BUCKET}/(\\S+)`).exec(stderr) ?? [];
      expect(await stored(key)).to.deep.include({ complete: true });
    } finally {
      await proxy.stop();
    }
  });

  it('is found in the region that is named', async () => {
    await deploy();
    const elsewhere = await cli(['-q', '-r', 'eu-west-1']);
    expect(elsewhere.stderr.split('\n')[0]).to.equal(
      `Error: No scanner is deployed as ${SCANNER} or config-evaluator-test in ${MINISTACK_ACCOUNT}/eu-west-1.`,
    );
    expect(elsewhere.exitCode).to.equal(2);
  });
});
