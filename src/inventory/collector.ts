/** What a collector is: one service's answers turned into our model, a page at a time, with every call declared. */
import type { Call } from '../aws/call.ts';
import type { Clients } from '../aws/clients.ts';
import type { Fact, FactName, ResourceOf, ResourceType, Resource } from '../engine/model.ts';

/** Marks a fact that comes with the listing itself, at no further call. */
export const LISTED = 'listed';

/** Marks a fact that the type has but this collector never reads: it is not collected, whoever wants it. */
export const NEVER = 'never';

export type FactSource = Call | typeof LISTED | typeof NEVER;

export interface Scope {
  readonly accountId: string;
  readonly partition: string;
  readonly region: string;
}

export interface CollectContext {
  readonly clients: Clients;
  readonly scope: Scope;
  readonly signal: AbortSignal;
  /** How many calls of this service may be under way at once. */
  readonly limit: number;
  /** The facts of a type that the chosen rules need; `undefined` where they need nothing of it. */
  readonly wanted: (type: ResourceType) => ReadonlySet<string> | undefined;
  /**
   * Reads one fact: known, or unread with the gap recorded. A fact that is not wanted is not asked for.
   *
   * @param answers error codes that are AWS's way of saying something else: "none is configured" is an answer, not a gap
   */
  readonly read: <T>(
    type: ResourceType,
    fact: string,
    call: () => Promise<T>,
    answers?: Readonly<Record<string, () => T>>,
  ) => Promise<Fact<T>>;
}

export interface Collector {
  /** `ec2`, `s3`: the prefix of `gaps[].api`, and what decides which collectors run one after another. */
  readonly service: keyof Pick<Clients, 'ec2' | 's3' | 'rds'>;
  readonly resourceType: ResourceType;
  readonly list: Call;
  /** Every type it yields, with where each fact comes from: its own, and any that its resources point at. */
  readonly types: { readonly [Type in ResourceType]?: Readonly<Record<string, FactSource>> };
  /** Pages, relation targets first. A call that fails for good throws; the source makes a gap of it. */
  collect(context: CollectContext): AsyncIterable<readonly Resource[]>;
}

export function defineCollector<
  const Type extends ResourceType,
  const Pointed extends ResourceType = never,
>(collector: {
  readonly service: Collector['service'];
  readonly resourceType: Type;
  readonly list: Call;
  readonly types: { readonly [T in Type | Pointed]: { readonly [Fact in FactName<T>]: FactSource } };
  collect(context: CollectContext): AsyncIterable<readonly ResourceOf<Type | Pointed>[]>;
}): Collector {
  return collector;
}

/** How `gaps[].api` names a call. */
export function apiOf(service: string, { operation }: Call): string {
  return `${service}:${operation}`;
}
