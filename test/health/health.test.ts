/** The entry: settings in, every part looked at, a document out; here with AWS answering nothing, or refusing all. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ConfigServiceClient, DescribeConfigurationRecordersCommand } from '@aws-sdk/client-config-service';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { Chalk } from 'chalk';
import { expect } from 'chai';

import { examine, health } from '../../src/health/health.ts';
import type { HealthRequest } from '../../src/health/health.ts';
import type { HealthDocument } from '../../src/report/health.ts';
import { serviceError } from '../support/aws-errors.ts';
import { stubbedClients } from '../support/clients.ts';
import { userErrorOf } from '../support/errors.ts';
import { settingsFrom, stackYaml } from '../support/stacks.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const REFUSED = serviceError('AccessDeniedException', 403, 'No.');

describe('the health report', () => {
  const sts = mockClient(STSClient);
  const config = mockClient(ConfigServiceClient);
  const services = [
    config,
    mockClient(CloudWatchClient),
    mockClient(CloudWatchLogsClient),
    mockClient(DynamoDBClient),
    mockClient(EventBridgeClient),
    mockClient(IAMClient),
    mockClient(KMSClient),
    mockClient(LambdaClient),
    mockClient(S3Client),
    mockClient(SNSClient),
    mockClient(SQSClient),
  ];
  const restore = () => {
    for (const client of [sts, ...services]) client.restore();
  };
  // Whole classes are mocked, and only while these tests run: `reset` wraps them anew.
  restore();
  after(restore);
  let folder = '';
  let told = '';
  let printed = '';
  let interrupted = new AbortController();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'compliancectl-test-'));
    told = '';
    printed = '';
    interrupted = new AbortController();
    sts.reset();
    sts.on(GetCallerIdentityCommand).resolves({ Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/ada' });
    for (const service of services) {
      service.reset();
      service.rejects(REFUSED);
    }
    writeFileSync(join(folder, 'compliancectl.yaml'), stackYaml('tag-events'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (request: Partial<HealthRequest> = {}) =>
    health(
      { environment: 'test', format: 'table', quiet: false, file: join(folder, 'health.json'), ...request },
      {
        env: { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret', AWS_MAX_ATTEMPTS: '1' },
        directory: folder,
        now: NOW,
        tell: (text) => {
          told += text;
        },
        print: async (text) => {
          printed += text;
        },
        chalk: new Chalk({ level: 0 }),
        signal: interrupted.signal,
      },
    );
  const written = () => JSON.parse(readFileSync(join(folder, 'health.json'), 'utf8')) as HealthDocument;

  it('is unknown, and ends with 3, where AWS refuses everything', async () => {
    expect(await run()).to.equal(3);
    const { summary, gaps } = written();
    expect(summary).to.include({ total_issues: 0, healthy: 0, unknown: summary.parts });
    expect(gaps.every(({ reason }) => reason === 'denied')).to.equal(true);
    expect(printed).to.include('Nothing is wrong with what could be read.');
    expect(told).to.equal(
      `No region was given: the stack lies in us-east-1.\nThe whole of it is in ${join(folder, 'health.json')}.\n`,
    );
  });

  it('says on standard output what it writes, under --json, and nothing beside it', async () => {
    await run({ format: 'json', quiet: true });
    expect(JSON.parse(printed)).to.deep.equal(written());
    expect(told).to.equal('');
  });

  it('adds to a job’s summary', async () => {
    const summaryFile = join(folder, 'summary.md');
    await run({ summaryFile, format: 'markdown' });
    expect(readFileSync(summaryFile, 'utf8')).to.equal(printed);
    expect(printed).to.match(/^## Health of stack test: 0 issues\n/);
  });

  it('leaves the file as it was, and ends with 130, when it is interrupted', async () => {
    writeFileSync(join(folder, 'health.json'), 'before');
    sts.on(GetCallerIdentityCommand).callsFake(async () => {
      interrupted.abort();
      return { Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/ada' };
    });
    expect(await run({ quiet: true })).to.equal(130);
    expect(readFileSync(join(folder, 'health.json'), 'utf8')).to.equal('before');
    expect({ printed, told }).to.deep.equal({ printed: '', told: 'Interrupted: nothing was written.\n' });
  });

  it('prints the policy without a call, for an account that it does not know yet', async () => {
    expect(await run({ printIamPolicy: true, region: 'eu-west-1' })).to.equal(0);
    expect(printed).to.include('"arn:*:sns:eu-west-1:*:compliance-alerts-test"');
    expect(sts.calls()).to.have.length(0);
    expect(readdirSync(folder)).to.deep.equal(['compliancectl.yaml']);
  });

  it('asks nothing of AWS where the file could not be written, or no environment is named', async () => {
    expect(await userErrorOf(() => run({ file: join(folder, 'nowhere/health.json') }))).to.include({
      code: 'CANNOT_WRITE',
      exitCode: 2,
    });
    expect(await userErrorOf(() => run({ environment: undefined }))).to.include({
      code: 'NO_ENVIRONMENT',
      exitCode: 2,
    });
    expect(sts.calls()).to.have.length(0);
  });

  it('names the settings and the region in the command that mends', async () => {
    const file = join(folder, 'my settings.yaml');
    writeFileSync(file, stackYaml('tag-events'));
    for (const service of services) service.rejects(serviceError('NoSuchBucket', 404, 'None.'));
    expect(await run({ config: file, region: 'eu-west-1' })).to.equal(1);
    expect(written().issues.map(({ check, command }) => ({ check, command }))).to.deep.equal([
      {
        check: 'bucket-missing',
        command: `compliancectl deploy -e test --config '${file}' --region eu-west-1 --refresh`,
      },
    ]);
  });

  describe('of a stack with AWS Config', () => {
    const partsWith = async (recorders: object[]) => {
      config.on(DescribeConfigurationRecordersCommand).resolves({ ConfigurationRecorders: recorders });
      const { parts } = await examine({
        environment: 'test',
        place: { partition: 'aws', accountId: '111122223333', region: 'us-east-1' },
        loaded: settingsFrom(stackYaml('config-history')),
        clients: stubbedClients('us-east-1'),
        now: NOW,
        signal: interrupted.signal,
        redeploy: { remedy: 'Deploy.' },
      });
      return parts.filter(({ kind }) => kind.startsWith('config-') && kind !== 'config-rule');
    };

    it('looks at the recorder that the account had, and at no channel of its own', async () => {
      expect(await partsWith([{ name: 'default' }])).to.deep.equal([
        { kind: 'config-recorder', name: 'default', status: 'unknown' },
      ]);
    });

    it('misses its own where the account has none', async () => {
      expect(await partsWith([])).to.deep.equal([
        { kind: 'config-recorder', name: 'config-recorder-test', status: 'missing' },
        { kind: 'config-delivery-channel', name: 'config-delivery-channel-test', status: 'unknown' },
      ]);
    });
  });
});
