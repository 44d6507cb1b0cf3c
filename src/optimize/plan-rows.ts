/** From what is there to what would be done: pure. A number only ever goes down, and high availability stays. */
import { isOptional, KINDS } from './model.ts';
import type { Found, Kind } from './model.ts';
import type { DiscoveryGap, PlanRow } from './plan.ts';
import { planAurora } from './planners/aurora.ts';
import type { AuroraOptions } from './planners/aurora.ts';
import { planAutoScaling } from './planners/auto-scaling.ts';
import { planEc2 } from './planners/ec2.ts';
import { planEcs } from './planners/ecs.ts';
import { planElastiCache } from './planners/elasticache.ts';
import { planDatabaseInstance } from './planners/rds.ts';
import { targetOf } from './planners/row-parts.ts';
import type { PlannedRow } from './planners/row-parts.ts';
import type { OptimizeSettings } from './settings.ts';

export interface PlanOptions extends AuroraOptions {
  /** Calls that gave nothing: a kind with one may have more than was found, and is never said to be missing. */
  readonly gaps: readonly DiscoveryGap[];
}

const NOTHING_FOUND: Readonly<Record<Kind, string>> = {
  aurora: 'No Aurora cluster of this environment was found.',
  elasticache: 'No ElastiCache replication group of this environment was found.',
  ecs: 'No ECS service of this environment was found.',
  rds: 'No DB instance of this environment was found.',
  ec2: 'No EC2 instance of this environment was found.',
  asg: 'No Auto Scaling group of this environment was found.',
};

/** A row for each resource, by kind and id, and one for each kind that was looked for and of which there is none. */
export function planRows(found: readonly Found[], settings: OptimizeSettings, options: PlanOptions): PlanRow[] {
  return KINDS.flatMap((kind) => {
    const own = found.filter((resource) => resource.kind === kind);
    if (own.length > 0) return own.toSorted(byId).map((resource) => rowOf(resource, settings, options));
    if (isOptional(kind) && !options.include.includes(kind)) return [];
    if (options.gaps.some((gap) => gap.kind === kind)) return [];
    return [{ kind, state: 'missing', reason: NOTHING_FOUND[kind], steps: [], cautions: [], lost: [] }];
  });
}

function rowOf(resource: Found, settings: OptimizeSettings, options: PlanOptions): PlanRow {
  return { kind: resource.kind, target: targetOf(resource), ...plan(resource, settings, options) };
}

function plan(resource: Found, settings: OptimizeSettings, options: PlanOptions): PlannedRow {
  switch (resource.kind) {
    case 'aurora':
      return planAurora(resource, settings.aurora, options);
    case 'elasticache':
      return planElastiCache(resource, settings.elasticache);
    case 'ecs':
      return planEcs(resource, settings.ecs);
    case 'rds':
      return planDatabaseInstance(resource, options);
    case 'ec2':
      return planEc2(resource);
    case 'asg':
      return planAutoScaling(resource);
  }
}

/** By code unit; ARNs where ids are the same. */
function byId(a: Found, b: Found): number {
  const [one, other] = [`${a.id}\n${a.arn}`, `${b.id}\n${b.arn}`];
  return one < other ? -1 : Number(one > other);
}
