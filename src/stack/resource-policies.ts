/** The policies that queues, topics, buckets and the key carry themselves: who may use them beside the account's own roles. */
import type { Names } from './names.ts';
import type { KeySpec, PolicyStatement } from './spec.ts';

/** Nothing in the clear: FSBP S3.5, and the same for SQS and SNS. */
function onlyOverTls(actions: string, resources: readonly string[]): PolicyStatement {
  return {
    sid: 'OnlyOverTls',
    effect: 'Deny',
    principal: '*',
    actions: [actions],
    resources,
    conditions: { Bool: { 'aws:SecureTransport': ['false'] } },
  };
}

/** @param senders services that may send, each for these sources alone */
export function queuePolicy(
  arn: string,
  senders: readonly { readonly service: string; readonly sourceArns: readonly string[] }[],
): PolicyStatement[] {
  const allowed = senders
    .filter(({ sourceArns }) => sourceArns.length > 0)
    .map(({ service, sourceArns }): PolicyStatement => ({
      sid: service === 'sns.amazonaws.com' ? 'FromTopic' : 'FromRules',
      effect: 'Allow',
      principal: { service },
      actions: ['sqs:SendMessage'],
      resources: [arn],
      conditions: { ArnEquals: { 'aws:SourceArn': sourceArns } },
    }));
  return [...allowed, onlyOverTls('sqs:*', [arn])];
}

/** The stack's functions publish with their roles; alarms and EventBridge rules of this account publish as services. */
export function topicPolicy(arn: string, { place, arn: arnOf }: Names): PolicyStatement[] {
  return [
    {
      sid: 'FromAlarms',
      effect: 'Allow',
      principal: { service: 'cloudwatch.amazonaws.com' },
      actions: ['sns:Publish'],
      resources: [arn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': [place.accountId] },
        ArnLike: { 'aws:SourceArn': [arnOf('cloudwatch', 'alarm:*')] },
      },
    },
    {
      sid: 'FromRules',
      effect: 'Allow',
      principal: { service: 'events.amazonaws.com' },
      actions: ['sns:Publish'],
      resources: [arn],
      reason: 'EventBridge drops what it publishes, without a word, where this has a condition.',
    },
    onlyOverTls('sns:Publish', [arn]),
  ];
}

/** @param extra what else may be done */
export function bucketPolicy(arn: string, extra: readonly PolicyStatement[] = []): PolicyStatement[] {
  return [...extra, onlyOverTls('s3:*', [arn, `${arn}/*`])];
}

/** What AWS Config needs to deliver: docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html */
export function configDelivery(arn: string, { place }: Names): PolicyStatement[] {
  const service = { service: 'config.amazonaws.com' };
  const own = { 'aws:SourceAccount': [place.accountId] };
  return [
    {
      sid: 'ConfigChecks',
      effect: 'Allow',
      principal: service,
      actions: ['s3:GetBucketAcl', 's3:ListBucket'],
      resources: [arn],
      conditions: { StringEquals: own },
    },
    {
      sid: 'ConfigDelivers',
      effect: 'Allow',
      principal: service,
      actions: ['s3:PutObject'],
      resources: [`${arn}/AWSLogs/${place.accountId}/Config/*`],
      conditions: { StringEquals: { ...own, 's3:x-amz-acl': ['bucket-owner-full-control'] } },
    },
  ];
}

/**
 * The key's policy. Without EventBridge and CloudWatch in it, what they publish to an encrypted topic is lost without a word:
 * docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export function keyPolicy({ place, globalArn }: Names): KeySpec['policy'] {
  const uses = (generate: string) => ({ actions: ['kms:Decrypt', generate], resources: ['*'] });
  const own = { StringEquals: { 'aws:SourceAccount': [place.accountId] } };
  const forService = (sid: string, service: string, generate: string): PolicyStatement => ({
    sid,
    effect: 'Allow',
    principal: { service },
    ...uses(generate),
    conditions: own,
    reason: 'In a key policy * is the key itself.',
  });
  return [
    {
      sid: 'Account',
      effect: 'Allow',
      principal: { account: globalArn('iam', 'root') },
      actions: ['kms:*'],
      resources: ['*'],
      reason: 'The account decides with IAM; without it nobody could ever change or delete the key.',
    },
    forService('Alarms', 'cloudwatch.amazonaws.com', 'kms:GenerateDataKey*'),
    {
      sid: 'Rules',
      effect: 'Allow',
      principal: { service: 'events.amazonaws.com' },
      ...uses('kms:GenerateDataKey*'),
      reason: 'EventBridge drops what it publishes, without a word, where this has a condition on the source.',
    },
    forService('Config', 'config.amazonaws.com', 'kms:GenerateDataKey'),
  ];
}
