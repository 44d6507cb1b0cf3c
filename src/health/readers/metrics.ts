import type { MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';

import { MalformedAnswerError, present } from '../../aws/errors.ts';
import { known } from '../../engine/model.ts';
import type { Fact } from '../../engine/model.ts';
import { CALLS } from '../calls.ts';
import { metricKey } from '../metrics.ts';
import type { MetricQuery, MetricValues } from '../metrics.ts';
import { readAlways } from '../reading.ts';
import type { Reading } from '../reading.ts';

/** The most that one call takes (docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html). */
const QUERIES_A_CALL = 500;

/** Seconds of a period: CloudWatch keeps finer ones for two weeks only. */
const FINE = 300;
const COARSE = 3600;

/** One figure for each query: a sum is added up over the time looked at, of maxima the greatest is taken. */
export async function readMetrics(queries: readonly MetricQuery[], reading: Reading): Promise<MetricValues> {
  const batches = [...Map.groupBy(queries, ({ seconds }) => seconds).values()].flatMap(inBatches);
  const values = await Promise.all(batches.map(async (batch) => readBatch(batch, reading)));
  return new Map(values.flat());
}

function inBatches(queries: readonly MetricQuery[]): MetricQuery[][] {
  const count = Math.ceil(queries.length / QUERIES_A_CALL);
  return Array.from({ length: count }, (_, index) =>
    queries.slice(index * QUERIES_A_CALL, (index + 1) * QUERIES_A_CALL),
  );
}

async function readBatch(
  batch: readonly MetricQuery[],
  reading: Reading,
): Promise<[key: string, value: Fact<number | null>][]> {
  const { paginateGetMetricData } = await import('@aws-sdk/client-cloudwatch');
  const seconds = batch[0]?.seconds ?? 0;
  const fact = await readAlways(reading, CALLS.metrics, async ({ abortSignal }) => {
    const client = await reading.clients.cloudwatch();
    const input = {
      StartTime: new Date(reading.now.getTime() - seconds * 1000),
      EndTime: reading.now,
      MetricDataQueries: batch.map(queryOf),
    };
    const found = new Map<string, number[]>();
    for await (const page of paginateGetMetricData({ client }, input, { abortSignal })) {
      for (const result of present(page.MetricDataResults, 'MetricDataResults')) {
        const id = result.Id ?? '';
        found.set(id, [...(found.get(id) ?? []), ...valuesOf(result)]);
      }
    }
    return found;
  });
  return batch.map((query, index) => {
    if (!fact.known) return [metricKey(query), fact];
    const values = fact.value.get(idOf(index)) ?? [];
    return [metricKey(query), known(values.length === 0 ? null : total(query, values))];
  });
}

function queryOf({ namespace, metric, dimensions, statistic, seconds }: MetricQuery, index: number): MetricDataQuery {
  return {
    Id: idOf(index),
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Stat: statistic,
      Period: seconds > 86_400 ? COARSE : FINE,
    },
    ReturnData: true,
  };
}

/** @throws MalformedAnswerError where CloudWatch could not say: to take that for no data would be a pass */
function valuesOf({ StatusCode, Values, Messages = [] }: MetricDataResult): readonly number[] {
  if (StatusCode === 'InternalError' || StatusCode === 'Forbidden') {
    const said = Messages.map(({ Value }) => Value ?? '').join(' ');
    throw new MalformedAnswerError(`CloudWatch gave no data: ${StatusCode} ${said}`.trim());
  }
  return Values ?? [];
}

function total({ statistic }: MetricQuery, values: readonly number[]): number {
  return statistic === 'Sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
}

function idOf(index: number): string {
  return `m${index}`;
}
