/** How much a stack has to do in a month: how often each function runs, and what AWS Config sees. */
import { judgedTypes } from '../engine/rule.ts';
import type { ChosenRule } from '../engine/rule.ts';
import { functionConfiguration } from '../functions/configuration.ts';
import type { FunctionConfiguration } from '../functions/configuration.ts';
import type { AssumptionName, Assumptions } from './cost-assumptions.ts';
import { hoursPerMonth, MONTH_HOURS, runsPerMonth } from './schedule-expression.ts';
import type { ConfigRuleSpec, EventsSpec, FunctionSpec, ScheduleSpec, StackSpec } from './spec.ts';

/** A function, and how often it is started in a month. */
export interface Work {
  readonly spec: FunctionSpec;
  readonly configuration: FunctionConfiguration;
  /** Scans and reports. */
  readonly runs: number;
  /** Runs that read the whole history. */
  readonly aggregates: number;
  /** Hours of the month in which a schedule starts it. */
  readonly hours: number;
  /** Single events: a resource that changed, a question of AWS Config, a scan that was stored. */
  readonly events: number;
  /** Evaluations that its events make: one each, and all of a rule where AWS Config asks for all its resources. */
  readonly evaluations: number;
}

export interface Workload {
  readonly work: readonly Work[];
  /** The rules that the stack judges by. */
  readonly rules: readonly ChosenRule[];
  /** Evaluations of one scan; 0 where nothing scans. */
  readonly evaluations: number;
  /** Events of EventBridge's own sources, schedules among them. */
  readonly bridgeEvents: number;
}

export function workloadOf(spec: StackSpec, assumptions: Assumptions): Workload {
  const configured = spec.functions.map((one) => ({
    one,
    // What the function itself will read from its configuration decides.
    configuration: functionConfiguration(JSON.stringify(one.config), one.environment),
  }));
  const judge = configured.find(({ one }) => scansAll(one));
  const rules = (judge ?? configured.find(({ one }) => one.id === 'tag-checker'))?.configuration.rules ?? [];
  const evaluations = judge === undefined ? 0 : sum(rules, ({ rule }) => resourcesOf(judgedTypes(rule), assumptions));
  const scans = sum(spec.functions.filter(scansAll), (one) => scheduledRuns(one, spec));
  const eventsOf = (events: EventsSpec) => assumedEvents(events, scans, assumptions);
  const work = configured.map(({ one, configuration }): Work => {
    const own = schedulesOf(one, spec);
    const starters = spec.functions.filter(({ onSuccess }) => onSuccess?.functionArn === one.arn);
    const following = sum(starters, (starter) => scheduledRuns(starter, spec));
    const answered = configRulesOf(one, spec);
    const asked = spec.events.filter(({ target }) => target.functionName === one.name);
    return {
      spec: one,
      configuration,
      runs: scheduledRuns(one, spec) + following,
      aggregates: following + sum(own.filter(isAggregate), ({ expression }) => runsPerMonth(expression)),
      hours: scheduledHours(one, spec),
      events: sum(asked, eventsOf) + sum(answered, (rule) => questionsOf(rule, assumptions)),
      evaluations: sum(asked, eventsOf) + sum(answered, (rule) => judgedFor(rule, assumptions)),
    };
  });
  return {
    work,
    rules,
    evaluations,
    bridgeEvents: sum(spec.events, eventsOf) + sum(spec.schedules, ({ expression }) => runsPerMonth(expression)),
  };
}

export function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** True of what judges the whole estate on a schedule. */
function scansAll({ id }: FunctionSpec): boolean {
  return id === 'scanner' || id === 'config-evaluator';
}

function schedulesOf({ name }: FunctionSpec, { schedules }: StackSpec): ScheduleSpec[] {
  return schedules.filter(({ target }) => target.functionName === name);
}

function scheduledRuns(one: FunctionSpec, spec: StackSpec): number {
  return sum(schedulesOf(one, spec), ({ expression }) => runsPerMonth(expression));
}

function scheduledHours(one: FunctionSpec, spec: StackSpec): number {
  return Math.min(
    MONTH_HOURS,
    sum(schedulesOf(one, spec), ({ expression }) => hoursPerMonth(expression)),
  );
}

function isAggregate({ target }: ScheduleSpec): boolean {
  return target.input?.template.includes('"aggregate"') ?? false;
}

function assumedEvents({ name, pattern }: EventsSpec, scans: number, assumptions: Assumptions): number {
  const { source } = pattern as { readonly source?: readonly string[] };
  switch (source?.[0]) {
    case 'aws.ec2':
      return assumptions.of('ec2-events');
    case 'aws.config':
      return assumptions.of('compliance-changes');
    case 'aws.s3':
      return scans;
    default:
      throw new Error(`Nothing is known of how often the events of ${name} happen.`);
  }
}

const COUNTS: Readonly<Record<string, AssumptionName>> = {
  'AWS::EC2::Instance': 'instances',
  'AWS::EC2::Volume': 'volumes',
  'AWS::EC2::SecurityGroup': 'security-groups',
  'AWS::S3::Bucket': 'buckets',
  'AWS::RDS::DBInstance': 'databases',
  'AWS::RDS::DBCluster': 'database-clusters',
};

/** The four that are assumed together. */
const IAM_TYPES = 4;

export function resourcesOf(types: readonly string[], assumptions: Assumptions): number {
  return sum(types, (type) => {
    if (type.startsWith('AWS::IAM::')) return assumptions.of('iam-resources') / IAM_TYPES;
    return assumptions.of(COUNTS[type] ?? 'other-resources');
  });
}

/** What AWS Config records of them in a month, once it has recorded each. */
export function changesOf(types: readonly string[], assumptions: Assumptions): number {
  return sum(types, (type) =>
    type === 'AWS::EC2::Instance'
      ? assumptions.of('ec2-events') * assumptions.of('items-per-event')
      : resourcesOf([type], assumptions) * assumptions.of('changes-per-resource'),
  );
}

const PERIOD_HOURS: Readonly<Record<NonNullable<ConfigRuleSpec['periodic']>, number>> = {
  One_Hour: 1,
  Three_Hours: 3,
  Six_Hours: 6,
  Twelve_Hours: 12,
  TwentyFour_Hours: 24,
};

/** How often a rule is asked for all its resources in a month. */
function periodicRuns({ periodic }: ConfigRuleSpec): number {
  return periodic === undefined ? 0 : MONTH_HOURS / PERIOD_HOURS[periodic];
}

/** How often AWS Config invokes the function for a rule: for each change, and for all its resources at once. */
function questionsOf(rule: ConfigRuleSpec, assumptions: Assumptions): number {
  return changesOf(rule.resourceTypes, assumptions) + periodicRuns(rule);
}

/** What the function judges to answer. */
function judgedFor(rule: ConfigRuleSpec, assumptions: Assumptions): number {
  return changesOf(rule.resourceTypes, assumptions) + periodicRuns(rule) * resourcesOf(rule.resourceTypes, assumptions);
}

/** The Config rules that a function answers. */
function configRulesOf({ arn }: FunctionSpec, { config }: StackSpec): readonly ConfigRuleSpec[] {
  return config?.rules.filter(({ functionArn }) => functionArn === arn) ?? [];
}

/** The evaluations that a rule puts in a month, which is what AWS charges for. */
export function evaluationsOf(rule: ConfigRuleSpec, { work }: Workload, assumptions: Assumptions): number {
  const evaluator = work.find(({ spec }) => spec.arn === rule.functionArn);
  return evaluator?.configuration.configRules.periodic === 'account'
    ? questionsOf(rule, assumptions)
    : judgedFor(rule, assumptions);
}
