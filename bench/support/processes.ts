/** The two processes of a benchmark: the server that stands for AWS, and the command that is measured. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { COUNTS_PATH } from '../aws/listener.ts';
import type { CallCounts } from '../aws/listener.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export interface RunningServer {
  readonly url: string;
  calls(): Promise<CallCounts>;
  stop(): Promise<void>;
}

/**
 * Starts the server and waits until it listens.
 *
 * @throws Error where it ends before that; its own message is on stderr
 */
export async function startServer(options: readonly string[]): Promise<RunningServer> {
  const server = spawn(process.execPath, [here('../server.ts'), ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: server.stdout });
  const [url] = (await Promise.race([once(lines, 'line'), once(server, 'exit').then(() => [])])) as [string?];
  if (url === undefined) throw new Error('The server did not start.');
  return {
    url,
    calls: async () => (await fetch(`${url}${COUNTS_PATH}`)).json() as Promise<CallCounts>,
    stop: async () => {
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    },
  };
}

export interface Measured {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** From the start of the process to its end. */
  readonly seconds: number;
  /** Seconds of processor time: user and system, all threads. */
  readonly cpuSeconds: number;
  /** Megabytes of 10^6 bytes: the most the process ever had in memory. */
  readonly peakMegabytes: number;
}

/** Runs the built command to its end. What it writes to stderr is shown. */
export async function measureCommand(
  args: readonly string[],
  {
    env = process.env,
    nodeOptions = [],
  }: { readonly env?: NodeJS.ProcessEnv; readonly nodeOptions?: readonly string[] },
): Promise<Measured> {
  const started = performance.now();
  const command = [...nodeOptions, '--import', here('report-usage.js'), here('../../bin/run.js'), ...args];
  // The fourth stream is where the process says, at its end, what it has used.
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  const [stdout, usage] = await Promise.all([
    text(child.stdout as Readable),
    text(child.stdio[3] as Readable),
    child.exitCode === null ? once(child, 'exit') : undefined,
  ]);
  const seconds = (performance.now() - started) / 1000;
  const { cpuMicroseconds, peakKilobytes } = JSON.parse(usage) as { cpuMicroseconds: number; peakKilobytes: number };
  return {
    exitCode: child.exitCode,
    stdout,
    seconds,
    cpuSeconds: cpuMicroseconds / 1_000_000,
    peakMegabytes: (peakKilobytes * 1024) / 1_000_000,
  };
}

/** The environment for a scan of the server: whatever this machine knows of AWS is left out. */
export function environmentFor(url: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(own),
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}
