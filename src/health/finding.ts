/** What may be wrong with the parts of a stack, and how bad each is; docs/health.md has a line on every one. */
import type { Severity } from '../engine/verdict.ts';

export const CHECKS = {
  'function-missing': 'critical',
  'function-failed': 'critical',
  'function-pending': 'low',
  'function-update-failed': 'high',
  'function-errors': 'high',
  'function-only-errors': 'critical',
  'function-throttled': 'medium',
  'function-near-timeout': 'medium',
  'function-not-run': 'high',
  'function-runtime-unsupported': 'medium',
  'function-differs': 'medium',
  'function-unwired': 'high',
  'function-not-invocable': 'high',
  'queue-mapping-missing': 'critical',
  'queue-mapping-off': 'high',
  'queue-mapping-failing': 'high',
  'queue-mapping-differs': 'medium',
  'log-group-missing': 'medium',
  'log-group-retention': 'medium',
  'alarm-missing': 'high',
  'alarm-firing': 'high',
  'alarm-no-data': 'medium',
  'alarm-muted': 'high',
  'alarm-tells-nobody': 'high',
  'alarm-differs': 'medium',
  'dashboard-missing': 'low',
  'dashboard-unreadable': 'low',
  'dashboard-incomplete': 'low',
  'topic-missing': 'critical',
  'topic-encryption': 'high',
  'topic-policy': 'high',
  'subscription-missing': 'high',
  'subscription-deleted': 'high',
  'subscription-unconfirmed': 'high',
  'bucket-missing': 'critical',
  'bucket-encryption': 'high',
  'bucket-public-access': 'high',
  'bucket-not-tls-only': 'high',
  'bucket-policy': 'high',
  'bucket-versioning': 'medium',
  'bucket-lifecycle': 'medium',
  'bucket-notifications': 'high',
  'rule-missing': 'critical',
  'rule-disabled': 'high',
  'rule-differs': 'medium',
  'rule-target-missing': 'critical',
  'rule-target-differs': 'medium',
  'rule-failing': 'high',
  'queue-missing': 'high',
  'queue-has-dead-letters': 'high',
  'queue-losing-dead-letters': 'critical',
  'queue-behind': 'medium',
  'queue-differs': 'medium',
  'queue-policy': 'high',
  'table-missing': 'critical',
  'table-not-active': 'critical',
  'table-recovery-off': 'medium',
  'table-differs': 'medium',
  'key-missing': 'critical',
  'key-not-usable': 'critical',
  'key-rotation-off': 'medium',
  'recorder-missing': 'critical',
  'recorder-stopped': 'critical',
  'recorder-failing': 'high',
  'recorder-differs': 'medium',
  'delivery-channel-missing': 'critical',
  'delivery-channel-failing': 'high',
  'delivery-channel-differs': 'medium',
  'config-rule-missing': 'high',
  'config-rule-not-active': 'high',
  'config-rule-failing': 'high',
  'config-rule-differs': 'medium',
  'aggregator-missing': 'medium',
  'aggregator-failing': 'medium',
  'aggregator-differs': 'medium',
  'role-missing': 'critical',
  'role-policy-missing': 'critical',
  'role-policy-differs': 'high',
} as const satisfies Readonly<Record<string, Severity>>;

export type CheckId = keyof typeof CHECKS;

/** What to do about a finding: a sentence, and a command where there is one. */
export interface Remedy {
  readonly remedy: string;
  readonly command?: string;
}

/** One thing that is wrong with one part. */
export interface Finding extends Remedy {
  readonly check: CheckId;
  readonly severity: Severity;
  /** Which setting, address or statement it is about, where a check may find several. */
  readonly subject?: string;
  readonly problem: string;
}

export interface FindingDetails {
  readonly subject?: string;
  /** Where it weighs otherwise than usual. */
  readonly severity?: Severity;
}

export function finding(
  check: CheckId,
  problem: string,
  { remedy, command }: Remedy,
  { subject, severity = CHECKS[check] }: FindingDetails = {},
): Finding {
  return {
    check,
    severity,
    ...(subject !== undefined && { subject }),
    problem,
    remedy,
    ...(command !== undefined && { command }),
  };
}

/** What the checks know beside a part and its spec. */
export interface Checking {
  readonly now: Date;
  readonly region: string;
  /** The stack's own key, where AWS says which it is. */
  readonly keyArn?: string | undefined;
  /** What makes a part anew, or as it should be. */
  readonly redeploy: Remedy;
}

/** One setting as it should be and as it is. */
export interface Setting {
  readonly name: string;
  readonly wanted: string | number | boolean | null;
  readonly found: string | number | boolean | null;
}

/** A finding for each setting that is not as the stack's settings say. */
export function differences(
  check: CheckId,
  what: string,
  settings: readonly Setting[],
  { redeploy }: Checking,
): Finding[] {
  return settings
    .filter(({ wanted, found }) => wanted !== found)
    .map(({ name, wanted, found }) =>
      finding(check, `${what} has ${name} ${shown(found)} where the settings say ${shown(wanted)}.`, redeploy, {
        subject: name,
      }),
    );
}

function shown(value: Setting['found']): string {
  return value === null || value === '' ? '(none)' : String(value);
}

/** An argument as a shell takes it. */
export function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** An AWS CLI command in the stack's region. */
export function awsCommand(region: string, ...words: readonly string[]): string {
  return ['aws', ...words.map(quoted), '--region', region].join(' ');
}
