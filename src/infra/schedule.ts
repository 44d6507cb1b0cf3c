import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { ScheduleSpec } from '../stack/spec.ts';
import type { ComplianceFunction } from './compliance-function.ts';
import { eventTarget } from './event-target.ts';

export interface ScheduleArgs {
  readonly spec: ScheduleSpec;
  /** The function that it starts. */
  readonly target: ComplianceFunction;
}

/** An EventBridge rule that starts a function at fixed times. */
export class Schedule extends pulumi.ComponentResource {
  constructor({ spec, target }: ScheduleArgs, opts?: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:Schedule', spec.name, {}, opts);
    const rule = new aws.cloudwatch.EventRule(
      spec.name,
      { name: spec.name, description: spec.description, scheduleExpression: spec.expression },
      { parent: this },
    );
    // By then the function lets the rule invoke it, and its dead-letter queue takes what cannot be delivered.
    new aws.cloudwatch.EventTarget(
      `${spec.name}-target`,
      { rule: rule.name, ...eventTarget(spec.target) },
      { parent: this, dependsOn: [target] },
    );
    this.registerOutputs();
  }
}
