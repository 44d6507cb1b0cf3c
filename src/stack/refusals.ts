/** What a configuration asks of a stack that AWS or a requirement forbids, each with the reason. */
import type { Configuration } from '../config/schema.ts';
import { UserError } from '../user-error.ts';
import type { Blueprint } from './blueprints.ts';
import { missingScanWindow } from './scan-interval.ts';
import { longestGapSeconds } from './schedule-expression.ts';
import type { FunctionId } from './spec.ts';
import type { StackSettings } from './settings.ts';

/** @throws UserError `STACK_SETTING` for the first setting that cannot be followed */
export function refuseForbidden(configuration: Configuration, blueprint: Blueprint): void {
  const { preset } = configuration;
  const stack = configuration.stack ?? {};
  refuseForeignParts(configuration, blueprint, stack);
  refuseUnmetNeeds(configuration, blueprint);
  refuseUnwatchable(blueprint, stack);
  if (preset === 'regulated') refuseUnregulated(configuration, stack);
}

/** Settings for what the preset does not have would be followed by nothing. */
function refuseForeignParts({ preset }: Configuration, blueprint: Blueprint, stack: StackSettings): void {
  const foreign = Object.keys(stack.functions ?? {}).find((id) => blueprint.functions[id as FunctionId] === undefined);
  if (foreign !== undefined) {
    refuse(`stack.functions.${foreign}`, `the preset ${preset} has no such function`, [
      `Its functions: ${Object.keys(blueprint.functions).join(', ')}`,
    ]);
  }
  const bucket = (['results', 'logs', 'reports', 'audit'] as const).find(
    (purpose) => stack.buckets?.[purpose] !== undefined && blueprint.buckets[purpose] === undefined,
  );
  if (bucket !== undefined) refuse(`stack.buckets.${bucket}`, `the preset ${preset} has no such bucket`, []);
  if (stack.history !== undefined && !blueprint.table) {
    refuse('stack.history', `the preset ${preset} has no history table`, ['Choose the preset standard']);
  }
  if (stack.configRules !== undefined && Object.keys(blueprint.configRules).length === 0) {
    refuse('stack.configRules', `the preset ${preset} does not use AWS Config`, ['Choose config-history or regulated']);
  }
  if (stack.dashboard === true && blueprint.dashboard === undefined) {
    refuse('stack.dashboard', `the preset ${preset} puts no metrics that a dashboard could show`, []);
  }
  const { score, heartbeat, nonCompliantInstances } = stack.alarms ?? {};
  const sets = stack.metrics?.sets ?? [];
  if (score === true && !sets.includes('score')) {
    refuse('stack.alarms.score', 'the alarm on the score needs the metrics of the set score', [
      'Add score to stack.metrics.sets',
    ]);
  }
  if (heartbeat === true && (stack.metrics === undefined || blueprint.scans === undefined)) {
    refuse('stack.alarms.heartbeat', 'the alarm on missing scans needs a scan that puts metrics', []);
  }
  if (nonCompliantInstances !== undefined && stack.tagCheckMetrics !== true) {
    refuse('stack.alarms.nonCompliantInstances', 'the alarm needs the metrics of the tag checker', [
      'Set stack.tagCheckMetrics: true',
    ]);
  }
}

/** What a preset cannot guess. */
function refuseUnmetNeeds({ preset, tags = {}, rules }: Configuration, blueprint: Blueprint): void {
  const missing = blueprint.requiredTags.find((key) => (tags[key] ?? '').trim() === '');
  if (missing !== undefined) {
    refuse(`tags.${missing}`, `the preset ${preset} needs the tag ${missing} on all that it creates`, [
      `Set tags: { ${missing}: platform-team }`,
    ]);
  }
  const lacking = Object.values(blueprint.configRules)
    .map((id) => ({ id, chosen: rules.find(({ rule }) => rule.id === id) }))
    .find(({ chosen }) => {
      const name = chosen?.rule.requiredParameter;
      if (chosen === undefined) return true;
      return name !== undefined && (chosen.parameters as Record<string, unknown>)[name] === undefined;
    });
  if (lacking === undefined) return;
  const name = lacking.chosen?.rule.requiredParameter;
  const setting = name === undefined ? 'select' : `rules.${lacking.id}.parameters.${name}`;
  const reason =
    name === undefined
      ? `the preset ${preset} makes a Config rule of ${lacking.id}, which the settings leave out`
      : `the preset ${preset} makes a Config rule of ${lacking.id}, which has nothing to go by without it`;
  refuse(setting, reason, name === undefined ? [`Leave ${lacking.id} in`] : [`Set ${setting}`]);
}

/** An alarm that could never fire, or always would, is worse than none. */
function refuseUnwatchable({ scans }: Blueprint, { functions = {}, alarms = {} }: StackSettings): void {
  const schedule = scans && functions[scans]?.schedule;
  if (schedule === undefined || alarms.heartbeat !== true || missingScanWindow(schedule) !== undefined) return;
  refuse(
    `stack.functions.${scans}.schedule`,
    'an alarm looks back seven days, so it cannot tell that two scans are missing which are further apart',
    ['Scan at least every three days, or set stack.alarms.heartbeat: false'],
  );
}

const SIX_HOURS = 21_600;

/** What S4 asks for cannot be had less of: who needs less has another preset. */
function refuseUnregulated({ remediation }: Configuration, stack: StackSettings): void {
  const { functions = {}, buckets = {}, configRules = {} } = stack;
  const retentions = [
    ['stack.logRetention', stack.logRetention],
    ...Object.entries(functions).map(
      ([id, size]) => [`stack.functions.${id}.logRetention`, size?.logRetention] as const,
    ),
  ] as const;
  const retention = retentions.find(([, days]) => days !== undefined && days !== 7);
  if (retention !== undefined) refuse(retention[0], 'the preset regulated keeps logs for exactly 7 days', OTHER_PRESET);
  if (stack.encryption === 'AES256') {
    refuse('stack.encryption', 'the preset regulated encrypts every bucket with KMS', OTHER_PRESET);
  }
  const evaluator = functions['config-evaluator']?.schedule;
  if (evaluator !== undefined && longestGapSeconds(evaluator) > SIX_HOURS) {
    refuse(
      'stack.functions.config-evaluator.schedule',
      'the preset regulated checks at least every 6 hours',
      OTHER_PRESET,
    );
  }
  if (configRules.every === 'Twelve_Hours' || configRules.every === 'TwentyFour_Hours') {
    refuse('stack.configRules.every', 'the preset regulated evaluates its rules at least every 6 hours', OTHER_PRESET);
  }
  if (functions.remediator?.reservedConcurrency !== 1) {
    refuse('stack.functions.remediator.reservedConcurrency', 'two runs at once would mend the same things', [
      'Leave it at 1',
    ]);
  }
  const { reports, audit } = buckets;
  if (reports?.expireAfterDays !== 30) {
    refuse('stack.buckets.reports.expireAfterDays', 'the preset regulated keeps reports for 30 days', OTHER_PRESET);
  }
  if (audit?.expireAfterDays !== undefined && audit.expireAfterDays <= 30) {
    refuse('stack.buckets.audit.expireAfterDays', 'the audit trail outlives the reports', [
      'Keep it for more than 30 days',
    ]);
  }
  if (remediation?.auditBucket !== undefined) {
    refuse('remediation.auditBucket', 'the preset regulated has an audit bucket of its own', [
      'Leave it out for this environment',
    ]);
  }
}

const OTHER_PRESET = ['Choose another preset where that is not wanted'];

function refuse(setting: string, reason: string, suggestions: readonly string[]): never {
  throw new UserError(`${setting}: ${reason}.`, { code: 'STACK_SETTING', suggestions });
}
