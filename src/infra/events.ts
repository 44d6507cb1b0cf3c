import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { EventsSpec } from '../stack/spec.ts';
import type { ComplianceFunction } from './compliance-function.ts';
import { eventTarget } from './event-target.ts';
import { MessageQueue } from './message-queue.ts';

export interface EventsArgs {
  readonly spec: EventsSpec;
  /** The function that they reach, in the end. */
  readonly target: ComplianceFunction;
}

/** An EventBridge rule for events as they happen, and how they reach a function: through a queue, or directly. */
export class Events extends pulumi.ComponentResource {
  constructor({ spec, target }: EventsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:Events', spec.name, {}, opts);
    const rule = new aws.cloudwatch.EventRule(
      spec.name,
      { name: spec.name, description: spec.description, eventPattern: JSON.stringify(spec.pattern) },
      { parent: this },
    );
    const queue = this.#queueFor(spec, target);
    // By then the queue lets the rule send, or the function lets it invoke; and the dead-letter queue takes the rest.
    new aws.cloudwatch.EventTarget(
      `${spec.name}-target`,
      { rule: rule.name, ...eventTarget(spec.target) },
      { parent: this, dependsOn: queue === undefined ? [target] : [target, queue] },
    );
    this.registerOutputs();
  }

  #queueFor({ queue, target: { functionName } }: EventsSpec, target: ComplianceFunction): MessageQueue | undefined {
    if (queue === undefined) return undefined;
    // What is received too often goes to the function's own dead-letter queue.
    const messages = new MessageQueue(queue, { parent: this, dependsOn: [target] });
    new aws.lambda.EventSourceMapping(
      `${functionName}-queue-mapping`,
      {
        eventSourceArn: messages.arn,
        functionName: target.functionName,
        batchSize: queue.batchSize,
        functionResponseTypes: ['ReportBatchItemFailures'],
      },
      // The function's name stands for its role too, without which Lambda refuses to read the queue.
      { parent: this, dependsOn: [messages] },
    );
    return messages;
  }
}
