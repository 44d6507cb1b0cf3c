import { expect } from 'chai';

import { buildStack } from '../../src/infra/program.ts';
import type { StackSpec } from '../../src/stack/spec.ts';
import { thrownBy } from '../support/errors.ts';
import { graphOf } from './component-graph.ts';
import type { Graph } from './component-graph.ts';
import {
  ALERTS_ARN,
  DECRYPTS,
  alarmSpec,
  bareStack,
  bucketSpec,
  configRuleSpec,
  decryptsText,
  fullStack,
  functionSpec,
  recorderSpec,
  scheduleSpec,
} from './sample-parts.ts';

const graphFor = async (spec: StackSpec): Promise<Graph> =>
  await graphOf(() => buildStack(spec, { bundles: '/dist/lambda' }));

const LAMBDA = 'aws:lambda/function:Function';

const refusalOf = async (spec: StackSpec): Promise<unknown> => await thrownBy(async () => await graphFor(spec));

describe('buildStack', () => {
  it('declares nothing but the provider for a stack without parts', async () => {
    const { declared } = await graphFor(bareStack());
    expect(declared.map(({ type, name }) => `${type} ${name}`)).to.deep.equal([
      'pulumi:providers:aws compliancectl-test',
    ]);
  });

  it('declares every part of a full stack once', async () => {
    const { declared } = await graphFor(fullStack());
    const labels = declared.map(({ type, name }) => `${type} ${name}`);
    expect(new Set(labels).size).to.equal(labels.length);
    const own = labels.filter((label) => label.startsWith('compliancectl:infra:'));
    expect(own.map((label) => label.replace('compliancectl:infra:', '')).toSorted()).to.deep.equal(
      [
        'AlertTopic alerts-test',
        'Alarms compliance-alarms-test',
        'ComplianceBucket results-test',
        'ComplianceFunction aggregator-test',
        'ComplianceFunction checker-test',
        'ComplianceFunction evaluator-test',
        'ConfigAggregator config-aggregator-test',
        'ConfigRecorder config-recorder-test',
        'ConfigRules config-rules-test',
        'Dashboard dashboard-test',
        'EncryptionKey compliance-key-test',
        'Events state-change-test',
        'HistoryTable history-test',
        'MessageQueue aggregator-dlq-test',
        'MessageQueue checker-dlq-test',
        'MessageQueue checker-queue-test',
        'MessageQueue evaluator-dlq-test',
        'Schedule evaluator-schedule-test',
        'ServiceRole aggregator-role-test',
        'ServiceRole checker-role-test',
        'ServiceRole config-role-test',
        'ServiceRole evaluator-role-test',
      ].toSorted(),
    );
  });

  it('makes every resource with the one provider, below a component, and keeps none when the stack goes', async () => {
    const { declared } = await graphFor(fullStack());
    const resources = declared.filter(({ type }) => type.startsWith('aws:'));
    expect(resources).not.to.be.empty;
    for (const { name, provider, parent, kept } of resources) {
      expect({ name, provider, kept }).to.deep.equal({ name, provider: 'compliancectl-test', kept: false });
      expect(parent, name).to.match(/^compliancectl:infra:/);
    }
  });

  it('hands the key’s ARN to all that names it', async () => {
    const { one } = await graphFor(fullStack());
    const arn = 'arn of compliance-key-test';
    expect(one('aws:sns/topic:Topic').inputs['kmsMasterKeyId']).to.equal(arn);
    expect(
      one('aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration').inputs['rules'],
    ).to.have.deep.nested.property('[0].applyServerSideEncryptionByDefault.kmsMasterKeyId', arn);
    expect(one('aws:iam/rolePolicy:RolePolicy', 'evaluator-role-test-policy').inputs['policy']).to.equal(
      decryptsText(arn),
    );
  });

  it('hands the key’s ARN to the recorder’s role', async () => {
    const role = { ...recorderSpec.role, policy: [DECRYPTS] };
    const { one } = await graphFor(fullStack({ config: { recorder: { ...recorderSpec, role }, rules: [] } }));
    expect(one('aws:iam/rolePolicy:RolePolicy', 'config-role-test-policy').inputs['policy']).to.equal(
      decryptsText('arn of compliance-key-test'),
    );
  });

  it('makes functions once there is what they use, and what starts them after them', async () => {
    const { waits } = await graphFor(fullStack());
    for (const [after, before] of [
      [`${LAMBDA} checker-test`, 'aws:s3/bucketPolicy:BucketPolicy results-test-policy'],
      [`${LAMBDA} checker-test`, 'aws:sns/topicPolicy:TopicPolicy alerts-test-policy'],
      [`${LAMBDA} checker-test`, 'aws:dynamodb/table:Table history-test'],
      [`${LAMBDA} aggregator-test`, 'aws:kms/key:Key compliance-key-test'],
      ['aws:cloudwatch/eventTarget:EventTarget evaluator-schedule-test-target', `${LAMBDA} evaluator-test`],
      ['aws:cloudwatch/eventTarget:EventTarget state-change-test-target', `${LAMBDA} checker-test`],
      ['aws:cloudwatch/metricAlarm:MetricAlarm score-low-test', 'aws:sns/topic:Topic alerts-test'],
    ] as const) {
      expect(waits(after, before), `${after} after ${before}`).to.equal(true);
    }
  });

  it('makes a function whose successes go on after the one that they go to', async () => {
    const { waits } = await graphFor(fullStack());
    const invokeConfig = 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig evaluator-test-on-success';
    expect(waits(invokeConfig, `${LAMBDA} aggregator-test`)).to.equal(true);
    expect(waits(`${LAMBDA} aggregator-test`, `${LAMBDA} evaluator-test`)).to.equal(false);
  });

  it('adds Config’s rules once it records and may ask', async () => {
    const { waits } = await graphFor(fullStack());
    const rule = 'aws:cfg/rule:Rule tag-checker-test';
    for (const before of [
      'aws:cfg/recorderStatus:RecorderStatus config-recorder-test-status',
      'aws:lambda/permission:Permission evaluator-test-config',
    ]) {
      expect(waits(rule, before), before).to.equal(true);
    }
  });

  it('leaves a recorder alone that the account has already', async () => {
    const config = { adopted: 'default', rules: [configRuleSpec('evaluator')] };
    const { names } = await graphFor(fullStack({ config }));
    expect(names('aws:cfg/rule:Rule')).to.deep.equal(['tag-checker-test']);
    for (const type of [
      'aws:cfg/recorder:Recorder',
      'aws:cfg/recorderStatus:RecorderStatus',
      'aws:cfg/deliveryChannel:DeliveryChannel',
      'aws:cfg/configurationAggregator:ConfigurationAggregator',
    ]) {
      expect(names(type), type).to.deep.equal([]);
    }
  });

  it('gives the stack’s outputs', async () => {
    let outputs: StackSpec['outputs'] = {};
    await graphOf(() => {
      outputs = buildStack(fullStack(), { bundles: '/dist/lambda' });
    });
    expect(outputs).to.deep.equal({ snsTopicArn: ALERTS_ARN });
  });

  it('asks an emulator where it is given one', async () => {
    const { one } = await graphOf(() =>
      buildStack(bareStack(), { bundles: '/dist/lambda', endpoint: 'http://127.0.0.1:5000' }),
    );
    expect(one('pulumi:providers:aws').inputs['endpoints']).to.contain('"iam":"http://127.0.0.1:5000"');
  });

  it('makes alarms that tell nobody', async () => {
    const { one } = await graphFor(bareStack({ alarms: [{ ...alarmSpec, actions: [] }] }));
    expect(one('aws:cloudwatch/metricAlarm:MetricAlarm').inputs['alarmActions']).to.deep.equal([]);
  });

  it('refuses a schedule of a function that is not there', async () => {
    const spec = bareStack({ functions: [functionSpec('scanner')], schedules: [scheduleSpec('reporter')] });
    expect(await refusalOf(spec)).to.have.property(
      'message',
      'The stack has no reporter-test, and a part of it needs one.',
    );
  });

  it('refuses a recorder without its bucket', async () => {
    const spec = bareStack({ buckets: [bucketSpec({ name: 'other' })], config: { recorder: recorderSpec, rules: [] } });
    expect(await refusalOf(spec)).to.have.property(
      'message',
      `The stack has no ${recorderSpec.bucket}, and a part of it needs one.`,
    );
  });
});
