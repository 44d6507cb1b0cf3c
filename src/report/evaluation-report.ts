/** The report over the history: the latest result of every rule on every resource, counted and listed (S2-6). */
import { compareText } from '../engine/compare-text.ts';
import type { Evaluation } from '../engine/evaluation.ts';
import { compareEvaluations } from '../engine/evaluation.ts';
import { count, noCounts, percentage } from '../engine/score.ts';
import type { Counts } from '../engine/score.ts';
import type { CountsByKey } from './scan-digest.ts';

export const EVALUATION_REPORT_SCHEMA = 'compliancectl.evaluations/1';

/** A result as the history holds it. */
export interface StoredEvaluation extends Omit<Evaluation, 'remediation' | 'missing_permission' | 'waiver' | 'change'> {
  /** AWS Config's word for the status. */
  readonly compliance_type: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly evaluated_at: string;
  readonly scan_id: string;
}

export interface EvaluationReportHead {
  readonly schema: typeof EVALUATION_REPORT_SCHEMA;
  /** As of when: nothing later counts. */
  readonly report_timestamp: string;
  readonly environment: string;
  readonly summary: {
    readonly total_resources: number;
    readonly total_evaluations: number;
    readonly compliant: number;
    readonly non_compliant: number;
    readonly compliance_percentage: number | null;
    readonly not_applicable: number;
    readonly unknown: number;
    readonly waived: number;
  };
  readonly by_resource_type: CountsByKey;
  readonly by_rule: CountsByKey;
  /** Items of the history that are no results, and which the first of them are. */
  readonly skipped: { readonly count: number; readonly first: readonly SkippedItem[] };
}

export interface SkippedItem {
  readonly name: string;
  readonly message: string;
}

/** With its evaluations apart, as `renderJson` takes it. */
export interface EvaluationReport {
  readonly head: EvaluationReportHead;
  readonly evaluations: readonly StoredEvaluation[];
}

/** Items that are named; the others are counted. */
const NAMED = 20;

/** Takes the history in any order, and holds the latest result of each rule on each resource. */
export class LatestEvaluations {
  readonly #asOf: string;
  readonly #latest = new Map<string, StoredEvaluation>();
  #skipped: EvaluationReportHead['skipped'] = { count: 0, first: [] };

  /** @param asOf ISO 8601 with milliseconds, UTC: what was evaluated later does not count */
  constructor(asOf: string) {
    this.#asOf = asOf;
  }

  add(evaluation: StoredEvaluation): void {
    if (evaluation.evaluated_at > this.#asOf) return;
    const key = `${evaluation.resource_arn}\n${evaluation.rule_id}`;
    const known = this.#latest.get(key);
    if (known === undefined || isLater(evaluation, known)) this.#latest.set(key, evaluation);
  }

  /** Counts an item that is no result. */
  skip(item: SkippedItem): void {
    const { count, first } = this.#skipped;
    const named = [...first, item].toSorted((a, b) => compareText(a.name, b.name)).slice(0, NAMED);
    this.#skipped = { count: count + 1, first: named };
  }

  /** Beside the report, how many scans its results are of. */
  report(environment: string): EvaluationReport & { readonly scans: number } {
    const evaluations = [...this.#latest.values()].toSorted(compareEvaluations);
    const total = noCounts();
    const byResourceType = new Map<string, Counts>();
    const byRule = new Map<string, Counts>();
    const resources = new Set<string>();
    const scans = new Set<string>();
    for (const { resource_arn: arn, resource_type: type, rule_id: rule, status, scan_id: scan } of evaluations) {
      resources.add(arn);
      scans.add(scan);
      count(total, status);
      count(countsOf(byResourceType, type), status);
      count(countsOf(byRule, rule), status);
    }
    const { compliant, non_compliant, not_applicable, unknown, waived } = total;
    const head: EvaluationReportHead = {
      schema: EVALUATION_REPORT_SCHEMA,
      report_timestamp: this.#asOf,
      environment,
      summary: {
        total_resources: resources.size,
        total_evaluations: total.total,
        compliant,
        non_compliant,
        compliance_percentage: percentage(compliant, compliant + non_compliant),
        not_applicable,
        unknown,
        waived,
      },
      by_resource_type: sorted(byResourceType),
      by_rule: sorted(byRule),
      skipped: this.#skipped,
    };
    return { head, evaluations, scans: scans.size };
  }
}

/** Of one moment there is one result; of two, from two scans, always the same is taken, whichever comes first. */
function isLater(a: StoredEvaluation, b: StoredEvaluation): boolean {
  return a.evaluated_at === b.evaluated_at ? a.scan_id > b.scan_id : a.evaluated_at > b.evaluated_at;
}

function countsOf(byKey: Map<string, Counts>, key: string): Counts {
  const counts = byKey.get(key) ?? noCounts();
  byKey.set(key, counts);
  return counts;
}

function sorted(byKey: ReadonlyMap<string, Counts>): CountsByKey {
  return Object.fromEntries([...byKey].toSorted(([a], [b]) => compareText(a, b)));
}
