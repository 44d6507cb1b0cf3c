/** The scan record: what is stored beside the scan document for those who read instances alone (S1-4). */
import type { Scan } from '../engine/scan-document.ts';
import type { InstanceResult } from '../engine/score.ts';

export interface ScanRecord {
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly scanId: string;
  readonly totalInstances: number;
  readonly compliantInstances: number;
  readonly nonCompliantInstances: number;
  /** Two decimals; `null` where no instance was judged: neither 0.00 nor 100.00 would be true. */
  readonly compliancePercentage: string | null;
  readonly results: readonly InstanceRecord[];
}

export interface InstanceRecord {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly accountId: string;
  readonly region: string;
  /** False where the instance, one of its volumes or one of its security groups breaks a rule. */
  readonly compliant: boolean;
  /** What is wrong with the instance itself. */
  readonly violations: readonly { readonly ruleId: string; readonly message: string }[];
}

/** @param instances every judged instance, with what is attached to it */
export function scanRecord({ head, evaluations }: Scan, instances: Iterable<InstanceResult>): ScanRecord {
  const failures = Map.groupBy(
    evaluations.filter(({ status, resource_type: type }) => status === 'FAIL' && type === 'AWS::EC2::Instance'),
    ({ account_id: accountId, region, resource_id: id }) => keyOf({ accountId, region, id }),
  );
  const results = [...instances]
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .map((instance): InstanceRecord => ({
      instanceId: instance.id,
      instanceType: instance.instanceType,
      accountId: instance.accountId,
      region: instance.region,
      compliant: instance.compliant,
      violations: (failures.get(keyOf(instance)) ?? []).map(({ rule_id: ruleId, message }) => ({ ruleId, message })),
    }));
  const compliant = results.filter((result) => result.compliant).length;
  return {
    timestamp: head.report_timestamp,
    scanId: head.scan_id,
    totalInstances: results.length,
    compliantInstances: compliant,
    nonCompliantInstances: results.length - compliant,
    compliancePercentage: results.length === 0 ? null : ((100 * compliant) / results.length).toFixed(2),
    results,
  };
}

function keyOf({ accountId, region, id }: Pick<InstanceResult, 'accountId' | 'region' | 'id'>): string {
  return `${accountId}/${region}/${id}`;
}
