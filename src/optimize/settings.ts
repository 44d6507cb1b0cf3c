/** The section `optimize` of compliancectl.yaml. */
import * as z from 'zod';

import { OPTIONAL_KINDS } from './model.ts';

const acu = z.number().min(0.5).max(256).multipleOf(0.5, { error: 'is not a multiple of 0.5' });

const name = z.string().min(1);

export const optimizeSchema = z.strictObject({
  select: z
    .strictObject({
      names: z
        .array(name)
        .min(1)
        .optional()
        .describe(
          'Names that resources of the environment begin with, before its suffix; `TapStack` and `StreamFlix` when not set.',
        ),
      tags: z.record(name, z.string()).optional().describe('Tags that every one of them carries, in place of a name.'),
      stacks: z
        .array(name)
        .min(1)
        .optional()
        .describe('CloudFormation stacks that they belong to, in place of a name.'),
      exclude: z.array(name).min(1).optional().describe('Ids that are left alone; `*` stands for any characters.'),
    })
    .prefault({})
    .describe('Which resources belong to the environment.'),
  include: z
    .array(z.enum(OPTIONAL_KINDS))
    .min(1)
    .optional()
    .describe('What is stopped besides: `rds`, `ec2`, `asg`; nothing when not set.'),
  aurora: z
    .strictObject({
      minCapacity: acu.default(0.5).describe('Lowest capacity of a Serverless v2 cluster, in ACUs.'),
      maxCapacity: acu.min(1).default(1).describe('Highest capacity of a Serverless v2 cluster, in ACUs.'),
      backupRetentionDays: z.int().min(1).max(35).default(1).describe('Days that backups are kept.'),
    })
    .refine(({ minCapacity, maxCapacity }) => minCapacity <= maxCapacity, {
      path: ['maxCapacity'],
      error: 'is lower than minCapacity',
    })
    .prefault({})
    .describe('What Aurora Serverless v2 clusters are scaled down to.'),
  elasticache: z
    .strictObject({
      nodes: z.int().min(1).max(6).default(2).describe('Nodes of each shard, the primary among them.'),
    })
    .prefault({})
    .describe('What ElastiCache replication groups are scaled down to.'),
  ecs: z
    .strictObject({
      tasks: z.int().min(2).default(2).describe('Tasks of a service; never fewer than two.'),
    })
    .prefault({})
    .describe('What ECS services on Fargate are scaled down to.'),
  accounts: z
    .array(z.string().regex(/^\d{12}$/, { error: 'is not an account id of 12 digits' }))
    .min(1)
    .optional()
    .describe('Accounts that may be changed at all, in quotes; any that does not look like production when not set.'),
  production: z
    .array(name)
    .min(1)
    .optional()
    .describe('Words that mark production in names, aliases and tags, beside prod, production, prd and live.'),
  ledger: name
    .optional()
    .describe('Where values are kept before they are changed: a folder, or s3://bucket/prefix. Needed in CI.'),
});

/** What `optimize` goes by. */
export type OptimizeSettings = z.output<typeof optimizeSchema>;

export const DEFAULT_NAMES = ['TapStack', 'StreamFlix'];
