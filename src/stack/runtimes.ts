/**
 * The Node.js runtimes of AWS Lambda that a function may be given, and the days AWS has announced for them. AWS has moved
 * such days several times: they are data with a day of their own, and a warning says that they are announced, no more.
 * Source: docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, and for 18 and 20 the dates of aws/aws-rfdk#1703.
 */
import type { Runtime } from './spec.ts';

/** When the days below were last compared with what AWS says. */
const RUNTIME_DATES_AS_OF = '2026-11-01';

export interface RuntimeDates {
  /** The last day of patches. */
  readonly supportedUntil: string;
  /** From then on no function can be created with it, */
  readonly noCreateFrom: string;
  /** and from then on none updated. */
  readonly noUpdateFrom: string;
}

const DATES: Readonly<Record<Runtime, RuntimeDates>> = {
  'nodejs18.x': { supportedUntil: '2025-09-01', noCreateFrom: '2027-02-01', noUpdateFrom: '2027-03-03' },
  'nodejs20.x': { supportedUntil: '2026-04-30', noCreateFrom: '2027-02-01', noUpdateFrom: '2027-03-03' },
  'nodejs22.x': { supportedUntil: '2027-04-30', noCreateFrom: '2027-06-01', noUpdateFrom: '2027-07-01' },
  'nodejs24.x': { supportedUntil: '2028-04-30', noCreateFrom: '2028-06-01', noUpdateFrom: '2028-07-01' },
};

/** What to know of a runtime that is out of support on a day; nothing of one that is supported. */
export function runtimeWarning(runtime: Runtime, now: Date): string | undefined {
  const { supportedUntil, noCreateFrom, noUpdateFrom } = DATES[runtime];
  const today = now.toISOString().slice(0, 10);
  if (today <= supportedUntil) return undefined;
  return (
    `${runtime} is out of support since ${supportedUntil}. AWS has announced (as of ${RUNTIME_DATES_AS_OF}) that functions can no ` +
    `longer be created on it from ${noCreateFrom}, nor updated from ${noUpdateFrom}: set runtime: nodejs24.x.`
  );
}
