/** Stacks of `sample:index:Thing`s, made by the real engine in a cloud that is a folder. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import * as pulumi from '@pulumi/pulumi/index.js';

import { ended } from './ports.ts';

export interface SampleCloud {
  /** For the CLI: where the provider listens. */
  readonly env: Readonly<Record<string, string>>;
  /** The names of the things that are there. */
  readonly things: () => string[];
  readonly stop: () => Promise<void>;
}

class Thing extends pulumi.CustomResource {
  constructor(name: string, properties: pulumi.Inputs) {
    super('sample:index:Thing', name, { name, ...properties });
  }
}

/** Declares a thing, named as it is in the stack where no other name is given. */
export function thing(name: string, properties: pulumi.Inputs = {}): Thing {
  return new Thing(name, properties);
}

export async function startSampleCloud(folder: string): Promise<SampleCloud> {
  const cloud = join(folder, 'cloud');
  mkdirSync(cloud);
  const provider = spawn(process.execPath, [join(import.meta.dirname, 'sample-provider.ts')], {
    env: { PATH: process.env['PATH'], SAMPLE_CLOUD: cloud },
    // Pulumi's own server prints the stack of each refusal there.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const port = await portOf(provider);
  return {
    env: { PULUMI_DEBUG_PROVIDERS: `sample:${port}` },
    things: () => readdirSync(cloud).map((file) => file.replace(/\.json$/, '')),
    stop: () => ended(provider),
  };
}

async function portOf(provider: ChildProcess): Promise<number> {
  if (provider.stdout === null) throw new Error('The provider has no standard output.');
  const [line] = (await once(provider.stdout, 'data')) as [Buffer];
  return Number(line.toString().trim());
}
