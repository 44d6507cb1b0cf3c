/** What `deploy` and `destroy` have of the process: a terminal to ask at, a line that shows what goes on, Pulumi. */
import { join } from 'node:path';

import type { Surroundings } from '../deployment/deploy.ts';
import type { Runner, RunnerRequest } from '../deployment/runner.ts';
import type { Progress } from '../infra/open-stack.ts';
import { shortType } from '../report/stack-changes.ts';
import { ask, canAsk } from './confirm.ts';
import { interruptSignal } from './interrupt.ts';
import { writeStdout } from './output.ts';
import { startStatus } from './status-line.ts';
import { colourFor } from './terminal.ts';

/** The folder of the bundles, in the sources and in what is published alike. */
const BUNDLES = join(import.meta.dirname, '../../dist/lambda');

export interface DeploymentFlags {
  readonly quiet: boolean;
  readonly json: boolean;
  readonly preview?: boolean;
}

/** Ends the line on stderr, whatever came of the work. */
export interface OpenedSurroundings extends Surroundings {
  close(): void;
}

export function openSurroundings(flags: DeploymentFlags): OpenedSurroundings {
  const status = startStatus({ shown: !flags.quiet && !flags.json, terminal: process.stderr.isTTY });
  const written = flags.preview === true && !flags.json ? 'stdout' : 'stderr';
  return {
    env: process.env,
    directory: process.cwd(),
    now: new Date(),
    canAsk: canAsk(),
    ask: (question) => {
      status.clear();
      return ask(question);
    },
    tell: (text) => {
      status.clear();
      process.stderr.write(text);
    },
    print: async (text) => {
      status.clear();
      await writeStdout([text]);
    },
    chalk: colourFor(written, process.env),
    signal: interruptSignal(),
    onProgress: status.show,
    openRunner,
    close: status.clear,
  };
}

async function openRunner(request: RunnerRequest): Promise<Runner> {
  const { environment, place, spec, backend, secretsProvider, signal, onProgress } = request;
  // Pulumi's SDK takes a second to load: only once it is needed.
  const [{ openStack }, { buildStack }] = await Promise.all([
    import('../infra/open-stack.ts'),
    import('../infra/program.ts'),
  ]);
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  const stack = await openStack({
    address: { environment, accountId: place.accountId, region: place.region },
    ...(spec !== undefined && { program: async () => buildStack(spec, { bundles: BUNDLES, endpoint }) }),
    backend,
    secretsProvider,
    env: process.env,
    directory: process.cwd(),
    signal,
    onProgress: (progress) => onProgress(progressLine(progress)),
  });
  return {
    exists: () => stack.exists(),
    preview: async () => (await stack.preview()).changes,
    up: async () => (await stack.up()).changes,
    refresh: async () => void (await stack.refresh()),
    destroy: async () => (await stack.destroy())?.changes ?? [],
    resources: () => stack.resources(),
    outputs: async () => {
      const outputs = await stack.outputs();
      return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, String(value)]));
    },
  };
}

const DOING: Readonly<Record<string, string>> = {
  create: 'Creating',
  update: 'Changing',
  replace: 'Replacing',
  delete: 'Deleting',
  refresh: 'Looking at',
};

/** `12 of 79  Creating lambda.Function compliance-scanner-dev`. */
function progressLine(progress: Progress): string {
  if (progress.kind === 'note') return progress.text;
  const { operation, type, name, done, total } = progress;
  const count = total === undefined ? String(done) : `${done} of ${total}`;
  return `${count}  ${DOING[operation] ?? operation} ${shortType(type)} ${name}`;
}
