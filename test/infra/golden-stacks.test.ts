import { expect } from 'chai';

import { PRESET_NAMES } from '../../src/config/preset-names.ts';
import { differences, goldenTable, readGoldenTable } from '../support/golden-stacks.ts';
import { KEY_ID } from '../support/pulumi-mocks.ts';
import type { Graph, GraphResource } from '../support/pulumi-mocks.ts';

const EVERY = `
lambda.Function: { name: '{name}', role: '{role:{bare}-role}', layers: ~ }
sqs.Queue: { name: '{name}' }
cloudwatch.MetricAlarm: { name: '{name}', okActions: ~ }
`;

const TABLE = `
preset: tag-events
about: One of each kind.
environment: test
place: { partition: aws, accountId: '111122223333', region: eu-west-1 }
tags: { Environment: test, Owner: team }
outputs: { arn: '{fn:checker}' }
resources:
  The function:
    lambda.Function checker-test:
      by: [S3-2]
      is:
        timeout: 60
        environment: { TABLE: compliance-history-test }
        config: { alerts: { mode: every }, rules: [ec2-required-tags] }
    sqs.Queue checker-queue-test:
      by: [S3-10]
      is:
        visibilityTimeoutSeconds: 360
        redrivePolicy: { deadLetterTargetArn: '{queue:checker-dlq}', maxReceiveCount: 5 }
    sns.Topic alerts-test:
      by: [S0-4]
      is: { kmsMasterKeyId: '{key}', deliveryPolicy: { http: '{any}' } }
alarms:
  errors-test:
    by: [S5]
    when: Sum of AWS/Lambda Errors[FunctionName=checker-test] > 0,
      1 x 300 s, missing notBreaching -> {topic:alerts}
permissions:
  checker-policy-test:
    by: [S3-8]
    role: checker-role-test
    may:
      - ec2:DescribeInstances, ec2:DescribeVolumes @ * if ec2:Region = {region}
      - s3:PutObject @ {bucket:logs}/*
policies:
  sqs.QueuePolicy checker-queue-test-policy:
    by: [every]
    says:
      - 'allow events.amazonaws.com: sqs:SendMessage @ {itself} if aws:SourceArn = {rule:changes}'
      - TLS only
dashboard:
  by: [S3-6]
  name: board-test
  widgets:
    Status: { metrics: ['TagCompliance CompliantInstances[Environment=test]'], statistics: [Sum], lines: [80] }
`;

const EC2_READS = {
  Effect: 'Allow',
  Action: ['ec2:DescribeVolumes', 'ec2:DescribeInstances'],
  Resource: '*',
  Condition: { StringEquals: { 'ec2:Region': 'eu-west-1' } },
};
const PUTS = {
  Effect: 'Allow',
  Action: 's3:PutObject',
  Resource: ['arn:aws:s3:::logs-test-111122223333-eu-west-1-an/*'],
};
const QUEUE_ARN = 'arn:aws:sqs:eu-west-1:111122223333:checker-queue-test';
const SENDS = {
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: QUEUE_ARN,
  Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:events:eu-west-1:111122223333:rule/changes-test' } },
};
const TLS = {
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: 'sqs:*',
  Resource: QUEUE_ARN,
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};

const documentOf = (...statements: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

const boardOf = (...widgets: readonly object[]) =>
  JSON.stringify({ widgets: widgets.map((properties) => ({ type: 'metric', properties })) });

const STATUS = {
  title: 'Status',
  region: 'eu-west-1',
  stat: 'Sum',
  metrics: [['TagCompliance', 'CompliantInstances', 'Environment', 'test', { color: '#2ca02c' }]],
  annotations: { horizontal: [{ value: 80 }] },
};

const configOf = (mode: string) =>
  JSON.stringify({
    schema: 'compliancectl.function/1',
    environment: 'test',
    settings: { select: ['ec2-required-tags'] },
    alerts: { mode },
  });

/** What the table wants, by logical name, as a program would register it. */
const INPUTS: Readonly<Record<string, { readonly type: string; readonly inputs: Readonly<Record<string, unknown>> }>> =
  {
    'checker-test': {
      type: 'aws:lambda/function:Function',
      inputs: {
        name: 'checker-test',
        timeout: 60,
        role: 'arn:aws:iam::111122223333:role/checker-role-test',
        environment: { variables: { TABLE: 'compliance-history-test' } },
        code: { archive: { '.': { path: 'dist/lambda/tag-checker' }, 'config.json': configOf('every') } },
      },
    },
    'checker-queue-test': {
      type: 'aws:sqs/queue:Queue',
      inputs: {
        name: 'checker-queue-test',
        visibilityTimeoutSeconds: 360,
        redrivePolicy: JSON.stringify({
          maxReceiveCount: 5,
          deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:checker-dlq-test',
        }),
      },
    },
    'alerts-test': {
      type: 'aws:sns/topic:Topic',
      inputs: {
        kmsMasterKeyId: `arn:aws:kms:eu-west-1:111122223333:key/${KEY_ID}`,
        deliveryPolicy: '{"http":{"disableSubscriptionOverrides":true}}',
        // Not in the table, which names what matters.
        displayName: 'Compliance',
      },
    },
    'errors-test': {
      type: 'aws:cloudwatch/metricAlarm:MetricAlarm',
      inputs: {
        name: 'errors-test',
        namespace: 'AWS/Lambda',
        metricName: 'Errors',
        dimensions: { FunctionName: 'checker-test' },
        statistic: 'Sum',
        comparisonOperator: 'GreaterThanThreshold',
        threshold: 0,
        period: 300,
        evaluationPeriods: 1,
        treatMissingData: 'notBreaching',
        alarmActions: ['arn:aws:sns:eu-west-1:111122223333:alerts-test'],
        okActions: [],
      },
    },
    'checker-policy-test': {
      type: 'aws:iam/rolePolicy:RolePolicy',
      inputs: { role: 'checker-role-test', policy: documentOf(EC2_READS, PUTS) },
    },
    'checker-queue-test-policy': {
      type: 'aws:sqs/queuePolicy:QueuePolicy',
      inputs: { policy: documentOf(TLS, SENDS) },
    },
    'board-test': {
      type: 'aws:cloudwatch/dashboard:Dashboard',
      inputs: { dashboardName: 'board-test', dashboardBody: boardOf(STATUS) },
    },
  };

const OPTIONS = { protect: false, retainOnDelete: false, ignoreChanges: [] };

const PROVIDER: GraphResource = {
  type: 'pulumi:providers:aws',
  name: 'compliancectl-test',
  inputs: { region: 'eu-west-1', defaultTags: '{"tags":{"Owner":"team","Environment":"test"}}' },
  options: OPTIONS,
};

const OUTPUTS = { arn: 'arn:aws:lambda:eu-west-1:111122223333:function:checker-test' };

/** @param changes inputs that are others, by logical name; `undefined` for a resource that is not there */
function graphWith(changes: Readonly<Record<string, object | undefined>> = {}, over: Partial<Graph> = {}): Graph {
  const resources = Object.entries(INPUTS).flatMap(([name, { type, inputs }]): GraphResource[] =>
    name in changes && changes[name] === undefined
      ? []
      : [{ type, name, inputs: { ...inputs, ...changes[name] }, options: OPTIONS }],
  );
  const component = { type: 'compliancectl:infra:Part', name: 'part', inputs: {}, options: OPTIONS };
  return { resources: [PROVIDER, component, ...resources], outputs: OUTPUTS, ...over };
}

const table = readGoldenTable(TABLE, EVERY);
const found = (changes: Readonly<Record<string, object | undefined>>, over?: Partial<Graph>) =>
  differences(table, graphWith(changes, over));

describe('a graph held against a golden table', () => {
  it('has no difference where it is what the table says', () => {
    expect(found({})).to.deep.equal([]);
  });

  it('differs where a resource is missing, with the requirement that asks for it', () => {
    expect(found({ 'checker-queue-test': undefined })).to.deep.equal([
      'missing: aws:sqs/queue:Queue checker-queue-test (S3-10)',
    ]);
  });

  it('differs where a resource is not in the table, be it of another type or of another name', () => {
    const more = [
      { type: 'aws:sqs/queue:Queue', name: 'alerts-test', inputs: {}, options: OPTIONS },
      { type: 'random:index:Password', name: 'word', inputs: {}, options: OPTIONS },
    ];
    expect(found({}, { resources: [...graphWith().resources, ...more] })).to.deep.equal([
      'not in the table: aws:sqs/queue:Queue alerts-test',
      'not in the table: random:index:Password word',
    ]);
  });

  it('differs where one name is registered twice', () => {
    const { resources } = graphWith();
    const twice = resources.filter(({ name }) => name === 'alerts-test');
    expect(found({}, { resources: [...resources, ...twice] })).to.deep.equal([
      '2 times: aws:sns/topic:Topic alerts-test',
    ]);
  });

  it('differs where a field is another one, or none', () => {
    const topic = 'aws:sns/topic:Topic alerts-test';
    expect(found({ 'checker-test': { timeout: 61 } })).to.deep.equal([
      'aws:lambda/function:Function checker-test: timeout is 61, and should be 60',
    ]);
    expect(found({ 'checker-test': { timeout: '60' } })).to.deep.equal([
      'aws:lambda/function:Function checker-test: timeout is "60", and should be 60',
    ]);
    expect(found({ 'alerts-test': { kmsMasterKeyId: undefined } })).to.deep.equal([
      `${topic}: kmsMasterKeyId is not set, and should be "arn:aws:kms:eu-west-1:111122223333:key/${KEY_ID}"`,
    ]);
    expect(found({ 'alerts-test': { deliveryPolicy: '{}' } })).to.deep.equal([
      `${topic}: deliveryPolicy.http is not set`,
    ]);
  });

  it('differs where a default of every table is not kept', () => {
    expect(found({ 'checker-queue-test': { name: 'queue' } })).to.deep.equal([
      'aws:sqs/queue:Queue checker-queue-test: name is "queue", and should be "checker-queue-test"',
    ]);
    expect(found({ 'checker-test': { layers: ['arn:layer'] } })).to.deep.equal([
      'aws:lambda/function:Function checker-test: layers is ["arn:layer"], and should not be set',
    ]);
  });

  it('differs within a JSON document, either way, and not by the order or the spaces of it', () => {
    const redrive = (document: object) => ({
      'checker-queue-test': { redrivePolicy: JSON.stringify(document, null, 2) },
    });
    const dlq = { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:checker-dlq-test' };
    const path = 'aws:sqs/queue:Queue checker-queue-test: redrivePolicy';
    expect(found(redrive({ ...dlq, maxReceiveCount: 5 }))).to.deep.equal([]);
    expect(found(redrive({ ...dlq, maxReceiveCount: 4 }))).to.deep.equal([
      `${path}.maxReceiveCount is 4, and should be 5`,
    ]);
    expect(found(redrive(dlq))).to.deep.equal([`${path}.maxReceiveCount is not set, and should be 5`]);
    expect(found(redrive({ ...dlq, maxReceiveCount: 5, sourceQueueArns: ['arn:other'] }))).to.deep.equal([
      `${path}.sourceQueueArns is ["arn:other"], and should not be set`,
    ]);
  });

  it('differs where an environment variable is missing, or one too many', () => {
    const path = 'aws:lambda/function:Function checker-test: environment';
    expect(found({ 'checker-test': { environment: { variables: { SECRET: 'x' } } } })).to.deep.equal([
      `${path}.TABLE is not set, and should be "compliance-history-test"`,
      `${path}.SECRET is "x", and should not be set`,
    ]);
  });

  it('differs where a function is told something else', () => {
    const code = { archive: { 'config.json': configOf('changes') } };
    expect(found({ 'checker-test': { code } })).to.deep.equal([
      'aws:lambda/function:Function checker-test: config.alerts.mode is "changes", and should be "every"',
    ]);
    expect(found({ 'checker-test': { code: { archive: {} } } })).to.deep.equal([
      'aws:lambda/function:Function checker-test: config is not set, and should be {"alerts":{"mode":"every"},"rules":["ec2-required-tags"]}',
    ]);
  });

  it('fails where a function is told what it would not start with', () => {
    const code = { archive: { 'config.json': '{"schema":"compliancectl.function/1"}' } };
    expect(() => found({ 'checker-test': { code } })).to.throw(/config\.json is not what a deployment writes/);
  });

  it('differs where a permission is missing, too many, or wider', () => {
    const policy = 'aws:iam/rolePolicy:RolePolicy checker-policy-test: policy';
    const may = (...statements: readonly object[]) =>
      found({ 'checker-policy-test': { policy: documentOf(...statements) } });
    expect(may(EC2_READS)).to.deep.equal([
      `${policy} lacks "s3:PutObject @ arn:aws:s3:::logs-test-111122223333-eu-west-1-an/*"`,
    ]);
    expect(may({ ...EC2_READS, Action: [...EC2_READS.Action, 'ec2:RunInstances'] }, PUTS)).to.deep.equal([
      `${policy} has "ec2:RunInstances @ * if ec2:Region = eu-west-1", and should not`,
    ]);
    expect(may(EC2_READS, { ...PUTS, Resource: '*' })).to.deep.equal([
      `${policy} lacks "s3:PutObject @ arn:aws:s3:::logs-test-111122223333-eu-west-1-an/*"`,
      `${policy} has "s3:PutObject @ *", and should not`,
    ]);
    expect(
      may(
        { ...EC2_READS, Action: 'ec2:DescribeVolumes' },
        { ...EC2_READS, Action: 'ec2:DescribeInstances', Condition: {} },
        PUTS,
      ),
    ).to.deep.equal([
      `${policy} lacks "ec2:DescribeInstances @ * if ec2:Region = eu-west-1"`,
      `${policy} has "ec2:DescribeInstances @ *", and should not`,
    ]);
  });

  it('differs where a resource lets in someone else, or no longer keeps everyone out', () => {
    const policy = 'aws:sqs/queuePolicy:QueuePolicy checker-queue-test-policy: policy';
    const says = (...statements: readonly object[]) =>
      found({ 'checker-queue-test-policy': { policy: documentOf(...statements) } });
    expect(says(SENDS)).to.deep.equal([
      `${policy} lacks "deny everyone: sqs:* @ ${QUEUE_ARN} if aws:SecureTransport is false"`,
    ]);
    expect(says({ ...SENDS, Principal: '*' }, TLS)).to.have.members([
      `${policy} lacks "allow events.amazonaws.com: sqs:SendMessage @ ${QUEUE_ARN} if aws:SourceArn = arn:aws:events:eu-west-1:111122223333:rule/changes-test"`,
      `${policy} has "allow everyone: sqs:SendMessage @ ${QUEUE_ARN} if aws:SourceArn = arn:aws:events:eu-west-1:111122223333:rule/changes-test", and should not`,
    ]);
    expect(says({ ...TLS, Effect: 'Allow' }, SENDS)).to.have.length(2);
  });

  it('differs where an alarm fires otherwise, or tells someone else', () => {
    const wanted =
      'Sum of AWS/Lambda Errors[FunctionName=checker-test] > 0, 1 x 300 s, missing notBreaching -> arn:aws:sns:eu-west-1:111122223333:alerts-test';
    const alarm = 'aws:cloudwatch/metricAlarm:MetricAlarm errors-test';
    const otherwise: readonly (readonly [change: object, from: string, to: string])[] = [
      [{ statistic: 'Maximum' }, 'Sum of', 'Maximum of'],
      [{ metricName: 'Throttles' }, 'Errors', 'Throttles'],
      [{ dimensions: {} }, '[FunctionName=checker-test]', ''],
      [{ comparisonOperator: 'GreaterThanOrEqualToThreshold' }, '> 0', '>= 0'],
      [{ threshold: 1 }, '> 0', '> 1'],
      [{ evaluationPeriods: 2 }, '1 x', '2 x'],
      [{ period: 60 }, '300 s', '60 s'],
      [{ treatMissingData: 'ignore' }, 'notBreaching', 'ignore'],
      [{ alarmActions: [] }, 'arn:aws:sns:eu-west-1:111122223333:alerts-test', ''],
    ];
    for (const [change, from, to] of otherwise) {
      expect(found({ 'errors-test': change })).to.deep.equal([
        `${alarm}: when is ${JSON.stringify(wanted.replace(from, to))}, and should be ${JSON.stringify(wanted)}`,
      ]);
    }
    expect(found({ 'errors-test': { okActions: ['arn:ok'] } })).to.deep.equal([
      `${alarm}: okActions is ["arn:ok"], and should not be set`,
    ]);
  });

  it('differs where a widget is missing, one too many, or shows something else', () => {
    const path = 'aws:cloudwatch/dashboard:Dashboard board-test: widgets';
    const board = (...widgets: readonly object[]) => found({ 'board-test': { dashboardBody: boardOf(...widgets) } });
    const metrics = ['TagCompliance CompliantInstances[Environment=test]'];
    expect(board()).to.deep.equal([
      `${path}.Status is not set, and should be ${JSON.stringify({ metrics, statistics: ['Sum'], lines: [80], logs: [], region: 'eu-west-1' })}`,
    ]);
    expect(board(STATUS, { ...STATUS, title: 'More', metrics: [], stat: undefined, annotations: {} })).to.deep.equal([
      `${path}.More is {"metrics":[],"statistics":[],"periods":[],"lines":[],"logs":[],"region":"eu-west-1"}, and should not be set`,
    ]);
    expect(board({ ...STATUS, region: 'us-east-1', stat: 'Average' })).to.deep.equal([
      `${path}.Status.statistics lacks "Sum"`,
      `${path}.Status.statistics has "Average", and should not`,
      `${path}.Status.region is "us-east-1", and should be "eu-west-1"`,
    ]);
    expect(board({ ...STATUS, metrics: [...STATUS.metrics, ['.', 'Other', '.', '.']] })).to.deep.equal([
      `${path}.Status.metrics has "TagCompliance Other[Environment=test]", and should not`,
    ]);
  });

  it('differs where the provider is another one, tags otherwise, or is not alone', () => {
    const wanted = '{"name":"compliancectl-test","region":"eu-west-1","tags":{"Environment":"test","Owner":"team"}}';
    const rest = graphWith().resources.filter((resource) => resource !== PROVIDER);
    const provider = (inputs: object): GraphResource => ({ ...PROVIDER, inputs: { ...PROVIDER.inputs, ...inputs } });
    expect(
      found({}, { resources: [provider({ defaultTags: '{"tags":{"Environment":"test"}}' }), ...rest] }),
    ).to.deep.equal([
      `providers lacks ${wanted}`,
      'providers has {"name":"compliancectl-test","region":"eu-west-1","tags":{"Environment":"test"}}, and should not',
    ]);
    expect(found({}, { resources: rest })).to.deep.equal([`providers lacks ${wanted}`]);
    expect(found({}, { resources: [PROVIDER, { ...PROVIDER, name: 'default' }, ...rest] })).to.have.length(1);
  });

  it('differs where an output is missing, another one, or one too many', () => {
    expect(found({}, { outputs: { other: 'x' } })).to.deep.equal([
      'outputs.arn is not set, and should be "arn:aws:lambda:eu-west-1:111122223333:function:checker-test"',
      'outputs.other is "x", and should not be set',
    ]);
  });
});

describe('a golden table', () => {
  const reading = (from: string, to: string, every = EVERY) => {
    expect(TABLE).to.include(from);
    return () => readGoldenTable(TABLE.replace(from, to), every);
  };

  it('is read for every preset', () => {
    for (const preset of PRESET_NAMES) expect(goldenTable(preset).preset).to.equal(preset);
  });

  it('has no key that nobody knows', () => {
    expect(reading('about: One', 'abuot: One')).to.throw(/abuot/);
    expect(reading('by: [S3-10]', 'by: [S3-10]\n      iz: {}')).to.throw(/iz/);
    expect(reading('statistics: [Sum]', 'statistic: [Sum]')).to.throw(/statistic/);
    expect(reading('timeout: 60', 'timout: 60')).to.throw('lambda.Function checker-test has no field timout');
    expect(reading('sqs.Queue checker', 'sqs.Queu checker')).to.throw(/not a known type/);
    expect(reading('sns.Topic', 'sns.Topic', `${EVERY}\nsns.Topik: {}`)).to.throw(/not a known type/);
    expect(reading('sns.Topic', 'sns.Topic', `${EVERY}\nsns.Topic: { nme: x }`)).to.throw(/has no field nme/);
  });

  it('names the requirement of each row', () => {
    expect(reading('by: [S3-10]', 'by: []')).to.throw(/too_small/);
    expect(reading('by: [S3-10]', 'by: [S9-1]')).to.throw(/invalid_format/);
  });

  it('has each resource once', () => {
    expect(reading('alarms:\n', 'alarms:\n  errors-test: { by: [S5], when: x }\n')).to.throw(/unique/);
    const again = '  Again:\n    sqs.Queue checker-queue-test: { by: [S5] }\nalarms:\n';
    expect(reading('alarms:\n', again)).to.throw('sqs.Queue checker-queue-test is in the table twice');
  });

  it('has permissions, policies and alarms in sentences that can be read', () => {
    expect(reading('@ {bucket:logs}/*', 'on {bucket:logs}/*')).to.throw(/is not \[allow\|deny WHO:\]/);
    expect(reading('if ec2:Region = {region}', 'if ec2:Region is in {region}')).to.throw(/is not \[allow\|deny WHO:\]/);
    expect(reading('allow events.amazonaws.com: ', 'permit events.amazonaws.com: ')).to.throw(
      /is not \[allow\|deny WHO:\]/,
    );
    expect(reading('missing notBreaching', 'missing maybe')).to.throw(/invalid_format/);
  });

  it('has no abbreviation that stands for nothing', () => {
    expect(reading("'{key}'", "'{kye}'")).to.throw('{kye} stands for nothing');
    expect(reading("'{queue:checker-dlq}'", "'{kew:checker-dlq}'")).to.throw('{kew} stands for nothing');
    expect(reading('s3:PutObject @ {bucket:logs}/*', 's3:PutObject @ {itself}')).to.throw(
      '{itself} stands for nothing',
    );
    expect(reading('- s3:PutObject @ {bucket:logs}/*', '- TLS only')).to.throw('{TLS only} stands for nothing');
  });
});
