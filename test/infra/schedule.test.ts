import { expect } from 'chai';

import { ComplianceFunction } from '../../src/infra/compliance-function.ts';
import { Schedule } from '../../src/infra/schedule.ts';
import type { FunctionSpec, TargetSpec } from '../../src/stack/spec.ts';
import { graphOf } from './component-graph.ts';
import type { Graph } from './component-graph.ts';
import { ACCOUNT, functionSpec, scheduleSpec } from './sample-parts.ts';

const RULE = 'aws:cloudwatch/eventRule:EventRule';
const TARGET = 'aws:cloudwatch/eventTarget:EventTarget';

async function graphFor(over: Partial<TargetSpec> = {}, own: Partial<FunctionSpec> = {}): Promise<Graph> {
  return await graphOf(() => {
    const spec = functionSpec('scanner', own);
    const target = new ComplianceFunction({ spec, accountId: ACCOUNT, bundles: '/dist/lambda' });
    return new Schedule({ spec: scheduleSpec('scanner', over), target });
  });
}

describe('Schedule', () => {
  it('is a rule for fixed times', async () => {
    const { one } = await graphFor();
    const rule = one(RULE, 'scanner-schedule-test');
    expect(rule.parent).to.equal('compliancectl:infra:Schedule scanner-schedule-test');
    expect(rule.inputs).to.deep.equal({
      name: 'scanner-schedule-test',
      description: 'Starts a scan.',
      scheduleExpression: 'rate(6 hours)',
    });
  });

  it('starts its function, tries again as it was told, and keeps what cannot be delivered', async () => {
    const { one } = await graphFor();
    expect(one(TARGET, 'scanner-schedule-test-target').inputs).to.deep.equal({
      rule: 'scanner-schedule-test',
      targetId: 'scanner-test',
      arn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:scanner-test`,
      retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 3600 },
      deadLetterConfig: { arn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:scanner-dlq-test` },
    });
  });

  it('hands its function something else than the event where it is told to', async () => {
    const { one } = await graphFor({ input: { paths: { time: '$.time' }, template: '{"time": <time>}' } });
    expect(one(TARGET).inputs['inputTransformer']).to.deep.equal({
      inputPaths: { time: '$.time' },
      inputTemplate: '{"time": <time>}',
    });
  });

  it('starts nothing before it may and what cannot be delivered can be kept', async () => {
    const { waits } = await graphFor({}, { invokers: [{ id: 'schedule', service: 'events.amazonaws.com' }] });
    for (const before of [
      'aws:lambda/permission:Permission scanner-test-schedule',
      'aws:sqs/queuePolicy:QueuePolicy scanner-dlq-test-policy',
    ]) {
      expect(waits(`${TARGET} scanner-schedule-test-target`, before), before).to.equal(true);
    }
  });
});
