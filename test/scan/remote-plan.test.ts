import { writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { planRemoteScan } from '../../src/scan/remote-plan.ts';
import type { RemoteFlags } from '../../src/scan/remote-plan.ts';
import { userErrorOf } from '../support/errors.ts';
import { documentText } from '../support/stored-scans.ts';
import { temporaryFolder } from '../support/temporary.ts';

const flags = (changes: Partial<RemoteFlags> = {}): RemoteFlags => ({
  environment: 'dev',
  local: false,
  async: false,
  'all-regions': false,
  'allow-incomplete': false,
  fix: false,
  yes: false,
  explain: false,
  'print-iam-policy': false,
  ...changes,
});

describe('the plan of a remote scan', () => {
  const path = temporaryFolder();
  const NOW = new Date('2026-11-21T06:00:00Z');
  const plan = (changes?: Partial<RemoteFlags>, env: NodeJS.ProcessEnv = { AWS_REGION: 'eu-west-1' }) =>
    planRemoteScan(flags(changes), { env, directory: path(), now: NOW, scanId: 'scan-1' });
  const refusal = (changes: Partial<RemoteFlags>) => userErrorOf(() => plan(changes));
  const settings = (text: string) => {
    writeFileSync(path('compliancectl.yaml'), text);
  };

  it('goes by the settings here for what is good enough, and for what rules say of themselves', async () => {
    settings(
      'threshold: 90\nfailOn: high\nselect: [s3-bucket-encrypted]\nenvironments: { dev: { allowIncomplete: true } }\n',
    );
    const { rules, ...rest } = await plan();
    expect(rules.map(({ rule }) => rule.id)).to.deep.equal(['s3-bucket-encrypted']);
    expect(rest).to.deep.equal({
      environment: 'dev',
      region: 'eu-west-1',
      scanId: 'scan-1',
      now: NOW,
      reported: new Set(['FAIL', 'UNKNOWN', 'WAIVED']),
      limits: { threshold: 90, failOn: 'high', allowIncomplete: true },
      notes: [],
    });
  });

  it('goes by flags before them, and by a file that is named', async () => {
    settings('threshold: 90\n');
    writeFileSync(path('other.yaml'), 'threshold: 70\n');
    const limits = async (changes: Partial<RemoteFlags>) => (await plan(changes)).limits;
    expect(await limits({ threshold: 0, 'fail-on': 'critical', 'allow-incomplete': true })).to.deep.equal({
      threshold: 0,
      failOn: 'critical',
      allowIncomplete: true,
    });
    expect(await limits({ config: path('other.yaml') })).to.deep.equal({ threshold: 70, allowIncomplete: false });
  });

  it('asks in one region: the flag’s, the environment’s, the settings’, in this order', async () => {
    settings('regions: [eu-central-1, eu-west-3]\n');
    const env = { AWS_REGION: 'eu-west-1' };
    expect((await plan({ region: 'us-west-2' }, env)).region).to.equal('us-west-2');
    expect((await plan({}, env)).region).to.equal('eu-west-1');
    expect(await refusal({ region: 'eu-west-1,eu-west-2' })).to.deep.include({ code: 'SEVERAL_REGIONS', exitCode: 2 });
  });

  it('takes a baseline, and what is to be included', async () => {
    settings('');
    writeFileSync(path('before.json'), documentText({ scan_id: 'before' }));
    const { baseline, reported } = await plan({ baseline: path('before.json'), include: ['pass', 'not-applicable'] });
    expect(baseline?.scanId).to.equal('before');
    expect([...reported]).to.deep.equal(['FAIL', 'UNKNOWN', 'WAIVED', 'PASS', 'NOT_APPLICABLE']);
    expect((await refusal({ 'fail-on': 'new' })).code).to.equal('NO_BASELINE');
  });

  it('needs a name that an environment can have', async () => {
    expect((await refusal({ environment: '' })).code).to.equal('NO_ENVIRONMENT');
    expect((await refusal({ environment: 'Dev_1' })).code).to.equal('BAD_ENVIRONMENT_NAME');
  });

  for (const [name, value] of [
    ['snapshot', 'estate.ndjson.gz'],
    ['save-snapshot', 'estate.ndjson.gz'],
    ['role-arn', ['arn:aws:iam::111122223333:role/x']],
    ['all-regions', true],
    ['rule', ['s3-bucket-encrypted']],
    ['severity', 'high'],
    ['tag', ['Owner']],
    ['at', 'now'],
    ['fix', true],
    ['undo', '2026-11-21.x'],
    ['yes', true],
    ['explain', true],
    ['print-iam-policy', true],
  ] as const) {
    it(`refuses what needs --local: --${name}`, async () => {
      expect(await refusal({ [name]: value })).to.deep.equal({
        message: `--${name} is for a scan that runs here: add --local.`,
        code: 'NEEDS_LOCAL',
        suggestions: ['Without --local the deployed function scans, by the settings it was deployed with'],
        exitCode: 2,
      });
    });
  }

  for (const [name, value] of [
    ['threshold', 0],
    ['fail-on', 'high'],
    ['baseline', 'before.json'],
    ['allow-incomplete', true],
    ['include', ['pass']],
    ['format', ['json']],
  ] as const) {
    it(`refuses what has no result to go by with --async: --${name}`, async () => {
      expect(await refusal({ async: true, [name]: value })).to.deep.equal({
        message: `--${name} is about the result of a scan, and --async does not wait for it.`,
        code: 'CONTRADICTION',
        suggestions: ['Leave one of the two out'],
        exitCode: 2,
      });
    });
  }

  it('refuses --async for a scan that runs here', async () => {
    expect(await refusal({ async: true, local: true })).to.deep.equal({
      message: '--async asks the deployed function for a scan, and --local runs it here.',
      code: 'CONTRADICTION',
      suggestions: ['Leave one of the two out'],
      exitCode: 2,
    });
  });
});
