/** Two scans compared: what is new, worse, unchanged, fixed, and what this scan cannot tell. */
import type { Evaluation } from './evaluation.ts';
import { SEVERITIES } from './verdict.ts';
import type { Severity } from './verdict.ts';

/** What a comparison needs of an earlier finding. */
export type EarlierFinding = Pick<
  Evaluation,
  | 'fingerprint'
  | 'rule_id'
  | 'severity'
  | 'resource_type'
  | 'resource_id'
  | 'resource_arn'
  | 'account_id'
  | 'region'
  | 'facts'
  | 'owner'
>;

/** What became of a failure since the baseline. */
export type Change = 'new' | 'worse' | 'unchanged';

/** The scan document's `baseline`. */
export interface BaselineSummary {
  /** The scan that this one is compared with. */
  readonly scan_id: string;
  readonly report_timestamp: string;
  readonly new: number;
  readonly worse: number;
  readonly unchanged: number;
  /** Failures of the baseline that were looked at again and are gone. */
  readonly fixed: readonly EarlierFinding[];
  /** Failures of the baseline whose rule, account and region were not fully evaluated again. */
  readonly not_rechecked: readonly EarlierFinding[];
}

export interface Baseline {
  readonly scanId: string;
  readonly reportTimestamp: string;
  /** The failures of that scan: what was waived then was not failing. */
  readonly failures: readonly EarlierFinding[];
}

/** Where in this scan a rule was fully evaluated. */
export type Coverage = (ruleId: string, accountId: string, region: string) => boolean;

/** Compares the failures of this scan with those of a baseline as they come. */
export class BaselineComparison {
  readonly #baseline: Baseline;
  readonly #open: Map<string, EarlierFinding>;
  readonly #undecided = new Set<string>();
  readonly #counts: Record<Change, number> = { new: 0, worse: 0, unchanged: 0 };

  constructor(baseline: Baseline) {
    this.#baseline = baseline;
    this.#open = new Map(baseline.failures.map((finding) => [finding.fingerprint, finding]));
  }

  /** The evaluation with its `change`, where it is a failure; must be given every failure, unknown and waived one. */
  compare(evaluation: Evaluation): Evaluation {
    const before = this.#open.get(evaluation.fingerprint);
    if (evaluation.status === 'UNKNOWN') this.#undecided.add(evaluation.fingerprint);
    // Waived is accepted, not mended: neither fixed nor failing.
    if (evaluation.status === 'WAIVED') this.#open.delete(evaluation.fingerprint);
    if (evaluation.status !== 'FAIL') return evaluation;
    this.#open.delete(evaluation.fingerprint);
    const change = changeSince(before, evaluation);
    this.#counts[change] += 1;
    return { ...evaluation, change };
  }

  /** The summary, when every evaluation has been compared. */
  summary(covered: Coverage): BaselineSummary {
    const fixed: EarlierFinding[] = [];
    const notRechecked: EarlierFinding[] = [];
    for (const finding of this.#open.values()) {
      const { fingerprint, rule_id: rule, account_id: account, region } = finding;
      const rechecked = !this.#undecided.has(fingerprint) && covered(rule, account, region);
      (rechecked ? fixed : notRechecked).push(finding);
    }
    return {
      scan_id: this.#baseline.scanId,
      report_timestamp: this.#baseline.reportTimestamp,
      ...this.#counts,
      fixed,
      not_rechecked: notRechecked,
    };
  }
}

/** What became of a failure, given what it was when it was last decided: `undefined` where it was none. */
export function changeSince(before: Pick<EarlierFinding, 'severity' | 'facts'> | undefined, now: Evaluation): Change {
  if (before === undefined) return 'new';
  const known = new Set(before.facts?.map(({ key }) => key));
  const moreFacts = now.facts?.some(({ key }) => !known.has(key)) === true;
  return moreFacts || weight(now.severity) > weight(before.severity) ? 'worse' : 'unchanged';
}

function weight(severity: Severity): number {
  return SEVERITIES.length - SEVERITIES.indexOf(severity);
}
