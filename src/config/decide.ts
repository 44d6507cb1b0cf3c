/** Merged settings made into rules with parameters: what the terminal and the functions share. Reads no file. */
import type * as z from 'zod';

import { customRule } from '../engine/custom-rule.ts';
import type { AnyRule, ChosenRule } from '../engine/rule.ts';
import { rules } from '../engine/rules/index.ts';
import { optimizeSchema } from '../optimize/settings.ts';
import { UserError } from '../user-error.ts';
import { ruleNamed } from './rule-names.ts';
import type { Configuration, settingsSchema } from './schema.ts';

/** The score that is good enough where nothing says otherwise. */
const DEFAULT_THRESHOLD = 80;

/**
 * What the environment variables set that S0 and S1 name, in the file's own shape.
 *
 * @throws UserError `BAD_ENVIRONMENT` for a number that is none
 */
export function fromEnvironment(env: NodeJS.ProcessEnv): object {
  const tags = env['REQUIRED_TAGS']
    ?.split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const minimum = numeric(env, 'MIN_REQUIRED_TAGS');
  const threshold = numeric(env, 'COMPLIANCE_THRESHOLD');
  const parameters = { ...(tags !== undefined && { tags }), ...(minimum !== undefined && { minimum }) };
  return {
    ...(threshold !== undefined && { threshold }),
    ...(Object.keys(parameters).length > 0 && { rules: { 'ec2-required-tags': { parameters } } }),
  };
}

function numeric(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0 && value <= 100) return value;
  throw new UserError(`${name} is ${JSON.stringify(text.slice(0, 40))}, which is not a number from 0 to 100.`, {
    code: 'BAD_ENVIRONMENT',
    suggestions: [`Unset ${name}, or give it a number`],
  });
}

/**
 * The settings of one environment, merged and checked, turned into rules with parameters.
 *
 * @param names the rules that were asked for by flag; else those that the file itself selects, which a preset's selection
 *   says nothing about: who writes a rule of their own means it to run
 */
export function decide(
  settings: z.output<typeof settingsSchema>,
  names: { readonly asked: readonly string[] | undefined; readonly ownSelect: readonly string[] | undefined },
): Configuration {
  const { preset, threshold, allowIncomplete, select, waivers, customRules, optimize, rules: byId, ...rest } = settings;
  const own = (customRules ?? []).map(customRule);
  const asked = names.asked?.map((id) => ruleNamed(id, [...rules, ...own]).id);
  const builtIn = rules.flatMap((rule): ChosenRule[] => {
    const { enabled, parameters = rule.parameters.parse({}), severity } = byId?.[rule.id] ?? {};
    const takesPart =
      asked?.includes(rule.id) ??
      (enabled !== false && (select?.includes(rule.id) ?? !lacksParameter(rule, parameters)));
    return takesPart ? [{ rule, parameters, ...(severity !== undefined && { severity }) }] : [];
  });
  const custom = own
    .filter(({ id }) => (asked ?? names.ownSelect)?.includes(id) ?? true)
    .map((rule): ChosenRule => ({ rule, parameters: {} }));
  return {
    ...(rest as Omit<Configuration, 'preset' | 'threshold' | 'allowIncomplete' | 'optimize' | 'rules' | 'waivers'>),
    preset: preset ?? 'standard',
    threshold: threshold ?? DEFAULT_THRESHOLD,
    allowIncomplete: allowIncomplete ?? false,
    rules: [...builtIn, ...custom],
    waivers: waivers ?? [],
    optimize: optimize ?? optimizeSchema.parse({}),
  };
}

function lacksParameter({ requiredParameter }: AnyRule, parameters: unknown): boolean {
  return requiredParameter !== undefined && (parameters as Record<string, unknown>)[requiredParameter] === undefined;
}
