/** CloudWatch: alarms and the dashboard. */
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';

import { present } from '../../aws/errors.ts';
import type { Fact } from '../../engine/model.ts';
import { CALLS } from '../calls.ts';
import type { AlarmSeen } from '../checks/alarm.ts';
import type { DashboardSeen } from '../checks/dashboard.ts';
import { read, readAlways } from '../reading.ts';
import type { Reading } from '../reading.ts';

/** Names that one call takes (docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html). */
const NAMES_A_CALL = 100;

/** All of these that are there, by name. */
export async function readAlarms(
  names: readonly string[],
  reading: Reading,
): Promise<Fact<ReadonlyMap<string, AlarmSeen>>> {
  const { paginateDescribeAlarms } = await import('@aws-sdk/client-cloudwatch');
  return readAlways(reading, CALLS.alarms, async ({ abortSignal }) => {
    const client = await reading.clients.cloudwatch();
    const found = new Map<string, AlarmSeen>();
    for (let from = 0; from < names.length; from += NAMES_A_CALL) {
      const about = { AlarmNames: names.slice(from, from + NAMES_A_CALL), MaxRecords: NAMES_A_CALL };
      for await (const page of paginateDescribeAlarms({ client }, about, { abortSignal })) {
        for (const alarm of present(page.MetricAlarms, 'MetricAlarms')) {
          found.set(present(alarm.AlarmName, 'AlarmName'), alarmSeen(alarm));
        }
      }
    }
    return found;
  });
}

function alarmSeen(alarm: MetricAlarm): AlarmSeen {
  return {
    state: present(alarm.StateValue, 'StateValue'),
    stateReason: alarm.StateReason ?? null,
    configured: present(alarm.AlarmConfigurationUpdatedTimestamp, 'AlarmConfigurationUpdatedTimestamp'),
    actionsEnabled: alarm.ActionsEnabled ?? true,
    actions: alarm.AlarmActions ?? [],
    namespace: alarm.Namespace ?? null,
    metric: alarm.MetricName ?? null,
    dimensions: Object.fromEntries((alarm.Dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? ''])),
    statistic: alarm.Statistic ?? null,
    periodSeconds: alarm.Period ?? null,
    periods: alarm.EvaluationPeriods ?? 0,
    comparison: alarm.ComparisonOperator ?? '',
    threshold: alarm.Threshold ?? null,
    // Where nothing was set CloudWatch takes it for missing.
    missing: alarm.TreatMissingData ?? 'missing',
  };
}

export async function readDashboard(name: string, reading: Reading): Promise<Fact<DashboardSeen | null>> {
  const { GetDashboardCommand } = await import('@aws-sdk/client-cloudwatch');
  return read(
    reading,
    CALLS.dashboard,
    async (options) => {
      const cloudwatch = await reading.clients.cloudwatch();
      const answer = await cloudwatch.send(new GetDashboardCommand({ DashboardName: name }), options);
      return { body: present(answer.DashboardBody, 'DashboardBody') };
    },
    ['DashboardNotFoundError', 'ResourceNotFound', 'ResourceNotFoundException'],
  );
}
