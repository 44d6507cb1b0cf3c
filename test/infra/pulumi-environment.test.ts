import { expect } from 'chai';

import { pulumiEnvironment } from '../../src/infra/pulumi-environment.ts';

describe('pulumiEnvironment', () => {
  it('hands on what AWS, Pulumi and the network need, and nothing else', () => {
    const handedOn = {
      PATH: '/bin',
      HOME: '/home/me',
      AWS_PROFILE: 'dev',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:5000',
      PULUMI_DEBUG_PROVIDERS: 'aws:1',
      PULUMI_ACCESS_TOKEN: 'token',
      HTTPS_PROXY: 'http://proxy',
      no_proxy: 'localhost',
      XDG_CONFIG_HOME: '/config',
      SSL_CERT_FILE: '/certificates',
      GOOGLE_APPLICATION_CREDENTIALS: '/google',
    };
    const kept = {
      NODE_OPTIONS: '--inspect',
      DATABASE_URL: 'hush',
      LD_PRELOAD: '/x',
      TF_LOG: 'trace',
      MY_AWS_KEY: 'x',
    };
    expect(pulumiEnvironment({ ...handedOn, ...kept, AWS_REGION: undefined }, {})).to.deep.equal({
      ...handedOn,
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_AUTOMATION_API: 'true',
    });
  });

  it('says itself where the state is, what opens it and which stack it is', () => {
    const theirs = {
      PULUMI_BACKEND_URL: 's3://theirs',
      PULUMI_CONFIG_PASSPHRASE: 'theirs',
      PULUMI_CONFIG_PASSPHRASE_FILE: '/theirs',
      PULUMI_STACK: 'theirs',
    };
    expect(pulumiEnvironment(theirs, { PULUMI_BACKEND_URL: 's3://ours' })).to.deep.equal({
      PULUMI_BACKEND_URL: 's3://ours',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_AUTOMATION_API: 'true',
    });
  });
});
