/** The dashboard: where the estate stands, how it moves, and whether what watches it is well. */
import type { MetricSet } from '../publish/scan-metrics.ts';
import type { Names } from './names.ts';
import { scanPeriodSeconds } from './scan-interval.ts';
import type { DashboardSpec, FunctionSpec, QueueSpec, Widget } from './spec.ts';

export interface DashboardPlan {
  /** `compliance-dashboard`. */
  readonly part: string;
  readonly names: Names;
  readonly sets: readonly MetricSet[];
  readonly threshold: number;
  /** The function that scans, and its schedule; the tag checker's dashboard has neither. */
  readonly scans?: { readonly spec: FunctionSpec; readonly schedule: string };
  readonly functions: readonly FunctionSpec[];
  readonly deadLetters: readonly QueueSpec[];
}

/** Columns of CloudWatch's grid. */
const COLUMNS = 24;
const ROW_HEIGHT = 6;

type Content = Pick<Widget, 'type' | 'properties'>;

export function dashboard(plan: DashboardPlan): DashboardSpec {
  const rows = plan.scans === undefined ? [tagRow(plan)] : scanRows(plan, plan.scans);
  return { name: plan.names.named(plan.part), widgets: rows.filter((row) => row.length > 0).flatMap(laidOut) };
}

/** A row fills the grid, its widgets as wide as each other. */
function laidOut(row: readonly Content[], index: number): Widget[] {
  const width = Math.floor(COLUMNS / row.length);
  return row.map((content, column) => ({
    type: content.type,
    x: column * width,
    y: index * ROW_HEIGHT,
    width,
    height: ROW_HEIGHT,
    properties: content.properties,
  }));
}

function scanRows(plan: DashboardPlan, { spec, schedule }: NonNullable<DashboardPlan['scans']>): Content[][] {
  const { names, sets, threshold } = plan;
  const period = scanPeriodSeconds(schedule);
  const own = (metric: string, label: string) => [NAMESPACE, metric, 'Environment', names.environment, { label }];
  const share = sets.includes('score')
    ? { metric: 'ComplianceScore', title: 'Compliance score', over: 'Score over time' }
    : { metric: 'CompliancePercentage', title: 'Compliance percentage', over: 'Percentage over time' };
  const percent = { yAxis: { left: { min: 0, max: 100 } } };
  const common = { region: names.place.region, period };
  const search = (dimension: string) => [
    {
      expression: `SEARCH('{${NAMESPACE},Environment,${dimension}} MetricName="ComplianceScore" Environment="${names.environment}"', 'Minimum', ${period})`,
      label: '',
    },
  ];
  return [
    [
      metric(share.title, {
        ...common,
        view: 'singleValue',
        stat: 'Minimum',
        metrics: [own(share.metric, share.title)],
      }),
      metric(share.over, {
        ...common,
        ...percent,
        view: 'timeSeries',
        stat: 'Minimum',
        metrics: [own(share.metric, share.title)],
        annotations: { horizontal: [{ label: `Threshold ${threshold}`, value: threshold }] },
      }),
      ...(sets.includes('resources')
        ? [
            metric('Coverage', {
              ...common,
              view: 'singleValue',
              stat: 'Minimum',
              metrics: [
                own('EvaluatedPercentage', 'Evaluated percentage'),
                own('UnknownEvaluations', 'Evaluations that are UNKNOWN'),
              ],
            }),
          ]
        : []),
    ],
    [
      ...(sets.includes('score')
        ? [
            metric('Score by instance type', {
              ...common,
              ...percent,
              view: 'timeSeries',
              metrics: [search('InstanceType')],
            }),
          ]
        : []),
      ...(sets.includes('categories')
        ? [metric('Score by category', { ...common, ...percent, view: 'timeSeries', metrics: [search('Category')] })]
        : []),
    ],
    [
      ...counts(sets).map(({ title, metrics }) =>
        metric(title, {
          ...common,
          view: 'timeSeries',
          stacked: true,
          stat: 'Maximum',
          metrics: metrics.map(([name, label]) => own(name, label)),
        }),
      ),
      worstRules(spec, names),
    ],
    healthRow(plan),
  ];
}

const NAMESPACE = 'InfrastructureCompliance';

function counts(sets: readonly MetricSet[]): { title: string; metrics: [name: string, label: string][] }[] {
  const of = (what: string): [string, string][] => [
    [`Compliant${what}`, 'Compliant'],
    [`NonCompliant${what}`, 'Not compliant'],
  ];
  if (sets.includes('resources')) return [{ title: 'Resources', metrics: of('Resources') }];
  return sets.includes('instances') ? [{ title: 'Instances', metrics: of('Instances') }] : [];
}

/** A metric for every rule would cost by the rule; the scanner's log has the counts. */
function worstRules({ logGroup }: FunctionSpec, { place }: Names): Content {
  const query = [
    `SOURCE '${logGroup.name}'`,
    'filter message = "Rule evaluated"',
    'stats latest(non_compliant) as failures, latest(unknown) as unknown_evaluations by rule_id',
    'sort failures desc',
    'limit 10',
  ].join(' | ');
  return { type: 'log', properties: { title: 'Worst rules', region: place.region, view: 'table', query } };
}

function healthRow({ names, functions, deadLetters }: DashboardPlan): Content[] {
  const common = { region: names.place.region, period: 300, view: 'timeSeries' };
  const each = (metricName: string) =>
    functions.map(({ name }) => ['AWS/Lambda', metricName, 'FunctionName', name, { label: `${name} ${metricName}` }]);
  return [
    metric('Function errors and throttles', {
      ...common,
      stat: 'Sum',
      metrics: [...each('Errors'), ...each('Throttles')],
    }),
    metric('Function duration', { ...common, stat: 'Maximum', metrics: each('Duration') }),
    metric('Dead-letter queues', {
      ...common,
      stat: 'Maximum',
      metrics: deadLetters.map(({ name }) => [
        'AWS/SQS',
        'ApproximateNumberOfMessagesVisible',
        'QueueName',
        name,
        { label: name },
      ]),
    }),
  ];
}

/** S3-6: two widgets. */
function tagRow({ names }: DashboardPlan): Content[] {
  const own = (name: string, label: string, color: string) => [
    'TagCompliance',
    name,
    'Environment',
    names.environment,
    { label, color },
  ];
  const common = { region: names.place.region, period: 300, stat: 'Sum' };
  const compliant = own('CompliantInstances', 'Compliant', '#2ca02c');
  const failing = own('NonCompliantInstances', 'Not compliant', '#d62728');
  return [
    metric('Compliance Status', { ...common, view: 'timeSeries', metrics: [compliant, failing] }),
    metric('Non-Compliant Instances', { ...common, view: 'singleValue', metrics: [failing] }),
  ];
}

function metric(title: string, properties: Readonly<Record<string, unknown>>): Content {
  return { type: 'metric', properties: { title, ...properties } };
}
