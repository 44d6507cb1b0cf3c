/** moto as a server on a free loopback port: AWS as the tests know it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import type { Emulator } from './emulator.ts';
import { answering, ended, freePort } from './ports.ts';
import { emulatorPrograms } from './python.ts';

/**
 * Starts moto, or gives `undefined` where it cannot be installed here.
 *
 * @param account the account that it plays; its own, 123456789012, if not given
 */
export async function startMoto(account?: string): Promise<Emulator | undefined> {
  const programs = await emulatorPrograms();
  if (programs === undefined) return undefined;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(join(programs, 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, ...(account !== undefined && { MOTO_ACCOUNT_ID: account }) },
  });
  await answering(`${url}/moto-api/data.json`, server);
  return {
    url,
    reset: async () => {
      await fetch(`${url}/moto-api/reset`, { method: 'POST' });
    },
    stop: () => ended(server),
  };
}
