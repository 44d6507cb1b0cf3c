/** What a rule may say of one resource. Each but `pass` gives its reason. */
import type { Unread } from './model.ts';

export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const CATEGORIES = [
  'encryption',
  'exposure',
  'tagging',
  'backup',
  'configuration',
  'identity',
  'logging',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** One of several ways in which a resource fails a rule. */
export interface FailureFact {
  /** Stable from scan to scan, so that a baseline can tell worse from unchanged: `ingress/tcp/3389/::/0`. */
  readonly key: string;
  readonly message: string;
}

export interface Pass {
  readonly status: 'PASS';
}

export interface Fail {
  readonly status: 'FAIL';
  readonly message: string;
  readonly facts?: readonly FailureFact[];
  /** Set where this failure weighs more or less than the rule's own severity. */
  readonly severity?: Severity;
}

export interface NotApplicable {
  readonly status: 'NOT_APPLICABLE';
  readonly message: string;
}

export interface UnknownVerdict {
  readonly status: 'UNKNOWN';
  readonly message: string;
  /** The IAM action that would settle it, where access was denied. */
  readonly missingPermission?: string;
}

export type Verdict = Pass | Fail | NotApplicable | UnknownVerdict;

export const pass: Pass = { status: 'PASS' };

export function fail(message: string, details: { facts?: readonly FailureFact[]; severity?: Severity } = {}): Fail {
  return { status: 'FAIL', message, ...details };
}

export function notApplicable(message: string): NotApplicable {
  return { status: 'NOT_APPLICABLE', message };
}

/**
 * The verdict on a resource of which something could not be read.
 *
 * @param thing what could not be read, as the start of a sentence: `The tags of instance i-0abc`
 * @param unread the fact that is missing; its reason ends the sentence
 */
export function unknown(thing: string, unread: Unread): UnknownVerdict {
  const message = `${thing} could not be read: ${explain(unread)}.`;
  return unread.permission === undefined
    ? { status: 'UNKNOWN', message }
    : { status: 'UNKNOWN', message, missingPermission: unread.permission };
}

/** The verdict on a resource that was read but cannot be decided; `message` is a whole sentence. */
export function undecided(message: string): UnknownVerdict {
  return { status: 'UNKNOWN', message };
}

function explain({ reason, permission }: Unread): string {
  switch (reason) {
    case 'denied':
      return permission === undefined ? 'access was denied' : `${permission} was denied`;
    case 'throttled':
      return 'AWS throttled the call to the end';
    case 'unreachable':
      return 'the endpoint could not be reached';
    case 'deadline':
      return 'the time ran out';
    case 'interrupted':
      return 'the scan was interrupted';
    case 'error':
      return 'the call failed';
    case 'not-collected':
      return 'the source did not collect that';
  }
}

/** True where `a` weighs at least as much as `b`. */
export function atLeast(a: Severity, b: Severity): boolean {
  return SEVERITIES.indexOf(a) <= SEVERITIES.indexOf(b);
}
