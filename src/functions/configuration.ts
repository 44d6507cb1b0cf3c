/** What a function is told by its deployment: `config.json` in the bundle, and the environment names of old. */
import * as z from 'zod';

import { decide, fromEnvironment } from '../config/decide.ts';
import { mergeSettings } from '../config/merge.ts';
import { settingsSchema } from '../config/schema.ts';
import type { Configuration } from '../config/schema.ts';
import { remediationSchema } from '../remediate/settings.ts';
import { UserError } from '../user-error.ts';

/** Lambda's environment holds 4 KB: rules, waivers and custom rules travel in the bundle. */
export const CONFIG_FILE = 'config.json';

const FUNCTION_SCHEMA = 'compliancectl.function/1';

const results = z
  .strictObject({
    bucket: z.string().min(1).optional().describe('Where scans are stored; BUCKET_NAME weighs more.'),
    records: z.boolean().default(false).describe('Store the scan record `scans/YYYY-MM-DD/{epoch ms}.json` too.'),
  })
  .prefault({});

const history = z.strictObject({
  table: z.string().min(1).describe('The DynamoDB table.'),
  store: z.enum(['changes', 'every']).describe('What differs from the current state, or every evaluation.'),
});

const METRIC_SETS = ['score', 'categories', 'resources', 'instances'] as const;

const metrics = z.strictObject({
  sets: z.array(z.enum(METRIC_SETS)).describe('Which metrics are put.'),
  literal: z.boolean().default(false).describe('Put each once more without the dimension Environment.'),
});

const alerts = z
  .strictObject({
    topicArn: z.string().min(1).optional().describe('SNS_TOPIC_ARN and TOPIC_ARN weigh more.'),
    criticalTopicArn: z.string().min(1).optional().describe('Where critical findings go instead.'),
    mode: z
      .enum(['every', 'changes'])
      .default('every')
      .describe('Every finding each time; or what is new or worse, and a digest a day of what stays.'),
  })
  .prefault({});

const functionSchema = z.strictObject({
  schema: z.literal(FUNCTION_SCHEMA),
  environment: z.string().min(1),
  settings: settingsSchema.describe('The settings of the environment, as in compliancectl.yaml, its preset merged in.'),
  results,
  history: history.optional(),
  metrics: metrics.optional(),
  alerts,
  remediation: remediationSchema.optional().describe('In place of that of the settings.'),
});

export type MetricSet = (typeof METRIC_SETS)[number];
export type MetricSettings = z.output<typeof metrics>;
export type HistorySettings = z.output<typeof history>;
export type AlertSettings = z.output<typeof alerts>;
export type ResultSettings = z.output<typeof results>;

/** The same, everything decided. */
export interface FunctionConfiguration extends Configuration {
  readonly environment: string;
  readonly results: ResultSettings;
  readonly history?: HistorySettings;
  readonly metrics?: MetricSettings;
  readonly alerts: AlertSettings;
}

/**
 * @param text of `config.json`
 * @throws UserError `FUNCTION_CONFIG` where it is not what a deployment writes, `BAD_ENVIRONMENT` as `decide.ts` says
 */
export function functionConfiguration(text: string, env: NodeJS.ProcessEnv): FunctionConfiguration {
  const { data, error } = functionSchema.safeParse(parse(text));
  if (data === undefined) throw unusable(sentenceOf(error.issues[0]), error);
  const { environment, history: table, metrics: sets, remediation } = data;
  const settings = settingsSchema.parse(mergeSettings(data.settings, fromEnvironment(env)));
  const bucket = env['BUCKET_NAME'] ?? data.results.bucket;
  const topicArn = env['SNS_TOPIC_ARN'] ?? env['TOPIC_ARN'] ?? data.alerts.topicArn;
  return {
    ...decide(settings, { asked: undefined, ownSelect: settings.select }),
    environment,
    results: { ...data.results, ...(bucket !== undefined && { bucket }) },
    ...(table !== undefined && { history: table }),
    ...(sets !== undefined && { metrics: sets }),
    alerts: { ...data.alerts, ...(topicArn !== undefined && { topicArn }) },
    ...(remediation !== undefined && { remediation }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable('it is not JSON', error);
  }
}

function sentenceOf(issue: z.core.$ZodIssue | undefined): string {
  const path = issue?.path.map(String).join('.') ?? '';
  return `${path === '' ? 'its top' : path}: ${issue?.message ?? 'unknown'}`;
}

function unusable(why: string, cause: unknown): UserError {
  return new UserError(`${CONFIG_FILE} is not what a deployment writes: ${why}.`, {
    code: 'FUNCTION_CONFIG',
    suggestions: ['Deploy the stack again with this version'],
    cause,
  });
}
