import { readFileSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { starterConfiguration } from '../../src/config/starter.ts';
import { runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('compliancectl init', function () {
  this.timeout(30_000);
  const path = temporaryFolder();
  const init = async (...args: readonly string[]) => {
    const { stdout, stderr, exitCode } = await runCli({ args: ['init', ...args], cwd: path() });
    return { stdout, stderr, exitCode };
  };
  const written = () => readFileSync(path('compliancectl.yaml'), 'utf8');

  it('writes the standard preset, and that scan goes by it', async () => {
    expect(await init()).to.deep.equal({ stdout: 'Wrote compliancectl.yaml.\n', stderr: '', exitCode: 0 });
    expect(written()).to.equal(starterConfiguration('standard'));

    writeFileSync(path('compliancectl.yaml'), `${written()}treshold: 1\n`);
    const scan = await runCli({ args: ['scan', '--local'], cwd: path() });
    expect(scan.exitCode).to.equal(2);
    expect(scan.stderr).to.contain('compliancectl.yaml').and.to.contain('treshold');
  });

  it('replaces no file that is there, unless it is told to', async () => {
    writeFileSync(path('compliancectl.yaml'), 'threshold: 1\n');
    expect(await init('--preset', 'regulated')).to.deep.equal({
      stdout: '',
      stderr: 'Error: There is a compliancectl.yaml here already.\n  Pass --force to replace it\n',
      exitCode: 2,
    });
    expect(written()).to.equal('threshold: 1\n');

    const document = { schema: 'compliancectl.init/1', file: 'compliancectl.yaml', preset: 'regulated' };
    expect(await init('--preset', 'regulated', '--force', '--json')).to.deep.equal({
      stdout: `${JSON.stringify(document, undefined, 2)}\n`,
      stderr: '',
      exitCode: 0,
    });
    expect(written()).to.equal(starterConfiguration('regulated'));
  });
});
