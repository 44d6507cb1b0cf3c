import { expect } from 'chai';

import { stackRegion } from '../../src/deployment/place.ts';
import { userErrorOf } from '../support/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('the region of a stack', () => {
  const path = temporaryFolder();
  /** No profile of the machine’s own says a word here. */
  const alone = () => {
    process.env['AWS_CONFIG_FILE'] = path('config');
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = path('credentials');
    return {};
  };
  const before = { ...process.env };
  afterEach(() => {
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });

  it('is the flag’s before all', async () => {
    const settings = { regions: ['eu-west-1'], stack: { region: 'eu-west-3' } };
    expect(await stackRegion('eu-west-2', settings, { AWS_REGION: 'us-west-2' })).to.deep.equal({
      region: 'eu-west-2',
    });
  });

  it('is that of the AWS environment before the settings’', async () => {
    expect(await stackRegion(undefined, { regions: ['eu-west-1'] }, { AWS_REGION: 'us-west-2' })).to.deep.equal({
      region: 'us-west-2',
    });
  });

  it('is the first of the settings’ before the preset’s', async () => {
    const settings = { regions: ['eu-central-1', 'eu-west-1'], stack: { region: 'eu-west-3' } };
    expect(await stackRegion(undefined, settings, alone())).to.deep.equal({ region: 'eu-central-1' });
  });

  it('is the preset’s, where nothing else says', async () => {
    expect(await stackRegion(undefined, { stack: { region: 'eu-west-1' } }, alone())).to.deep.equal({
      region: 'eu-west-1',
    });
  });

  it('is us-east-1 in the end, and says so', async () => {
    expect(await stackRegion(undefined, {}, alone())).to.deep.equal({
      region: 'us-east-1',
      note: 'No region was given: the stack lies in us-east-1.',
    });
  });

  it('is one', async () => {
    expect(await userErrorOf(() => stackRegion('eu-west-1,us-east-1', {}, {}))).to.deep.equal({
      code: 'SEVERAL_REGIONS',
      message: 'A stack lies in one region, and --region names several.',
      suggestions: ['Name one with --region', 'Set regions in compliancectl.yaml to have the stack read several'],
      exitCode: 2,
    });
  });

  it('is a region', async () => {
    expect(await userErrorOf(() => stackRegion('Ireland', {}, {}))).to.include({ code: 'BAD_REGION', exitCode: 2 });
  });
});
