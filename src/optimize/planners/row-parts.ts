/** What the planners share: a row's parts, and what is said of every resource that is changed. */
import type { Unread } from '../../engine/model.ts';
import type { DatabaseCluster, Found, ScalingLimits } from '../model.ts';
import type { PlanRow } from '../plan.ts';
import { STACK_TAG } from '../selection.ts';
import type { Numbers, StepTarget } from '../step.ts';

/** A row before it is put in its place. */
export type PlannedRow = Omit<PlanRow, 'kind' | 'target'>;

export function leftAlone(state: 'already' | 'skipped' | 'blocked', reason: string): PlannedRow {
  return { state, reason, steps: [], cautions: [], lost: [] };
}

export function targetOf({ kind, type, id, name, arn, accountId, region }: Found): StepTarget {
  return { kind, type, id, ...(name !== undefined && { name }), arn, accountId, region };
}

/** The numbers that would be lowered, as they are and as they would be; the others are not there. */
export function lowered(now: Numbers, target: Numbers): { readonly from: Numbers; readonly to: Numbers } | undefined {
  const names = Object.keys(target).filter((name) => below(target, now, name));
  if (names.length === 0) return undefined;
  return { from: only(names, now), to: only(names, target) };
}

function below(target: Numbers, now: Numbers, name: string): boolean {
  const [from, to] = [now[name], target[name]];
  return from !== undefined && to !== undefined && to < from;
}

function only(names: readonly string[], numbers: Numbers): Numbers {
  return Object.fromEntries(Object.entries(numbers).filter(([name]) => names.includes(name)));
}

/** Why AWS would not take a change now, by its state. */
export function unsettled({ status, pending }: Pick<DatabaseCluster, 'status' | 'pending'>): PlannedRow | undefined {
  if (status !== 'available')
    return leftAlone('blocked', `Its status is ${status}: it takes changes when it is available.`);
  if (pending.length > 0) return leftAlone('blocked', `AWS has yet to make an earlier change (${pending.join(', ')}).`);
  return undefined;
}

/** Who else may put it back, and what could not be told. */
export function commonCautions({ tags }: Found): string[] {
  if (!tags.known) return [`Its tags could not be read${needing(tags)}, so they do not tell whether it is production.`];
  const stack = tags.value[STACK_TAG];
  return stack === undefined ? [] : [`The next update of the CloudFormation stack ${stack} may put it back.`];
}

export function scalingUnread(unread: Unread): string {
  return `Its limits of automatic scaling could not be read${needing(unread)}: if it has any, it may be put back.`;
}

export function scalesUp({ max }: ScalingLimits, to: number, things: string): string[] {
  return max > to ? [`Application Auto Scaling may add ${things} again, up to ${max}.`] : [];
}

/** The permission that would tell, in brackets, where one is known. */
export function needing({ permission }: Unread): string {
  return permission === undefined ? '' : ` (${permission} is needed)`;
}
