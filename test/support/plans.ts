/** What a scan was told to do, and what it is carried out on, without flags or AWS. */
import { REPORTED_STATUSES } from '../../src/engine/evaluate.ts';
import type { Resource } from '../../src/engine/model.ts';
import { factsNeeded } from '../../src/engine/needs.ts';
import type { AnyRule, ChosenRule } from '../../src/engine/rule.ts';
import type { Coverage, Inventory } from '../../src/inventory/inventory.ts';
import type { LiveScope, ScanPlan } from '../../src/scan/plan.ts';

/** Rules with their default parameters. */
export function chosen(...rules: readonly AnyRule[]): ChosenRule[] {
  return rules.map((rule) => ({ rule, parameters: rule.parameters.parse({}) }));
}

export function live(changes: Partial<LiveScope> = {}): LiveScope {
  return { kind: 'live', regions: ['eu-west-1'], homeRegion: 'eu-west-1', roles: [], ...changes };
}

/** The plan of a live scan; its facts are those that its rules, waivers and tags need. */
export function plan(changes: Partial<ScanPlan> = {}): ScanPlan {
  const { rules = [], waivers = [], tags = [] } = changes;
  return {
    source: live(),
    rules,
    waivers,
    tags,
    facts: factsNeeded(rules, waivers, tags),
    environment: 'dev',
    scanId: 'scan-1',
    now: new Date('2026-11-21T12:00:00.000Z'),
    reported: REPORTED_STATUSES,
    limits: { threshold: 80, allowIncomplete: false },
    notes: [],
    ...changes,
  };
}

/** An inventory that holds these pages. */
export function inventory(
  pages: readonly (readonly Resource[])[],
  { coverage, ...changes }: Partial<Omit<Inventory, 'pages' | 'coverage'>> & { coverage?: Partial<Coverage> } = {},
): Inventory {
  return {
    source: 'live',
    accounts: ['111122223333'],
    regions: ['eu-west-1'],
    facts: new Map(),
    async *pages() {
      yield* pages;
    },
    coverage: () => ({ gaps: [], listings: 1, complete: true, ...coverage }),
    ...changes,
  };
}
