/**
 * Builds the Pulumi CLI from its published Go modules, once: the tests of deployments run the real engine.
 *
 *     node scripts/build-pulumi.ts
 */
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { builtPulumi, pinnedPulumi } from './pulumi-cli/location.ts';

const program = join(builtPulumi(), 'bin/pulumi');

if (existsSync(program)) {
  console.log(`${program} is there already.`);
} else {
  const complaint = build();
  if (complaint !== undefined) {
    console.error(complaint);
    process.exitCode = 1;
  }
}

/** @returns what went wrong */
function build(): string | undefined {
  const version = pinnedPulumi();
  console.log(`Building the Pulumi CLI ${version}, once (a few minutes)`);
  // Under a name of its own until it is whole, so that a build that was cut short is not taken for the CLI.
  const draft = `${program}.building`;
  const { error, status } = spawnSync(
    'go',
    [
      'build',
      '-trimpath',
      // Without its version the Automation API refuses the CLI.
      `-ldflags=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`,
      '-o',
      draft,
      'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
    ],
    {
      cwd: join(import.meta.dirname, 'pulumi-cli'),
      env: { ...process.env, CGO_ENABLED: '0' },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  if (error !== undefined) {
    return `The Pulumi CLI cannot be built: go could not be started (${error.message}). Install Go, https://go.dev/dl/, or put a pulumi CLI on the PATH.`;
  }
  if (status !== 0) return `The Pulumi CLI could not be built: go build ended with ${status}; what it said is above.`;
  renameSync(draft, program);
  console.log(`Built ${program}`);
  return undefined;
}
