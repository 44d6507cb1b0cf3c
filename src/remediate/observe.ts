/** Looks at what findings are about, as far as a run may go, and plans by what it sees. */
import { failureInRegion } from '../aws/errors.ts';
import { mapConcurrently } from '../aws/concurrency.ts';
import { ACTIONS } from './actions/index.ts';
import type { Place } from './action.ts';
import type { Candidate, RemediationPlan } from './change.ts';
import { chooseFindings, notLookedAt, planChanges } from './plan.ts';
import type { JudgedResource, Observation, PlanSettings } from './plan.ts';

/** How many resources are looked at for each change that may be made: most of a long list may be exempt or mended. */
const LOOKS_PER_CHANGE = 20;

/** Resources that are looked at side by side. */
const SIDE_BY_SIDE = 5;

/** The way into accounts and regions; `undefined` for one that is not within reach. */
export type OpenPlace = (accountId: string, region: string) => Promise<Place | undefined>;

export interface Reach {
  readonly open: OpenPlace;
  readonly signal: AbortSignal;
}

/**
 * The plan for what a scan found. Only as many resources are read as the limit of a run makes sense of.
 *
 * @throws only what did not come from a call, which is a defect of ours
 */
export async function planRemediation(
  evaluations: readonly JudgedResource[],
  settings: PlanSettings,
  reach: Reach,
): Promise<RemediationPlan> {
  const { candidates, skipped } = chooseFindings(evaluations, settings);
  const { remediation } = settings;
  if (remediation === undefined) return { changes: [], skipped };

  const { limit } = remediation;
  const most = Math.min(candidates.length, limit * LOOKS_PER_CHANGE);
  const observations: Observation[] = [];
  let plan: RemediationPlan = { changes: [], skipped: [] };
  while (observations.length < most && plan.changes.length < limit) {
    const next = candidates.slice(observations.length, Math.min(observations.length + limit, most));
    observations.push(...(await mapConcurrently(next, SIDE_BY_SIDE, (candidate) => observe(candidate, reach))));
    plan = planChanges(observations, settings);
  }
  const unseen = candidates.slice(observations.length).map((candidate) => notLookedAt(candidate, limit));
  return { changes: plan.changes, skipped: [...skipped, ...plan.skipped, ...unseen] };
}

async function observe(candidate: Candidate, { open, signal }: Reach): Promise<Observation> {
  const { target, ruleId } = candidate;
  try {
    const place = await open(target.accountId, target.region);
    if (place === undefined) {
      return { candidate, seen: { reason: 'unreachable', detail: outOfReach(target.accountId) } };
    }
    return { candidate, seen: (await ACTIONS[ruleId].read(target, { ...place, signal })) ?? 'gone' };
  } catch (error) {
    const failure = failureInRegion(error);
    if (failure === undefined) throw error;
    return { candidate, seen: failure };
  }
}

/** Goes after a colon. */
export function outOfReach(accountId: string): string {
  return `account ${accountId} is not within reach of these credentials`;
}
