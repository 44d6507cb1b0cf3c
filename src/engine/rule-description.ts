/** What a rule says of itself: the source of `rules`, `rules show`, and the rule pages. */
import * as z from 'zod';

import { controlsOf } from './frameworks/index.ts';
import type { ControlReference } from './frameworks/index.ts';
import type { AnyRule } from './rule.ts';
import { judgedTypes } from './rule.ts';

/** A rule as `rules --json` lists it: keys are added, never renamed. */
export interface RuleDescription {
  readonly id: string;
  readonly title: string;
  readonly severity: string;
  readonly category: string;
  readonly resource_types: readonly string[];
  readonly rationale: string;
  readonly remedy: string;
  readonly parameters: readonly ParameterDescription[];
  /** IAM actions that reading its facts takes. */
  readonly permissions: readonly string[];
  readonly frameworks: readonly ControlReference[];
}

export interface ParameterDescription {
  readonly name: string;
  readonly description: string;
  readonly default?: unknown;
}

/** @param permissions the IAM actions behind its facts, which the collectors know */
export function describeRule(rule: AnyRule, permissions: readonly string[]): RuleDescription {
  return {
    id: rule.id,
    title: rule.title,
    severity: rule.severity,
    category: rule.category,
    resource_types: judgedTypes(rule),
    rationale: rule.rationale,
    remedy: rule.remedy,
    parameters: parametersOf(rule),
    permissions,
    frameworks: controlsOf(rule.id),
  };
}

function parametersOf(rule: AnyRule): ParameterDescription[] {
  const { properties = {} } = z.toJSONSchema(rule.parameters, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties as Record<string, { description?: string; default?: unknown }>).map(
    ([name, { description = '', default: value }]) => ({
      name,
      description,
      ...(value !== undefined && { default: value }),
    }),
  );
}
