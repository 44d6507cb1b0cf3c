import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { fingerprint } from '../../src/engine/evaluation.ts';
import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { Resource } from '../../src/engine/model.ts';
import { ec2RequiredTags } from '../../src/engine/rules/ec2-required-tags.ts';
import { s3BucketEncrypted } from '../../src/engine/rules/s3-bucket-encrypted.ts';
import { openSource, runScan } from '../../src/scan/run.ts';
import { userErrorOf } from '../support/errors.ts';
import { chosen, inventory, live, plan } from '../support/plans.ts';
import { bucket, denied, instance, tags } from '../support/resources.ts';
import { counts, finding, gap } from '../support/scans.ts';

const bare = (id: string) => instance({ id, tags: tags({ Owner: 'ada' }) });
const owned = { tag: 'Owner', owner: 'platform', reason: 'soon', expires: '2026-12-31' };
const rules = chosen(ec2RequiredTags);

/** The finding on an instance that `bare` makes. */
function lacking(id: string, changes: Partial<Evaluation> = {}): Evaluation {
  const arn = `arn:aws:ec2:eu-west-1:111122223333:instance/${id}`;
  return finding({
    fingerprint: fingerprint('ec2-required-tags', '111122223333', 'eu-west-1', arn),
    resource_id: id,
    resource_arn: arn,
    message: `Instance ${id} lacks the tags Environment, CostCenter.`,
    facts: ['Environment', 'CostCenter'].map((key) => ({
      key: `missing/${key}`,
      message: `The tag ${key} is missing.`,
    })),
    remediation: ec2RequiredTags.remedy,
    owner: 'ada',
    ...changes,
  });
}

describe('runScan', () => {
  it('gives the whole outcome, its evaluations in order however the pages came', async () => {
    const seen: (readonly Resource[])[] = [];
    const pages = [[bare('i-2'), instance({ id: 'i-3' })], [bare('i-1')]];

    const settings = plan({ rules, environment: 'prod' });
    const { instances, ...outcome } = await runScan(inventory(pages), settings, (page) => seen.push(page));

    const all = counts({ total: 3, compliant: 1, non_compliant: 2 });
    expect(outcome).to.deep.equal({
      head: {
        schema: 'compliancectl.scan/1',
        scan_id: 'scan-1',
        report_timestamp: '2026-11-21T12:00:00.000Z',
        environment: 'prod',
        source: 'live',
        complete: true,
        accounts: ['111122223333'],
        regions: ['eu-west-1'],
        summary: {
          total_resources: 3,
          total_evaluations: 3,
          compliant: 1,
          non_compliant: 2,
          not_applicable: 0,
          unknown: 0,
          waived: 0,
          compliance_percentage: 33.33,
          evaluated_percentage: 100,
          score: 33.33,
        },
        by_resource_type: { 'AWS::EC2::Instance': all },
        by_rule: { 'ec2-required-tags': all },
        by_severity: { medium: all },
        by_category: { tagging: all },
        by_region: { 'eu-west-1': all },
        by_account: { '111122223333': all },
        by_instance_type: { 't3.micro': all },
        waivers: [],
        gaps: [],
      },
      evaluations: [lacking('i-1'), lacking('i-2')],
      readable: true,
      judged: { compliant: 1, nonCompliant: 2 },
    });
    const judged = { accountId: '111122223333', region: 'eu-west-1', instanceType: 't3.micro' };
    expect([...instances()]).to.deep.equal([
      { ...judged, id: 'i-2', compliant: false },
      { ...judged, id: 'i-3', compliant: true },
      { ...judged, id: 'i-1', compliant: false },
    ]);
    expect(seen).to.deep.equal(pages);
  });

  it('needs nobody to look at the pages', async () => {
    const { evaluations } = await runScan(inventory([[bare('i-1')]]), plan({ rules }));
    expect(evaluations).to.deep.equal([lacking('i-1')]);
  });

  it('reports what it is asked for', async () => {
    const reported = new Set(['PASS'] as const);
    const { evaluations } = await runScan(
      inventory([[bare('i-1'), instance({ id: 'i-2' })]]),
      plan({ rules, reported }),
    );
    expect(evaluations.map(({ resource_id, status }) => [resource_id, status])).to.deep.equal([['i-2', 'PASS']]);
  });

  it('judges only what carries the tags that it is asked for', async () => {
    const pages = [[bare('i-1'), instance({ id: 'i-2', tags: tags({}) })]];
    const { head } = await runScan(inventory(pages), plan({ rules, tags: ['Owner=ada'] }));
    expect(head.by_account).to.deep.equal({ '111122223333': counts({ total: 1, non_compliant: 1 }) });
  });

  describe('as of a time', () => {
    const origin = { scanId: 'scan-0', collectedAt: new Date('2026-11-16T06:00:00.000Z') };
    const saved = () => inventory([[bare('i-1')]], { source: 'snapshot', origin });
    // It ends between the day on which the snapshot was collected and the day of the scan.
    const waivers = [{ rule: 'ec2-required-tags', ...owned, expires: '2026-11-18' }];

    it('is now for live AWS, and the scan has its own id', async () => {
      const { head, evaluations } = await runScan(inventory([[bare('i-1')]]), plan({ rules, waivers }));
      expect([head.report_timestamp, head.scan_id]).to.deep.equal(['2026-11-21T12:00:00.000Z', 'scan-1']);
      expect(evaluations.map(({ status }) => status)).to.deep.equal(['FAIL']);
    });

    it('is when a snapshot was collected, and the scan has its id', async () => {
      const { head, evaluations } = await runScan(saved(), plan({ rules, waivers }));
      expect([head.source, head.report_timestamp, head.scan_id]).to.deep.equal([
        'snapshot',
        '2026-11-16T06:00:00.000Z',
        'scan-0',
      ]);
      expect(evaluations.map(({ status }) => status)).to.deep.equal(['WAIVED']);
    });

    it('is what was asked for, before all else', async () => {
      const at = new Date('2027-01-01T00:00:00.000Z');
      const { head, evaluations } = await runScan(saved(), plan({ rules, waivers, at }));
      expect([head.report_timestamp, head.scan_id]).to.deep.equal(['2027-01-01T00:00:00.000Z', 'scan-0']);
      expect(evaluations.map(({ status }) => status)).to.deep.equal(['FAIL']);
    });
  });

  it('tells how every waiver fared, those of other rules and accounts as not scanned', async () => {
    const waivers = [
      { rule: 'ec2-required-tags', ...owned },
      { rule: 's3-bucket-encrypted', ...owned },
      { rule: 'ec2-required-tags', account: '999999999999', owner: 'a', reason: 'b', expires: '2026-12-31' },
    ];
    const { head, evaluations } = await runScan(inventory([[bare('i-1')]]), plan({ rules, waivers }));
    expect(head.waivers.map(({ state, matched }) => [state, matched])).to.deep.equal([
      ['active', 1],
      ['not_scanned', 0],
      ['not_scanned', 0],
    ]);
    const { owner, reason, expires } = owned;
    expect(evaluations).to.deep.equal([lacking('i-1', { status: 'WAIVED', waiver: { owner, reason, expires } })]);
  });

  describe('compared with a baseline', () => {
    const failures = ['i-1', 'i-2', 'i-3'].map((id) => lacking(id));
    const baseline = { scanId: 'scan-0', reportTimestamp: '2026-11-14T12:00:00.000Z', failures };
    const pages = [[bare('i-1'), bare('i-4'), instance({ id: 'i-2' }), instance({ id: 'i-3' })]];
    const since = { scan_id: 'scan-0', report_timestamp: '2026-11-14T12:00:00.000Z', new: 1, worse: 0, unchanged: 1 };

    it('tells what is new and what is fixed', async () => {
      const { head, evaluations } = await runScan(inventory(pages), plan({ rules, baseline }));
      expect(head.baseline).to.deep.equal({
        ...since,
        fixed: [lacking('i-2'), lacking('i-3')],
        not_rechecked: [],
      });
      expect(evaluations.map(({ resource_id, change }) => [resource_id, change])).to.deep.equal([
        ['i-1', 'unchanged'],
        ['i-4', 'new'],
      ]);
    });

    it('calls nothing fixed where something was not seen', async () => {
      const gaps = [gap({ api: 'ec2:DescribeInstances' })];
      const { head } = await runScan(inventory(pages, { coverage: { gaps } }), plan({ rules, baseline }));
      expect(head.baseline).to.deep.equal({
        ...since,
        fixed: [],
        not_rechecked: [lacking('i-2'), lacking('i-3')],
      });
    });
  });

  it('misses only what its rules ask for', async () => {
    const instances = gap({ api: 'ec2:DescribeInstances' });
    const entry = gap({ region: 'global', api: 'sts:AssumeRole', account_id: '444455556666' });
    const coverage = { gaps: [instances, gap({ api: 's3:GetBucketEncryption' }), entry] };
    const { head } = await runScan(inventory([], { coverage }), plan({ rules }));
    expect(head.gaps).to.deep.equal([instances, entry]);
  });

  it('says where it was cut short', async () => {
    const { head } = await runScan(inventory([], { coverage: { complete: false } }), plan({ rules }));
    expect(head.complete).to.equal(false);
  });

  it('says where nothing at all was readable', async () => {
    const { readable } = await runScan(inventory([], { coverage: { listings: 0 } }), plan({ rules }));
    expect(readable).to.equal(false);
  });

  it('names the permission that would settle what is unknown', async () => {
    const pages = [[bucket({ encryption: denied('s3:GetEncryptionConfiguration') })]];
    const { evaluations } = await runScan(inventory(pages), plan({ rules: chosen(s3BucketEncrypted) }));
    expect(evaluations.map(({ status, missing_permission }) => [status, missing_permission])).to.deep.equal([
      ['UNKNOWN', 's3:GetEncryptionConfiguration'],
    ]);
  });
});

describe('openSource', () => {
  const mockSts = () => mockClient(STSClient);
  const settings = { env: {}, signal: new AbortController().signal };
  let sts: ReturnType<typeof mockSts>;
  beforeEach(() => {
    sts = mockSts();
    sts
      .on(GetCallerIdentityCommand)
      .resolves({ Account: '111122223333', Arn: 'arn:aws:sts::111122223333:assumed-role/compliance/x' });
  });
  afterEach(() => {
    sts.restore();
  });

  it('opens the account of the credentials at hand', async () => {
    const scope = live({ regions: ['us-east-1', 'eu-west-1'] });
    const { source, origin, accounts, regions } = await openSource(plan({ rules, source: scope }), settings);
    expect({ source, origin, accounts, regions }).to.deep.equal({
      source: 'live',
      origin: undefined,
      accounts: ['111122223333'],
      regions: ['eu-west-1', 'us-east-1'],
    });
  });

  it('opens every account that a role leads into, another account than was named as a gap', async () => {
    const roles = ['111122223333', '444455556666'].map((id) => ({ roleArn: `arn:aws:iam::${id}:role/compliance` }));
    const opened = await openSource(plan({ rules, source: live({ roles }) }), settings);
    expect(opened.accounts).to.deep.equal(['111122223333', '444455556666']);
    expect(opened.coverage().gaps.map(({ account_id, region }) => [account_id, region])).to.deep.equal([
      ['444455556666', 'global'],
    ]);
  });

  it('opens a snapshot without asking AWS', async () => {
    const file = 'missing.ndjson.gz';
    expect(
      await userErrorOf(() => openSource(plan({ rules, source: { kind: 'snapshot', file } }), settings)),
    ).to.include({ message: 'There is no file missing.ndjson.gz.', code: 'SNAPSHOT_MISSING' });
    expect(sts.calls()).to.have.length(0);
  });
});
