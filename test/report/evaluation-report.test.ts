import { expect } from 'chai';

import { LatestEvaluations } from '../../src/report/evaluation-report.ts';
import type { StoredEvaluation } from '../../src/report/evaluation-report.ts';
import { counts, finding } from '../support/scans.ts';

function stored(changes: Partial<StoredEvaluation> = {}): StoredEvaluation {
  const { remediation: _, ...evaluation } = finding();
  return {
    ...evaluation,
    compliance_type: 'NON_COMPLIANT',
    evaluated_at: '2026-11-20T06:00:00.000Z',
    scan_id: 'one',
    ...changes,
  };
}

function reportOn(evaluations: readonly StoredEvaluation[], asOf = '2026-11-21T00:00:00.000Z') {
  const latest = new LatestEvaluations(asOf);
  for (const evaluation of evaluations) latest.add(evaluation);
  return latest.report('dev');
}

describe('the report over the history (S2-6)', () => {
  it('counts the latest result of each rule on each resource, and lists it', () => {
    const before = stored({ status: 'PASS', evaluated_at: '2026-11-20T00:00:00.000Z' });
    const failing = stored();
    const passing = stored({ rule_id: 'ec2-no-public-ip', status: 'PASS', compliance_type: 'COMPLIANT' });
    const bucket = stored({
      resource_type: 'AWS::S3::Bucket',
      resource_id: 'logs',
      resource_arn: 'arn:aws:s3:::logs',
      rule_id: 's3-bucket-encrypted',
      status: 'UNKNOWN',
      scan_id: 'two',
    });
    const evaluations = [passing, failing, bucket];
    const expected = {
      scans: 2,
      head: {
        schema: 'compliancectl.evaluations/1',
        report_timestamp: '2026-11-21T00:00:00.000Z',
        environment: 'dev',
        summary: {
          total_resources: 2,
          total_evaluations: 3,
          compliant: 1,
          non_compliant: 1,
          compliance_percentage: 50,
          not_applicable: 0,
          unknown: 1,
          waived: 0,
        },
        by_resource_type: {
          'AWS::EC2::Instance': counts({ total: 2, compliant: 1, non_compliant: 1 }),
          'AWS::S3::Bucket': counts({ total: 1, unknown: 1 }),
        },
        by_rule: {
          'ec2-no-public-ip': counts({ total: 1, compliant: 1 }),
          'ec2-required-tags': counts({ total: 1, non_compliant: 1 }),
          's3-bucket-encrypted': counts({ total: 1, unknown: 1 }),
        },
        skipped: { count: 0, first: [] },
      },
      evaluations,
    };
    expect(reportOn([before, failing, passing, bucket])).to.deep.equal(expected);
    expect(reportOn([bucket, passing, failing, before])).to.deep.equal(expected);
  });

  it('counts nothing that is later than it', () => {
    const then = stored({ evaluated_at: '2026-11-20T06:00:00.000Z' });
    const later = stored({ evaluated_at: '2026-11-20T06:00:00.001Z', status: 'PASS' });
    expect(reportOn([later, then], '2026-11-20T06:00:00.000Z').evaluations).to.deep.equal([then]);
    expect(reportOn([later, then], '2026-11-20T06:00:00.001Z').evaluations).to.deep.equal([later]);
  });

  it('takes the same one of two results of one moment, whichever comes first', () => {
    const [one, two] = [stored({ scan_id: 'one' }), stored({ scan_id: 'two', status: 'PASS' })];
    expect(reportOn([one, two]).evaluations).to.deep.equal([two]);
    expect(reportOn([two, one]).evaluations).to.deep.equal([two]);
  });

  it('has no percentage where nothing was decided', () => {
    const { head, evaluations } = reportOn([]);
    expect(head.summary).to.deep.equal({
      total_resources: 0,
      total_evaluations: 0,
      compliant: 0,
      non_compliant: 0,
      compliance_percentage: null,
      not_applicable: 0,
      unknown: 0,
      waived: 0,
    });
    expect(evaluations).to.deep.equal([]);
  });

  it('counts items that are no results, and names the first twenty of them', () => {
    const latest = new LatestEvaluations('2026-11-21T00:00:00.000Z');
    const items = Array.from({ length: 25 }, (_, index) => ({
      name: `item ${10 + index}`,
      message: 'rule_id: missing',
    }));
    for (const item of items.toReversed()) latest.skip(item);
    expect(latest.report('dev').head.skipped).to.deep.equal({ count: 25, first: items.slice(0, 20) });
  });
});
