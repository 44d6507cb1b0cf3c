/** The scan document: what `--json` prints and what is stored. Keys are added, never renamed. */
import type { BaselineSummary } from './baseline.ts';
import type { Totals } from './evaluate.ts';
import type { Evaluation, Gap } from './evaluation.ts';
import type { WaiverUse } from './waivers.ts';

export const SCAN_SCHEMA = 'compliancectl.scan/1';

export interface ScanDocument extends ScanHead {
  /** Sorted by account, region, type, id, rule. Last, so that a reader may stop before it. */
  readonly evaluations: readonly Evaluation[];
}

/** Everything in the document but its evaluations. */
export interface ScanHead extends Totals {
  readonly schema: typeof SCAN_SCHEMA;
  readonly scan_id: string;
  /** ISO 8601, UTC: as of when the estate was judged. For a snapshot, when it was collected. */
  readonly report_timestamp: string;
  readonly environment: string;
  readonly source: 'live' | 'snapshot' | 'lambda' | 'event' | 'config';
  /** False where a deadline or an interruption cut the scan short. */
  readonly complete: boolean;
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** How every waiver of the configuration fared. */
  readonly waivers: readonly WaiverUse[];
  /** The comparison with an earlier scan, where one was asked for. */
  readonly baseline?: BaselineSummary;
  readonly gaps: readonly Gap[];
}

/** A scan as the renderers take it: its evaluations apart, so that they need not be held as one document. */
export interface Scan {
  readonly head: ScanHead;
  /** In the document's order. */
  readonly evaluations: readonly Evaluation[];
}
