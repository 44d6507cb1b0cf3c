/** MiniStack as a server on a free loopback port: it runs Lambda functions for real, and holds them to their roles. */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';

import { withEmulator } from './emulator.ts';
import type { Emulator } from './emulator.ts';
import { answering, ended, freePort } from './ports.ts';
import { emulatorPrograms } from './python.ts';

/** The account that MiniStack plays. */
export const MINISTACK_ACCOUNT = '000000000000';

/** Who may do everything in it. */
export const ROOT_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/**
 * Starts MiniStack, or gives `undefined` where it cannot be installed here.
 *
 * @param node the Node that runs the functions
 */
export async function startMiniStack(node = process.execPath): Promise<Emulator | undefined> {
  const programs = await emulatorPrograms();
  if (programs === undefined) return undefined;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(join(programs, 'ministack'), [], {
    stdio: 'ignore',
    env: {
      PATH: [dirname(node), programs, process.env['PATH']].join(delimiter),
      HOME: process.env['HOME'],
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      // Every call must be allowed by a policy of its caller, those of the functions by their roles'.
      AUTH: 'true',
      AWS_ACCESS_KEY_ID: ROOT_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ROOT_CREDENTIALS.secretAccessKey,
      // Seconds. A reset ends what runs, which MiniStack takes for a failure: it would call the function again in the next test.
      LAMBDA_ASYNC_RETRY_BASE_SECONDS: '3600',
      LAMBDA_ASYNC_RETRY_MAX_SECONDS: '3600',
    },
  });
  await answering(`${url}/_ministack/health`, server);
  return {
    url,
    reset: async () => {
      await fetch(`${url}/_ministack/reset`, { method: 'POST' });
    },
    stop: () => ended(server),
  };
}

/**
 * MiniStack for the tests of the `describe` it is called in.
 *
 * @param node gives the Node that runs the functions
 */
export function withMiniStack(node?: () => Promise<string>): () => Emulator {
  return withEmulator('MiniStack', async () => startMiniStack(await node?.()));
}
