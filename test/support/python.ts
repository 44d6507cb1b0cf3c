/** A Python environment of the project's own, for the emulators: made once, kept in a git-ignored folder. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const requirements = join(import.meta.dirname, 'requirements.txt');

/**
 * The folder with the emulators' programs, or `undefined` where they cannot be installed here: no Python, no PyPI.
 *
 * @throws in CI, where missing emulators must not pass for tests that ran
 */
export async function emulatorPrograms(): Promise<string | undefined> {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(root, '.venv', digest);
  const done = join(folder, 'installed');
  if (existsSync(done)) return join(folder, 'bin');
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    process.stderr.write('Installing the emulators, once (a minute or two)\n');
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin/pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--requirement',
      requirements,
    ]);
    writeFileSync(done, '');
    return join(folder, 'bin');
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    process.stderr.write(`\nTHE EMULATORS COULD NOT BE INSTALLED: their tests are skipped.\n${String(error)}\n\n`);
    return undefined;
  }
}
