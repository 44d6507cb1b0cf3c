import { expect } from 'chai';

import { functionConfiguration } from '../../src/functions/configuration.ts';
import type { FunctionConfiguration } from '../../src/functions/configuration.ts';
import {
  evaluatorCalls,
  ON_BEHALF,
  ON_BEHALF_WITH_KEY,
  ON_BEHALF_WITH_QUEUE,
  processorCalls,
  remediatorCalls,
  reporterCalls,
  scannerCalls,
} from '../../src/functions/permissions.ts';

const SINKS = {
  results: { bucket: 'results' },
  history: { table: 'history', store: 'changes' },
  metrics: { sets: ['score'] },
  alerts: { topicArn: 'arn:alerts' },
};

type CallsOf = (configuration: FunctionConfiguration) => readonly { readonly action: string }[];

const actionsFor = (config: object, callsOf: CallsOf = scannerCalls) => {
  const text = JSON.stringify({ schema: 'compliancectl.function/1', environment: 'dev', settings: {}, ...config });
  return callsOf(functionConfiguration(text, {})).map(({ action }) => action);
};

describe('what the scanner may do', () => {
  it('is what its rules read, and nothing else, where nothing is told', () => {
    expect(actionsFor({})).to.deep.equal([
      'ec2:DescribeSecurityGroups',
      'ec2:GetManagedPrefixListEntries',
      'ec2:DescribeInstances',
      'ec2:DescribeVolumes',
      'rds:DescribeDBClusters',
      'rds:DescribeDBInstances',
      's3:ListAllMyBuckets',
      's3:GetEncryptionConfiguration',
    ]);
  });

  it('is what its sinks take beside that', () => {
    const settings = { select: ['ec2-required-tags'] };
    expect(actionsFor({ settings, ...SINKS })).to.deep.equal([
      'ec2:DescribeInstances',
      's3:ListBucket',
      's3:GetObject',
      's3:PutObject',
      'dynamodb:BatchGetItem',
      'dynamodb:PutItem',
      'cloudwatch:PutMetricData',
      'sns:Publish',
    ]);
    expect(actionsFor({ settings, history: { table: 'history', store: 'every' } })).to.deep.equal([
      'ec2:DescribeInstances',
      'dynamodb:BatchWriteItem',
    ]);
  });

  it('is entering accounts, where they are entered through roles', () => {
    const accounts = [{ id: '222233334444', roleArn: 'arn:aws:iam::222233334444:role/scan' }];
    expect(actionsFor({ settings: { select: ['ec2-required-tags'], accounts } })).to.deep.equal([
      'sts:AssumeRole',
      'sts:GetCallerIdentity',
      'ec2:DescribeInstances',
    ]);
  });

  it('is reading the secrets of webhooks, where they are kept', () => {
    const settings = (webhooks: readonly object[]) => ({ settings: { select: ['ec2-required-tags'], webhooks } });
    const plain = { name: 'a', kind: 'webhook', url: 'https://example.com' };
    const slack = { name: 'b', kind: 'slack', urlFrom: { ssm: 'slack' } };
    const jira = {
      name: 'c',
      kind: 'jira',
      url: 'https://x.atlassian.net',
      project: 'SEC',
      credentialsFrom: { secret: 'jira' },
    };
    expect(actionsFor(settings([plain]))).to.deep.equal(['ec2:DescribeInstances']);
    expect(actionsFor(settings([slack]))).to.deep.equal(['ec2:DescribeInstances', 'ssm:GetParameter']);
    expect(actionsFor(settings([plain, slack, jira]))).to.deep.equal([
      'ec2:DescribeInstances',
      'ssm:GetParameter',
      'secretsmanager:GetSecretValue',
    ]);
  });

  it('has a reason for everything that AWS does in its name', () => {
    for (const { action, reason } of [...ON_BEHALF, ...ON_BEHALF_WITH_KEY, ...ON_BEHALF_WITH_QUEUE]) {
      expect(action).to.match(/^[a-z]+:[A-Z]\w+$/);
      expect(reason).to.match(/^[A-Z].+\.$/);
    }
  });
});

describe('what the functions for AWS Config may do', () => {
  const settings = { select: ['rds-backup-retention'] };
  const reading = ['rds:DescribeDBClusters', 'rds:DescribeDBInstances'];
  const config = ['config:GetResourceConfigHistory', 'config:PutEvaluations'];

  it('is what their rules read, and Config’s answer', () => {
    expect(actionsFor({ settings }, evaluatorCalls)).to.deep.equal([...reading, ...config]);
    expect(actionsFor({ settings }, processorCalls)).to.deep.equal(['config:GetResourceConfigHistory']);
  });

  it('is what storing and telling takes', () => {
    const telling = [
      'dynamodb:BatchGetItem',
      'dynamodb:PutItem',
      'cloudwatch:PutMetricData',
      'sns:Publish',
      's3:ListBucket',
      's3:PutObject',
    ];
    expect(actionsFor({ settings, ...SINKS }, evaluatorCalls)).to.deep.equal([
      ...actionsFor({ settings, ...SINKS }),
      ...config,
    ]);
    expect(actionsFor({ settings, ...SINKS }, processorCalls)).to.deep.equal([
      'config:GetResourceConfigHistory',
      ...telling,
    ]);
  });

  it('is remembering nothing where nobody is told, or nothing remembers', () => {
    const { alerts, metrics: _, ...quiet } = SINKS;
    expect(actionsFor(quiet, processorCalls)).to.include('dynamodb:PutItem').and.to.not.include('s3:PutObject');
    expect(actionsFor({ alerts }, processorCalls)).to.deep.equal(['config:GetResourceConfigHistory', 'sns:Publish']);
    const every = { history: { table: 'history', store: 'every' } };
    expect(actionsFor(every, processorCalls)).to.deep.equal([
      'config:GetResourceConfigHistory',
      'dynamodb:BatchWriteItem',
    ]);
  });
});

describe('what the remediator may do', () => {
  it('is to read scans, where nothing may be mended', () => {
    expect(actionsFor({}, remediatorCalls)).to.deep.equal(['s3:GetObject']);
  });

  it('is to read what it may mend, and to change it where that is not a dry run', () => {
    const settings = (mode: string) => ({ settings: { remediation: { rules: { 'ec2-required-tags': { mode } } } } });
    const audit = ['s3:PutObject', 's3:GetObject', 's3:ListBucket'];
    expect(actionsFor(settings('dry-run'), remediatorCalls)).to.deep.equal([
      's3:GetObject',
      'ec2:DescribeInstances',
      ...audit,
    ]);
    expect(actionsFor(settings('apply'), remediatorCalls)).to.deep.equal([
      's3:GetObject',
      'ec2:DescribeInstances',
      'ec2:CreateTags',
      'ec2:DeleteTags',
      ...audit,
    ]);
  });
});

describe('what the reporter may do', () => {
  it('is reading scans and storing reports', () => {
    expect(actionsFor({ results: { bucket: 'results' } }, reporterCalls)).to.deep.equal([
      's3:ListBucket',
      's3:GetObject',
      's3:PutObject',
    ]);
  });

  it('is reading the history too, and sending what is to be sent', () => {
    expect(actionsFor({ ...SINKS, reports: { notify: ['weekly'] } }, reporterCalls)).to.deep.equal([
      's3:ListBucket',
      's3:GetObject',
      's3:PutObject',
      'dynamodb:Scan',
      'sns:Publish',
    ]);
    expect(actionsFor({ ...SINKS }, reporterCalls)).not.to.include('sns:Publish');
    expect(actionsFor({ results: SINKS.results, reports: { notify: ['weekly'] } }, reporterCalls)).not.to.include(
      'sns:Publish',
    );
  });

  it('is reading the history and storing reports, where scans are stored nowhere (S2-8)', () => {
    const { history, alerts } = SINKS;
    const config = { history, alerts, reports: { bucket: 'reports', notify: ['weekly'] } };
    expect(actionsFor(config, reporterCalls)).to.deep.equal(['s3:PutObject', 'dynamodb:Scan']);
  });
});
