/** CloudWatch: alarms and dashboards. */
import {
  DeleteAlarmsCommand,
  DeleteDashboardsCommand,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  ListTagsForResourceCommand,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch';
import type { ComparisonOperator, Statistic } from '@aws-sdk/client-cloudwatch';
import type { DashboardArgs, MetricAlarmArgs } from '@pulumi/aws/cloudwatch/index.js';

import type { Aws } from './aws.ts';
import { refusal } from './errors.ts';
import { defineResource } from './resource-type.ts';
import type { Given } from './resource-type.ts';
import { tagList, tagMap } from './tags.ts';

const metricAlarm = defineResource<MetricAlarmArgs>({
  type: 'aws:cloudwatch/metricAlarm:MetricAlarm',
  label: 'CloudWatch Metric Alarm',
  properties: {
    name: { named: true, replaces: true },
    actionsEnabled: { default: true },
    alarmActions: { compare: 'set' },
    alarmDescription: {},
    comparisonOperator: { required: true },
    dimensions: { compare: 'exact' },
    evaluationPeriods: { required: true },
    metricName: {},
    namespace: {},
    okActions: { compare: 'set' },
    period: {},
    statistic: {},
    threshold: {},
    treatMissingData: { default: 'missing' },
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  async create(aws, inputs) {
    await putAlarm(aws, inputs);
    return inputs.name ?? '';
  },
  async read(aws, id) {
    const { MetricAlarms: [alarm] = [] } = await aws.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [id] }));
    if (alarm === undefined) return undefined;
    const { Tags } = await aws.cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN: alarmArn(aws, id) }));
    return {
      arn: alarm.AlarmArn,
      name: alarm.AlarmName,
      actionsEnabled: alarm.ActionsEnabled,
      alarmActions: alarm.AlarmActions ?? [],
      alarmDescription: alarm.AlarmDescription ?? '',
      comparisonOperator: alarm.ComparisonOperator,
      dimensions: Object.fromEntries((alarm.Dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value])),
      evaluationPeriods: alarm.EvaluationPeriods,
      metricName: alarm.MetricName,
      namespace: alarm.Namespace,
      okActions: alarm.OKActions ?? [],
      period: alarm.Period,
      statistic: alarm.Statistic,
      threshold: alarm.Threshold,
      treatMissingData: alarm.TreatMissingData ?? 'missing',
      tags: tagMap(Tags),
    };
  },
  async update(aws, _, inputs) {
    await putAlarm(aws, inputs);
  },
  async retag(aws, id, { set, removed }) {
    const ResourceARN = alarmArn(aws, id);
    await aws.cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags: tagList(set) }));
    await aws.cloudwatch.send(new UntagResourceCommand({ ResourceARN, TagKeys: [...removed] }));
  },
  async delete({ cloudwatch }, id) {
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [id] }));
  },
});

async function putAlarm({ cloudwatch }: Aws, inputs: Given<MetricAlarmArgs>): Promise<void> {
  const { period = 0, dimensions = {}, alarmActions = [], okActions = [] } = inputs;
  // MiniStack takes any period.
  if (![10, 20, 30].includes(period) && (period === 0 || period % 60 !== 0)) {
    const message = 'The parameter Period must be 10, 20, 30 or a multiple of 60.';
    throw refusal('CloudWatch.PutMetricAlarm', 400, 'ValidationError', message);
  }
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: inputs.name,
      ActionsEnabled: inputs.actionsEnabled,
      AlarmActions: [...alarmActions],
      AlarmDescription: inputs.alarmDescription,
      ComparisonOperator: inputs.comparisonOperator as ComparisonOperator,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      EvaluationPeriods: inputs.evaluationPeriods,
      MetricName: inputs.metricName,
      Namespace: inputs.namespace,
      OKActions: [...okActions],
      Period: period,
      Statistic: inputs.statistic as Statistic,
      Threshold: inputs.threshold,
      TreatMissingData: inputs.treatMissingData,
      Tags: tagList(inputs.tags),
    }),
  );
}

function alarmArn({ region, accountId }: Aws, name: string): string {
  return `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`;
}

const dashboard = defineResource<DashboardArgs>({
  type: 'aws:cloudwatch/dashboard:Dashboard',
  label: 'CloudWatch Dashboard',
  properties: {
    dashboardName: { required: true, replaces: true },
    dashboardBody: { required: true, compare: 'document' },
    region: { replaces: true },
  },
  called: ({ dashboardName }) => dashboardName,
  async create(aws, inputs) {
    await putDashboard(aws, inputs);
    return inputs.dashboardName;
  },
  async read({ cloudwatch }, id) {
    const { DashboardArn, DashboardBody } = await cloudwatch.send(new GetDashboardCommand({ DashboardName: id }));
    return { dashboardArn: DashboardArn, dashboardName: id, dashboardBody: DashboardBody };
  },
  async update(aws, _, inputs) {
    await putDashboard(aws, inputs);
  },
  async delete({ cloudwatch }, id) {
    await cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: [id] }));
  },
});

async function putDashboard({ cloudwatch }: Aws, inputs: Given<DashboardArgs>): Promise<void> {
  const { dashboardName: DashboardName, dashboardBody: DashboardBody } = inputs;
  // MiniStack takes any text.
  const complaint = complaintAbout(DashboardBody);
  if (complaint !== undefined) {
    const message = `The dashboard body is invalid, there are validation errors: ${complaint}`;
    throw refusal('CloudWatch.PutDashboard', 400, 'InvalidParameterInput', message);
  }
  await cloudwatch.send(new PutDashboardCommand({ DashboardName, DashboardBody }));
}

/** What CloudWatch checks of a body that anyone could get wrong: the grid has 24 columns. */
function complaintAbout(body: string): string | undefined {
  let widgets: unknown;
  try {
    ({ widgets } = JSON.parse(body) as { widgets?: unknown });
  } catch {
    return 'The field DashboardBody must be a valid JSON object';
  }
  if (!Array.isArray(widgets)) return 'Should have property "widgets"';
  for (const [index, widget] of widgets.entries()) {
    const { type, x, y, width, height, properties } = widget as Readonly<Record<string, unknown>>;
    if (!['metric', 'text', 'log', 'alarm', 'explorer'].includes(String(type))) return `/widgets/${index}/type`;
    if (typeof properties !== 'object') return `/widgets/${index} should have required property 'properties'`;
    if (Number(x ?? 0) + Number(width ?? 6) > 24) return `/widgets/${index}/width should be <= 24`;
    if (Number(y ?? 0) < 0 || Number(height ?? 6) < 1) return `/widgets/${index}/height should be >= 1`;
  }
  return undefined;
}

export const CLOUDWATCH_TYPES = [metricAlarm, dashboard];
