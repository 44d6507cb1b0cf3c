/** The document of `optimize --waste`: what `--json` prints. Its keys are a public contract. */
import type { OptimizeDocument, OptimizeSaving } from './optimize-document.ts';

export interface WasteDocument {
  readonly schema: 'compliancectl.waste/1';
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly account_id: string;
  readonly region: string;
  /** By what they save, the most first; those whose saving is not known last. Log groups that save the same: the largest first. */
  readonly rows: readonly WasteRow[];
  /** Every kind, those of which nothing was found too. */
  readonly kinds: readonly {
    readonly what: WasteRow['what'];
    readonly rows: number;
    readonly monthly_usd: number;
    /** Rows whose saving is not known, and not in it. */
    readonly unknown: number;
  }[];
  readonly total: OptimizeDocument['total'];
  /** Volumes of gp2 that are no rows: gp3 with the same performance costs as much, or more. */
  readonly gp2_kept: {
    readonly volumes: number;
    /** What they would save a month with the performance that gp3 includes. */
    readonly monthly_usd: number;
    readonly volume_ids: readonly string[];
  };
  readonly gaps: OptimizeDocument['gaps'];
  /** True where something could not be read. */
  readonly incomplete: boolean;
}

export interface WasteRow {
  readonly what: 'unattached-volume' | 'gp2-volume' | 'idle-address' | 'log-group-without-retention';
  readonly resource_type: string;
  readonly resource_id: string;
  /** Its tag Name. */
  readonly resource_name: string | null;
  readonly resource_arn: string;
  /** What it is: `100 GiB gp2, created 2025-03-01`. */
  readonly details: string;
  /** When it was made, ISO 8601, UTC; null where AWS does not say. */
  readonly since: string | null;
  /** What to do, a sentence. */
  readonly advice: string;
  /** How to do it, in one shell: each when the one before has succeeded. */
  readonly commands: readonly string[];
  readonly cautions: readonly string[];
  readonly saving: OptimizeSaving;
}
