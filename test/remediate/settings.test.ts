import { writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { loadConfiguration } from '../../src/config/load.ts';
import { remediationSchema } from '../../src/remediate/settings.ts';
import { userErrorOf } from '../support/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';

const DEFAULTS = { exemptTag: 'compliancectl:exempt', limit: 25, allowIrreversible: false };

describe('the settings of remediation', () => {
  const path = temporaryFolder();
  const loaded = (yaml: string) => {
    writeFileSync(path('compliancectl.yaml'), yaml);
    const ambient = { env: {}, directory: path(), now: new Date('2026-11-21T06:00:00Z') };
    return loadConfiguration({ ...ambient, file: path('compliancectl.yaml'), environment: 'dev', select: undefined });
  };

  it('are off where nothing is said', () => {
    expect(loaded('preset: standard').remediation).to.equal(undefined);
    expect(remediationSchema.parse({ rules: {} })).to.deep.equal({ rules: {}, ...DEFAULTS });
  });

  it('have S3 encryption on in the preset regulated (S4-3)', () => {
    const on = { rules: { 's3-bucket-encrypted': { mode: 'apply' } }, ...DEFAULTS };
    expect(loaded('preset: regulated').remediation).to.deep.equal(on);
    const dry = 'preset: regulated\nremediation: { rules: { s3-bucket-encrypted: { mode: dry-run } }, limit: 3 }';
    expect(loaded(dry).remediation).to.deep.equal({
      ...on,
      rules: { 's3-bucket-encrypted': { mode: 'dry-run' } },
      limit: 3,
    });
  });

  it('may differ in an environment', () => {
    const yaml =
      'remediation: { rules: { ebs-volumes-encrypted: { mode: dry-run } } }\nenvironments: { dev: { remediation: { rules: { ebs-volumes-encrypted: { mode: apply } } } } }';
    expect(loaded(yaml).remediation?.rules).to.deep.equal({ 'ebs-volumes-encrypted': { mode: 'apply' } });
  });

  for (const [what, section] of [
    ['a rule that is not mended', 'rules: { ec2-no-public-ip: { mode: apply } }'],
    ['another mode', 'rules: { ebs-volumes-encrypted: { mode: force } }'],
    ['a blank value of a tag', 'rules: { ec2-required-tags: { mode: apply, values: { Owner: " " } } }'],
    ['an alias for a key', 'rules: { s3-bucket-encrypted: { mode: apply, kmsKey: alias/mine } }'],
    ['more days than RDS keeps', 'rules: { rds-backup-retention: { mode: apply, days: 36 } }'],
    ['a limit of nothing', 'rules: {}, limit: 0'],
  ] as const) {
    it(`refuse ${what}`, async () => {
      expect((await userErrorOf(() => loaded(`remediation: { ${section} }`))).exitCode).to.equal(2);
    });
  }
});
