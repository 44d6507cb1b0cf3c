/** What compliancectl.yaml may say of the stack that `deploy` creates. Every preset sets what its own stack needs. */
import * as z from 'zod';

import { METRIC_SETS } from '../publish/scan-metrics.ts';
import { PERIOD_KINDS } from '../report/period-report.ts';
import { parseSchedule } from './schedule-expression.ts';
import { RUNTIMES } from './spec.ts';

const email = z.email({ error: 'is not an email address' }).max(320);

const schedule = z.string().superRefine((text, context) => {
  const { problem } = parseSchedule(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** The days that CloudWatch Logs takes: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const logRetention = z.literal(LOG_RETENTION);

const size = {
  timeout: z
    .int()
    .min(3)
    .max(900, { error: 'is more than the 900 seconds that Lambda allows' })
    .optional()
    .describe('Seconds that one run may take.'),
  memory: z.int().min(128).max(10_240).optional().describe('Megabytes; Lambda gives CPU in proportion.'),
  logRetention: logRetention.optional().describe('Days that its log is kept, where it differs from the others’.'),
  reservedConcurrency: z.int().min(1).max(1000).optional().describe('Runs at once, set aside for it.'),
};

const functions = z.strictObject({
  scanner: z
    .strictObject({ schedule: schedule.optional().describe('When it scans, UTC.'), ...size })
    .optional()
    .describe('Scans the estate.'),
  'tag-checker': z
    .strictObject({
      ...size,
      batchSize: z
        .int()
        .min(1)
        .max(10)
        .optional()
        .describe('Events that one run takes from the queue; 10 when not set.'),
    })
    .optional()
    .describe('Checks the tags of an instance whenever its state changes.'),
  reporter: z
    .strictObject({
      schedules: z
        .strictObject({
          daily: schedule.optional(),
          weekly: schedule.optional(),
          executive: schedule.optional(),
          aggregate: schedule.optional(),
        })
        .optional()
        .describe('When each kind of report is made, UTC.'),
      ...size,
    })
    .optional()
    .describe('Makes reports.'),
  'config-evaluator': z
    .strictObject({ schedule: schedule.optional().describe('When it scans, UTC.'), ...size })
    .optional()
    .describe('Answers AWS Config, and scans.'),
  'config-processor': z
    .strictObject({ ...size })
    .optional()
    .describe('Takes in what AWS Config finds.'),
  remediator: z
    .strictObject({ ...size })
    .optional()
    .describe('Mends what the section remediation says.'),
});

const days = z.int().min(1).max(36_500);
const expiring = z.strictObject({ expireAfterDays: days.optional().describe('Days that objects are kept.') });

const stack = z.strictObject({
  region: z.string().min(1).optional().describe('Where it goes where neither a flag, AWS nor `regions` says.'),
  functions: functions.optional().describe('Schedules and sizes, for the functions that the preset has.'),
  logRetention: logRetention.optional().describe('Days that the functions’ logs are kept.'),
  buckets: z
    .strictObject({
      results: expiring
        .extend({ glacierAfterDays: days.optional().describe('Days until objects move to S3 Glacier.') })
        .optional(),
      logs: expiring.optional(),
      reports: expiring.optional(),
      audit: expiring.optional(),
    })
    .optional()
    .describe('How long objects are kept, for the buckets that the preset has.'),
  encryption: z
    .enum(['AES256', 'customer-key'])
    .optional()
    .describe('Of buckets and topics; `customer-key` makes a KMS key of the stack’s own, which costs $1 a month.'),
  metrics: z
    .strictObject({
      sets: z.array(z.enum(METRIC_SETS)).optional().describe('Which metrics a scan puts.'),
      literal: z.boolean().optional().describe('Put each once more without the dimension Environment.'),
    })
    .optional(),
  alerts: z
    .enum(['every', 'changes'])
    .optional()
    .describe('Every finding each time; or what is new or worse, and a digest a day of what stays.'),
  history: z
    .enum(['changes', 'every'])
    .optional()
    .describe('What the history table gets, where the preset has one: changes, or every evaluation.'),
  scanRecords: z.boolean().optional().describe('Store the short scan record beside each document.'),
  notify: z.array(z.enum(PERIOD_KINDS)).optional().describe('Which reports are sent to the alerts topic.'),
  tagCheckMetrics: z.boolean().optional().describe('Put the metrics of TagCompliance.'),
  configRules: z
    .strictObject({
      answers: z
        .enum(['resources', 'account'])
        .optional()
        .describe('What a periodic run puts: an evaluation a resource, or one for the account; AWS charges for each.'),
      every: z
        .enum(['One_Hour', 'Three_Hours', 'Six_Hours', 'Twelve_Hours', 'TwentyFour_Hours'])
        .optional()
        .describe('How often AWS Config asks, beside changes.'),
    })
    .optional(),
  alarms: z
    .strictObject({
      score: z.boolean().optional().describe('The score is below the threshold.'),
      heartbeat: z.boolean().optional().describe('Two scans are missing.'),
      functions: z.boolean().optional().describe('A function failed, or used all its time.'),
      deadLetters: z.boolean().optional().describe('A dead-letter queue is not empty.'),
      nonCompliantInstances: z
        .int()
        .min(1)
        .optional()
        .describe('More instances than this lacked tags in five minutes.'),
    })
    .optional(),
  dashboard: z.boolean().optional().describe('Make the dashboard; $3 a month at list price.'),
});

const tags = z
  .record(
    z
      .string()
      .regex(/^[\p{L}\p{N} _.:/=+\-@]{1,128}$/u, { error: 'is not the key of a tag' })
      .refine((key) => !/^aws:/i.test(key), { error: 'begins with aws:, which AWS keeps for itself' }),
    z.string().regex(/^[\p{L}\p{N} _.:/=+\-@]{0,256}$/u, { error: 'is not the value of a tag' }),
  )
  .refine((all) => Object.keys(all).length <= 40, {
    error: 'are more than 40: AWS allows 50, and some are set already',
  });

/** The sections of the settings that say how and where to deploy. */
export const deploymentSettings = {
  alertEmail: z
    .union([email, z.array(email).min(1).max(20)], { error: 'expected an email address, or a list of them' })
    .optional()
    .describe('Who gets alerts by email; each address must confirm once.'),
  runtime: z
    .enum(RUNTIMES)
    .optional()
    .describe('The Lambda runtime of the deployed functions; nodejs24.x when not set.'),
  architecture: z
    .enum(['arm64', 'x86_64'])
    .optional()
    .describe('The processor of the deployed functions; arm64, which costs less, when not set.'),
  tags: tags.optional().describe('Tags on every resource of the stack, beside the preset’s.'),
  naming: z
    .strictObject({
      exactBucketNames: z
        .boolean()
        .optional()
        .describe('Name buckets literally, without account and region: such names are global, and often taken.'),
    })
    .optional(),
  backend: z.string().min(1).optional().describe('Where Pulumi keeps the stack’s state: s3://bucket, file:///folder.'),
  secretsProvider: z
    .string()
    .min(1)
    .optional()
    .describe('What encrypts secrets in the state in place of a passphrase: awskms://alias/pulumi.'),
  stack: stack.optional().describe('The stack that deploy creates: every setting of the preset may be overridden.'),
};

export type StackSettings = z.output<typeof stack>;
export type FunctionSettings = NonNullable<StackSettings['functions']>;
