/** What triggers a function, checked before anything is done. */
import * as z from 'zod';

import { UserError } from '../user-error.ts';

/** Ids become parts of S3 keys and of sort keys. */
export const eventId = z
  .string()
  .regex(/^[\w.-]{1,64}$/, { error: 'is not an id of letters, digits, dots and dashes' });

export const eventTime = z.iso.datetime({ offset: true, error: 'is not a time such as 2026-11-21T06:00:00Z' });

/** What EventBridge says of every event; what an event is about lies in `detail`. */
export const bridgeEvent = z.object({ id: eventId, time: eventTime, 'detail-type': z.string(), source: z.string() });

/**
 * @param what the event should be, as the sentence says it: `a request for a scan`
 * @throws UserError `BAD_EVENT`: such an event can never succeed
 */
export function parseEvent<Output>(event: unknown, schema: z.ZodType<Output>, what: string): Output {
  const { data, error } = schema.safeParse(event);
  if (error === undefined) return data;
  throw new UserError(`The event is not ${what}: ${firstIssue(error)}.`, {
    code: 'BAD_EVENT',
    suggestions: ['docs/functions.md shows the events that each function takes'],
    cause: error,
  });
}

/**
 * The event that a queue's message holds.
 *
 * @throws UserError `BAD_EVENT` where it is not JSON
 */
export function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new UserError('The event is not JSON.', { code: 'BAD_EVENT', cause });
  }
}

/** Where the first thing is wrong, and what: `shard.account: is not an account id`. */
export function firstIssue({ issues }: z.ZodError): string {
  const [{ path, message }] = issues as [z.core.$ZodIssue];
  return [...(path.length === 0 ? [] : [path.map(String).join('.')]), message].join(': ');
}
