/** The schema of compliancectl.yaml: the one place where a setting is declared, described and given its default. */
import * as z from 'zod';

import { customRule } from '../engine/custom-rule.ts';
import { FACT_NAMES } from '../engine/model.ts';
import type { ResourceType } from '../engine/model.ts';
import type { AnyRule, ChosenRule } from '../engine/rule.ts';
import { rules } from '../engine/rules/index.ts';
import { CATEGORIES, SEVERITIES } from '../engine/verdict.ts';
import type { Waiver } from '../engine/waivers.ts';
import { optimizeSchema } from '../optimize/settings.ts';
import type { OptimizeSettings } from '../optimize/settings.ts';
import { webhooksSchema } from '../publish/webhooks/settings.ts';
import type { WebhookSettings } from '../publish/webhooks/settings.ts';
import { remediationSchema } from '../remediate/settings.ts';
import type { RemediationSettings } from '../remediate/settings.ts';
import { deploymentSettings } from '../stack/settings.ts';
import type { StackSettings } from '../stack/settings.ts';
import type { FunctionSpec, Runtime } from '../stack/spec.ts';
import { nearest } from './nearest.ts';
import { PRESET_NAMES } from './preset-names.ts';
import type { PresetName } from './preset-names.ts';

/** A built-in rule's id, or that of a custom rule in the same file: which ones there are, only the whole can tell. */
const ruleId = z.string();
const accountId = z
  .string({ error: 'expected an account id of 12 digits, in quotes' })
  .regex(/^\d{12}$/, { error: 'is not an account id of 12 digits' });
const region = z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d{1,2}$/, { error: 'is not the name of a region' });

const account = z
  .strictObject({
    id: accountId.describe('The account id: 12 digits, in quotes.'),
    roleArn: z
      .string()
      .regex(/^arn:[a-z-]+:iam::\d{12}:role\/.+$/, { error: 'is not the ARN of a role' })
      .describe('The role that is assumed to read the account.'),
    externalId: z.string().optional().describe('The external id that the role asks for.'),
  })
  .refine(({ id, roleArn }) => roleArn.split(':')[4] === id, {
    path: ['roleArn'],
    error: 'belongs to another account than the id beside it',
  });

const waiver = z
  .strictObject({
    rule: ruleId.describe('The rule that is waived.'),
    arn: z.string().min(1).optional().describe('ARN of what is waived; `*` stands for any characters.'),
    tag: z.string().min(1).optional().describe('`Key=Value`, or `Key` for any value: what carries it is waived.'),
    account: accountId.optional().describe('The whole account is waived.'),
    owner: z.string().min(1).describe('Who answers for it.'),
    reason: z.string().min(1).describe('Why it is accepted.'),
    expires: z.iso.date().describe('The last day it holds (UTC), at most 365 days ahead: 2027-03-31.'),
    ticket: z.string().min(1).optional().describe('Where it was decided.'),
  })
  .refine(({ arn, tag, account: whole }) => [arn, tag, whole].filter((scope) => scope !== undefined).length === 1, {
    error: 'needs one of arn, tag and account, and only one',
  });

const customRuleSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9]+(-[a-z0-9]+)+$/, { error: 'is not an id: name what is good, as in ec2-has-backup-plan' })
      .describe('Its id; names what passing looks like.'),
    title: z.string().min(1).describe('The good state in a few words.'),
    resourceType: z.enum(Object.keys(FACT_NAMES) as ResourceType[]).describe('The type it judges.'),
    assert: z.string().min(1).describe('JMESPath over the resource; true passes, false fails.'),
    severity: z.enum(SEVERITIES).default('medium').describe('How much a failure weighs.'),
    category: z.enum(CATEGORIES).default('configuration').describe('What it is about.'),
    message: z
      .string()
      .min(1)
      .describe('Why a resource fails; {id}, {arn}, {region} and {accountId} stand for its own.'),
    remedy: z.string().min(1).optional().describe('How to mend it.'),
  })
  .superRefine((definition, context) => {
    try {
      customRule(definition);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', path: ['assert'], message: `is not JMESPath: ${reason}` });
    }
  });

function ruleSettings(rule: AnyRule) {
  return z.strictObject({
    enabled: z.boolean().optional().describe('False leaves the rule out.'),
    severity: z
      .enum(SEVERITIES)
      .optional()
      .describe('How much its failures weigh, in place of the rule’s own severity.'),
    parameters: rule.parameters.prefault({}).describe('What the rule goes by.'),
  });
}

/** Everything but `environments`: what an environment may set for itself. */
const settings = z.strictObject({
  preset: z
    .enum(PRESET_NAMES)
    .optional()
    .describe('The set of defaults that all this is written over; `standard` when not set.'),
  regions: z.array(region).min(1).optional().describe('Regions to read where neither a flag nor AWS_REGION names one.'),
  accounts: z
    .array(account)
    .min(1)
    .optional()
    .describe('Accounts to read, each through a role; the own one when not set.'),
  threshold: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe('Lowest score that is good enough; below it scan exits with 1.'),
  failOn: z.enum(SEVERITIES).optional().describe('A failure of this severity or a worse one makes scan exit with 1.'),
  allowIncomplete: z.boolean().optional().describe('Exit with 0, not 4, where something could not be read.'),
  select: z.array(ruleId).min(1).optional().describe('The rules to run; all of them when not set.'),
  rules: z
    .strictObject(Object.fromEntries(rules.map((rule) => [rule.id, ruleSettings(rule).optional()])))
    .optional()
    .describe('Settings of single rules, by id.'),
  customRules: z.array(customRuleSchema).optional().describe('Rules of your own.'),
  waivers: z.array(waiver).optional().describe('Failures that someone answers for, each until a day.'),
  webhooks: webhooksSchema.optional().describe('Where the deployed functions send alerts, beside email.'),
  remediation: remediationSchema.optional().describe('Which failures may be mended, and how; none when not set.'),
  optimize: optimizeSchema.optional().describe('What an environment is scaled down to, and what belongs to it.'),
  ...deploymentSettings,
});

const environmentName = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/, { error: 'is not the name of an environment' });

/** The settings of one environment, merged. */
export const settingsSchema = settings.superRefine(namesRules);

export type Settings = z.output<typeof settingsSchema>;

/** The whole file, as an editor may check it. */
export const configurationSchema = settings.extend({
  environments: z
    .record(environmentName, settings)
    .optional()
    .describe('What is different in one environment: maps are merged, lists replaced.'),
});

/** The whole file, its environments unopened: they can only be judged merged with the rest. */
export const fileSchema = settings
  .extend({ environments: z.record(environmentName, z.record(z.string(), z.unknown())).optional() })
  .superRefine(namesRules);

/** What names a rule must name one that there is, and every rule needs a name of its own. */
function namesRules({ customRules, select, waivers }: z.output<typeof settings>, context: z.RefinementCtx): void {
  const names = new Set(rules.map(({ id }) => id));
  for (const [index, { id }] of (customRules ?? []).entries()) {
    if (names.has(id))
      context.addIssue({ code: 'custom', path: ['customRules', index, 'id'], message: 'is taken by another rule' });
    names.add(id);
  }
  const mustBeKnown = (name: string, path: PropertyKey[]) => {
    if (names.has(name)) return;
    const meant = nearest(name, [...names]);
    const message = `there is no such rule${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    context.addIssue({ code: 'custom', path, message });
  };
  for (const [index, name] of (select ?? []).entries()) mustBeKnown(name, ['select', index]);
  for (const [index, { rule }] of (waivers ?? []).entries()) mustBeKnown(rule, ['waivers', index, 'rule']);
}

/** The settings of one environment, everything decided. */
export interface Configuration {
  readonly preset: PresetName;
  readonly regions?: readonly string[];
  readonly accounts?: readonly { readonly id: string; readonly roleArn: string; readonly externalId?: string }[];
  readonly threshold: number;
  readonly failOn?: (typeof SEVERITIES)[number];
  readonly allowIncomplete: boolean;
  readonly rules: readonly ChosenRule[];
  readonly waivers: readonly Waiver[];
  readonly webhooks?: readonly WebhookSettings[];
  readonly remediation?: RemediationSettings;
  readonly optimize: OptimizeSettings;
  readonly alertEmail?: string | readonly string[];
  readonly runtime?: Runtime;
  readonly architecture?: FunctionSpec['architecture'];
  readonly tags?: Readonly<Record<string, string>>;
  readonly naming?: { readonly exactBucketNames?: boolean | undefined };
  readonly backend?: string;
  readonly secretsProvider?: string;
  readonly stack?: StackSettings;
}
