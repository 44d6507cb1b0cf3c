/** From findings to changes: pure. What AWS says of each resource now is handed in; an old finding proves nothing. */
import type { Failure } from '../aws/errors.ts';
import type { Evaluation } from '../engine/evaluation.ts';
import { departed } from '../engine/model.ts';
import type { ChosenRule } from '../engine/rule.ts';
import { atLeast } from '../engine/verdict.ts';
import { WaiverBook } from '../engine/waivers.ts';
import type { Waiver } from '../engine/waivers.ts';
import type { Judge, Live, Obstacle, Proposal } from './action.ts';
import { ACTIONS, isMended } from './actions/index.ts';
import type { Candidate, Change, Finding, RemediationPlan, Skipped, SkipReason } from './change.ts';
import type { RemediationSettings } from './settings.ts';

export interface PlanSettings {
  /** Without them nothing is changed. */
  readonly remediation?: RemediationSettings | undefined;
  readonly rules: readonly ChosenRule[];
  readonly waivers: readonly Waiver[];
  /** Today, for the waivers. */
  readonly asOf: Date;
}

/** What a plan needs to know of an evaluation. */
export type JudgedResource = Pick<
  Evaluation,
  | 'rule_id'
  | 'severity'
  | 'status'
  | 'message'
  | 'resource_type'
  | 'resource_id'
  | 'resource_arn'
  | 'account_id'
  | 'region'
>;

export interface Choice {
  /** Worst first: where the limit cuts, it cuts the lesser ones. */
  readonly candidates: readonly Candidate[];
  readonly skipped: readonly Skipped[];
}

/** What AWS said of a candidate's resource: itself, that it is not there, or nothing. */
export interface Observation {
  readonly candidate: Candidate;
  readonly seen: Live | Failure | 'gone';
}

/** Which failures may be mended at all, by the settings alone. What did not fail is passed over. */
export function chooseFindings(evaluations: readonly JudgedResource[], settings: PlanSettings): Choice {
  const candidates: Candidate[] = [];
  const skipped: Skipped[] = [];
  const seen = new Set<string>();
  for (const evaluation of evaluations.filter(({ status }) => status === 'FAIL' || status === 'WAIVED')) {
    const finding = findingOf(evaluation);
    const key = JSON.stringify([finding.ruleId, finding.target]);
    const chosen = seen.has(key)
      ? skip(finding, 'duplicate', 'The same finding was given twice.')
      : choose(finding, evaluation, settings);
    seen.add(key);
    if ('why' in chosen) skipped.push(chosen);
    else candidates.push(chosen);
  }
  return { candidates: candidates.toSorted(worstFirst), skipped };
}

function choose(
  finding: Finding,
  { status }: JudgedResource,
  { remediation, rules }: PlanSettings,
): Candidate | Skipped {
  const { ruleId } = finding;
  if (status === 'WAIVED') return skip(finding, 'waived', 'A waiver covers it.');
  if (!isMended(ruleId)) return skip(finding, 'no-action', `Nothing here mends ${ruleId}.`);
  if (remediation?.rules[ruleId] === undefined) {
    return skip(finding, 'off', `remediation.rules says nothing of ${ruleId}.`);
  }
  if (!rules.some(({ rule }) => rule.id === ruleId)) return skip(finding, 'off', `${ruleId} is not among the rules.`);
  return { ...finding, ruleId };
}

/** What to change, given what AWS says of every candidate; candidates keep their order. */
export function planChanges(observations: readonly Observation[], settings: PlanSettings): RemediationPlan {
  const { remediation, waivers, asOf } = settings;
  const changes: Change[] = [];
  const skipped: Skipped[] = [];
  if (remediation === undefined) return { changes, skipped };

  const book = new WaiverBook(waivers, asOf);
  const planned = new Map<string, Candidate>();
  for (const { candidate, seen } of observations) {
    const outcome = isSeen(seen)
      ? (heldBack(candidate, seen, book, remediation) ?? propose(candidate, seen, settings, remediation))
      : notSeen(candidate, seen);
    if ('why' in outcome) {
      skipped.push(outcome);
      continue;
    }
    const key = JSON.stringify([outcome.action, outcome.resource]);
    const first = planned.get(key);
    if (first === undefined) planned.set(key, candidate);
    const not = first === undefined ? withheld(outcome, remediation, changes.length) : sameAs(first);
    if (not === undefined) changes.push(outcome);
    else skipped.push({ ...skip(candidate, not.why, not.message), change: outcome });
  }
  return { changes, skipped };
}

function isSeen(seen: Observation['seen']): seen is Live {
  return seen !== 'gone' && !('reason' in seen);
}

function notSeen(candidate: Candidate, seen: Failure | 'gone'): Skipped {
  if (seen === 'gone') return skip(candidate, 'gone', `${candidate.target.id} is not there any more.`);
  return skip(candidate, 'unreadable', `${candidate.target.id} could not be read: ${seen.detail}.`);
}

/** Why a resource is to be left as it is, whatever the rule says of it. */
function heldBack(
  candidate: Candidate,
  { resource }: Live,
  book: WaiverBook,
  { exemptTag }: RemediationSettings,
): Skipped | undefined {
  const { id, tags } = resource;
  if (resource.arn !== candidate.target.arn) {
    return skip(candidate, 'gone', `${candidate.target.arn} is not there: its name is that of ${resource.arn}.`);
  }
  const state = departed(resource);
  if (state !== undefined) return skip(candidate, 'gone', `${id} is ${state}.`);
  if (!tags.known) {
    return skip(candidate, 'unreadable', `The tags of ${id} could not be read: it may be exempt.`);
  }
  if (isExempt(tags.value[exemptTag], candidate.ruleId)) {
    return skip(candidate, 'exempt', `${id} is exempt by its tag ${exemptTag}.`);
  }
  const waiver = book.cover(candidate.ruleId, resource);
  if (waiver === undefined) return undefined;
  return skip(candidate, 'waived', `${waiver.owner} answers for it until ${waiver.expires}: ${waiver.reason}`);
}

/** `all` says what `*` does: the tags of S3 and RDS may hold no asterisk. */
function isExempt(value: string | undefined, ruleId: string): boolean {
  return value?.split(/\s+/).some((word) => word === '*' || word === 'all' || word === ruleId) ?? false;
}

function propose(
  candidate: Candidate,
  live: Live,
  { rules }: PlanSettings,
  remediation: RemediationSettings,
): Change | Skipped {
  const { ruleId, target } = candidate;
  const chosen = rules.find(({ rule }) => rule.id === ruleId);
  if (chosen === undefined) throw new Error(`A candidate of ${ruleId}, which is not among the rules`);
  const { rule, parameters } = chosen;
  const judge: Judge = (resource) => rule.check(resource, { parameters, related: () => undefined });

  const verdict = judge(live.resource);
  if (verdict.status === 'UNKNOWN') return skip(candidate, 'unreadable', verdict.message);
  if (verdict.status !== 'FAIL') return skip(candidate, 'already', `${ruleId} no longer fails for ${target.id}.`);
  const action = ACTIONS[ruleId];
  const proposal: Proposal | Obstacle = action.plan(live, { settings: remediation.rules[ruleId], parameters, judge });
  if ('why' in proposal) return skip(candidate, proposal.why, proposal.message);
  const { resource = target, ...rest } = proposal;
  return { rule: ruleId, action: action.id, resource, reason: verdict.message, ...rest };
}

/** Why a change that would mend it is not made. */
function withheld(
  { rule, reversible }: Change,
  { rules, allowIrreversible, limit }: RemediationSettings,
  made: number,
): Pick<Skipped, 'why' | 'message'> | undefined {
  if (rules[rule]?.mode !== 'apply') {
    return { why: 'dry-run', message: `${rule} is in dry-run: nothing is changed.` };
  }
  if (!reversible && !allowIrreversible) {
    return { why: 'irreversible', message: 'Undoing it would not bring back everything; allowIrreversible is off.' };
  }
  if (made >= limit) return { why: 'limit', message: overLimit(limit) };
  return undefined;
}

function sameAs({ target }: Candidate): Pick<Skipped, 'why' | 'message'> {
  return { why: 'duplicate', message: `${target.id} leads to the same change.` };
}

/** A candidate that was not looked at, because the run has its changes already. */
export function notLookedAt(candidate: Candidate, limit: number): Skipped {
  return skip(candidate, 'limit', overLimit(limit));
}

function overLimit(limit: number): string {
  return `One run makes ${limit === 1 ? '1 change' : `${limit} changes`} at most; run it again for the rest.`;
}

function skip({ ruleId, target }: Finding, why: SkipReason, message: string): Skipped {
  return { rule: ruleId, resource: target, why, message };
}

function findingOf(evaluation: JudgedResource): Finding {
  return {
    ruleId: evaluation.rule_id,
    severity: evaluation.severity,
    message: evaluation.message,
    target: {
      arn: evaluation.resource_arn,
      id: evaluation.resource_id,
      type: evaluation.resource_type,
      accountId: evaluation.account_id,
      region: evaluation.region,
    },
  };
}

/** Severity, then account, region, type, id and rule, each by code unit. */
function worstFirst(a: Candidate, b: Candidate): number {
  if (a.severity !== b.severity) return atLeast(a.severity, b.severity) ? -1 : 1;
  return placeOf(a) < placeOf(b) ? -1 : 1;
}

function placeOf({ ruleId, target: { accountId, region, type, id } }: Candidate): string {
  return [accountId, region, type, id, ruleId].join('\n');
}
