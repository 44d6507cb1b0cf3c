/** What a stack costs a month, before it is deployed (S3-9): from its parts, list prices, and assumptions that are all told. */
import { ALWAYS_FREE, LIST_PRICES, PRICED_REGION } from '../prices/list-prices.ts';
import type { PriceId } from '../prices/list-prices.ts';
import { UserError } from '../user-error.ts';
import { runsPerMonth } from './schedule-expression.ts';
import type { MetricSet } from '../publish/scan-metrics.ts';
import type { ConfigRuleSpec, FunctionSpec, StackSpec } from './spec.ts';

/** What is not known before the stack runs; every one may be given with `--assume`. */
const ASSUMPTIONS = {
  instances: { value: 100, unit: 'EC2 instances in the estate' },
  instanceTypes: { value: 10, unit: 'types among them: each has a metric' },
  events: { value: 3000, unit: 'state changes of instances a month' },
  scanSeconds: { value: 10, unit: 'seconds a scan takes' },
  checkSeconds: { value: 1, unit: 'seconds a check, a change or a repair takes' },
  reportSeconds: { value: 5, unit: 'seconds a report takes' },
  storedGigabytes: { value: 1, unit: 'GB stored in S3' },
  loggedGigabytes: { value: 0.1, unit: 'GB logged a month' },
  emails: { value: 100, unit: 'emails a month' },
  historyWrites: { value: 5000, unit: 'writes to the history a month' },
  queuePolls: { value: 648_000, unit: 'requests a month by which Lambda asks a queue' },
  configItems: { value: 23.5, unit: 'items a month that AWS Config records of an instance and what is attached' },
  configEvaluations: { value: 13.5, unit: 'evaluations a month of one Config rule of an instance, on changes' },
} as const;

export type AssumptionName = keyof typeof ASSUMPTIONS;
export type Assumptions = Readonly<Record<AssumptionName, number>>;

/** S3-9's own figures for the preset that it is about. */
const TAG_EVENTS = { events: 20_000, emails: 1000 };

export interface CostItem {
  readonly id: string;
  readonly description: string;
  readonly quantity: number;
  readonly unit: string;
  /** Dollars a month at list price, and with what AWS gives every account for nothing. */
  readonly list: number;
  readonly withAllowances: number;
  /** How both were found. */
  readonly formula: string;
}

export interface StackCost {
  readonly items: readonly CostItem[];
  readonly list: number;
  readonly withAllowances: number;
  /** What AWS Config alone would cost to watch the same estate by the same rules. */
  readonly configInstead: number;
  readonly assumptions: readonly { readonly name: AssumptionName; readonly value: number; readonly unit: string }[];
  readonly pricedRegion: string;
  readonly asOf: string;
}

/**
 * The assumptions of a preset, written over by `NAME=NUMBER`.
 *
 * @throws UserError `BAD_ASSUMPTION`
 */
export function assumptionsFor(preset: StackSpec['preset'], given: readonly string[] = []): Assumptions {
  const names = Object.keys(ASSUMPTIONS) as AssumptionName[];
  const usual = Object.fromEntries(names.map((name) => [name, ASSUMPTIONS[name].value])) as Record<
    AssumptionName,
    number
  >;
  const own = { ...usual, ...(preset === 'tag-events' && TAG_EVENTS) };
  for (const text of given) {
    const [, name = '', number = ''] = /^(\w+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
    const known = names.find((candidate) => candidate === name);
    if (known === undefined) {
      throw new UserError(
        { typed: text, say: (typed) => `--assume ${typed} is no assumption of the estimate, given as NAME=NUMBER.` },
        { code: 'BAD_ASSUMPTION', suggestions: [`The assumptions: ${names.join(', ')}`] },
      );
    }
    own[known] = Number(number);
  }
  return own;
}

/** @param ruleCount how many rules run, for what AWS Config would cost instead */
export function estimateCost(spec: StackSpec, assumptions: Assumptions, ruleCount: number): StackCost {
  const cost = estimateFrom(spec, assumptions, ruleCount);
  // What the figures do not rest on is not worth a reader's time: what changes none of them is left out.
  const figures = ({ list, configInstead }: Pick<StackCost, 'list' | 'configInstead'>) => `${list} ${configInstead}`;
  const names = (Object.keys(ASSUMPTIONS) as AssumptionName[]).filter((name) => {
    const other = estimateFrom(spec, { ...assumptions, [name]: assumptions[name] + 1 }, ruleCount);
    return figures(other) !== figures(cost);
  });
  return {
    ...cost,
    assumptions: names.map((name) => ({ name, value: assumptions[name], unit: ASSUMPTIONS[name].unit })),
    pricedRegion: PRICED_REGION,
    asOf: LIST_PRICES.metric.asOf,
  };
}

function estimateFrom(
  spec: StackSpec,
  assumptions: Assumptions,
  ruleCount: number,
): Pick<StackCost, 'items' | 'list' | 'withAllowances' | 'configInstead'> {
  const items = [
    ...functionItems(spec, assumptions),
    ...watchingItems(spec, assumptions),
    ...storageItems(spec, assumptions),
    ...messageItems(spec, assumptions),
    ...keyItems(spec),
    ...configItems(spec, assumptions),
  ];
  const sum = (of: (one: CostItem) => number) => items.reduce((total, one) => total + of(one), 0);
  return {
    items,
    list: sum(({ list }) => list),
    withAllowances: sum(({ withAllowances }) => withAllowances),
    configInstead:
      recordedItems(assumptions) * LIST_PRICES.configItem.usd +
      ruleCount * changeEvaluations(assumptions) * LIST_PRICES.configEvaluation.usd,
  };
}

/** @param share of the month that a unit is billed for: a metric that is put four times a day costs four hours of it */
function item(id: PriceId, description: string, quantity: number, share = 1): CostItem {
  const { usd, unit } = LIST_PRICES[id];
  const free = ALWAYS_FREE[id];
  const billed = Math.max(0, quantity - (free ?? 0));
  const times = share === 1 ? '' : ` x ${round(share)} of the month`;
  return {
    id,
    description,
    quantity,
    unit,
    list: quantity * usd * share,
    withAllowances: billed * usd * share,
    formula: `${round(quantity)} x $${usd}${times}${free === undefined ? '' : `; ${free} free`}`,
  };
}

function round(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/** How often each function runs in a month, and how long. */
function functionItems(spec: StackSpec, assumptions: Assumptions): CostItem[] {
  const runs = spec.functions.map((one) => ({ one, runs: runsOf(one, spec, assumptions) }));
  const gigabyteSeconds = runs.reduce(
    (sum, { one, runs: times }) => sum + (times * secondsOf(one, assumptions) * one.memoryMegabytes) / 1024,
    0,
  );
  const arm = spec.functions.every(({ architecture }) => architecture === 'arm64');
  return [
    item(
      'lambdaRequest',
      'Lambda: runs',
      runs.reduce((sum, { runs: times }) => sum + times, 0),
    ),
    item(arm ? 'lambdaArm' : 'lambdaX86', 'Lambda: time', gigabyteSeconds),
  ];
}

function runsOf({ name, id }: FunctionSpec, spec: StackSpec, assumptions: Assumptions): number {
  const scheduled = spec.schedules
    .filter(({ target }) => target.functionName === name)
    .reduce((sum, { expression }) => sum + runsPerMonth(expression), 0);
  const rules = spec.config?.rules ?? [];
  const onChange = rules.length * changeEvaluations(assumptions);
  switch (id) {
    case 'tag-checker':
      return scheduled + assumptions.events;
    case 'config-evaluator':
      return scheduled + onChange + periodicRuns(rules);
    case 'config-processor':
      return scheduled + onChange;
    case 'reporter':
      return (
        scheduled + (spec.functions.some(({ onSuccess }) => onSuccess?.functionArn.endsWith(name)) ? scansOf(spec) : 0)
      );
    case 'remediator':
      return scheduled + scansOf(spec);
    default:
      return scheduled;
  }
}

/** How often AWS Config asks its rules, beside changes. */
function periodicRuns(rules: readonly ConfigRuleSpec[]): number {
  const hours = { One_Hour: 1, Three_Hours: 3, Six_Hours: 6, Twelve_Hours: 12, TwentyFour_Hours: 24 };
  return rules.reduce((sum, { periodic }) => sum + (periodic === undefined ? 0 : 730 / hours[periodic]), 0);
}

function scansOf(spec: StackSpec): number {
  const scanning = spec.functions.find(({ id }) => id === 'scanner' || id === 'config-evaluator');
  const own = spec.schedules.find(({ target }) => target.functionName === scanning?.name);
  return own === undefined ? 0 : runsPerMonth(own.expression);
}

function secondsOf({ id }: FunctionSpec, { scanSeconds, checkSeconds, reportSeconds }: Assumptions): number {
  if (id === 'scanner') return scanSeconds;
  return id === 'reporter' ? reportSeconds : checkSeconds;
}

function watchingItems(spec: StackSpec, assumptions: Assumptions): CostItem[] {
  const metrics = metricCount(spec, assumptions);
  // CloudWatch bills the hours in which a metric is put.
  const hours = Math.min(
    730,
    spec.functions.some(({ id }) => id === 'tag-checker') && metrics.checks > 0 ? assumptions.events : scansOf(spec),
  );
  const count = metrics.scans + metrics.checks;
  return [
    ...(count === 0 ? [] : [item('metric', 'CloudWatch: metrics', count, hours / 730)]),
    ...(spec.alarms.length === 0 ? [] : [item('alarm', 'CloudWatch: alarms', spec.alarms.length)]),
    ...(spec.dashboard === undefined ? [] : [item('dashboard', 'CloudWatch: dashboard', 1)]),
    item('logs', 'CloudWatch: logs', assumptions.loggedGigabytes),
  ];
}

interface Told {
  readonly metrics?: { readonly sets: readonly MetricSet[]; readonly literal: boolean };
  readonly tagChecks?: { readonly metrics: boolean };
}

/** Categories that rules have. */
const CATEGORIES = 7;

function metricCount({ functions }: StackSpec, { instanceTypes }: Assumptions): { scans: number; checks: number } {
  const told = functions.map(({ config }) => config as Told);
  const metrics = told.find(({ metrics: own }) => own !== undefined)?.metrics;
  const checks = told.some(({ tagChecks }) => tagChecks?.metrics === true) ? 4 : 0;
  if (metrics === undefined) return { scans: 0, checks };
  const sizes: Readonly<Record<MetricSet, number>> = {
    score: 1 + instanceTypes,
    categories: CATEGORIES,
    resources: 4,
    instances: 3,
  };
  const own = metrics.sets.reduce((sum, set) => sum + sizes[set], 0);
  return { scans: own * (metrics.literal ? 2 : 1) + 1, checks };
}

function storageItems(spec: StackSpec, { storedGigabytes, historyWrites, events }: Assumptions): CostItem[] {
  const { buckets, table, functions } = spec;
  const checks = functions.some(({ id }) => id === 'tag-checker') ? events : 0;
  // A scan stores its document, its record, its receipts and `latest.json`: some ten objects.
  const puts = 10 * scansOf(spec) + checks;
  return [
    ...(buckets.length === 0
      ? []
      : [item('s3Storage', 'S3: storage', storedGigabytes), item('s3Put', 'S3: writes', puts)]),
    // A change is written with its current state, in a transaction: two items, two units each.
    ...(table === undefined ? [] : [item('dynamodbWrite', 'DynamoDB: writes', 4 * historyWrites)]),
  ];
}

function messageItems({ topics, events }: StackSpec, { emails, queuePolls }: Assumptions): CostItem[] {
  const addresses = topics.slice(0, 1).flatMap(({ subscriptions }) => subscriptions).length;
  const queues = events.filter(({ queue }) => queue !== undefined).length;
  return [
    item('snsPublish', 'SNS: messages', emails),
    ...(addresses === 0 ? [] : [item('snsEmail', 'SNS: emails', emails * addresses)]),
    ...(queues === 0 ? [] : [item('sqsRequest', 'SQS: requests', queues * queuePolls)]),
  ];
}

function keyItems(spec: StackSpec): CostItem[] {
  if (spec.key === undefined) return [];
  return [item('kmsKey', 'KMS: key', 1), item('kmsRequest', 'KMS: requests', 20 * scansOf(spec))];
}

function recordedItems({ instances, configItems: each }: Assumptions): number {
  return instances * each;
}

/** Of one Config rule in a month. */
function changeEvaluations({ instances, configEvaluations: each }: Assumptions): number {
  return instances * each;
}

function configItems(spec: StackSpec, assumptions: Assumptions): CostItem[] {
  const { config } = spec;
  if (config === undefined) return [];
  const onChange = config.rules.length * changeEvaluations(assumptions);
  const answersOnce = spec.functions.some(
    ({ config: told }) => (told as { configRules?: { periodic?: string } }).configRules?.periodic === 'account',
  );
  const periodic = periodicRuns(config.rules) * (answersOnce ? 1 : assumptions.instances);
  return [
    // A recorder that is there is paid for already.
    ...(config.recorder === undefined
      ? []
      : [item('configItem', 'AWS Config: items recorded', recordedItems(assumptions))]),
    item('configEvaluation', 'AWS Config: evaluations', onChange + periodic),
  ];
}
