import { expect } from 'chai';

import { MessageQueue } from '../../src/infra/message-queue.ts';
import { graphOf } from './component-graph.ts';
import { READS_TEXT, queueSpec } from './sample-parts.ts';

describe('MessageQueue', () => {
  it('is encrypted by SQS', async () => {
    const { one } = await graphOf(() => new MessageQueue(queueSpec('dlq-test')));
    const queue = one('aws:sqs/queue:Queue', 'dlq-test');
    expect(queue.parent).to.equal('compliancectl:infra:MessageQueue dlq-test');
    expect(queue.inputs).to.deep.equal({
      name: 'dlq-test',
      messageRetentionSeconds: 345_600,
      visibilityTimeoutSeconds: 360,
      sqsManagedSseEnabled: true,
    });
  });

  it('hands on what was received too often', async () => {
    const redrive = { arn: 'arn:dlq', receives: 5 };
    const { one } = await graphOf(() => new MessageQueue(queueSpec('queue-test', { redrive })));
    expect(one('aws:sqs/queue:Queue').inputs['redrivePolicy']).to.equal(
      '{"deadLetterTargetArn":"arn:dlq","maxReceiveCount":5}',
    );
  });

  it('says who may send', async () => {
    const { one } = await graphOf(() => new MessageQueue(queueSpec('dlq-test')));
    const policy = one('aws:sqs/queuePolicy:QueuePolicy', 'dlq-test-policy');
    expect(policy.inputs).to.deep.equal({ queueUrl: 'id of dlq-test', policy: READS_TEXT });
    expect(policy.dependsOn).to.deep.equal(['aws:sqs/queue:Queue dlq-test']);
  });
});
