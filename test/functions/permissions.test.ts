import { expect } from 'chai';

import { functionConfiguration } from '../../src/functions/configuration.ts';
import { ON_BEHALF, ON_BEHALF_WITH_KEY, scannerCalls } from '../../src/functions/permissions.ts';

const SINKS = {
  results: { bucket: 'results' },
  history: { table: 'history', store: 'changes' },
  metrics: { sets: ['score'] },
  alerts: { topicArn: 'arn:alerts' },
};

const actionsFor = (config: object) => {
  const text = JSON.stringify({ schema: 'compliancectl.function/1', environment: 'dev', settings: {}, ...config });
  return scannerCalls(functionConfiguration(text, {})).map(({ action }) => action);
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

  it('has a reason for everything that AWS does in its name', () => {
    for (const { action, reason } of [...ON_BEHALF, ...ON_BEHALF_WITH_KEY]) {
      expect(action).to.match(/^[a-z]+:[A-Z]\w+$/);
      expect(reason).to.match(/^[A-Z].+\.$/);
    }
  });
});
