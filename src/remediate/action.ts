/** What an action is: how to read what it changes, what it would change, and how to change it there and back. */
import type { Call } from '../aws/call.ts';
import type { Clients } from '../aws/clients.ts';
import type { Resource } from '../engine/model.ts';
import type { Verdict } from '../engine/verdict.ts';
import type { Scope } from '../inventory/collector.ts';
import type { ActionId, SkipReason, Target } from './change.ts';
import type { ActionSettings, MendedRule } from './settings.ts';
import type { State } from './state.ts';

/** An account and region, and how to call it. */
export interface Place {
  readonly clients: Clients;
  readonly scope: Scope;
}

/** Where an action works, and what ends its calls. */
export interface ActionContext extends Place {
  readonly signal: AbortSignal;
}

/** A resource as AWS gives it this moment. */
export interface Live<Detail = unknown> {
  /** As rules see it. */
  readonly resource: Resource;
  /** What the action goes by beside that. */
  readonly detail: Detail;
}

/** What a rule says of a resource, with the parameters of the scan. */
export type Judge = (resource: Resource) => Verdict;

export interface Proposal {
  readonly before: State;
  readonly after: State;
  readonly reversible: boolean;
  readonly cautions: readonly string[];
  readonly permissions: readonly string[];
  /** What is changed, where that is not the resource that was judged. */
  readonly resource?: Target;
}

/** Why nothing is proposed. */
export interface Obstacle {
  readonly why: Extract<SkipReason, 'already' | 'by-hand' | 'needs-parameter'>;
  readonly message: string;
}

export interface PlanContext<Rule extends MendedRule> {
  readonly settings: ActionSettings<Rule>;
  /** The parameters of the rule. */
  readonly parameters: unknown;
  readonly judge: Judge;
}

/** An action on a rule's findings; `Detail` is known to itself alone. */
export interface Action<Rule extends MendedRule = MendedRule, Detail = unknown> {
  readonly id: ActionId;
  readonly rule: Rule;
  readonly calls: {
    /** What reading takes. */
    readonly read: readonly Call[];
    /** What changing takes. */
    readonly apply: readonly Call[];
    /** What changing back takes. */
    readonly undo: readonly Call[];
  };
  /** The resource now; `undefined` where there is none. Throws what its calls throw. */
  read(target: Target, context: ActionContext): Promise<Live<Detail> | undefined>;
  /** What would mend it. Pure: called only where the rule fails. */
  plan(live: Live<Detail>, context: PlanContext<Rule>): Proposal | Obstacle;
  /** How the parts that `parts` names are now; `undefined` where there is no such resource. Throws what its calls throw. */
  current(target: Target, parts: State, context: ActionContext): Promise<State | undefined>;
  /**
   * Changes the parts that differ, there and back alike.
   *
   * @returns the ids of the requests
   * @throws what its calls throw
   */
  write(target: Target, move: { readonly from: State; readonly to: State }, context: ActionContext): Promise<string[]>;
}

/** An action of any rule. */
// Method bivariance makes every Action<Rule, Detail> assignable here; each is handed only what it read itself.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyAction = Action<any, any>;

/** Gives the literal its types. */
export function defineAction<const Rule extends MendedRule, Detail>(
  action: Action<Rule, Detail>,
): Action<Rule, Detail> {
  return action;
}
