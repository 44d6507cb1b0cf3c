/** What starts the Config evaluator: a rule of AWS Config, or the schedule. */
import * as z from 'zod';

import { configItem, configItemHead } from '../inventory/config-item.ts';
import { UserError } from '../user-error.ts';
import { eventId, eventTime, parseEvent } from './event.ts';

const invokingEvent = z.discriminatedUnion('messageType', [
  z.object({ messageType: z.literal('ConfigurationItemChangeNotification'), configurationItem: configItem }),
  // An item of more than some 100 KB is not in the event: it has to be fetched.
  z.object({
    messageType: z.literal('OversizedConfigurationItemChangeNotification'),
    configurationItemSummary: configItemHead,
  }),
  z.object({ messageType: z.literal('ScheduledNotification'), notificationCreationTime: z.iso.datetime() }),
]);

/** https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html */
const configRuleEvent = z.object({
  configRuleName: z.string().min(1),
  accountId: z.string().min(1),
  invokingEvent: z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.issues.push({ code: 'custom', message: 'is not JSON', input: text });
        return z.NEVER;
      }
    })
    .pipe(invokingEvent),
  ruleParameters: z.string().nullish(),
  resultToken: z.string().min(1),
  eventLeftScope: z.boolean().default(false),
});

/** An EventBridge schedule, or whoever names the rules that are to be evaluated. */
const scheduleEvent = z.object({
  id: eventId.optional(),
  time: eventTime,
  rules: z.array(z.string()).min(1).optional(),
});

export type InvokingEvent = z.output<typeof invokingEvent>;
export type ConfigRuleEvent = z.output<typeof configRuleEvent>;
export type ScheduleEvent = z.output<typeof scheduleEvent>;

export type EvaluatorEvent =
  | { readonly kind: 'config-rule'; readonly event: ConfigRuleEvent }
  | { readonly kind: 'schedule'; readonly event: ScheduleEvent };

/** @throws UserError `BAD_EVENT` for an event that is neither, or lacks what is needed of it */
export function readEvaluatorEvent(event: unknown): EvaluatorEvent {
  const fields = typeof event === 'object' && event !== null ? (event as Readonly<Record<string, unknown>>) : {};
  if ('invokingEvent' in fields) {
    return { kind: 'config-rule', event: parseEvent(event, configRuleEvent, 'one of an AWS Config rule') };
  }
  if (fields['source'] === 'aws.events' || 'rules' in fields) {
    return { kind: 'schedule', event: parseEvent(event, scheduleEvent, 'one of a schedule') };
  }
  throw unusable('is neither of an AWS Config rule nor of a schedule');
}

function unusable(what: string): UserError {
  return new UserError(`The event ${what}.`, {
    code: 'BAD_EVENT',
    suggestions: ['Deploy the stack again: it wires the function to its events'],
  });
}
