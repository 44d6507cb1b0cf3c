/** MiniStack as a server on a free loopback port: it runs Lambda functions for real, and holds them to their roles. */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';

import type { Emulator } from './moto.ts';
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

/** Starts MiniStack before the tests of the `describe` it is called in, empty before each; they are skipped without it. */
export function withMiniStack(node?: () => Promise<string>): () => Emulator {
  let ministack: Emulator | undefined;
  before(async function () {
    this.timeout(300_000);
    ministack = await startMiniStack(await node?.());
    if (ministack !== undefined) return;
    process.stderr.write(`\nSKIPPED, for want of MiniStack: ${this.test?.parent?.title}\n\n`);
    this.skip();
  });
  beforeEach(async () => ministack?.reset());
  after(async () => ministack?.stop());
  return () => {
    if (ministack === undefined) throw new Error('MiniStack has not been started.');
    return ministack;
  };
}
