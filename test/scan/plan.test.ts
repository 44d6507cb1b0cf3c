import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { planScan } from '../../src/scan/plan.ts';
import type { ScanFlags } from '../../src/scan/plan.ts';
import { UserError } from '../../src/user-error.ts';

const now = new Date('2026-11-21T12:00:00Z');
const defaults: ScanFlags = { environment: 'dev', 'all-regions': false, 'allow-incomplete': false };

describe('planScan', () => {
  let directory: string;
  // Neither the profile nor the settings of whoever runs the tests may show.
  let env: NodeJS.ProcessEnv;
  const ambient = { config: process.env['AWS_CONFIG_FILE'], credentials: process.env['AWS_SHARED_CREDENTIALS_FILE'] };
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'compliancectl-'));
    process.env['AWS_CONFIG_FILE'] = join(directory, 'aws-config');
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(directory, 'aws-credentials');
    writeFileSync(join(directory, 'aws-config'), '[profile work]\nregion = eu-north-1\n[profile empty]\n');
    writeFileSync(
      join(directory, 'settings.yaml'),
      'regions: [eu-west-3]\nthreshold: 55\nfailOn: low\nallowIncomplete: true\n',
    );
    writeFileSync(
      join(directory, 'accounts.yaml'),
      'accounts: [{ id: "111122223333", roleArn: "arn:aws:iam::111122223333:role/x", externalId: e }]\n' +
        'waivers: [{ rule: ec2-required-tags, tag: X, owner: a, reason: b, expires: 2027-01-01 }]\n',
    );
  });
  after(() => {
    rmSync(directory, { recursive: true });
    restore('AWS_CONFIG_FILE', ambient.config);
    restore('AWS_SHARED_CREDENTIALS_FILE', ambient.credentials);
  });
  beforeEach(() => {
    env = {};
  });

  const bare = (flags: Partial<ScanFlags> = {}) =>
    planScan({ ...defaults, ...flags }, { env, directory, now, scanId: 'scan-1' });
  const withFile = (name: string, flags: Partial<ScanFlags> = {}) => bare({ config: join(directory, name), ...flags });
  const refused = async (flags: Partial<ScanFlags>) => {
    const error = await bare(flags).catch((reason: unknown) => reason);
    return error instanceof UserError ? [error.code, error.message, error.exitCode] : error;
  };

  describe('chooses regions', () => {
    const live = { kind: 'live', roles: [] };

    it('from the flag, each once', async () => {
      env = { AWS_REGION: 'us-east-2' };
      expect((await bare({ region: 'eu-west-1, us-east-1,eu-west-1' })).source).to.deep.equal({
        ...live,
        regions: ['eu-west-1', 'us-east-1'],
        homeRegion: 'us-east-2',
      });
    });

    it('then from the environment', async () => {
      env = { AWS_REGION: 'us-east-2', AWS_DEFAULT_REGION: 'us-west-2' };
      const { source } = await withFile('settings.yaml');
      expect(source).to.deep.equal({ ...live, regions: ['us-east-2'], homeRegion: 'us-east-2' });
    });

    it('then from the profile', async () => {
      env = { AWS_PROFILE: 'work' };
      const { source } = await withFile('settings.yaml');
      expect(source).to.deep.equal({ ...live, regions: ['eu-north-1'], homeRegion: 'eu-north-1' });
    });

    it('then from the configuration', async () => {
      env = { AWS_PROFILE: 'empty' };
      const { source, notes } = await withFile('settings.yaml');
      expect(source).to.deep.equal({ ...live, regions: ['eu-west-3'], homeRegion: 'eu-west-3' });
      expect(notes).to.deep.equal([]);
    });

    it('and in the end us-east-1, with a note', async () => {
      const { source, notes } = await bare();
      expect(source).to.deep.equal({ ...live, regions: ['us-east-1'], homeRegion: 'us-east-1' });
      expect(notes).to.deep.equal(['No region was given: reading us-east-1.']);
    });

    it('or all of them', async () => {
      const { source, notes } = await bare({ 'all-regions': true });
      expect(source).to.deep.equal({ ...live, regions: 'all', homeRegion: 'us-east-1' });
      expect(notes).to.deep.equal([]);
    });

    for (const region of ['EU-WEST-1', 'eu_west_1', '', ',', 'eu-west-1;rm']) {
      it(`but none called ${JSON.stringify(region)}`, async () => {
        const [code, , exitCode] = (await refused({ region })) as unknown[];
        expect([code, exitCode]).to.deep.equal(['BAD_REGION', 2]);
      });
    }
  });

  it('takes limits from the configuration, and flags over it', async () => {
    expect((await withFile('settings.yaml')).limits).to.deep.equal({
      threshold: 55,
      failOn: 'low',
      allowIncomplete: true,
    });
    const flags = { threshold: 0, 'fail-on': 'critical' } as const;
    expect((await withFile('settings.yaml', flags)).limits).to.deep.equal({
      threshold: 0,
      failOn: 'critical',
      allowIncomplete: true,
    });
    expect((await bare()).limits).to.deep.equal({ threshold: 80, allowIncomplete: false });
  });

  it('enters the accounts of the configuration, or those of the flag', async () => {
    const roles = async (flags?: Partial<ScanFlags>) => {
      const { source } = await withFile('accounts.yaml', flags);
      return source.kind === 'live' ? source.roles : source;
    };
    expect(await roles()).to.deep.equal([
      { id: '111122223333', roleArn: 'arn:aws:iam::111122223333:role/x', externalId: 'e' },
    ]);
    expect(await roles({ 'role-arn': ['arn:aws:iam::444455556666:role/y'] })).to.deep.equal([
      { roleArn: 'arn:aws:iam::444455556666:role/y' },
    ]);
  });

  it('reads the facts that rules and waivers go by, and no others', async () => {
    const { facts } = await withFile('accounts.yaml', { rule: ['ec2-required-tags'] });
    expect([...facts]).to.deep.equal([['AWS::EC2::Instance', new Set(['tags'])]]);
  });

  it('reads tags where it is to judge by them', async () => {
    const { facts, tags } = await bare({ rule: ['ec2-required-tags'], tag: ['Role=web'] });
    expect(tags).to.deep.equal(['Role=web']);
    expect([...facts]).to.deep.equal([['AWS::EC2::Instance', new Set(['tags'])]]);
  });

  it('leaves out the rules that weigh less than is asked', async () => {
    const ids = async (flags: Partial<ScanFlags>) => (await bare(flags)).rules.map(({ rule }) => rule.id);
    expect(await ids({ severity: 'medium' })).to.include('ec2-required-tags');
    expect(await ids({ severity: 'high' })).not.to.include('ec2-required-tags');
  });

  it('reports failures, the unknown and the waived, and more where it is asked to', async () => {
    expect([...(await bare()).reported]).to.deep.equal(['FAIL', 'UNKNOWN', 'WAIVED']);
    expect([...(await bare({ include: ['not-applicable', 'pass'] })).reported]).to.deep.equal([
      'FAIL',
      'UNKNOWN',
      'WAIVED',
      'PASS',
      'NOT_APPLICABLE',
    ]);
  });

  it('judges as of a time that it is told', async () => {
    expect((await bare()).at).to.equal(undefined);
    expect((await bare({ at: 'now' })).at).to.deep.equal(now);
    expect((await bare({ at: '2026-01-02T03:04:05Z' })).at).to.deep.equal(new Date('2026-01-02T03:04:05Z'));
    expect(await refused({ at: 'yesterday' })).to.deep.equal(['BAD_TIME', '--at is neither "now" nor a time.', 2]);
  });

  it('asks AWS nothing about a snapshot', async () => {
    expect((await bare({ snapshot: 'estate.ndjson.gz' })).source).to.deep.equal({
      kind: 'snapshot',
      file: 'estate.ndjson.gz',
    });
  });

  for (const flags of [
    { region: 'eu-west-1' },
    { 'all-regions': true },
    { 'role-arn': ['arn:aws:iam::444455556666:role/y'] },
    { 'save-snapshot': 'x' },
  ] satisfies Partial<ScanFlags>[]) {
    it(`refuses --snapshot with --${Object.keys(flags)[0]}`, async () => {
      const [code, , exitCode] = (await refused({ ...flags, snapshot: 'estate.ndjson.gz' })) as unknown[];
      expect([code, exitCode]).to.deep.equal(['CONTRADICTION', 2]);
    });
  }

  it('refuses --fail-on new without a baseline', async () => {
    expect(await refused({ 'fail-on': 'new' })).to.deep.equal([
      'NO_BASELINE',
      '--fail-on new has nothing to compare with.',
      2,
    ]);
  });

  it('refuses a role that is none', async () => {
    expect(await refused({ 'role-arn': ['admin'] })).to.deep.equal([
      'BAD_ROLE',
      '--role-arn is not the ARN of a role.',
      2,
    ]);
  });
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
