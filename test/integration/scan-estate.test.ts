import { writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { fingerprint } from '../../src/engine/evaluation.ts';
import type { Evaluation, Status } from '../../src/engine/evaluation.ts';
import { rules } from '../../src/engine/rules/index.ts';
import type { ScanDocument } from '../../src/engine/scan-document.ts';
import type { Counts } from '../../src/engine/score.ts';
import type { FailureFact } from '../../src/engine/verdict.ts';
import { building } from '../support/building.ts';
import { awsAt, runCli } from '../support/cli.ts';
import { ACCOUNT, withMoto } from '../support/emulated.ts';
import { counts } from '../support/scans.ts';
import { temporaryFolder } from '../support/temporary.ts';

const SOUND = { Environment: 'dev', Owner: 'ada', CostCenter: '42' };
const SETTINGS = [
  'rules:',
  '  ec2-approved-instance-type: { parameters: { approved: [t3.*] } }',
  '  rds-backup-retention: { parameters: { minimumDays: 7 } }',
].join('\n');

type Type = Evaluation['resource_type'];

/** One verdict, as the table of a test has it. */
interface Row {
  readonly rule: string;
  readonly status: Status;
  readonly message: string;
  readonly facts?: readonly FailureFact[];
  readonly severity?: Evaluation['severity'];
  /** Of the resource, where it has one. */
  readonly owner?: string;
}

const ARN: { readonly [T in Type]?: (region: string, id: string) => string } = {
  'AWS::EC2::Instance': (region, id) => `arn:aws:ec2:${region}:${ACCOUNT}:instance/${id}`,
  'AWS::EC2::SecurityGroup': (region, id) => `arn:aws:ec2:${region}:${ACCOUNT}:security-group/${id}`,
  'AWS::EC2::Volume': (region, id) => `arn:aws:ec2:${region}:${ACCOUNT}:volume/${id}`,
  'AWS::RDS::DBCluster': (region, id) => `arn:aws:rds:${region}:${ACCOUNT}:cluster:${id}`,
  'AWS::RDS::DBInstance': (region, id) => `arn:aws:rds:${region}:${ACCOUNT}:db:${id}`,
  'AWS::S3::Bucket': (_region, id) => `arn:aws:s3:::${id}`,
};

/** The verdicts on one resource, as the document has them. */
function on(type: Type, region: string, id: string, rows: readonly Row[]): Evaluation[] {
  const arn = ARN[type]?.(region, id) ?? '';
  return rows.map(({ rule: ruleId, status, message, facts, severity, owner }) => {
    const rule = rules.find((candidate) => candidate.id === ruleId);
    if (rule === undefined) throw new Error(`There is no rule ${ruleId}.`);
    return {
      fingerprint: fingerprint(ruleId, ACCOUNT, region, arn),
      rule_id: ruleId,
      severity: severity ?? rule.severity,
      category: rule.category,
      resource_type: type,
      resource_id: id,
      resource_arn: arn,
      account_id: ACCOUNT,
      region,
      status,
      message,
      ...(facts !== undefined && { facts }),
      ...(status === 'FAIL' && { remediation: rule.remedy }),
      ...(owner !== undefined && { owner }),
    };
  });
}

const pass = (rule: string): Row => ({
  rule,
  status: 'PASS',
  message: `${rules.find(({ id }) => id === rule)?.title}.`,
});
const fail = (rule: string, message: string, facts?: readonly FailureFact[]): Row => ({
  rule,
  status: 'FAIL',
  message,
  ...(facts !== undefined && { facts }),
});
const notApplicable = (rule: string, message: string): Row => ({ rule, status: 'NOT_APPLICABLE', message });

const APPROVED = 'ec2-approved-instance-type';
const NO_PUBLIC_IP = 'ec2-no-public-ip';
const TAGS = 'ec2-required-tags';
const RETENTION = 'rds-backup-retention';

/** A volume's verdict; what is not encrypted says so. */
const volume = (region: string, id: string, { encrypted, of = 'no instance' }: { encrypted: boolean; of?: string }) =>
  on('AWS::EC2::Volume', region, id, [
    encrypted
      ? pass('ebs-volumes-encrypted')
      : fail('ebs-volumes-encrypted', `Volume ${id}, attached to ${of}, is not encrypted.`, [
          { key: 'unencrypted', message: 'The volume is not encrypted.' },
        ]),
  ]);

const closedGroup = (region: string, id: string) =>
  on('AWS::EC2::SecurityGroup', region, id, [pass('ec2-security-group-restricted')]);

const openGroup = (
  region: string,
  [id, name]: readonly [id: string, name: string],
  { on: what, over, key }: { readonly on: string; readonly over: 'IPv4' | 'IPv6'; readonly key: string },
) =>
  on('AWS::EC2::SecurityGroup', region, id, [
    {
      ...fail(
        'ec2-security-group-restricted',
        `Security group ${id} (${name}) is open to the world on ${what} (${over}).`,
        [{ key, message: `Ingress from the world over ${over} is allowed on ${what}.` }],
      ),
      severity: 'critical',
    },
  ]);

type Column = 'account_id' | 'category' | 'region' | 'resource_type' | 'rule_id' | 'severity';

const TALLIED = { PASS: 'compliant', FAIL: 'non_compliant', NOT_APPLICABLE: 'not_applicable' } as const;

/** Counts of the table's rows by one of their columns, sorted by it. */
function tally(evaluations: readonly Evaluation[], column: Column): Record<string, Counts> {
  const groups = Map.groupBy(evaluations, (evaluation) => evaluation[column]);
  const counted = [...groups].map(([name, rows]): [string, Counts] => {
    const tallied = counts({ total: rows.length });
    for (const { status } of rows) tallied[TALLIED[status as keyof typeof TALLIED]] += 1;
    return [name, tallied];
  });
  return Object.fromEntries(counted.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const COLUMNS = ['account_id', 'region', 'resource_type', 'resource_id', 'rule_id'] as const;
const sortKey = (evaluation: Evaluation) => COLUMNS.map((column) => evaluation[column]).join('\n');
const inOrder = (evaluations: readonly Evaluation[]) =>
  evaluations.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));

const TCP_22 = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22 };

describe('a scan of an estate with everything in it', function () {
  this.timeout(120_000);
  const moto = withMoto();
  const path = temporaryFolder();

  const ireland = async (): Promise<Evaluation[]> => {
    const region = 'eu-west-1';
    return building({ endpoint: moto().url, region }, async (site) => {
      const usual = await site.defaultGroup();
      const [sound, bare, dual, gone] = [
        await site.instance({ tags: SOUND, encrypted: true }),
        await site.instance({ type: 'm5.large', encrypted: false, isPublic: true }),
        await site.instance({ tags: SOUND, encrypted: true }),
        await site.instance({ encrypted: true }),
      ];
      const second = await site.secondInterface(dual.id, '2a05:d018::1');
      await site.terminate(gone.id);
      const spare = await site.volume({ encrypted: false });
      const locked = await site.volume({ encrypted: true });

      const halves = await site.group('halves', [
        { ...TCP_22, IpRanges: [{ CidrIp: '0.0.0.0/1' }, { CidrIp: '128.0.0.0/1' }] },
      ]);
      const list = await site.prefixList(['0.0.0.0/2', '64.0.0.0/2', '128.0.0.0/1']);
      const listed = await site.group('listed', [
        { IpProtocol: 'tcp', FromPort: 3389, ToPort: 3389, PrefixListIds: [{ PrefixListId: list }] },
      ]);
      const newer = await site.group('newer', [{ ...TCP_22, Ipv6Ranges: [{ CidrIpv6: '::/0' }] }]);
      const everything = await site.group('everything', [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]);
      const office = await site.group('office', [{ ...TCP_22, IpRanges: [{ CidrIp: '203.0.113.0/24' }] }]);
      const web = await site.group('web', [
        { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
      ]);

      await site.bucket('reports', 'AES256');
      await site.bucket('secrets', 'aws:kms');
      await site.database('kept', { retention: 7 });
      await site.database('forgotten', { retention: 0 });
      await site.replica('kept-replica', 'kept');

      const lacksAll = ['Environment', 'Owner', 'CostCenter'];
      const missing = (key: string) => ({ key: `missing/${key}`, message: `The tag ${key} is missing.` });
      const departed = `${gone.id} is terminated.`;
      return [
        on('AWS::EC2::Instance', region, sound.id, [pass(APPROVED), pass(NO_PUBLIC_IP), pass(TAGS)]),
        on('AWS::EC2::Instance', region, bare.id, [
          fail(APPROVED, `Instance ${bare.id} is of type m5.large, which is not approved.`),
          fail(NO_PUBLIC_IP, `Instance ${bare.id} has the public address ${bare.publicIpv4}.`, [
            {
              key: `public-ipv4/${bare.publicIpv4}`,
              message: `The public IPv4 address ${bare.publicIpv4} is on interface ${bare.primaryInterface}.`,
            },
          ]),
          fail(TAGS, `Instance ${bare.id} lacks the tags Environment, Owner, CostCenter.`, lacksAll.map(missing)),
        ]),
        on('AWS::EC2::Instance', region, dual.id, [
          pass(APPROVED),
          {
            ...fail(NO_PUBLIC_IP, `Instance ${dual.id} has the public addresses ${second.elasticIp}, 2a05:d018::1.`, [
              {
                key: `public-ipv4/${second.elasticIp}`,
                message: `The public IPv4 address ${second.elasticIp} is on interface ${second.interfaceId}.`,
              },
              {
                key: 'public-ipv6/2a05:d018::1',
                message: `The public IPv6 address 2a05:d018::1 is on interface ${second.interfaceId}.`,
              },
            ]),
            owner: 'ada',
          },
          pass(TAGS),
        ]),
        on('AWS::EC2::Instance', region, gone.id, [
          notApplicable(APPROVED, departed),
          notApplicable(NO_PUBLIC_IP, departed),
          notApplicable(TAGS, departed),
        ]),
        volume(region, sound.rootVolume, { encrypted: true }),
        volume(region, bare.rootVolume, { encrypted: false, of: bare.id }),
        volume(region, dual.rootVolume, { encrypted: true }),
        volume(region, spare, { encrypted: false }),
        volume(region, locked, { encrypted: true }),
        closedGroup(region, usual),
        openGroup(region, [halves, 'halves'], { on: 'TCP 22', over: 'IPv4', key: 'ingress/tcp/22/0.0.0.0/0' }),
        openGroup(region, [listed, 'listed'], { on: 'TCP 3389', over: 'IPv4', key: 'ingress/tcp/3389/0.0.0.0/0' }),
        openGroup(region, [newer, 'newer'], { on: 'TCP 22', over: 'IPv6', key: 'ingress/tcp/22/::/0' }),
        openGroup(region, [everything, 'everything'], {
          on: 'all protocols',
          over: 'IPv4',
          key: 'ingress/-1/all/0.0.0.0/0',
        }),
        closedGroup(region, office),
        closedGroup(region, web),
        on('AWS::S3::Bucket', region, 'reports', [pass('s3-bucket-encrypted')]),
        on('AWS::S3::Bucket', region, 'secrets', [pass('s3-bucket-encrypted')]),
        on('AWS::RDS::DBInstance', region, 'kept', [pass(RETENTION)]),
        on('AWS::RDS::DBInstance', region, 'forgotten', [
          fail(RETENTION, 'DB instance forgotten keeps no automated backups.', [
            { key: 'disabled', message: 'The database keeps no automated backups.' },
          ]),
        ]),
        on('AWS::RDS::DBInstance', region, 'kept-replica', [
          notApplicable(RETENTION, 'DB instance kept-replica is a read replica of kept, which is what is backed up.'),
        ]),
      ].flat();
    });
  };

  const virginia = async (): Promise<Evaluation[]> => {
    const region = 'us-east-1';
    return building({ endpoint: moto().url, region }, async (site) => {
      const usual = await site.defaultGroup();
      const half = await site.instance({ tags: { ...SOUND, Owner: ' ' }, encrypted: true });
      await site.bucket('old', null);
      await site.cluster('orders', 3);
      await site.database('orders-1', { cluster: 'orders', engine: 'aurora-mysql' });
      return [
        on('AWS::EC2::Instance', region, half.id, [
          pass(APPROVED),
          pass(NO_PUBLIC_IP),
          fail(TAGS, `Instance ${half.id} lacks the tag Owner.`, [
            { key: 'missing/Owner', message: 'The tag Owner is missing: its value is blank.' },
          ]),
        ]),
        volume(region, half.rootVolume, { encrypted: true }),
        closedGroup(region, usual),
        on('AWS::S3::Bucket', region, 'old', [
          fail('s3-bucket-encrypted', 'Bucket old has no default encryption.', [
            { key: 'unencrypted', message: 'The bucket has no default encryption.' },
          ]),
        ]),
        on('AWS::RDS::DBCluster', region, 'orders', [
          fail(RETENTION, 'DB cluster orders keeps automated backups for 3 days, not for 7 days.', [
            { key: 'too-short', message: 'The database keeps automated backups for 3 days, not for 7 days.' },
          ]),
        ]),
        on('AWS::RDS::DBInstance', region, 'orders-1', [
          notApplicable(RETENTION, 'DB instance orders-1 is judged at its cluster, orders.'),
        ]),
      ].flat();
    });
  };

  it('gives the whole document, every verdict on every resource of two regions', async () => {
    const expected = inOrder([...(await ireland()), ...(await virginia())]);
    writeFileSync(path('compliancectl.yaml'), SETTINGS);
    const { stdout, stderr, exitCode } = await runCli({
      args: ['scan', '--local', '--json', '-r', 'us-east-1,eu-west-1', '--include', 'pass,not-applicable'],
      env: awsAt(moto().url),
      cwd: path(),
    });

    const { scan_id: _id, report_timestamp: _time, ...document } = JSON.parse(stdout) as ScanDocument;
    expect(document).to.deep.equal({
      schema: 'compliancectl.scan/1',
      environment: 'dev',
      source: 'live',
      complete: true,
      accounts: [ACCOUNT],
      regions: ['eu-west-1', 'us-east-1'],
      summary: {
        total_resources: 27,
        total_evaluations: 37,
        compliant: 18,
        non_compliant: 14,
        not_applicable: 5,
        unknown: 0,
        waived: 0,
        compliance_percentage: 56.25,
        evaluated_percentage: 100,
        // Of 24 that were judged, 12 break no rule.
        score: 50,
      },
      by_resource_type: tally(expected, 'resource_type'),
      by_rule: tally(expected, 'rule_id'),
      by_severity: tally(expected, 'severity'),
      by_category: tally(expected, 'category'),
      by_region: tally(expected, 'region'),
      by_account: tally(expected, 'account_id'),
      by_instance_type: {
        'm5.large': counts({ total: 1, non_compliant: 1 }),
        't3.micro': counts({ total: 4, compliant: 1, non_compliant: 2, not_applicable: 1 }),
      },
      waivers: [],
      gaps: [],
      evaluations: expected,
    });
    expect({ stderr, exitCode }).to.deep.equal({ stderr: 'The score 50 is below the threshold of 80.\n', exitCode: 1 });
  });
});
