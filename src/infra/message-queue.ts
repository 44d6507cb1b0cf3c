import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { QueueSpec } from '../stack/spec.ts';
import { policyText } from './policy-text.ts';

/** An SQS queue, encrypted by SQS, and who may send to it. */
export class MessageQueue extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(spec: QueueSpec, opts?: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:MessageQueue', spec.name, {}, opts);
    const queue = new aws.sqs.Queue(
      spec.name,
      {
        name: spec.name,
        messageRetentionSeconds: spec.retentionSeconds,
        visibilityTimeoutSeconds: spec.visibilitySeconds,
        sqsManagedSseEnabled: true,
        ...(spec.redrive !== undefined && { redrivePolicy: redrivePolicy(spec.redrive) }),
      },
      { parent: this },
    );
    // The id of a queue is its URL.
    new aws.sqs.QueuePolicy(
      `${spec.name}-policy`,
      { queueUrl: queue.id, policy: policyText(spec.policy) },
      { parent: this },
    );
    this.arn = queue.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

function redrivePolicy({ arn, receives }: NonNullable<QueueSpec['redrive']>): string {
  return JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: receives });
}
