/** The scan document's parts: its keys are a public contract. Keys are added, never renamed. */
import crypto from 'node:crypto';

import { compareText } from './compare-text.ts';
import type { GapReason } from './model.ts';
import type { Category, FailureFact, Severity } from './verdict.ts';
import type { WaiverNote } from './waivers.ts';

export type Status = 'PASS' | 'FAIL' | 'NOT_APPLICABLE' | 'UNKNOWN' | 'WAIVED';

/** One rule's verdict on one resource. */
export interface Evaluation {
  readonly fingerprint: string;
  readonly rule_id: string;
  readonly severity: Severity;
  readonly category: Category;
  /** One of our types; of a rule that is AWS Config's own, any of Config's. */
  readonly resource_type: string;
  readonly resource_id: string;
  readonly resource_arn: string;
  readonly account_id: string;
  readonly region: string;
  readonly status: Status;
  readonly message: string;
  readonly facts?: readonly FailureFact[];
  readonly remediation?: string;
  readonly missing_permission?: string;
  readonly waiver?: WaiverNote;
  /** The resource's tag `Owner`, of what fails, is unknown or is waived, where a rule needs the tags of its type. */
  readonly owner?: string;
  /** What became of a failure since the baseline, where there is one. */
  readonly change?: 'new' | 'worse' | 'unchanged';
}

/** A call that gave nothing, and so a part of the estate that was not seen. */
export interface Gap {
  readonly account_id: string;
  /** The region asked, or `global` where the whole account is concerned. */
  readonly region: string;
  /** Service and operation: `ec2:DescribeInstances`. */
  readonly api: string;
  /** The IAM action that was refused, where access was denied. */
  readonly permission?: string;
  readonly reason: GapReason;
  readonly message: string;
  /** How many calls failed this way; `message` is that of one of them. */
  readonly calls: number;
}

/**
 * Identifies a finding from scan to scan: 128 bits in hexadecimal, of the rule, account, region and resource and of
 * nothing else, so that neither its message nor its status changes it.
 */
export function fingerprint(ruleId: string, accountId: string, region: string, resourceArn: string): string {
  return crypto.hash('sha256', `${ruleId}\n${accountId}\n${region}\n${resourceArn}`, 'hex').slice(0, 32);
}

type Placed = Pick<Evaluation, 'account_id' | 'region' | 'resource_type' | 'resource_id' | 'rule_id'>;

/** The order of evaluations in every document: account, region, type, id, rule, each by code unit. */
export function compareEvaluations(a: Placed, b: Placed): number {
  return (
    compareText(a.account_id, b.account_id) ||
    compareText(a.region, b.region) ||
    compareText(a.resource_type, b.resource_type) ||
    compareText(a.resource_id, b.resource_id) ||
    compareText(a.rule_id, b.rule_id)
  );
}

/** The order of gaps: account, region, API, reason. */
export function compareGaps(a: Gap, b: Gap): number {
  return (
    compareText(a.account_id, b.account_id) ||
    compareText(a.region, b.region) ||
    compareText(a.api, b.api) ||
    compareText(a.reason, b.reason)
  );
}
