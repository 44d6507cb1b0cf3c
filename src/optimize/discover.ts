/** What an environment has that can be scaled down, read from AWS: every page, and in detail only what was selected. */
import { discoverAurora } from './discover/aurora.ts';
import { discoverAutoScaling } from './discover/auto-scaling.ts';
import { discoverEc2 } from './discover/ec2.ts';
import { discoverEcs } from './discover/ecs.ts';
import { discoverElastiCache } from './discover/elasticache.ts';
import type { DiscoveryContext } from './discover/findings.ts';
import { discoverRds } from './discover/rds.ts';
import type { Found } from './model.ts';
import type { DiscoveryGap, NearMiss } from './plan.ts';
import type { Selection } from './selection.ts';

export type { DiscoveryContext } from './discover/findings.ts';

export interface Discovery {
  readonly found: readonly Found[];
  readonly nearMisses: readonly NearMiss[];
  /**
   * Calls without which something of the environment may be missing. What is merely less well known is an unknown fact of its
   * resource, and no gap.
   */
  readonly gaps: readonly DiscoveryGap[];
}

/**
 * The kinds side by side. Never throws for a call that failed; once the signal is set off what was not read is a gap with the reason
 * `interrupted`.
 */
export async function discover(selection: Selection, context: DiscoveryContext): Promise<Discovery> {
  const kinds = await Promise.all([
    discoverAurora(selection, context),
    discoverElastiCache(selection, context),
    discoverEcs(selection, context),
    ...(context.include.includes('rds') ? [discoverRds(selection, context)] : []),
    ...(context.include.includes('ec2') ? [discoverEc2(selection, context)] : []),
    ...(context.include.includes('asg') ? [discoverAutoScaling(selection, context)] : []),
  ]);
  return {
    found: kinds.flatMap(({ found }): readonly Found[] => found),
    nearMisses: kinds.flatMap(({ nearMisses }) => nearMisses),
    gaps: kinds.flatMap(({ gaps }) => gaps),
  };
}
