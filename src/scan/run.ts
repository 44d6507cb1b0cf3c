/** The chain from a source to an outcome: every page judged as it comes, the evaluations put in order. */
import { openAccounts, openOwnAccount } from '../aws/accounts.ts';
import { Evaluator } from '../engine/evaluate.ts';
import type { Evaluation } from '../engine/evaluation.ts';
import { BaselineComparison } from '../engine/baseline.ts';
import { compareEvaluations } from '../engine/evaluation.ts';
import type { Resource } from '../engine/model.ts';
import { SCAN_SCHEMA } from '../engine/scan-document.ts';
import type { InstanceResult } from '../engine/score.ts';
import type { Scan } from '../engine/scan-document.ts';
import { WaiverBook } from '../engine/waivers.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { openLive } from '../inventory/live.ts';
import type { Progress } from '../inventory/live.ts';
import { openSnapshot } from '../inventory/snapshot.ts';
import { apisFor, coveredBy } from './coverage.ts';
import type { ScanPlan } from './plan.ts';

export interface ScanOutcome extends Scan {
  /** False where AWS answered no listing at all. */
  readonly readable: boolean;
  /** What the score divides. */
  readonly judged: { readonly compliant: number; readonly nonCompliant: number };
  /** Every judged instance, its volumes and security groups counting for it. */
  readonly instances: () => Iterable<InstanceResult>;
}

export interface SourceSettings {
  readonly env: NodeJS.ProcessEnv;
  /** Ends the scan; what was not read by then is a gap. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Opens what the plan is to be carried out on.
 *
 * @throws UserError where the credentials are no good, or the snapshot is none
 */
export async function openSource(plan: ScanPlan, settings: SourceSettings): Promise<Inventory> {
  const { source } = plan;
  if (source.kind === 'snapshot') return openSnapshot(source.file, plan.facts);
  const { facts } = plan;
  const { homeRegion, regions, roles } = source;
  const asking = { ...settings, region: homeRegion };
  const accounts = roles.length === 0 ? [await openOwnAccount(asking)] : await openAccounts(roles, asking);
  return openLive({ ...settings, regions, homeRegion, accounts, facts });
}

/**
 * Walks an inventory to its end and judges what it holds. A snapshot is judged as of when it was collected, so that the
 * same file gives the same verdicts tomorrow.
 *
 * @param onPage sees every page as it passes: a snapshot is written there
 */
export async function runScan(
  inventory: Inventory,
  plan: ScanPlan,
  onPage?: (page: readonly Resource[]) => void,
): Promise<ScanOutcome> {
  const asOf = plan.at ?? inventory.origin?.collectedAt ?? plan.now;
  const waivers = new WaiverBook(plan.waivers, asOf);
  const evaluator = new Evaluator(plan.rules, { ...plan, waivers });
  const apis = apisFor(plan.facts);
  const comparison = plan.baseline === undefined ? undefined : new BaselineComparison(plan.baseline);
  const evaluations: Evaluation[] = [];
  for await (const page of inventory.pages()) {
    onPage?.(page);
    for (const resource of page) {
      for (const evaluation of evaluator.evaluate(resource)) {
        evaluations.push(comparison?.compare(evaluation) ?? evaluation);
      }
    }
  }
  const { gaps: allGaps, listings, complete } = inventory.coverage();
  // A snapshot may have been saved for more rules than these: what they do not ask for, they do not miss.
  const gaps = allGaps.filter(({ api }) => apis.has(api));
  return {
    head: {
      schema: SCAN_SCHEMA,
      scan_id: inventory.origin?.scanId ?? plan.scanId,
      report_timestamp: asOf.toISOString(),
      environment: plan.environment,
      source: inventory.source,
      complete,
      accounts: inventory.accounts,
      regions: inventory.regions,
      ...evaluator.totals(),
      waivers: waivers.uses({
        rules: new Set(plan.rules.map(({ rule }) => rule.id)),
        accounts: new Set(inventory.accounts),
      }),
      ...(comparison !== undefined && { baseline: comparison.summary(coveredBy(plan, inventory, { gaps, complete })) }),
      gaps,
    },
    evaluations: evaluations.toSorted(compareEvaluations),
    readable: listings > 0,
    judged: evaluator.judged(),
    instances: () => evaluator.instances(),
  };
}
