import { expect } from 'chai';

import { AlertTopic } from '../../src/infra/alert-topic.ts';
import { thrownBy } from '../support/errors.ts';
import { graphOf } from './component-graph.ts';
import { DECRYPTS, READS_TEXT, decryptsText, queueSpec, topicSpec } from './sample-parts.ts';

const TOPIC = 'aws:sns/topic:Topic';
const SUBSCRIPTION = 'aws:sns/topicSubscription:TopicSubscription';

const email = (endpoint: string) => ({ protocol: 'email', endpoint }) as const;

describe('AlertTopic', () => {
  it('is a topic that tries again as it was told', async () => {
    const { one } = await graphOf(() => new AlertTopic({ spec: topicSpec() }));
    const topic = one(TOPIC, 'alerts-test');
    expect(topic.parent).to.equal('compliancectl:infra:AlertTopic alerts-test');
    expect(topic.inputs).to.deep.equal({
      name: 'alerts-test',
      displayName: 'Alerts',
      deliveryPolicy: '{"http":{"defaultHealthyRetryPolicy":{"numRetries":20}}}',
    });
  });

  it('is encrypted with the stack’s key where it is to be', async () => {
    const spec = topicSpec({ encryption: 'customer-key', policy: [DECRYPTS] });
    const { one } = await graphOf(() => new AlertTopic({ spec, keyArn: 'arn:key' }));
    expect(one(TOPIC).inputs['kmsMasterKeyId']).to.equal('arn:key');
    expect(one('aws:sns/topicPolicy:TopicPolicy').inputs['policy']).to.equal(decryptsText('arn:key'));
  });

  it('refuses to stay unencrypted for want of a key', async () => {
    const spec = topicSpec({ encryption: 'customer-key' });
    const refusal = await thrownBy(async () => await graphOf(() => new AlertTopic({ spec })));
    expect(refusal).to.be.instanceOf(Error);
    expect(refusal).to.have.property('message', 'A part of the stack uses its key, and the stack has none.');
  });

  it('says who may publish', async () => {
    const { one } = await graphOf(() => new AlertTopic({ spec: topicSpec() }));
    expect(one('aws:sns/topicPolicy:TopicPolicy', 'alerts-test-policy').inputs).to.deep.equal({
      arn: 'arn of alerts-test',
      policy: READS_TEXT,
    });
  });

  it('has no queue where nobody is subscribed', async () => {
    const { names } = await graphOf(() => new AlertTopic({ spec: topicSpec() }));
    expect([names('aws:sqs/queue:Queue'), names(SUBSCRIPTION)]).to.deep.equal([[], []]);
  });

  it('tells each address, and keeps what cannot be delivered', async () => {
    const deadLetters = queueSpec('alerts-dlq-test');
    const subscriptions = [email('a@example.com'), email('b@example.com')];
    const { one, waits } = await graphOf(() => new AlertTopic({ spec: topicSpec({ subscriptions, deadLetters }) }));
    const redrivePolicy = `{"deadLetterTargetArn":"${deadLetters.arn}"}`;
    const common = { topic: 'arn of alerts-test', protocol: 'email', redrivePolicy };
    expect(one(SUBSCRIPTION, 'alerts-test-email-a-example-com').inputs).to.deep.equal({
      ...common,
      endpoint: 'a@example.com',
    });
    expect(one(SUBSCRIPTION, 'alerts-test-email-b-example-com').inputs).to.deep.equal({
      ...common,
      endpoint: 'b@example.com',
    });
    for (const name of ['alerts-test-email-a-example-com', 'alerts-test-email-b-example-com']) {
      expect(waits(`${SUBSCRIPTION} ${name}`, 'aws:sqs/queuePolicy:QueuePolicy alerts-dlq-test-policy')).to.equal(true);
    }
  });

  it('subscribes without a queue where it has none', async () => {
    const { one } = await graphOf(
      () => new AlertTopic({ spec: topicSpec({ subscriptions: [email('a@example.com')] }) }),
    );
    expect(one(SUBSCRIPTION).inputs).to.deep.equal({
      topic: 'arn of alerts-test',
      protocol: 'email',
      endpoint: 'a@example.com',
    });
  });
});
