/** A scan by the deployed function of an environment: found, called, and its result fetched as if it had run here. */
import { createClients } from '../aws/clients.ts';
import type { Clients } from '../aws/clients.ts';
import { uriOf } from '../aws/s3-objects.ts';
import { openPlace } from '../deployment/place.ts';
import { EXIT, UserError } from '../user-error.ts';
import { deployedScan, readAnswer } from './deployed-scan.ts';
import type { DeployedScan } from './deployed-scan.ts';
import { documentOf, findScanner, invokeScanner, logGroupOf, startScanner, whereItEnds } from './deployed-scanner.ts';
import type { DeployedScanner, ScanRequest } from './deployed-scanner.ts';
import type { RemotePlan } from './remote-plan.ts';

export interface RemoteSettings {
  readonly env: NodeJS.ProcessEnv;
  /** Ends the waiting; the scan itself goes on in AWS. */
  readonly signal: AbortSignal;
  /** What is waited for once a scan has been asked for, whenever that changes. */
  readonly onProgress: (what: string) => void;
}

/**
 * Has the deployed function scan, and waits for the result.
 *
 * @throws UserError for what the person can mend: nothing deployed, a call denied, a function that failed, a document that
 *   cannot be had; `INTERRUPTED` where the waiting was ended
 */
export function runRemoteScan(plan: RemotePlan, settings: RemoteSettings): Promise<DeployedScan> {
  const { signal, onProgress } = settings;
  return withScanner(plan, settings, async (scanner, clients) => {
    const request = requestFor(plan, scanner);
    onProgress(`Waiting for ${scanner.name} in ${scanner.place.accountId}/${scanner.place.region}`);
    const value = await unlessInterrupted(signal, [whereItEnds(scanner, request)], {
      message: `The waiting was ended. A scan that has begun goes on in AWS, as ${request.scanId}.`,
      work: async () => invokeScanner(await clients.lambda(), scanner, request, signal),
    });
    const answer = readAnswer(value, scanner);
    onProgress('Reading the scan document');
    return unlessInterrupted(signal, answer.document === undefined ? [] : [`It is ${uriOf(answer.document)}`], {
      message: `The reading was ended. The scan ${answer.scan_id} is done.`,
      work: () => deployedScan(answer, plan, scanner, { s3: () => clients.s3(), signal }),
    });
  });
}

/** What is told of a scan that nobody waits for: the document of `scan --async --json`. */
export interface RequestedScan {
  readonly schema: 'compliancectl.scan-request/1';
  readonly scan_id: string;
  /** ISO 8601, UTC: as of when the estate is judged. */
  readonly report_timestamp: string;
  readonly environment: string;
  readonly function_name: string;
  readonly function_arn: string;
  readonly log_group: string;
  /** Where the scan document will lie, if the function has a bucket. */
  readonly document?: { readonly bucket: string; readonly key: string };
}

/**
 * Has the deployed function scan, and does not wait for it.
 *
 * @throws UserError as `runRemoteScan` does
 */
export function requestRemoteScan(
  plan: RemotePlan,
  settings: RemoteSettings,
): Promise<{ readonly document: RequestedScan; readonly text: string }> {
  const { signal } = settings;
  return withScanner(plan, settings, async (scanner, clients) => {
    const request = requestFor(plan, scanner);
    await unlessInterrupted(signal, [whereItEnds(scanner, request)], {
      message: `The asking was ended. A scan that has begun goes on in AWS, as ${request.scanId}.`,
      work: async () => startScanner(await clients.lambda(), scanner, request, signal),
    });
    const { name, arn, place } = scanner;
    const document = documentOf(scanner, request);
    return {
      document: {
        schema: 'compliancectl.scan-request/1',
        scan_id: request.scanId,
        report_timestamp: request.time.toISOString(),
        environment: plan.environment,
        function_name: name,
        function_arn: arn,
        log_group: logGroupOf(scanner),
        ...(document !== undefined && { document }),
      },
      text: [
        `${name} in ${place.accountId}/${place.region} was asked for the scan ${request.scanId}.`,
        `${whereItEnds(scanner, request)}.`,
        `To wait for a scan and see it: compliancectl scan -e ${plan.environment}`,
        '',
      ].join('\n'),
    };
  });
}

/** AWS's time, by the clock here and how far it is off. */
function requestFor({ scanId, now }: RemotePlan, { clockOffset }: DeployedScanner): ScanRequest {
  return { scanId, time: new Date(now.getTime() + clockOffset) };
}

async function withScanner<Result>(
  { environment, region }: RemotePlan,
  { env, signal }: RemoteSettings,
  work: (scanner: DeployedScanner, clients: Clients) => Promise<Result>,
): Promise<Result> {
  const { place, account } = await openPlace(region, { env, signal });
  const clients = createClients({ region, credentials: account.credentials, env, signal });
  try {
    const scanner = await unlessInterrupted(signal, [], {
      message: 'Interrupted before a scan was asked for.',
      work: async () => findScanner(await clients.lambda(), environment, place, signal),
    });
    return await work(scanner, clients);
  } finally {
    clients.destroy();
  }
}

/** Whatever fails once the person has ended it has failed for that. */
async function unlessInterrupted<Result>(
  signal: AbortSignal,
  suggestions: readonly string[],
  { message, work }: { readonly message: string; readonly work: () => Promise<Result> },
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new UserError(message, { code: 'INTERRUPTED', suggestions, exitCode: EXIT.interrupted, cause: error });
  }
}
