/** Checks of tags as CloudWatch metrics (S3-6). */
import type { Metric } from './metrics.ts';

const NAMESPACE = 'TagCompliance';

/**
 * What one check puts: both metrics, 1 and 0, each without dimensions, as S3 names them, and with the environment, by which
 * several of them in one account tell theirs apart.
 */
export function tagMetrics(compliant: boolean, environment: string): Metric[] {
  const counts: readonly Metric[] = [
    { namespace: NAMESPACE, name: 'CompliantInstances', value: compliant ? 1 : 0, unit: 'Count' },
    { namespace: NAMESPACE, name: 'NonCompliantInstances', value: compliant ? 0 : 1, unit: 'Count' },
  ];
  return [...counts, ...counts.map((count) => ({ ...count, dimensions: { Environment: environment } }))];
}
