/** The rules as they describe themselves, with the permissions that the collectors know. */
import { ruleNamed } from '../config/rule-names.ts';
import type { AnyRule } from '../engine/rule.ts';
import { describeRule } from '../engine/rule-description.ts';
import type { RuleDescription } from '../engine/rule-description.ts';
import { rules } from '../engine/rules/index.ts';
import { permissionsOf } from '../inventory/calls.ts';

export function describeRules(): RuleDescription[] {
  return rules.map(describe);
}

/** @throws UserError `UNKNOWN_RULE`, with the nearest id that exists */
export function describeRuleById(id: string): RuleDescription {
  return describe(ruleNamed(id, rules));
}

function describe(rule: AnyRule): RuleDescription {
  return describeRule(rule, permissionsOf(rule));
}
