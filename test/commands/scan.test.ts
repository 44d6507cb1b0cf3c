import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import type { ScanDocument } from '../../src/engine/scan-document.ts';
import { runCli } from '../support/cli.ts';
import type { CliOptions } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ESTATE = join(import.meta.dirname, '../../examples/estate.ndjson.gz');
const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/scan', name), 'utf8');

const seen = async (args: readonly string[], options: Partial<CliOptions> = {}) => {
  const { stdout, stderr, exitCode } = await runCli({ ...options, args: ['scan', ...args] });
  return { stdout, stderr, exitCode };
};
/** A scan of the sample estate. */
const scan = async (...args: readonly string[]) => seen(['--local', '--snapshot', ESTATE, ...args]);
const scanned = async (...args: readonly string[]) =>
  JSON.parse((await scan('--json', ...args)).stdout) as ScanDocument;
/** How a scan ends, with nothing of what it shows. */
const ending = async (...args: readonly string[]) => {
  const { stderr, exitCode } = await scan('-f', 'ndjson', ...args);
  return { stderr, exitCode };
};

// One bucket fails, one could not be read, and AWS denied the one call for that: incomplete. Its volumes are all known.
const BUCKETS = ['--rule', 's3-bucket-encrypted'];
const VOLUMES = ['--rule', 'ebs-volumes-encrypted'];
const INCOMPLETE = '1 call could not be answered.\n1 verdict is UNKNOWN.\n';

describe('compliancectl scan', function () {
  this.timeout(30_000);
  const path = temporaryFolder();

  it('shows a table', async () => {
    expect(await scan(...BUCKETS)).to.deep.equal({
      stdout: fixture('buckets.txt'),
      stderr: INCOMPLETE,
      exitCode: 4,
    });
  });

  it('prints one document with --json, and nothing else', async () => {
    expect(await scan(...BUCKETS, '--json')).to.deep.equal({
      stdout: fixture('buckets.json'),
      stderr: INCOMPLETE,
      exitCode: 4,
    });
  });

  it('prints the same a line at a time, and is silent with -q', async () => {
    const { evaluations, ...head } = JSON.parse(fixture('buckets.json')) as ScanDocument;
    const { stdout, stderr, exitCode } = await scan(...BUCKETS, '-f', 'ndjson', '-q');
    expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 4 });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).to.deep.equal([{ scan: head }, ...evaluations.map((evaluation) => ({ evaluation }))]);
  });

  it('writes a file beside what it shows', async () => {
    const { stdout } = await scan(...BUCKETS, '-f', 'table', '-f', `json=${path('scan.json')}`);
    expect(stdout).to.equal(fixture('buckets.txt'));
    expect(readFileSync(path('scan.json'), 'utf8')).to.equal(fixture('buckets.json'));
  });

  describe('ends with', () => {
    it('0 where all is well', async () => {
      expect(await ending(...VOLUMES)).to.deep.equal({ stderr: '', exitCode: 0 });
    });

    it('1 where the score is below --threshold', async () => {
      expect(await ending(...VOLUMES, '--threshold', '83')).to.deep.equal({
        stderr: 'The score 82.51 is below the threshold of 83.\n',
        exitCode: 1,
      });
      expect(await ending(...VOLUMES, '--threshold', '82')).to.deep.equal({ stderr: '', exitCode: 0 });
    });

    it('1 where something as bad as --fail-on is found', async () => {
      expect(await ending(...VOLUMES, '--fail-on', 'high')).to.deep.equal({
        stderr: '32 findings are of severity high or worse.\n',
        exitCode: 1,
      });
      expect(await ending(...VOLUMES, '--fail-on', 'critical')).to.deep.equal({ stderr: '', exitCode: 0 });
    });

    it('1 before 4, and says both', async () => {
      expect(await ending(...BUCKETS, '--fail-on', 'high')).to.deep.equal({
        stderr: `1 finding is of severity high or worse.\n${INCOMPLETE}`,
        exitCode: 1,
      });
    });

    it('0, not 4, with --allow-incomplete', async () => {
      expect(await ending(...BUCKETS, '--allow-incomplete')).to.deep.equal({ stderr: INCOMPLETE, exitCode: 0 });
    });

    it('3 where there are no credentials', async () => {
      const { stdout, stderr, exitCode } = await seen(['--local', '--region', 'eu-west-1']);
      expect({ stdout, exitCode }).to.deep.equal({ stdout: '', exitCode: 3 });
      expect(stderr.split(':')[1]).to.equal(' No AWS credentials were found');
    });

    for (const [args, message, ...suggestions] of [
      [
        ['--snapshot', ESTATE, '--rule', 's3-bucket-encryptd'],
        'There is no rule s3-bucket-encryptd.',
        'Did you mean s3-bucket-encrypted?',
        'List them all: compliancectl rules',
      ],
      [
        ['--region', 'eu_west_1'],
        'eu_west_1 is not the name of a region.',
        'Name regions as AWS does, separated by commas: --region eu-west-1,us-east-1',
        'Pass --all-regions to read every enabled one',
      ],
      [
        ['--snapshot', ESTATE, '--at', 'yesterday'],
        '--at is neither "now" nor a time.',
        'Give a time as --at 2026-11-21T06:00:00Z',
      ],
      [
        ['--snapshot', ESTATE, '--fail-on', 'new'],
        '--fail-on new has nothing to compare with.',
        'Name an earlier scan with --baseline FILE',
      ],
      [
        ['--snapshot', ESTATE, '-f', 'pdf'],
        'There is no such format.',
        'The formats are table, json, ndjson, sarif, junit, csv, markdown, html, github; a file is given as -f json=scan.json',
      ],
      [
        ['--snapshot', ESTATE, '--explain'],
        'A snapshot is checked without any call to AWS.',
        'Leave --snapshot out to see what reading live AWS would take',
      ],
      [
        ['--role-arn', 'compliance'],
        '--role-arn is not the ARN of a role.',
        'Give it as --role-arn arn:aws:iam::123456789012:role/compliance',
      ],
    ] as const) {
      it(`2 where the usage is wrong: ${message}`, async () => {
        expect(await seen(['--local', ...args])).to.deep.equal({
          stdout: '',
          stderr: [`Error: ${message}`, ...suggestions.map((suggestion) => `  ${suggestion}`), ''].join('\n'),
          exitCode: 2,
        });
      });
    }
  });

  describe('compared with an earlier scan', () => {
    const [all, gone] = [() => path('all.json'), () => path('gone.json')];
    let fingerprint: string;
    beforeEach(async () => {
      await scan(...VOLUMES, '-f', `json=${all()}`);
      const document = JSON.parse(readFileSync(all(), 'utf8')) as ScanDocument;
      const [first, ...others] = document.evaluations;
      fingerprint = first?.fingerprint ?? '';
      writeFileSync(gone(), JSON.stringify({ ...document, evaluations: others }));
    });

    it('is well where nothing is new', async () => {
      expect(await ending(...VOLUMES, '--fail-on', 'new', '--baseline', all())).to.deep.equal({
        stderr: '',
        exitCode: 0,
      });
    });

    it('ends with 1 where something is, and tells what', async () => {
      const args = [...VOLUMES, '--baseline', gone(), '--fail-on', 'new', '--json'];
      const { stdout, stderr, exitCode } = await scan(...args);
      const { evaluations, baseline, scan_id, report_timestamp } = JSON.parse(stdout) as ScanDocument;
      expect({ stderr, exitCode }).to.deep.equal({
        stderr: '1 finding is new or worse since the baseline.\n',
        exitCode: 1,
      });
      expect(evaluations.filter(({ change }) => change === 'new').map((found) => found.fingerprint)).to.deep.equal([
        fingerprint,
      ]);
      const counted = { new: 1, worse: 0, unchanged: 31, fixed: [], not_rechecked: [] };
      expect(baseline).to.deep.equal({ scan_id, report_timestamp, ...counted });
    });

    it('calls nothing fixed that it did not look at', async () => {
      const { baseline } = await scanned(...VOLUMES, '--tag', 'Environment=none', '--baseline', all());
      expect([baseline?.fixed.length, baseline?.not_rechecked.length]).to.deep.equal([0, 32]);
    });

    it('says in the table how it compares', async () => {
      const { stdout } = await scan(...VOLUMES, '--baseline', gone());
      expect(stdout).to.contain(
        '\nSince 2026-11-16T06:00:00Z: 1 new, 0 worse, 31 unchanged, 0 fixed, 0 not\nrechecked\n',
      );
    });
  });

  describe('judges', () => {
    it('by the rules that are named, and no others', async () => {
      const { by_rule } = await scanned(...BUCKETS, ...VOLUMES);
      expect(Object.keys(by_rule)).to.deep.equal(['ebs-volumes-encrypted', 's3-bucket-encrypted']);
    });

    it('by the rules that weigh enough', async () => {
      const { by_rule } = await scanned('--severity', 'high');
      expect(Object.keys(by_rule)).to.deep.equal([
        'ebs-volumes-encrypted',
        'ec2-no-public-ip',
        'ec2-security-group-restricted',
        'rds-backup-retention',
        's3-bucket-encrypted',
      ]);
    });

    it('what carries all the tags that are given', async () => {
      const resources = async (...tags: readonly string[]) =>
        (await scanned(...VOLUMES, ...tags.flatMap((tag) => ['--tag', tag]))).summary.total_resources;
      expect(await resources('Owner=data', 'Environment')).to.equal(36);
      expect(await resources('Owner=data', 'Environment=staging')).to.equal(2);
    });

    it('as of when the snapshot was collected, or of a time that is given', async () => {
      expect((await scanned(...BUCKETS)).report_timestamp).to.equal('2026-11-16T06:00:00.000Z');
      expect((await scanned(...BUCKETS, '--at', '2026-12-24')).report_timestamp).to.equal('2026-12-24T00:00:00.000Z');
    });

    it('and tells of what passes and what does not apply, where it is asked to', async () => {
      const { evaluations } = await scanned('--rule', 'rds-backup-retention', '--include', 'pass,not-applicable');
      const byStatus = Map.groupBy(evaluations, ({ status }) => status);
      expect(Object.fromEntries([...byStatus].map(([status, { length }]) => [status, length]))).to.deep.equal({
        PASS: 12,
        FAIL: 1,
        NOT_APPLICABLE: 19,
      });
    });
  });

  it('prints the policy that it needs, and asks nobody', async () => {
    const args = ['--local', '--print-iam-policy', '--rule', 'ec2-required-tags', '--region', 'cn-north-1'];
    const { stdout, stderr, exitCode } = await seen(args);
    expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 0 });
    expect(JSON.parse(stdout)).to.deep.equal({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'ReadEC2',
          Effect: 'Allow',
          Action: ['ec2:DescribeInstances'],
          Resource: '*',
          Condition: { StringEquals: { 'ec2:Region': ['cn-north-1'] } },
        },
      ],
    });
  });
});
