import { expect } from 'chai';

import type { ScanDocument } from '../../src/engine/scan-document.ts';
import { fingerprint } from '../../src/engine/evaluation.ts';
import type { Evaluation } from '../../src/engine/evaluation.ts';
import { awsAt, runBuiltCli, runCli } from '../support/cli.ts';
import { ACCOUNT, runInstances, withMoto } from '../support/emulated.ts';
import { counts } from '../support/scans.ts';

/** One rule: what the others make of an emulated instance is told in their own tests. */
const TAGS_ONLY = ['scan', '--local', '--rule', 'ec2-required-tags'];

const SOUND = { Environment: 'dev', Owner: 'ada', CostCenter: '42' };

/** The finding on an instance that lacks these tags. */
function lacking(id: string, region: string, keys: readonly string[]): Evaluation {
  const arn = `arn:aws:ec2:${region}:${ACCOUNT}:instance/${id}`;
  return {
    fingerprint: fingerprint('ec2-required-tags', ACCOUNT, region, arn),
    rule_id: 'ec2-required-tags',
    severity: 'medium',
    category: 'tagging',
    resource_type: 'AWS::EC2::Instance',
    resource_id: id,
    resource_arn: arn,
    account_id: ACCOUNT,
    region,
    status: 'FAIL',
    message: `Instance ${id} lacks the ${keys.length === 1 ? 'tag' : 'tags'} ${keys.join(', ')}.`,
    facts: keys.map((key) => ({ key: `missing/${key}`, message: `The tag ${key} is missing.` })),
    remediation:
      'Add the missing tags to the instance, and to the launch template or Auto Scaling group that it comes from.',
  };
}

describe('a scan of live AWS', function () {
  this.timeout(60_000);
  const moto = withMoto();

  it('gives the whole document, of two regions at once', async () => {
    const { url } = moto();
    const [sound, bare, half, gone] = (await runInstances(url, 'eu-west-1', [
      { tags: SOUND },
      { tags: {}, type: 'm5.large' },
      { tags: { Environment: 'dev', Owner: ' ', CostCenter: '42', __proto__x: 'y' } },
      { tags: {}, terminated: true },
    ])) as [string, string, string, string];
    const [there] = (await runInstances(url, 'us-east-1', [{ tags: { Owner: 'ada', Environment: 'prod' } }])) as [
      string,
    ];

    const started = Date.now();
    const { stdout, stderr, exitCode } = await runCli({
      args: [...TAGS_ONLY, '--json', '-r', 'us-east-1,eu-west-1', '-e', 'staging'],
      env: awsAt(url),
    });
    const ended = Date.now();

    const { scan_id, report_timestamp, ...document } = JSON.parse(stdout) as ScanDocument;
    expect(scan_id).to.match(/^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/);
    expect(new Date(report_timestamp).toISOString()).to.equal(report_timestamp);
    expect(Date.parse(report_timestamp)).to.be.within(started, ended);
    const all = counts({ total: 5, compliant: 1, non_compliant: 3, not_applicable: 1 });
    const blank = { key: 'missing/Owner', message: 'The tag Owner is missing: its value is blank.' };
    expect(document).to.deep.equal({
      schema: 'compliancectl.scan/1',
      environment: 'staging',
      source: 'live',
      complete: true,
      accounts: [ACCOUNT],
      regions: ['eu-west-1', 'us-east-1'],
      summary: {
        total_resources: 5,
        total_evaluations: 5,
        compliant: 1,
        non_compliant: 3,
        not_applicable: 1,
        unknown: 0,
        waived: 0,
        compliance_percentage: 25,
        evaluated_percentage: 100,
        score: 25,
      },
      by_resource_type: { 'AWS::EC2::Instance': all },
      by_rule: { 'ec2-required-tags': all },
      by_severity: { medium: all },
      by_category: { tagging: all },
      by_region: {
        'eu-west-1': counts({ total: 4, compliant: 1, non_compliant: 2, not_applicable: 1 }),
        'us-east-1': counts({ total: 1, non_compliant: 1 }),
      },
      by_account: { [ACCOUNT]: all },
      by_instance_type: {
        'm5.large': counts({ total: 1, non_compliant: 1 }),
        't3.micro': counts({ total: 4, compliant: 1, non_compliant: 2, not_applicable: 1 }),
      },
      waivers: [],
      gaps: [],
      evaluations: [
        ...[
          lacking(bare, 'eu-west-1', ['Environment', 'Owner', 'CostCenter']),
          { ...lacking(half, 'eu-west-1', ['Owner']), facts: [blank] },
        ].toSorted((a, b) => (a.resource_id < b.resource_id ? -1 : 1)),
        { ...lacking(there, 'us-east-1', ['CostCenter']), owner: 'ada' },
      ],
    });
    expect(stdout).to.not.include(sound);
    expect(stdout).to.not.include(gone);
    expect({ stderr, exitCode }).to.deep.equal({ stderr: 'The score 25 is below the threshold of 80.\n', exitCode: 1 });
  });

  it('adds what passed and what does not apply where it is asked to', async () => {
    const { url } = moto();
    const ids = await runInstances(url, 'eu-west-1', [{ tags: SOUND }, { tags: {}, terminated: true }]);
    const { stdout, stderr, exitCode } = await runCli({
      args: [...TAGS_ONLY, '--json', '--include', 'pass,not-applicable'],
      env: awsAt(url),
    });
    const { evaluations } = JSON.parse(stdout) as ScanDocument;
    const shown = new Map(evaluations.map(({ resource_id, status, message }) => [resource_id, `${status} ${message}`]));
    expect(shown).to.deep.equal(
      new Map([
        [ids[0], 'PASS EC2 instance carries the required tags.'],
        [ids[1], `NOT_APPLICABLE ${ids[1]} is terminated.`],
      ]),
    );
    expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 0 });
  });

  it('of an empty region has no score, and is well', async () => {
    const { stdout, stderr, exitCode } = await runCli({
      args: [...TAGS_ONLY, '--json', '-r', 'sa-east-1', '--threshold', '100'],
      env: awsAt(moto().url),
    });
    const { scan_id: _id, report_timestamp: _time, ...document } = JSON.parse(stdout) as ScanDocument;
    expect(document).to.deep.equal({
      schema: 'compliancectl.scan/1',
      environment: 'dev',
      source: 'live',
      complete: true,
      accounts: [ACCOUNT],
      regions: ['sa-east-1'],
      summary: {
        total_resources: 0,
        total_evaluations: 0,
        compliant: 0,
        non_compliant: 0,
        not_applicable: 0,
        unknown: 0,
        waived: 0,
        compliance_percentage: null,
        evaluated_percentage: null,
        score: null,
      },
      by_resource_type: {},
      by_rule: {},
      by_severity: {},
      by_category: {},
      by_region: {},
      by_account: {},
      by_instance_type: {},
      waivers: [],
      gaps: [],
      evaluations: [],
    });
    expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 0 });
  });

  it('is a table for people, from what is published too', async () => {
    const { url } = moto();
    const [id] = await runInstances(url, 'eu-west-1', [{ tags: { ...SOUND, Owner: '' } }]);
    const options = { args: TAGS_ONLY, env: awsAt(url) };
    const outcomes = [await runCli(options), await runBuiltCli(options)];
    for (const { stdout, stderr, exitCode } of outcomes) {
      expect(
        stdout
          .split('\n')
          .slice(1)
          .map((line) => line.trimEnd()),
      ).to.deep.equal([
        `account ${ACCOUNT} in region eu-west-1`,
        '',
        'Score  0.00 of 100',
        '1 resource, 1 verdict: 1 FAIL, 0 UNKNOWN, 0 WAIVED, 0 PASS, 0 N/A',
        '',
        'RULE                              FAIL    UNKNOWN   WAIVED   PASS     N/A',
        'ec2-required-tags                 1       -         -        -        -',
        '',
        'SEVERITY  RESOURCE                    FINDING',
        `medium    ${id}         ec2-required-tags`,
        `          ${ACCOUNT}                Instance ${id} lacks the`,
        '          eu-west-1                   tag Owner.',
        '',
      ]);
      expect({ stderr, exitCode }).to.deep.equal({
        stderr: 'The score 0 is below the threshold of 80.\n',
        exitCode: 1,
      });
    }
  });
});
