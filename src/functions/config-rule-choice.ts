/** Which of our rules an AWS Config rule stands for, and with what parameters. */
import * as z from 'zod';

import { mergeSettings } from '../config/merge.ts';
import { ruleNamed } from '../config/rule-names.ts';
import type { AnyRule, ChosenRule } from '../engine/rule.ts';
import { rules } from '../engine/rules/index.ts';
import { UserError } from '../user-error.ts';
import { firstIssue } from './event.ts';
import type { FunctionConfiguration } from './configuration.ts';

export interface ConfigRuleNames {
  readonly configRuleName: string;
  /** JSON as the Config rule has it; values that are text may be JSON themselves. */
  readonly ruleParameters?: string | null | undefined;
}

const inputParameters = z.record(z.string(), z.unknown());

/** The parameter that names our rule; all others are the rule's own. */
const RULE_ID = 'ruleId';

/**
 * The rule that a Config rule names in its parameters, or that the configuration has for it, its parameters written over
 * the configured ones.
 *
 * @throws UserError `CONFIG_RULE` where neither names a rule, or the parameters are none of the rule's
 */
export function ruleForConfigRule(
  { configRuleName, ruleParameters }: ConfigRuleNames,
  configuration: Pick<FunctionConfiguration, 'rules' | 'configRules'>,
): ChosenRule {
  const { [RULE_ID]: named, ...given } = parseParameters(configRuleName, ruleParameters);
  const id = typeof named === 'string' ? named : ruleIdOf(configRuleName, configuration);
  if (id === undefined) {
    throw unusable(configRuleName, `names none of our rules`, [
      `Give the Config rule the parameter ${RULE_ID}, or deploy the stack again`,
    ]);
  }
  const chosen = chosenRule(id, configuration.rules);
  return { ...chosen, parameters: mergedParameters(configRuleName, chosen, given) };
}

/** The id of our rule behind a Config rule's name, where the configuration has one. */
export function ruleIdOf(
  configRuleName: string,
  { configRules }: Pick<FunctionConfiguration, 'configRules'>,
): string | undefined {
  return Object.hasOwn(configRules.rules, configRuleName) ? configRules.rules[configRuleName] : undefined;
}

/**
 * The rule as the settings choose it; with its own defaults where they do not choose it.
 *
 * @throws UserError `UNKNOWN_RULE` where there is no such rule
 */
export function chosenRule(id: string, chosen: readonly ChosenRule[]): ChosenRule {
  const configured = chosen.find(({ rule }) => rule.id === id);
  if (configured !== undefined) return configured;
  const rule: AnyRule = ruleNamed(id, [...rules, ...chosen.map((choice) => choice.rule)]);
  return { rule, parameters: rule.parameters.parse({}) };
}

function parseParameters(configRuleName: string, text: string | null | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined || text === null || text === '') return {};
  const { data } = inputParameters.safeParse(tryParse(text));
  if (data === undefined) throw unusable(configRuleName, 'has parameters that are not a JSON object');
  return data;
}

/** Config knows text alone: what the rule does not take as text is read as JSON. */
function mergedParameters(
  configRuleName: string,
  { rule, parameters }: ChosenRule,
  given: Readonly<Record<string, unknown>>,
): unknown {
  const asGiven = rule.parameters.safeParse(mergeSettings(parameters, given));
  if (asGiven.success) return asGiven.data;
  const refused = new Set(asGiven.error.issues.map(({ path }) => path[0]));
  const read = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, refused.has(name) ? readAsJson(value) : value]),
  );
  const asJson = rule.parameters.safeParse(mergeSettings(parameters, read));
  if (asJson.success) return asJson.data;
  throw unusable(configRuleName, `has parameters that ${rule.id} does not take: ${firstIssue(asJson.error)}`);
}

function readAsJson(value: unknown): unknown {
  return typeof value === 'string' ? (tryParse(value) ?? value) : value;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unusable(configRuleName: string, what: string, suggestions: readonly string[] = []): UserError {
  return new UserError(`The AWS Config rule ${configRuleName} ${what}.`, {
    code: 'CONFIG_RULE',
    suggestions:
      suggestions.length > 0 ? suggestions : ["Mend the Config rule's parameters, or deploy the stack again"],
  });
}
