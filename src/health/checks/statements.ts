/** Policies as AWS has them against what the stack gave them. */
import { KEY_ARN } from '../../stack/spec.ts';
import type { PolicyStatement } from '../../stack/spec.ts';

/** What of a document's statement says who may do what. */
interface RawStatement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

/**
 * The statements that a policy lacks, by their sids: compared by what they say, since AWS may write it otherwise. Those that
 * name the stack's key are left out where it is not known which it is.
 *
 * @param document JSON; `null` where there is no policy. What is no policy lacks them all.
 */
export function missingStatements(
  document: string | null,
  wanted: readonly PolicyStatement[],
  keyArn?: string,
): string[] {
  const there = new Set(statementsOf(document).map(canonical));
  return wanted
    .filter((statement) => keyArn !== undefined || !namesKey(statement))
    .filter((statement) => !there.has(canonical(rawOf(statement, keyArn))))
    .map(({ sid }) => sid);
}

function statementsOf(document: string | null): RawStatement[] {
  if (document === null) return [];
  try {
    const parsed = JSON.parse(document) as { readonly Statement?: RawStatement | RawStatement[] } | null;
    return [parsed?.Statement ?? []].flat();
  } catch {
    return [];
  }
}

function namesKey({ resources, conditions = {} }: PolicyStatement): boolean {
  const values = Object.values(conditions).flatMap((keys) => Object.values(keys).flat());
  return [...resources, ...values].includes(KEY_ARN);
}

function rawOf({ effect, principal, actions, resources, conditions }: PolicyStatement, keyArn = KEY_ARN): RawStatement {
  const named = (value: string) => (value === KEY_ARN ? keyArn : value);
  return {
    Effect: effect,
    ...(principal !== undefined && { Principal: principalOf(principal) }),
    Action: actions,
    Resource: resources.map(named),
    ...(conditions !== undefined && {
      Condition: mapValues(conditions, (keys) => mapValues(keys, (values) => values.map(named))),
    }),
  };
}

function principalOf(principal: NonNullable<PolicyStatement['principal']>): object | string {
  if (principal === '*') return principal;
  return 'service' in principal ? { Service: principal.service } : { AWS: principal.account };
}

/** One element stands for a list of one, actions and the keys of conditions have no case, and no list has an order. */
function canonical({ Effect, Principal, Action, Resource, Condition }: RawStatement): string {
  return JSON.stringify([
    Effect,
    Principal === undefined || Principal === '*' ? [['AWS', Principal === undefined ? [] : ['*']]] : entries(Principal),
    listOf(Action).map((action) => action.toLowerCase()),
    listOf(Resource),
    entries(Condition ?? {}).map(([operator, keys]) => [operator, keys]),
  ]);
}

function entries(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .map(([key, inner]): [string, unknown] => [
      key.includes(':') ? key.toLowerCase() : key,
      typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? entries(inner) : listOf(inner),
    ])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function listOf(value: unknown): string[] {
  return [value ?? []].flat().map(String).toSorted();
}

function mapValues<From, To>(map: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
