/** The alarms of a stack. A preset says which kinds it has; every one tells the alerts topic. */
import { ALARM_NAMES } from './blueprints.ts';
import type { Names } from './names.ts';
import { missingScanWindow, scanPeriodSeconds } from './scan-interval.ts';
import type { StackSettings } from './settings.ts';
import type { AlarmSpec, FunctionSpec, QueueSpec } from './spec.ts';

export interface AlarmPlan {
  readonly names: Names;
  readonly wanted: NonNullable<StackSettings['alarms']>;
  readonly threshold: number;
  /** The schedule of the function that scans. */
  readonly schedule?: string;
  readonly functions: readonly FunctionSpec[];
  readonly deadLetters: readonly QueueSpec[];
  readonly topicArn: string;
}

/** How often functions, queues and the tag checker's counts are looked at. */
const FIVE_MINUTES = 300;

export function alarms(plan: AlarmPlan): AlarmSpec[] {
  const { wanted } = plan;
  const { functions = false, deadLetters = false } = wanted;
  return [
    ...scanAlarms(plan),
    ...nonComplianceAlarm(plan),
    ...(functions ? plan.functions.flatMap((one) => functionAlarms(one, plan)) : []),
    ...(deadLetters ? plan.deadLetters.map((queue) => deadLetterAlarm(queue, plan)) : []),
  ];
}

function scanAlarms({ names, wanted, threshold, schedule, topicArn }: AlarmPlan): AlarmSpec[] {
  if (schedule === undefined) return [];
  const common = {
    namespace: 'InfrastructureCompliance',
    dimensions: { Environment: names.environment },
    comparison: 'LessThanThreshold',
    actions: [topicArn],
  } as const;
  const window = missingScanWindow(schedule);
  const score: AlarmSpec = {
    ...common,
    name: names.named('compliance-score-low'),
    description: `The compliance score is below ${threshold}.`,
    metric: 'ComplianceScore',
    statistic: 'Minimum',
    periodSeconds: scanPeriodSeconds(schedule),
    periods: 1,
    threshold,
    missing: 'ignore',
  };
  const heartbeat: AlarmSpec | undefined = window && {
    ...common,
    name: names.named('scan-missing'),
    description: 'No scan was completed in the time of two.',
    metric: 'ScanCompleted',
    statistic: 'Sum',
    ...window,
    threshold: 1,
    missing: 'breaching',
  };
  return [
    ...(wanted.score === true ? [score] : []),
    ...(wanted.heartbeat === true && heartbeat !== undefined ? [heartbeat] : []),
  ];
}

function nonComplianceAlarm({ names, wanted: { nonCompliantInstances: limit }, topicArn }: AlarmPlan): AlarmSpec[] {
  if (limit === undefined) return [];
  return [
    {
      name: names.named('high-non-compliance'),
      description: `More than ${limit} checks of instances found tags missing, in five minutes.`,
      namespace: 'TagCompliance',
      metric: 'NonCompliantInstances',
      dimensions: { Environment: names.environment },
      statistic: 'Sum',
      periodSeconds: FIVE_MINUTES,
      periods: 1,
      comparison: 'GreaterThanThreshold',
      threshold: limit,
      missing: 'notBreaching',
      actions: [topicArn],
    },
  ];
}

function functionAlarms({ id, name, timeoutSeconds }: FunctionSpec, { names, topicArn }: AlarmPlan): AlarmSpec[] {
  const short = ALARM_NAMES[id];
  const common = {
    namespace: 'AWS/Lambda',
    dimensions: { FunctionName: name },
    periodSeconds: FIVE_MINUTES,
    periods: 1,
    missing: 'notBreaching',
    actions: [topicArn],
  } as const;
  return [
    {
      ...common,
      name: names.named(`${short}-failure-alarm`),
      description: `${name} failed.`,
      metric: 'Errors',
      statistic: 'Sum',
      comparison: 'GreaterThanThreshold',
      threshold: 0,
    },
    {
      ...common,
      name: names.named(`${short}-duration-alarm`),
      description: `${name} used all of its ${timeoutSeconds} seconds.`,
      metric: 'Duration',
      statistic: 'Maximum',
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold: timeoutSeconds * 1000,
    },
  ];
}

function deadLetterAlarm({ name }: QueueSpec, { topicArn }: AlarmPlan): AlarmSpec {
  return {
    name: `${name}-not-empty`,
    description: `Something could not be processed or delivered: look into the queue ${name}.`,
    namespace: 'AWS/SQS',
    metric: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: name },
    statistic: 'Maximum',
    periodSeconds: FIVE_MINUTES,
    periods: 1,
    comparison: 'GreaterThanThreshold',
    threshold: 0,
    missing: 'notBreaching',
    actions: [topicArn],
  };
}
