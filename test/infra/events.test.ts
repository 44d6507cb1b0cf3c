import { expect } from 'chai';

import { ComplianceFunction } from '../../src/infra/compliance-function.ts';
import { Events } from '../../src/infra/events.ts';
import type { EventsSpec, FunctionSpec } from '../../src/stack/spec.ts';
import { graphOf } from './component-graph.ts';
import type { Graph } from './component-graph.ts';
import { ACCOUNT, eventsSpec, functionSpec, queueSpec } from './sample-parts.ts';

const RULE = 'aws:cloudwatch/eventRule:EventRule';
const TARGET = 'aws:cloudwatch/eventTarget:EventTarget';
const MAPPING = 'aws:lambda/eventSourceMapping:EventSourceMapping';
const QUEUE = 'aws:sqs/queue:Queue';
const QUEUE_POLICY = 'aws:sqs/queuePolicy:QueuePolicy';

const queue: EventsSpec['queue'] = {
  ...queueSpec('checker-queue-test', { redrive: { arn: 'arn:dlq', receives: 5 } }),
  batchSize: 10,
};

async function graphFor(through?: EventsSpec['queue'], own: Partial<FunctionSpec> = {}): Promise<Graph> {
  return await graphOf(() => {
    const spec = functionSpec('checker', own);
    const target = new ComplianceFunction({ spec, accountId: ACCOUNT, bundles: '/dist/lambda' });
    return new Events({ spec: eventsSpec('checker', through), target });
  });
}

const TARGETS = {
  rule: 'state-change-test',
  targetId: 'checker-test',
  retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 3600 },
  deadLetterConfig: { arn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:checker-dlq-test` },
};

describe('Events', () => {
  it('is a rule for events of a pattern', async () => {
    const { one } = await graphFor();
    const rule = one(RULE, 'state-change-test');
    expect(rule.parent).to.equal('compliancectl:infra:Events state-change-test');
    expect(rule.inputs).to.deep.equal({
      name: 'state-change-test',
      description: 'Instances that change.',
      eventPattern: '{"source":["aws.ec2"]}',
    });
  });

  describe('directly', () => {
    it('invokes its function', async () => {
      const { one, names } = await graphFor();
      expect(one(TARGET, 'state-change-test-target').inputs).to.deep.equal({
        ...TARGETS,
        arn: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:checker-test`,
      });
      expect([names(QUEUE), names(MAPPING)]).to.deep.equal([['checker-dlq-test'], []]);
    });

    it('invokes nothing before it may', async () => {
      const { waits } = await graphFor(undefined, { invokers: [{ id: 'events', service: 'events.amazonaws.com' }] });
      const permission = 'aws:lambda/permission:Permission checker-test-events';
      expect(waits(`${TARGET} state-change-test-target`, permission)).to.equal(true);
    });
  });

  describe('through a queue', () => {
    it('sends to the queue', async () => {
      const { one } = await graphFor(queue);
      expect(one(QUEUE, 'checker-queue-test').parent).to.equal('compliancectl:infra:MessageQueue checker-queue-test');
      expect(one(TARGET, 'state-change-test-target').inputs).to.deep.equal({
        ...TARGETS,
        arn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:checker-queue-test`,
      });
    });

    it('hands the function batches, of which it may leave some messages', async () => {
      const { one } = await graphFor(queue);
      expect(one(MAPPING, 'checker-test-queue-mapping').inputs).to.deep.equal({
        eventSourceArn: 'arn of checker-queue-test',
        functionName: 'checker-test',
        batchSize: 10,
        functionResponseTypes: ['ReportBatchItemFailures'],
      });
    });

    it('sends nothing before it may and what cannot be delivered can be kept', async () => {
      const { waits } = await graphFor(queue);
      for (const before of ['checker-queue-test-policy', 'checker-dlq-test-policy']) {
        expect(waits(`${TARGET} state-change-test-target`, `${QUEUE_POLICY} ${before}`), before).to.equal(true);
      }
    });

    it('lets the function read once its role may', async () => {
      const { waits } = await graphFor(queue);
      const mapping = `${MAPPING} checker-test-queue-mapping`;
      for (const before of [
        `${QUEUE} checker-queue-test`,
        `${QUEUE_POLICY} checker-queue-test-policy`,
        'aws:iam/rolePolicy:RolePolicy checker-role-test-policy',
      ]) {
        expect(waits(mapping, before), before).to.equal(true);
      }
    });

    it('is made once there is where it hands on what was received too often', async () => {
      const { waits } = await graphFor(queue);
      expect(waits(`${QUEUE} checker-queue-test`, `${QUEUE} checker-dlq-test`)).to.equal(true);
    });
  });
});
