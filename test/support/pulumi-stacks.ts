/** Stacks of inline programs in a place of their own, run by the real engine against a stand-in. */
import { basename, dirname } from 'node:path';

import { LocalWorkspace, PulumiCommand } from '@pulumi/pulumi/automation/index.js';
import type { EngineEvent, OpMap, PulumiFn, Stack, UpOptions } from '@pulumi/pulumi/automation/index.js';

import type { PulumiPlace } from './pulumi.ts';

/**
 * How many resources an operation created, updated and so on: the stack and its provider are among them, those that it
 * left alone are not.
 */
export type Changes = Omit<OpMap, 'same'>;

export interface Problem {
  /** The logical name of the resource that it is about; the stack's where it is about none. */
  readonly name: string;
  readonly message: string;
}

export interface Refused {
  readonly problems: readonly Problem[];
  /** The error that the Automation API threw. */
  readonly error: Error;
}

/** A stack whose program is handed over with every operation. */
export interface TestStack {
  /** What `up` would do. */
  preview(program: PulumiFn): Promise<Changes>;
  up(program: PulumiFn, options?: UpOptions): Promise<Changes>;
  /** For an `up` that fails: what went wrong, resource by resource. */
  failingUp(program: PulumiFn, options?: UpOptions): Promise<Refused>;
  refresh(): Promise<Changes>;
  destroy(): Promise<Changes>;
  /** For a `destroy` that fails. */
  failingDestroy(): Promise<Refused>;
  outputs(): Promise<Readonly<Record<string, unknown>>>;
  /** The logical names of what is in the state, its provider and itself apart. */
  resources(): Promise<readonly string[]>;
}

/** @param env beside the place's own: the stand-in's */
export async function testStack(
  { programs, env: own }: PulumiPlace,
  env: Readonly<Record<string, string>>,
): Promise<TestStack> {
  // The Automation API looks for it in a folder `bin`, or on the PATH, where it was found.
  const root = basename(programs) === 'bin' ? { root: dirname(programs) } : {};
  const pulumiCommand = await PulumiCommand.get(root);
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: 'test', projectName: 'stand-in', program: async () => undefined },
    { pulumiCommand, envVars: { ...own, ...env } },
  );

  // After each operation the Automation API starts the CLI thrice more, for outputs and history: a test asks where it wants them.
  const operations = Object.create(stack, {
    outputs: { value: async () => ({}) },
    info: { value: async () => undefined },
  }) as Stack;

  /** What the engine says that it did. */
  async function changes(run: (onEvent: (event: EngineEvent) => void) => Promise<unknown>): Promise<Changes> {
    let summary: OpMap | undefined;
    await run(({ summaryEvent }) => {
      summary = summaryEvent?.resourceChanges ?? summary;
    });
    if (summary === undefined) throw new Error('The engine did not say what it did.');
    const { same: _same, ...others } = summary;
    return others;
  }

  async function failing(run: (onEvent: (event: EngineEvent) => void) => Promise<unknown>): Promise<Refused> {
    const problems: Problem[] = [];
    let error: unknown;
    try {
      await run(({ diagnosticEvent: told }) => {
        if (told?.severity !== 'error' || told.urn === undefined) return;
        problems.push({ name: told.urn.split('::').at(-1) ?? '', message: told.message.trim() });
      });
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof Error)) throw new Error('It did not fail.');
    return { error, problems: problems.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  }

  return {
    preview: (program) => changes((onEvent) => operations.preview({ program, color: 'never', onEvent })),
    up: (program, options) => changes((onEvent) => operations.up({ program, color: 'never', onEvent, ...options })),
    failingUp: (program, options) =>
      failing((onEvent) => operations.up({ program, color: 'never', onEvent, ...options })),
    refresh: () => changes((onEvent) => operations.refresh({ color: 'never', onEvent })),
    destroy: () => changes((onEvent) => operations.destroy({ color: 'never', onEvent })),
    failingDestroy: () => failing((onEvent) => operations.destroy({ color: 'never', onEvent })),
    outputs: async () =>
      Object.fromEntries(Object.entries(await stack.outputs()).map(([name, { value }]) => [name, value as unknown])),
    resources: async () => {
      const { deployment } = await stack.exportStack();
      const { resources = [] } = deployment as { readonly resources?: readonly { readonly urn: string }[] };
      return resources
        .filter(({ urn }) => !urn.includes('::pulumi:'))
        .map(({ urn }) => urn.split('::').at(-1) ?? '')
        .toSorted();
    },
  };
}
