/** What the tag checker is told: instances that changed their state, through a queue or directly, or to look at all. */
import * as z from 'zod';

import { bridgeEvent, eventId, eventTime, parseBody, parseEvent } from './event.ts';
import type { Invocation } from './invocation.ts';

/** A state change that came through the queue. */
export interface QueuedChange {
  readonly messageId: string;
  /** How often the queue has handed it out, this time included. */
  readonly receipts: number;
  readonly eventId: string;
  readonly time: Date;
  readonly instanceId: string;
  /** What the instance had become when the event was written; it may be another by now. */
  readonly state: string;
}

/** A request that came without the queue. */
export interface DirectRequest {
  readonly eventId: string;
  readonly time: Date;
  /** All running instances are meant where not given. */
  readonly instanceId?: string;
}

const batchSchema = z.object({
  Records: z.array(
    z.object({
      messageId: z.string().min(1),
      body: z.string(),
      eventSource: z.literal('aws:sqs', { error: 'is not aws:sqs' }),
      attributes: z.object({ ApproximateReceiveCount: z.coerce.number().default(1) }).prefault({}),
    }),
  ),
});

export type QueueRecord = z.output<typeof batchSchema>['Records'][number];

/** It becomes part of an object's key; whether there is such an instance, EC2 says. */
const instanceId = z.string().regex(/^i-[0-9a-zA-Z]{1,32}$/, { error: 'is not the id of an instance' });

const STATE_CHANGE = 'EC2 Instance State-change Notification';

/** EC2 by its events, and who starts functions on schedule. */
const SOURCES = ['aws.ec2', 'aws.events', 'aws.scheduler'] as const;

/** Other events of EC2 name no instance, and would have all of them checked. */
const DETAIL_TYPES = [STATE_CHANGE, 'Scheduled Event'] as const;

/** True where the event is a batch of a queue, or means to be one. */
export function isBatch(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'Records' in event;
}

/** @throws UserError `BAD_EVENT` where the batch as a whole is none: what is wrong with one record is that record's matter */
export function recordsOf(event: unknown): QueueRecord[] {
  return parseEvent(event, batchSchema, 'a batch of a queue').Records;
}

/** @throws UserError `BAD_EVENT` where the body is not JSON, or not a state change of this account and region */
export function changeOf({ messageId, body, attributes }: QueueRecord, invocation: Invocation): QueuedChange {
  const schema = bridgeEvent.extend({
    ...placeOf(invocation),
    source: z.literal('aws.ec2', { error: 'is not aws.ec2' }),
    'detail-type': z.literal(STATE_CHANGE, { error: `is not ${STATE_CHANGE}` }),
    detail: z.object({ 'instance-id': instanceId, state: z.string() }),
  });
  const { id, time, detail } = parseEvent(parseBody(body), schema, 'a state change of an instance');
  return {
    messageId,
    receipts: attributes.ApproximateReceiveCount,
    eventId: id,
    time: new Date(time),
    instanceId: detail['instance-id'],
    state: detail.state,
  };
}

/**
 * An event without the queue, or what a person asks for: `{ detail: { 'instance-id' } }`, or `{}` for all that run.
 *
 * @throws UserError `BAD_EVENT` where it is neither, or comes from elsewhere
 */
export function requestOf(event: unknown, invocation: Invocation): DirectRequest {
  const { account, region } = placeOf(invocation);
  const schema = z.object({
    id: eventId.default(invocation.requestId),
    time: eventTime.default(invocation.startedAt.toISOString()),
    account: account.optional(),
    region: region.optional(),
    source: z.enum(SOURCES, { error: `is none of ${SOURCES.join(', ')}` }).optional(),
    'detail-type': z.enum(DETAIL_TYPES, { error: `is none of ${DETAIL_TYPES.join(', ')}` }).optional(),
    detail: z.object({ 'instance-id': instanceId.optional() }).prefault({}),
  });
  const { id, time, detail } = parseEvent(event, schema, 'a state change of an instance, nor a request for a check');
  const { 'instance-id': named } = detail;
  return { eventId: id, time: new Date(time), ...(named !== undefined && { instanceId: named }) };
}

/** An instance of elsewhere would be looked for here, not found, and forgotten. */
function placeOf({ account: { accountId }, region }: Invocation) {
  return {
    account: z.literal(accountId, { error: `is not ${accountId}` }),
    region: z.literal(region, { error: `is not ${region}` }),
  };
}
