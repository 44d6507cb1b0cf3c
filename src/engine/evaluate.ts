/** Resources in, evaluations out: every chosen rule on every resource it applies to, and the counts of it all. */
import type { Evaluation, Status } from './evaluation.ts';
import { fingerprint } from './evaluation.ts';
import { departed } from './model.ts';
import type { Resource, ResourceOf, ResourceType } from './model.ts';
import { PerPlace } from './per-place.ts';
import type { AnyRule, CheckContext, ChosenRule } from './rule.ts';
import { judgedTypes } from './rule.ts';
import { count, noCounts, percentage, ResourceScore } from './score.ts';
import type { Counts, InstanceResult } from './score.ts';
import { carries } from './tag-selector.ts';
import { notApplicable, unknown } from './verdict.ts';
import type { Severity, Verdict } from './verdict.ts';
import type { WaiverBook, WaiverNote } from './waivers.ts';

/** What the scan document says beside its evaluations, as far as the engine knows it. */
export interface Totals {
  readonly summary: Summary;
  readonly by_resource_type: Readonly<Record<string, Counts>>;
  readonly by_rule: Readonly<Record<string, Counts>>;
  readonly by_severity: Readonly<Record<string, Counts>>;
  readonly by_category: Readonly<Record<string, Counts>>;
  readonly by_region: Readonly<Record<string, Counts>>;
  readonly by_account: Readonly<Record<string, Counts>>;
  /** Counts instances, where the others count evaluations. */
  readonly by_instance_type: Readonly<Record<string, Counts>>;
}

export interface Summary {
  readonly total_resources: number;
  readonly total_evaluations: number;
  readonly compliant: number;
  readonly non_compliant: number;
  readonly not_applicable: number;
  readonly unknown: number;
  readonly waived: number;
  /** 100 x PASS / (PASS + FAIL), over evaluations; `null` where there is neither. */
  readonly compliance_percentage: number | null;
  /** The share of evaluations that could be decided. */
  readonly evaluated_percentage: number | null;
  /** The share of judged resources that break no rule, 0 to 100; `null` where none was judged. */
  readonly score: number | null;
}

/**
 * Characters that AWS takes of a tag's value; a saved estate may have more:
 * docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
 */
const LONGEST_OWNER = 256;

/** The statuses that a document holds unless it is asked for more. */
export const REPORTED_STATUSES: ReadonlySet<Status> = new Set<Status>(['FAIL', 'UNKNOWN', 'WAIVED']);

export interface EvaluatorOptions {
  /** Only evaluations with these statuses are handed out; all of them are counted. */
  readonly reported?: ReadonlySet<Status>;
  /** Only resources that carry all of these are judged: `Key=Value`, or `Key` for any value. */
  readonly tags?: readonly string[];
  /** What is waived; a failure that is covered counts as WAIVED. */
  readonly waivers?: WaiverBook;
}

/**
 * Judges resources as they stream by, in `STREAM_ORDER` within each account and region. Holds the counts, one entry an
 * instance and a group for the score, and the resources that some rule joins to others; not the estate.
 */
export class Evaluator {
  readonly #reported: ReadonlySet<Status>;
  readonly #waivers: WaiverBook | undefined;
  readonly #tags: readonly string[];
  readonly #rulesByType = new Map<ResourceType, ChosenRule[]>();
  readonly #joinedTypes = new Set<ResourceType>();
  /** The types of which some rule needs the tags. */
  readonly #tagged = new Set<ResourceType>();
  readonly #joined = new PerPlace<Map<string, Resource>>(() => new Map());
  readonly #score = new ResourceScore();
  readonly #total = noCounts();
  readonly #byResourceType = new CountsByKey();
  readonly #byRule = new CountsByKey();
  readonly #bySeverity = new CountsByKey();
  readonly #byCategory = new CountsByKey();
  readonly #byRegion = new CountsByKey();
  readonly #byAccount = new CountsByKey();

  constructor(chosen: readonly ChosenRule[], options: EvaluatorOptions = {}) {
    this.#reported = options.reported ?? REPORTED_STATUSES;
    this.#waivers = options.waivers;
    this.#tags = options.tags ?? [];
    for (const choice of chosen) {
      for (const type of judgedTypes(choice.rule)) {
        this.#rulesByType.set(type, [...(this.#rulesByType.get(type) ?? []), choice]);
        if (choice.rule.needs[type]?.some((fact) => fact === 'tags')) this.#tagged.add(type);
      }
      for (const type of Object.keys(choice.rule.joins ?? {})) this.#joinedTypes.add(type as ResourceType);
    }
  }

  /** Judges one resource by every rule for its type; gives the evaluations that are to be reported. */
  evaluate(resource: Resource): Evaluation[] {
    if (this.#joinedTypes.has(resource.type)) {
      this.#joined.of(resource).set(joinKey(resource.type, resource.id), resource);
    }

    const evaluations: Evaluation[] = [];
    const statuses: Status[] = [];
    if (!this.#selects(resource)) return evaluations;
    const settled = this.#settled(resource);
    const related: CheckContext<unknown>['related'] = <Type extends ResourceType>(type: Type, id: string) =>
      this.#joined.of(resource).get(joinKey(type, id)) as ResourceOf<Type> | undefined;

    for (const { rule, parameters, severity: ordered } of this.#rulesByType.get(resource.type) ?? []) {
      const verdict: Verdict = settled ?? rule.check(resource, { parameters, related });
      const waiver = verdict.status === 'FAIL' ? this.#waivers?.cover(rule.id, resource) : undefined;
      const status = waiver === undefined ? verdict.status : 'WAIVED';
      const severity = ordered ?? (verdict.status === 'FAIL' ? verdict.severity : undefined) ?? rule.severity;
      statuses.push(status);
      this.#count(resource, rule, severity, status);
      if (this.#reported.has(status))
        evaluations.push({
          ...evaluationOf(resource, rule, verdict, { status, severity, waiver }),
          ...this.#owner(resource, status),
        });
    }
    this.#score.add(resource, statuses);
    return evaluations;
  }

  /**
   * Whom to ask, for what somebody may have to act on. Only where some rule needs the tags of the type: a source that has them
   * all the same must not say more than one that does not.
   */
  #owner({ type, tags }: Resource, status: Status): Pick<Evaluation, 'owner'> {
    if (status === 'PASS' || status === 'NOT_APPLICABLE' || !tags.known || !this.#tagged.has(type)) return {};
    const owner = tags.value['Owner']?.trim().slice(0, LONGEST_OWNER) ?? '';
    return owner === '' ? {} : { owner };
  }

  #selects({ tags }: Resource): boolean {
    return !tags.known || this.#tags.every((selector) => carries(tags.value, selector));
  }

  /** The verdict of every rule alike, where none needs to look: the resource is leaving, or cannot be told to be meant. */
  #settled(resource: Resource): Verdict | undefined {
    const state = departed(resource);
    if (state !== undefined) return notApplicable(`${resource.id} is ${state}.`);
    const { id, tags } = resource;
    return this.#tags.length > 0 && !tags.known ? unknown(`The tags of ${id}`, tags) : undefined;
  }

  #count(resource: Resource, rule: AnyRule, severity: Severity, status: Status): void {
    count(this.#total, status);
    count(this.#byResourceType.of(resource.type), status);
    count(this.#byRule.of(rule.id), status);
    count(this.#bySeverity.of(severity), status);
    count(this.#byCategory.of(rule.category), status);
    count(this.#byRegion.of(resource.region), status);
    count(this.#byAccount.of(resource.accountId), status);
  }

  /** Judged resources so far, whatever rule judged them: what the score divides. */
  judged(): ReturnType<ResourceScore['judged']> {
    return this.#score.judged();
  }

  /** How every judged instance fared so far, its volumes and security groups with it. */
  instances(): Iterable<InstanceResult> {
    return this.#score.instances();
  }

  /** The counts of everything evaluated so far. */
  totals(): Totals {
    const { total, ...counts } = this.#total;
    return {
      summary: {
        total_resources: this.#score.resources,
        total_evaluations: total,
        ...counts,
        compliance_percentage: percentage(counts.compliant, counts.compliant + counts.non_compliant),
        evaluated_percentage: percentage(
          counts.compliant + counts.non_compliant + counts.waived,
          total - counts.not_applicable,
        ),
        score: this.#score.score(),
      },
      by_resource_type: this.#byResourceType.sorted(),
      by_rule: this.#byRule.sorted(),
      by_severity: this.#bySeverity.sorted(),
      by_category: this.#byCategory.sorted(),
      by_region: this.#byRegion.sorted(),
      by_account: this.#byAccount.sorted(),
      by_instance_type: sortedRecord(this.#score.byInstanceType()),
    };
  }
}

/** A verdict as the document has it; of the resource, what identifies it is enough. */
export function evaluationOf(
  resource: Pick<Resource, 'type' | 'id' | 'arn' | 'accountId' | 'region'>,
  rule: AnyRule,
  verdict: Verdict,
  { status, severity, waiver }: { status: Status; severity: Severity; waiver?: WaiverNote | undefined },
): Evaluation {
  return {
    fingerprint: fingerprint(rule.id, resource.accountId, resource.region, resource.arn),
    rule_id: rule.id,
    severity,
    category: rule.category,
    resource_type: resource.type,
    resource_id: resource.id,
    resource_arn: resource.arn,
    account_id: resource.accountId,
    region: resource.region,
    status,
    message: verdict.status === 'PASS' ? `${rule.title}.` : verdict.message,
    ...(verdict.status === 'FAIL' && verdict.facts !== undefined && { facts: verdict.facts }),
    ...(verdict.status === 'FAIL' && { remediation: rule.remedy }),
    ...(verdict.status === 'UNKNOWN' &&
      verdict.missingPermission !== undefined && { missing_permission: verdict.missingPermission }),
    ...(waiver !== undefined && { waiver }),
  };
}

/** Counts that come into being when first asked for. */
class CountsByKey {
  readonly #counts = new Map<string, Counts>();

  of(key: string): Counts {
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      counts = noCounts();
      this.#counts.set(key, counts);
    }
    return counts;
  }

  sorted(): Record<string, Counts> {
    return sortedRecord(this.#counts);
  }
}

function sortedRecord<Value>(map: ReadonlyMap<string, Value>): Record<string, Value> {
  return Object.fromEntries([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function joinKey(type: ResourceType, id: string): string {
  return `${type}/${id}`;
}
