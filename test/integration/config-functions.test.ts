import { expect } from 'chai';

import { functionConfiguration } from '../../src/functions/configuration.ts';
import { evaluatorCalls, processorCalls } from '../../src/functions/permissions.ts';
import { instanceItem } from '../support/config-items.ts';
import { deployFunction, invoke, REGION } from '../support/deployed.ts';
import { runInstances } from '../support/emulated.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS, withMiniStack } from '../support/ministack.ts';
import { createQueue, feed, POLLING } from '../support/queues.ts';
import { BUCKET, createSinks, itemsIn, messagesOf, metricsIn, TABLE, TOPIC } from '../support/scan-sinks.ts';

const RULE = 'ec2-tag-checker-test';
const CONFIG = {
  settings: { select: ['ec2-required-tags'] },
  // Where it is remembered what was told.
  results: { bucket: BUCKET },
  history: { table: TABLE, store: 'changes' },
  metrics: { sets: ['score'] },
  alerts: { topicArn: TOPIC, mode: 'changes' },
  configRules: { rules: { [RULE]: 'ec2-required-tags' } },
};
const configuration = functionConfiguration(
  JSON.stringify({ schema: 'compliancectl.function/1', environment: 'test', ...CONFIG }),
  {},
);
const actionsOf = (calls: readonly { readonly action: string }[]) => calls.map(({ action }) => action);

/** What AWS Config invokes a rule's function with. */
const ruleEvent = (invokingEvent: object) => ({
  version: '1.0',
  invokingEvent: JSON.stringify(invokingEvent),
  ruleParameters: '{}',
  resultToken: 'token-1',
  eventLeftScope: false,
  executionRoleArn: `arn:aws:iam::${MINISTACK_ACCOUNT}:role/config`,
  configRuleArn: `arn:aws:config:${REGION}:${MINISTACK_ACCOUNT}:config-rule/config-rule-1`,
  configRuleName: RULE,
  configRuleId: 'config-rule-1',
  accountId: MINISTACK_ACCOUNT,
});

/** What EventBridge sends of a rule's new verdict. */
const complianceChange = (id: string, resourceId: string, complianceType: string, time: string) => ({
  version: '0',
  id,
  'detail-type': 'Config Rules Compliance Change',
  source: 'aws.config',
  account: MINISTACK_ACCOUNT,
  time,
  region: REGION,
  resources: [],
  detail: {
    resourceId,
    awsRegion: REGION,
    awsAccountId: MINISTACK_ACCOUNT,
    configRuleName: RULE,
    recordVersion: '1.0',
    configRuleARN: `arn:aws:config:${REGION}:${MINISTACK_ACCOUNT}:config-rule/config-rule-1`,
    messageType: 'ComplianceChangeNotification',
    newEvaluationResult: {
      evaluationResultIdentifier: {
        evaluationResultQualifier: { configRuleName: RULE, resourceType: 'AWS::EC2::Instance', resourceId },
        orderingTimestamp: time,
      },
      complianceType,
      resultRecordedTime: time,
      configRuleInvokedTime: time,
      annotation: `Instance ${resourceId} lacks the tag Owner.`,
    },
    notificationCreationTime: time,
    resourceType: 'AWS::EC2::Instance',
  },
});

interface Put {
  readonly ResultToken: string;
  readonly Evaluations: readonly Record<string, unknown>[];
}

// No emulator takes PutEvaluations: the proxy answers it as AWS does.
describe('the functions for AWS Config', function () {
  this.timeout(60_000);
  const ministack = withMiniStack();
  let proxy: FaultProxy;

  before(async () => {
    proxy = await startFaultProxy(ministack().url);
  });
  after(async () => proxy.stop());
  beforeEach(async () => {
    proxy.reset();
    proxy.fail('config:PutEvaluations', { kind: 'answer', body: { FailedEvaluations: [] } });
    await createSinks(ministack().url);
  });

  const deploy = (bundle: string, actions: readonly string[], config: object = CONFIG) =>
    deployFunction(ministack().url, {
      bundle,
      name: `${bundle}-test`,
      config,
      env: { AWS_ENDPOINT_URL: proxy.url },
      actions,
    });
  const puts = () => proxy.bodies('config:PutEvaluations').map((body) => JSON.parse(body) as Put);
  const evaluate = async (event: object) => {
    await deploy('config-evaluator', actionsOf(evaluatorCalls(configuration)));
    return invoke(ministack().url, 'config-evaluator-test', event);
  };

  it('judges what changed, tells AWS Config, stores and alerts', async () => {
    const { url } = ministack();
    const item = {
      ...instanceItem({}, { resourceId: 'i-1', tags: { Environment: 'dev' } }),
      awsAccountId: MINISTACK_ACCOUNT,
      awsRegion: REGION,
    };
    const event = ruleEvent({ messageType: 'ConfigurationItemChangeNotification', configurationItem: item });
    const { answer, error } = await evaluate(event);
    expect({ answer, error }).to.deep.include({ error: undefined });
    expect(answer).to.deep.include({ compliant: 0, non_compliant: 1, put: 1, gaps: 0, complete: true });
    expect(puts()).to.deep.equal([
      {
        ResultToken: 'token-1',
        Evaluations: [
          {
            ComplianceResourceType: 'AWS::EC2::Instance',
            ComplianceResourceId: 'i-1',
            ComplianceType: 'NON_COMPLIANT',
            Annotation: 'Instance i-1 lacks the tags Owner, CostCenter.',
            OrderingTimestamp: Date.parse(item.configurationItemCaptureTime) / 1000,
          },
        ],
      },
    ]);
    expect((await itemsIn(url)).map(({ resource_name: name, status }) => [name, status])).to.deep.equal([
      ['i-1', 'FAIL'],
      ['i-1', 'FAIL'],
    ]);
    expect((await messagesOf(url)).map(({ subject }) => subject)).to.deep.equal([
      '[medium] 1 new finding in test (compliancectl)',
    ]);
  });

  it('judges everything where the rule’s time has come', async () => {
    const { url } = ministack();
    const tags = { Environment: 'test', Owner: 'ada', CostCenter: '42' };
    const [sound = '', bare = ''] = await runInstances(url, REGION, [{ tags }, {}], ROOT_CREDENTIALS);
    const notificationCreationTime = '2026-11-21T06:00:00.000Z';
    const { answer } = await evaluate(
      ruleEvent({ messageType: 'ScheduledNotification', awsAccountId: MINISTACK_ACCOUNT, notificationCreationTime }),
    );
    expect(answer).to.deep.include({ compliant: 1, non_compliant: 1, put: 2 });
    const verdicts = puts().flatMap(({ Evaluations }) =>
      Evaluations.map(({ ComplianceResourceId: id, ComplianceType: type }) => [id, type]),
    );
    expect(verdicts).to.have.deep.members([
      [sound, 'COMPLIANT'],
      [bare, 'NON_COMPLIANT'],
    ]);
    expect(await itemsIn(url)).to.have.length(4);
  });

  it('puts nothing where a schedule starts it, and stores all the same (S2-5)', async () => {
    const { url } = ministack();
    await runInstances(url, REGION, [{}], ROOT_CREDENTIALS);
    const schedule = {
      id: 'schedule-1',
      time: '2026-11-21T06:00:00Z',
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
    };
    const { answer } = await evaluate(schedule);
    expect(answer).to.deep.include({ scan_id: 'schedule-1', complete: true, gaps: 0 });
    expect(puts()).to.deep.equal([]);
    expect(await itemsIn(url)).to.have.length(2);
  });

  it('takes compliance changes from a queue, late and twice ones too', async () => {
    const { url } = ministack();
    const name = await deploy('config-processor', [...actionsOf(processorCalls(configuration)), ...POLLING]);
    const queue = await createQueue(url, 'config-processor-queue-test');
    const failing = complianceChange('change-2', 'i-1', 'NON_COMPLIANT', '2026-11-21T06:00:00.000Z');
    const late = complianceChange('change-1', 'i-1', 'COMPLIANT', '2026-11-21T05:00:00.000Z');
    const other = complianceChange('change-3', 'i-2', 'COMPLIANT', '2026-11-21T06:00:00.000Z');
    for (const event of [failing, failing, late, other]) await queue.send(JSON.stringify(event));
    await feed(url, name, queue);
    await queue.empty();
    queue.close();
    const items = await itemsIn(url);
    expect(items.map(({ resource_name: name, status, scan_id: scan }) => [name, status, scan])).to.deep.equal([
      ['i-1', 'FAIL', 'change-2'],
      ['i-1', 'FAIL', 'change-2'],
      ['i-2', 'PASS', 'change-3'],
      ['i-2', 'PASS', 'change-3'],
    ]);
    expect((await messagesOf(url)).map(({ subject }) => subject)).to.deep.equal([
      '[medium] 1 new finding in test (compliancectl)',
    ]);
    expect(await metricsIn(url)).to.include.members([
      'InfrastructureCompliance/NonCompliantChanges{Category=tagging,Environment=test}',
      'InfrastructureCompliance/CompliantChanges{Environment=test,Severity=medium}',
    ]);
  });
});
