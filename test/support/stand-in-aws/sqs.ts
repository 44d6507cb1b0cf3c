/** SQS: queues and their policies. */
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import type { QueueAttributeName } from '@aws-sdk/client-sqs';
import type { QueueArgs, QueuePolicyArgs } from '@pulumi/aws/sqs/index.js';

import type { Aws } from './aws.ts';
import { mustBeDocument } from './refusals.ts';
import { defineResource } from './resource-type.ts';
import type { Given } from './resource-type.ts';

/** What a queue's arguments are called in its attributes, where everything is text. */
const QUEUE_ATTRIBUTES = {
  delaySeconds: 'DelaySeconds',
  kmsMasterKeyId: 'KmsMasterKeyId',
  maxMessageSize: 'MaximumMessageSize',
  messageRetentionSeconds: 'MessageRetentionPeriod',
  receiveWaitTimeSeconds: 'ReceiveMessageWaitTimeSeconds',
  redrivePolicy: 'RedrivePolicy',
  sqsManagedSseEnabled: 'SqsManagedSseEnabled',
  visibilityTimeoutSeconds: 'VisibilityTimeout',
} as const satisfies { readonly [Name in keyof QueueArgs]?: QueueAttributeName };

type QueueAttribute = keyof typeof QUEUE_ATTRIBUTES;

const queue = defineResource<QueueArgs>({
  type: 'aws:sqs/queue:Queue',
  label: 'SQS Queue',
  properties: {
    name: { named: true, replaces: true },
    delaySeconds: { default: 0 },
    kmsMasterKeyId: {},
    maxMessageSize: {},
    messageRetentionSeconds: { default: 345_600 },
    receiveWaitTimeSeconds: { default: 0 },
    redrivePolicy: { compare: 'document' },
    sqsManagedSseEnabled: {},
    visibilityTimeoutSeconds: { default: 30 },
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  async create({ sqs }, inputs) {
    const tags = inputs.tags ?? {};
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: inputs.name, Attributes: attributesOf(inputs), tags }),
    );
    return QueueUrl;
  },
  async read({ sqs }, id) {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: id, AttributeNames: ['All'] }),
    );
    const { Tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: id }));
    const given = Object.entries(QUEUE_ATTRIBUTES).map(([name, attribute]) => [name, fromText(Attributes[attribute])]);
    return {
      arn: Attributes['QueueArn'],
      name: id.split('/').at(-1),
      url: id,
      ...Object.fromEntries(given),
      tags: Tags,
    };
  },
  async update({ sqs }, id, inputs, changed) {
    const Attributes = Object.fromEntries(
      Object.entries(QUEUE_ATTRIBUTES)
        .filter(([name]) => changed.has(name as QueueAttribute))
        .map(([name, attribute]) => [attribute, String(inputs[name as QueueAttribute] ?? '')]),
    );
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: id, Attributes }));
  },
  async retag({ sqs }, id, { set, removed }) {
    if (Object.keys(set).length > 0) await sqs.send(new TagQueueCommand({ QueueUrl: id, Tags: { ...set } }));
    if (removed.length > 0) await sqs.send(new UntagQueueCommand({ QueueUrl: id, TagKeys: [...removed] }));
  },
  async delete({ sqs }, id) {
    await sqs.send(new DeleteQueueCommand({ QueueUrl: id }));
  },
});

function attributesOf(inputs: Given<QueueArgs>): Record<string, string> {
  const attributes = Object.entries(QUEUE_ATTRIBUTES).flatMap(([name, attribute]) => {
    const value = inputs[name as QueueAttribute];
    return value === undefined ? [] : [[attribute, String(value)] as const];
  });
  return Object.fromEntries(attributes);
}

/** Numbers and truths as what they are. */
function fromText(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  return text === 'true' || text === 'false' ? text === 'true' : text;
}

const queuePolicy = defineResource<QueuePolicyArgs>({
  type: 'aws:sqs/queuePolicy:QueuePolicy',
  label: 'SQS Queue Policy',
  properties: {
    queueUrl: { required: true, replaces: true },
    policy: { required: true, compare: 'document' },
    region: { replaces: true },
  },
  called: ({ queueUrl }) => queueUrl,
  async create(aws, { queueUrl, policy }) {
    await putPolicy(aws, queueUrl, policy);
    return queueUrl;
  },
  async read({ sqs }, id) {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: id, AttributeNames: ['Policy'] }),
    );
    return Attributes['Policy'] === undefined ? undefined : { queueUrl: id, policy: Attributes['Policy'] };
  },
  async update(aws, id, { policy }) {
    await putPolicy(aws, id, policy);
  },
  async delete(aws, id) {
    await putPolicy(aws, id, '');
  },
});

async function putPolicy({ sqs }: Aws, QueueUrl: string, Policy: string): Promise<void> {
  mustBeDocument(Policy, 'SQS.SetQueueAttributes', 'InvalidAttributeValue', 'Invalid value for the parameter Policy.');
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
}

export const SQS_TYPES = [queue, queuePolicy];
