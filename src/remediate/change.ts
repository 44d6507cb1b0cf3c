/** What a plan is made of: findings, what became of each, and the changes that mend them. */
import type { Severity } from '../engine/verdict.ts';
import type { MendedRule } from './settings.ts';
import type { State } from './state.ts';

export const ACTION_IDS = [
  's3-default-encryption',
  'ebs-default-encryption',
  'ec2-required-tags',
  'ec2-security-group-world-rules',
  'rds-backup-retention',
] as const;
export type ActionId = (typeof ACTION_IDS)[number];

/** A setting of a whole account and region. CloudFormation has no name for it; this one is ours. */
export const EBS_DEFAULT = 'AWS::EC2::EbsEncryptionByDefault';

/** What is looked at or changed. */
export interface Target {
  readonly arn: string;
  readonly id: string;
  /** CloudFormation's name, or `EBS_DEFAULT`. */
  readonly type: string;
  readonly accountId: string;
  readonly region: string;
}

/** A failure that a scan found, however long ago. */
export interface Finding {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly target: Target;
  readonly message: string;
}

/** A finding of a rule that is mended here. */
export interface Candidate extends Finding {
  readonly ruleId: MendedRule;
}

export interface Change {
  readonly rule: MendedRule;
  readonly action: ActionId;
  readonly resource: Target;
  readonly before: State;
  readonly after: State;
  /** The IAM actions that it takes. */
  readonly permissions: readonly string[];
  /** Why: what the rule says of the resource now. */
  readonly reason: string;
  /** False where undoing it would not bring back everything. */
  readonly reversible: boolean;
  /** What to know before it is made, each a sentence. */
  readonly cautions: readonly string[];
}

export type SkipReason =
  /** The settings say nothing of the rule. */
  | 'off'
  /** Nothing here mends that rule. */
  | 'no-action'
  | 'waived'
  | 'exempt'
  | 'dry-run'
  /** The rule no longer fails there. */
  | 'already'
  /** The resource is not there any more, or on its way out. */
  | 'gone'
  /** Its state could not be read, or does not settle the matter. */
  | 'unreadable'
  /** The settings lack a value that the change needs. */
  | 'needs-parameter'
  /** Only people can mend it. */
  | 'by-hand'
  | 'irreversible'
  | 'limit'
  /** Another finding leads to the same change. */
  | 'duplicate';

export interface Skipped {
  readonly rule: string;
  readonly resource: Target;
  readonly why: SkipReason;
  /** The same in a sentence. */
  readonly message: string;
  /** What would have been changed, where it came so far. */
  readonly change?: Change;
}

export interface RemediationPlan {
  /** In the order in which they are made: worst first. */
  readonly changes: readonly Change[];
  readonly skipped: readonly Skipped[];
}
