/** Counts and percentages. What is counted, and what counts for neither side, is decided here and nowhere else. */
import type { Status } from './evaluation.ts';
import { departed } from './model.ts';
import type { Resource } from './model.ts';
import { PerPlace } from './per-place.ts';
import type { Whereabouts } from './per-place.ts';

/** How many of something ended in which state. */
export interface Counts {
  total: number;
  compliant: number;
  non_compliant: number;
  not_applicable: number;
  unknown: number;
  waived: number;
}

const COUNTED_AS = {
  PASS: 'compliant',
  FAIL: 'non_compliant',
  NOT_APPLICABLE: 'not_applicable',
  UNKNOWN: 'unknown',
  WAIVED: 'waived',
} as const satisfies Record<Status, keyof Counts>;

export function noCounts(): Counts {
  return { total: 0, compliant: 0, non_compliant: 0, not_applicable: 0, unknown: 0, waived: 0 };
}

export function count(counts: Counts, status: Status): void {
  counts.total += 1;
  counts[COUNTED_AS[status]] += 1;
}

/** 100 x `part` / `whole` with two decimals; `null` where there is nothing to divide by. */
export function percentage(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 100;
}

/** Which verdicts a resource has had, as a set of bits. */
type Seen = number;
const BIT: Record<Status, Seen> = { FAIL: 1, PASS: 2, UNKNOWN: 4, WAIVED: 8, NOT_APPLICABLE: 16 };
const JUDGED: Seen = BIT.PASS | BIT.FAIL;
/** The first of these that a resource has had is what it counts as: a fail outweighs any pass. */
const BY_WEIGHT = ['FAIL', 'PASS', 'UNKNOWN', 'WAIVED', 'NOT_APPLICABLE'] as const satisfies readonly Status[];

interface InstanceEntry {
  readonly instanceType: string;
  readonly departing: boolean;
  seen: Seen;
}

/** What has streamed by of one account and region, by id. */
interface Place {
  readonly groups: Map<string, Seen>;
  readonly instances: Map<string, InstanceEntry>;
}

/** How an instance fared, its volumes and security groups with it. */
export interface InstanceResult extends Whereabouts {
  readonly id: string;
  readonly instanceType: string;
  readonly compliant: boolean;
}

/**
 * Follows which resources break a rule. A resource is judged when it has at least one PASS or FAIL. What is attached to
 * an instance - its volumes, its security groups - counts for the instance too, and for itself.
 *
 * Resources must come in `STREAM_ORDER`: groups before the instances that carry them, instances before their volumes.
 * Memory: one entry an instance and one a security group, whatever else the estate holds.
 */
export class ResourceScore {
  #resources = 0;
  #judged = 0;
  #failing = 0;
  readonly #places = new PerPlace<Place>(() => ({ groups: new Map(), instances: new Map() }));

  /** Takes all the verdicts on one resource; with none, no rule looked at it and it does not count. */
  add(resource: Resource, statuses: readonly Status[]): void {
    let seen: Seen = 0;
    for (const status of statuses) seen |= BIT[status];
    if (seen !== 0) this.#resources += 1;

    const { groups, instances } = this.#places.of(resource);
    switch (resource.type) {
      case 'AWS::EC2::Instance': {
        if (seen === 0) return;
        const departing = departed(resource) !== undefined;
        if (!departing) for (const id of resource.securityGroupIds) seen |= groups.get(id) ?? 0;
        // Counted in the end: its volumes are still to come.
        instances.set(resource.id, { instanceType: resource.instanceType, departing, seen });
        return;
      }
      case 'AWS::EC2::SecurityGroup':
        groups.set(resource.id, seen);
        break;
      case 'AWS::EC2::Volume':
        for (const id of resource.attachedInstanceIds) {
          const instance = instances.get(id);
          if (instance?.departing === false) instance.seen |= seen;
        }
        break;
      default:
        break;
    }
    this.#judge(seen);
  }

  /** Resources with at least one verdict. */
  get resources(): number {
    return this.#resources;
  }

  /** Judged resources: those that break no rule, and those that break one. */
  judged(): { readonly compliant: number; readonly nonCompliant: number } {
    let judged = this.#judged;
    let failing = this.#failing;
    for (const { seen } of this.#instances()) {
      if ((seen & JUDGED) !== 0) judged += 1;
      if ((seen & BIT.FAIL) !== 0) failing += 1;
    }
    return { compliant: judged - failing, nonCompliant: failing };
  }

  /** 100 x judged resources with no FAIL / judged resources, with two decimals; `null` where none was judged. */
  score(): number | null {
    const { compliant, nonCompliant } = this.judged();
    return percentage(compliant, compliant + nonCompliant);
  }

  /** Every judged instance with all that is attached to it, in the order in which they came. */
  *instances(): Generator<InstanceResult> {
    for (const { place, held } of this.#places.entries()) {
      for (const [id, { instanceType, seen }] of held.instances) {
        if ((seen & JUDGED) !== 0) yield { ...place, id, instanceType, compliant: (seen & BIT.FAIL) === 0 };
      }
    }
  }

  /** Instances by instance type, each counted once. */
  byInstanceType(): Map<string, Counts> {
    const byType = new Map<string, Counts>();
    for (const { instanceType, seen } of this.#instances()) {
      const counts = byType.get(instanceType) ?? noCounts();
      byType.set(instanceType, counts);
      const status = BY_WEIGHT.find((candidate) => (seen & BIT[candidate]) !== 0);
      if (status !== undefined) count(counts, status);
    }
    return byType;
  }

  *#instances(): Generator<InstanceEntry> {
    for (const { instances } of this.#places.values()) yield* instances.values();
  }

  #judge(seen: Seen): void {
    if ((seen & JUDGED) !== 0) this.#judged += 1;
    if ((seen & BIT.FAIL) !== 0) this.#failing += 1;
  }
}
