/** The CloudWatch sink: metrics in batches that the API takes. */
import type { CloudWatchClient, MetricDatum, StandardUnit } from '@aws-sdk/client-cloudwatch';

import type { Call } from '../aws/call.ts';

/** Supports no resource; a policy narrows it with the condition `cloudwatch:namespace`. */
export const PUT_METRIC_DATA: Call = {
  operation: 'PutMetricData',
  action: 'cloudwatch:PutMetricData',
  resource: null,
};

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly value: number;
  readonly unit: Extract<StandardUnit, 'Count' | 'Percent'>;
  readonly dimensions?: Readonly<Record<string, string>>;
}

/**
 * Metrics that one call takes. The API takes 1000, in a megabyte; one of ours is some 300 bytes
 * (docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html).
 */
const BATCH = 500;

/** Dimension values: 1024 characters at most, ASCII without control characters, and never empty. */
const NOT_ALLOWED = /[^\x20-\x7E]/g;

/**
 * Puts metrics, a namespace at a time, all with one timestamp.
 *
 * @throws what the call throws, as soon as one batch is refused
 */
export async function putMetrics(
  cloudwatch: CloudWatchClient,
  metrics: readonly Metric[],
  { timestamp, signal }: { readonly timestamp: Date; readonly signal: AbortSignal },
): Promise<void> {
  const { PutMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  for (const [Namespace, ofNamespace] of Map.groupBy(metrics, ({ namespace }) => namespace)) {
    for (let start = 0; start < ofNamespace.length; start += BATCH) {
      const MetricData = ofNamespace.slice(start, start + BATCH).map((metric) => datum(metric, timestamp));
      await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }), { abortSignal: signal });
    }
  }
}

function datum({ name, value, unit, dimensions = {} }: Metric, timestamp: Date): MetricDatum {
  const Dimensions = Object.entries(dimensions).map(([Name, text]) => ({ Name, Value: dimensionValue(text) }));
  return {
    MetricName: name,
    Value: value,
    Unit: unit,
    Timestamp: timestamp,
    ...(Dimensions.length > 0 && { Dimensions }),
  };
}

function dimensionValue(text: string): string {
  return text.replaceAll(NOT_ALLOWED, '?').trim().slice(0, 1024) || '-';
}
