/** A scan as CloudWatch metrics: which there are, what they mean, and under which dimensions. */
import type { ScanHead } from '../engine/scan-document.ts';
import { percentage } from '../engine/score.ts';
import type { Metric } from './metrics.ts';

const NAMESPACE = 'InfrastructureCompliance';

/**
 * `score`: the score, overall and by instance type. `categories`: the share of evaluations that pass, by category.
 * `resources`: judged resources, and how much could be decided. `instances`: judged instances and their share.
 */
export const METRIC_SETS = ['score', 'categories', 'resources', 'instances'] as const;

export type MetricSet = (typeof METRIC_SETS)[number];

export interface MetricChoice {
  readonly sets: readonly MetricSet[];
  /** Put each once more without the dimension `Environment`: the names that the first dashboards knew. */
  readonly literal: boolean;
}

export interface ScanCounts {
  readonly head: ScanHead;
  /** False where AWS answered no listing at all. */
  readonly readable: boolean;
  readonly judged: { readonly compliant: number; readonly nonCompliant: number };
  readonly instances: { readonly compliant: number; readonly nonCompliant: number };
}

/**
 * The metrics of one scan. A share of nothing is no metric: an alarm on the score must not fire for an empty account. With
 * `ScanCompleted` every scan says that it ran; one that was cut short, or could read nothing, did not complete.
 */
export function scanMetrics(scan: ScanCounts, { sets, literal }: MetricChoice): Metric[] {
  const { environment, complete } = scan.head;
  const completed = complete && scan.readable;
  const own = sets.flatMap((set) => METRICS[set](scan));
  const dimensioned = own.map((metric) => ({
    ...metric,
    dimensions: { Environment: environment, ...metric.dimensions },
  }));
  const heartbeat = metric('ScanCompleted', completed ? 1 : 0, 'Count', { Environment: environment });
  return [...(literal ? own : []), ...dimensioned, heartbeat];
}

const METRICS: Readonly<Record<MetricSet, (scan: ScanCounts) => Metric[]>> = {
  score: ({ head }) => [
    ...share('ComplianceScore', head.summary.score),
    ...Object.entries(head.by_instance_type).flatMap(([InstanceType, { compliant, non_compliant: failing }]) =>
      share('ComplianceScore', percentage(compliant, compliant + failing), { InstanceType }),
    ),
  ],
  categories: ({ head }) =>
    Object.entries(head.by_category).flatMap(([Category, { compliant, non_compliant: failing }]) =>
      share('ComplianceScore', percentage(compliant, compliant + failing), { Category }),
    ),
  resources: ({ head, judged }) => [
    metric('CompliantResources', judged.compliant, 'Count'),
    metric('NonCompliantResources', judged.nonCompliant, 'Count'),
    metric('UnknownEvaluations', head.summary.unknown, 'Count'),
    ...share('EvaluatedPercentage', head.summary.evaluated_percentage),
  ],
  instances: ({ instances: { compliant, nonCompliant } }) => [
    metric('CompliantInstances', compliant, 'Count'),
    metric('NonCompliantInstances', nonCompliant, 'Count'),
    ...share('CompliancePercentage', percentage(compliant, compliant + nonCompliant)),
  ],
};

function share(name: string, value: number | null, dimensions?: Metric['dimensions']): Metric[] {
  return value === null ? [] : [metric(name, value, 'Percent', dimensions)];
}

function metric(name: string, value: number, unit: Metric['unit'], dimensions?: Metric['dimensions']): Metric {
  return { namespace: NAMESPACE, name, value, unit, ...(dimensions !== undefined && { dimensions }) };
}
