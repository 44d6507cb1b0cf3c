import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import { findPulumi, PulumiFailure, runPulumi } from '../../src/infra/pulumi-cli.ts';
import type { PulumiSearch } from '../../src/infra/pulumi-cli.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** A stand-in for the CLI: a shell script in a folder's `pulumi`. */
async function command(folder: string, script: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'pulumi');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

const noInstall = async () => {
  throw new Error('Failed to download https://get.pulumi.com/install.sh: fetch failed\n    at download');
};

describe('findPulumi', () => {
  const folder = temporaryFolder();
  let told: string[];

  beforeEach(() => {
    told = [];
  });

  const find = (options: Partial<PulumiSearch> = {}) =>
    findPulumi({
      env: { PATH: `${folder('empty')}:${folder('path')}:/bin` },
      root: folder('root'),
      onProgress: (sentence) => told.push(sentence),
      install: noInstall,
      ...options,
    });

  for (const version of ['v3.200.0', '3.259.1', 'v3.270.0-alpha.1']) {
    it(`takes ${version} from the PATH`, async () => {
      const file = await command(folder('path'), `test "$1" = version && echo ${version}`);
      expect(await find()).to.deep.equal({ command: file, version: version.replace('v', '') });
      expect(told).to.deep.equal([]);
    });
  }

  for (const [what, script, sentence] of [
    ['is too old', 'echo v3.199.9', 'The pulumi on the PATH is 3.199.9, and 3.200 or a later 3 is needed'],
    ['is of another major version', 'echo v4.0.0', 'The pulumi on the PATH is 4.0.0, and 3.200 or a later 3 is needed'],
    ['does not run', 'exit 1', 'The pulumi on the PATH does not say its version'],
    ['says something else', 'echo hello', 'The pulumi on the PATH does not say its version'],
  ] as const) {
    it(`installs one where that on the PATH ${what}`, async () => {
      await command(folder('path'), script);
      const install = (root: string) => command(join(root, 'bin'), 'echo v3.270.0');
      expect(await find({ install })).to.deep.equal({ command: folder('root/bin/pulumi'), version: '3.270.0' });
      expect(told).to.deep.equal([`${sentence}: installing it in ${folder('root')}.`, 'Installed pulumi 3.270.0.']);
    });
  }

  it('takes the one that was installed before, without the network', async () => {
    await command(folder('root/bin'), 'echo v3.260.0');
    expect(await find()).to.deep.equal({ command: folder('root/bin/pulumi'), version: '3.260.0' });
    expect(told).to.deep.equal([]);
  });

  it('replaces one that was installed before and is too old', async () => {
    await command(folder('root/bin'), 'echo v3.100.0');
    const install = (root: string) => command(join(root, 'bin'), 'echo v3.270.0');
    expect(await find({ install })).to.deep.include({ version: '3.270.0' });
  });

  it('says what failed and what to do where there is neither a CLI nor a network', async () => {
    expect(await userErrorOf(() => find())).to.deep.equal({
      message:
        'There is no pulumi on the PATH, and installing it failed: Failed to download https://get.pulumi.com/install.sh: fetch failed.',
      code: 'PULUMI_MISSING',
      exitCode: 3,
      suggestions: ['Install pulumi (https://www.pulumi.com/docs/install/) and put it on the PATH'],
    });
    expect(await readdir(folder())).to.deep.equal([]);
  });

  it('says so where what was installed does not run', async () => {
    const install = (root: string) => command(join(root, 'bin'), 'exit 126');
    expect(await userErrorOf(() => find({ install }))).to.include({
      message: `There is no pulumi on the PATH, and the one that was installed in ${folder('root')} does not run.`,
      code: 'PULUMI_MISSING',
    });
  });

  it('leaves out folders of the PATH that depend on where it is run', async () => {
    expect(await userErrorOf(() => find({ env: { PATH: '.:bin' } }))).to.include({ code: 'PULUMI_MISSING' });
    expect(await userErrorOf(() => find({ env: {} }))).to.include({ code: 'PULUMI_MISSING' });
  });
});

describe('runPulumi', () => {
  const folder = temporaryFolder();
  const run = async (script: string, options: { signal?: AbortSignal; debugLog?: string; args?: string[] } = {}) => {
    await mkdir(folder('work'));
    const cli = { command: await command(folder('bin'), script), version: '3.259.0' };
    return runPulumi(cli, {
      args: ['stack', 'ls'],
      folder: folder('work'),
      env: { PATH: '/bin:/usr/bin', SAID: 'yes' },
      ...options,
    });
  };

  it('gives what it wrote, and leaves none of it behind', async () => {
    expect(await run('echo "$@ $SAID $HOME"; pwd; echo words >&2')).to.deep.equal({
      stdout: `stack ls yes \n${folder('work')}\n`,
      stderr: 'words\n',
      code: 0,
    });
    expect(await readdir(folder('work'))).to.deep.equal([]);
  });

  it('throws what it wrote where it failed, a signal included', async () => {
    const error = await thrownBy(() => run('echo out; echo "error: no" >&2; kill -9 $$'));
    expect(error).to.be.instanceOf(PulumiFailure);
    expect(error).to.include({ message: 'pulumi stack failed: error: no\n', stdout: 'out\n', stderr: 'error: no\n' });
  });

  it('throws where there is nothing to run', async () => {
    await mkdir(folder('work'));
    const cli = { command: folder('nowhere'), version: '3.259.0' };
    expect(await thrownBy(() => runPulumi(cli, { args: [], folder: folder('work'), env: {} }))).to.include({
      code: 'ENOENT',
    });
  });

  it('sends SIGINT once, and waits for the end', async () => {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 300);
    const script = 'trap "echo interrupted" INT; for i in 1 2 3 4 5 6 7 8; do sleep 0.1; done; echo saved';
    expect((await run(script, { signal: controller.signal })).stdout).to.equal('interrupted\nsaved\n');
  });

  it('does not begin after the signal', async () => {
    expect(await thrownBy(() => run('touch begun', { signal: AbortSignal.abort('stop') }))).to.equal('stop');
    expect(await readdir(folder('work'))).to.deep.equal([]);
  });

  it('keeps a log where it is asked to, without secrets', async () => {
    await run('echo hush', { debugLog: folder('log'), args: ['stack', 'output', '--show-secrets'] });
    expect(await readFile(folder('log'), 'utf8')).to.equal(
      '$ pulumi stack output --show-secrets\n(not kept: it holds secrets)\nended with 0\n\n',
    );
  });
});
