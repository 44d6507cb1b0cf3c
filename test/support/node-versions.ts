/** Other versions of Node than the one at hand, from the npm package `node`: kept in a git-ignored folder. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(import.meta.dirname, '../../.cache');

/**
 * The path of that Node's binary, installed when it is first asked for.
 *
 * @throws where it cannot be installed: a runtime that was not tried must not pass for one that was
 */
export async function nodeOf(major: number): Promise<string> {
  const folder = join(cache, `node${major}`);
  const binary = join(folder, 'node_modules/node/bin/node');
  if (existsSync(binary)) return binary;
  process.stderr.write(`Installing Node ${major}, once\n`);
  mkdirSync(cache, { recursive: true });
  const made = mkdtempSync(`${folder}-`);
  try {
    await run('npm', ['install', '--no-save', '--no-package-lock', '--prefix', made, `node@${major}`]);
    moveThere(made, folder);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return binary;
}

/** Another file of tests may have been faster. */
function moveThere(made: string, folder: string): void {
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
