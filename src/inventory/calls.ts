/** The calls that a scan would make, known before it makes one: collectors declare them, nothing is guessed. */
import type { ResourceType } from '../engine/model.ts';
import { factsNeeded } from '../engine/needs.ts';
import type { AnyRule } from '../engine/rule.ts';
import { apiOf } from './collector.ts';
import type { Call } from '../aws/call.ts';
import { collectors } from './collectors/index.ts';
import { ASSUME_ROLE, DESCRIBE_REGIONS, GET_CALLER_IDENTITY } from './live.ts';

export interface NeededCall extends Call {
  /** `ec2:DescribeInstances`. */
  readonly api: string;
  /** How often it is made. */
  readonly times: string;
}

export interface CallScope {
  readonly allRegions: boolean;
  /** True where accounts are entered through roles. */
  readonly throughRoles: boolean;
}

/** Every call that reading these facts takes, in the order in which a scan makes them. */
export function callsNeeded(
  facts: ReadonlyMap<ResourceType, ReadonlySet<string>>,
  { allRegions, throughRoles }: CallScope,
): NeededCall[] {
  const calls: NeededCall[] = [needed('sts', GET_CALLER_IDENTITY, 'once an account')];
  if (throughRoles) calls.unshift(needed('sts', ASSUME_ROLE, 'once an account'));
  if (allRegions) calls.push(needed('ec2', DESCRIBE_REGIONS, 'once an account'));
  for (const { service, resourceType, list, types } of collectors) {
    if (!facts.has(resourceType)) continue;
    calls.push(needed(service, list, 'a page at a time in every region'));
    for (const [type, sources] of Object.entries(types)) {
      for (const [fact, source] of Object.entries(sources)) {
        if (typeof source === 'string' || facts.get(type as ResourceType)?.has(fact) !== true) continue;
        calls.push(needed(service, source, `once for every ${type}`));
      }
    }
  }
  return calls;
}

function needed(service: string, call: Call, times: string): NeededCall {
  return { ...call, api: apiOf(service, call), times };
}

/** The IAM actions that a rule's facts take, sorted: those of every type it judges or looks at. */
export function permissionsOf(rule: AnyRule): string[] {
  const facts = factsNeeded([{ rule, parameters: undefined }]);
  const calls = callsNeeded(facts, { allRegions: false, throughRoles: false });
  return calls
    .map(({ action }) => action)
    .filter((action) => !action.startsWith('sts:'))
    .toSorted();
}
