/** Where a scan saw all that a rule goes by: only there may a finding that is gone be called fixed. */
import type { Coverage as Covered } from '../engine/baseline.ts';
import { factsNeeded } from '../engine/needs.ts';
import { callsNeeded } from '../inventory/calls.ts';
import type { Coverage, Inventory } from '../inventory/inventory.ts';
import { GLOBAL } from '../inventory/live.ts';
import type { ScanPlan } from './plan.ts';

/**
 * A rule is fully evaluated in an account and region when it was part of the scan, both were read, the scan was not cut
 * short, and no call that its facts take left a gap there or in the whole account.
 */
export function coveredBy({ rules }: ScanPlan, inventory: Inventory, { gaps, complete }: Coverage): Covered {
  const accounts = new Set(inventory.accounts);
  const regions = new Set(inventory.regions);
  const apisByRule = new Map(rules.map((chosen) => [chosen.rule.id, apisOf(chosen)]));
  return (ruleId, accountId, region) => {
    const apis = apisByRule.get(ruleId);
    if (apis === undefined || !complete || !accounts.has(accountId) || !regions.has(region)) return false;
    return !gaps.some(
      (gap) => gap.account_id === accountId && (gap.region === GLOBAL || (gap.region === region && apis.has(gap.api))),
    );
  };
}

function apisOf(chosen: ScanPlan['rules'][number]): ReadonlySet<string> {
  const calls = callsNeeded(factsNeeded([chosen]), { allRegions: true, throughRoles: true });
  return new Set(calls.map(({ api }) => api));
}
