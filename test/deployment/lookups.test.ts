/** What is looked up in AWS before and after a deployment: the recorder, the history, the addresses. */
import { ConfigServiceClient, DescribeConfigurationRecordersCommand } from '@aws-sdk/client-config-service';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { storedHistory } from '../../src/deployment/history-kept.ts';
import { pendingEmails } from '../../src/deployment/pending-emails.ts';
import { existingRecorder } from '../../src/deployment/recorder.ts';
import { RECORDED_TYPES } from '../../src/stack/config-parts.ts';
import { serviceError } from '../support/aws-errors.ts';
import { stubbedClients } from '../support/clients.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';

const signal = new AbortController().signal;
const denied = (action: string) =>
  serviceError('AccessDeniedException', 403, `User: arn:aws:iam::1:user/me is not authorized to perform: ${action}`);

describe('the recorder of AWS Config that is there', () => {
  const config = mockClient(ConfigServiceClient);
  const found = () => existingRecorder(stubbedClients(), signal);
  beforeEach(() => {
    config.reset();
  });

  it('is none in a region without one', async () => {
    config.on(DescribeConfigurationRecordersCommand).resolves({ ConfigurationRecorders: [] });
    expect(await found()).to.equal(undefined);
    config.on(DescribeConfigurationRecordersCommand).resolves({});
    expect(await found()).to.equal(undefined);
  });

  it('is not one of AWS’s own services', async () => {
    config.on(DescribeConfigurationRecordersCommand).resolves({
      ConfigurationRecorders: [
        { name: 'AWSConfigurationRecorderForSecurityHub', servicePrincipal: 'securityhub.amazonaws.com' },
      ],
    });
    expect(await found()).to.equal(undefined);
  });

  const GROUPS: readonly [what: string, group: object | undefined, unrecorded: readonly string[]][] = [
    ['everything', { allSupported: true }, []],
    [
      'everything but IAM users',
      { exclusionByResourceTypes: { resourceTypes: ['AWS::IAM::User'] } },
      ['AWS::IAM::User'],
    ],
    [
      'instances and buckets',
      { resourceTypes: ['AWS::EC2::Instance', 'AWS::S3::Bucket'] },
      RECORDED_TYPES.filter((type) => type !== 'AWS::EC2::Instance' && type !== 'AWS::S3::Bucket'),
    ],
    ['nothing that it says', undefined, RECORDED_TYPES],
  ];
  for (const [what, recordingGroup, unrecorded] of GROUPS) {
    it(`lacks what it does not record, where it records ${what}`, async () => {
      const recorder = recordingGroup === undefined ? { name: 'default' } : { name: 'default', recordingGroup };
      config.on(DescribeConfigurationRecordersCommand).resolves({ ConfigurationRecorders: [recorder] });
      expect(await found()).to.deep.equal({ name: 'default', unrecorded });
    });
  }

  it('is asked for before anything is made: where AWS does not say, nothing is', async () => {
    config.on(DescribeConfigurationRecordersCommand).rejects(denied('config:DescribeConfigurationRecorders'));
    expect(await userErrorOf(found)).to.deep.equal({
      code: 'CONFIG_UNREADABLE',
      message:
        'AWS Config did not say whether this region has a recorder: User: arn:aws:iam::1:user/me is not authorized to perform: config:DescribeConfigurationRecorders.',
      suggestions: [
        'Allow config:DescribeConfigurationRecorders',
        'See what deploying needs: compliancectl deploy --print-iam-policy',
      ],
      exitCode: 3,
    });
  });

  it('hides no defect of ours', async () => {
    const defect = new TypeError('x is not a function');
    config.on(DescribeConfigurationRecordersCommand).rejects(defect);
    expect(await thrownBy(found)).to.equal(defect);
  });
});

describe('the history of a stack', () => {
  const s3 = mockClient(S3Client);
  const dynamodb = mockClient(DynamoDBClient);
  const look = () => storedHistory({ buckets: ['results', 'audit'], table: 'history' }, stubbedClients(), signal);
  beforeEach(() => {
    s3.reset();
    dynamodb.reset();
    s3.on(ListObjectVersionsCommand, { Bucket: 'results' }).resolves({
      Versions: [{ Key: 'a' }, { Key: 'b' }],
      DeleteMarkers: [{ Key: 'c' }],
    });
    s3.on(ListObjectVersionsCommand, { Bucket: 'audit' }).resolves({});
    dynamodb.on(DescribeTableCommand).resolves({ Table: { ItemCount: 7 } });
  });

  it('is counted, versions and delete markers too, a page at most', async () => {
    expect(await look()).to.deep.equal([
      { kind: 'bucket', name: 'results', count: 3, more: false },
      { kind: 'bucket', name: 'audit', count: 0, more: false },
      { kind: 'table', name: 'history', count: 7, more: false },
    ]);
    s3.on(ListObjectVersionsCommand, { Bucket: 'results' }).resolves({
      Versions: Array.from({ length: 1000 }, () => ({ Key: 'k' })),
      IsTruncated: true,
    });
    expect((await look())[0]).to.deep.equal({ kind: 'bucket', name: 'results', count: 1000, more: true });
    expect(s3.commandCalls(ListObjectVersionsCommand, { Bucket: 'results' })).to.have.length(2);
  });

  it('is named without a count where AWS does not say', async () => {
    s3.on(ListObjectVersionsCommand, { Bucket: 'results' }).rejects(serviceError('AccessDenied', 403, 'Access Denied'));
    dynamodb.on(DescribeTableCommand).resolves({});
    expect(await look()).to.deep.equal([
      { kind: 'bucket', name: 'results', more: false },
      { kind: 'bucket', name: 'audit', count: 0, more: false },
      { kind: 'table', name: 'history', more: false },
    ]);
  });

  it('is not there where bucket and table are gone', async () => {
    s3.on(ListObjectVersionsCommand).rejects(serviceError('NoSuchBucket', 404, 'The specified bucket does not exist'));
    dynamodb
      .on(DescribeTableCommand)
      .rejects(serviceError('ResourceNotFoundException', 400, 'Requested resource not found'));
    expect(await look()).to.deep.equal([]);
  });

  it('is of buckets alone where there is no table', async () => {
    expect(await storedHistory({ buckets: ['audit'] }, stubbedClients(), signal)).to.deep.equal([
      { kind: 'bucket', name: 'audit', count: 0, more: false },
    ]);
  });

  it('hides no defect of ours', async () => {
    const defect = new TypeError('x is not a function');
    s3.on(ListObjectVersionsCommand).rejects(defect);
    expect(await thrownBy(look)).to.equal(defect);
  });
});

describe('addresses that have not confirmed', () => {
  const sns = mockClient(SNSClient);
  const ask = (...topics: string[]) => pendingEmails(topics, stubbedClients(), signal);
  beforeEach(() => {
    sns.reset();
  });

  it('are found on every page of every topic, each once', async () => {
    const pending = (Endpoint: string) => ({ Protocol: 'email', Endpoint, SubscriptionArn: 'PendingConfirmation' });
    sns.on(ListSubscriptionsByTopicCommand, { TopicArn: 'alerts' }).resolves({
      Subscriptions: [
        pending('a@example.com'),
        { Protocol: 'email', Endpoint: 'b@example.com', SubscriptionArn: 'arn:b' },
      ],
      NextToken: 'more',
    });
    sns.on(ListSubscriptionsByTopicCommand, { TopicArn: 'alerts', NextToken: 'more' }).resolves({
      Subscriptions: [
        pending('c@example.com'),
        { Protocol: 'sqs', Endpoint: 'q', SubscriptionArn: 'PendingConfirmation' },
      ],
    });
    sns
      .on(ListSubscriptionsByTopicCommand, { TopicArn: 'critical' })
      .resolves({ Subscriptions: [pending('a@example.com')] });
    expect(await ask('alerts', 'critical')).to.deep.equal(['a@example.com', 'c@example.com']);
  });

  it('are none where there is no topic, and no call is made', async () => {
    expect(await ask()).to.deep.equal([]);
    expect(sns.calls()).to.have.length(0);
  });

  it('are not known where AWS does not say', async () => {
    sns.on(ListSubscriptionsByTopicCommand).rejects(denied('sns:ListSubscriptionsByTopic'));
    expect(await ask('alerts')).to.equal(undefined);
  });

  it('hide no defect of ours', async () => {
    const defect = new TypeError('x is not a function');
    sns.on(ListSubscriptionsByTopicCommand).rejects(defect);
    expect(await thrownBy(() => ask('alerts'))).to.equal(defect);
  });
});
