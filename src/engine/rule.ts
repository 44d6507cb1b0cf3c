/** What a rule is: metadata, the facts it needs, and one pure function. */
import type * as z from 'zod';

import type { FactName, ResourceOf, ResourceType } from './model.ts';
import type { Category, Severity, Verdict } from './verdict.ts';

/** Which facts of which resource types: the collectors read these and nothing else. */
export type Needs<Type extends ResourceType = ResourceType> = { readonly [T in Type]?: readonly FactName<T>[] };

/** What `check` is given beside the resource. */
export interface CheckContext<Parameters> {
  readonly parameters: Parameters;
  /** A resource of a joined type in the same account and region, if the source had it. */
  readonly related: <Type extends ResourceType>(type: Type, id: string) => ResourceOf<Type> | undefined;
}

export interface Rule<Type extends ResourceType = ResourceType, Parameters = unknown> {
  /** `service-thing-good-state`: names what passing looks like. */
  readonly id: string;
  /** Starts with the thing and states the good state. */
  readonly title: string;
  /** Why it matters: one or two sentences for someone who has to act on it. */
  readonly rationale: string;
  readonly severity: Severity;
  /** Set where `check` lets some failures weigh more than `severity`: the most that one may weigh. */
  readonly worstSeverity?: Severity;
  readonly category: Category;
  /** The types that the rule judges, each with the facts it needs of them. */
  readonly needs: { readonly [T in Type]: readonly FactName<T>[] };
  /** Other types that `check` looks at through `related`, each with the facts it needs of them. */
  readonly joins?: Needs;
  /** How to mend a failing resource, in one or two sentences. */
  readonly remedy: string;
  /** The schema of the parameters, with every default in it. */
  readonly parameters: z.ZodType<Parameters>;
  /**
   * A parameter without which the rule has nothing to go by. Until it is set the rule takes part only in scans that
   * select it by name.
   */
  readonly requiredParameter?: string;
  check(resource: ResourceOf<Type>, context: CheckContext<Parameters>): Verdict;
}

/** A rule of any type: the types and parameters it was defined with are known to itself alone. */
// Method bivariance makes every Rule<T, P> assignable here; the engine only hands `check` what `needs` names.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyRule = Rule<any, any>;

/** Gives the literal its types: `check` sees the union of the types in `needs`, and the parsed parameters. */
export function defineRule<const Type extends ResourceType, Parameters>(
  rule: Rule<Type, Parameters>,
): Rule<Type, Parameters> {
  return rule;
}

/** A rule chosen for a scan, with its parameters parsed by the rule's own schema. */
export interface ChosenRule {
  readonly rule: AnyRule;
  readonly parameters: unknown;
  /** Weighs its failures in place of the rule's own severity. */
  readonly severity?: Severity;
}

/** The resource types a rule judges. */
export function judgedTypes(rule: AnyRule): ResourceType[] {
  return Object.keys(rule.needs) as ResourceType[];
}
