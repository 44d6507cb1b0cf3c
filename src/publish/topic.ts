/** The SNS sink: one message, cut to what SNS takes. */
import type { SNSClient } from '@aws-sdk/client-sns';

import type { Call } from '../aws/call.ts';
import { present } from '../aws/errors.ts';

export const PUBLISH: Call = {
  operation: 'Publish',
  action: 'sns:Publish',
  resource: 'arn:{partition}:sns:{region}:{account}:compliance-*',
};

/** Characters that a subject may have. */
const SUBJECT_LIMIT = 99;

export interface TopicMessage {
  /** One line; what an email shows as its subject. */
  readonly subject: string;
  readonly text: string;
  /** What subscriptions filter by: `severity`, `environment`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** @throws what the call throws; MalformedAnswerError where the answer does not say that SNS took it */
export async function publishMessage(
  sns: SNSClient,
  topicArn: string,
  { subject, text, attributes }: TopicMessage,
  signal: AbortSignal,
): Promise<void> {
  const { PublishCommand } = await import('@aws-sdk/client-sns');
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  );
  const message = { TopicArn: topicArn, Subject: subjectOf(subject), Message: text, MessageAttributes };
  const { MessageId } = await sns.send(new PublishCommand(message), { abortSignal: signal });
  present(MessageId, 'MessageId');
}

/** ASCII without line breaks or control characters, and not over long: SNS refuses any other. */
function subjectOf(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7E]+/g, ' ')
    .trim()
    .slice(0, SUBJECT_LIMIT);
}
