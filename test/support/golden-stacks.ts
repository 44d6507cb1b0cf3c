/**
 * The golden tables of `test/fixtures/stacks/`: what each preset is to build, written by hand from the requirements, and how a
 * graph is held against them.
 */
import { readFileSync } from 'node:fs';

import { parse } from 'yaml';
import * as z from 'zod';

import { PRESET_NAMES } from '../../src/config/preset-names.ts';
import type { PresetName } from '../../src/config/preset-names.ts';
import { KEY_ID, keyOf } from './pulumi-mocks.ts';
import type { Graph, GraphPlace, GraphResource } from './pulumi-mocks.ts';
import { readableInputs } from './stack-reading.ts';

/** The fields that a table may speak of, by type: what is not here is a slip of the pen. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'cfg.ConfigurationAggregator': ['name', 'accountAggregationSource', 'organizationAggregationSource'],
  'cfg.DeliveryChannel': ['name', 's3BucketName', 's3KeyPrefix', 'snsTopicArn'],
  'cfg.Recorder': ['name', 'roleArn', 'recordingGroup', 'recordingMode'],
  'cfg.RecorderStatus': ['name', 'isEnabled'],
  'cfg.Rule': ['name', 'source', 'triggers', 'scope', 'inputParameters', 'maximumExecutionFrequency'],
  'cloudwatch.Dashboard': ['dashboardName', 'widgets'],
  'cloudwatch.EventRule': ['name', 'scheduleExpression', 'eventPattern', 'eventBusName', 'roleArn'],
  'cloudwatch.EventTarget': ['rule', 'arn', 'deadLetterConfig', 'retryPolicy', 'inputTransformer', 'input', 'roleArn'],
  'cloudwatch.LogGroup': ['name', 'retentionInDays', 'kmsKeyId'],
  'cloudwatch.MetricAlarm': [
    'name',
    'when',
    'okActions',
    'insufficientDataActions',
    'datapointsToAlarm',
    'extendedStatistic',
    'metricQueries',
    'unit',
  ],
  'dynamodb.Table': [
    'name',
    'billingMode',
    'hashKey',
    'rangeKey',
    'attributes',
    'pointInTimeRecovery',
    'serverSideEncryption',
    'globalSecondaryIndexes',
    'ttl',
  ],
  'iam.Role': ['name', 'assumeRolePolicy', 'managedPolicyArns', 'inlinePolicies', 'permissionsBoundary'],
  'iam.RolePolicy': ['name', 'role', 'policy'],
  'iam.RolePolicyAttachment': ['role', 'policyArn'],
  'kms.Alias': ['name', 'targetKeyId'],
  'kms.Key': ['enableKeyRotation', 'deletionWindowInDays', 'multiRegion', 'keyUsage', 'policy'],
  'lambda.Alias': ['name', 'functionName', 'functionVersion', 'routingConfig'],
  'lambda.EventSourceMapping': [
    'eventSourceArn',
    'functionName',
    'batchSize',
    'functionResponseTypes',
    'filterCriteria',
  ],
  'lambda.Function': [
    'name',
    'runtime',
    'architectures',
    'handler',
    'timeout',
    'memorySize',
    'reservedConcurrentExecutions',
    'role',
    'deadLetterConfig',
    'environment',
    'bundle',
    'config',
    'vpcConfig',
    'layers',
    'kmsKeyArn',
  ],
  'lambda.FunctionEventInvokeConfig': ['functionName', 'qualifier', 'destinationConfig'],
  'lambda.Permission': ['action', 'function', 'principal', 'sourceArn', 'sourceAccount', 'qualifier'],
  's3.Bucket': ['bucket', 'bucketNamespace', 'forceDestroy', 'tags', 'objectLockEnabled', 'acl', 'policy'],
  's3.BucketLifecycleConfiguration': ['bucket', 'rules', 'transitionDefaultMinimumObjectSize'],
  's3.BucketNotification': ['bucket', 'eventbridge', 'lambdaFunctions', 'queues', 'topics'],
  's3.BucketPolicy': ['bucket', 'policy'],
  's3.BucketPublicAccessBlock': [
    'bucket',
    'blockPublicAcls',
    'blockPublicPolicy',
    'ignorePublicAcls',
    'restrictPublicBuckets',
  ],
  's3.BucketServerSideEncryptionConfiguration': ['bucket', 'rules'],
  's3.BucketVersioning': ['bucket', 'versioningConfiguration'],
  'sns.Topic': ['name', 'kmsMasterKeyId', 'deliveryPolicy', 'fifoTopic'],
  'sns.TopicPolicy': ['arn', 'policy'],
  'sns.TopicSubscription': ['topic', 'protocol', 'endpoint', 'redrivePolicy', 'filterPolicy', 'rawMessageDelivery'],
  'sqs.Queue': [
    'name',
    'sqsManagedSseEnabled',
    'kmsMasterKeyId',
    'messageRetentionSeconds',
    'visibilityTimeoutSeconds',
    'redrivePolicy',
    'fifoQueue',
  ],
  'sqs.QueuePolicy': ['queueUrl', 'policy'],
};

/** `sqs.Queue compliance-scanner-dlq-test`. */
const rowKey = z.string().refine((key) => {
  const [typeName = '', name = '', ...rest] = key.split(' ');
  return typeName in FIELDS && name !== '' && rest.length === 0;
}, 'is not a known type, a space and a logical name');

/** The requirement that a row comes from; `every`: what is in every preset; `decided`: where requirements meet or disagree. */
const by = z.array(z.string().regex(/^(S[0-5](-\d{1,2})?|every|decided)$/)).min(1);

const TLS_ONLY = 'TLS only';

/** What a policy's `{itself}` is, and its `TLS only`. */
const GUARDED: Readonly<Record<string, { readonly itself: string; readonly tlsOnly: string }>> = {
  'sqs.QueuePolicy': { itself: '{queue:{bare}}', tlsOnly: 'deny everyone: sqs:* @ {itself}' },
  // SNS takes no `sns:*` in a topic's policy.
  'sns.TopicPolicy': { itself: '{topic:{bare}}', tlsOnly: 'deny everyone: sns:Publish @ {itself}' },
  's3.BucketPolicy': { itself: '{bucket:{bare}}', tlsOnly: 'deny everyone: s3:* @ {itself}, {itself}/*' },
};

const LINE =
  /^(?:(?:allow|deny) (?:everyone|account \S+|[\w.-]+): )?[\w*:-]+(?:, [\w*:-]+)*(?: @ [^ ,]+(?:, [^ ,]+)*)?(?: if .+)?$/;
const CONDITION = /^\S+ (?:=|like|is) \S+(?: or \S+)*$/;

const line = z.string().refine((text) => {
  if (text === TLS_ONLY) return true;
  const [, conditions] = text.split(' if ');
  return LINE.test(text) && (conditions === undefined || conditions.split(' and ').every((one) => CONDITION.test(one)));
}, 'is not [allow|deny WHO:] ACTION, ... [@ ARN, ...] [if KEY = VALUE]');

const fields = z.record(z.string(), z.unknown());
const row = z.strictObject({ by, is: fields.default({}) });

const widget = z.strictObject({
  metrics: z.array(z.string()).default([]),
  statistics: z.array(z.enum(['Sum', 'Minimum', 'Maximum', 'Average'])).optional(),
  periods: z.array(z.int()).optional(),
  lines: z.array(z.number()).default([]),
  logs: z.array(z.string()).default([]),
  view: z.enum(['singleValue', 'timeSeries']).optional(),
});

const WHEN =
  /^(?:Sum|Minimum|Maximum|Average) of \S+ \w+\[\w+=\S+\] (?:>|>=|<|<=) \d+, \d+ x \d+ s, missing (?:breaching|notBreaching|ignore|missing) -> \S+$/;

const tableSchema = z.strictObject({
  preset: z.enum(PRESET_NAMES),
  about: z.string().min(1),
  place: z.strictObject({ partition: z.string(), accountId: z.string().regex(/^\d{12}$/), region: z.string() }),
  environment: z.string().min(1),
  tags: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
  resources: z.record(z.string(), z.record(rowKey, row)),
  alarms: z.record(z.string(), z.strictObject({ by, when: z.string().regex(WHEN) })).default({}),
  permissions: z.record(z.string(), z.strictObject({ by, role: z.string(), may: z.array(line).min(1) })),
  policies: z.record(rowKey, z.strictObject({ by, is: fields.default({}), says: z.array(line).min(1) })),
  dashboard: z.strictObject({ by, name: z.string(), widgets: z.record(z.string(), widget) }).optional(),
});

const everySchema = z.record(
  z.string().refine((name) => name in FIELDS, 'is not a known type'),
  fields,
);

/** What a table wants of one resource. */
export interface GoldenRow {
  readonly type: string;
  readonly name: string;
  readonly by: readonly string[];
  /** Inputs as `readableInputs` says them; `null` is not set, `{any}` is set to something. */
  readonly is: Readonly<Record<string, unknown>>;
}

export interface GoldenTable {
  readonly preset: PresetName;
  readonly environment: string;
  readonly place: GraphPlace;
  /** The default tags of the provider. */
  readonly tags: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  /** By `keyOf`. */
  readonly rows: ReadonlyMap<string, GoldenRow>;
}

const FOLDER = new URL('../fixtures/stacks/', import.meta.url);

/** @throws what reading and checking throws: a table with a slip of the pen is no table */
export function goldenTable(preset: PresetName): GoldenTable {
  const read = (name: string) => readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8');
  return readGoldenTable(read(preset), read('every'));
}

/**
 * @param text the table of one preset
 * @param every what holds for each resource of a type, where its row does not say otherwise
 */
export function readGoldenTable(text: string, every: string): GoldenTable {
  const table = tableSchema.parse(parse(text));
  const defaults = everySchema.parse(parse(every));
  const rows = new Map<string, GoldenRow>();
  for (const [key, { by, is }] of rowsOf(table)) {
    const [typeName = '', name = ''] = key.split(' ');
    const own = { type: tokenOf(typeName), name };
    if (rows.has(keyOf(own))) throw new Error(`${key} is in the table twice`);
    const wanted = { ...defaults[typeName], ...is };
    const unknown = Object.keys(wanted).find((field) => FIELDS[typeName]?.includes(field) !== true);
    if (unknown !== undefined) throw new Error(`${key} has no field ${unknown}`);
    const expand = expander(table, name, typeName);
    rows.set(keyOf(own), { ...own, by, is: mapValues(wanted, (value, field) => expanded(value, field, expand)) });
  }
  const { preset, environment, place } = table;
  const expand = expander(table, '', '');
  return { preset, environment, place, tags: table.tags, outputs: mapValues(table.outputs, expand), rows };
}

type Table = z.output<typeof tableSchema>;
type Row = z.output<typeof row>;
type Expand = (text: string) => string;

/** The sections of a table, as the rows that they are written for. */
function* rowsOf(table: Table): Generator<readonly [key: string, row: Row]> {
  for (const rows of Object.values(table.resources)) yield* Object.entries(rows);
  for (const [name, { by, when }] of Object.entries(table.alarms)) {
    yield [`cloudwatch.MetricAlarm ${name}`, { by, is: { when } }];
  }
  for (const [name, { by, role, may }] of Object.entries(table.permissions)) {
    yield [`iam.RolePolicy ${name}`, { by, is: { role, policy: may } }];
  }
  for (const [key, { by, is, says }] of Object.entries(table.policies)) {
    yield [key, { by, is: { ...is, policy: says } }];
  }
  const { dashboard } = table;
  if (dashboard !== undefined) {
    const { by, name, widgets } = dashboard;
    const inRegion = mapValues(widgets, (widget) => ({ ...widget, region: table.place.region }));
    yield [`cloudwatch.Dashboard ${name}`, { by, is: { dashboardName: name, widgets: inRegion } }];
  }
}

/** `sqs.Queue` is `aws:sqs/queue:Queue`. */
function tokenOf(typeName: string): string {
  const [service = '', resource = ''] = typeName.split('.');
  return `aws:${service}/${resource.charAt(0).toLowerCase()}${resource.slice(1)}:${resource}`;
}

function expanded(value: unknown, field: string, expand: Expand): unknown {
  if (typeof value === 'string') return expand(value);
  if (Array.isArray(value)) {
    const parts: unknown[] = value.map((part) => expanded(part, '', expand));
    return field === 'policy' || field === 'assumeRolePolicy' ? parts.flatMap((part) => linesOf(String(part))) : parts;
  }
  if (typeof value !== 'object' || value === null) return value;
  return mapValues(value as Readonly<Record<string, unknown>>, (part) => expanded(part, '', expand));
}

/**
 * A line with several actions or ARNs as one line for each pair, its conditions sorted: as `statementLines` gives them.
 */
function linesOf(text: string): string[] {
  const [head = '', conditions] = text.split(' if ');
  const [, who = '', actions = '', , arns] =
    /^((?:allow|deny) (?:account )?\S+: )?([^@]+?)( @ (.+))?$/.exec(head) ?? [];
  const sorted = conditions?.split(' and ').map((condition) => {
    const [, key = '', values = ''] = /^(\S+ \S+) (.+)$/.exec(condition) ?? [];
    return `${key} ${values.split(' or ').toSorted().join(' or ')}`;
  });
  const when = sorted === undefined ? '' : ` if ${sorted.toSorted().join(' and ')}`;
  const on = arns?.split(', ').map((arn) => ` @ ${arn}`) ?? [''];
  return actions.split(', ').flatMap((action) => on.map((where) => `${who}${action}${where}${when}`));
}

/**
 * Writes out what a table abbreviates: `{env}`, `{account}`, `{region}`, `{partition}`, `{key}`, `{keyid}`; of the row `{name}` and,
 * without the suffix and what follows it, `{bare}`; `{itself}` and `TLS only` of a policy; and by their bare names ARNs.
 */
function expander(
  { environment, place }: Pick<Table, 'environment' | 'place'>,
  name: string,
  typeName: string,
): Expand {
  const guarded = GUARDED[typeName];
  const { partition, accountId, region } = place;
  const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  const words: Readonly<Record<string, string>> = {
    env: environment,
    account: accountId,
    region,
    partition,
    key: arn('kms', `key/${KEY_ID}`),
    keyid: KEY_ID,
    name,
    bare: name.split(`-${environment}`)[0] ?? '',
    any: ANY,
  };
  const named: Readonly<Record<string, (full: string) => string>> = {
    fn: (full) => arn('lambda', `function:${full}`),
    logs: (full) => arn('logs', `log-group:/aws/lambda/${full}:*`),
    queue: (full) => arn('sqs', full),
    url: (full) => `https://sqs.${region}.amazonaws.com/${accountId}/${full}`,
    topic: (full) => arn('sns', full),
    table: (full) => arn('dynamodb', `table/${full}`),
    rule: (full) => arn('events', `rule/${full}`),
    role: (full) => `arn:${partition}:iam::${accountId}:role/${full}`,
    bucketname: (full) => `${full}-${accountId}-${region}-an`,
    bucket: (full) => `arn:${partition}:s3:::${full}-${accountId}-${region}-an`,
    dashboardurl: (full) =>
      `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${full}`,
  };
  return (text) =>
    (text === TLS_ONLY ? `${guarded?.tlsOnly ?? unknownWord(text)} if aws:SecureTransport is false` : text)
      .replaceAll('{itself}', () => guarded?.itself ?? unknownWord('itself'))
      .replaceAll(/\{([a-z]+)\}/g, (_, word: string) => words[word] ?? unknownWord(word))
      .replaceAll(/\{([a-z]+):([a-z0-9-]+)\}/g, (_, kind: string, bare: string) =>
        (named[kind] ?? unknownWord(kind))(`${bare}-${environment}`),
      );
}

function unknownWord(word: string): never {
  throw new Error(`{${word}} stands for nothing`);
}

function mapValues<Value, Mapped>(
  values: Readonly<Record<string, Value>>,
  map: (value: Value, key: string) => Mapped,
): Record<string, Mapped> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value, key)]));
}

/**
 * How a graph differs from a table, a line each; none where it is what the table wants.
 *
 * Resources are held against it both ways; of each, the fields that the table speaks of. Within a field nothing may be
 * there that the table does not have, but for what is as good as not set. The order of lists does not count: to AWS they are sets.
 */
export function differences(table: GoldenTable, graph: Graph): string[] {
  const resources = graph.resources.filter((resource) => !isScaffolding(resource));
  const found = Map.groupBy(resources, keyOf);
  const missing = [...table.rows.values()].filter((wanted) => !found.has(keyOf(wanted)));
  const extra = [...found].filter(([key]) => !table.rows.has(key));
  const twice = [...found].filter(([, those]) => those.length > 1);
  return [
    ...missing.map(({ type, name, by }) => `missing: ${type} ${name} (${by.join(', ')})`),
    ...extra.map(([key]) => `not in the table: ${key.replace('::', ' ')}`),
    ...twice.map(([key, those]) => `${those.length} times: ${key.replace('::', ' ')}`),
    ...[...table.rows].flatMap(([key, wanted]) =>
      (found.get(key) ?? []).flatMap((resource) => rowDifferences(wanted, resource)),
    ),
    ...providerDifferences(table, graph),
    ...differ(table.outputs, graph.outputs, 'outputs', EXACT),
  ];
}

/** What stands for nothing in AWS. */
function isScaffolding({ type }: GraphResource): boolean {
  return type === 'pulumi:pulumi:Stack' || type === 'pulumi:providers:aws' || type.startsWith('compliancectl:infra:');
}

function rowDifferences({ type, name, is }: GoldenRow, resource: GraphResource): string[] {
  const inputs = readableInputs(resource);
  return Object.entries(is).flatMap(([field, wanted]) => {
    const path = `${type} ${name}: ${field}`;
    // Of a configuration and of a widget the table names what matters; of a dashboard each widget.
    if (field === 'config') return differ(wanted, inputs[field], path, PART);
    if (field === 'widgets') return differ(wanted, inputs[field], path, BELOW);
    return differ(wanted, inputs[field], path, EXACT);
  });
}

function providerDifferences({ environment, place, tags }: GoldenTable, graph: Graph): string[] {
  const providers = graph.resources.filter(({ type }) => type.startsWith('pulumi:providers:'));
  const wanted = [{ name: `compliancectl-${environment}`, region: place.region, tags }];
  const there = providers.map(({ name, inputs }) => {
    const { tags } = JSON.parse(typeof inputs['defaultTags'] === 'string' ? inputs['defaultTags'] : '{}') as {
      tags?: unknown;
    };
    return { name, region: inputs['region'], tags };
  });
  return differ(wanted, there, 'providers', EXACT);
}

const ANY = '{any}';

/** Whether an object may have more than the table says: never, always, or only what lies in it. */
type Strictness = 'exact' | 'part' | 'part below';
const EXACT: Strictness = 'exact';
const PART: Strictness = 'part';
const BELOW: Strictness = 'part below';

function differ(wanted: unknown, there: unknown, path: string, strictness: Strictness): string[] {
  if (wanted === null) return isUnset(there) ? [] : [`${path} is ${show(there)}, and should not be set`];
  if (wanted === ANY) return isUnset(there) ? [`${path} is not set`] : [];
  if (Array.isArray(wanted) && Array.isArray(there)) return listDifferences(wanted, there, path, strictness);
  if (isObject(wanted) && isObject(there)) {
    const below = strictness === BELOW ? PART : strictness;
    const more =
      strictness === PART ? [] : Object.entries(there).filter(([key, value]) => !(key in wanted) && !isUnset(value));
    return [
      ...Object.entries(wanted).flatMap(([key, value]) => differ(value, there[key], `${path}.${key}`, below)),
      ...more.map(([key, value]) => `${path}.${key} is ${show(value)}, and should not be set`),
    ];
  }
  return wanted === there ? [] : [`${path} is ${show(there)}, and should be ${show(wanted)}`];
}

function listDifferences(
  wanted: readonly unknown[],
  there: readonly unknown[],
  path: string,
  strictness: Strictness,
): string[] {
  const left = [...there];
  const lacking = wanted.filter((one) => {
    const at = left.findIndex((other) => differ(one, other, '', strictness).length === 0);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
  return [
    ...lacking.map((one) => `${path} lacks ${show(one)}`),
    ...left.map((one) => `${path} has ${show(one)}, and should not`),
  ];
}

/** As good as not set: what AWS and the provider take to be the default. */
function isUnset(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'not set';
}
