/** An SNS topic: may those publish who should, and does anybody hear. */
import type { Fact } from '../../engine/model.ts';
import type { TopicSpec } from '../../stack/spec.ts';
import { awsCommand, finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';
import { missingStatements } from './statements.ts';

export interface TopicSeen {
  readonly kmsKey: string | null;
  readonly policy: string | null;
  readonly subscriptions: Fact<readonly SubscriptionSeen[]>;
}

export interface SubscriptionSeen {
  readonly protocol: string;
  readonly endpoint: string;
  /** Its ARN, or what SNS writes there of one that has none: `PendingConfirmation`, `Deleted`. */
  readonly arn: string;
}

export function checkTopic(spec: TopicSpec, seen: TopicSeen, checking: Checking): Finding[] {
  return [
    ...encryptionFindings(spec, seen, checking),
    ...missingStatements(seen.policy, spec.policy, checking.keyArn).map((sid) =>
      finding('topic-policy', `The policy of ${spec.name} lacks the statement ${sid}.`, checking.redeploy, {
        subject: sid,
      }),
    ),
    ...(seen.subscriptions.known ? subscriptionFindings(spec, seen.subscriptions.value, checking) : []),
  ];
}

function encryptionFindings({ name, encryption }: TopicSpec, { kmsKey }: TopicSeen, checking: Checking): Finding[] {
  const { keyArn, redeploy } = checking;
  if (encryption === 'none') {
    if (kmsKey === null) return [];
    // Services that publish to it need the key's permission, which only the stack's own key gives them.
    return [
      finding('topic-encryption', `${name} is encrypted with ${kmsKey}, which the stack does not know.`, redeploy),
    ];
  }
  if (kmsKey === null) return [finding('topic-encryption', `${name} is not encrypted.`, redeploy)];
  if (keyArn === undefined || kmsKey === keyArn) return [];
  return [finding('topic-encryption', `${name} is encrypted with ${kmsKey}, not with the stack’s key.`, redeploy)];
}

function subscriptionFindings(spec: TopicSpec, there: readonly SubscriptionSeen[], checking: Checking): Finding[] {
  const { name, arn } = spec;
  const { region, redeploy } = checking;
  return spec.subscriptions.flatMap(({ protocol, endpoint }) => {
    const own = there.filter((one) => one.protocol === protocol && one.endpoint === endpoint).map((one) => one.arn);
    if (own.some((one) => one.startsWith('arn:'))) return [];
    const subject = { subject: endpoint };
    if (own.includes('PendingConfirmation')) {
      const words = ['subscribe', '--topic-arn', arn, '--protocol', protocol, '--notification-endpoint', endpoint];
      return [
        finding(
          'subscription-unconfirmed',
          `${endpoint} has not confirmed its subscription to ${name}, and gets nothing.`,
          {
            remedy: 'Follow the link in the mail that AWS sent; this sends it anew.',
            command: awsCommand(region, 'sns', ...words),
          },
          subject,
        ),
      ];
    }
    return own.includes('Deleted')
      ? [
          finding(
            'subscription-deleted',
            `The subscription of ${endpoint} to ${name} was deleted.`,
            {
              remedy: 'Somebody unsubscribed: ask, then deploy again, or take the address out of alertEmail.',
              ...(redeploy.command !== undefined && { command: redeploy.command }),
            },
            subject,
          ),
        ]
      : [finding('subscription-missing', `${endpoint} is not subscribed to ${name}.`, redeploy, subject)];
  });
}
