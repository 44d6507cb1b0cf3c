/** The schema of compliancectl.yaml: the one place where a setting is declared, described and given its default. */
import { z } from 'zod';

import type { AnyRule, ChosenRule } from '../engine/rule.ts';
import { rules } from '../engine/rules/index.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import type { Waiver } from '../engine/waivers.ts';

/** Data, by preset, of what the spec's tables list; the names are those of the files in presets/. */
export const PRESETS = ['standard', 'ec2-baseline', 'reporting', 'config-history', 'tag-events', 'regulated'] as const;
export type PresetName = (typeof PRESETS)[number];

const ruleIds = rules.map(({ id }) => id);
const ruleId = z.enum(ruleIds);
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
export const settingsSchema = z.strictObject({
  preset: z
    .enum(PRESETS)
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
  waivers: z.array(waiver).optional().describe('Failures that someone answers for, each until a day.'),
});

const environmentName = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/, { error: 'is not the name of an environment' });

/** The whole file, as an editor may check it. */
export const configurationSchema = settingsSchema.extend({
  environments: z
    .record(environmentName, settingsSchema)
    .optional()
    .describe('What is different in one environment: maps are merged, lists replaced.'),
});

/** The whole file, its environments unopened: they can only be judged merged with the rest. */
export const fileSchema = settingsSchema.extend({
  environments: z.record(environmentName, z.record(z.string(), z.unknown())).optional(),
});

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
}
