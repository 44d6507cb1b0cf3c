import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { AlarmSpec } from '../stack/spec.ts';

/** What CloudWatch watches, and tells. */
export class Alarms extends pulumi.ComponentResource {
  constructor(name: string, specs: readonly AlarmSpec[], opts?: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:Alarms', name, {}, opts);
    for (const spec of specs) new aws.cloudwatch.MetricAlarm(spec.name, alarmArgs(spec), { parent: this });
    this.registerOutputs();
  }
}

function alarmArgs(spec: AlarmSpec): aws.cloudwatch.MetricAlarmArgs {
  return {
    name: spec.name,
    alarmDescription: spec.description,
    namespace: spec.namespace,
    metricName: spec.metric,
    dimensions: spec.dimensions,
    statistic: spec.statistic,
    period: spec.periodSeconds,
    evaluationPeriods: spec.periods,
    comparisonOperator: spec.comparison,
    threshold: spec.threshold,
    treatMissingData: spec.missing,
    alarmActions: [...spec.actions],
  };
}
