/** The reporter: scans and results of the past, read back into one document, stored and sent. */
import { historyReport, periodReport } from '../history/reports.ts';
import { bucketStorage } from '../history/scan-storage.ts';
import { putObject, uriOf } from '../aws/s3-objects.ts';
import type { StoredObject } from '../aws/s3-objects.ts';
import { openReceipts } from '../publish/receipts.ts';
import { publishMessage } from '../publish/topic.ts';
import type { SkippedItem } from '../report/evaluation-report.ts';
import { renderJson } from '../report/json.ts';
import { periodOf, renderPeriodReport } from '../report/period-report.ts';
import type { PeriodReport } from '../report/period-report.ts';
import { renderReportText } from '../report/report-text.ts';
import type { SkippedScan } from '../report/scan-series.ts';
import { UserError } from '../user-error.ts';
import { once } from './alerts.ts';
import type { Invocation } from './invocation.ts';
import { readReporterEvent } from './reporter-event.ts';
import type { ReportKind, ReportRequest } from './reporter-event.ts';

export interface ReportAnswer {
  readonly kind: ReportKind;
  /** The last day of the report. */
  readonly date: string;
  readonly scansAnalyzed: number;
  /** What was to be read, and counts for nothing. */
  readonly skipped: readonly (SkippedScan | SkippedItem)[];
  readonly object: StoredObject;
}

/**
 * Makes the report that an event asks for, stores it, and sends it where it is to be sent. The same event again writes the
 * same object with the same bytes, and sends nothing twice.
 *
 * @throws UserError for an event that asks for none, or where a bucket or a table is not configured
 * @throws DeniedError where not one stored scan could be read
 * @throws what the calls throw
 */
export async function runReporter(event: unknown, invocation: Invocation): Promise<ReportAnswer> {
  const request = readReporterEvent(event, invocation);
  invocation.log.info('Report started', { ...request });
  const answer =
    request.kind === 'aggregate' ? await reportHistory(request, invocation) : await reportScans(request, invocation);
  invocation.log.info('Report stored', { ...answer });
  return answer;
}

async function reportScans(
  { kind, date, id }: Exclude<ReportRequest, { kind: 'aggregate' }>,
  invocation: Invocation,
): Promise<ReportAnswer> {
  const { configuration, clients, signal } = invocation;
  const bucket = configured(configuration.results.bucket, 'results.bucket');
  const object = {
    bucket: configuration.reports.bucket ?? bucket,
    key: kind === 'daily' ? `reports/${date}.json` : `reports/${kind}/${date}.json`,
  };
  const storage = bucketStorage(await clients.s3(), bucket, signal);
  const report = await periodReport(storage, periodOf(kind, date), configuration.environment);
  await storeJson(object, renderPeriodReport(report), invocation);
  await notify(report, object, id, invocation);
  return { kind, date, scansAnalyzed: report.scansAnalyzed, skipped: report.skipped, object };
}

/** Sends the text of a report, once for each event. */
async function notify(
  report: PeriodReport,
  object: StoredObject,
  id: string,
  { configuration, clients, log, signal }: Invocation,
): Promise<void> {
  const { alerts, reports, environment } = configuration;
  const { topicArn } = alerts;
  if (topicArn === undefined || !reports.notify.includes(report.kind)) return;
  const receipts = await openReceipts(await clients.s3(), object.bucket, `report-${id}`, signal);
  const sent = await once(receipts, `${report.kind}-${report.date}`, async () => {
    const { subject, text } = renderReportText(report, uriOf(object));
    const attributes = { report: report.kind, environment };
    await publishMessage(await clients.sns(), topicArn, { subject, text, attributes }, signal);
  });
  log.info(sent ? 'SNS notification sent' : 'SNS notification was sent before', { topicArn, report: report.kind });
}

async function reportHistory(
  { kind, asOf }: Extract<ReportRequest, { kind: 'aggregate' }>,
  invocation: Invocation,
): Promise<ReportAnswer> {
  const { configuration, clients, signal } = invocation;
  const { history, results, reports, environment } = configuration;
  const table = configured(history?.table, 'history.table');
  const object = {
    bucket: configured(reports.bucket ?? results.bucket, 'reports.bucket'),
    key: `reports/aggregate/${asOf}.json`,
  };
  const dynamodb = await clients.dynamodb();
  const { scans, ...report } = await historyReport({ dynamodb, table, signal }, asOf, environment);
  await storeJson(object, renderJson(report), invocation);
  return { kind, date: asOf.slice(0, 10), scansAnalyzed: scans, skipped: report.head.skipped.first, object };
}

/** One buffer: a string has less room than a history may need. */
async function storeJson(object: StoredObject, text: Iterable<string>, { clients, signal }: Invocation): Promise<void> {
  const body = Buffer.concat(Array.from(text, (piece) => Buffer.from(piece)));
  await putObject(await clients.s3(), object, { body, contentType: 'application/json' }, { signal });
}

/** @throws UserError `FUNCTION_CONFIG` where it is not set */
function configured(value: string | undefined, setting: string): string {
  if (value !== undefined) return value;
  throw new UserError(`config.json sets no ${setting}, which this report needs.`, {
    code: 'FUNCTION_CONFIG',
    suggestions: ['Deploy the stack again: it writes config.json'],
  });
}
