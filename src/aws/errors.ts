/** What went wrong in a call to AWS, in our own words. */
import type { GapReason } from '../engine/model.ts';

/** AWS answered, but not with what the API promises: cut short, a proxy's page, an element missing. */
export class MalformedAnswerError extends Error {
  override readonly name = 'MalformedAnswerError';
}

/**
 * An element that AWS always sends, however empty.
 *
 * @throws MalformedAnswerError where it is missing: to read that as "none" would pass what was never seen
 */
export function present<T>(value: T | undefined, element: string): T {
  if (value === undefined) throw new MalformedAnswerError(`The answer has no ${element}`);
  return value;
}

export interface Failure {
  readonly reason: GapReason;
  /** AWS's own words or the network's, on one line, without a full stop. */
  readonly detail: string;
}

/** True for an answer of AWS's with one of these codes. */
export function awsErrorNamed(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes(error.name);
}

const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'AuthorizationErrorException',
  'UnauthorizedOperation',
  'Client.UnauthorizedOperation',
  'AllAccessDisabled',
]);

// What smithy calls throttling, and what EC2 and S3 say beside it.
const THROTTLED = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** A region that is not enabled for the account answers with one of these. */
const REGION_DISABLED = new Set(['OptInRequired', 'InvalidRegionError', 'IllegalLocationConstraintException']);

/** What services answer to credentials that a region has never heard of; each has its own word for it. */
const UNKNOWN_TO_REGION = new Set([
  'AuthFailure',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'UnrecognizedClientException',
]);

const UNREACHABLE_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/**
 * Why a call failed, or `undefined` where the error did not come from a call at all: that is a defect of ours, and
 * must be thrown on.
 */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  const status = statusOf(error);
  const networkCode = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // A host with several addresses, none of which answers, gives an error without a message.
  const detail = oneLine(message) || networkCode || name;

  if (name === 'AbortError') return { reason: 'interrupted', detail: 'The scan was interrupted' };
  if (error instanceof MalformedAnswerError) return { reason: 'error', detail };
  if (name === 'CredentialsProviderError') return { reason: 'error', detail };
  if (DENIED.has(name)) return { reason: 'denied', detail };
  if (THROTTLED.has(name) || status === 429) return { reason: 'throttled', detail };
  if (REGION_DISABLED.has(name)) return { reason: 'unreachable', detail };
  if (UNREACHABLE_CODES.has(networkCode)) return { reason: 'unreachable', detail };
  if (name === 'TimeoutError') return { reason: 'unreachable', detail };
  // What the SDK throws, as a plain error, where the bytes of an object are not those that S3 has summed up.
  if (message.startsWith('Checksum mismatch')) return { reason: 'unreachable', detail };
  if (status === undefined && !('$metadata' in error)) return undefined;
  if (status === 403 && !isCredentialsCode(name)) return { reason: 'denied', detail };
  return { reason: 'error', detail: name === 'Error' ? detail : `${name}: ${detail}` };
}

/** What went wrong in a run that changes something, whatever was thrown: a sentence without its full stop. */
export function reasonOf(error: unknown): string {
  const failure = failureOf(error);
  if (failure?.reason === 'interrupted') return 'The run was ended';
  return failure?.detail ?? (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}

/**
 * The same for a call to a region, made with credentials that AWS has accepted elsewhere: a region that is not enabled
 * for the account does not know them, and says that it cannot validate them.
 */
export function failureInRegion(error: unknown): Failure | undefined {
  const failure = failureOf(error);
  if (failure === undefined || !(error instanceof Error) || !UNKNOWN_TO_REGION.has(error.name)) return failure;
  return { reason: 'unreachable', detail: `${failure.detail} - is the region enabled for the account?` };
}

/** True where the credentials themselves are the trouble: expired, revoked, mistyped. */
export function isCredentialsError(error: unknown): boolean {
  return error instanceof Error && (error.name === 'CredentialsProviderError' || isCredentialsCode(error.name));
}

function isCredentialsCode(code: string): boolean {
  return [
    'AuthFailure',
    'ExpiredToken',
    'ExpiredTokenException',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'RequestExpired',
    'SignatureDoesNotMatch',
    'TokenRefreshRequired',
    'UnrecognizedClientException',
  ].includes(code);
}

function statusOf(error: Error): number | undefined {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } }).$metadata;
  return metadata?.httpStatusCode;
}

/** AWS appends blobs (an encoded authorisation message) and hints of the SDK that help nobody in a table. */
function oneLine(message: string): string {
  return message
    .replace(/\s*Deserialization error: to see the raw response.*$/s, '')
    .replace(/\s*Encoded authorization failure message: \S+/s, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '')
    .slice(0, 500);
}
