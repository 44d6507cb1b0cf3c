import type { AnyRule } from '../engine/rule.ts';
import { UserError } from '../user-error.ts';
import { nearest } from './nearest.ts';

/**
 * The rule of an id that a person typed.
 *
 * @throws UserError `UNKNOWN_RULE`, with the nearest id that exists
 */
export function ruleNamed(id: string, rules: readonly AnyRule[]): AnyRule {
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule !== undefined) return rule;
  const typed = id.slice(0, 100);
  const meant = nearest(
    typed,
    rules.map((candidate) => candidate.id),
  );
  const list = 'List them all: compliancectl rules';
  throw new UserError(
    { typed, say: (word) => `There is no rule ${word}.` },
    {
      code: 'UNKNOWN_RULE',
      suggestions: meant === undefined ? [list] : [`Did you mean ${meant}?`, list],
    },
  );
}
