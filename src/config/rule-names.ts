import { closest } from 'fastest-levenshtein';

import type { AnyRule } from '../engine/rule.ts';
import { UserError } from '../user-error.ts';

/**
 * The rule of an id that a person typed.
 *
 * @throws UserError `UNKNOWN_RULE`, with the nearest id that exists
 */
export function ruleNamed(id: string, rules: readonly AnyRule[]): AnyRule {
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule !== undefined) return rule;
  const nearest = closest(
    id.slice(0, 100),
    rules.map((candidate) => candidate.id),
  );
  throw new UserError(
    { typed: id.slice(0, 100), say: (typed) => `There is no rule ${typed}.` },
    {
      code: 'UNKNOWN_RULE',
      suggestions: [`Did you mean ${nearest}?`, 'List them all: compliancectl rules'],
    },
  );
}
