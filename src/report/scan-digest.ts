/** What reports over a time keep of a scan document: its counts, and its critical findings. */
import { compareText } from '../engine/compare-text.ts';
import type { Evaluation } from '../engine/evaluation.ts';
import type { ScanHead } from '../engine/scan-document.ts';
import { noCounts, percentage } from '../engine/score.ts';
import type { Counts } from '../engine/score.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import type { Severity } from '../engine/verdict.ts';
import type { WaiverUse } from '../engine/waivers.ts';

/** Calls that gave nothing, for one reason. */
export interface UnreadApi {
  readonly api: string;
  readonly reason: ScanHead['gaps'][number]['reason'];
  readonly permission?: string;
  readonly calls: number;
  /** Accounts with their regions, in which that was so. */
  readonly places: number;
}

/** The counts of a document, or of the shards of one scan together. */
export interface ScanTotals {
  readonly scanId: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly time: string;
  readonly environment: string;
  readonly complete: boolean;
  /** `account/region`, each that was scanned. */
  readonly places: ReadonlySet<string>;
  readonly summary: ScanHead['summary'];
  /** Judged resources: what `summary.score` divides by. */
  readonly judged: number;
  /** Judged instances, with what is attached to them. */
  readonly instances: { readonly compliant: number; readonly nonCompliant: number };
  readonly byResourceType: CountsByKey;
  readonly byRule: CountsByKey;
  readonly bySeverity: CountsByKey;
  readonly byCategory: CountsByKey;
  /** The worst severity among the failures of a rule. */
  readonly severityOfRule: ReadonlyMap<string, Severity>;
  readonly unread: readonly UnreadApi[];
  readonly waivers: readonly WaiverUse[];
}

export type CountsByKey = Readonly<Record<string, Counts>>;

export type CriticalFinding = Pick<
  Evaluation,
  'fingerprint' | 'rule_id' | 'resource_type' | 'resource_id' | 'resource_arn' | 'account_id' | 'region' | 'message'
>;

/** Which rule fails, and where: shared by all failures of which that is so. */
export interface FailureScope {
  readonly rule: string;
  /** `account/region` */
  readonly place: string;
}

export interface ScanDigest {
  readonly totals: ScanTotals;
  /** Critical failures. */
  readonly critical: readonly CriticalFinding[];
  /** Every failure, by fingerprint. */
  readonly failing: ReadonlyMap<string, FailureScope>;
  /** Fingerprints of the verdicts that could not be given: how severe a failure would be, nobody knows then. */
  readonly undecided: ReadonlySet<string>;
  /** Fingerprints of the failures that are accepted for a time. */
  readonly waived: ReadonlySet<string>;
  /** Where every call was answered: what is not failing there any more is mended, or gone. */
  readonly settled: ReadonlySet<string>;
}

/** Takes the evaluations of one document in its order, sorted by resource. */
export interface DigestReader {
  evaluation(evaluation: Evaluation): void;
  end(): ScanDigest;
}

/** Begins the digest of a document. */
export function digestScan(head: ScanHead): DigestReader {
  const critical: CriticalFinding[] = [];
  const failing = new Map<string, FailureScope>();
  const scopes = new Map<string, FailureScope>();
  const undecided = new Set<string>();
  const waived = new Set<string>();
  const severityOfRule = new Map<string, Severity>();
  const judged = new JudgedResources();
  return {
    evaluation: (evaluation) => {
      const { rule_id: rule, severity, status, fingerprint } = evaluation;
      judged.add(evaluation);
      if (status === 'UNKNOWN') undecided.add(fingerprint);
      if (status === 'WAIVED') waived.add(fingerprint);
      if (status !== 'FAIL') return;
      severityOfRule.set(rule, worse(severityOfRule.get(rule), severity));
      failing.set(fingerprint, scopeOf(evaluation, scopes));
      if (severity === 'critical') critical.push(findingOf(evaluation));
    },
    end: () => ({
      totals: totalsOf(head, judged, severityOfRule),
      critical,
      failing,
      undecided,
      waived,
      settled: settledIn(head),
    }),
  };
}

/**
 * Counts judged resources, whose number the head lacks. Instances are judged by what is attached to them too: those the
 * head does count.
 */
class JudgedResources {
  #decided = 0;
  #others = 0;
  #last = '';

  /** Evaluations of one resource follow one another. */
  add({ status, resource_type: type, resource_arn: arn }: Evaluation): void {
    if (status !== 'PASS' && status !== 'FAIL') return;
    this.#decided += 1;
    if (type === 'AWS::EC2::Instance' || arn === this.#last) return;
    this.#last = arn;
    this.#others += 1;
  }

  /** Where a document leaves passes out, every resource stands for a judged one. */
  total({ summary }: ScanHead, instances: number): number {
    const all = this.#decided === summary.compliant + summary.non_compliant;
    return all ? this.#others + instances : summary.total_resources;
  }
}

function worse(a: Severity | undefined, b: Severity): Severity {
  return a !== undefined && SEVERITIES.indexOf(a) <= SEVERITIES.indexOf(b) ? a : b;
}

function findingOf(evaluation: Evaluation): CriticalFinding {
  const { fingerprint, rule_id, resource_type, resource_id, resource_arn, account_id, region, message } = evaluation;
  return { fingerprint, rule_id, resource_type, resource_id, resource_arn, account_id, region, message };
}

/** One object for all failures of a rule in a place: there are many of them, and few of those. */
function scopeOf(
  { rule_id: rule, account_id: account, region }: Evaluation,
  scopes: Map<string, FailureScope>,
): FailureScope {
  const place = `${account}/${region}`;
  const key = `${place}/${rule}`;
  const known = scopes.get(key);
  if (known !== undefined) return known;
  const scope = { rule, place };
  scopes.set(key, scope);
  return scope;
}

/**
 * The counts of a document by its head alone. It does not say how many resources were judged, nor how heavy a rule's failures
 * are: such totals cannot be put together with those of another shard.
 */
export function headTotals(head: ScanHead): ScanTotals {
  return totalsOf(head, new JudgedResources(), new Map());
}

function totalsOf(head: ScanHead, judged: JudgedResources, severityOfRule: ReadonlyMap<string, Severity>): ScanTotals {
  const { compliant, non_compliant: nonCompliant } = Object.values(head.by_instance_type).reduce(added, noCounts());
  return {
    scanId: head.scan_id,
    time: head.report_timestamp,
    environment: head.environment,
    complete: head.complete,
    places: placesOf(head),
    summary: head.summary,
    judged: judged.total(head, compliant + nonCompliant),
    instances: { compliant, nonCompliant },
    byResourceType: head.by_resource_type,
    byRule: head.by_rule,
    bySeverity: head.by_severity,
    byCategory: head.by_category,
    severityOfRule,
    unread: unreadIn(head),
    waivers: head.waivers,
  };
}

function placesOf({ accounts, regions }: ScanHead): ReadonlySet<string> {
  return new Set(accounts.flatMap((account) => regions.map((region) => `${account}/${region}`)));
}

/** A gap that names no region of the scan - the whole account, or a part of the estate - unsettles its account. */
export function settledIn(head: ScanHead): ReadonlySet<string> {
  if (!head.complete) return new Set();
  const { regions } = head;
  const open = (place: string) =>
    head.gaps.some(({ account_id: account, region }) =>
      regions.includes(region) ? place === `${account}/${region}` : place.startsWith(`${account}/`),
    );
  return new Set([...placesOf(head)].filter((place) => !open(place)));
}

function unreadIn({ gaps }: ScanHead): UnreadApi[] {
  const grouped = Map.groupBy(gaps, ({ api, reason, permission }) => JSON.stringify([api, reason, permission]));
  return [...grouped.values()].map((same) => {
    const [{ api, reason, permission }] = same as [(typeof same)[number]];
    return {
      api,
      reason,
      ...(permission !== undefined && { permission }),
      calls: same.reduce((sum, { calls }) => sum + calls, 0),
      places: new Set(same.map(({ account_id: account, region }) => `${account}/${region}`)).size,
    };
  });
}

/** Two documents of one scan, which saw different places, as one. */
export function merged(a: ScanTotals, b: ScanTotals): ScanTotals {
  const severityOfRule = new Map(a.severityOfRule);
  for (const [rule, severity] of b.severityOfRule) severityOfRule.set(rule, worse(severityOfRule.get(rule), severity));
  return {
    scanId: a.scanId,
    time: a.time < b.time ? a.time : b.time,
    environment: a.environment,
    complete: a.complete && b.complete,
    places: new Set([...a.places, ...b.places]),
    summary: mergedSummary(a, b),
    judged: a.judged + b.judged,
    instances: {
      compliant: a.instances.compliant + b.instances.compliant,
      nonCompliant: a.instances.nonCompliant + b.instances.nonCompliant,
    },
    byResourceType: mergedCounts(a.byResourceType, b.byResourceType),
    byRule: mergedCounts(a.byRule, b.byRule),
    bySeverity: mergedCounts(a.bySeverity, b.bySeverity),
    byCategory: mergedCounts(a.byCategory, b.byCategory),
    severityOfRule,
    unread: mergedUnread([...a.unread, ...b.unread]),
    waivers: mergedWaivers([...a.waivers, ...b.waivers]),
  };
}

function mergedSummary(a: ScanTotals, b: ScanTotals): ScanTotals['summary'] {
  const sum = (key: 'total_resources' | 'total_evaluations' | Exclude<keyof Counts, 'total'>) =>
    a.summary[key] + b.summary[key];
  const decided = sum('compliant') + sum('non_compliant');
  const evaluated = decided + sum('waived');
  return {
    total_resources: sum('total_resources'),
    total_evaluations: sum('total_evaluations'),
    compliant: sum('compliant'),
    non_compliant: sum('non_compliant'),
    not_applicable: sum('not_applicable'),
    unknown: sum('unknown'),
    waived: sum('waived'),
    compliance_percentage: percentage(sum('compliant'), decided),
    evaluated_percentage: percentage(evaluated, evaluated + sum('unknown')),
    score: percentage(soundIn(a) + soundIn(b), a.judged + b.judged),
  };
}

/** Judged resources that break no rule: the score is their share, rounded, so that their number follows from it. */
function soundIn({ summary, judged }: ScanTotals): number {
  return Math.round(((summary.score ?? 0) / 100) * judged);
}

function mergedCounts(a: CountsByKey, b: CountsByKey): CountsByKey {
  const sums = new Map(Object.entries(a));
  for (const [key, counts] of Object.entries(b)) sums.set(key, added(sums.get(key) ?? noCounts(), counts));
  return Object.fromEntries([...sums].toSorted(([one], [other]) => compareText(one, other)));
}

function added(a: Counts, b: Counts): Counts {
  return {
    total: a.total + b.total,
    compliant: a.compliant + b.compliant,
    non_compliant: a.non_compliant + b.non_compliant,
    not_applicable: a.not_applicable + b.not_applicable,
    unknown: a.unknown + b.unknown,
    waived: a.waived + b.waived,
  };
}

function mergedUnread(unread: readonly UnreadApi[]): UnreadApi[] {
  const grouped = Map.groupBy(unread, ({ api, reason, permission }) => JSON.stringify([api, reason, permission]));
  return [...grouped.values()].map((same) => ({
    ...(same[0] as UnreadApi),
    calls: same.reduce((sum, { calls }) => sum + calls, 0),
    places: same.reduce((sum, { places }) => sum + places, 0),
  }));
}

/** The first that is true of one shard is true of all of them. */
const BY_WEIGHT = ['expired', 'active', 'unused', 'not_scanned'] as const satisfies readonly WaiverUse['state'][];

/** Each shard tells of every waiver. */
function mergedWaivers(waivers: readonly WaiverUse[]): WaiverUse[] {
  const grouped = Map.groupBy(waivers, ({ rule_id, scope, expires }) => JSON.stringify([rule_id, scope, expires]));
  return [...grouped.values()].map((same) => {
    const [told] = same.toSorted((a, b) => BY_WEIGHT.indexOf(a.state) - BY_WEIGHT.indexOf(b.state));
    return { ...(told as WaiverUse), matched: same.reduce((sum, { matched }) => sum + matched, 0) };
  });
}
