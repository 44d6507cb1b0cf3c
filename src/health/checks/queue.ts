/** An SQS queue: is it as it should be, and does anything lie in it that should not. */
import type { Fact } from '../../engine/model.ts';
import type { QueueSpec } from '../../stack/spec.ts';
import { awsCommand, differences, finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';
import { parsedJson } from './json-text.ts';
import { missingStatements } from './statements.ts';

export interface QueueSeen {
  readonly url: string;
  readonly messages: number;
  /** Received, and not yet deleted. */
  readonly inFlight: number;
  readonly retentionSeconds: number;
  readonly visibilitySeconds: number;
  readonly encryptedBySqs: boolean;
  readonly policy: string | null;
  readonly redrive: string | null;
  /** Seconds that the oldest message has waited; `null` where CloudWatch has nothing on it. */
  readonly oldestSeconds: Fact<number | null>;
}

/** Messages that wait longer than this are not being processed as they come. */
const BEHIND_SECONDS = 3600;

/** Past this share of the time that a queue keeps messages, what is in it is about to be lost. */
const LOSING = 0.75;

/** @param use `dead-letters`: what lies in it is lost soon, and nobody takes it out */
export function checkQueue(
  spec: QueueSpec,
  use: 'dead-letters' | 'events',
  seen: QueueSeen,
  checking: Checking,
): Finding[] {
  return [
    ...(use === 'dead-letters' ? deadLetterFindings(spec, seen, checking) : waitingFindings(spec, seen, checking)),
    ...differences(
      'queue-differs',
      spec.name,
      [
        { name: 'retention', wanted: spec.retentionSeconds, found: seen.retentionSeconds },
        { name: 'visibility', wanted: spec.visibilitySeconds, found: seen.visibilitySeconds },
        { name: 'encryption by SQS', wanted: true, found: seen.encryptedBySqs },
        { name: 'dead-letter queue', wanted: spec.redrive?.arn ?? null, found: redriveOf(seen).arn },
        { name: 'receives', wanted: spec.redrive?.receives ?? null, found: redriveOf(seen).receives },
      ],
      checking,
    ),
    ...missingStatements(seen.policy, spec.policy).map((sid) =>
      finding('queue-policy', `The policy of ${spec.name} lacks the statement ${sid}.`, checking.redeploy, {
        subject: sid,
      }),
    ),
  ];
}

function deadLetterFindings({ name }: QueueSpec, seen: QueueSeen, { region }: Checking): Finding[] {
  const { url, messages, inFlight, retentionSeconds, oldestSeconds } = seen;
  const count = messages + inFlight;
  if (count === 0) return [];
  const oldest = oldestSeconds.known ? (oldestSeconds.value ?? 0) : 0;
  const look = {
    remedy: 'Read why they could not be processed, mend that, and move them back (aws sqs start-message-move-task).',
    command: awsCommand(region, 'sqs', 'receive-message', '--queue-url', url, '--attribute-names', 'All'),
  };
  const what = `${count === 1 ? '1 message' : `${count} messages`} in ${name} could not be processed`;
  return oldest >= LOSING * retentionSeconds
    ? [
        finding(
          'queue-losing-dead-letters',
          `${what}, the oldest for ${days(oldest)}: after ${days(retentionSeconds)} SQS deletes it.`,
          look,
        ),
      ]
    : [finding('queue-has-dead-letters', `${what}${oldest > 0 ? `, the oldest for ${days(oldest)}` : ''}.`, look)];
}

function waitingFindings({ name, arn }: QueueSpec, seen: QueueSeen, { region }: Checking): Finding[] {
  const { oldestSeconds, messages } = seen;
  const oldest = oldestSeconds.known ? (oldestSeconds.value ?? 0) : 0;
  if (oldest < BEHIND_SECONDS) return [];
  return [
    finding('queue-behind', `The oldest message in ${name} has waited for ${days(oldest)}, of ${messages}.`, {
      remedy: 'See whether the function that takes them is throttled or fails.',
      command: awsCommand(region, 'lambda', 'list-event-source-mappings', '--event-source-arn', arn),
    }),
  ];
}

function days(seconds: number): string {
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 2 * 86_400 ? `${Math.round(seconds / 3600)} hours` : `${Math.floor(seconds / 86_400)} days`;
}

function redriveOf({ redrive }: QueueSeen): { readonly arn: string | null; readonly receives: number | null } {
  const parsed = redrive === null ? undefined : parsedJson(redrive);
  if (typeof parsed !== 'object' || parsed === null) return { arn: null, receives: null };
  const { deadLetterTargetArn, maxReceiveCount } = parsed as Readonly<Record<string, unknown>>;
  return {
    arn: typeof deadLetterTargetArn === 'string' ? deadLetterTargetArn : null,
    // SQS gives it back as a number or as a string, as it was set.
    receives: maxReceiveCount === undefined ? null : Number(maxReceiveCount),
  };
}
