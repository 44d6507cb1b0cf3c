/** From what is stored to a report: the same one for the function that stores it and the command that prints it. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import type { EarlierFinding } from '../engine/baseline.ts';
import type { Evaluation } from '../engine/evaluation.ts';
import { LatestEvaluations } from '../report/evaluation-report.ts';
import type { EvaluationReport } from '../report/evaluation-report.ts';
import { PeriodAggregator } from '../report/period-report.ts';
import type { ComparedScans, PeriodReport, ReportPeriod } from '../report/period-report.ts';
import { FindingsCollector } from '../report/scan-changes.ts';
import type { ScanFindings } from '../report/scan-changes.ts';
import { digestScan, headTotals } from '../report/scan-digest.ts';
import type { ScanTotals } from '../report/scan-digest.ts';
import type { SeriesScan } from '../report/scan-series.ts';
import { TrendAggregator } from '../report/trend-report.ts';
import type { TrendPeriod, TrendReport } from '../report/trend-report.ts';
import { historyItems } from './history-table.ts';
import type { ScanStorage } from './scan-storage.ts';
import type { StartReading } from './scan-stream.ts';
import { documentsIn, isWithin, readDocuments, readHeads, recordsIn } from './stored-scans.ts';
import type { ReadFile, StoredFile, StoredRecord } from './stored-scans.ts';

/** Access to every stored scan was denied: that is no day without scans. */
export class DeniedError extends Error {
  override readonly name = 'DeniedError';
}

/** A document that was read a moment ago cannot be read again. */
export class ChangedError extends Error {
  override readonly name = 'ChangedError';
}

/**
 * The report on a period from the scans of a bucket, or of a copy of it.
 *
 * @throws DeniedError where not one stored scan could be read, and one was denied
 * @throws ChangedError where a document went away while it was needed
 * @throws what the storage throws
 */
export function periodReport(storage: ScanStorage, period: ReportPeriod, environment: string): Promise<PeriodReport> {
  const span = { from: period.before, to: period.to };
  return reportOn({ documents: documentsIn(storage, span), records: recordsIn(storage, period) }, period, environment);
}

/** What a report is made of. */
export interface ReportSource {
  /** In the order of time; each may be opened more than once. */
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
  const files = new Map<string, StoredFile>();
  const digests = readDocuments(noted(documents, files), (head) =>
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
  const report = aggregator.report(await findingsOf(aggregator.compared(), files));
  refuseDenied(report);
  return report;
}

/** Keeps in mind how to open each file. */
async function* noted(
  documents: AsyncIterable<StoredFile>,
  files: Map<string, StoredFile>,
): AsyncGenerator<StoredFile> {
  for await (const file of documents) {
    files.set(file.name, file);
    yield file;
  }
}

/**
 * The findings of the latest scan, and what became of those before. Which scans those are is known when all of them were
 * read: so the documents of two are read once more, and the findings of the others are never held.
 */
async function findingsOf(
  { latest, previous }: ComparedScans,
  files: ReadonlyMap<string, StoredFile>,
): Promise<ScanFindings> {
  if (latest === undefined) return { evaluations: [], changes: null };
  const failures = previous && (await failuresOf(previous, files));
  const collector = new FindingsCollector(
    failures && previous && { scanId: previous.totals.scanId, time: previous.totals.time, failures },
  );
  await readAgain(latest, files, (head) => collector.read(head));
  return collector.findings();
}

async function failuresOf(scan: SeriesScan, files: ReadonlyMap<string, StoredFile>): Promise<EarlierFinding[]> {
  const failures: EarlierFinding[] = [];
  await readAgain(scan, files, () => {
    const own: EarlierFinding[] = [];
    return {
      evaluation: (evaluation) => {
        if (evaluation.status === 'FAIL') own.push(earlierFinding(evaluation));
      },
      end: () => {
        for (const failure of own) failures.push(failure);
      },
    };
  });
  return failures;
}

function earlierFinding(evaluation: Evaluation): EarlierFinding {
  const { fingerprint, rule_id, severity, resource_type, resource_id, resource_arn, account_id, region } = evaluation;
  const { facts, owner } = evaluation;
  const own = { fingerprint, rule_id, severity, resource_type, resource_id, resource_arn, account_id, region };
  return { ...own, ...(facts !== undefined && { facts }), ...(owner !== undefined && { owner }) };
}

async function readAgain(
  { names }: SeriesScan,
  files: ReadonlyMap<string, StoredFile>,
  start: StartReading<void>,
): Promise<void> {
  for await (const read of readDocuments(only(names, files), start)) {
    if (!('skipped' in read)) continue;
    const { name, message } = read.skipped;
    throw new ChangedError(`${name} could be read, and then no more: ${message}`);
  }
}

async function* only(names: readonly string[], files: ReadonlyMap<string, StoredFile>): AsyncGenerator<StoredFile> {
  for (const name of names) yield files.get(name) as StoredFile;
}

function refuseDenied({ scansAnalyzed, skipped }: Pick<PeriodReport | TrendReport, 'scansAnalyzed' | 'skipped'>): void {
  const denied = skipped.find(({ reason }) => reason === 'denied');
  if (scansAnalyzed > 0 || denied === undefined) return;
  throw new DeniedError(`No stored scan could be read. ${denied.name}: ${denied.message}`);
}

/**
 * The trend over a period, from documents in any order; those of other times are left out. Of each its head is read, and
 * the rest of it only where it is a shard: without it the shards' scores cannot be put together.
 *
 * @throws DeniedError, ChangedError, and what the files throw, as `periodReport` does
 */
export async function trendOn(
  documents: AsyncIterable<StoredFile>,
  period: TrendPeriod,
  environment: string,
): Promise<TrendReport> {
  const aggregator = new TrendAggregator(period, environment);
  const found: { readonly file: StoredFile; readonly totals: ScanTotals }[] = [];
  for await (const read of readHeads(documents)) {
    if ('skipped' in read) aggregator.skip(read.skipped);
    else if (isWithin(period, read.content.head.report_timestamp))
      found.push({ file: read.content.file, totals: headTotals(read.content.head) });
  }
  const byScan = Map.groupBy(found, ({ totals }) => totals.scanId);
  for (const same of byScan.values()) {
    const [one] = same;
    if (same.length === 1 && one !== undefined) aggregator.add(one.file.name, one.totals);
    else await addShards(aggregator, same);
  }
  const report = aggregator.report();
  refuseDenied(report);
  return report;
}

async function addShards(aggregator: TrendAggregator, shards: readonly { readonly file: StoredFile }[]): Promise<void> {
  const files = (async function* () {
    for (const { file } of shards) yield file;
  })();
  for await (const read of readDocuments(files, digestScan)) {
    if ('skipped' in read) aggregator.skip(read.skipped);
    else aggregator.add(read.content.name, read.content.digest.totals);
  }
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
