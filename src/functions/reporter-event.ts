/** What starts the reporter: a schedule, a request, or the function whose results it is to report on. */
import * as z from 'zod';

import { PERIOD_KINDS } from '../report/period-report.ts';
import type { PeriodKind } from '../report/period-report.ts';
import { eventId, eventTime, parseEvent } from './event.ts';
import type { Invocation } from './invocation.ts';

const KINDS = [...PERIOD_KINDS, 'aggregate'] as const;
export type ReportKind = (typeof KINDS)[number];

/** A schedule's own event has neither kind nor date; what a deployment lets it send has a kind. */
const requestSchema = z.object({
  id: eventId.optional(),
  time: eventTime.optional(),
  kind: z.enum(KINDS).optional(),
  date: z.iso.date({ error: 'is not a day such as 2026-11-20' }).optional(),
  detail: z.object({ kind: z.enum(KINDS).optional() }).optional(),
});

/**
 * What Lambda hands a destination on success
 * (docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
 */
const destinationSchema = z.object({
  version: z.string(),
  timestamp: eventTime,
  requestContext: z.object({ requestId: eventId }),
  requestPayload: z.unknown(),
});

/** The event that the other function had. */
const payloadSchema = z.object({ time: eventTime });

/** A report on days, or on the history as of a moment. */
export type ReportRequest =
  /** `id` tells one event from another; `date` is the last day. */
  | { readonly kind: PeriodKind; readonly id: string; readonly date: string }
  /** ISO 8601 with milliseconds, UTC. */
  | { readonly kind: 'aggregate'; readonly id: string; readonly asOf: string };

/**
 * @throws UserError `BAD_EVENT` for an event that asks for no report
 */
export function readReporterEvent(event: unknown, { requestId, startedAt }: Invocation): ReportRequest {
  const destination = destinationSchema.safeParse(event).data;
  if (destination !== undefined) {
    const time = payloadSchema.safeParse(destination.requestPayload).data?.time ?? destination.timestamp;
    return { kind: 'aggregate', id: destination.requestContext.requestId, asOf: new Date(time).toISOString() };
  }
  const request = parseEvent(event, requestSchema, 'a schedule’s, nor a request for a report');
  const { id = requestId, time, date } = request;
  const at = (time === undefined ? startedAt : new Date(time)).toISOString();
  const kind = request.kind ?? request.detail?.kind ?? 'daily';
  if (kind === 'aggregate') return { kind, id, asOf: date === undefined ? at : `${date}T23:59:59.999Z` };
  return { kind, id, date: date ?? dayBefore(at) };
}

/** The last day that is over. */
function dayBefore(time: string): string {
  return new Date(Date.parse(`${time.slice(0, 10)}T00:00:00.000Z`) - 1).toISOString().slice(0, 10);
}
