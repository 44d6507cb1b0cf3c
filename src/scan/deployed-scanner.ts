/** The function of a stack that scans: found, and called with an id of the caller's, so that a call made again is the same scan. */
import type { LambdaClient } from '@aws-sdk/client-lambda';

import { awsErrorNamed, failureOf, present } from '../aws/errors.ts';
import { throughCuts } from '../aws/retry.ts';
import { uriOf } from '../aws/s3-objects.ts';
import type { StoredObject } from '../aws/s3-objects.ts';
import { documentKey } from '../publish/scan-store.ts';
import { plainLine } from '../report/plain-text.ts';
import { namesOf } from '../stack/names.ts';
import type { Place } from '../stack/spec.ts';
import { EXIT, UserError } from '../user-error.ts';

/** The IAM actions behind the two calls to Lambda. */
const DESCRIBE = 'lambda:GetFunctionConfiguration';
const INVOKE = 'lambda:InvokeFunction';

export interface DeployedScanner {
  readonly id: (typeof SCANNERS)[number]['id'];
  readonly name: string;
  readonly arn: string;
  readonly place: Place;
  /** Milliseconds that one invocation may take. */
  readonly timeout: number;
  /** Where it stores its scans, and remembers what it has delivered of them. */
  readonly bucket?: string;
  /** Milliseconds that AWS's clock is ahead of the one here. */
  readonly clockOffset: number;
}

/** The functions that scan a whole estate, in the order in which they are looked for. */
export const SCANNERS = [
  { id: 'scanner', part: 'compliance-scanner' },
  { id: 'config-evaluator', part: 'config-evaluator' },
] as const;

/** The function of a stack that has no scanner. */
export const TAG_CHECKER = 'tag-compliance-checker';

/**
 * @throws UserError `NOT_DEPLOYED` where there is none; `SCANNER_DENIED` or `SCANNER_UNREADABLE` where AWS does not say
 */
export async function findScanner(
  lambda: LambdaClient,
  environment: string,
  place: Place,
  signal: AbortSignal,
): Promise<DeployedScanner> {
  const { named, arn } = namesOf(environment, place);
  const look = (name: string) => describe(lambda, { name, arn: arn('lambda', `function:${name}`) }, signal);
  for (const { id, part } of SCANNERS) {
    const name = named(part);
    const found = await look(name);
    if (found !== undefined) return { ...found, id, name, place };
  }
  const where = `${place.accountId}/${place.region}`;
  const checker = named(TAG_CHECKER);
  // Only for a better sentence: whoever may not ask for this one gets the other.
  const onlyChecks = await look(checker).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  if (onlyChecks !== undefined) {
    throw new UserError(
      `The stack ${environment} in ${where} has no scanner: its function ${checker} looks at the tags of instances as they change.`,
      { code: 'NOT_DEPLOYED', suggestions: [RUN_HERE, 'Deploy a preset that scans, such as standard'] },
    );
  }
  throw new UserError(
    `No scanner is deployed as ${SCANNERS.map(({ part }) => named(part)).join(' or ')} in ${where}.`,
    {
      code: 'NOT_DEPLOYED',
      suggestions: [
        `Deploy one: compliancectl deploy -e ${environment}`,
        RUN_HERE,
        'Name the region of the stack with --region, if it lies in another one',
      ],
    },
  );
}

const RUN_HERE = 'Run the engine here: compliancectl scan --local';

interface Named {
  readonly name: string;
  readonly arn: string;
}

/** What the function is set up with; `undefined` where there is none. */
async function describe(
  lambda: LambdaClient,
  { name, arn }: Named,
  signal: AbortSignal,
): Promise<Pick<DeployedScanner, 'arn' | 'timeout' | 'bucket' | 'clockOffset'> | undefined> {
  const { GetFunctionConfigurationCommand } = await import('@aws-sdk/client-lambda');
  try {
    const request = new GetFunctionConfigurationCommand({ FunctionName: name });
    const answer = await throughCuts(() => lambda.send(request, { abortSignal: signal }), signal);
    const bucket = answer.Environment?.Variables?.['BUCKET_NAME'];
    return {
      arn: present(answer.FunctionArn, 'FunctionArn'),
      timeout: present(answer.Timeout, 'Timeout') * 1000,
      ...(bucket !== undefined && { bucket }),
      clockOffset: lambda.config.systemClockOffset,
    };
  } catch (error) {
    if (awsErrorNamed(error, 'ResourceNotFoundException')) return undefined;
    throw refusal(error, { action: DESCRIBE, name, arn }, signal);
  }
}

/** A scan as it is asked for. */
export interface ScanRequest {
  readonly scanId: string;
  /** As of when resources are judged, by AWS's clock: a scan from the future would make old news of all that follow. */
  readonly time: Date;
}

/** Where the function will put the document, if it has a bucket. */
export function documentOf({ bucket }: DeployedScanner, { scanId, time }: ScanRequest): StoredObject | undefined {
  return bucket === undefined ? undefined : { bucket, key: documentKey(time.toISOString(), scanId) };
}

/** Where a scan ends up that nobody waits for: a sentence. */
export function whereItEnds(scanner: DeployedScanner, request: ScanRequest): string {
  const document = documentOf(scanner, request);
  return document === undefined
    ? `It is stored nowhere, for ${scanner.name} has no bucket: its alerts and its log group ${logGroupOf(scanner)} say what it finds`
    : `Its document will be ${uriOf(document)}`;
}

/** The function's log group. */
export function logGroupOf({ name }: DeployedScanner): string {
  return `/aws/lambda/${name}`;
}

/** What the function is started with. */
function eventFor({ id, place }: DeployedScanner, { scanId, time }: ScanRequest): object {
  if (id === 'scanner') return { scan_id: scanId, time: time.toISOString() };
  return {
    version: '0',
    id: scanId,
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: place.accountId,
    time: time.toISOString(),
    region: place.region,
    resources: [],
    detail: {},
  };
}

/** Milliseconds beyond the function's own time: a container has to start, and the answer has to come. */
const SLACK = 30_000;

/**
 * Starts a scan, and waits for its answer.
 *
 * @returns the answer as JSON
 * @throws UserError `SCAN_FAILED` where the function does, `SCANNER_UNREADABLE` where it could not be called
 */
export async function invokeScanner(
  lambda: LambdaClient,
  scanner: DeployedScanner,
  request: ScanRequest,
  signal: AbortSignal,
): Promise<unknown> {
  const { FunctionError, Payload } = await invoke(lambda, scanner, request, 'RequestResponse', signal);
  const text = Payload?.transformToString() ?? '';
  if (FunctionError !== undefined) throw failed(scanner, request, text);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new UserError(`${scanner.name} gave an answer that is not JSON, or was cut short.`, {
      code: 'BAD_ANSWER',
      suggestions: [`Its log group says more: ${logGroupOf(scanner)}`, 'Look for a proxy between here and AWS'],
      exitCode: EXIT.failed,
      cause,
    });
  }
}

/**
 * Starts a scan, and does not wait for it.
 *
 * @throws UserError `SCANNER_UNREADABLE` where the function could not be called
 */
export async function startScanner(
  lambda: LambdaClient,
  scanner: DeployedScanner,
  request: ScanRequest,
  signal: AbortSignal,
): Promise<void> {
  await invoke(lambda, scanner, request, 'Event', signal);
}

async function invoke(
  lambda: LambdaClient,
  scanner: DeployedScanner,
  request: ScanRequest,
  InvocationType: 'RequestResponse' | 'Event',
  signal: AbortSignal,
) {
  const { InvokeCommand } = await import('@aws-sdk/client-lambda');
  const Payload = Buffer.from(JSON.stringify(eventFor(scanner, request)));
  const call = () =>
    lambda.send(new InvokeCommand({ FunctionName: scanner.name, InvocationType, Payload }), {
      abortSignal: signal,
      requestTimeout: scanner.timeout + SLACK,
    });
  try {
    // Without a bucket the function has no memory: the same event twice would be measured and told twice.
    return await (scanner.bucket === undefined ? call() : throughCuts(call, signal));
  } catch (error) {
    throw refusal(error, { action: INVOKE, ...scanner }, signal, [
      `A scan that has begun goes on in AWS, as ${request.scanId}`,
      whereItEnds(scanner, request),
    ]);
  }
}

/** What Lambda says of an error that a handler threw: docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
interface ThrownError {
  readonly errorMessage?: unknown;
  readonly errorType?: unknown;
}

/** Characters of a function's message that are shown. */
const LONGEST_MESSAGE = 2000;

function failed(scanner: DeployedScanner, request: ScanRequest, payload: string): UserError {
  const { errorMessage, errorType } = thrownIn(payload);
  const message = typeof errorMessage === 'string' ? plainLine(errorMessage).slice(0, LONGEST_MESSAGE) : '';
  const document = documentOf(scanner, request);
  // It scanned, and could not tell all of it: the document may be there.
  const stored = errorType === 'DeliveryError' && document !== undefined;
  return new UserError(`${scanner.name} failed: ${sentence(message === '' ? 'it does not say why' : message)}`, {
    code: 'SCAN_FAILED',
    suggestions: [
      `Its log group says more: aws logs tail ${logGroupOf(scanner)} --region ${scanner.place.region}`,
      ...(stored ? [`The document, if it stored that: ${uriOf(document)}`] : []),
    ],
    exitCode: EXIT.failed,
  });
}

function thrownIn(payload: string): ThrownError {
  try {
    return (JSON.parse(payload) ?? {}) as ThrownError;
  } catch {
    return {};
  }
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What a person is told of a call to Lambda that failed; a defect of ours, and an interruption, stay what they are. */
function refusal(
  error: unknown,
  { action, name, arn }: Named & { readonly action: string },
  signal: AbortSignal,
  whatGoesOn: readonly string[] = [],
): unknown {
  const failure = failureOf(error);
  if (failure === undefined || signal.aborted) return error;
  const { reason, detail } = failure;
  const details = { code: 'SCANNER_UNREADABLE', exitCode: EXIT.failed, cause: error };
  switch (reason) {
    case 'denied':
      return new UserError(`AWS denied ${action} on ${name}: ${detail}.`, {
        ...details,
        code: 'SCANNER_DENIED',
        suggestions: [`Allow ${action} on ${arn}`],
      });
    case 'throttled':
      return new UserError(`Lambda throttled ${action} on ${name} to the end: ${detail}.`, {
        ...details,
        suggestions: ['Try again when the scans under way have ended'],
      });
    default:
      return new UserError(`${action} on ${name} failed: ${detail}.`, {
        ...details,
        suggestions: ['Check the network, proxies and AWS_ENDPOINT_URL', ...whatGoesOn],
      });
  }
}
