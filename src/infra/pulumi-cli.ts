/** The `pulumi` CLI: found, or installed once, and run as a process of its own that a Ctrl-C does not hit. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, appendFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { PulumiCommand } from '@pulumi/pulumi/automation/index.js';

import { EXIT, UserError } from '../user-error.ts';
import { firstLine } from './failure-text.ts';

export interface PulumiCli {
  readonly command: string;
  /** `3.259.0`. */
  readonly version: string;
}

export interface PulumiSearch {
  /** For `PATH`. */
  readonly env: NodeJS.ProcessEnv;
  /** Where it is installed when it is not on the `PATH`. */
  readonly root: string;
  /** Told what is under way, in sentences. */
  readonly onProgress: (sentence: string) => void;
  /** Puts it into a folder, as `bin/pulumi`. */
  readonly install?: (folder: string) => Promise<unknown>;
}

/** Below it, engine events do not come by a server. */
const OLDEST = { major: 3, minor: 200 };

const installFromPulumi = (folder: string) => PulumiCommand.install({ root: folder });

/**
 * The one on the `PATH` where its version fits, else the one under the root, which is installed where there is none.
 *
 * @throws UserError `PULUMI_MISSING` where it cannot be installed
 */
export async function findPulumi({
  env,
  root,
  onProgress,
  install = installFromPulumi,
}: PulumiSearch): Promise<PulumiCli> {
  const onPath = await commandOnPath(env);
  const version = onPath === undefined ? undefined : await versionOf(onPath, env);
  if (onPath !== undefined && version !== undefined && fits(version)) return { command: onPath, version };
  const unfit =
    onPath === undefined
      ? 'There is no pulumi on the PATH'
      : `The pulumi on the PATH ${version === undefined ? 'does not say its version' : `is ${version}, and 3.${OLDEST.minor} or a later 3 is needed`}`;
  const own = join(root, 'bin/pulumi');
  const earlier = await versionOf(own, env);
  if (earlier !== undefined && fits(earlier)) return { command: own, version: earlier };
  onProgress(`${unfit}: installing it in ${root}.`);
  try {
    await installInto(root, install);
  } catch (error) {
    throw new UserError(
      `${unfit}, and installing it failed: ${firstLine(error instanceof Error ? error.message : String(error))}.`,
      {
        code: 'PULUMI_MISSING',
        exitCode: EXIT.failed,
        suggestions: ['Install pulumi (https://www.pulumi.com/docs/install/) and put it on the PATH'],
        cause: error,
      },
    );
  }
  const installed = await versionOf(own, env);
  if (installed === undefined) {
    throw new UserError(`${unfit}, and the one that was installed in ${root} does not run.`, {
      code: 'PULUMI_MISSING',
      exitCode: EXIT.failed,
      suggestions: ['Install pulumi (https://www.pulumi.com/docs/install/) and put it on the PATH'],
    });
  }
  onProgress(`Installed pulumi ${installed}.`);
  return { command: own, version: installed };
}

/** Beside its place first, so that neither a broken download nor a run at the same time leaves half of it there. */
async function installInto(root: string, install: (folder: string) => Promise<unknown>): Promise<void> {
  const beside = `${root}.${randomUUID()}`;
  try {
    await mkdir(beside, { recursive: true, mode: 0o700 });
    await install(beside);
    await rm(root, { recursive: true, force: true });
    await rename(beside, root);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function commandOnPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    // A relative one would depend on where the CLI is run.
    if (!folder.startsWith('/')) continue;
    const command = join(folder, 'pulumi');
    try {
      await access(command, constants.X_OK);
      return command;
    } catch {
      // In none of the folders so far.
    }
  }
  return undefined;
}

/** `undefined` where it cannot be run, or says something else. */
async function versionOf(command: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const child = spawn(command, ['version'], {
      env: { PATH: env['PATH'], HOME: env['HOME'], PULUMI_HOME: env['PULUMI_HOME'], PULUMI_SKIP_UPDATE_CHECK: 'true' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 30_000,
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return code === 0 ? /^v?(\d+\.\d+\.\d+\S*)/.exec(text.trim())?.[1] : undefined;
  } catch {
    return undefined;
  }
}

function fits(version: string): boolean {
  const [major, minor = 0] = version.split('.').map(Number);
  return major === OLDEST.major && minor >= OLDEST.minor;
}

export interface Invocation {
  /** The CLI's arguments. */
  readonly args: readonly string[];
  /** Where it is run, and where its output goes while it runs. */
  readonly folder: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Has it end what it has begun, save the state and give back the lock. */
  readonly signal?: AbortSignal | undefined;
  /** A file that what is run and what it answers are added to. */
  readonly debugLog?: string | undefined;
}

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** The CLI ended with an error. */
export class PulumiFailure extends Error {
  readonly stdout: string;
  readonly stderr: string;

  constructor({ stdout, stderr }: Answer, command: string) {
    super(`pulumi ${command} failed: ${stderr || stdout}`);
    this.name = 'PulumiFailure';
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/**
 * Runs the CLI. In a session of its own: at a terminal Ctrl-C goes to all of a process group, and with the signal that is
 * sent on here the CLI would hear it twice, which has it drop what it is doing. Its output goes to files: a pipe that
 * nobody reads any more, because this process was killed, would end it before it has saved the state.
 *
 * @throws PulumiFailure where it ends with another code than 0
 */
export async function runPulumi(
  { command }: PulumiCli,
  { args, folder, env, signal, debugLog }: Invocation,
): Promise<Answer> {
  signal?.throwIfAborted();
  const name = join(folder, `.${randomUUID()}`);
  const [stdout, stderr] = [await open(`${name}.out`, 'wx', 0o600), await open(`${name}.err`, 'wx', 0o600)];
  let code: number;
  try {
    const child = spawn(command, args, { cwd: folder, env, detached: true, stdio: ['ignore', stdout.fd, stderr.fd] });
    const interrupt = () => {
      child.kill('SIGINT');
    };
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      const [ended] = (await once(child, 'close')) as [number | null];
      code = ended ?? -1;
    } finally {
      signal?.removeEventListener('abort', interrupt);
    }
  } finally {
    await Promise.all([stdout.close(), stderr.close()]);
  }
  const answer = { stdout: await taken(`${name}.out`), stderr: await taken(`${name}.err`), code };
  if (debugLog !== undefined) await appendFile(debugLog, debugText(args, answer), { mode: 0o600 });
  if (code !== 0) throw new PulumiFailure(answer, args[0] ?? '');
  return answer;
}

async function taken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  await rm(file);
  return text;
}

function debugText(args: readonly string[], { stdout, stderr, code }: Answer): string {
  const answered = args.includes('--show-secrets') ? '(not kept: it holds secrets)\n' : stdout;
  return `$ pulumi ${args.join(' ')}\n${answered}${stderr}ended with ${code}\n\n`;
}
