/** What has to be read for a scan: the sum of what its rules and waivers go by. */
import type { ResourceType } from './model.ts';
import { judgedTypes } from './rule.ts';
import type { ChosenRule, Needs } from './rule.ts';
import type { Waiver } from './waivers.ts';

/** The facts that rules, waivers and a selection by tags go by, by resource type: what collectors are to read, and nothing else. */
export function factsNeeded(
  chosen: readonly ChosenRule[],
  waivers: readonly Waiver[] = [],
  tags: readonly string[] = [],
): ReadonlyMap<ResourceType, ReadonlySet<string>> {
  const needed = new Map<ResourceType, Set<string>>();
  const want = (needs: Needs) => {
    for (const [type, facts] of Object.entries(needs) as [ResourceType, readonly string[]][]) {
      const wanted = needed.get(type) ?? new Set();
      needed.set(type, wanted);
      for (const fact of facts) wanted.add(fact);
    }
  };
  for (const { rule } of chosen) {
    want(rule.needs);
    want(rule.joins ?? {});
    const byTag = tags.length > 0 || waivers.some(({ rule: id, tag }) => id === rule.id && tag !== undefined);
    if (byTag) for (const type of judgedTypes(rule)) want({ [type]: ['tags'] });
  }
  return needed;
}
