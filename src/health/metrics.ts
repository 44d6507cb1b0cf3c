/** The figures that CloudWatch has of a stack's parts, and what they are asked for. */
import type { Fact } from '../engine/model.ts';
import { longestGapSeconds } from '../stack/schedule-expression.ts';
import type { FunctionSpec, StackSpec } from '../stack/spec.ts';
import { queuesOf } from './stack-parts.ts';

export interface MetricQuery {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Sum' | 'Maximum';
  /** How far it looks back. */
  readonly seconds: number;
}

/** One figure a query; `null` where CloudWatch has no data. */
export type MetricValues = ReadonlyMap<string, Fact<number | null>>;

const HOUR = 3600;
const DAY = 24 * HOUR;

/** CloudWatch forgets after this (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention). */
const REMEMBERED = 455 * DAY;

/** What identifies a query. */
export function metricKey({ namespace, metric, dimensions, statistic, seconds }: MetricQuery): string {
  return JSON.stringify([namespace, metric, dimensions, statistic, seconds]);
}

export function functionQuery({ name }: FunctionSpec, metric: 'Invocations' | 'Errors' | 'Throttles' | 'Duration') {
  return {
    namespace: 'AWS/Lambda',
    metric,
    dimensions: { FunctionName: name },
    statistic: metric === 'Duration' ? 'Maximum' : 'Sum',
    seconds: DAY,
  } satisfies MetricQuery;
}

/**
 * The invocations since its most frequent schedule was due for the last time, with the hour for which EventBridge tries; none
 * of a function that has no schedule, or one so rare that CloudWatch does not look back that far.
 */
export function dueQuery({ name, onSuccess }: FunctionSpec, { schedules }: StackSpec): MetricQuery | undefined {
  const gaps = schedules
    .filter(({ target }) => target.functionName === name)
    .map(({ expression, target }) => longestGapSeconds(expression) + target.retry.maximumAgeSeconds);
  const seconds = Math.min(...gaps);
  if (seconds > REMEMBERED) return undefined;
  return {
    namespace: 'AWS/Lambda',
    metric: 'Invocations',
    // AWS Config invokes the same function: its schedule alone goes through the alias.
    dimensions: {
      FunctionName: name,
      ...(onSuccess !== undefined && { Resource: `${name}:${onSuccess.alias}` }),
    },
    statistic: 'Sum',
    seconds,
  };
}

export function ruleQuery(name: string): MetricQuery {
  return {
    namespace: 'AWS/Events',
    metric: 'FailedInvocations',
    dimensions: { RuleName: name },
    statistic: 'Sum',
    seconds: DAY,
  };
}

/** SQS tells the age every minute, of queues that are in use. */
export function queueQuery(name: string): MetricQuery {
  return {
    namespace: 'AWS/SQS',
    metric: 'ApproximateAgeOfOldestMessage',
    dimensions: { QueueName: name },
    statistic: 'Maximum',
    seconds: 900,
  };
}

export function metricQueries(spec: StackSpec): MetricQuery[] {
  const ofFunctions = spec.functions.flatMap((one) => {
    const due = dueQuery(one, spec);
    const daily = (['Invocations', 'Errors', 'Throttles', 'Duration'] as const).map((metric) =>
      functionQuery(one, metric),
    );
    return due === undefined ? daily : [...daily, due];
  });
  return [
    ...ofFunctions,
    ...[...spec.schedules, ...spec.events].map(({ name }) => ruleQuery(name)),
    ...queuesOf(spec).map(({ spec: { name } }) => queueQuery(name)),
  ];
}
