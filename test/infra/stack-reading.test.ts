import { expect } from 'chai';

import { readableInputs, statementLines } from '../support/stack-reading.ts';

const linesOf = (...Statement: readonly object[]) => statementLines({ Version: '2012-10-17', Statement });

const READ = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::a/*' };

describe('a policy in lines', () => {
  it('has a line for each action on each resource', () => {
    expect(linesOf({ ...READ, Action: ['s3:GetObject', 's3:PutObject'], Resource: ['a', 'b'] })).to.deep.equal([
      's3:GetObject @ a',
      's3:GetObject @ b',
      's3:PutObject @ a',
      's3:PutObject @ b',
    ]);
  });

  it('has who may and who may not, an account however it is written', () => {
    const who = (Principal: unknown, Effect = 'Allow') =>
      linesOf({ Effect, Principal, Action: 'sqs:SendMessage', Resource: 'q' });
    expect(who('*', 'Deny')).to.deep.equal(['deny everyone: sqs:SendMessage @ q']);
    expect(who({ AWS: '*' })).to.deep.equal(['allow everyone: sqs:SendMessage @ q']);
    expect(who({ AWS: '111122223333' })).to.deep.equal(['allow account 111122223333: sqs:SendMessage @ q']);
    expect(who({ AWS: 'arn:aws-cn:iam::111122223333:root' })).to.deep.equal([
      'allow account 111122223333: sqs:SendMessage @ q',
    ]);
    expect(who({ Service: ['a.amazonaws.com', 'b.amazonaws.com'] })).to.deep.equal([
      'allow a.amazonaws.com: sqs:SendMessage @ q',
      'allow b.amazonaws.com: sqs:SendMessage @ q',
    ]);
    expect(who({ AWS: 'arn:aws:iam::111122223333:role/a' })).to.deep.equal([
      'allow AWS arn:aws:iam::111122223333:role/a: sqs:SendMessage @ q',
    ]);
  });

  it('tells a denial from a permission where nobody is named', () => {
    expect(linesOf({ ...READ, Effect: 'Deny' })).to.deep.equal(['deny s3:GetObject @ arn:aws:s3:::a/*']);
  });

  it('has conditions alike that mean the same, and no others', () => {
    const when = (Condition: object) => linesOf({ Effect: 'Allow', Action: 'a:B', Resource: '*', Condition });
    const one = { 'aws:SourceArn': 'arn:x' };
    expect(when({ ArnEquals: one })).to.deep.equal(['a:B @ * if aws:SourceArn = arn:x']);
    expect(when({ ArnLike: one })).to.deep.equal(when({ StringEquals: one }));
    expect(when({ ArnLike: { 'aws:SourceArn': 'arn:*' } })).to.deep.equal(['a:B @ * if aws:SourceArn like arn:*']);
    expect(when({ StringEquals: { 'aws:SourceArn': 'arn:*' } })).to.deep.equal(['a:B @ * if aws:SourceArn = arn:*']);
    expect(when({ Bool: { 'aws:SecureTransport': 'false' } })).to.deep.equal([
      'a:B @ * if aws:SecureTransport is false',
    ]);
    expect(when({ StringEqualsIfExists: one })).to.deep.equal(['a:B @ * if aws:SourceArn StringEqualsIfExists arn:x']);
    expect(when({ StringEquals: { b: ['2', '1'], a: 'x' } })).to.deep.equal(['a:B @ * if a = x and b = 1 or 2']);
  });

  it('shows what it has no words for', () => {
    expect(linesOf({ Effect: 'Allow', Action: 'a:B', NotResource: 'c' })).to.deep.equal(['a:B [NotResource "c"]']);
    expect(linesOf({ Effect: 'Allow', NotAction: 'a:B', Resource: 'c' })).to.deep.equal([
      'no action @ c [NotAction "a:B"]',
    ]);
  });
});

describe('the inputs of a resource, readable', () => {
  it('are a sentence for each rule of a lifecycle, with all that it says', () => {
    const rules = [
      { id: 'a', status: 'Enabled', filter: {}, transitions: [{ days: 90, storageClass: 'GLACIER' }] },
      { id: 'b', status: 'Enabled', filter: { prefix: 'x/' }, expiration: { days: 30 } },
      { id: 'c', status: 'Disabled', prefix: 'y', noncurrentVersionExpiration: { noncurrentDays: 1 } },
      { id: 'd', status: 'Enabled', abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } },
      { id: 'e', status: 'Enabled', filter: { objectSizeLessThan: 5 }, expiration: { days: 1, date: 'today' } },
    ];
    const type = 'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration';
    expect(readableInputs({ type, inputs: { rules } })['rules']).to.deep.equal([
      'a of everything: to GLACIER after 90 days',
      'b of x/: expires after 30 days',
      'c of y: old versions after 1 day (Disabled)',
      'd of everything: unfinished uploads after 7 days',
      'e of everything: expires after 1 day {"objectSizeLessThan":5,"date":"today"}',
    ]);
  });

  it('are the name of a function, be it its ARN', () => {
    const type = 'aws:lambda/permission:Permission';
    const named = (one: string) => readableInputs({ type, inputs: { function: one } })['function'];
    expect(named('scanner-dev')).to.equal('scanner-dev');
    expect(named('arn:aws:lambda:eu-west-1:111122223333:function:scanner-dev')).to.equal('scanner-dev');
  });

  it('are what starts a rule of AWS Config', () => {
    const sourceDetails = [
      { messageType: 'ConfigurationItemChangeNotification', eventSource: 'aws.config' },
      { messageType: 'ScheduledNotification', maximumExecutionFrequency: 'Six_Hours' },
    ];
    const inputs = { source: { owner: 'CUSTOM_LAMBDA', sourceDetails } };
    expect(readableInputs({ type: 'aws:cfg/rule:Rule', inputs })).to.deep.equal({
      source: { owner: 'CUSTOM_LAMBDA' },
      triggers: ['ConfigurationItemChangeNotification', 'ScheduledNotification every Six_Hours'],
    });
  });

  it('are what an input template makes, whatever its spaces', () => {
    const type = 'aws:cloudwatch/eventTarget:EventTarget';
    const made = (inputTemplate: string) =>
      readableInputs({ type, inputs: { inputTransformer: { inputTemplate } } })['inputTransformer'];
    expect(made('{"kind":"weekly","time":<time>}')).to.deep.equal({
      inputTemplate: { kind: 'weekly', time: '<time>' },
    });
    expect(made('{ "kind": "weekly", "time": <time> }')).to.deep.equal(made('{"kind":"weekly","time":<time>}'));
    expect(made('<time> it is')).to.deep.equal({ inputTemplate: '"<time>" it is' });
  });

  describe('of a dashboard', () => {
    const type = 'aws:cloudwatch/dashboard:Dashboard';
    const widgetsOf = (...properties: readonly object[]) =>
      readableInputs({
        type,
        inputs: {
          dashboardBody: JSON.stringify({
            widgets: properties.map((shown) => ({ type: 'metric', properties: shown })),
          }),
        },
      })['widgets'];

    it('are metrics by their dimensions, searches by their terms, and log groups', () => {
      const search = `SEARCH('{My,B,A} MetricName="M" B="b"', 'Average', 300)`;
      const query = `SOURCE '/aws/lambda/a' | SOURCE '/aws/lambda/b' | stats count()`;
      const metrics = [
        ['My', 'M', 'B', 'b', 'A', 'a', { stat: 'Sum', period: 60 }],
        ['.', 'N'],
        [{ expression: search }],
      ];
      expect(
        widgetsOf({ title: 'T', metrics, stat: 'Maximum', view: 'singleValue' }, { title: 'L', query }),
      ).to.deep.equal({
        T: {
          metrics: ['My M[A=a,B=b]', 'My N', 'search My{A,B} B=b MetricName=M'],
          statistics: ['Sum', 'Maximum'],
          periods: [60],
          lines: [],
          logs: [],
          view: 'singleValue',
        },
        L: { metrics: [], statistics: [], periods: [], lines: [], logs: ['/aws/lambda/a', '/aws/lambda/b'] },
      });
    });

    it('lose no widget that has no title, or that of another one', () => {
      expect(Object.keys(widgetsOf({ title: 'T' }, { title: 'T' }, {}) as object)).to.deep.equal([
        'T',
        'T, again',
        'untitled metric 2',
      ]);
    });

    it('are not guessed where a row abbreviates all of the one above', () => {
      expect(() => widgetsOf({ title: 'T', metrics: [['...']] })).to.throw(/write it out/);
    });
  });
});
