/** SNS, SQS and EventBridge. */
import type { Target } from '@aws-sdk/client-eventbridge';

import { present } from '../../aws/errors.ts';
import { notCollected } from '../../engine/model.ts';
import type { Fact } from '../../engine/model.ts';
import { CALLS } from '../calls.ts';
import type { QueueSeen } from '../checks/queue.ts';
import type { RuleSeen, TargetSeen } from '../checks/rule.ts';
import type { SubscriptionSeen, TopicSeen } from '../checks/topic.ts';
import { metricKey, queueQuery, ruleQuery } from '../metrics.ts';
import type { MetricValues } from '../metrics.ts';
import { mapFact, read, readAlways } from '../reading.ts';
import type { Reading } from '../reading.ts';

export async function readTopic(arn: string, reading: Reading): Promise<Fact<TopicSeen | null>> {
  const { GetTopicAttributesCommand } = await import('@aws-sdk/client-sns');
  const attributes = await read(
    reading,
    CALLS.topic,
    async (options) => {
      const sns = await reading.clients.sns();
      const answer = await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }), options);
      return present(answer.Attributes, 'Attributes');
    },
    ['NotFoundException', 'NotFound'],
  );
  if (!attributes.known || attributes.value === null) return attributes as Fact<null>;
  const { KmsMasterKeyId: key = '', Policy: policy = '' } = attributes.value;
  const subscriptions = await readSubscriptions(arn, reading);
  return mapFact(attributes, () => ({
    kmsKey: key === '' ? null : key,
    policy: policy === '' ? null : policy,
    subscriptions,
  }));
}

async function readSubscriptions(arn: string, reading: Reading): Promise<Fact<readonly SubscriptionSeen[]>> {
  const { paginateListSubscriptionsByTopic } = await import('@aws-sdk/client-sns');
  return readAlways(reading, CALLS.subscriptions, async ({ abortSignal }) => {
    const client = await reading.clients.sns();
    const found: SubscriptionSeen[] = [];
    for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: arn }, { abortSignal })) {
      for (const { Protocol, Endpoint, SubscriptionArn } of present(page.Subscriptions, 'Subscriptions')) {
        found.push({ protocol: Protocol ?? '', endpoint: Endpoint ?? '', arn: SubscriptionArn ?? '' });
      }
    }
    return found;
  });
}

/** What SQS answers where there is no such queue: the code of its own protocol, and that of JSON. */
const NO_QUEUE = ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 'QueueDoesNotExistException'];

export async function readQueue(
  name: string,
  metrics: MetricValues,
  reading: Reading,
): Promise<Fact<QueueSeen | null>> {
  const { GetQueueAttributesCommand, GetQueueUrlCommand } = await import('@aws-sdk/client-sqs');
  const url = await read(
    reading,
    CALLS.queueUrl,
    async (options) => {
      const sqs = await reading.clients.sqs();
      return present((await sqs.send(new GetQueueUrlCommand({ QueueName: name }), options)).QueueUrl, 'QueueUrl');
    },
    NO_QUEUE,
  );
  if (!url.known || url.value === null) return url as Fact<null>;
  const { value } = url;
  return read(
    reading,
    CALLS.queue,
    async (options) => {
      const sqs = await reading.clients.sqs();
      const request = new GetQueueAttributesCommand({ QueueUrl: value, AttributeNames: ['All'] });
      const attributes = present((await sqs.send(request, options)).Attributes, 'Attributes');
      const number = (attribute: 'ApproximateNumberOfMessages' | 'MessageRetentionPeriod' | 'VisibilityTimeout') =>
        Number(present(attributes[attribute], attribute));
      return {
        url: value,
        messages: number('ApproximateNumberOfMessages'),
        inFlight: Number(attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
        retentionSeconds: number('MessageRetentionPeriod'),
        visibilitySeconds: number('VisibilityTimeout'),
        encryptedBySqs: attributes.SqsManagedSseEnabled === 'true',
        policy: attributes.Policy ?? null,
        redrive: attributes.RedrivePolicy ?? null,
        oldestSeconds: metrics.get(metricKey(queueQuery(name))) ?? notCollected,
      };
    },
    NO_QUEUE,
  );
}

export async function readRule(name: string, metrics: MetricValues, reading: Reading): Promise<Fact<RuleSeen | null>> {
  const { DescribeRuleCommand } = await import('@aws-sdk/client-eventbridge');
  const rule = await read(
    reading,
    CALLS.rule,
    async (options) => {
      const events = await reading.clients.eventbridge();
      const answer = await events.send(new DescribeRuleCommand({ Name: name }), options);
      return {
        enabled: present(answer.State, 'State') !== 'DISABLED',
        expression: textOf(answer.ScheduleExpression),
        pattern: textOf(answer.EventPattern),
      };
    },
    ['ResourceNotFoundException'],
  );
  if (!rule.known || rule.value === null) return rule as Fact<null>;
  const { value } = rule;
  const targets = await readTargets(name, reading);
  const failed = metrics.get(metricKey(ruleQuery(name))) ?? notCollected;
  return mapFact(rule, () => ({ ...value, targets, failed }));
}

function textOf(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

async function readTargets(name: string, reading: Reading): Promise<Fact<readonly TargetSeen[]>> {
  const { ListTargetsByRuleCommand } = await import('@aws-sdk/client-eventbridge');
  return readAlways(reading, CALLS.targets, async (options) => {
    const events = await reading.clients.eventbridge();
    const found: TargetSeen[] = [];
    let next: string | undefined;
    // The SDK has no paginator for this call.
    do {
      const request = new ListTargetsByRuleCommand({ Rule: name, ...(next !== undefined && { NextToken: next }) });
      const { Targets, NextToken } = await events.send(request, options);
      found.push(...present(Targets, 'Targets').map(targetSeen));
      next = NextToken;
    } while (next !== undefined);
    return found;
  });
}

function targetSeen({ Arn, DeadLetterConfig, RetryPolicy, InputTransformer }: Target): TargetSeen {
  return {
    arn: Arn ?? '',
    deadLetterArn: DeadLetterConfig?.Arn ?? null,
    attempts: RetryPolicy?.MaximumRetryAttempts ?? null,
    maximumAgeSeconds: RetryPolicy?.MaximumEventAgeInSeconds ?? null,
    template: InputTransformer?.InputTemplate ?? null,
  };
}
