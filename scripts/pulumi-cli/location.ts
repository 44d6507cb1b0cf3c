/** Where the Pulumi CLI lies that is built from this folder's Go module. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The release that go.mod pins, without its `v`: the newest that could be had when it was pinned.
 *
 * @throws where go.mod names none
 */
export function pinnedPulumi(goMod = readFileSync(join(import.meta.dirname, 'go.mod'), 'utf8')): string {
  const version = /^require github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)$/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error('scripts/pulumi-cli/go.mod does not require pkg/v3 on a line of its own.');
  return version;
}

/** The folder whose `bin` holds the CLI, as `PulumiCommand.get` takes it. */
export function builtPulumi(): string {
  return join(import.meta.dirname, '../../.cache/pulumi', pinnedPulumi());
}
