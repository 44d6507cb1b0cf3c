/** Topics, queues and buckets: the parts that every preset is made of. */
import { bucketName } from './names.ts';
import type { Names } from './names.ts';
import { bucketPolicy, configDelivery, queuePolicy, topicPolicy } from './resource-policies.ts';
import type { BucketSpec, LifecycleRule, QueueSpec, StackSpec, TopicSpec } from './spec.ts';
import type { StackSettings } from './settings.ts';

/** A message nobody could process is kept as long as SQS keeps any: 14 days. */
const DEAD_LETTER_SECONDS = 1_209_600;

/** @param from who sends to it beside Lambda, which has the function's role */
export function deadLetterQueue(
  name: string,
  names: Names,
  from: { readonly rules?: readonly string[]; readonly topics?: readonly string[] },
): QueueSpec {
  const arn = names.arn('sqs', name);
  return {
    name,
    arn,
    retentionSeconds: DEAD_LETTER_SECONDS,
    visibilitySeconds: 30,
    policy: queuePolicy(arn, [
      { service: 'events.amazonaws.com', sourceArns: from.rules ?? [] },
      { service: 'sns.amazonaws.com', sourceArns: from.topics ?? [] },
    ]),
  };
}

/**
 * How SNS tries HTTP/S subscriptions again, in all within the hour that it allows; of email and the others AWS itself decides
 * (docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
 */
const DELIVERY_POLICY = {
  http: {
    defaultHealthyRetryPolicy: {
      minDelayTarget: 5,
      maxDelayTarget: 300,
      numRetries: 20,
      numNoDelayRetries: 1,
      numMinDelayRetries: 2,
      numMaxDelayRetries: 7,
      backoffFunction: 'exponential',
    },
    disableSubscriptionOverrides: false,
  },
};

/** @param part `compliance-alerts` */
export function topic(
  part: string,
  names: Names,
  {
    emails,
    encryption,
    title,
  }: { readonly emails: readonly string[]; readonly encryption: Encryption; readonly title: string },
): TopicSpec {
  const name = names.named(part);
  const arn = names.arn('sns', name);
  return {
    name,
    arn,
    displayName: `${title} (${names.environment})`,
    encryption: encryption === 'customer-key' ? 'customer-key' : 'none',
    policy: topicPolicy(arn, names),
    deliveryPolicy: DELIVERY_POLICY,
    subscriptions: emails.map((endpoint) => ({ protocol: 'email', endpoint })),
    ...(emails.length > 0 && { deadLetters: deadLetterQueue(names.named(`${part}-dlq`), names, { topics: [arn] }) }),
  };
}

export type Encryption = BucketSpec['encryption'];

export interface BucketPlan {
  readonly purpose: BucketSpec['purpose'];
  /** `compliance-results`. */
  readonly part: string;
  readonly encryption: Encryption;
  /** Its name is literal. */
  readonly exact: boolean;
  readonly keep: NonNullable<StackSettings['buckets']>;
  /** Scan documents lie in it, and what of their delivery is remembered. */
  readonly holdsScans: boolean;
  readonly notifies: boolean;
}

export function bucket(plan: BucketPlan, names: Names): BucketSpec {
  const { purpose, encryption } = plan;
  const own = bucketName(names.named(plan.part), names.place, plan.exact);
  return {
    purpose,
    ...own,
    encryption,
    versioned: purpose !== 'logs',
    notifies: plan.notifies,
    policy: bucketPolicy(own.arn, purpose === 'delivery' ? configDelivery(own.arn, names) : []),
    lifecycle: lifecycleOf(plan),
    tags: { Name: own.bareName, ...(purpose === 'results' && { Purpose: 'Compliance scan results storage' }) },
  };
}

/** What is there to remember deliveries by is needed for as long as Lambda and queues may try again: days, not years. */
const REMEMBERED_DAYS = 30;

function lifecycleOf({ purpose, keep, holdsScans }: BucketPlan): LifecycleRule[] {
  const { expireAfterDays } = (purpose === 'delivery' ? undefined : keep[purpose]) ?? {};
  const glacierAfterDays = purpose === 'results' ? keep.results?.glacierAfterDays : undefined;
  const versioned = purpose !== 'logs';
  const passing = { expireAfterDays: REMEMBERED_DAYS, expireNoncurrentAfterDays: 1 };
  const expires = expireAfterDays !== undefined;
  return [
    ...(glacierAfterDays === undefined ? [] : [{ id: 'archive', glacierAfterDays }]),
    ...(expires ? [{ id: 'expire', expireAfterDays, ...(versioned && { expireNoncurrentAfterDays: 1 }) }] : []),
    // Where everything goes soon, nothing need go sooner.
    ...(holdsScans && !(expires && expireAfterDays <= REMEMBERED_DAYS)
      ? [
          { id: 'deliveries', prefix: 'deliveries/', ...passing },
          { id: 'digests', prefix: 'digests/', ...passing },
          { id: 'latest', prefix: 'latest.json', expireNoncurrentAfterDays: 1 },
        ]
      : []),
    { id: 'uploads', abortUploadsAfterDays: 7 },
  ];
}

/** The bucket for a purpose. */
export function bucketFor(
  purpose: BucketSpec['purpose'] | undefined,
  buckets: StackSpec['buckets'],
): BucketSpec | undefined {
  return buckets.find((one) => one.purpose === purpose);
}
