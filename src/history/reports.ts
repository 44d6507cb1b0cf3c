/** From what is stored to a report: the same one for the function that stores it and the command that prints it. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { LatestEvaluations } from '../report/evaluation-report.ts';
import type { EvaluationReport } from '../report/evaluation-report.ts';
import { PeriodAggregator } from '../report/period-report.ts';
import type { PeriodReport, ReportPeriod } from '../report/period-report.ts';
import { digestScan } from '../report/scan-digest.ts';
import { historyItems } from './history-table.ts';
import type { ScanStorage } from './scan-storage.ts';
import { documentsIn, isWithin, readDocuments, recordsIn } from './stored-scans.ts';
import type { ReadFile, StoredFile, StoredRecord } from './stored-scans.ts';

/** Access to every stored scan was denied: that is no day without scans. */
export class DeniedError extends Error {
  override readonly name = 'DeniedError';
}

/**
 * The report on a period from the scans of a bucket, or of a copy of it.
 *
 * @throws DeniedError where not one stored scan could be read, and one was denied
 * @throws what the storage throws
 */
export function periodReport(storage: ScanStorage, period: ReportPeriod, environment: string): Promise<PeriodReport> {
  const span = { from: period.before, to: period.to };
  return reportOn({ documents: documentsIn(storage, span), records: recordsIn(storage, period) }, period, environment);
}

/** What a report is made of. */
export interface ReportSource {
  /** In the order of time. */
  readonly documents: AsyncIterable<StoredFile>;
  readonly records?: AsyncIterable<ReadFile<StoredRecord>>;
}

/** The same from documents that lie anywhere; those of other times are left out. */
export async function reportOn(
  { documents, records }: ReportSource,
  period: ReportPeriod,
  environment: string,
): Promise<PeriodReport> {
  const span = { from: period.before, to: period.to };
  const aggregator = new PeriodAggregator(period, environment);
  const digests = readDocuments(documents, (head) =>
    isWithin(span, head.report_timestamp) ? digestScan(head) : undefined,
  );
  for await (const read of digests) {
    if ('skipped' in read) aggregator.skip(read.skipped);
    else aggregator.add(read.content.name, read.content.digest);
  }
  for await (const read of records ?? []) {
    if ('skipped' in read) aggregator.skip(read.skipped);
    else aggregator.addRecord(read.content);
  }
  const report = aggregator.report();
  const denied = report.skipped.find(({ reason }) => reason === 'denied');
  if (report.scansAnalyzed > 0 || denied === undefined) return report;
  throw new DeniedError(`No stored scan could be read. ${denied.name}: ${denied.message}`);
}

/** The history table, and how to reach it. */
export interface HistoryTable {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly signal: AbortSignal;
}

/**
 * The report on the latest result of every rule on every resource, from the whole history; beside it, how many scans those
 * results are of.
 *
 * @param asOf ISO 8601 with milliseconds, UTC: what was evaluated later does not count
 * @throws what the calls throw
 */
export async function historyReport(
  { dynamodb, table, signal }: HistoryTable,
  asOf: string,
  environment: string,
): Promise<EvaluationReport & { readonly scans: number }> {
  const latest = new LatestEvaluations(asOf);
  for await (const item of historyItems(dynamodb, table, signal)) {
    if ('skipped' in item) latest.skip(item.skipped);
    else latest.add(item.evaluation);
  }
  return latest.report(environment);
}
