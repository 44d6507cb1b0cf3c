/**
 * The real Pulumi CLI for tests: from the PATH, or as `npx node scripts/build-pulumi.ts` has built it. Its home, its state and
 * its passphrase are the test's own, and it is told to fetch nothing.
 */
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { builtPulumi } from '../../scripts/pulumi-cli/location.ts';

const HOW_TO_BUILD =
  'There is no pulumi CLI: put one on the PATH, or build it with `npx node scripts/build-pulumi.ts`.';

/** A place for stacks, gone when the test is. */
export interface PulumiPlace {
  /** The folder that the CLI lies in. */
  readonly programs: string;
  /** Where the states of stacks are: a folder, as a backend's URL. */
  readonly backend: string;
  /** An empty folder for whatever the test needs. */
  readonly folder: string;
  /** What a process needs to run the CLI here: the PATH included, AWS not. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The folder of the CLI, or `undefined` where there is none.
 *
 * @throws in CI, where missing tests must not pass for tests that ran
 */
export function pulumiPrograms(env: NodeJS.ProcessEnv, built = join(builtPulumi(), 'bin')): string | undefined {
  const onPath = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = [...onPath, built].find(holdsPulumi);
  if (found === undefined && env['CI'] !== undefined) throw new Error(HOW_TO_BUILD);
  return found;
}

function holdsPulumi(folder: string): boolean {
  try {
    accessSync(join(folder, 'pulumi'), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A fresh place for each test of the `describe` it is called in, whose tests are skipped where there is no CLI. */
export function withPulumi(): () => PulumiPlace {
  let programs: string | undefined;
  let place: PulumiPlace | undefined;
  before(function () {
    programs = pulumiPrograms(process.env);
    if (programs !== undefined) return;
    process.stderr.write(`\nSKIPPED: ${this.test?.parent?.title}. ${HOW_TO_BUILD}\n\n`);
    this.skip();
  });
  beforeEach(() => {
    if (programs !== undefined) place = newPlace(programs);
  });
  afterEach(() => {
    if (place !== undefined) rmSync(place.folder, { recursive: true, force: true });
    place = undefined;
  });
  return () => {
    if (place === undefined) throw new Error('There is a place for stacks while a test runs, and only then.');
    return place;
  };
}

function newPlace(programs: string): PulumiPlace {
  const folder = mkdtempSync(join(tmpdir(), 'compliancectl-pulumi-'));
  const state = join(folder, 'state');
  mkdirSync(state);
  const backend = pathToFileURL(state).href;
  const env = {
    PATH: [programs, process.env['PATH']].join(delimiter),
    PULUMI_HOME: join(folder, 'home'),
    PULUMI_BACKEND_URL: backend,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
  };
  return { programs, backend, folder, env };
}
