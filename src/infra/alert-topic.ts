import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { TopicSpec } from '../stack/spec.ts';
import { MessageQueue } from './message-queue.ts';
import { policyText, requireKeyArn } from './policy-text.ts';
import type { KeyArn } from './policy-text.ts';

export interface AlertTopicArgs {
  readonly spec: TopicSpec;
  readonly keyArn?: KeyArn | undefined;
}

/** An SNS topic, who may publish to it, and who hears of it. */
export class AlertTopic extends pulumi.ComponentResource {
  constructor({ spec, keyArn }: AlertTopicArgs, opts?: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:AlertTopic', spec.name, {}, opts);
    const topic = new aws.sns.Topic(
      spec.name,
      {
        name: spec.name,
        displayName: spec.displayName,
        deliveryPolicy: JSON.stringify(spec.deliveryPolicy),
        ...(spec.encryption === 'customer-key' && { kmsMasterKeyId: requireKeyArn(keyArn) }),
      },
      { parent: this },
    );
    new aws.sns.TopicPolicy(
      `${spec.name}-policy`,
      { arn: topic.arn, policy: policyText(spec.policy, keyArn) },
      { parent: this },
    );
    this.#subscribe(spec, topic);
    this.registerOutputs();
  }

  #subscribe({ name, subscriptions, deadLetters }: TopicSpec, topic: aws.sns.Topic): void {
    const queue = deadLetters && new MessageQueue(deadLetters, { parent: this });
    for (const { protocol, endpoint } of subscriptions) {
      new aws.sns.TopicSubscription(
        // By its address: one that leaves the list must not make the others confirm again.
        `${name}-${protocol}-${endpoint.replaceAll(/[^A-Za-z0-9]+/g, '-')}`,
        {
          topic: topic.arn,
          protocol,
          endpoint,
          ...(deadLetters !== undefined && {
            redrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.arn }),
          }),
        },
        // SNS refuses a queue that it may not send to.
        { parent: this, ...(queue !== undefined && { dependsOn: [queue] }) },
      );
    }
  }
}
