/** What a stack uses of AWS in a month, item by item, each with how it was counted. */
import type { ChosenRule } from '../engine/rule.ts';
import type { MetricSet } from '../publish/scan-metrics.ts';
import { plural } from '../report/plural.ts';
import type { Assumptions } from './cost-assumptions.ts';
import { changesOf, evaluationsOf, resourcesOf, sum } from './cost-workload.ts';
import type { Work, Workload } from './cost-workload.ts';
import { MONTH_HOURS } from './schedule-expression.ts';
import type { DashboardSpec, StackSpec } from './spec.ts';

export interface Usage {
  /** `lambda-requests`: stable. */
  readonly id: string;
  /** What is charged for it: an item of the price list. */
  readonly item: string;
  readonly description: string;
  readonly quantity: number;
  /** In the plural: `GB-seconds`. */
  readonly unit: string;
  readonly formula: string;
  /** False where it is beyond what AWS's allowance is for. */
  readonly allowed?: boolean;
}

/** Days of a month of 730 hours. */
const MONTH_DAYS = MONTH_HOURS / 24;

/** Kilobytes of a gigabyte. */
const GIGABYTE = 1024 * 1024;

/** Everything that is used, and nothing that is not. */
export function usageOf(spec: StackSpec, load: Workload, assumptions: Assumptions): Usage[] {
  const s3 = storageRequests(spec, load, assumptions);
  return [
    ...lambda(load, assumptions),
    ...metrics(load, assumptions),
    ...monitoring(spec, load, assumptions),
    ...logs(load, assumptions),
    ...storage(spec, s3, assumptions),
    ...history(spec, load, assumptions),
    ...messages(spec, load, assumptions),
    ...encryption(spec, s3, assumptions),
    ...config(spec, load, assumptions),
  ].filter(({ quantity }) => quantity > 0);
}

/** A number in a formula. */
export function figure(value: number): string {
  return value.toLocaleString('en-US', value < 1 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 2 });
}

/** `compliance-scanner-dev 121.67 + compliance-reporter-dev 34.76`, without what is nothing. */
function added(parts: readonly (readonly [name: string, value: number])[]): string {
  return parts
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${name} ${figure(value)}`)
    .join(' + ');
}

/** How long a function takes for a run, and for an event. */
function secondsOf({ spec: { id }, runs, events }: Work, assumptions: Assumptions): { run: number; event: number } {
  const run = id === 'reporter' ? 'report-seconds' : 'scan-seconds';
  const event = id === 'remediator' ? 'remediation-seconds' : 'event-seconds';
  return { run: runs > 0 ? assumptions.of(run) : 0, event: events > 0 ? assumptions.of(event) : 0 };
}

function lambda({ work }: Workload, assumptions: Assumptions): Usage[] {
  const architectures = [...new Set(work.map(({ spec }) => spec.architecture))];
  return [
    {
      id: 'lambda-requests',
      item: 'lambda/requests',
      description: 'Lambda requests',
      quantity: sum(work, ({ runs, events }) => runs + events),
      unit: 'requests',
      formula: added(work.map(({ spec, runs, events }) => [spec.name, runs + events])),
    },
    ...architectures.map((architecture): Usage => {
      const parts = work
        .filter(({ spec }) => spec.architecture === architecture)
        .map((one) => {
          const { run, event } = secondsOf(one, assumptions);
          const seconds = one.runs * run + one.events * event;
          return { one, seconds, gigabyteSeconds: (seconds * one.spec.memoryMegabytes) / 1024 };
        });
      return {
        id: `lambda-duration-${architecture}`,
        item: `lambda/duration-${architecture}`,
        description: `Lambda duration, ${architecture}`,
        quantity: sum(parts, ({ gigabyteSeconds }) => gigabyteSeconds),
        unit: 'GB-seconds',
        formula: parts
          .filter(({ seconds }) => seconds > 0)
          .map(({ one: { spec }, seconds }) => `${spec.name} ${figure(seconds)} s x ${spec.memoryMegabytes} MB`)
          .join(' + '),
      };
    }),
  ];
}

/** Metrics that are put in some hours of the month, and how often. */
interface Put {
  readonly metrics: number;
  readonly hours: number;
  readonly requests: number;
}

function metrics({ work, rules }: Workload, assumptions: Assumptions): Usage[] {
  const puts = work.flatMap((one) => putsOf(one, rules, assumptions));
  return [
    {
      id: 'custom-metrics',
      item: 'cloudwatch/metrics',
      description: 'CloudWatch custom metrics',
      quantity: sum(puts, (put) => (put.metrics * put.hours) / MONTH_HOURS),
      unit: 'metric-months',
      formula: puts
        .map((put) => `${figure(put.metrics)} put in ${figure(put.hours)} of ${MONTH_HOURS} hours`)
        .join(' + '),
    },
    {
      id: 'metric-requests',
      item: 'cloudwatch/requests',
      description: 'CloudWatch metric requests',
      quantity: sum(puts, ({ requests }) => requests),
      unit: 'requests',
      formula: puts.map(({ requests }) => figure(requests)).join(' + '),
    },
  ];
}

function putsOf(
  { spec: { id }, configuration, runs, hours, events }: Work,
  rules: readonly ChosenRule[],
  assumptions: Assumptions,
): Put[] {
  const onEvents = { hours: Math.min(MONTH_HOURS, events), requests: events };
  if (id === 'tag-checker') return configuration.tagChecks.metrics ? [{ metrics: TAG_METRICS, ...onEvents }] : [];
  if (configuration.metrics === undefined) return [];
  const { sets, literal } = configuration.metrics;
  const categories = new Set(rules.map(({ rule }) => rule.category)).size;
  if (id === 'config-processor') {
    const severities = new Set(rules.map(({ rule, severity }) => severity ?? rule.severity)).size;
    // Two for all changes, two for each category, two for each severity.
    return [{ metrics: 2 * (1 + categories + severities), ...onEvents }];
  }
  const own = sum(sets, (set) => METRICS_OF[set](assumptions, categories));
  // And the one that says that there was a scan.
  return [{ metrics: own * (literal ? 2 : 1) + 1, hours, requests: runs }];
}

/** Compliant and not, each with and without the environment. */
const TAG_METRICS = 4;

const METRICS_OF: Readonly<Record<MetricSet, (assumptions: Assumptions, categories: number) => number>> = {
  score: (assumptions) => 1 + assumptions.of('instance-types'),
  categories: (_, categories) => categories,
  resources: () => 4,
  instances: () => 3,
};

/** How many metrics a dashboard may refer to and still be one of those that are free. */
const FREE_DASHBOARD_METRICS = 50;

function monitoring({ alarms, dashboard }: StackSpec, { rules }: Workload, assumptions: Assumptions): Usage[] {
  const referred = dashboard === undefined ? 0 : metricsOn(dashboard, rules, assumptions);
  const allowed = referred <= FREE_DASHBOARD_METRICS;
  return [
    {
      id: 'alarms',
      item: 'cloudwatch/alarms',
      description: 'CloudWatch alarms',
      quantity: alarms.length,
      unit: 'alarms',
      formula: `${alarms.length} of one metric each`,
    },
    {
      id: 'dashboard',
      item: 'cloudwatch/dashboards',
      description: 'CloudWatch dashboard',
      quantity: dashboard === undefined ? 0 : 1,
      unit: 'dashboards',
      formula: `1 with ${referred} metrics${allowed ? '' : `: only those with up to ${FREE_DASHBOARD_METRICS} can be free`}`,
      allowed,
    },
  ];
}

function metricsOn({ widgets }: DashboardSpec, rules: readonly ChosenRule[], assumptions: Assumptions): number {
  const rows = widgets.flatMap(({ properties }) => (properties['metrics'] ?? []) as readonly unknown[]);
  return sum(rows, (row) => {
    const text = JSON.stringify(row);
    if (!text.includes('SEARCH(')) return 1;
    return text.includes('InstanceType')
      ? assumptions.of('instance-types')
      : new Set(rules.map(({ rule }) => rule.category)).size;
  });
}

function logs({ work }: Workload, assumptions: Assumptions): Usage[] {
  const parts = work
    .filter(({ runs, events }) => runs + events > 0)
    .map(({ spec, runs, events }) => {
      const run = runs > 0 ? runs * assumptions.of('run-log-kilobytes') : 0;
      const event = events > 0 ? events * assumptions.of('event-log-kilobytes') : 0;
      return { spec, gigabytes: (run + event) / GIGABYTE, months: spec.logGroup.retentionDays / MONTH_DAYS };
    });
  return [
    {
      id: 'log-ingestion',
      item: 'logs/ingestion',
      description: 'CloudWatch Logs taken in',
      quantity: sum(parts, ({ gigabytes }) => gigabytes),
      unit: 'GB',
      formula: added(parts.map(({ spec, gigabytes }) => [spec.name, gigabytes])),
    },
    {
      id: 'log-storage',
      item: 'logs/storage',
      description: 'CloudWatch Logs kept',
      quantity: sum(parts, ({ gigabytes, months }) => gigabytes * months),
      unit: 'GB-months',
      formula: parts
        .map(({ spec, gigabytes }) => `${figure(gigabytes)} GB x ${spec.logGroup.retentionDays} days`)
        .join(' + '),
    },
  ];
}

interface StorageRequests {
  readonly writes: number;
  readonly reads: number;
  readonly formula: string;
}

/** AWS Config delivers what it recorded every six hours, a file a type. */
const DELIVERIES = MONTH_HOURS / 6;

function storageRequests({ config }: StackSpec, { work }: Workload, assumptions: Assumptions): StorageRequests {
  const stores = work.filter(
    ({ configuration: { results, reports } }) => (results.bucket ?? reports.bucket) !== undefined,
  );
  // A look at what is to be mended reads a scan and writes records, like a report.
  const longOf = ({ spec, runs, events }: Work) => runs + (spec.id === 'remediator' ? events : 0);
  const long = sum(stores, longOf);
  const events = sum(stores, (one) => one.runs + one.events - longOf(one));
  const deliveries = (config?.recorder?.resourceTypes.length ?? 0) * DELIVERIES;
  const [perRunWrites, perRunReads] = long > 0 ? [assumptions.of('run-writes'), assumptions.of('run-reads')] : [0, 0];
  return {
    writes: long * perRunWrites + events + deliveries,
    reads: long * perRunReads,
    formula: added([
      ['runs', long * perRunWrites],
      ['events', events],
      ['deliveries of AWS Config', deliveries],
    ]),
  };
}

function storage(
  { buckets }: StackSpec,
  { writes, reads, formula }: StorageRequests,
  assumptions: Assumptions,
): Usage[] {
  if (buckets.length === 0) return [];
  const archives = buckets.some(({ lifecycle }) => lifecycle.some((rule) => rule.glacierAfterDays !== undefined));
  const gigabytes = (name: 'stored-gigabytes' | 'glacier-gigabytes', place: string) => {
    const quantity = assumptions.of(name);
    return { quantity, unit: 'GB-months', formula: `${figure(quantity)} GB in ${place}` };
  };
  return [
    {
      id: 's3-storage',
      item: 's3/storage',
      description: 'S3 storage',
      ...gigabytes('stored-gigabytes', buckets.map(({ bareName }) => bareName).join(', ')),
    },
    {
      id: 's3-writes',
      item: 's3/writes',
      description: 'S3 writes',
      quantity: writes,
      unit: 'requests',
      formula,
    },
    {
      id: 's3-reads',
      item: 's3/reads',
      description: 'S3 reads',
      quantity: reads,
      unit: 'requests',
      formula: `runs ${figure(reads)}`,
    },
    ...(archives
      ? [
          {
            id: 's3-glacier-storage',
            item: 's3/glacier-storage',
            description: 'S3 Glacier storage',
            ...gigabytes('glacier-gigabytes', 'S3 Glacier Flexible Retrieval'),
          },
          {
            id: 's3-glacier-transitions',
            item: 's3/glacier-transitions',
            description: 'S3 moves to Glacier',
            quantity: writes,
            unit: 'objects',
            formula: `every object that is written: ${formula}`,
          },
        ]
      : []),
  ];
}

/** A change is two items, the history's and the current state, in a transaction, where each costs two units. */
const UNITS_PER_CHANGE = 4;
/** What a read unit reads. */
const READ_UNIT_KILOBYTES = 4;

function history({ table }: StackSpec, load: Workload, assumptions: Assumptions): Usage[] {
  if (table === undefined) return [];
  const judged = load.work.filter(({ spec, configuration }) => spec.id !== 'reporter' && configuration.history);
  const evaluated = sum(judged, ({ runs, evaluations }) => runs * load.evaluations + evaluations);
  const every = judged.some(({ configuration }) => configuration.history?.store === 'every');
  const changes = every ? 0 : assumptions.of('compliance-changes');
  const aggregates = sum(load.work, (one) => one.aggregates);
  const gigabytes = assumptions.of('history-gigabytes');
  const scanned = aggregates * ((gigabytes * GIGABYTE) / READ_UNIT_KILOBYTES);
  const kept = { quantity: gigabytes, unit: 'GB-months', formula: `${figure(gigabytes)} GB in ${table.name}` };
  return [
    {
      id: 'dynamodb-writes',
      item: 'dynamodb/writes',
      description: 'DynamoDB writes',
      quantity: every ? evaluated : changes * UNITS_PER_CHANGE,
      unit: 'units',
      formula: every
        ? `${figure(evaluated)} evaluations of up to 1 KB`
        : `${figure(changes)} changes x ${UNITS_PER_CHANGE} units`,
    },
    {
      id: 'dynamodb-reads',
      item: 'dynamodb/reads',
      description: 'DynamoDB reads',
      quantity: (every ? 0 : evaluated) + scanned,
      unit: 'units',
      formula: added([
        ['current states', every ? 0 : evaluated],
        ['whole table for reports', scanned],
      ]),
    },
    { id: 'dynamodb-storage', item: 'dynamodb/storage', description: 'DynamoDB storage', ...kept },
    { id: 'dynamodb-backups', item: 'dynamodb/backups', description: 'DynamoDB recovery', ...kept },
  ];
}

/** Lambda reads an empty queue with five pollers, each waiting twenty seconds. */
const POLLERS = 5;
const POLL_SECONDS = 20;
const POLLS = (POLLERS * MONTH_HOURS * 3600) / POLL_SECONDS;

function messages(spec: StackSpec, { work, bridgeEvents }: Workload, assumptions: Assumptions): Usage[] {
  const queues = spec.events.filter(({ queue }) => queue !== undefined);
  const queued = sum(
    work.filter(({ spec: { name } }) => queues.some(({ target }) => target.functionName === name)),
    ({ events }) => events,
  );
  const [alerts] = spec.topics;
  const notifications = alerts === undefined ? 0 : assumptions.of('notifications');
  const addresses = alerts?.subscriptions.length ?? 0;
  return [
    {
      id: 'sns-publishes',
      item: 'sns/publishes',
      description: 'SNS messages published',
      quantity: notifications,
      unit: 'requests',
      formula: `${figure(notifications)} messages`,
    },
    {
      id: 'sns-emails',
      item: 'sns/emails',
      description: 'SNS emails',
      quantity: notifications * addresses,
      unit: 'emails',
      formula: `${figure(notifications)} messages x ${plural(addresses, 'address', 'addresses')}`,
    },
    {
      id: 'sqs-requests',
      item: 'sqs/requests',
      description: 'SQS requests',
      quantity: queues.length * POLLS + 2 * queued,
      unit: 'requests',
      formula: added([
        [`${queues.length} polled by ${POLLERS} pollers every ${POLL_SECONDS} s:`, queues.length * POLLS],
        ['sent and deleted', 2 * queued],
      ]),
    },
    {
      id: 'eventbridge-events',
      item: 'eventbridge/aws-events',
      description: 'EventBridge events',
      quantity: bridgeEvents,
      unit: 'events',
      formula: `${figure(bridgeEvents)} of AWS’s own sources`,
    },
  ];
}

function encryption({ key }: StackSpec, { writes, reads }: StorageRequests, assumptions: Assumptions): Usage[] {
  if (key === undefined) return [];
  const notifications = assumptions.of('notifications');
  return [
    {
      id: 'kms-key',
      item: 'kms/keys',
      description: 'KMS key',
      quantity: 1,
      unit: 'keys',
      formula: '1 in its first year; each of the first two yearly rotations adds as much again',
    },
    {
      id: 'kms-requests',
      item: 'kms/requests',
      description: 'KMS requests',
      quantity: writes + reads + 2 * notifications,
      unit: 'requests',
      formula: added([
        ['objects, at most', writes + reads],
        ['messages', 2 * notifications],
      ]),
    },
  ];
}

function config({ config: parts }: StackSpec, load: Workload, assumptions: Assumptions): Usage[] {
  if (parts === undefined) return [];
  const items = changesOf(parts.recorder?.resourceTypes ?? [], assumptions);
  const counted = parts.rules.map((rule) => [rule.name, evaluationsOf(rule, load, assumptions)] as const);
  return [
    {
      id: 'config-items',
      item: 'config/items',
      description: 'AWS Config items',
      quantity: items,
      unit: 'items',
      formula: `changes of ${parts.recorder?.resourceTypes.length ?? 0} types`,
    },
    {
      id: 'config-evaluations',
      item: 'config/evaluations',
      description: 'AWS Config rule evaluations',
      quantity: sum(counted, ([, evaluations]) => evaluations),
      unit: 'evaluations',
      formula: added(counted),
    },
  ];
}

/** What AWS Config charges for once, when it first sees everything. */
export function firstConfigUsage({ config: parts }: StackSpec, assumptions: Assumptions): Usage[] {
  if (parts === undefined) return [];
  const { recorder, rules } = parts;
  const items = resourcesOf(recorder?.resourceTypes ?? [], assumptions);
  const counted = rules.map((rule) => [rule.name, resourcesOf(rule.resourceTypes, assumptions)] as const);
  return [
    {
      id: 'config-first-items',
      item: 'config/items',
      description: 'AWS Config items, at first',
      quantity: items,
      unit: 'items',
      formula: 'every resource once',
    },
    {
      id: 'config-first-evaluations',
      item: 'config/evaluations',
      description: 'AWS Config rule evaluations, at first',
      quantity: sum(counted, ([, evaluations]) => evaluations),
      unit: 'evaluations',
      formula: added(counted),
    },
  ].filter(({ quantity }) => quantity > 0);
}
