/** Runs the CLI as people do: as a process, seen from outside. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { runNode } from './process.ts';
import type { RunOptions, TimedOutcome } from './process.ts';

const root = join(import.meta.dirname, '../..');

export interface CliOptions extends RunOptions {
  readonly args: readonly string[];
}

/** Credentials and an endpoint for an emulator. */
export function awsAt(endpoint: string, changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_REGION: 'eu-west-1',
    ...changes,
  };
}

/** Runs the sources as they are, without a build. */
export async function runCli({ args, ...options }: CliOptions): Promise<TimedOutcome> {
  return runNode([join(root, 'bin/dev.js'), ...args], options);
}

/**
 * Runs what is published.
 *
 * @throws where it was not built: old output must not pass for what the sources do
 */
export async function runBuiltCli({ args, ...options }: CliOptions): Promise<TimedOutcome> {
  if (!existsSync(join(root, 'dist/cli/main.js'))) throw new Error('Build first: npm run build');
  return runNode([join(root, 'bin/run.js'), ...args], options);
}
