import * as z from 'zod';

import { defineRule } from '../rule.ts';
import { fail, pass, unknown } from '../verdict.ts';
import type { FailureFact } from '../verdict.ts';

const valuePattern = z
  .string()
  .refine(isRegularExpression, { error: 'is not a regular expression' })
  .describe('A regular expression that the whole value must match.');

export const ec2RequiredTags = defineRule({
  id: 'ec2-required-tags',
  title: 'EC2 instance carries the required tags',
  rationale:
    'An instance without an owner, an environment and a cost centre cannot be charged, patched or switched off by the people it belongs to.',
  severity: 'medium',
  category: 'tagging',
  needs: { 'AWS::EC2::Instance': ['tags'] },
  remedy: 'Add the missing tags to the instance, and to the launch template or Auto Scaling group that it comes from.',
  parameters: z
    .strictObject({
      tags: z
        .array(z.string().min(1).max(128))
        .min(1)
        .default(['Environment', 'Owner', 'CostCenter'])
        .describe('Keys that every instance must carry. Keys are case-sensitive; a blank value counts as missing.'),
      minimum: z
        .int()
        .min(1)
        .optional()
        .describe('How many of the tags an instance must carry at least. All of them when not set.'),
      values: z
        .record(z.string(), z.union([valuePattern, z.array(valuePattern).min(1)]))
        .default({})
        .describe('Patterns for the values of required tags, by key: one, or a list of which one must match.'),
    })
    .superRefine(({ tags, values }, context) => {
      for (const key of Object.keys(values)) {
        if (tags.includes(key)) continue;
        context.addIssue({ code: 'custom', path: ['values', key], message: 'is not among the required tags' });
      }
    }),

  check({ id, tags }, { parameters }) {
    if (!tags.known) return unknown(`The tags of instance ${id}`, tags);

    const { values } = parameters;
    const facts = parameters.tags
      // A tag may be called `constructor`: only a pattern that was set counts.
      .map((key) => shortcoming(key, tags.value[key], Object.hasOwn(values, key) ? values[key] : undefined))
      .filter((fact) => fact !== undefined);
    const carried = parameters.tags.length - facts.length;
    const minimum = Math.min(parameters.minimum ?? parameters.tags.length, parameters.tags.length);
    if (carried >= minimum) return pass;
    const ofHowMany = minimum === parameters.tags.length ? '' : `: it carries ${carried} of at least ${minimum}`;
    return fail(`Instance ${id} ${describe(facts)}${ofHowMany}.`, { facts });
  },
});

function shortcoming(
  key: string,
  value: string | undefined,
  patterns: string | readonly string[] | undefined,
): FailureFact | undefined {
  if (value === undefined) return { key: `missing/${key}`, message: `The tag ${key} is missing.` };
  if (value.trim() === '') return { key: `missing/${key}`, message: `The tag ${key} is missing: its value is blank.` };
  if (patterns === undefined || [patterns].flat().some((pattern) => wholeMatch(pattern).test(value))) return undefined;
  return { key: `value/${key}`, message: `The value of the tag ${key} does not match its pattern.` };
}

function describe(facts: readonly FailureFact[]): string {
  const keysOf = (kind: string) =>
    facts.filter(({ key }) => key.startsWith(kind)).map(({ key }) => key.slice(kind.length));
  const missing = keysOf('missing/');
  const mismatched = keysOf('value/');
  const clauses = [];
  if (missing.length > 0) clauses.push(`lacks the ${missing.length === 1 ? 'tag' : 'tags'} ${missing.join(', ')}`);
  if (mismatched.length > 0) clauses.push(`has tags whose values do not match: ${mismatched.join(', ')}`);
  return clauses.join(' and ');
}

function wholeMatch(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u');
}

function isRegularExpression(pattern: string): boolean {
  try {
    wholeMatch(pattern);
    return true;
  } catch {
    return false;
  }
}
