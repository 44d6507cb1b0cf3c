/** The section `remediation` of the settings: which findings may be mended, and how. Nothing is, unless it says so. */
import * as z from 'zod';

import { portNotation } from '../engine/exposure/port-notation.ts';
import { singleKey } from '../engine/kms-key.ts';

/** The tag that keeps a resource from being changed. */
const EXEMPT_TAG = 'compliancectl:exempt';

/** Changes that one run may make. */
const LIMIT = 25;

const mode = z.enum(['dry-run', 'apply']).describe('`dry-run` shows what would be changed; `apply` changes it.');

const byRule = z.strictObject({
  's3-bucket-encrypted': z
    .strictObject({
      mode,
      kmsKey: singleKey.optional().describe('The KMS key, by ARN or by id; the AWS managed key when not set.'),
    })
    .optional()
    .describe('Sets the default encryption of the bucket to KMS.'),
  'ebs-volumes-encrypted': z
    .strictObject({ mode })
    .optional()
    .describe('Turns on encryption by default for new volumes of the account and region; the volume stays as it is.'),
  'ec2-required-tags': z
    .strictObject({
      mode,
      values: z
        .record(z.string().min(1).max(128), z.string().trim().min(1).max(256))
        .default({})
        .describe('The value that a missing tag is given, by key; what has none here is left to people.'),
    })
    .optional()
    .describe('Adds missing tags to the instance; a value that is not blank is never replaced.'),
  'ec2-security-group-restricted': z
    .strictObject({
      mode,
      ports: z
        .array(portNotation)
        .min(1)
        .default([22, 3389])
        .describe(
          'Ports whose rules are removed where they let in the world; a rule that opens more is left to people.',
        ),
    })
    .optional()
    .describe('Removes the rules of the group that let the world in on an admin port.'),
  'rds-backup-retention': z
    .strictObject({
      mode,
      days: z.int().min(1).max(35).optional().describe('Days to keep backups; what the rule asks for when not set.'),
    })
    .optional()
    .describe('Raises the backup retention of the instance or cluster.'),
});

export const remediationSchema = z.strictObject({
  rules: byRule.describe('By rule: what is not named here is never changed.'),
  exemptTag: z
    .string()
    .min(1)
    .max(128)
    .default(EXEMPT_TAG)
    .describe(
      'The tag that keeps a resource as it is; its value names rules, with spaces between them, or is `*` or `all`.',
    ),
  limit: z.int().min(1).max(1000).default(LIMIT).describe('How many changes one run may make.'),
  allowIrreversible: z.boolean().default(false).describe('Make changes too that could not be undone in every detail.'),
  auditBucket: z
    .string()
    .min(3)
    .optional()
    .describe('The bucket of the audit records; at a terminal they are kept in the state folder when not set.'),
});

export type RemediationSettings = z.output<typeof remediationSchema>;
export type RuleSettings = RemediationSettings['rules'];
/** The rules whose findings can be mended. */
export type MendedRule = keyof RuleSettings;
/** What an action goes by: the settings of its rule. */
export type ActionSettings<Rule extends MendedRule> = NonNullable<RuleSettings[Rule]>;
