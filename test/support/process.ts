/** Runs Node as a process of its own, in an environment that holds nothing of this machine's. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

export interface RunOptions {
  /** Beside the little there is; nothing of the test's own environment is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the process reads on standard input, which is empty otherwise. */
  readonly stdin?: string;
  /** Sends SIGINT when it settles, or the signal that is named. */
  readonly signalAfter?: Promise<unknown>;
  readonly signal?: NodeJS.Signals;
  /** Closes the reading end of this stream as soon as so many characters came; with 0, at once. */
  readonly closeAfter?: { readonly stream: 'stdout' | 'stderr'; readonly characters: number };
  readonly cwd?: string;
}

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** `null` where a signal ended the process. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface TimedOutcome extends Outcome {
  /** Milliseconds from the signal to the end; `undefined` where none was sent. */
  readonly endedAfterSignal: number | undefined;
}

/** @param args a script and its arguments, or options of Node's */
export async function runNode(args: readonly string[], options: RunOptions = {}): Promise<TimedOutcome> {
  const home = mkdtempSync(join(tmpdir(), 'compliancectl-home-'));
  try {
    const child = spawn(process.execPath, args, { env: environment(home, options.env), cwd: options.cwd ?? home });
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    let signalled: number | undefined;
    void options.signalAfter?.finally(() => {
      signalled = performance.now();
      child.kill(options.signal ?? 'SIGINT');
    });
    child.stdin.end(options.stdin ?? '');
    const output = Promise.all([
      read(child.stdout, options.closeAfter?.stream === 'stdout' ? options.closeAfter.characters : undefined),
      read(child.stderr, options.closeAfter?.stream === 'stderr' ? options.closeAfter.characters : undefined),
    ]);
    const [exitCode, signal] = await closed;
    const endedAfterSignal = signalled === undefined ? undefined : performance.now() - signalled;
    const [stdout, stderr] = await output;
    return { stdout, stderr, exitCode, signal, endedAfterSignal };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Runs an ES module given as text; `SRC` in it stands for the folder of the sources, as a URL. */
export async function runScript(code: string, options?: RunOptions): Promise<TimedOutcome> {
  const src = pathToFileURL(join(import.meta.dirname, '../../src')).href;
  return runNode(['--input-type=module', '--eval', code.replaceAll('SRC', src)], options);
}

function environment(home: string, given: RunOptions['env']): NodeJS.ProcessEnv {
  const coverage = process.env['NODE_V8_COVERAGE'];
  return {
    PATH: process.env['PATH'],
    HOME: home,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(coverage !== undefined && { NODE_V8_COVERAGE: coverage }),
    ...given,
  };
}

async function read(stream: Readable, closeAfter: number | undefined): Promise<string> {
  if (closeAfter === undefined) return text(stream);
  stream.setEncoding('utf8');
  let seen = '';
  if (closeAfter === 0) {
    stream.destroy();
    return seen;
  }
  for await (const piece of stream) {
    seen += String(piece);
    if (seen.length >= closeAfter) break;
  }
  return seen;
}
