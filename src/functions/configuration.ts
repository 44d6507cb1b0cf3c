/** What a function is told by its deployment: `config.json` in the bundle, and the environment names of old. */
import * as z from 'zod';

import { decide, fromEnvironment } from '../config/decide.ts';
import { mergeSettings } from '../config/merge.ts';
import { settingsSchema } from '../config/schema.ts';
import type { Configuration } from '../config/schema.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import { METRIC_SETS } from '../publish/scan-metrics.ts';
import { remediationSchema } from '../remediate/settings.ts';
import { PERIOD_KINDS } from '../report/period-report.ts';
import { UserError } from '../user-error.ts';
import { firstIssue } from './event.ts';

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

const tagChecks = z
  .strictObject({
    prefix: z.string().default('checks/').describe('What the keys of the objects start with, one for each check.'),
    metrics: z.boolean().default(false).describe('Put TagCompliance / CompliantInstances and NonCompliantInstances.'),
  })
  .prefault({});

const configRules = z
  .strictObject({
    rules: z.record(z.string(), z.string()).default({}).describe('Our rule ids by the names of AWS Config rules.'),
    periodic: z
      .enum(['resources', 'account'])
      .default('resources')
      .describe(
        'What a periodic run answers: a verdict a resource, or one for the account, which costs one evaluation.',
      ),
    severity: z.enum(SEVERITIES).default('high').describe('How much failures of Config rules weigh that are not ours.'),
  })
  .prefault({});

const reports = z
  .strictObject({
    bucket: z.string().min(1).optional().describe('Where reports are stored; beside the scans where it is not set.'),
    notify: z.array(z.enum(PERIOD_KINDS)).default([]).describe('Which reports are sent to the topic, as text.'),
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
  tagChecks,
  configRules,
  remediation: remediationSchema.optional().describe('In place of that of the settings.'),
  reports,
});

export type MetricSettings = z.output<typeof metrics>;
export type HistorySettings = z.output<typeof history>;
type AlertSettings = z.output<typeof alerts>;
type ResultSettings = z.output<typeof results>;
type TagCheckSettings = z.output<typeof tagChecks>;
export type ConfigRuleSettings = z.output<typeof configRules>;
type ReportSettings = z.output<typeof reports>;

/** The same, everything decided. */
export interface FunctionConfiguration extends Configuration {
  readonly environment: string;
  readonly results: ResultSettings;
  readonly history?: HistorySettings;
  readonly metrics?: MetricSettings;
  readonly alerts: AlertSettings;
  readonly tagChecks: TagCheckSettings;
  readonly configRules: ConfigRuleSettings;
  readonly reports: ReportSettings;
}

/**
 * @param text of `config.json`
 * @throws UserError `FUNCTION_CONFIG` where it is not what a deployment writes, `BAD_ENVIRONMENT` as `decide.ts` says
 */
export function functionConfiguration(text: string, env: NodeJS.ProcessEnv): FunctionConfiguration {
  const { data, error } = functionSchema.safeParse(parse(text));
  if (error !== undefined) throw unusable(firstIssue(error), error);
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
    tagChecks: data.tagChecks,
    configRules: data.configRules,
    ...(remediation !== undefined && { remediation }),
    reports: data.reports,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable('it is not JSON', error);
  }
}

function unusable(why: string, cause: unknown): UserError {
  return new UserError(`${CONFIG_FILE} is not what a deployment writes: ${why}.`, {
    code: 'FUNCTION_CONFIG',
    suggestions: ['Deploy the stack again with this version'],
    cause,
  });
}
