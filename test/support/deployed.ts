/** Functions as a deployment would leave them in MiniStack: the built bundle, its config.json, and a role of their own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Runtime } from '@aws-sdk/client-lambda';
import { zipSync } from 'fflate';
import type { Zippable } from 'fflate';

import { ROOT_CREDENTIALS } from './ministack.ts';

const bundles = join(import.meta.dirname, '../../dist/lambda');

export const REGION = 'us-east-1';

/** What a client of the emulator is made with. */
export const clientOf = (endpoint: string) => ({ endpoint, region: REGION, credentials: ROOT_CREDENTIALS });

export interface Deployment {
  /** The bundle's name: `scanner`. */
  readonly bundle: string;
  readonly name: string;
  /** What differs from an empty config.json of the environment `test`. */
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** All that its role may do. */
  readonly actions: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
  readonly memory?: number;
  readonly runtime?: Runtime;
}

/** Makes the role and the function; gives the function's ARN. */
export async function deployFunction(endpoint: string, deployment: Deployment): Promise<string> {
  const { bundle, name, config = {}, env = {}, timeout = 300, memory = 512, runtime = 'nodejs24.x' } = deployment;
  const lambda = new LambdaClient(clientOf(endpoint));
  try {
    const { FunctionArn = '' } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: runtime,
        Handler: 'index.handler',
        Role: await createRole(endpoint, `${name}-role`, deployment.actions),
        Code: { ZipFile: packed(bundle, config) },
        Environment: { Variables: { AWS_ENDPOINT_URL: endpoint, ...env } },
        Timeout: timeout,
        MemorySize: memory,
      }),
    );
    return FunctionArn;
  } finally {
    lambda.destroy();
  }
}

async function createRole(endpoint: string, name: string, actions: readonly string[]): Promise<string> {
  const iam = new IAMClient(clientOf(endpoint));
  const assume = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const allow = { Effect: 'Allow', Action: actions, Resource: '*' };
  try {
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: policy(assume) }),
    );
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'own', PolicyDocument: policy(allow) }));
    return Role?.Arn ?? '';
  } finally {
    iam.destroy();
  }
}

function policy(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

/** The archive of a bundle, `config.json` beside its handler. */
function packed(bundle: string, config: object): Uint8Array {
  const text = JSON.stringify({ schema: 'compliancectl.function/1', environment: 'test', settings: {}, ...config });
  const files: Zippable = { 'config.json': Buffer.from(text) };
  for (const entry of readdirSync(join(bundles, bundle), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(join(bundles, bundle).length + 1)] = readFileSync(path);
  }
  return zipSync(files, { level: 1 });
}

export interface Invoked {
  /** Set where the handler threw. */
  readonly error?: string;
  readonly answer: unknown;
}

/** Calls a function and waits for its answer. */
export async function invoke(endpoint: string, name: string, event: object): Promise<Invoked> {
  const lambda = new LambdaClient(clientOf(endpoint));
  try {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    const answer: unknown = JSON.parse(Buffer.from(Payload ?? new Uint8Array()).toString() || 'null');
    return { answer, ...(FunctionError !== undefined && { error: FunctionError }) };
  } finally {
    lambda.destroy();
  }
}
