import { writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { wasteRequestOf } from '../../../src/optimize/request.ts';
import type { OptimizeFlags } from '../../../src/optimize/request.ts';
import { userErrorOf } from '../../support/errors.ts';
import { optimizeFlags, quietSurroundings } from '../../support/optimize-request.ts';
import { temporaryFolder } from '../../support/temporary.ts';

describe('wasteRequestOf', () => {
  const path = temporaryFolder();
  const request = async (flags: Partial<OptimizeFlags> = {}, env: NodeJS.ProcessEnv = {}) =>
    wasteRequestOf(optimizeFlags(flags), quietSurroundings(path(), { env }));

  it('takes the usual region where none is given, and says so', async () => {
    expect(await request()).to.deep.equal({
      region: 'us-east-1',
      note: 'No region was given: us-east-1 is looked at.',
      quiet: false,
      prices: 'auto',
    });
  });

  it('takes what the flags say, without a question asked and without a ledger in CI', async () => {
    const flags = { region: 'eu-west-1', quiet: true, prices: 'bundled', 'show-math': true, json: true } as const;
    const expected = { region: 'eu-west-1', quiet: true, prices: 'bundled' };
    expect(await request(flags, { CI: 'true' })).to.deep.equal(expected);
    expect(await request({ ...flags, 'print-iam-policy': true })).to.deep.equal(expected);
  });

  it('is no environment’s business: one that is production is reported on as well', async () => {
    expect(await request({ environment: 'prod', region: 'eu-west-1' })).to.deep.include({ region: 'eu-west-1' });
  });

  it('takes the region of the settings, those of the environment where there are such', async () => {
    writeFileSync(
      path('compliancectl.yaml'),
      'regions: [eu-central-1]\nenvironments:\n  test:\n    regions: [eu-west-3]\n',
    );
    expect(await request()).to.deep.include({ region: 'eu-central-1' });
    expect(await request({ environment: 'test' })).to.deep.include({ region: 'eu-west-3' });
  });

  it('refuses more than one region', async () => {
    const { code, message } = await userErrorOf(async () => request({ region: 'eu-west-1,us-east-1' }));
    expect({ code, message }).to.deep.equal({
      code: 'SEVERAL_REGIONS',
      message: 'optimize looks at one region at a time, and --region names several.',
    });
  });

  for (const [flag, value] of [
    ['yes', true],
    ['name', ['TapStack']],
    ['tag', ['Environment=dev']],
    ['stack', ['tap']],
    ['include', ['ec2']],
    ['keep-backups', true],
    ['snapshot-first', true],
    ['plan-out', 'plan.json'],
    ['plan', 'plan.json'],
    ['ledger', 'ledger'],
    ['restore', true],
    ['entry', '1'],
    ['timeout', 31],
  ] as const) {
    it(`refuses --${flag}`, async () => {
      const error = await userErrorOf(async () => request({ [flag]: value }));
      expect(error).to.deep.include({
        code: 'CONTRADICTION',
        message: `--waste and --${flag} do not go together: it reports on all of an account and region, and changes nothing.`,
        suggestions: ['Leave one of the two out'],
        exitCode: 2,
      });
    });
  }

  it('refuses --no-wait', async () => {
    const { message } = await userErrorOf(async () => request({ wait: false }));
    expect(message).to.include('--waste and --no-wait do not go together');
  });
});
