/** Where a scan saw all that a rule goes by: only there may a finding that is gone be called fixed. */
import type { Coverage as Covered } from '../engine/baseline.ts';
import type { Gap } from '../engine/evaluation.ts';
import { factsNeeded } from '../engine/needs.ts';
import { callsNeeded } from '../inventory/calls.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { GLOBAL } from '../inventory/live.ts';
import type { ScanPlan } from './plan.ts';

/** What the scan did not see. */
interface Seen {
  readonly gaps: readonly Gap[];
  readonly complete: boolean;
}

/**
 * A rule is fully evaluated in an account and region when it was part of the scan, both were read, the scan was not cut
 * short, and no call that its facts take left a gap there or in the whole account. Nowhere is, where only resources with
 * some tags were judged: what was left out is not mended.
 */
export function coveredBy(
  { rules, tags }: Pick<ScanPlan, 'rules' | 'tags'>,
  places: Pick<Inventory, 'accounts' | 'regions'>,
  { gaps, complete }: Seen,
): Covered {
  const accounts = new Set(places.accounts);
  const regions = new Set(places.regions);
  const apisByRule = new Map(rules.map((chosen) => [chosen.rule.id, apisFor(factsNeeded([chosen]))]));
  return (ruleId, accountId, region) => {
    const apis = apisByRule.get(ruleId);
    if (apis === undefined || !complete || tags.length > 0 || !accounts.has(accountId) || !regions.has(region))
      return false;
    return !gaps.some(
      (gap) => gap.account_id === accountId && (gap.region === GLOBAL || (gap.region === region && apis.has(gap.api))),
    );
  };
}

/** Every API that reading these facts may call, with those that find out accounts and regions. */
export function apisFor(facts: ScanPlan['facts']): ReadonlySet<string> {
  return new Set(callsNeeded(facts, { allRegions: true, throughRoles: true }).map(({ api }) => api));
}
