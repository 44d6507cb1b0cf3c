/** One resource's change of verdict as CloudWatch metrics: what is counted where no scan counts everything. */
import type { Evaluation } from '../engine/evaluation.ts';
import type { Metric } from './metrics.ts';

const NAMESPACE = 'InfrastructureCompliance';

/**
 * `NonCompliantChanges` and `CompliantChanges`, 1 and 0 or 0 and 1, in all, by category and by severity; none for a change
 * to what is neither.
 */
export function changeMetrics({ status, category, severity }: Evaluation, environment: string): Metric[] {
  if (status !== 'FAIL' && status !== 'PASS') return [];
  const inAll = { Environment: environment };
  const dimensions = [inAll, { ...inAll, Category: category }, { ...inAll, Severity: severity }];
  return dimensions.flatMap((of) => [
    {
      namespace: NAMESPACE,
      name: 'NonCompliantChanges',
      value: status === 'FAIL' ? 1 : 0,
      unit: 'Count',
      dimensions: of,
    },
    { namespace: NAMESPACE, name: 'CompliantChanges', value: status === 'PASS' ? 1 : 0, unit: 'Count', dimensions: of },
  ]);
}
