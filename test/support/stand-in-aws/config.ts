/**
 * AWS Config: recorder, delivery channel, rules, aggregators. moto has them, playing MiniStack's account; what they lean on
 * is in MiniStack, where the stand-in looks for it.
 */
import {
  DeleteConfigRuleCommand,
  DeleteConfigurationAggregatorCommand,
  DeleteConfigurationRecorderCommand,
  DeleteDeliveryChannelCommand,
  DescribeConfigRulesCommand,
  DescribeConfigurationAggregatorsCommand,
  DescribeConfigurationRecordersCommand,
  DescribeConfigurationRecorderStatusCommand,
  DescribeDeliveryChannelsCommand,
  ListTagsForResourceCommand,
  PutConfigRuleCommand,
  PutConfigurationAggregatorCommand,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  StartConfigurationRecorderCommand,
  StopConfigurationRecorderCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-config-service';
import type {
  ConfigServiceClient,
  EventSource,
  MaximumExecutionFrequency,
  MessageType,
  Owner,
  RecordingGroup,
  ResourceType as RecordedType,
} from '@aws-sdk/client-config-service';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, GetPolicyCommand } from '@aws-sdk/client-lambda';
import { GetBucketPolicyCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import type {
  ConfigurationAggregatorArgs,
  DeliveryChannelArgs,
  RecorderArgs,
  RecorderStatusArgs,
  RuleArgs,
} from '@pulumi/aws/cfg/index.js';
import { zipSync } from 'fflate';

import type { Aws } from './aws.ts';
import { isGone, refusal } from './errors.ts';
import { inTime, roleMay } from './refusals.ts';
import { defineResource } from './resource-type.ts';
import type { Given } from './resource-type.ts';
import { tagList, tagMap } from './tags.ts';

/** moto's AWS Config. */
function configOf({ config, hasConfig }: Aws): ConfigServiceClient {
  if (!hasConfig) throw new Error('The stand-in makes nothing of AWS Config: it was started without `configEndpoint`.');
  return config;
}

const recorder = defineResource<RecorderArgs>({
  type: 'aws:cfg/recorder:Recorder',
  label: 'ConfigService Configuration Recorder',
  properties: {
    name: { named: true, replaces: true },
    recordingGroup: {},
    roleArn: { required: true },
    region: { replaces: true },
  },
  async create(aws, inputs) {
    await putRecorder(aws, inputs);
    return inputs.name ?? '';
  },
  async read(aws, id) {
    const { ConfigurationRecorders: [found] = [] } = await configOf(aws).send(
      new DescribeConfigurationRecordersCommand({ ConfigurationRecorderNames: [id] }),
    );
    if (found === undefined) return undefined;
    const { allSupported, includeGlobalResourceTypes, resourceTypes = [] } = found.recordingGroup ?? {};
    return {
      name: id,
      roleArn: found.roleARN,
      recordingGroup: { allSupported, includeGlobalResourceTypes, resourceTypes: resourceTypes.toSorted() },
    };
  },
  async update(aws, _, inputs) {
    await putRecorder(aws, inputs);
  },
  async delete(aws, id) {
    await configOf(aws).send(new DeleteConfigurationRecorderCommand({ ConfigurationRecorderName: id }));
  },
});

async function putRecorder(aws: Aws, { name, roleArn, recordingGroup }: Given<RecorderArgs>): Promise<void> {
  const { allSupported, includeGlobalResourceTypes, resourceTypes } = recordingGroup ?? {};
  const group: RecordingGroup = {
    ...(allSupported !== undefined && { allSupported }),
    ...(includeGlobalResourceTypes !== undefined && { includeGlobalResourceTypes }),
    ...(resourceTypes !== undefined && { resourceTypes: [...resourceTypes] as RecordedType[] }),
  };
  await configOf(aws).send(
    new PutConfigurationRecorderCommand({
      ConfigurationRecorder: {
        name,
        roleARN: roleArn,
        ...(recordingGroup !== undefined && { recordingGroup: group }),
      },
    }),
  );
}

const recorderStatus = defineResource<RecorderStatusArgs>({
  type: 'aws:cfg/recorderStatus:RecorderStatus',
  label: 'ConfigService Configuration Recorder Status',
  properties: { name: { named: true, replaces: true }, isEnabled: { required: true }, region: { replaces: true } },
  async create(aws, { name = '', isEnabled }) {
    await putStatus(aws, name, isEnabled);
    return name;
  },
  async read(aws, id) {
    const { ConfigurationRecordersStatus: [found] = [] } = await configOf(aws).send(
      new DescribeConfigurationRecorderStatusCommand({ ConfigurationRecorderNames: [id] }),
    );
    return found === undefined ? undefined : { name: id, isEnabled: found.recording ?? false };
  },
  async update(aws, id, { isEnabled }) {
    await putStatus(aws, id, isEnabled);
  },
  async delete(aws, id) {
    await putStatus(aws, id, false);
  },
});

async function putStatus(aws: Aws, ConfigurationRecorderName: string, recording: boolean): Promise<void> {
  const config = configOf(aws);
  if (recording) await config.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName }));
  else await config.send(new StopConfigurationRecorderCommand({ ConfigurationRecorderName }));
}

const deliveryChannel = defineResource<DeliveryChannelArgs>({
  type: 'aws:cfg/deliveryChannel:DeliveryChannel',
  label: 'ConfigService Delivery Channel',
  properties: {
    name: { named: true, replaces: true },
    s3BucketName: { required: true },
    s3KeyPrefix: {},
    s3KmsKeyArn: {},
    snsTopicArn: {},
    region: { replaces: true },
  },
  async create(aws, inputs) {
    await putChannel(aws, inputs);
    return inputs.name ?? '';
  },
  async read(aws, id) {
    const { DeliveryChannels: [found] = [] } = await configOf(aws).send(
      new DescribeDeliveryChannelsCommand({ DeliveryChannelNames: [id] }),
    );
    if (found === undefined) return undefined;
    return {
      name: id,
      s3BucketName: found.s3BucketName,
      s3KeyPrefix: found.s3KeyPrefix,
      s3KmsKeyArn: found.s3KmsKeyArn,
      snsTopicArn: found.snsTopicARN,
    };
  },
  async update(aws, _, inputs) {
    await putChannel(aws, inputs);
  },
  async delete(aws, id) {
    const config = configOf(aws);
    // While a recorder runs its channel stays: the provider waits for it to be stopped.
    let refused: unknown;
    const deleted = await inTime(async () => {
      try {
        await config.send(new DeleteDeliveryChannelCommand({ DeliveryChannelName: id }));
        return true;
      } catch (error) {
        refused = error;
        if (error instanceof Error && error.name === 'LastDeliveryChannelDeleteFailedException') return false;
        throw error;
      }
    });
    if (!deleted) throw refused;
  },
});

async function putChannel(aws: Aws, inputs: Given<DeliveryChannelArgs>): Promise<void> {
  const { name, s3BucketName, s3KeyPrefix, s3KmsKeyArn, snsTopicArn } = inputs;
  const config = configOf(aws);
  const { ConfigurationRecorders: [recording] = [] } = await config.send(new DescribeConfigurationRecordersCommand({}));
  if (recording === undefined) {
    const message = 'Configuration recorder is not available to put delivery channel.';
    throw refusal('Config Service.PutDeliveryChannel', 400, 'NoAvailableConfigurationRecorderException', message);
  }
  await mustDeliver(aws, s3BucketName, recording.roleARN ?? '');
  await config.send(
    new PutDeliveryChannelCommand({
      DeliveryChannel: {
        name,
        s3BucketName,
        ...(s3KeyPrefix !== undefined && { s3KeyPrefix }),
        ...(s3KmsKeyArn !== undefined && { s3KmsKeyArn }),
        ...(snsTopicArn !== undefined && { snsTopicARN: snsTopicArn }),
      },
    }),
  );
}

/** moto knows neither the bucket nor its policy nor the recorder's role: AWS tries whether it can write. */
async function mustDeliver(aws: Aws, bucket: string, roleArn: string): Promise<void> {
  try {
    await aws.s3.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch {
    const message = `Cannot find a S3 bucket with the name ${bucket}`;
    throw refusal('Config Service.PutDeliveryChannel', 400, 'NoSuchBucketException', message);
  }
  const check = `arn:aws:s3:::${bucket}/AWSLogs/${aws.accountId}/Config/ConfigWritabilityCheckFile`;
  const writable = await inTime(
    async () =>
      letsConfigWrite(await bucketPolicy(aws, bucket)) || (await roleMay(aws, roleArn, 's3:PutObject', check)),
  );
  if (writable) return;
  const message = `Insufficient delivery policy to s3 bucket: ${bucket}, unable to write to bucket, provided s3 key prefix is 'null', provided kms key is 'null'.`;
  throw refusal('Config Service.PutDeliveryChannel', 400, 'InsufficientDeliveryPolicyException', message);
}

async function bucketPolicy({ s3 }: Aws, Bucket: string): Promise<string> {
  try {
    return (await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? '{}';
  } catch (error) {
    if (isGone(error)) return '{}';
    throw error;
  }
}

function letsConfigWrite(policy: string): boolean {
  const { Statement = [] } = JSON.parse(policy) as {
    Statement?: readonly {
      readonly Effect: string;
      readonly Principal?: { readonly Service?: string | readonly string[] };
      readonly Action: string | readonly string[];
    }[];
  };
  return Statement.some(
    ({ Effect, Principal, Action }) =>
      Effect === 'Allow' &&
      [Principal?.Service ?? []].flat().includes('config.amazonaws.com') &&
      [Action].flat().includes('s3:PutObject'),
  );
}

const rule = defineResource<RuleArgs>({
  type: 'aws:cfg/rule:Rule',
  label: 'ConfigService Config Rule',
  properties: {
    name: { named: true, replaces: true },
    description: {},
    inputParameters: { compare: 'document' },
    maximumExecutionFrequency: {},
    scope: {},
    source: { required: true },
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  async create(aws, inputs) {
    await putRule(aws, inputs);
    return inputs.name ?? '';
  },
  async read(aws, id) {
    const config = configOf(aws);
    const { ConfigRules: [found] = [] } = await config.send(new DescribeConfigRulesCommand({ ConfigRuleNames: [id] }));
    if (found === undefined) return undefined;
    const { Tags } = await config.send(new ListTagsForResourceCommand({ ResourceArn: found.ConfigRuleArn }));
    const { ComplianceResourceTypes } = found.Scope ?? {};
    return {
      arn: found.ConfigRuleArn,
      ruleId: found.ConfigRuleId,
      name: id,
      description: found.Description ?? '',
      inputParameters: found.InputParameters ?? '',
      maximumExecutionFrequency: found.MaximumExecutionFrequency ?? '',
      scope: ComplianceResourceTypes && { complianceResourceTypes: ComplianceResourceTypes },
      source: {
        owner: found.Source?.Owner,
        sourceIdentifier: found.Source?.SourceIdentifier,
        sourceDetails: found.Source?.SourceDetails?.map((detail) => ({
          eventSource: detail.EventSource,
          messageType: detail.MessageType,
          maximumExecutionFrequency: detail.MaximumExecutionFrequency ?? '',
        })),
      },
      tags: tagMap(Tags),
    };
  },
  async update(aws, _, inputs) {
    await putRule(aws, inputs);
  },
  async retag(aws, id, { set, removed }) {
    const config = configOf(aws);
    const { ConfigRules: [found] = [] } = await config.send(new DescribeConfigRulesCommand({ ConfigRuleNames: [id] }));
    const ResourceArn = found?.ConfigRuleArn;
    if (Object.keys(set).length > 0) await config.send(new TagResourceCommand({ ResourceArn, Tags: tagList(set) }));
    if (removed.length > 0) await config.send(new UntagResourceCommand({ ResourceArn, TagKeys: [...removed] }));
  },
  async delete(aws, id) {
    await configOf(aws).send(new DeleteConfigRuleCommand({ ConfigRuleName: id }));
  },
});

async function putRule(aws: Aws, inputs: Given<RuleArgs>): Promise<void> {
  const { name, description, inputParameters, maximumExecutionFrequency, scope, source, tags } = inputs;
  const config = configOf(aws);
  const { ConfigurationRecorders = [] } = await config.send(new DescribeConfigurationRecordersCommand({}));
  if (ConfigurationRecorders.length === 0) {
    const message = 'Configuration recorder is not available to put config rule.';
    throw refusal('Config Service.PutConfigRule', 400, 'NoAvailableConfigurationRecorderException', message);
  }
  const { owner, sourceIdentifier = '', sourceDetails = [] } = source;
  if (owner === 'CUSTOM_LAMBDA') {
    await mustBeInvocable(aws, sourceIdentifier);
    await makeKnown(aws, sourceIdentifier);
  }
  await config.send(
    new PutConfigRuleCommand({
      ConfigRule: {
        ConfigRuleName: name,
        ...(description !== undefined && { Description: description }),
        ...(inputParameters !== undefined && { InputParameters: inputParameters }),
        ...(maximumExecutionFrequency !== undefined && {
          MaximumExecutionFrequency: maximumExecutionFrequency as MaximumExecutionFrequency,
        }),
        ...(scope?.complianceResourceTypes !== undefined && {
          Scope: { ComplianceResourceTypes: [...scope.complianceResourceTypes] },
        }),
        Source: {
          Owner: owner as Owner,
          SourceIdentifier: sourceIdentifier,
          ...(sourceDetails.length > 0 && {
            SourceDetails: sourceDetails.map((detail) => ({
              EventSource: (detail.eventSource ?? 'aws.config') as EventSource,
              MessageType: detail.messageType as MessageType,
              ...(detail.maximumExecutionFrequency !== undefined && {
                MaximumExecutionFrequency: detail.maximumExecutionFrequency as MaximumExecutionFrequency,
              }),
            })),
          }),
        },
      },
      Tags: tagList(tags),
    }),
  );
}

/** A rule needs a function that lets AWS Config invoke it: here MiniStack's, for the permission a little is waited. */
async function mustBeInvocable({ lambda }: Aws, functionArn: string): Promise<void> {
  const permitted = await inTime(async () => {
    try {
      const { Policy = '' } = await lambda.send(new GetPolicyCommand({ FunctionName: functionArn }));
      return Policy.includes('"config.amazonaws.com"');
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  });
  if (permitted) return;
  const message = `The AWS Lambda function ${functionArn} cannot be invoked. Check the specified function ARN, and check the function's permissions.`;
  throw refusal('Config Service.PutConfigRule', 400, 'InsufficientPermissionsException', message);
}

/** moto takes no rule for a function of which it does not have one of the name itself. */
async function makeKnown({ behindConfig: { iam, lambda }, accountId }: Aws, functionArn: string): Promise<void> {
  const RoleName = 'known-to-config';
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  try {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  } catch (error) {
    if (!isThere(error)) throw error;
  }
  try {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: functionArn.split(':')[6],
        Role: `arn:aws:iam::${accountId}:role/${RoleName}`,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile: zipSync({ 'index.mjs': new Uint8Array() }) },
      }),
    );
  } catch (error) {
    if (!isThere(error)) throw error;
  }
}

function isThere(error: unknown): boolean {
  return error instanceof Error && /^(EntityAlreadyExists|ResourceConflict)/.test(error.name);
}

const aggregator = defineResource<ConfigurationAggregatorArgs>({
  type: 'aws:cfg/configurationAggregator:ConfigurationAggregator',
  label: 'ConfigService Configuration Aggregator',
  properties: {
    name: { named: true, replaces: true },
    accountAggregationSource: { required: true },
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  async create(aws, inputs) {
    await putAggregator(aws, inputs);
    return inputs.name ?? '';
  },
  async read(aws, id) {
    const config = configOf(aws);
    const { ConfigurationAggregators: [found] = [] } = await config.send(
      new DescribeConfigurationAggregatorsCommand({ ConfigurationAggregatorNames: [id] }),
    );
    if (found === undefined) return undefined;
    const ResourceArn = found.ConfigurationAggregatorArn;
    const { Tags } = await config.send(new ListTagsForResourceCommand({ ResourceArn }));
    const [source] = found.AccountAggregationSources ?? [];
    return {
      arn: ResourceArn,
      name: id,
      accountAggregationSource: {
        accountIds: source?.AccountIds,
        allRegions: source?.AllAwsRegions ?? false,
        regions: source?.AwsRegions ?? [],
      },
      tags: tagMap(Tags),
    };
  },
  async update(aws, _, inputs) {
    await putAggregator(aws, inputs);
  },
  async retag(aws, id, { set, removed }) {
    const config = configOf(aws);
    const { ConfigurationAggregators: [found] = [] } = await config.send(
      new DescribeConfigurationAggregatorsCommand({ ConfigurationAggregatorNames: [id] }),
    );
    const ResourceArn = found?.ConfigurationAggregatorArn;
    if (Object.keys(set).length > 0) await config.send(new TagResourceCommand({ ResourceArn, Tags: tagList(set) }));
    if (removed.length > 0) await config.send(new UntagResourceCommand({ ResourceArn, TagKeys: [...removed] }));
  },
  async delete(aws, id) {
    await configOf(aws).send(new DeleteConfigurationAggregatorCommand({ ConfigurationAggregatorName: id }));
  },
});

async function putAggregator(aws: Aws, inputs: Given<ConfigurationAggregatorArgs>): Promise<void> {
  const { name, accountAggregationSource: source, tags } = inputs;
  const { accountIds = [], allRegions, regions = [] } = source ?? {};
  await configOf(aws).send(
    new PutConfigurationAggregatorCommand({
      ConfigurationAggregatorName: name,
      AccountAggregationSources: [
        {
          AccountIds: [...accountIds],
          ...(allRegions === true ? { AllAwsRegions: true } : { AwsRegions: [...regions] }),
        },
      ],
      Tags: tagList(tags),
    }),
  );
}

export const CONFIG_TYPES = [recorder, recorderStatus, deliveryChannel, rule, aggregator];
