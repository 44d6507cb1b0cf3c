/** SNS: topics, their policies, subscriptions. */
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns';
import type { TopicArgs, TopicPolicyArgs, TopicSubscriptionArgs } from '@pulumi/aws/sns/index.js';

import type { Aws } from './aws.ts';
import { isGone, refusal } from './errors.ts';
import { mustBeDocument } from './refusals.ts';
import { defineResource } from './resource-type.ts';
import type { Given } from './resource-type.ts';
import { tagList, tagMap } from './tags.ts';
import { canonical, sameDocument } from './values.ts';

/** What a topic's arguments are called in its attributes. */
const TOPIC_ATTRIBUTES = {
  displayName: 'DisplayName',
  deliveryPolicy: 'DeliveryPolicy',
  kmsMasterKeyId: 'KmsMasterKeyId',
  policy: 'Policy',
} as const satisfies { readonly [Name in keyof TopicArgs]?: string };

const topic = defineResource<TopicArgs>({
  type: 'aws:sns/topic:Topic',
  label: 'SNS Topic',
  properties: {
    name: { named: true, replaces: true },
    displayName: {},
    deliveryPolicy: { compare: 'document' },
    kmsMasterKeyId: {},
    policy: { compare: 'document' },
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  async create(aws, inputs) {
    const { name = '', tags } = inputs;
    await mustBeNewOrSame(aws, inputs);
    mustBeDocument(inputs.deliveryPolicy, 'SNS.CreateTopic', 'InvalidParameter', 'Invalid parameter: DeliveryPolicy');
    const { TopicArn = '' } = await aws.sns.send(
      new CreateTopicCommand({ Name: name, Attributes: attributesOf(inputs), Tags: tagList(tags) }),
    );
    return TopicArn;
  },
  async read({ sns }, id) {
    const { Attributes = {} } = await sns.send(new GetTopicAttributesCommand({ TopicArn: id }));
    const { Tags } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: id }));
    return {
      arn: id,
      name: id.split(':').at(-1),
      owner: Attributes['Owner'],
      ...Object.fromEntries(Object.entries(TOPIC_ATTRIBUTES).map(([name, given]) => [name, Attributes[given] ?? ''])),
      tags: tagMap(Tags),
    };
  },
  async update({ sns }, id, inputs, changed) {
    mustBeDocument(
      inputs.deliveryPolicy,
      'SNS.SetTopicAttributes',
      'InvalidParameter',
      'Invalid parameter: DeliveryPolicy',
    );
    for (const [name, AttributeName] of Object.entries(TOPIC_ATTRIBUTES)) {
      const argument = name as keyof typeof TOPIC_ATTRIBUTES;
      if (!changed.has(argument)) continue;
      const AttributeValue = inputs[argument] ?? '';
      await sns.send(new SetTopicAttributesCommand({ TopicArn: id, AttributeName, AttributeValue }));
    }
  },
  async retag({ sns }, id, { set, removed }) {
    await sns.send(new TagResourceCommand({ ResourceArn: id, Tags: tagList(set) }));
    await sns.send(new UntagResourceCommand({ ResourceArn: id, TagKeys: [...removed] }));
  },
  async delete({ sns }, id) {
    await sns.send(new DeleteTopicCommand({ TopicArn: id }));
  },
});

function attributesOf(inputs: Given<TopicArgs>): Record<string, string> {
  const attributes = Object.entries(TOPIC_ATTRIBUTES).flatMap(([name, attribute]) => {
    const value = inputs[name as keyof typeof TOPIC_ATTRIBUTES];
    return value === undefined ? [] : [[attribute, value] as const];
  });
  return Object.fromEntries(attributes);
}

/** A topic that is there already is taken over where it is just as it should be: MiniStack takes over any. */
async function mustBeNewOrSame(aws: Aws, inputs: Given<TopicArgs>): Promise<void> {
  const ResourceArn = `arn:aws:sns:${aws.region}:${aws.accountId}:${inputs.name}`;
  try {
    const { Attributes = {} } = await aws.sns.send(new GetTopicAttributesCommand({ TopicArn: ResourceArn }));
    const { Tags } = await aws.sns.send(new ListTagsForResourceCommand({ ResourceArn }));
    const different = Object.entries(attributesOf(inputs)).some(
      ([name, value]) => Attributes[name] !== value && !sameDocument(Attributes[name], value),
    );
    if (different) throw taken('attributes');
    if (canonical(tagMap(Tags)) !== canonical(inputs.tags ?? {})) throw taken('tags');
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function taken(what: string): Error {
  const message = `Invalid parameter: ${what === 'tags' ? 'Tags' : 'Attributes'} Reason: Topic already exists with different ${what}`;
  return refusal('SNS.CreateTopic', 400, 'InvalidParameter', message);
}

const topicPolicy = defineResource<TopicPolicyArgs>({
  type: 'aws:sns/topicPolicy:TopicPolicy',
  label: 'SNS Topic Policy',
  properties: {
    arn: { required: true, replaces: true },
    policy: { required: true, compare: 'document' },
    region: { replaces: true },
  },
  called: ({ arn }) => arn,
  async create(aws, inputs) {
    await putTopicPolicy(aws, inputs.arn, inputs.policy);
    return inputs.arn;
  },
  async read({ sns, accountId }, id) {
    const { Attributes = {} } = await sns.send(new GetTopicAttributesCommand({ TopicArn: id }));
    return { arn: id, policy: Attributes['Policy'], owner: accountId };
  },
  async update(aws, id, { policy }) {
    await putTopicPolicy(aws, id, policy);
  },
  async delete(aws, id) {
    // A topic is never without a policy: this is the one that AWS gives it.
    const Condition = { StringEquals: { 'AWS:SourceOwner': aws.accountId } };
    const Action = ['SNS:Publish', 'SNS:Subscribe', 'SNS:Receive'];
    const Statement = [{ Effect: 'Allow', Principal: { AWS: '*' }, Action, Resource: id, Condition }];
    await putTopicPolicy(aws, id, JSON.stringify({ Version: '2008-10-17', Id: '__default_policy_ID', Statement }));
  },
});

async function putTopicPolicy({ sns }: Aws, TopicArn: string, policy: string): Promise<void> {
  mustBeDocument(policy, 'SNS.SetTopicAttributes', 'InvalidParameter', 'Invalid parameter: Policy Error: null');
  await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue: policy }));
}

const topicSubscription = defineResource<TopicSubscriptionArgs>({
  type: 'aws:sns/topicSubscription:TopicSubscription',
  label: 'SNS Topic Subscription',
  properties: {
    topic: { required: true, replaces: true },
    protocol: { required: true, replaces: true },
    endpoint: { required: true, replaces: true },
    redrivePolicy: { compare: 'document' },
    region: { replaces: true },
  },
  called: ({ topic, endpoint }) => `${topic} ${endpoint}`,
  async create({ sns }, { topic, protocol, endpoint, redrivePolicy }) {
    if (protocol === 'email' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(endpoint)) {
      throw refusal('SNS.Subscribe', 400, 'InvalidParameter', 'Invalid parameter: Email address');
    }
    const { SubscriptionArn = '' } = await sns.send(
      new SubscribeCommand({
        TopicArn: topic,
        Protocol: protocol,
        Endpoint: endpoint,
        ReturnSubscriptionArn: true,
        Attributes: { ...(redrivePolicy !== undefined && { RedrivePolicy: redrivePolicy }) },
      }),
    );
    return SubscriptionArn;
  },
  async read({ sns }, id) {
    const { Attributes = {} } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: id }));
    return {
      arn: id,
      topic: Attributes['TopicArn'],
      protocol: Attributes['Protocol'],
      endpoint: Attributes['Endpoint'],
      ownerId: Attributes['Owner'],
      redrivePolicy: Attributes['RedrivePolicy'] ?? '',
      pendingConfirmation: Attributes['PendingConfirmation'] === 'true',
    };
  },
  async update({ sns }, id, { redrivePolicy = '' }) {
    const change = { AttributeName: 'RedrivePolicy', AttributeValue: redrivePolicy };
    await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn: id, ...change }));
  },
  async delete({ sns }, id) {
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: id }));
  },
});

export const SNS_TYPES = [topic, topicPolicy, topicSubscription];
