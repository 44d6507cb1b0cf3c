/** A stack, through Pulumi's Automation API: previewed, made, refreshed, deleted. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { LocalWorkspace, Stack } from '@pulumi/pulumi/automation/index.js';
import type { EngineEvent, OutputMap, PulumiCommand } from '@pulumi/pulumi/automation/index.js';

import { stateFolder } from '../state-files.ts';
import { EXIT, systemReason, UserError } from '../user-error.ts';
import { chooseBackend, stackName } from './backend.ts';
import type { Backend, StackAddress } from './backend.ts';
import { DeploymentFailure, interrupted, knownFailure, PROJECT, unknownFailure } from './failures.ts';
import { chooseSecrets, secretsEnvironment } from './passphrase.ts';
import { SECRET } from './property-diff.ts';
import { findPulumi, PulumiFailure, runPulumi } from './pulumi-cli.ts';
import type { Answer, PulumiCli } from './pulumi-cli.ts';
import { pulumiEnvironment } from './pulumi-environment.ts';
import { changeLog, countChanges } from './stack-changes.ts';
import type { ChangeCounts, ChangeLog, ResourceProgress, StackChange } from './stack-changes.ts';
import { readStackState } from './stack-state.ts';
import type { PendingOperation, StackState, StateResource } from './stack-state.ts';

export type Progress = ResourceProgress | { readonly kind: 'note'; readonly text: string };

/** Declares the resources, and gives the stack's outputs. Paths in it are absolute: the CLI runs elsewhere. */
export type StackProgram = () => Promise<Record<string, unknown>>;

export interface OpenStackOptions {
  readonly address: StackAddress;
  /** Not needed to refresh or to delete. */
  readonly program?: StackProgram;
  /** `--backend`. */
  readonly backend?: string | undefined;
  /** `backend` of the configuration. */
  readonly configuredBackend?: string | undefined;
  /** `secretsProvider` of the configuration. */
  readonly secretsProvider?: string | undefined;
  /** The CLI is handed what it needs of it: credentials, proxies, `PULUMI_*`. */
  readonly env: NodeJS.ProcessEnv;
  /** What relative paths start from. */
  readonly directory: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Ends the work in order: what was begun is finished, the state saved, the lock given back. */
  readonly signal?: AbortSignal | undefined;
  /** A file for what the CLI is asked and answers. */
  readonly debugLog?: string | undefined;
}

export interface Preview {
  /** Every resource, those that stay as they are included. */
  readonly changes: readonly StackChange[];
  readonly counts: ChangeCounts;
  /** Left behind by a run that was killed; a refresh clears it. */
  readonly pending: readonly PendingOperation[];
}

export interface Applied {
  /** What was done, to every resource. */
  readonly changes: readonly StackChange[];
  readonly counts: ChangeCounts;
  readonly durationSeconds: number;
}

export interface Updated extends Applied {
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Whether it came to what the last preview had told; `undefined` without one. */
  readonly asPreviewed: boolean | undefined;
}

/** Each of them throws a UserError for what the person can mend, `INTERRUPTED` among them. */
export interface DeployedStack {
  readonly name: string;
  readonly backend: Backend;
  /** Whether it was ever deployed here. */
  exists(): Promise<boolean>;
  /** What `up` would do. Changes nothing, and makes no stack in the backend. */
  preview(): Promise<Preview>;
  /** Makes it so. What fails halfway is kept, and the next `up` goes on from there. */
  up(): Promise<Updated>;
  /** Takes over into the state what AWS has, and forgets what was pending. */
  refresh(): Promise<Applied>;
  /** Deletes all resources, then the stack from its backend; `undefined` where there is no stack. */
  destroy(): Promise<Applied | undefined>;
  /** Of the last deployment, secrets masked; none where there is no stack. */
  outputs(): Promise<Readonly<Record<string, unknown>>>;
  /** What the state says is there. */
  resources(): Promise<readonly StateResource[]>;
  /** Takes the lock away from a run that is gone. */
  cancel(): Promise<void>;
}

/** One task: a folder of its own for the CLI, which then knows no `Pulumi.yaml` but ours. */
interface Task {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** @throws UserError where there is no backend, no passphrase or no CLI to be had */
export async function openStack(options: OpenStackOptions): Promise<DeployedStack> {
  const { address, env, directory, signal, debugLog, onProgress = () => {} } = options;
  const backend = chooseBackend(
    { flag: options.backend, configured: options.configuredBackend, env, directory },
    address,
  );
  const secrets = chooseSecrets(backend, options.secretsProvider, env, directory);
  const name = stackName(address);
  const cli = await findPulumi({
    env,
    root: join(stateFolder(env), 'pulumi'),
    onProgress: (text) => {
      onProgress({ kind: 'note', text });
    },
  });
  if (backend.ownFolder !== undefined) await makeFolder(backend.ownFolder);
  const said = { PULUMI_BACKEND_URL: backend.url, ...(await secretsEnvironment(secrets)) };
  const program = remembered(options.program ?? (async () => ({})));
  let previewed: ChangeCounts | undefined;

  const ask = ({ folder, env: taskEnv }: Task, args: readonly string[]): Promise<Answer> =>
    runPulumi(cli, { args: [...args, '--non-interactive'], folder, env: taskEnv, debugLog });

  /** `undefined` where there is no stack. */
  const readState = async (task: Task): Promise<StackState | undefined> => {
    signal?.throwIfAborted();
    let exported: string;
    try {
      exported = (await ask(task, ['stack', 'export', '--stack', name])).stdout;
    } catch (error) {
      if (error instanceof PulumiFailure && /no stack named/.test(error.stderr)) return undefined;
      throw error;
    }
    const state = readStackState(exported);
    // Without it the CLI would take any passphrase, and encrypt anew with it; and for a key of KMS it would want one.
    await writeFile(join(task.folder, `Pulumi.${name}.yaml`), JSON.stringify(state.settings), { mode: 0o600 });
    return state;
  };

  const initialise = async (task: Task, provider: readonly string[]): Promise<void> => {
    try {
      await ask(task, ['stack', 'init', name, '--no-select', ...provider]);
    } catch (error) {
      // Another first run was faster: the lock decides between the two.
      if (!(error instanceof PulumiFailure && /already exists/.test(error.stderr))) throw error;
      await readState(task);
    }
  };

  const automation = async ({ folder, env: envVars }: Task): Promise<Stack> => {
    const workspace = await LocalWorkspace.create({
      workDir: folder,
      program: program.run,
      envVars: { ...envVars },
      pulumiCommand: commandOf(cli, debugLog),
    });
    // It would be noted down in the user's own ~/.pulumi which stack this folder is for, and the folder is soon gone.
    return Stack.select(name, Object.assign(workspace, { selectStack: async () => {} }));
  };

  /** One run of the engine, and its failures in words. */
  const run = async <T>(log: ChangeLog, operation: () => Promise<T>): Promise<T> => {
    try {
      return await operation();
    } catch (error) {
      if (signal?.aborted === true) throw error;
      const failures = log.failures();
      const thrown = program.thrown();
      if (thrown !== undefined) throw thrown.error;
      if (failures.length > 0) throw new DeploymentFailure(failures, error);
      const text = textOf(error);
      const known = text === undefined ? undefined : knownFailure(text, failureContext(address, backend), error);
      if (known !== undefined || text === undefined) throw known ?? error;
      const [first] = log.errors();
      if (first?.startsWith('Unhandled exception') === true) throw new Error(first, { cause: error });
      throw unknownFailure(first ?? text, error);
    }
  };

  const task = async <T>(work: (task: Task) => Promise<T>, done: () => number = () => 0): Promise<T> => {
    const folder = await mkdtemp(join(tmpdir(), 'compliancectl-'));
    try {
      await writeFile(join(folder, 'Pulumi.yaml'), JSON.stringify({ name: PROJECT, runtime: 'nodejs' }));
      return await work({ folder, env: pulumiEnvironment(env, said) });
    } catch (error) {
      if (signal?.aborted === true) throw interrupted(done(), error);
      const text = error instanceof PulumiFailure ? textOf(error) : undefined;
      if (text === undefined) throw error;
      throw knownFailure(text, failureContext(address, backend), error) ?? unknownFailure(text, error);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };

  /** A run that changes something: its changes, how long it took, and how far it came when it was interrupted. */
  const applying = async <T>(
    total: (state: StackState | undefined) => number | undefined,
    work: (
      task: Task,
      state: StackState | undefined,
      handlers: { readonly onEvent: (event: EngineEvent) => void; readonly signal?: AbortSignal },
      log: ChangeLog,
    ) => Promise<T>,
  ): Promise<T & Applied> => {
    const started = performance.now();
    let log = changeLog();
    const applied = await task(
      async (current) => {
        const state = await readState(current);
        log = changeLog({ total: total(state), onProgress });
        return work(current, state, { onEvent: log.hear, ...(signal !== undefined && { signal }) }, log);
      },
      () => log.changes().filter(({ operation }) => operation !== 'same').length,
    );
    const changes = log.changes();
    const durationSeconds = Math.round((performance.now() - started) / 1000);
    return { ...applied, changes, counts: countChanges(changes), durationSeconds };
  };

  return {
    name,
    backend,

    exists: () => task(async (current) => (await readState(current)) !== undefined),

    preview: () =>
      task(async (current) => {
        const state = await readState(current);
        const place = state === undefined ? await scratch(current) : current;
        if (state === undefined) await initialise(place, []);
        const log = changeLog({ preview: true });
        const stack = await automation(place);
        await run(log, () => stack.preview({ onEvent: log.hear, ...(signal !== undefined && { signal }) }));
        const changes = log.changes();
        previewed = countChanges(changes);
        return { changes, counts: previewed, pending: state?.pending ?? [] };
      }),

    async up() {
      const expected = previewed;
      const updated = await applying(
        () => expected && expected.create + expected.update + expected.replace + expected.delete,
        async (current, state, handlers, log) => {
          if (state === undefined) {
            await initialise(current, secrets.kind === 'key' ? ['--secrets-provider', secrets.url] : []);
          }
          const stack = await automation(current);
          const { outputs } = await run(log, () => stack.up(handlers));
          return { outputs: masked(outputs) };
        },
      );
      const asPreviewed = expected && JSON.stringify(expected) === JSON.stringify(updated.counts);
      return { ...updated, asPreviewed };
    },

    refresh: () =>
      applying(
        (state) => state?.resources.length,
        async (current, state, handlers, log) => {
          if (state === undefined) return {};
          const stack = await automation(current);
          await run(log, () => stack.refresh({ ...handlers, clearPendingCreates: true }));
          return {};
        },
      ),

    async destroy() {
      const { existed, ...applied } = await applying(
        (state) => state?.resources.length,
        async (current, state, handlers, log) => {
          if (state === undefined) return { existed: false };
          const stack = await automation(current);
          await run(log, () => stack.destroy(handlers));
          await ask(current, ['stack', 'rm', name, '--yes']);
          return { existed: true };
        },
      );
      return existed ? applied : undefined;
    },

    outputs: () =>
      task(async (current) => {
        if ((await readState(current)) === undefined) return {};
        const { stdout } = await ask(current, ['stack', 'output', '--json', '--stack', name]);
        return JSON.parse(stdout) as Record<string, unknown>;
      }),

    resources: () => task(async (current) => (await readState(current))?.resources ?? []),

    cancel: () =>
      task(async (current) => {
        await ask(current, ['cancel', '--yes', '--stack', name]);
      }),
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const reason = error instanceof Error ? systemReason(error) : String(error);
    throw new UserError(`The folder of the stack’s state cannot be made: ${folder}: ${reason}.`, {
      code: 'STATE_FOLDER',
      exitCode: EXIT.failed,
      suggestions: ['Make room for it, or name another place with --backend or XDG_STATE_HOME'],
      cause: error,
    });
  }
}

/** A backend for a stack that is not there yet: a preview that made it in the real one would leave something behind. */
async function scratch({ folder, env }: Task): Promise<Task> {
  const state = join(folder, 'scratch');
  await mkdir(state);
  return {
    folder,
    env: { ...env, PULUMI_BACKEND_URL: pathToFileURL(state).href, PULUMI_CONFIG_PASSPHRASE: 'scratch' },
  };
}

/** A program whose error is kept as it was: the engine would pass on its text alone. */
function remembered(program: StackProgram): {
  readonly run: StackProgram;
  readonly thrown: () => { readonly error: unknown } | undefined;
} {
  let thrown: { readonly error: unknown } | undefined;
  return {
    run: async () => {
      thrown = undefined;
      try {
        return await program();
      } catch (error) {
        thrown = { error };
        throw error;
      }
    },
    thrown: () => thrown,
  };
}

/**
 * Our way to run the CLI, in the shape of the Automation API's: its own hands on all of this process's environment, has
 * the CLI hear a Ctrl-C twice, and wants the CLI in a folder `bin`. What it calls is `run`, which its types leave out.
 */
function commandOf(cli: PulumiCli, debugLog: string | undefined): PulumiCommand {
  return {
    command: cli.command,
    version: { toString: () => cli.version },
    run: (
      args: readonly string[],
      folder: string,
      env: Readonly<Record<string, string>>,
      _onOutput: unknown,
      _onError: unknown,
      signal: AbortSignal | undefined,
    ) => runPulumi(cli, { args: [...args, '--non-interactive'], folder, env, signal, debugLog }),
  } as unknown as PulumiCommand;
}

function textOf(error: unknown): string | undefined {
  return error instanceof PulumiFailure ? error.stderr || error.stdout : undefined;
}

function failureContext(address: StackAddress, backend: Backend) {
  return { address, backend, host: hostname(), isRunning };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and someone else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function masked(outputs: OutputMap): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, { value, secret }]) => [key, secret ? SECRET : (value as unknown)]),
  );
}
