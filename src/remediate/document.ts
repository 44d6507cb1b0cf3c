/** What a run gives those who asked for it. Keys are added, never renamed. */
import type { AuditStore } from './audit.ts';
import type { RemediationPlan } from './change.ts';
import type { ChangeResult } from './run.ts';
import type { State } from './state.ts';
import type { UndoResult } from './undo.ts';

const REMEDIATION_SCHEMA = 'compliancectl.remediation/1';
const UNDO_SCHEMA = 'compliancectl.undo/1';

/** Findings that were left alone are many where little is configured: an answer of a function holds 6 MB. */
const SKIPPED_SHOWN = 1000;

export interface RemediationDocument {
  readonly schema: typeof REMEDIATION_SCHEMA;
  readonly run_id: string;
  /** Where the audit records are, where any were written. */
  readonly audit?: string;
  readonly summary: {
    readonly verified: number;
    readonly already: number;
    readonly failed: number;
    readonly not_attempted: number;
    readonly skipped: number;
  };
  readonly results: readonly {
    readonly audit_id?: string;
    readonly rule_id: string;
    readonly resource_arn: string;
    readonly action: string;
    readonly before: State;
    readonly after: State;
    readonly outcome: ChangeResult['outcome'];
    readonly message: string;
  }[];
  /** The first thousand. */
  readonly skipped: readonly {
    readonly rule_id: string;
    readonly resource_arn: string;
    readonly why: string;
    readonly message: string;
    readonly before?: State;
    readonly after?: State;
  }[];
}

export function remediationDocument(
  { skipped }: RemediationPlan,
  results: readonly ChangeResult[],
  { runId, store }: { readonly runId: string; readonly store?: AuditStore | undefined },
): RemediationDocument {
  const count = (outcome: ChangeResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  return {
    schema: REMEDIATION_SCHEMA,
    run_id: runId,
    ...(store !== undefined && { audit: store.place }),
    summary: {
      verified: count('verified'),
      already: count('already'),
      failed: count('failed'),
      not_attempted: count('not-attempted'),
      skipped: skipped.length,
    },
    results: results.map(({ change, outcome, message, auditId }) => ({
      ...(auditId !== undefined && { audit_id: auditId }),
      rule_id: change.rule,
      resource_arn: change.resource.arn,
      action: change.action,
      before: change.before,
      after: change.after,
      outcome,
      message,
    })),
    skipped: skipped.slice(0, SKIPPED_SHOWN).map(({ rule, resource, why, message, change }) => ({
      rule_id: rule,
      resource_arn: resource.arn,
      why,
      message,
      ...(change !== undefined && { before: change.before, after: change.after }),
    })),
  };
}

export interface UndoDocument {
  readonly schema: typeof UNDO_SCHEMA;
  readonly results: readonly {
    readonly audit_id: string;
    readonly rule_id: string;
    readonly resource_arn: string;
    readonly outcome: UndoResult['outcome'];
    readonly message: string;
  }[];
}

export function undoDocument(results: readonly UndoResult[]): UndoDocument {
  return {
    schema: UNDO_SCHEMA,
    results: results.map(({ auditId, record, outcome, message }) => ({
      audit_id: auditId,
      rule_id: record.rule_id,
      resource_arn: record.resource_arn,
      outcome,
      message,
    })),
  };
}
