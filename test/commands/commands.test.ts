import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Config, settings } from '@oclif/core';
import type { Command } from '@oclif/core';
import { expect } from 'chai';

import { runCli } from '../support/cli.ts';

const root = join(import.meta.dirname, '../..');
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  oclif: object;
};

/** Our own commands as oclif finds them in the sources. */
async function ownCommands(): Promise<Command.Loadable[]> {
  settings.enableAutoTranspile = false;
  const pjson = { ...packageJson, oclif: { ...packageJson.oclif, commands: './src/commands' } };
  const { commands } = await Config.load({ root, ignoreManifest: true, pjson: pjson as never });
  return commands.filter(({ pluginName }) => pluginName === 'compliancectl').toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** What a script may rely on: the command, its arguments and flags, with what they take. */
function signature({ id, args, flags }: Command.Loadable): string {
  const shownArgs = Object.values(args).map(
    ({ name, required }) => ` ${required === true ? name.toUpperCase() : `[${name.toUpperCase()}]`}`,
  );
  const shownFlags = Object.values(flags)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => `  ${flagSignature(flag)}\n`);
  return `${id.replaceAll(':', ' ')}${shownArgs.join('')}\n${shownFlags.join('')}`;
}

function flagSignature({ char, name, ...flag }: Command.Flag.Cached): string {
  const spelt = `${char === undefined ? '' : `-${char}, `}--${name}`;
  if (flag.type === 'boolean') return spelt;
  const value = flag.options?.join('|') ?? flag.helpValue ?? 'VALUE';
  const several = flag.multiple === true ? '...' : '';
  const fallback = flag.default === undefined ? '' : ` (default ${String(flag.default)})`;
  const environment = flag.env === undefined ? '' : ` (env ${flag.env})`;
  return `${spelt} ${String(value)}${several}${fallback}${environment}`;
}

describe('the commands', function () {
  this.timeout(30_000);

  it('and their flags are those that were agreed: what is removed breaks scripts', async () => {
    const signatures = (await ownCommands()).map(signature);
    expect(signatures.join('\n')).to.equal(readFileSync(join(root, 'test/fixtures/commands.txt'), 'utf8'));
  });

  it('have help within 80 columns', async () => {
    const ids = (await ownCommands()).map(({ id }) => id.split(':'));
    expect(ids).to.not.be.empty;
    for (const words of [[], ...ids]) {
      const { stdout, stderr, exitCode } = await runCli({ args: [...words, '--help'], env: { COLUMNS: '80' } });
      expect({ stderr, exitCode }, words.join(' ')).to.deep.equal({ stderr: '', exitCode: 0 });
      expect(stdout, words.join(' ')).to.match(/^USAGE$/m);
      expect(stdout.split('\n').filter((line) => line.length > 80)).to.deep.equal([]);
    }
  });

  it('have the version of the package', async () => {
    const { stdout, stderr, exitCode } = await runCli({ args: ['--version'] });
    expect({ stdout, stderr, exitCode }).to.deep.equal({
      stdout: `compliancectl/${packageJson.version} ${process.platform}-${process.arch} node-${process.version}\n`,
      stderr: '',
      exitCode: 0,
    });
  });
});
