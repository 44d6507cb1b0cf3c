import { expect } from 'chai';

import type { InstanceResult } from '../../src/engine/score.ts';
import { scanRecord } from '../../src/report/scan-record.ts';
import { finding, head } from '../support/scans.ts';

const ACCOUNT = '111122223333';
const instance = (id: string, compliant: boolean, changes: Partial<InstanceResult> = {}): InstanceResult => ({
  accountId: ACCOUNT,
  region: 'eu-west-1',
  id,
  instanceType: 't3.micro',
  compliant,
  ...changes,
});

describe('the scan record', () => {
  it('lists every judged instance, with what is wrong with it (S1-4)', () => {
    const evaluations = [
      finding({ resource_id: 'i-1', status: 'FAIL', message: 'Instance i-1 lacks the tag Owner.' }),
      finding({ resource_id: 'i-1', status: 'FAIL', rule_id: 'ec2-no-public-ip', message: 'Instance i-1 is public.' }),
      finding({ resource_id: 'i-2', status: 'PASS' }),
      finding({ resource_id: 'i-2', status: 'WAIVED', rule_id: 'ec2-no-public-ip' }),
      finding({ resource_id: 'i-2', status: 'UNKNOWN', rule_id: 'ec2-approved-type' }),
      finding({ resource_id: 'i-3', status: 'NOT_APPLICABLE' }),
    ];
    const scan = { head: head({ scan_id: 'scan-1', report_timestamp: '2026-11-21T06:00:00.000Z' }), evaluations };
    expect(scanRecord(scan, [instance('i-1', false), instance('i-2', true)])).to.deep.equal({
      timestamp: '2026-11-21T06:00:00.000Z',
      scanId: 'scan-1',
      totalInstances: 2,
      compliantInstances: 1,
      nonCompliantInstances: 1,
      compliancePercentage: '50.00',
      results: [
        {
          instanceId: 'i-1',
          instanceType: 't3.micro',
          accountId: ACCOUNT,
          region: 'eu-west-1',
          compliant: false,
          violations: [
            { ruleId: 'ec2-required-tags', message: 'Instance i-1 lacks the tag Owner.' },
            { ruleId: 'ec2-no-public-ip', message: 'Instance i-1 is public.' },
          ],
        },
        {
          instanceId: 'i-2',
          instanceType: 't3.micro',
          accountId: ACCOUNT,
          region: 'eu-west-1',
          compliant: true,
          violations: [],
        },
      ],
    });
  });

  it('has no violation where what is attached to an instance fails, and not the instance', () => {
    const evaluations = [
      finding({ resource_id: 'i-1', status: 'PASS' }),
      finding({ resource_id: 'vol-1', resource_type: 'AWS::EC2::Volume', status: 'FAIL' }),
      finding({ resource_id: 'i-1', resource_type: 'AWS::EC2::Volume', status: 'FAIL' }),
    ];
    const { results, nonCompliantInstances } = scanRecord({ head: head(), evaluations }, [instance('i-1', false)]);
    expect(nonCompliantInstances).to.equal(1);
    expect(results.map(({ compliant, violations }) => ({ compliant, violations }))).to.deep.equal([
      { compliant: false, violations: [] },
    ]);
  });

  it('keeps instances of one id in several accounts and regions apart, and is sorted by account, region and id', () => {
    const evaluations = [finding({ resource_id: 'i-1', region: 'us-east-1' })];
    const { results } = scanRecord({ head: head(), evaluations }, [
      instance('i-2', true),
      instance('i-1', false, { region: 'us-east-1' }),
      instance('i-1', true, { accountId: '000011112222', region: 'us-east-1' }),
      instance('i-1', true),
    ]);
    expect(
      results.map(({ accountId, region, instanceId, violations }) => [
        accountId,
        region,
        instanceId,
        violations.length,
      ]),
    ).to.deep.equal([
      ['000011112222', 'us-east-1', 'i-1', 0],
      [ACCOUNT, 'eu-west-1', 'i-1', 0],
      [ACCOUNT, 'eu-west-1', 'i-2', 0],
      [ACCOUNT, 'us-east-1', 'i-1', 1],
    ]);
  });

  it('has its share as a text with two decimals', () => {
    const share = (compliant: number, failing: number) =>
      scanRecord({ head: head(), evaluations: [] }, [
        ...Array.from({ length: compliant }, (_, index) => instance(`i-${index}`, true)),
        ...Array.from({ length: failing }, (_, index) => instance(`i-f${index}`, false)),
      ]).compliancePercentage;
    expect([share(2, 1), share(0, 3), share(3, 0)]).to.deep.equal(['66.67', '0.00', '100.00']);
  });

  it('is a normal one without an instance', () => {
    const { scan_id: scanId, report_timestamp: timestamp } = head();
    expect(scanRecord({ head: head(), evaluations: [] }, [])).to.deep.equal({
      timestamp,
      scanId,
      totalInstances: 0,
      compliantInstances: 0,
      nonCompliantInstances: 0,
      compliancePercentage: null,
      results: [],
    });
  });
});
