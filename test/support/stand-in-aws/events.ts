/** EventBridge: rules and their targets. */
import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-eventbridge';
import type { RuleState } from '@aws-sdk/client-eventbridge';
import type { EventRuleArgs, EventTargetArgs } from '@pulumi/aws/cloudwatch/index.js';

import type { Aws } from './aws.ts';
import { refusal } from './errors.ts';
import { defineResource } from './resource-type.ts';
import type { Given } from './resource-type.ts';
import { tagList, tagMap } from './tags.ts';

const eventRule = defineResource<EventRuleArgs>({
  type: 'aws:cloudwatch/eventRule:EventRule',
  label: 'EventBridge Rule',
  properties: {
    name: { named: true, replaces: true },
    description: {},
    eventBusName: { default: 'default', replaces: true },
    eventPattern: { compare: 'document' },
    forceDestroy: { default: false },
    scheduleExpression: {},
    state: { default: 'ENABLED' },
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  async create(aws, inputs) {
    await putRule(aws, inputs);
    return inputs.name ?? '';
  },
  async read(aws, id) {
    const found = await aws.events.send(new DescribeRuleCommand({ Name: id }));
    const { Tags } = await aws.events.send(new ListTagsForResourceCommand({ ResourceARN: ruleArn(aws, id) }));
    return {
      arn: found.Arn,
      name: id,
      description: found.Description ?? '',
      eventBusName: found.EventBusName,
      eventPattern: found.EventPattern ?? '',
      scheduleExpression: found.ScheduleExpression ?? '',
      state: found.State,
      isEnabled: found.State === 'ENABLED',
      tags: tagMap(Tags),
    };
  },
  async update(aws, _, inputs, changed) {
    if ([...changed].some((name) => name !== 'forceDestroy')) await putRule(aws, inputs);
  },
  async retag(aws, id, { set, removed }) {
    const ResourceARN = ruleArn(aws, id);
    await aws.events.send(new TagResourceCommand({ ResourceARN, Tags: tagList(set) }));
    await aws.events.send(new UntagResourceCommand({ ResourceARN, TagKeys: [...removed] }));
  },
  async delete({ events }, id) {
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: id }));
    // MiniStack deletes them with it.
    if (Targets.length > 0) {
      const message = "Rule can't be deleted since it has targets.";
      throw refusal('EventBridge.DeleteRule', 400, 'ValidationException', message);
    }
    await events.send(new DeleteRuleCommand({ Name: id }));
  },
});

async function putRule({ events }: Aws, inputs: Given<EventRuleArgs>): Promise<void> {
  const { scheduleExpression } = inputs;
  // MiniStack takes any text.
  if (scheduleExpression !== undefined && !SCHEDULES.some((form) => form.test(scheduleExpression))) {
    const message = 'Parameter ScheduleExpression is not valid.';
    throw refusal('EventBridge.PutRule', 400, 'ValidationException', message);
  }
  await events.send(
    new PutRuleCommand({
      Name: inputs.name,
      Description: inputs.description,
      EventPattern: inputs.eventPattern,
      ScheduleExpression: scheduleExpression,
      State: inputs.state as RuleState,
      Tags: tagList(inputs.tags),
    }),
  );
}

/** One is singular, more are plural; six fields, of which one of the two for days is a question mark. */
const SCHEDULES = [
  /^rate\(1 (minute|hour|day)\)$/,
  /^rate\(([2-9]|[1-9]\d+) (minutes|hours|days)\)$/,
  /^cron\((\S+ ){2}(\? \S+ (?!\?)\S+|(?!\?)\S+ \S+ \?) \S+\)$/,
];

function ruleArn({ region, accountId }: Aws, name: string): string {
  return `arn:aws:events:${region}:${accountId}:rule/${name}`;
}

const eventTarget = defineResource<EventTargetArgs>({
  type: 'aws:cloudwatch/eventTarget:EventTarget',
  label: 'EventBridge Target',
  properties: {
    rule: { required: true, replaces: true },
    targetId: { named: true, replaces: true },
    arn: { required: true },
    deadLetterConfig: {},
    eventBusName: { default: 'default', replaces: true },
    input: {},
    inputTransformer: {},
    retryPolicy: {},
    region: { replaces: true },
  },
  called: ({ rule, targetId }) => `${rule}-${targetId}`,
  async create(aws, inputs) {
    await putTarget(aws, inputs);
    return `${inputs.rule}-${inputs.targetId}`;
  },
  async read({ events }, _, { rule, targetId }) {
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: rule }));
    const found = Targets.find(({ Id }) => Id === targetId);
    if (found === undefined) return undefined;
    const { DeadLetterConfig, InputTransformer, RetryPolicy } = found;
    return {
      rule,
      targetId,
      arn: found.Arn,
      input: found.Input ?? '',
      deadLetterConfig: DeadLetterConfig && { arn: DeadLetterConfig.Arn },
      inputTransformer: InputTransformer && {
        inputPaths: InputTransformer.InputPathsMap,
        inputTemplate: InputTransformer.InputTemplate,
      },
      retryPolicy: RetryPolicy && {
        maximumEventAgeInSeconds: RetryPolicy.MaximumEventAgeInSeconds,
        maximumRetryAttempts: RetryPolicy.MaximumRetryAttempts,
      },
    };
  },
  async update(aws, _, inputs) {
    await putTarget(aws, inputs);
  },
  async delete({ events }, _, { rule, targetId = '' }) {
    await events.send(new RemoveTargetsCommand({ Rule: rule, Ids: [targetId] }));
  },
});

async function putTarget({ events }: Aws, inputs: Given<EventTargetArgs>): Promise<void> {
  const { rule, targetId, deadLetterConfig, inputTransformer, retryPolicy } = inputs;
  const complaint = inputTransformer && complaintAbout(inputTransformer);
  if (complaint !== undefined) {
    const message = `Invalid InputTemplate for target ${targetId} : ${complaint}`;
    throw refusal('EventBridge.PutTargets', 400, 'ValidationException', message);
  }
  const { FailedEntries: [failed] = [] } = await events.send(
    new PutTargetsCommand({
      Rule: rule,
      Targets: [
        {
          Id: targetId,
          Arn: inputs.arn,
          ...(inputs.input !== undefined && { Input: inputs.input }),
          ...(deadLetterConfig !== undefined && { DeadLetterConfig: { Arn: deadLetterConfig.arn } }),
          ...(inputTransformer !== undefined && {
            InputTransformer: {
              InputPathsMap: { ...inputTransformer.inputPaths },
              InputTemplate: inputTransformer.inputTemplate,
            },
          }),
          ...(retryPolicy !== undefined && {
            RetryPolicy: {
              MaximumEventAgeInSeconds: retryPolicy.maximumEventAgeInSeconds,
              MaximumRetryAttempts: retryPolicy.maximumRetryAttempts,
            },
          }),
        },
      ],
    }),
  );
  if (failed !== undefined) {
    throw refusal('EventBridge.PutTargets', 400, failed.ErrorCode ?? '', failed.ErrorMessage ?? '');
  }
}

/** What MiniStack lets pass: a template is JSON once its placeholders are filled, and each of those has a path. */
function complaintAbout(transformer: NonNullable<Given<EventTargetArgs>['inputTransformer']>): string | undefined {
  const { inputTemplate, inputPaths = {} } = transformer;
  const placeholders = [...inputTemplate.matchAll(/<([^<>]+)>/g)].map(([, name = '']) => name);
  const missing = placeholders.find((name) => inputPaths[name] === undefined && !name.startsWith('aws.events.'));
  if (missing !== undefined) return `placeholder ${missing} is not in the InputPathsMap.`;
  try {
    JSON.parse(inputTemplate.replaceAll(/<[^<>]+>/g, '0'));
    return undefined;
  } catch {
    return 'it is not valid JSON.';
  }
}

export const EVENTS_TYPES = [eventRule, eventTarget];
