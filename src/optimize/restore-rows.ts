/** What a restore would do, as rows: from what the ledger says things were lowered to, back to what they were before. */
import { plannedStep } from './ledger-entry.ts';
import type { LedgerEntry } from './ledger.ts';
import type { PlanRow } from './plan.ts';

/** A row for each resource that an entry holds, in its order. */
export function restoreRows(entry: LedgerEntry): PlanRow[] {
  const steps = entry.steps.map((step) => {
    const planned = plannedStep(step, entry);
    return { ...planned, from: planned.to, to: planned.from };
  });
  const targets = new Map(steps.map(({ target }) => [target.arn, target]));
  return [...targets.values()].map((target) => ({
    kind: target.kind,
    target,
    state: 'change',
    steps: steps.filter((one) => one.target.arn === target.arn),
    cautions: [],
    lost: [],
  }));
}
