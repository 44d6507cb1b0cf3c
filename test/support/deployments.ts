/** `deploy` and `destroy` as people run them: the built CLI, the real engine, the stand-in, and emulators behind it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runBuiltCli } from './cli.ts';
import type { CliOptions } from './cli.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { withEmulator } from './emulator.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS, withMiniStack } from './ministack.ts';
import { startMoto } from './moto.ts';
import type { TimedOutcome } from './process.ts';
import { withPulumi } from './pulumi.ts';
import { startStandIn } from './stand-in-aws/stand-in.ts';
import type { StandIn } from './stand-in-aws/stand-in.ts';
import { whatIsThere } from './what-is-there.ts';

export interface Deployments {
  /** AWS, as far as there is one: calls may be failed. */
  readonly aws: FaultProxy;
  readonly standIn: StandIn;
  /** The working directory, with its `compliancectl.yaml`. */
  readonly folder: string;
  /** Where the state folder is, with what the default backend puts there. */
  readonly stateFolder: string;
  /** What the CLI runs in. */
  readonly env: Readonly<Record<string, string>>;
  readonly configure: (yaml: string) => void;
  readonly cli: (args: readonly string[], options?: Partial<CliOptions>) => Promise<TimedOutcome>;
  /** What AWS holds of the kinds that stacks are made of. */
  readonly there: (region?: string) => Promise<string[]>;
}

/** For the `describe` it is called in; each of its tests begins with nothing in AWS and a folder of its own. */
export function withDeployments(): () => Deployments {
  const pulumi = withPulumi();
  const ministack = withMiniStack();
  const moto = withEmulator('moto', () => startMoto(MINISTACK_ACCOUNT));
  let current: Deployments | undefined;
  beforeEach(async () => {
    current = await open({ pulumi: pulumi(), ministack: ministack().url, moto: moto().url });
  });
  afterEach(async () => {
    await current?.standIn.stop();
    await current?.aws.stop();
    current = undefined;
  });
  return () => {
    if (current === undefined) throw new Error('There are deployments while a test runs, and only then.');
    return current;
  };
}

interface Parts {
  readonly pulumi: ReturnType<ReturnType<typeof withPulumi>>;
  readonly ministack: string;
  readonly moto: string;
}

async function open({ pulumi, ministack, moto }: Parts): Promise<Deployments> {
  // Policies of ours refuse what does not come over TLS, and the emulator must think that it does.
  const aws = await startFaultProxy(ministack, true);
  // MiniStack tells a time that the SDK cannot read.
  aws.fail('monitoring:ListDashboards', {
    kind: 'rewrite',
    body: (body) => body.replaceAll(/"LastModified":\s*"[^"]*"/g, '"LastModified":0'),
  });
  const standIn = await startStandIn({ endpoint: aws.url, functionEndpoint: aws.url, configEndpoint: moto });
  const folder = join(pulumi.folder, 'work');
  mkdirSync(folder);
  const { PULUMI_BACKEND_URL: _, PULUMI_CONFIG_PASSPHRASE: __, ...cliEnv } = pulumi.env;
  const env = {
    ...cliEnv,
    ...standIn.env,
    XDG_STATE_HOME: join(pulumi.folder, 'state-home'),
    AWS_ENDPOINT_URL: aws.url,
    AWS_ENDPOINT_URL_CONFIG_SERVICE: moto,
    AWS_ACCESS_KEY_ID: ROOT_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT_CREDENTIALS.secretAccessKey,
    AWS_REGION: 'us-east-1',
  };
  return {
    aws,
    standIn,
    folder,
    stateFolder: join(pulumi.folder, 'state-home/compliancectl'),
    env,
    configure: (yaml) => {
      writeFileSync(join(folder, 'compliancectl.yaml'), yaml);
    },
    cli: (args, { env: more = {}, ...options } = {}) =>
      runBuiltCli({ args, cwd: folder, env: { ...env, ...more }, ...options }),
    there: (region = 'us-east-1') => whatIsThere({ endpoint: aws.url, configEndpoint: moto, region }),
  };
}
