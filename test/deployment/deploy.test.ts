import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { ConfigServiceClient, DescribeConfigurationRecordersCommand } from '@aws-sdk/client-config-service';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { Chalk } from 'chalk';
import { expect } from 'chai';

import { deploy } from '../../src/deployment/deploy.ts';
import type { DeployFlags, Surroundings } from '../../src/deployment/deploy.ts';
import { destroy } from '../../src/deployment/destroy.ts';
import type { DestroyFlags } from '../../src/deployment/destroy.ts';
import type { Runner, RunnerRequest } from '../../src/deployment/runner.ts';
import type { StackChange } from '../../src/report/stack-changes.ts';
import { serviceError } from '../support/aws-errors.ts';
import { userErrorOf } from '../support/errors.ts';
import { STACK_ACCOUNT, stackYaml } from '../support/stacks.ts';
import { temporaryFolder } from '../support/temporary.ts';

const CREATE: StackChange = {
  operation: 'create',
  type: 'aws:sns/topic:Topic',
  name: 'compliance-alerts-dev',
  properties: [],
};
const SUBSCRIBE: StackChange = {
  operation: 'create',
  type: 'aws:sns/topicSubscription:TopicSubscription',
  name: 'compliance-alerts-dev-email-1',
  properties: [],
};
const SAME: StackChange = { operation: 'same', type: 'aws:iam/role:Role', name: 'r', properties: [] };
const OUTPUTS = { snsTopicArn: 'arn:aws:sns:us-east-1:111122223333:compliance-alerts-dev', bucketName: 'results' };

describe('deploying and destroying', () => {
  const sts = mockClient(STSClient);
  const sns = mockClient(SNSClient);
  const config = mockClient(ConfigServiceClient);
  const s3 = mockClient(S3Client);
  const dynamodb = mockClient(DynamoDBClient);
  const path = temporaryFolder();

  let told: string;
  let printed: string;
  let asked: string[];
  let done: string[];
  let opened: RunnerRequest[];
  let changes: StackChange[];
  let stored: { type: string; id: string }[];
  let exists: boolean;
  let answer: string;

  beforeEach(() => {
    for (const mock of [sts, sns, config, s3, dynamodb]) mock.reset();
    sts.on(GetCallerIdentityCommand).resolves({ Account: STACK_ACCOUNT, Arn: 'arn:aws:iam::111122223333:user/me' });
    sns.on(ListSubscriptionsByTopicCommand).resolves({ Subscriptions: [] });
    config.on(DescribeConfigurationRecordersCommand).resolves({ ConfigurationRecorders: [] });
    s3.on(ListObjectVersionsCommand).resolves({ Versions: [{ Key: 'a' }] });
    dynamodb.on(DescribeTableCommand).resolves({});
    [told, printed, asked, done, opened, changes, stored, exists, answer] = [
      '',
      '',
      [],
      [],
      [],
      [CREATE, SAME],
      [],
      true,
      'yes',
    ];
    process.env['AWS_ACCESS_KEY_ID'] = 'AKIATEST';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
    writeFileSync(path('compliancectl.yaml'), stackYaml('standard'));
  });
  const before = { ...process.env };
  afterEach(() => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });

  const runner: Runner = {
    exists: async () => exists,
    preview: async () => (done.push('preview'), changes),
    up: async () => (done.push('up'), changes),
    refresh: async () => void done.push('refresh'),
    destroy: async () => (done.push('destroy'), [CREATE]),
    resources: async () => stored,
    outputs: async () => OUTPUTS,
  };

  const surroundings = (over: Partial<Surroundings> = {}): Surroundings => ({
    env: { AWS_REGION: 'us-east-1' },
    directory: path(),
    now: new Date('2026-11-21T12:00:00Z'),
    canAsk: true,
    ask: async (question) => {
      asked.push(question);
      return answer;
    },
    tell: (text) => {
      told += text;
    },
    print: async (text) => {
      printed += text;
    },
    chalk: new Chalk({ level: 0 }),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    openRunner: async (request) => {
      opened.push(request);
      return runner;
    },
    ...over,
  });

  const FLAGS = { environment: 'dev', yes: false, refresh: false, quiet: false, json: false };
  const flagsFor = (over: object) => ({ ...FLAGS, 'outputs-file': path('out/outputs.json'), ...over });
  const deployed = (flags: Partial<DeployFlags> = {}, over: Partial<Surroundings> = {}) =>
    deploy(flagsFor({ preview: false, ...flags }) as DeployFlags, surroundings(over));
  const destroyed = (flags: Partial<DestroyFlags> = {}, over: Partial<Surroundings> = {}) =>
    destroy(flagsFor(flags), { ...surroundings(), ...over });

  describe('deploy', () => {
    it('shows the plan, asks, and deploys', async () => {
      expect(await deployed()).to.equal(0);
      expect(asked).to.deep.equal(['\nType yes to go ahead (1 to create): ']);
      expect(done).to.deep.equal(['preview', 'up']);
      expect(told).to.include(
        'Stack dev (preset standard) in account 111122223333, us-east-1\n1 to create, 1 unchanged\n',
      );
      expect(told).to.include('+ sns.Topic                      compliance-alerts-dev\n');
      expect(printed).to.equal(
        'snsTopicArn  arn:aws:sns:us-east-1:111122223333:compliance-alerts-dev\nbucketName   results\n',
      );
      expect(JSON.parse(readFileSync(path('out/outputs.json'), 'utf8'))).to.deep.equal(OUTPUTS);
      expect(told).to.include('\nDone: 1 created. The outputs are in ');
      expect(told).to.include('It scans every 6 hours. Scan now: compliancectl scan -e dev\n');
    });

    it('changes nothing where the answer is not yes', async () => {
      for (const no of ['no', '', 'y', 'dev']) {
        answer = no;
        expect(await deployed()).to.equal(0);
      }
      expect(done).to.not.include('up');
      expect(told.endsWith('Nothing was changed.\n')).to.equal(true);
      expect(existsSync(path('out/outputs.json'))).to.equal(false);
    });

    it('asks nothing with --yes', async () => {
      expect(await deployed({ yes: true }, { canAsk: false })).to.equal(0);
      expect(asked).to.deep.equal([]);
      expect(done).to.deep.equal(['preview', 'up']);
    });

    it('asks nothing, and still writes the outputs, where nothing differs', async () => {
      changes = [SAME];
      expect(await deployed()).to.equal(0);
      expect(asked).to.deep.equal([]);
      expect(told).to.include('The stack was as it should be.');
      expect(existsSync(path('out/outputs.json'))).to.equal(true);
    });

    it('needs --yes where there is no terminal, before AWS is asked anything', async () => {
      expect(await userErrorOf(() => deployed({}, { canAsk: false }))).to.deep.equal({
        code: 'NO_CONFIRMATION',
        message: 'deploy asks before it changes anything, and there is no terminal to ask at.',
        suggestions: ['Pass --yes to go ahead unasked', 'Pass --preview to see the plan alone'],
        exitCode: 2,
      });
      expect(sts.calls()).to.have.length(0);
    });

    it('changes nothing with --preview, which needs no terminal, and prints the plan', async () => {
      expect(await deployed({ preview: true }, { canAsk: false })).to.equal(0);
      expect(done).to.deep.equal(['preview']);
      expect(printed).to.include('+ sns.Topic');
      expect(existsSync(path('out'))).to.equal(false);
    });

    it('looks first at what is there with --refresh', async () => {
      await deployed({ yes: true, refresh: true });
      expect(done).to.deep.equal(['refresh', 'preview', 'up']);
    });

    it('prints one document with --json', async () => {
      await deployed({ yes: true, json: true });
      expect(JSON.parse(printed)).to.deep.include({
        schema: 'compliancectl.deploy/1',
        environment: 'dev',
        preset: 'standard',
        account_id: STACK_ACCOUNT,
        region: 'us-east-1',
        applied: true,
        changes: [CREATE],
        outputs: OUTPUTS,
        pending_emails: [],
        warnings: [],
      });
    });

    it('prints the plan as a document with --preview --json', async () => {
      await deployed({ preview: true, json: true });
      expect(JSON.parse(printed)).to.deep.include({ applied: false, changes: [CREATE], outputs: {} });
    });

    it('says nothing but the outputs with --quiet --yes', async () => {
      await deployed({ yes: true, quiet: true });
      expect(told).to.equal('');
      expect(printed).to.include('snsTopicArn');
    });

    it('says who has not confirmed, and until when the link holds', async () => {
      changes = [CREATE, SUBSCRIBE];
      sns.on(ListSubscriptionsByTopicCommand).resolves({
        Subscriptions: [
          { Protocol: 'email', Endpoint: 'security@example.com', SubscriptionArn: 'PendingConfirmation' },
        ],
      });
      await deployed({ yes: true });
      expect(told.replaceAll('\n', ' ')).to.include(
        '1 address must confirm before alerts arrive: security@example.com. AWS has sent each a link, good until 2026-11-23T12:00Z.',
      );
      changes = [SAME];
      told = '';
      await deployed({ yes: true });
      expect(told.replaceAll('\n', ' ')).to.include(
        'The link that AWS sent holds 2 days: where it is over, delete the subscription',
      );
    });

    it('says so where AWS does not tell who has confirmed', async () => {
      sns.on(ListSubscriptionsByTopicCommand).rejects(serviceError('AuthorizationError', 403, 'not authorized'));
      await deployed({ yes: true });
      expect(told.replaceAll('\n', ' ')).to.include('allow sns:ListSubscriptionsByTopic.');
    });

    it('asks AWS Config for its recorder only for presets that use it, and adopts it', async () => {
      await deployed({ yes: true });
      expect(config.calls()).to.have.length(0);
      writeFileSync(path('compliancectl.yaml'), stackYaml('config-history'));
      config.on(DescribeConfigurationRecordersCommand).resolves({
        ConfigurationRecorders: [{ name: 'default', recordingGroup: { resourceTypes: ['AWS::EC2::Instance'] } }],
      });
      await deployed({ yes: true });
      expect(opened.at(-1)).to.have.nested.property('spec.config.adopted', 'default');
      expect(told.replaceAll('\n', ' ')).to.include(
        'The recorder default does not record AWS::IAM::Group, AWS::IAM::Policy, AWS::IAM::Role,',
      );
    });

    it('says nothing of what an adopted recorder records', async () => {
      writeFileSync(path('compliancectl.yaml'), stackYaml('config-history'));
      config.on(DescribeConfigurationRecordersCommand).resolves({
        ConfigurationRecorders: [{ name: 'default', recordingGroup: { allSupported: true } }],
      });
      await deployed({ yes: true });
      expect(told).to.not.include('does not record');
    });

    it('takes the backend of the flag, then of PULUMI_BACKEND_URL, then of the settings', async () => {
      writeFileSync(
        path('compliancectl.yaml'),
        `${stackYaml('standard')}backend: s3://settings\nsecretsProvider: awskms://alias/p\n`,
      );
      await deployed(
        { yes: true, backend: 's3://flag' },
        { env: { AWS_REGION: 'us-east-1', PULUMI_BACKEND_URL: 's3://env' } },
      );
      await deployed({ yes: true }, { env: { AWS_REGION: 'us-east-1', PULUMI_BACKEND_URL: 's3://env' } });
      await deployed({ yes: true }, { env: { AWS_REGION: 'us-east-1', PULUMI_BACKEND_URL: '' } });
      expect(opened.map(({ backend, secretsProvider }) => [backend, secretsProvider])).to.deep.equal([
        ['s3://flag', 'awskms://alias/p'],
        ['s3://env', 'awskms://alias/p'],
        ['s3://settings', 'awskms://alias/p'],
      ]);
    });

    it('says where it deploys if nobody chose', async () => {
      process.env['AWS_CONFIG_FILE'] = path('none');
      process.env['AWS_SHARED_CREDENTIALS_FILE'] = path('none');
      try {
        await deployed({ yes: true }, { env: {} });
      } finally {
        delete process.env['AWS_CONFIG_FILE'];
        delete process.env['AWS_SHARED_CREDENTIALS_FILE'];
      }
      expect(told).to.include('No region was given: the stack lies in us-east-1.\n');
    });

    it('stops at a suffix, a preset or a setting that cannot be, before anything is made', async () => {
      expect(await userErrorOf(() => deployed({ environment: 'My Env' }))).to.include({ code: 'BAD_ENVIRONMENT_NAME' });
      writeFileSync(path('compliancectl.yaml'), 'preset: gold\n');
      expect(await userErrorOf(() => deployed())).to.include({ code: 'CONFIG_INVALID' });
      writeFileSync(path('compliancectl.yaml'), 'preset: regulated\n');
      expect(await userErrorOf(() => deployed())).to.include({ code: 'STACK_SETTING' });
      expect(opened).to.deep.equal([]);
    });

    it('stops where the outputs could not be written, before anything is made', async () => {
      writeFileSync(path('out'), 'a file');
      expect(await userErrorOf(() => deployed({ yes: true }))).to.include({ code: 'CANNOT_WRITE' });
      expect(opened).to.deep.equal([]);
    });
  });

  describe('destroy', () => {
    beforeEach(() => {
      answer = 'dev';
      stored = [
        { type: 'pulumi:pulumi:Stack', id: '' },
        { type: 'aws:s3/bucket:Bucket', id: 'results' },
        { type: 'aws:dynamodb/table:Table', id: 'compliance-history-dev' },
        { type: 'aws:kms/key:Key', id: '1234abcd' },
      ];
    });

    it('names what is lost, asks for the name, and deletes', async () => {
      writeFileSync(path('outputs.json'), JSON.stringify(OUTPUTS));
      expect(await destroyed({ 'outputs-file': path('outputs.json') })).to.equal(0);
      expect(told).to.include(
        'Stack dev in account 111122223333, us-east-1: 3 resources to delete\n\nThis history is lost with it:\n  results: 1 object or version\n  compliance-history-dev: AWS does not say how much\n',
      );
      expect(asked).to.deep.equal(['\nThis cannot be undone. Type dev to delete it all: ']);
      expect(done).to.deep.equal(['destroy']);
      expect(told.replaceAll('\n', ' ')).to.include(
        'Stack dev is gone: 1 resource deleted. AWS keeps the key 1234abcd for 7 days before it is gone; meanwhile it costs nothing and can be taken back: aws kms cancel-key-deletion --key-id 1234abcd',
      );
      expect(existsSync(path('outputs.json'))).to.equal(false);
    });

    it('deletes nothing where another name is typed', async () => {
      for (const no of ['yes', '', 'de', 'prod']) {
        answer = no;
        expect(await destroyed()).to.equal(0);
      }
      expect(done).to.deep.equal([]);
      expect(told.endsWith('Nothing was deleted.\n')).to.equal(true);
    });

    it('asks nothing with --yes, and says nothing with --quiet too', async () => {
      expect(await destroyed({ yes: true, quiet: true, refresh: true }, { canAsk: false })).to.equal(0);
      expect(done).to.deep.equal(['refresh', 'destroy']);
      expect([asked, told, printed]).to.deep.equal([[], '', '']);
    });

    it('needs --yes where there is no terminal', async () => {
      expect(await userErrorOf(() => destroyed({}, { canAsk: false }))).to.include({
        code: 'NO_CONFIRMATION',
        exitCode: 2,
      });
    });

    it('has nothing to do where there is no stack', async () => {
      exists = false;
      expect(await destroyed({ yes: true })).to.equal(0);
      expect(told).to.equal('There is no stack dev in account 111122223333, us-east-1: nothing was deleted.\n');
      expect(done).to.deep.equal([]);
      await destroyed({ yes: true, json: true });
      expect(JSON.parse(printed)).to.deep.include({
        existed: false,
        deleted: 0,
        history: [],
        keys_pending_deletion: [],
      });
    });

    it('prints one document with --json', async () => {
      s3.on(ListObjectVersionsCommand).resolves({ Versions: [{}, {}], IsTruncated: true });
      await destroyed({ yes: true, json: true });
      expect(JSON.parse(printed)).to.deep.equal({
        schema: 'compliancectl.destroy/1',
        environment: 'dev',
        account_id: STACK_ACCOUNT,
        region: 'us-east-1',
        existed: true,
        deleted: 1,
        history: [
          { kind: 'bucket', name: 'results', count: 2, more: true },
          { kind: 'table', name: 'compliance-history-dev', count: null, more: false },
        ],
        keys_pending_deletion: ['1234abcd'],
      });
      expect(told).to.include('results: more than 2 objects and versions\n');
    });

    it('says nothing of history where there is none', async () => {
      stored = [{ type: 'aws:sns/topic:Topic', id: 'arn' }];
      await destroyed();
      expect(told).to.include('1 resource to delete\n').and.not.include('history');
    });
  });
});
