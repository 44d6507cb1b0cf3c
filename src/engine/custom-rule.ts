/** Rules that a user writes: a resource type, a JMESPath assertion over its facts, a severity and a message. */
import { compile, TreeInterpreter } from '@jmespath-community/jmespath';
import * as z from 'zod';

import { FACT_NAMES } from './model.ts';
import type { Fact, Resource, ResourceType } from './model.ts';
import type { AnyRule } from './rule.ts';
import { fail, pass, undecided, unknown } from './verdict.ts';
import type { Category, Severity } from './verdict.ts';

export interface CustomRuleDefinition {
  readonly id: string;
  readonly title: string;
  readonly resourceType: ResourceType;
  /** JMESPath over the resource, its facts unwrapped; true passes, false fails. */
  readonly assert: string;
  readonly severity: Severity;
  readonly category: Category;
  /** Why a resource fails; `{id}`, `{arn}`, `{region}` and `{accountId}` stand for its own. */
  readonly message: string;
  readonly remedy?: string | undefined;
}

/**
 * Makes a rule of a definition. The compiled expression tells which facts it goes by; one that could not be read makes
 * the verdict UNKNOWN, and so does an answer that is neither true nor false.
 *
 * @throws Error where the assertion is not JMESPath, with the library's reason
 */
export function customRule(definition: CustomRuleDefinition): AnyRule {
  const { id, title, resourceType, severity, category, message, remedy } = definition;
  const expression = compile(definition.assert);
  const named = fieldNames(expression);
  const facts = FACT_NAMES[resourceType].filter((fact) => named.has(fact));
  return {
    id,
    title,
    rationale: 'A rule of your own.',
    severity,
    category,
    needs: { [resourceType]: facts },
    remedy: remedy ?? 'See the rule in your configuration.',
    parameters: z.strictObject({}),

    check(resource: Resource) {
      const values = resource as unknown as Readonly<Record<string, Fact<unknown>>>;
      for (const fact of facts) {
        const value = values[fact];
        if (value?.known === false) return unknown(`The ${fact} of ${resource.id}`, value);
      }
      const answer = decide(() => TreeInterpreter.search(expression, unwrapped(resource) as never));
      if (answer === true) return pass;
      if (answer === false) return fail(filled(message, resource));
      return undecided(`The assertion of ${id} gave neither true nor false for ${resource.id}.`);
    },
  };
}

/** An expression may fail on a value of a type that it did not expect: that decides nothing. */
function decide(search: () => unknown): unknown {
  try {
    return search();
  } catch {
    return undefined;
  }
}

/** The resource with its facts as plain values. Without a prototype: a field is there or it is not. */
function unwrapped(resource: Resource): object {
  const plain = Object.create(null) as Record<string, unknown>;
  const names: readonly string[] = FACT_NAMES[resource.type];
  for (const [key, value] of Object.entries(resource)) {
    const fact = value as Fact<unknown>;
    plain[key] = names.includes(key) ? (fact.known ? fact.value : null) : value;
  }
  return plain;
}

/** Every name that a compiled expression looks up, wherever in it: more than are facts, never fewer. */
function fieldNames(node: unknown): Set<string> {
  const names = new Set<string>();
  const walk = (part: unknown) => {
    if (Array.isArray(part)) part.forEach(walk);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return;
    const { type, name } = part as { type?: unknown; name?: unknown };
    if (type === 'Field' && typeof name === 'string') names.add(name);
    Object.values(part).forEach(walk);
  };
  walk(node);
  return names;
}

function filled(message: string, resource: Resource): string {
  const { id, arn, region, accountId } = resource;
  const own = { id, arn, region, accountId };
  return message.replaceAll(/\{(id|arn|region|accountId)\}/g, (_, name: keyof typeof own) => own[name]);
}
