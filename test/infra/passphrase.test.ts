import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';

import { expect } from 'chai';

import { chooseSecrets, ownPassphrase, secretsEnvironment } from '../../src/infra/passphrase.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';

const own = { url: 'file:///state/dev', shown: 'file:///state/dev', ownFolder: '/state/dev' };
const bucket = { url: 's3://bucket', shown: 's3://bucket' };
const cloud = { url: 'https://api.pulumi.com', shown: 'https://api.pulumi.com' };

describe('chooseSecrets', () => {
  for (const [what, backend, provider, env, chosen] of [
    [
      'a passphrase that is given',
      bucket,
      undefined,
      { PULUMI_CONFIG_PASSPHRASE: 'x' },
      { kind: 'passphrase', passphrase: 'x' },
    ],
    ['its file', bucket, undefined, { PULUMI_CONFIG_PASSPHRASE_FILE: 'pass' }, { kind: 'file', path: '/work/pass' }],
    [
      'the passphrase before the file',
      own,
      'passphrase',
      { PULUMI_CONFIG_PASSPHRASE: 'x', PULUMI_CONFIG_PASSPHRASE_FILE: 'pass' },
      { kind: 'passphrase', passphrase: 'x' },
    ],
    [
      'one of its own for local state',
      own,
      undefined,
      { PULUMI_CONFIG_PASSPHRASE: '' },
      { kind: 'own', folder: '/state/dev' },
    ],
    [
      'a key before all',
      own,
      'awskms://alias/state?region=eu-west-1',
      { PULUMI_CONFIG_PASSPHRASE: 'x' },
      { kind: 'key', url: 'awskms://alias/state?region=eu-west-1' },
    ],
    ["Pulumi Cloud's own", cloud, undefined, {}, { kind: 'backend' }],
  ] as const) {
    it(`takes ${what}`, () => {
      expect(chooseSecrets(backend, provider, env, '/work')).to.deep.equal(chosen);
    });
  }

  for (const [what, backend, env] of [
    ['of a given backend', bucket, {}],
    ['that is empty', bucket, { PULUMI_CONFIG_PASSPHRASE: '', PULUMI_CONFIG_PASSPHRASE_FILE: '' }],
    ['in CI', own, { CI: 'true' }],
  ] as const) {
    it(`refuses a missing passphrase ${what}`, async () => {
      expect(await userErrorOf(() => chooseSecrets(backend, undefined, env, '/work'))).to.deep.equal({
        message: 'There is no passphrase for the secrets in the state.',
        code: 'NO_PASSPHRASE',
        exitCode: 2,
        suggestions: [
          'Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, to the same for everyone who deploys this stack',
          'Or name a key of KMS: secretsProvider: awskms://alias/my-key?region=eu-west-1',
        ],
      });
    });
  }

  it('refuses a provider that Pulumi does not have, without repeating it', async () => {
    expect(await userErrorOf(() => chooseSecrets(own, 'hush', {}, '/work'))).to.deep.include({
      message: 'The secrets provider is none that Pulumi has.',
      code: 'BAD_SECRETS_PROVIDER',
      exitCode: 2,
    });
  });
});

describe('secretsEnvironment', () => {
  const folder = temporaryFolder();
  const file = (path: string) => secretsEnvironment({ kind: 'file', path });

  it('reads the file as Pulumi does, without the space around', async () => {
    await writeFile(folder('pass'), ' the words \n');
    expect(await file(folder('pass'))).to.deep.equal({ PULUMI_CONFIG_PASSPHRASE: 'the words' });
  });

  it('says what is wrong with the file', async () => {
    await writeFile(folder('empty'), '\n');
    await mkdir(folder('folder'));
    const messageOf = async (name: string) => (await userErrorOf(() => file(folder(name)))).message;
    expect(await messageOf('empty')).to.equal('The file of PULUMI_CONFIG_PASSPHRASE_FILE is empty.');
    expect(await messageOf('nowhere')).to.equal('The file of PULUMI_CONFIG_PASSPHRASE_FILE is not there.');
    expect(await messageOf('folder')).to.equal('The file of PULUMI_CONFIG_PASSPHRASE_FILE cannot be read.');
  });

  it('gives what is given, the own one, and none where a key or the backend does it', async () => {
    expect(await secretsEnvironment({ kind: 'passphrase', passphrase: 'x' })).to.deep.equal({
      PULUMI_CONFIG_PASSPHRASE: 'x',
    });
    expect(await secretsEnvironment({ kind: 'own', folder: folder() })).to.deep.equal({
      PULUMI_CONFIG_PASSPHRASE: await ownPassphrase(folder()),
    });
    expect(await secretsEnvironment({ kind: 'key', url: 'awskms://x' })).to.deep.equal({});
    expect(await secretsEnvironment({ kind: 'backend' })).to.deep.equal({});
  });
});

describe('ownPassphrase', () => {
  const folder = temporaryFolder();

  it('makes one of 256 bits that the user alone can read', async () => {
    const passphrase = await ownPassphrase(folder('a/b'));
    expect(passphrase).to.match(/^[\w-]{43}$/);
    expect(await readFile(folder('a/b/passphrase'), 'utf8')).to.equal(`${passphrase}\n`);
    expect((await stat(folder('a/b/passphrase'))).mode & 0o777).to.equal(0o600);
    expect((await stat(folder('a/b'))).mode & 0o777).to.equal(0o700);
  });

  it('makes one only, though many ask at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => ownPassphrase(folder('state'))));
    expect(new Set(all).size).to.equal(1);
    expect(await ownPassphrase(folder('state'))).to.equal(all[0]);
    expect(await readdir(folder('state'))).to.deep.equal(['passphrase']);
  });

  it('does not hide what is wrong with the folder', async () => {
    await mkdir(folder('passphrase'));
    expect(await thrownBy(() => ownPassphrase(folder()))).to.include({ code: 'EISDIR' });
  });
});
