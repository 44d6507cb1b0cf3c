/** Addresses that have not confirmed their subscription: until they do, they get nothing. */
import type { Clients } from '../aws/clients.ts';
import { failureOf } from '../aws/errors.ts';

/** SNS writes this where the ARN of a confirmed subscription stands. */
const PENDING = 'PendingConfirmation';

/** How long the link in the confirmation mail holds (docs.aws.amazon.com/sns/latest/api/API_Subscribe.html). */
export const CONFIRMATION_DAYS = 2;

/**
 * The addresses of these topics that are pending, each once; `undefined` where AWS does not say.
 *
 * @param topicArns topics in one region
 */
export async function pendingEmails(
  topicArns: readonly string[],
  clients: Pick<Clients, 'sns'>,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const { paginateListSubscriptionsByTopic } = await import('@aws-sdk/client-sns');
  const pending = new Set<string>();
  try {
    const client = await clients.sns();
    for (const TopicArn of topicArns) {
      for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic(
        { client },
        { TopicArn },
        { abortSignal: signal },
      )) {
        for (const { Protocol, Endpoint, SubscriptionArn } of Subscriptions) {
          if (Protocol === 'email' && Endpoint !== undefined && SubscriptionArn === PENDING) pending.add(Endpoint);
        }
      }
    }
    return [...pending];
  } catch (error) {
    if (failureOf(error) === undefined) throw error;
    return undefined;
  }
}
