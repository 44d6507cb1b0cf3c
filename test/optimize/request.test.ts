import { writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { requestOf } from '../../src/optimize/request.ts';
import type { OptimizeFlags, Surroundings } from '../../src/optimize/request.ts';
import { userErrorOf } from '../support/errors.ts';
import { optimizeFlags, quietSurroundings } from '../support/optimize-request.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('requestOf', () => {
  const path = temporaryFolder();

  const flagsOf = (flags: Partial<OptimizeFlags> = {}) => optimizeFlags({ 'dry-run': true, ...flags });

  const here = (given: Partial<Surroundings> = {}) =>
    quietSurroundings(path(), { env: { AWS_REGION: 'eu-west-1' }, ...given });

  const settings = (text: string) => writeFileSync(path('compliancectl.yaml'), text);

  it('takes defaults where nothing is said', async () => {
    const request = await requestOf(flagsOf(), here({ env: {} }));
    expect(request).to.deep.equal({
      environment: 'dev',
      region: 'us-east-1',
      note: 'No region was given: us-east-1 is looked at.',
      settings: {
        select: {},
        aurora: { minCapacity: 0.5, maxCapacity: 1, backupRetentionDays: 1 },
        elasticache: { nodes: 2 },
        ecs: { tasks: 2 },
      },
      choice: { names: null, tags: null, stacks: null, keep_backups: false, include: [] },
      dryRun: true,
      yes: false,
      quiet: false,
      snapshotFirst: false,
      timeoutSeconds: 1800,
      pollSeconds: 15,
      wait: true,
      prices: 'auto',
    });
  });

  it('takes what the flags say', async () => {
    const flags = flagsOf({
      region: 'us-west-2',
      'dry-run': false,
      yes: true,
      'keep-backups': true,
      'snapshot-first': true,
      ledger: 's3://bucket/ledger',
      timeout: 5,
      wait: false,
      prices: 'bundled',
      quiet: true,
    });
    const request = await requestOf(flags, here({ env: { CI: 'true', COMPLIANCECTL_POLL_SECONDS: '0.5' } }));
    expect(request).to.deep.include({
      region: 'us-west-2',
      choice: { names: null, tags: null, stacks: null, keep_backups: true, include: [] },
      dryRun: false,
      yes: true,
      quiet: true,
      snapshotFirst: true,
      ledger: 's3://bucket/ledger',
      timeoutSeconds: 300,
      pollSeconds: 0.5,
      wait: false,
      prices: 'bundled',
    });
    expect(request).to.not.have.property('note');
  });

  it('takes the plan’s file, and the entry, where they are named', async () => {
    const { planOut } = await requestOf(flagsOf({ 'plan-out': 'plan.json' }), here());
    const { planFile } = await requestOf(flagsOf({ plan: 'planned.json' }), here());
    const { entryId } = await requestOf(flagsOf({ restore: true, entry: '2026-11-20.run' }), here());
    expect({ planOut, planFile, entryId }).to.deep.equal({
      planOut: 'plan.json',
      planFile: 'planned.json',
      entryId: '2026-11-20.run',
    });
  });

  describe('the region', () => {
    it('is that of the AWS environment', async () => {
      expect((await requestOf(flagsOf(), here())).region).to.equal('eu-west-1');
    });

    it('is the one that the settings name', async () => {
      settings('regions: [eu-central-1]\n');
      expect((await requestOf(flagsOf(), here({ env: {} }))).region).to.equal('eu-central-1');
    });

    it('is none of several that the settings name', async () => {
      settings('regions: [eu-central-1, eu-west-1]\n');
      expect((await requestOf(flagsOf(), here({ env: {} }))).region).to.equal('us-east-1');
    });

    it('is one', async () => {
      const error = await userErrorOf(() => requestOf(flagsOf({ region: 'eu-west-1,us-east-1' }), here()));
      expect(error).to.deep.equal({
        message: 'optimize looks at one region at a time, and --region names several.',
        code: 'SEVERAL_REGIONS',
        suggestions: ['Name one with --region, and run it once for each'],
        exitCode: 2,
      });
    });
  });

  it('says how a region is named where it is none', async () => {
    for (const region of ['nowhere', '']) {
      expect(await userErrorOf(() => requestOf(flagsOf({ region }), here()))).to.deep.include({
        message: `${region === '' ? 'An empty name' : region} is not the name of a region.`,
        code: 'BAD_REGION',
        suggestions: ['Name it as AWS does: --region eu-west-1'],
      });
    }
  });

  describe('the resources', () => {
    const SELECT = 'optimize:\n  select:\n    names: [Shop]\n    tags: { Team: web }\n    stacks: [shop-dev]\n';

    it('are those that the settings choose', async () => {
      settings(SELECT);
      const { choice } = await requestOf(flagsOf(), here());
      expect(choice).to.deep.equal({
        names: ['Shop'],
        tags: { Team: 'web' },
        stacks: ['shop-dev'],
        keep_backups: false,
        include: [],
      });
    });

    it('are those alone that flags choose, where one does', async () => {
      settings(SELECT);
      const { choice } = await requestOf(flagsOf({ tag: ['Environment=dev', 'Note=a=b', 'Empty='] }), here());
      expect(choice).to.deep.equal({
        names: null,
        tags: { Environment: 'dev', Note: 'a=b', Empty: '' },
        stacks: null,
        keep_backups: false,
        include: [],
      });
    });

    it('are stopped besides where settings include their kind, or the flag others in its place', async () => {
      settings('optimize:\n  include: [rds]\n');
      expect((await requestOf(flagsOf(), here())).choice?.include).to.deep.equal(['rds']);
      const { choice } = await requestOf(flagsOf({ include: ['ec2', 'asg'] }), here());
      expect(choice?.include).to.deep.equal(['ec2', 'asg']);
      expect((await requestOf(flagsOf({ include: ['none'] }), here())).choice?.include).to.deep.equal([]);
    });

    for (const tag of ['Environment', '=dev']) {
      it(`are not chosen by ${tag}`, async () => {
        const error = await userErrorOf(() => requestOf(flagsOf({ tag: [tag] }), here()));
        expect(error).to.deep.equal({
          message: `--tag ${tag} is no tag: it needs a key and a value.`,
          code: 'BAD_TAG',
          suggestions: ['Give it as --tag Environment=dev'],
          exitCode: 2,
        });
      });
    }
  });

  describe('refuses', () => {
    const CONTRADICTIONS: [Partial<OptimizeFlags>, string][] = [
      [{ restore: true, name: ['Shop'] }, '--restore and --name do not go together.'],
      [{ restore: true, include: ['ec2'] }, '--restore and --include do not go together.'],
      [{ include: ['none', 'ec2'] }, '--include none and other kinds do not go together.'],
      [{ plan: 'plan.json', include: ['ec2'] }, '--plan and --include do not go together.'],
      [{ restore: true, 'keep-backups': true }, '--restore and --keep-backups do not go together.'],
      [{ restore: true, 'snapshot-first': true }, '--restore and --snapshot-first do not go together.'],
      [{ restore: true, plan: 'plan.json' }, '--restore and --plan do not go together.'],
      [{ plan: 'plan.json', tag: ['a=b'] }, '--plan and --tag do not go together.'],
      [{ plan: 'plan.json', 'plan-out': 'plan.json' }, '--plan and --plan-out do not go together.'],
      [{ 'print-iam-policy': true }, '--print-iam-policy and --dry-run do not go together.'],
      [{ entry: '2026-11-20.run' }, '--entry names what is put back, and without --restore nothing is.'],
    ];
    for (const [flags, message] of CONTRADICTIONS) {
      it(`what contradicts itself: ${message}`, async () => {
        expect(await userErrorOf(() => requestOf(flagsOf(flags), here()))).to.deep.include({
          message,
          code: 'CONTRADICTION',
          exitCode: 2,
        });
      });
    }

    it('to change anything without a terminal and without --yes', async () => {
      const error = await userErrorOf(() => requestOf(flagsOf({ 'dry-run': false }), here()));
      expect(error).to.deep.equal({
        message: 'optimize asks before it changes anything, and there is no terminal to ask at.',
        code: 'NO_CONFIRMATION',
        suggestions: ['Pass --yes to go ahead unasked', 'Pass --dry-run to see the plan alone'],
        exitCode: 2,
      });
    });

    for (const restore of [false, true]) {
      it(`${restore ? 'to put back' : 'to scale down'} in CI without a ledger`, async () => {
        const flags = flagsOf({ 'dry-run': false, yes: true, restore });
        const error = await userErrorOf(() => requestOf(flags, here({ env: { CI: '1' } })));
        expect(error).to.deep.equal({
          message: 'CI is set, and a ledger on this disk would be lost with the runner.',
          code: 'NO_LEDGER',
          suggestions: ['Pass --ledger s3://bucket/prefix, or set optimize.ledger in the configuration'],
          exitCode: 2,
        });
      });
    }

    it('no dry run in CI, and no ledger that the settings name', async () => {
      await requestOf(flagsOf(), here({ env: { CI: '1' } }));
      settings('optimize:\n  ledger: s3://team/ledger\n');
      const { ledger } = await requestOf(flagsOf({ 'dry-run': false, yes: true }), here({ env: { CI: '1' } }));
      expect(ledger).to.equal('s3://team/ledger');
    });

    it('production, whatever was said yes to', async () => {
      const flags = flagsOf({ environment: 'prod', 'dry-run': false, yes: true });
      expect(await userErrorOf(() => requestOf(flags, here()))).to.deep.include({ code: 'PRODUCTION', exitCode: 2 });
    });

    it('nobody to put back, and nobody the policy', async () => {
      expect((await requestOf(flagsOf({ environment: 'prod', restore: true }), here())).environment).to.equal('prod');
      const flags = flagsOf({ environment: 'prod', 'dry-run': false, 'print-iam-policy': true });
      expect((await requestOf(flags, here({ env: { CI: '1' } }))).environment).to.equal('prod');
    });

    for (const seconds of ['0', '-1', '301', 'soon']) {
      it(`to look every ${seconds} seconds`, async () => {
        const env = { COMPLIANCECTL_POLL_SECONDS: seconds };
        expect(await userErrorOf(() => requestOf(flagsOf(), here({ env })))).to.deep.equal({
          message: 'COMPLIANCECTL_POLL_SECONDS is no number of seconds above 0 and up to 300.',
          code: 'BAD_POLL',
          suggestions: ['Leave it out for 15 seconds'],
          exitCode: 2,
        });
      });
    }
  });
});
