/** What is built for each preset: its functions, buckets and extra parts. How large, how often and how long, the preset's settings say. */
import type { PresetName } from '../config/preset-names.ts';
import type { BucketSpec, FunctionId } from './spec.ts';

export interface Blueprint {
  /** What each function is called, without the suffix. */
  readonly functions: Partial<Readonly<Record<FunctionId, string>>>;
  /** The function that scans the whole estate on a schedule. */
  readonly scans?: 'scanner' | 'config-evaluator';
  readonly buckets: Partial<Readonly<Record<BucketSpec['purpose'], string>>>;
  /** Where scan documents, or the tag checker's objects, are stored. */
  readonly stores?: BucketSpec['purpose'];
  readonly table: boolean;
  /** Critical findings have a topic of their own. */
  readonly criticalTopic: boolean;
  /** What the tag checker's keys begin with. */
  readonly tagCheckPrefix: string;
  /** Our rule by the name of the Config rule that stands for it, without the suffix. */
  readonly configRules: Readonly<Record<string, string>>;
  /** AWS Config of several regions is brought together. */
  readonly aggregates: boolean;
  /** The evaluator's scheduled runs start the reporter when they have ended well. */
  readonly reportsAfterScans: boolean;
  /** What `lambdaFunctionArn` is. */
  readonly main: FunctionId;
  /** `Namespace/MetricName`. */
  readonly metric?: string;
  readonly dashboard?: string;
  /** The stack's tags, beside `Environment`. */
  readonly tags: Readonly<Record<string, string>>;
  /** Keys that the configuration must give a value. */
  readonly requiredTags: readonly string[];
}

const USUAL_TAGS = { Project: 'ComplianceMonitoring', ManagedBy: 'Pulumi' };

const NOTHING_MORE = {
  table: false,
  criticalTopic: false,
  tagCheckPrefix: 'checks/',
  configRules: {},
  aggregates: false,
  reportsAfterScans: false,
  tags: USUAL_TAGS,
  requiredTags: [],
};

const CONFIG_RULES = {
  'ec2-tag-checker': 'ec2-required-tags',
  's3-encryption-checker': 's3-bucket-encrypted',
  'rds-backup-checker': 'rds-backup-retention',
};

export const BLUEPRINTS: Readonly<Record<PresetName, Blueprint>> = {
  standard: {
    ...NOTHING_MORE,
    functions: {
      scanner: 'compliance-scanner',
      'tag-checker': 'tag-compliance-checker',
      reporter: 'compliance-reporter',
    },
    scans: 'scanner',
    buckets: { results: 'compliance-results' },
    stores: 'results',
    table: true,
    main: 'scanner',
    metric: 'InfrastructureCompliance/ComplianceScore',
    dashboard: 'compliance-dashboard',
  },
  'ec2-baseline': {
    ...NOTHING_MORE,
    functions: { scanner: 'compliance-scanner' },
    scans: 'scanner',
    buckets: {},
    main: 'scanner',
    metric: 'InfrastructureCompliance/ComplianceScore',
    dashboard: 'compliance-dashboard',
  },
  reporting: {
    ...NOTHING_MORE,
    functions: { scanner: 'compliance-scanner', reporter: 'compliance-reporter' },
    scans: 'scanner',
    buckets: { results: 'compliance-results' },
    stores: 'results',
    main: 'scanner',
    metric: 'InfrastructureCompliance/CompliancePercentage',
    dashboard: 'compliance-dashboard',
  },
  'config-history': {
    ...NOTHING_MORE,
    functions: { 'config-evaluator': 'config-evaluator', reporter: 'report-aggregator' },
    scans: 'config-evaluator',
    buckets: { delivery: 'config-delivery', reports: 'compliance-reports' },
    stores: 'reports',
    table: true,
    configRules: CONFIG_RULES,
    reportsAfterScans: true,
    main: 'config-evaluator',
    tags: { Environment: 'Production', Compliance: 'Required', ManagedBy: 'Pulumi' },
  },
  'tag-events': {
    ...NOTHING_MORE,
    functions: { 'tag-checker': 'tag-compliance-checker' },
    buckets: { logs: 'compliance-logs' },
    stores: 'logs',
    tagCheckPrefix: 'scans/',
    main: 'tag-checker',
    metric: 'TagCompliance/NonCompliantInstances',
    dashboard: 'tag-compliance',
  },
  regulated: {
    ...NOTHING_MORE,
    functions: {
      'config-evaluator': 'config-evaluator',
      'config-processor': 'config-processor',
      reporter: 'compliance-reporter',
      remediator: 'compliance-remediator',
    },
    scans: 'config-evaluator',
    buckets: { reports: 'compliance-reports', delivery: 'config-delivery', audit: 'compliance-audit' },
    stores: 'reports',
    table: true,
    criticalTopic: true,
    configRules: { ...CONFIG_RULES, 'ec2-instance-type-checker': 'ec2-approved-instance-type' },
    aggregates: true,
    main: 'config-evaluator',
    metric: 'InfrastructureCompliance/ComplianceScore',
    dashboard: 'compliance-dashboard',
    tags: { ...USUAL_TAGS, ComplianceLevel: 'High' },
    requiredTags: ['Owner'],
  },
};

/** What the alarms on a function are called: `scanner-failure-alarm-{env}`. */
export const ALARM_NAMES: Readonly<Record<FunctionId, string>> = {
  scanner: 'scanner',
  'tag-checker': 'checker',
  reporter: 'reporter',
  'config-evaluator': 'evaluator',
  'config-processor': 'processor',
  remediator: 'remediator',
};
