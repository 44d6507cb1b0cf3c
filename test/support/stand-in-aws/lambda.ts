/** Lambda: functions, who may invoke them, what they are fed from, aliases and what becomes of asynchronous invocations. */
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetAliasCommand,
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { Architecture, FunctionResponseType, Runtime } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type {
  AliasArgs,
  EventSourceMappingArgs,
  FunctionArgs,
  FunctionEventInvokeConfigArgs,
  PermissionArgs,
} from '@pulumi/aws/lambda/index.js';

import { zipped } from './archive.ts';
import type { Aws } from './aws.ts';
import { isGone, refusal } from './errors.ts';
import { inTime, roleMay } from './refusals.ts';
import { defineResource } from './resource-type.ts';
import type { Given, Properties } from './resource-type.ts';

const lambdaFunction = defineResource<FunctionArgs>({
  type: 'aws:lambda/function:Function',
  label: 'Lambda Function',
  properties: {
    name: { named: true, replaces: true },
    architectures: { default: ['x86_64'], compare: 'set' },
    code: { required: true },
    deadLetterConfig: {},
    description: {},
    environment: { compare: 'exact' },
    handler: {},
    memorySize: { default: 128 },
    reservedConcurrentExecutions: { default: -1 },
    role: { required: true },
    runtime: {},
    timeout: { default: 3 },
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  async create(aws, inputs, created) {
    const { name = '', code, tags } = inputs;
    await mustBeSound(aws, 'Lambda.CreateFunction', inputs);
    await aws.lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Code: { ZipFile: zipped(code) },
        Architectures: [...(inputs.architectures ?? [])] as Architecture[],
        ...configurationOf(inputs, aws),
        Tags: { ...tags },
      }),
    );
    created(name);
    await putConcurrency(aws, name, inputs.reservedConcurrentExecutions);
    return name;
  },
  async read(aws, id) {
    const found = await aws.lambda.send(new GetFunctionCommand({ FunctionName: id }));
    const { Configuration: current = {}, Concurrency, Tags = {} } = found;
    const { [ENDPOINT]: endpoint, ...own } = current.Environment?.Variables ?? {};
    const variables = { ...own, ...(endpoint !== aws.functionEndpoint && { [ENDPOINT]: endpoint }) };
    const deadLetters = current.DeadLetterConfig?.TargetArn ?? '';
    const arn = current.FunctionArn ?? '';
    return {
      arn,
      name: id,
      architectures: current.Architectures,
      codeSha256: current.CodeSha256,
      deadLetterConfig: deadLetters === '' ? undefined : { targetArn: deadLetters },
      description: current.Description ?? '',
      environment: Object.keys(variables).length === 0 ? undefined : { variables },
      handler: current.Handler,
      invokeArn: invokeArn(aws, arn),
      lastModified: current.LastModified,
      memorySize: current.MemorySize,
      packageType: 'Zip',
      qualifiedArn: `${arn}:$LATEST`,
      reservedConcurrentExecutions: Concurrency?.ReservedConcurrentExecutions ?? -1,
      role: current.Role,
      runtime: current.Runtime,
      sourceCodeHash: current.CodeSha256,
      sourceCodeSize: current.CodeSize,
      timeout: current.Timeout,
      version: current.Version,
      tags: Tags,
    };
  },
  async update(aws, id, inputs, changed) {
    const rest = new Set(changed);
    if (rest.delete('reservedConcurrentExecutions')) {
      await putConcurrency(aws, id, inputs.reservedConcurrentExecutions);
    }
    const architecture = rest.delete('architectures');
    if (rest.delete('code') || architecture) {
      const Architectures = [...(inputs.architectures ?? [])] as Architecture[];
      await aws.lambda.send(
        new UpdateFunctionCodeCommand({ FunctionName: id, ZipFile: zipped(inputs.code), Architectures }),
      );
    }
    if (rest.size === 0) return;
    await mustBeSound(aws, 'Lambda.UpdateFunctionConfiguration', inputs);
    await aws.lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: id, ...configurationOf(inputs, aws) }),
    );
  },
  async retag(aws, id, { set, removed }) {
    const Resource = functionArn(aws, id);
    if (Object.keys(set).length > 0) await aws.lambda.send(new TagResourceCommand({ Resource, Tags: { ...set } }));
    if (removed.length > 0) await aws.lambda.send(new UntagResourceCommand({ Resource, TagKeys: [...removed] }));
  },
  async delete({ lambda }, id) {
    await lambda.send(new DeleteFunctionCommand({ FunctionName: id }));
  },
});

/** What the stand-in tells functions beside what the program does; the program never sees it. */
const ENDPOINT = 'AWS_ENDPOINT_URL';

function configurationOf(inputs: Given<FunctionArgs>, { functionEndpoint }: Aws) {
  return {
    Role: inputs.role,
    Runtime: inputs.runtime as Runtime,
    Handler: inputs.handler,
    Description: inputs.description ?? '',
    Timeout: inputs.timeout,
    MemorySize: inputs.memorySize,
    Environment: {
      Variables: {
        ...inputs.environment?.variables,
        ...(functionEndpoint !== undefined && { [ENDPOINT]: functionEndpoint }),
      },
    },
    DeadLetterConfig: { TargetArn: inputs.deadLetterConfig?.targetArn ?? '' },
  };
}

/** -1 is none reserved. */
async function putConcurrency({ lambda }: Aws, FunctionName: string, reserved = -1): Promise<void> {
  if (reserved < 0) await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  else await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved }));
}

const ENVIRONMENT =
  'Lambda was unable to configure your environment variables because the environment variables you have provided';

/** Names that a function may not set: docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.+|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

/** What MiniStack lets pass. */
async function mustBeSound(aws: Aws, operation: `Lambda.${string}`, inputs: Given<FunctionArgs>): Promise<void> {
  const invalid = (message: string) => refusal(operation, 400, 'InvalidParameterValueException', message);
  const variables = inputs.environment?.variables ?? {};
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) > 4096) {
    throw invalid(`${ENVIRONMENT} exceeded the 4KB limit. String measured: ${measured}`);
  }
  const reserved = Object.keys(variables).filter((name) => RESERVED.test(name));
  if (reserved.length > 0) {
    throw invalid(
      `${ENVIRONMENT} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const deadLetters = inputs.deadLetterConfig?.targetArn;
  if (deadLetters !== undefined && !(await inTime(() => roleMay(aws, inputs.role, 'sqs:SendMessage', deadLetters)))) {
    throw invalid('The provided execution role does not have permissions to call SendMessage on SQS');
  }
}

function functionArn({ region, accountId }: Aws, nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn : `arn:aws:lambda:${region}:${accountId}:function:${nameOrArn}`;
}

function invokeArn({ region }: Aws, arn: string): string {
  return `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
}

const permission = defineResource<PermissionArgs>({
  type: 'aws:lambda/permission:Permission',
  label: 'Lambda Permission',
  properties: {
    action: { required: true, replaces: true },
    function: { required: true, replaces: true },
    principal: { required: true, replaces: true },
    qualifier: { replaces: true },
    sourceAccount: { replaces: true },
    sourceArn: { replaces: true },
    statementId: { named: true, replaces: true },
    region: { replaces: true },
  },
  called: (inputs) => `${inputs.function}/${inputs.statementId}`,
  async create({ lambda }, inputs) {
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: inputs.function,
        StatementId: inputs.statementId,
        Action: inputs.action,
        Principal: inputs.principal,
        SourceArn: inputs.sourceArn,
        SourceAccount: inputs.sourceAccount,
        Qualifier: inputs.qualifier,
      }),
    );
    return inputs.statementId ?? '';
  },
  async read({ lambda }, id, known) {
    const { Policy = '' } = await lambda.send(
      new GetPolicyCommand({ FunctionName: known.function, Qualifier: known.qualifier }),
    );
    const { Statement } = JSON.parse(Policy) as { Statement: readonly PermissionStatement[] };
    const found = Statement.find(({ Sid }) => Sid === id);
    if (found === undefined) return undefined;
    return {
      action: found.Action,
      function: known.function,
      principal: found.Principal.Service ?? found.Principal.AWS,
      qualifier: known.qualifier,
      sourceAccount: found.Condition?.StringEquals?.['AWS:SourceAccount'],
      sourceArn: found.Condition?.ArnLike?.['AWS:SourceArn'],
      statementId: id,
    };
  },
  async delete({ lambda }, id, known) {
    await lambda.send(
      new RemovePermissionCommand({ FunctionName: known.function, StatementId: id, Qualifier: known.qualifier }),
    );
  },
});

interface PermissionStatement {
  readonly Sid: string;
  readonly Action: string;
  readonly Principal: { readonly Service?: string; readonly AWS?: string };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const eventSourceMapping = defineResource<EventSourceMappingArgs>({
  type: 'aws:lambda/eventSourceMapping:EventSourceMapping',
  label: 'Lambda Event Source Mapping',
  properties: {
    eventSourceArn: { required: true, replaces: true },
    functionName: { required: true },
    batchSize: { default: 10 },
    enabled: { default: true },
    functionResponseTypes: { compare: 'set' },
    maximumBatchingWindowInSeconds: { default: 0 },
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  called: ({ eventSourceArn, functionName }) => `${eventSourceArn}, ${functionName}`,
  async create(aws, inputs) {
    await mustBePollable(aws, inputs);
    const { UUID = '' } = await aws.lambda.send(
      new CreateEventSourceMappingCommand({
        EventSourceArn: inputs.eventSourceArn,
        FunctionName: inputs.functionName,
        BatchSize: inputs.batchSize,
        Enabled: inputs.enabled,
        FunctionResponseTypes: [...(inputs.functionResponseTypes ?? [])] as FunctionResponseType[],
        MaximumBatchingWindowInSeconds: inputs.maximumBatchingWindowInSeconds,
      }),
    );
    return UUID;
  },
  async read({ lambda }, id, known) {
    const found = await lambda.send(new GetEventSourceMappingCommand({ UUID: id }));
    const functionArn = found.FunctionArn ?? '';
    return {
      arn: found.EventSourceMappingArn,
      uuid: id,
      batchSize: found.BatchSize,
      enabled: found.State !== 'Disabled',
      eventSourceArn: found.EventSourceArn,
      functionArn,
      // By name or by ARN, as the program has it.
      functionName: functionArn.endsWith(known.functionName) ? known.functionName : functionArn,
      functionResponseTypes: found.FunctionResponseTypes ?? [],
      maximumBatchingWindowInSeconds: found.MaximumBatchingWindowInSeconds,
      state: found.State,
      // MiniStack keeps none.
      tags: known.tags ?? {},
    };
  },
  async update({ lambda }, id, inputs) {
    await lambda.send(
      new UpdateEventSourceMappingCommand({
        UUID: id,
        FunctionName: inputs.functionName,
        BatchSize: inputs.batchSize,
        Enabled: inputs.enabled,
        FunctionResponseTypes: [...(inputs.functionResponseTypes ?? [])] as FunctionResponseType[],
        MaximumBatchingWindowInSeconds: inputs.maximumBatchingWindowInSeconds,
      }),
    );
  },
  async retag() {
    // There is nothing to tell MiniStack: what the program gives is what is read.
  },
  async delete({ lambda }, id) {
    await lambda.send(new DeleteEventSourceMappingCommand({ UUID: id }));
  },
});

/** What MiniStack lets pass: any queue, however short its messages' invisibility, and any role. */
async function mustBePollable(
  aws: Aws,
  { eventSourceArn = '', functionName }: Given<EventSourceMappingArgs>,
): Promise<void> {
  const invalid = (message: string) =>
    refusal('Lambda.CreateEventSourceMapping', 400, 'InvalidParameterValueException', message);
  const { Role = '', Timeout = 0 } = await aws.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName }),
  );
  const invisible = await visibilityOf(aws, eventSourceArn);
  if (invisible === undefined) {
    throw invalid(
      'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist for this wsdl version.',
    );
  }
  if (invisible < Timeout) {
    throw invalid(`Queue visibility timeout: ${invisible} seconds is less than Function timeout: ${Timeout} seconds`);
  }
  for (const action of ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']) {
    if (await inTime(() => roleMay(aws, Role, `sqs:${action}`, eventSourceArn))) continue;
    throw invalid(`The provided execution role does not have permissions to call ${action} on SQS`);
  }
  const { EventSourceMappings: [existing] = [] } = await aws.lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: functionName, EventSourceArn: eventSourceArn }),
  );
  if (existing === undefined) return;
  const message = `An event source mapping with SQS arn (" ${eventSourceArn} ") and function (" ${functionName} ") already exists. Please update or delete the existing mapping with UUID ${existing.UUID}`;
  throw refusal('Lambda.CreateEventSourceMapping', 409, 'ResourceConflictException', message);
}

/** Seconds; `undefined` where there is no queue. */
async function visibilityOf({ sqs }: Aws, arn: string): Promise<number | undefined> {
  const endpoint = (await sqs.config.endpoint?.()) ?? { protocol: '', hostname: '', port: 0 };
  const [, , , , account, name] = arn.split(':');
  const QueueUrl = `${endpoint.protocol}//${endpoint.hostname}:${endpoint.port}/${account}/${name}`;
  try {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] }),
    );
    return Number(Attributes?.['VisibilityTimeout']);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

const alias = defineResource<AliasArgs>({
  type: 'aws:lambda/alias:Alias',
  label: 'Lambda Alias',
  properties: {
    name: { named: true, replaces: true },
    description: {},
    functionName: { required: true, replaces: true },
    functionVersion: { required: true },
    region: { replaces: true },
  },
  async create({ lambda }, { name, description = '', functionName, functionVersion }) {
    const { AliasArn = '' } = await lambda.send(
      new CreateAliasCommand({
        FunctionName: functionName,
        Name: name,
        Description: description,
        FunctionVersion: functionVersion,
      }),
    );
    return AliasArn;
  },
  async read(aws, id, { functionName, name }) {
    const found = await aws.lambda.send(new GetAliasCommand({ FunctionName: functionName, Name: name }));
    return {
      arn: id,
      name,
      description: found.Description ?? '',
      functionName,
      functionVersion: found.FunctionVersion,
      invokeArn: invokeArn(aws, id),
    };
  },
  async update({ lambda }, _, { name, description = '', functionName, functionVersion }) {
    const change = { Description: description, FunctionVersion: functionVersion };
    await lambda.send(new UpdateAliasCommand({ FunctionName: functionName, Name: name, ...change }));
  },
  async delete({ lambda }, _, { functionName, name }) {
    await lambda.send(new DeleteAliasCommand({ FunctionName: functionName, Name: name }));
  },
});

const eventInvokeConfig = defineResource<FunctionEventInvokeConfigArgs>({
  type: 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig',
  label: 'Lambda Function Event Invoke Config',
  properties: {
    functionName: { required: true, replaces: true },
    qualifier: { replaces: true },
    destinationConfig: {},
    maximumEventAgeInSeconds: {},
    maximumRetryAttempts: { default: 2 },
    region: { replaces: true },
  },
  called: ({ functionName }) => functionName,
  async create(aws, inputs) {
    await putInvokeConfig(aws, inputs);
    return inputs.qualifier === undefined ? inputs.functionName : `${inputs.functionName}:${inputs.qualifier}`;
  },
  async read({ lambda }, _, { functionName, qualifier }) {
    const found = await lambda.send(
      new GetFunctionEventInvokeConfigCommand({ FunctionName: functionName, Qualifier: qualifier }),
    );
    const { OnSuccess, OnFailure } = found.DestinationConfig ?? {};
    const destinations: Properties = {
      ...(OnSuccess?.Destination !== undefined && { onSuccess: { destination: OnSuccess.Destination } }),
      ...(OnFailure?.Destination !== undefined && { onFailure: { destination: OnFailure.Destination } }),
    };
    return {
      functionName,
      qualifier,
      destinationConfig: Object.keys(destinations).length === 0 ? undefined : destinations,
      maximumEventAgeInSeconds: found.MaximumEventAgeInSeconds,
      maximumRetryAttempts: found.MaximumRetryAttempts,
    };
  },
  async update(aws, _, inputs) {
    await putInvokeConfig(aws, inputs);
  },
  async delete({ lambda }, _, { functionName, qualifier }) {
    const which = { FunctionName: functionName, Qualifier: qualifier };
    await lambda.send(new DeleteFunctionEventInvokeConfigCommand(which));
  },
});

async function putInvokeConfig(aws: Aws, inputs: Given<FunctionEventInvokeConfigArgs>): Promise<void> {
  const { onSuccess, onFailure } = inputs.destinationConfig ?? {};
  const { Role = '' } = await aws.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: inputs.functionName }),
  );
  // MiniStack does not ask the role.
  for (const arn of [onSuccess?.destination, onFailure?.destination]) {
    const service = arn?.split(':')[2] ?? '';
    const action = DESTINATIONS[service];
    if (arn === undefined || action === undefined) continue;
    if (await inTime(() => roleMay(aws, Role, `${service}:${action}`, arn))) continue;
    const message = `The function's execution role does not have permissions to call ${action} on ${arn}`;
    throw refusal('Lambda.PutFunctionEventInvokeConfig', 400, 'InvalidParameterValueException', message);
  }
  await aws.lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: inputs.functionName,
      Qualifier: inputs.qualifier,
      MaximumEventAgeInSeconds: inputs.maximumEventAgeInSeconds,
      MaximumRetryAttempts: inputs.maximumRetryAttempts,
      DestinationConfig: {
        ...(onSuccess !== undefined && { OnSuccess: { Destination: onSuccess.destination } }),
        ...(onFailure !== undefined && { OnFailure: { Destination: onFailure.destination } }),
      },
    }),
  );
}

const DESTINATIONS: Readonly<Record<string, string>> = {
  lambda: 'InvokeFunction',
  sqs: 'SendMessage',
  sns: 'Publish',
  events: 'PutEvents',
};

export const LAMBDA_TYPES = [lambdaFunction, permission, eventSourceMapping, alias, eventInvokeConfig];
