/** The scans and the history table of a stack, found by what its functions are set up with. */
import { createClients } from '../aws/clients.ts';
import { awsErrorNamed, failureOf } from '../aws/errors.ts';
import { getText, GET_OBJECT, LIST_OBJECTS } from '../aws/s3-objects.ts';
import { openPlace } from '../deployment/place.ts';
import { SCAN_HISTORY } from '../history/history-table.ts';
import { ChangedError, DeniedError, historyReport } from '../history/reports.ts';
import { bucketStorage } from '../history/scan-storage.ts';
import type { ScanStorage } from '../history/scan-storage.ts';
import type { AggregateReport } from '../report/report-formats.ts';
import { findScanner } from '../scan/deployed-scanner.ts';
import { namesOf } from '../stack/names.ts';
import { EXIT, UserError } from '../user-error.ts';

export interface HistoryRequest {
  readonly environment: string;
  /** Where the stack lies. */
  readonly region: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** What a stack keeps. */
export interface DeployedHistory {
  /** @throws UserError `NOT_DEPLOYED`, `NO_BUCKET`, and what `findScanner` throws */
  scans(): Promise<DeployedScans>;
  /**
   * @param asOf ISO 8601 with milliseconds, UTC: what was evaluated later does not count
   * @throws UserError `NO_TABLE`, `HISTORY_DENIED`, `HISTORY_UNREADABLE`
   */
  latestResults(asOf: string): Promise<AggregateReport>;
}

export interface DeployedScans {
  readonly bucket: string;
  readonly storage: ScanStorage;
  /** When the latest scan was made, ISO 8601; `undefined` where the bucket does not say. */
  latest(): Promise<string | undefined>;
}

/**
 * Opens the history of a stack, and closes it when the work is done.
 *
 * @throws UserError for what the person can mend: the credentials, nothing deployed, a call denied, a bucket that is gone;
 *   `INTERRUPTED` where it was ended
 */
export async function withHistory<Result>(
  request: HistoryRequest,
  work: (history: DeployedHistory) => Promise<Result>,
): Promise<Result> {
  const { environment, region, env, signal } = request;
  const { place, account } = await openPlace(region, { env, signal });
  const clients = createClients({ region, credentials: account.credentials, env, signal });
  const table = namesOf(environment, place).named('compliance-history');
  const where = `${place.accountId}/${place.region}`;
  let reading = `the history of ${environment} in ${where}`;
  try {
    return await work({
      scans: async () => {
        const { name, bucket } = await findScannerOf(request, () => clients.lambda(), place);
        if (bucket === undefined) throw noBucket(environment, name);
        reading = `the scans in s3://${bucket}`;
        const s3 = await clients.s3();
        return {
          bucket,
          storage: bucketStorage(s3, bucket, signal),
          latest: async () => {
            try {
              return latestIn((await getText(s3, { bucket, key: 'latest.json' }, signal))?.text);
            } catch (error) {
              // It is for a hint alone: the report is made.
              if (failureOf(error) === undefined || signal.aborted) throw error;
              return undefined;
            }
          },
        };
      },
      latestResults: async (asOf) => {
        reading = `the table ${table} in ${where}`;
        const dynamodb = await clients.dynamodb();
        const { head, evaluations } = await historyReport({ dynamodb, table, signal }, asOf, environment);
        return { kind: 'aggregate', head, evaluations };
      },
    });
  } catch (error) {
    throw refusal(error, { reading, environment, table }, signal);
  } finally {
    clients.destroy();
  }
}

async function findScannerOf(
  { environment, signal }: HistoryRequest,
  lambda: () => Promise<Parameters<typeof findScanner>[0]>,
  place: Parameters<typeof findScanner>[2],
) {
  try {
    return await findScanner(await lambda(), environment, place, signal);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'NOT_DEPLOYED') throw error;
    throw new UserError(error.message, {
      code: error.code,
      suggestions: [
        `Deploy a preset that scans: compliancectl deploy -e ${environment}`,
        'Name the region of the stack with --region, if it lies in another one',
        FROM_FILES,
      ],
      cause: error,
    });
  }
}

const FROM_FILES = 'Report on saved scans with --from-files';

function noBucket(environment: string, name: string): UserError {
  return new UserError(`The stack ${environment} keeps no scans: its function ${name} has no bucket.`, {
    code: 'NO_BUCKET',
    suggestions: ['Deploy a preset that keeps them, such as standard', FROM_FILES],
  });
}

/** What `latest.json` says; a text that says nothing is no reason to fail. */
function latestIn(text: string | undefined): string | undefined {
  try {
    const { report_timestamp: time } = JSON.parse(text ?? '{}') as { readonly report_timestamp?: unknown };
    return typeof time === 'string' && !Number.isNaN(Date.parse(time)) ? new Date(time).toISOString() : undefined;
  } catch {
    return undefined;
  }
}

/** What a person is told of a call that failed; a defect of ours stays one. */
function refusal(
  error: unknown,
  { reading, environment, table }: { readonly reading: string; readonly environment: string; readonly table: string },
  signal: AbortSignal,
): unknown {
  const details = { exitCode: EXIT.failed, cause: error };
  if (signal.aborted) {
    return new UserError('The report was ended before it was done.', {
      code: 'INTERRUPTED',
      exitCode: EXIT.interrupted,
      cause: error,
    });
  }
  if (error instanceof UserError) return error;
  if (error instanceof DeniedError) {
    return new UserError(error.message, {
      ...details,
      code: 'HISTORY_DENIED',
      suggestions: [
        `Allow ${GET_OBJECT.action} on the objects of the bucket, and kms:Decrypt where it has a key of yours`,
      ],
    });
  }
  if (error instanceof ChangedError) {
    return new UserError(error.message, { ...details, code: 'HISTORY_CHANGED', suggestions: ['Run the report again'] });
  }
  if (awsErrorNamed(error, 'ResourceNotFoundException')) {
    return new UserError(`The stack ${environment} has no history table ${table}.`, {
      code: 'NO_TABLE',
      suggestions: [
        'Deploy a preset that has one, such as standard',
        'Leave --kind aggregate out: the scans may be there',
      ],
      cause: error,
    });
  }
  if (awsErrorNamed(error, 'NoSuchBucket')) {
    return new UserError(`There is no bucket any more for ${reading}.`, {
      ...details,
      code: 'HISTORY_MISSING',
      suggestions: [`Deploy the stack again: compliancectl deploy -e ${environment}`],
    });
  }
  const failure = failureOf(error);
  if (failure === undefined) return error;
  if (failure.reason === 'denied') {
    const needed = reading.startsWith('the table')
      ? SCAN_HISTORY.action
      : `${LIST_OBJECTS.action} and ${GET_OBJECT.action}`;
    return new UserError(`AWS denied access to ${reading}: ${failure.detail}.`, {
      ...details,
      code: 'HISTORY_DENIED',
      suggestions: [`Allow ${needed} there`],
    });
  }
  const throttled = failure.reason === 'throttled';
  return new UserError(
    throttled
      ? `AWS throttled the reading of ${reading} to the end: ${failure.detail}.`
      : `${reading[0]?.toUpperCase()}${reading.slice(1)} could not be read: ${failure.detail}.`,
    {
      ...details,
      code: 'HISTORY_UNREADABLE',
      suggestions: [throttled ? 'Try again later' : 'Check the network, proxies and AWS_ENDPOINT_URL'],
    },
  );
}
