import { expect } from 'chai';

import { chooseBackend, stackName, withoutCredentials } from '../../src/infra/backend.ts';
import { userErrorOf } from '../support/errors.ts';

const address = { environment: 'dev', accountId: '123456789012', region: 'eu-west-1' };
const env = { HOME: '/home/me' };

describe('chooseBackend', () => {
  const choose = (choice: Partial<Parameters<typeof chooseBackend>[0]>) =>
    chooseBackend({ env, directory: '/work', ...choice }, address);

  it('hears the flag, then the environment, then the configuration', () => {
    const given = { env: { ...env, PULUMI_BACKEND_URL: 's3://environment' }, configured: 's3://configuration' };
    expect(choose({ ...given, flag: 's3://flag' }).url).to.equal('s3://flag');
    expect(choose(given).url).to.equal('s3://environment');
    expect(choose({ ...given, env: { ...env, PULUMI_BACKEND_URL: '' } }).url).to.equal('s3://configuration');
  });

  it("takes a folder of the user's own where none is given", () => {
    expect(choose({})).to.deep.equal({
      url: 'file:///home/me/.local/state/compliancectl/123456789012/eu-west-1/dev',
      shown: 'file:///home/me/.local/state/compliancectl/123456789012/eu-west-1/dev',
      ownFolder: '/home/me/.local/state/compliancectl/123456789012/eu-west-1/dev',
    });
    expect(choose({ env: { ...env, XDG_STATE_HOME: '/var/my state' } })).to.include({
      url: 'file:///var/my%20state/compliancectl/123456789012/eu-west-1/dev',
      ownFolder: '/var/my state/compliancectl/123456789012/eu-west-1/dev',
    });
    expect(choose({ env: { ...env, XDG_STATE_HOME: 'relative' } }).ownFolder).to.match(/^\/home\/me\/\.local\//);
  });

  for (const [given, url] of [
    ['s3://bucket/folder?region=eu-west-1', 's3://bucket/folder?region=eu-west-1'],
    ['gs://bucket', 'gs://bucket'],
    ['azblob://container', 'azblob://container'],
    ['https://api.pulumi.com', 'https://api.pulumi.com'],
    ['file:///srv/state', 'file:///srv/state'],
    ['file:///srv/the state', 'file:///srv/the%20state'],
    ['file:///srv/the%20state', 'file:///srv/the%20state'],
    ['file:///srv/100%', 'file:///srv/100%25'],
    ['file://./state', 'file:///work/state'],
    ['file://state?no_tmp_dir=true', 'file:///work/state?no_tmp_dir=true'],
    ['file://~/state', 'file:///home/me/state'],
    ['file://~', 'file:///home/me'],
    ['FILE:///srv/state', 'file:///srv/state'],
  ] as const) {
    it(`takes ${given}`, () => {
      expect(choose({ flag: given }))
        .to.include({ url })
        .and.to.not.have.property('ownFolder');
    });
  }

  for (const [given, message] of [
    ['ftp://user:hush@host', "The backend's ftp:// is none of file://, s3://, gs://, azblob://, https://."],
    ['http://hush@host', "The backend's http:// is none of file://, s3://, gs://, azblob://, https://."],
    ['/srv/hush', 'The backend is not a URL.'],
    ['hush', 'The backend is not a URL.'],
  ] as const) {
    it(`refuses ${given} without repeating what may be a secret`, async () => {
      expect(await userErrorOf(() => choose({ flag: given }))).to.deep.equal({
        message,
        code: 'BAD_BACKEND',
        exitCode: 2,
        suggestions: ['Give a bucket, as in s3://bucket/folder', 'Give a folder, as in file:///home/me/state'],
      });
    });
  }

  it('wants one in CI, where local state would be lost', async () => {
    const ci = { ...env, CI: 'true' };
    expect(await userErrorOf(() => choose({ env: ci }))).to.deep.equal({
      message: 'CI is set, and local state would be lost with the runner.',
      code: 'NO_BACKEND',
      exitCode: 2,
      suggestions: [
        'Pass --backend s3://bucket, or set PULUMI_BACKEND_URL',
        'Set PULUMI_CONFIG_PASSPHRASE too, or secretsProvider: awskms://... in the configuration',
      ],
    });
    expect(choose({ env: ci, configured: 's3://bucket' }).url).to.equal('s3://bucket');
  });

  it('shows a backend without its credentials and settings', () => {
    expect(choose({ flag: 's3://key:hush@bucket/folder?region=eu-west-1&token=hush' }).shown).to.equal(
      's3://bucket/folder',
    );
  });
});

describe('stackName', () => {
  it('names account and region too, since a bucket may hold the stacks of several', () => {
    expect(stackName(address)).to.equal('dev.123456789012.eu-west-1');
  });
});

describe('withoutCredentials', () => {
  it('leaves what is around a URL', () => {
    expect(withoutCredentials('cannot open "https://me:hush@host/a?key=hush": no, and s3://b?x=hush either')).to.equal(
      'cannot open "https://host/a": no, and s3://b either',
    );
    expect(withoutCredentials('nobody@nowhere: no?')).to.equal('nobody@nowhere: no?');
  });
});
