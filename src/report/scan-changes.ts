/** The findings of the latest scan, and what became of those of the scan before. */
import { BaselineComparison } from '../engine/baseline.ts';
import type { EarlierFinding } from '../engine/baseline.ts';
import { compareText } from '../engine/compare-text.ts';
import { compareEvaluations } from '../engine/evaluation.ts';
import type { Evaluation } from '../engine/evaluation.ts';
import type { ScanHead } from '../engine/scan-document.ts';
import { settledIn } from './scan-digest.ts';

/** How many failures became what. */
interface ChangeCounts {
  /** Failures that it did not have. */
  readonly new: number;
  /** Failures of both scans. */
  readonly still_open: number;
  /** Those of them that have become heavier, or fail in a further way. */
  readonly worse: number;
  /** Failures that were looked at again and are gone. */
  readonly resolved: number;
  /** Failures that nobody could look at again: they are neither open nor resolved. */
  readonly not_rechecked: number;
}

/** What became of failures since an earlier scan. */
export interface ScanChanges extends ChangeCounts {
  readonly since: { readonly scan_id: string; readonly report_timestamp: string };
  /** By the tag `Owner` of what fails, those with the most open ones first; `null` where it is not known. */
  readonly by_owner: readonly OwnerChanges[];
  readonly resolved_findings: readonly ResolvedFinding[];
}

export interface OwnerChanges extends ChangeCounts {
  readonly owner: string | null;
}

export type ResolvedFinding = Omit<EarlierFinding, 'facts'>;

export interface ScanFindings {
  /** What fails, is unknown or is waived, in the order of every document; failures with their `change`. */
  readonly evaluations: readonly Evaluation[];
  /** `null` where there is no earlier scan. */
  readonly changes: ScanChanges | null;
}

/** The scan that the latest one is compared with. */
export interface EarlierScan {
  readonly scanId: string;
  readonly time: string;
  readonly failures: readonly EarlierFinding[];
}

/** Takes the documents of the latest scan, one after another. */
export class FindingsCollector {
  readonly #comparison: BaselineComparison | undefined;
  readonly #evaluations: Evaluation[] = [];
  readonly #settled = new Set<string>();
  readonly #rules = new Set<string>();
  #documents = 0;

  constructor(earlier: EarlierScan | undefined) {
    this.#comparison =
      earlier &&
      new BaselineComparison({ scanId: earlier.scanId, reportTimestamp: earlier.time, failures: earlier.failures });
  }

  /** Begins a document, which counts when it has proved to be whole: until then it may be begun anew. */
  read(head: ScanHead): { evaluation(evaluation: Evaluation): void; end(): undefined } {
    const evaluations: Evaluation[] = [];
    return {
      evaluation: (evaluation) => {
        const { status } = evaluation;
        if (status !== 'PASS' && status !== 'NOT_APPLICABLE') evaluations.push(evaluation);
      },
      end: () => {
        this.#documents += 1;
        for (const place of settledIn(head)) this.#settled.add(place);
        for (const rule of Object.keys(head.by_rule)) this.#rules.add(rule);
        for (const evaluation of evaluations)
          this.#evaluations.push(this.#comparison?.compare(evaluation) ?? evaluation);
      },
    };
  }

  findings(): ScanFindings {
    const sorted = this.#documents < 2 ? this.#evaluations : this.#evaluations.toSorted(compareEvaluations);
    return { evaluations: sorted, changes: this.#changes() };
  }

  #changes(): ScanChanges | null {
    if (this.#comparison === undefined) return null;
    const summary = this.#comparison.summary(
      (rule, account, region) => this.#rules.has(rule) && this.#settled.has(`${account}/${region}`),
    );
    const { fixed, not_rechecked: unseen } = summary;
    return {
      since: { scan_id: summary.scan_id, report_timestamp: summary.report_timestamp },
      new: summary.new,
      still_open: summary.unchanged + summary.worse,
      worse: summary.worse,
      resolved: fixed.length,
      not_rechecked: unseen.length,
      by_owner: byOwner(this.#evaluations, { fixed, unseen }),
      resolved_findings: fixed.map(({ facts: _facts, ...finding }) => finding).toSorted(compareEvaluations),
    };
  }
}

function byOwner(
  evaluations: readonly Evaluation[],
  { fixed, unseen }: { readonly fixed: readonly EarlierFinding[]; readonly unseen: readonly EarlierFinding[] },
): OwnerChanges[] {
  const owners = new Map<string | null, { -readonly [Key in keyof ChangeCounts]: number }>();
  const countsOf = ({ owner = null }: { readonly owner?: string | null }) => {
    const counts = owners.get(owner) ?? { new: 0, still_open: 0, worse: 0, resolved: 0, not_rechecked: 0 };
    owners.set(owner, counts);
    return counts;
  };
  for (const evaluation of evaluations) {
    const { change } = evaluation;
    if (change === undefined) continue;
    const counts = countsOf(evaluation);
    counts[change === 'new' ? 'new' : 'still_open'] += 1;
    if (change === 'worse') counts.worse += 1;
  }
  for (const finding of fixed) countsOf(finding).resolved += 1;
  for (const finding of unseen) countsOf(finding).not_rechecked += 1;
  return [...owners]
    .map(([owner, counts]) => ({ owner, ...counts }))
    .toSorted((a, b) => open(b) - open(a) || compareText(a.owner ?? '', b.owner ?? ''));
}

function open({ new: fresh, still_open: still }: ChangeCounts): number {
  return fresh + still;
}
