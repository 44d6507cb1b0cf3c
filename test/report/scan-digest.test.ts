import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import type { WaiverUse } from '../../src/engine/waivers.ts';
import { digestScan, merged } from '../../src/report/scan-digest.ts';
import { counts, finding, gap, head } from '../support/scans.ts';

const digest = (changes: Partial<ScanHead> = {}, evaluations: readonly Evaluation[] = []) => {
  const reader = digestScan(head(changes));
  for (const evaluation of evaluations) reader.evaluation(evaluation);
  return reader.end();
};
const summary = (changes: Partial<ScanHead['summary']>) => ({ ...head().summary, ...changes });

const use = (changes: Partial<WaiverUse> = {}): WaiverUse => ({
  rule_id: 'ec2-no-public-ip',
  scope: 'account:111122223333',
  owner: 'Ada',
  reason: 'A bastion',
  expires: '2027-03-31',
  state: 'active',
  matched: 1,
  ...changes,
});

describe('digestScan', () => {
  it('takes the counts from the head', () => {
    const by = {
      by_rule: { 'ec2-required-tags': counts({ total: 3, compliant: 2, non_compliant: 1 }) },
      by_category: { tagging: counts({ total: 3 }) },
      by_severity: { medium: counts({ total: 4 }) },
      by_resource_type: { 'AWS::EC2::Instance': counts({ total: 5 }) },
      by_instance_type: {
        't3.micro': counts({ total: 5, compliant: 3, non_compliant: 1, unknown: 1 }),
        'm7g.large': counts({ total: 2, compliant: 2 }),
      },
      waivers: [use()],
      summary: summary({ score: 83.33 }),
    };
    expect(digest({ ...by, regions: ['eu-west-1', 'eu-central-1'] })).to.deep.equal({
      totals: {
        scanId: '6f1ac1f0-4c0e-4b8a-9a52-0d6c6c1d2a11',
        time: '2026-11-03T04:05:06.789Z',
        environment: 'dev',
        complete: true,
        places: new Set(['111122223333/eu-west-1', '111122223333/eu-central-1']),
        summary: by.summary,
        judged: 6,
        instances: { compliant: 5, nonCompliant: 1 },
        byResourceType: by.by_resource_type,
        byRule: by.by_rule,
        bySeverity: by.by_severity,
        byCategory: by.by_category,
        severityOfRule: new Map(),
        unread: [],
        waivers: [use()],
      },
      critical: [],
      failing: new Map(),
      undecided: new Set(),
      waived: new Set(),
      settled: new Set(['111122223333/eu-west-1', '111122223333/eu-central-1']),
    });
  });

  it('counts judged resources: instances as the head does, others by their verdicts', () => {
    const bucket = (changes: Partial<Evaluation>) => finding({ resource_type: 'AWS::S3::Bucket', ...changes });
    const evaluations = [
      finding({ status: 'PASS' }),
      bucket({ resource_arn: 'arn:a', status: 'PASS' }),
      bucket({ resource_arn: 'arn:a', status: 'FAIL' }),
      bucket({ resource_arn: 'arn:b', status: 'FAIL' }),
      bucket({ resource_arn: 'arn:c', status: 'UNKNOWN' }),
      bucket({ resource_arn: 'arn:d', status: 'WAIVED' }),
    ];
    const found = {
      by_instance_type: { 't3.micro': counts({ compliant: 1, non_compliant: 1 }) },
      summary: summary({ total_resources: 9, compliant: 2, non_compliant: 2 }),
    };
    expect(digest(found, evaluations).totals.judged).to.equal(4);
    // A document without its passes.
    const failures = evaluations.filter(({ status }) => status !== 'PASS');
    expect(digest(found, failures).totals.judged).to.equal(9);
  });

  it('keeps critical failures, what could not be decided, and the worst severity of each rule', () => {
    const critical = finding({ severity: 'critical', fingerprint: 'a' });
    const { totals, ...rest } = digest({}, [
      finding({ severity: 'low' }),
      critical,
      finding({ severity: 'high' }),
      finding({ severity: 'critical', fingerprint: 'b', status: 'WAIVED' }),
      finding({ severity: 'critical', fingerprint: 'c', status: 'UNKNOWN' }),
      finding({ severity: 'high', fingerprint: 'd', status: 'UNKNOWN', rule_id: 'other' }),
    ]);
    const { severity: _, category: _1, status: _2, remediation: _3, ...kept } = critical;
    const scope = { rule: 'ec2-required-tags', place: '111122223333/eu-west-1' };
    expect(rest).to.deep.equal({
      critical: [kept],
      failing: new Map([
        [finding().fingerprint, scope],
        ['a', scope],
      ]),
      undecided: new Set(['c', 'd']),
      waived: new Set(['b']),
      settled: new Set(['111122223333/eu-west-1']),
    });
    expect(totals.severityOfRule).to.deep.equal(new Map([['ec2-required-tags', 'critical']]));
  });

  it('calls nothing settled where a call gave nothing, or the scan was cut short', () => {
    const regions = ['eu-west-1', 'eu-central-1'];
    expect(digest({ regions, gaps: [gap()] }).settled).to.deep.equal(new Set(['111122223333/eu-central-1']));
    expect(digest({ regions, gaps: [gap({ region: 'global' })] }).settled).to.deep.equal(new Set());
    expect(digest({ regions, gaps: [gap({ region: 'global', account_id: '444455556666' })] }).settled.size).to.equal(2);
    expect(digest({ regions, complete: false }).settled).to.deep.equal(new Set());
  });

  it('groups gaps by call and reason', () => {
    const gaps = [
      gap(),
      gap({ region: 'eu-central-1', calls: 3 }),
      gap({ reason: 'denied', permission: 'ec2:DescribeInstances' }),
    ];
    expect(digest({ gaps }).totals.unread).to.deep.equal([
      { api: 'ec2:DescribeInstances', reason: 'throttled', calls: 4, places: 2 },
      { api: 'ec2:DescribeInstances', reason: 'denied', permission: 'ec2:DescribeInstances', calls: 1, places: 1 },
    ]);
  });
});

describe('merged', () => {
  const shard = (region: string, changes: Partial<ScanHead> = {}, evaluations: readonly Evaluation[] = []) =>
    digest({ scan_id: 's', regions: [region], ...changes }, evaluations).totals;

  it('adds what two shards counted, and divides anew', () => {
    const one = shard(
      'eu-west-1',
      {
        report_timestamp: '2026-11-20T06:00:01.000Z',
        summary: {
          total_resources: 3,
          total_evaluations: 6,
          compliant: 2,
          non_compliant: 1,
          not_applicable: 1,
          unknown: 1,
          waived: 1,
          compliance_percentage: 66.67,
          evaluated_percentage: 80,
          score: 66.67,
        },
        by_instance_type: { 't3.micro': counts({ compliant: 2, non_compliant: 1 }) },
        by_rule: { a: counts({ total: 3, compliant: 2, non_compliant: 1 }), b: counts({ total: 3, waived: 1 }) },
        gaps: [gap()],
        waivers: [use({ state: 'unused', matched: 0 }), use({ rule_id: 'old', state: 'expired', matched: 2 })],
      },
      [finding({ severity: 'low', rule_id: 'a' }), finding({ status: 'PASS' }), finding({ status: 'PASS' })],
    );
    const two = shard(
      'eu-central-1',
      {
        report_timestamp: '2026-11-20T06:00:00.000Z',
        complete: false,
        summary: {
          total_resources: 1,
          total_evaluations: 1,
          compliant: 0,
          non_compliant: 1,
          not_applicable: 0,
          unknown: 0,
          waived: 0,
          compliance_percentage: 0,
          evaluated_percentage: 100,
          score: 0,
        },
        by_instance_type: { 't3.micro': counts({ non_compliant: 1 }) },
        by_rule: { a: counts({ total: 1, non_compliant: 1 }), A: counts({ total: 1 }) },
        gaps: [gap({ region: 'eu-central-1', calls: 2 }), gap({ api: 's3:ListBuckets' })],
        waivers: [use({ matched: 3 }), use({ rule_id: 'old', state: 'not_scanned', matched: 0 })],
      },
      [finding({ severity: 'high', rule_id: 'a' })],
    );
    const expected = {
      scanId: 's',
      time: '2026-11-20T06:00:00.000Z',
      environment: 'dev',
      complete: false,
      places: new Set(['111122223333/eu-west-1', '111122223333/eu-central-1']),
      summary: {
        total_resources: 4,
        total_evaluations: 7,
        compliant: 2,
        non_compliant: 2,
        not_applicable: 1,
        unknown: 1,
        waived: 1,
        compliance_percentage: 50,
        evaluated_percentage: 83.33,
        score: 50,
      },
      judged: 4,
      instances: { compliant: 2, nonCompliant: 2 },
      byResourceType: {},
      byRule: {
        A: counts({ total: 1 }),
        a: counts({ total: 4, compliant: 2, non_compliant: 2 }),
        b: counts({ total: 3, waived: 1 }),
      },
      bySeverity: {},
      byCategory: {},
      severityOfRule: new Map([['a', 'high']]),
      unread: [
        { api: 'ec2:DescribeInstances', reason: 'throttled', calls: 3, places: 2 },
        { api: 's3:ListBuckets', reason: 'throttled', calls: 1, places: 1 },
      ],
      waivers: [use({ matched: 3 }), use({ rule_id: 'old', state: 'expired', matched: 2 })],
    };
    expect(merged(one, two)).to.deep.equal(expected);
    const other = merged(two, one);
    expect(other.summary).to.deep.equal(expected.summary);
    expect(other.time).to.equal(expected.time);
    expect(Object.keys(other.byRule)).to.deep.equal(['A', 'a', 'b']);
  });

  it('has no score where nothing was judged', () => {
    expect(merged(shard('eu-west-1'), shard('eu-central-1')).summary.score).to.equal(null);
  });
});
