/** A Pulumi program run against stand-ins, and what it would have built: every resource with its inputs; no engine, no AWS. */
import * as pulumi from '@pulumi/pulumi';
import type { MockResourceArgs } from '@pulumi/pulumi/runtime/mocks.js';
import type { RegisterResourceRequest } from '@pulumi/pulumi/proto/resource_pb.js';

export interface GraphPlace {
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
}

export interface GraphResource {
  /** `aws:sqs/queue:Queue`, `pulumi:providers:aws`, `compliancectl:infra:ComplianceFunction`. */
  readonly type: string;
  /** Its logical name. */
  readonly name: string;
  /** What the provider is sent: outputs resolved, nothing that is not set; an archive is `{ archive: { name: content } }`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** As `keyOf` gives it; absent for what hangs on the stack itself. */
  readonly parent?: string;
  /** The logical name of the provider that it was handed; without one Pulumi takes its default provider. */
  readonly provider?: string;
  readonly options: {
    readonly protect: boolean;
    readonly retainOnDelete: boolean;
    readonly ignoreChanges: readonly string[];
  };
}

export interface Graph {
  /** In the order in which they were registered. */
  readonly resources: readonly GraphResource[];
  /** What the program returned, outputs resolved. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The id that AWS makes up for a KMS key: the only ARN that its name does not tell. */
export const KEY_ID = '0f7a1c6e-0000-4000-8000-000000000001';

type Properties = Readonly<Record<string, unknown>>;

const IRELAND: GraphPlace = { partition: 'aws', accountId: '111122223333', region: 'eu-west-1' };

/** `aws:sqs/queue:Queue::compliance-scanner-dlq-dev`. */
export function keyOf({ type, name }: Pick<GraphResource, 'type' | 'name'>): string {
  return `${type}::${name}`;
}

/**
 * Runs a program and gives what it registered.
 *
 * Pulumi's runtime is one per process: two programs must not run at once. Transforms are not run, and a provider's default
 * tags show on the provider alone. What a resource throws once the program has returned is an unhandled rejection, which
 * fails the test.
 *
 * @param place what the ARNs are made of that AWS would give
 * @throws what the program throws
 */
export async function graphOf(
  program: () => Properties | undefined | Promise<Properties | undefined>,
  place: GraphPlace = IRELAND,
): Promise<Graph> {
  const registered: { readonly args: MockResourceArgs; readonly request: RegisterResourceRequest }[] = [];
  let request: RegisterResourceRequest | undefined;
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        if (request === undefined) throw new Error(`${args.name} is read, not registered`);
        registered.push({ args, request });
        const inputs = args.inputs as Properties;
        return { id: idOf(args, place), state: { ...inputs, ...givenByAws(args.type, args.name, inputs, place) } };
      },
      call({ token }) {
        throw new Error(`the program asks for ${token}: everything is to be decided before it runs`);
      },
    },
    'compliancectl',
    'test',
  );
  // The mocks are not told the options of a resource; the request that they are made from has them.
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (asked, callback) => {
    request = asked;
    const registering = register(asked, callback);
    request = undefined;
    return registering;
  };

  try {
    const outputs = await resolved((await program()) ?? {});
    await pulumi.runtime.disconnect();
    return {
      resources: await Promise.all(registered.map(({ args, request }) => resourceOf(args, request))),
      outputs: (await plain(outputs)) as Properties,
    };
  } finally {
    // What is under way must not reach into the next program.
    await pulumi.runtime.disconnect();
  }
}

/** The part of Pulumi's own stand-in for the engine that is used here. */
interface MockMonitor {
  registerResource: (request: RegisterResourceRequest, callback: (error: unknown, answer: unknown) => void) => unknown;
}

async function resourceOf(args: MockResourceArgs, request: RegisterResourceRequest): Promise<GraphResource> {
  const parent = request.getParent();
  const provider = request.getProvider();
  return {
    type: args.type,
    name: args.name,
    inputs: (await plain(args.inputs)) as Properties,
    ...(parent !== '' && { parent: keyOfUrn(parent) }),
    // A reference is the provider's URN and, after another `::`, its id.
    ...(provider !== '' && { provider: namedBy(provider.slice(0, provider.lastIndexOf('::'))) }),
    options: {
      protect: request.getProtect() === true,
      retainOnDelete: request.getRetainondelete() === true,
      ignoreChanges: request.getIgnorechangesList(),
    },
  };
}

/** `urn:pulumi:{stack}::{project}::{types of its parents, with $ between}::{name}`. */
function keyOfUrn(urn: string): string {
  const types = urn.split('::')[2] ?? '';
  return keyOf({ type: types.slice(types.lastIndexOf('$') + 1), name: namedBy(urn) });
}

function namedBy(urn: string): string {
  return urn.split('::').slice(3).join('::');
}

async function resolved(outputs: Properties): Promise<unknown> {
  return new Promise((resolve) => {
    pulumi.output(outputs).apply((values) => resolve(values));
  });
}

/** Plain data: what Pulumi wraps is unwrapped, and what is not set is not there. */
async function plain(value: unknown): Promise<unknown> {
  const { StringAsset, FileAsset, FileArchive, AssetArchive } = pulumi.asset;
  if (value instanceof StringAsset) return value.text;
  if (value instanceof FileAsset || value instanceof FileArchive) return { path: await value.path };
  if (value instanceof AssetArchive) return { archive: await plain(await value.assets) };
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value !== 'object' || value === null) return value;
  const set = Object.entries(value).filter(([, part]) => part !== undefined && part !== null);
  return Object.fromEntries(await Promise.all(set.map(async ([key, part]) => [key, await plain(part)] as const)));
}

/** What the provider's ids are, where a resource is known by its id. */
function idOf({ type, name, inputs }: MockResourceArgs, place: GraphPlace): string {
  const given = givenByAws(type, name, inputs as Properties, place);
  return textOf(given['id']) ?? textOf(given['keyId']) ?? textOf(given['name']) ?? name;
}

/** What AWS adds to the inputs; names are literal, so ARNs are what they will be. */
function givenByAws(
  type: string,
  logicalName: string,
  inputs: Properties,
  { partition, accountId, region }: GraphPlace,
): Properties {
  const name = textOf(inputs['name']) ?? logicalName;
  const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  switch (type) {
    case 'aws:kms/key:Key':
      return { keyId: KEY_ID, arn: arn('kms', `key/${KEY_ID}`) };
    case 'aws:kms/alias:Alias':
      return { name, arn: arn('kms', name) };
    case 'aws:sns/topic:Topic':
      return { name, id: arn('sns', name), arn: arn('sns', name) };
    case 'aws:sqs/queue:Queue': {
      const url = `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
      return { name, id: url, url, arn: arn('sqs', name) };
    }
    case 'aws:s3/bucket:Bucket': {
      const bucket = textOf(inputs['bucket']) ?? logicalName;
      return { bucket, id: bucket, arn: `arn:${partition}:s3:::${bucket}` };
    }
    case 'aws:dynamodb/table:Table':
      return { name, arn: arn('dynamodb', `table/${name}`) };
    case 'aws:iam/role:Role':
      return { name, arn: `arn:${partition}:iam::${accountId}:role/${name}` };
    case 'aws:cloudwatch/logGroup:LogGroup':
      return { name, arn: arn('logs', `log-group:${name}`) };
    case 'aws:cloudwatch/eventRule:EventRule':
      return { name, arn: arn('events', `rule/${name}`) };
    case 'aws:cloudwatch/metricAlarm:MetricAlarm':
      return { name, arn: arn('cloudwatch', `alarm:${name}`) };
    case 'aws:cloudwatch/dashboard:Dashboard':
      return { dashboardArn: `arn:${partition}:cloudwatch::${accountId}:dashboard/${textOf(inputs['dashboardName'])}` };
    case 'aws:lambda/function:Function': {
      const own = arn('lambda', `function:${name}`);
      return { name, arn: own, version: '$LATEST', qualifiedArn: `${own}:$LATEST` };
    }
    case 'aws:lambda/alias:Alias':
      return { name, arn: arn('lambda', `function:${textOf(inputs['functionName'])}:${name}`) };
    case 'aws:cfg/rule:Rule':
      return { name, arn: arn('config', `config-rule/${name}`) };
    default:
      return { name };
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
