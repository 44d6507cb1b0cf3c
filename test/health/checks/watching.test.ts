/** Log groups, alarms and the dashboard. */
import { expect } from 'chai';

import { checkAlarm } from '../../../src/health/checks/alarm.ts';
import type { AlarmSeen } from '../../../src/health/checks/alarm.ts';
import { checkDashboard } from '../../../src/health/checks/dashboard.ts';
import type { DashboardSeen } from '../../../src/health/checks/dashboard.ts';
import { checkLogGroup } from '../../../src/health/checks/log-group.ts';
import type { LogGroupSeen } from '../../../src/health/checks/log-group.ts';
import type { AlarmSpec } from '../../../src/stack/spec.ts';
import { CHECKING, lineOf, testCheck } from '../../support/health-checks.ts';
import { specOf } from '../../support/stacks.ts';

const REDEPLOY = '=> compliancectl deploy -e test';

describe('the check of a log group', () => {
  const put =
    '=> aws logs put-retention-policy --log-group-name /aws/lambda/x --retention-in-days 7 --region us-east-1';
  testCheck<LogGroupSeen>({
    healthy: { retentionDays: 7 },
    check: (seen, checking) => checkLogGroup({ name: '/aws/lambda/x', retentionDays: 7 }, seen, checking),
    breaks: [
      [
        'it keeps for ever',
        { retentionDays: null },
        [`medium log-group-retention: /aws/lambda/x keeps events for ever where the settings say 7 days. ${put}`],
      ],
      [
        'it keeps longer',
        { retentionDays: 30 },
        [`medium log-group-retention: /aws/lambda/x keeps events 30 days where the settings say 7 days. ${put}`],
      ],
    ],
  });
});

const ALARM: AlarmSpec = {
  name: 'scanner-failure',
  description: 'The scanner failed.',
  namespace: 'AWS/Lambda',
  metric: 'Errors',
  dimensions: { FunctionName: 'scanner', Resource: 'x' },
  statistic: 'Sum',
  periodSeconds: 300,
  periods: 2,
  comparison: 'GreaterThanThreshold',
  threshold: 0,
  missing: 'notBreaching',
  actions: ['arn:topic'],
};
const alarmSeen: AlarmSeen = {
  state: 'OK',
  stateReason: null,
  configured: new Date('2026-11-21T11:39:00Z'),
  actionsEnabled: true,
  actions: ['arn:other', 'arn:topic'],
  namespace: 'AWS/Lambda',
  metric: 'Errors',
  dimensions: { Resource: 'x', FunctionName: 'scanner' },
  statistic: 'Sum',
  periodSeconds: 300,
  periods: 2,
  comparison: 'GreaterThanThreshold',
  threshold: 0,
  missing: 'notBreaching',
};

describe('the check of an alarm', () => {
  const differs = (name: string, found: string, wanted: string) => [
    `medium alarm-differs/${name}: scanner-failure has ${name} ${found} where the settings say ${wanted}. ${REDEPLOY}`,
  ];
  const history = '=> aws cloudwatch describe-alarm-history --alarm-name scanner-failure --region us-east-1';
  testCheck<AlarmSeen>({
    healthy: alarmSeen,
    check: (seen, checking) => checkAlarm(ALARM, seen, checking),
    sound: [['it is too young for data', { state: 'INSUFFICIENT_DATA', configured: new Date('2026-11-21T11:40:00Z') }]],
    breaks: [
      [
        'it is in ALARM',
        { state: 'ALARM', stateReason: 'Threshold crossed.' },
        [`high alarm-firing: scanner-failure is in ALARM: The scanner failed. Threshold crossed. ${history}`],
      ],
      [
        'it is in ALARM without a reason',
        { state: 'ALARM', stateReason: '' },
        [`high alarm-firing: scanner-failure is in ALARM: The scanner failed. ${history}`],
      ],
      [
        'it has had no data',
        { state: 'INSUFFICIENT_DATA' },
        [`medium alarm-no-data: scanner-failure has no data, though AWS/Lambda Errors was due. ${history}`],
      ],
      [
        'its actions are off',
        { actionsEnabled: false },
        [
          'high alarm-muted: scanner-failure does nothing when it goes off: its actions are switched off. => aws cloudwatch enable-alarm-actions --alarm-names scanner-failure --region us-east-1',
        ],
      ],
      [
        'it tells nobody',
        { actions: [] },
        [`high alarm-tells-nobody/arn:topic: scanner-failure does not tell arn:topic. ${REDEPLOY}`],
      ],
      [
        'its metric was changed',
        { metric: 'Throttles' },
        differs('metric', 'AWS/Lambda Throttles', 'AWS/Lambda Errors'),
      ],
      [
        'its dimensions were changed',
        { dimensions: {} },
        differs('dimensions', '{}', '{"FunctionName":"scanner","Resource":"x"}'),
      ],
      ['its statistic was changed', { statistic: 'Average' }, differs('statistic', 'Average', 'Sum')],
      ['its period was changed', { periodSeconds: 60 }, differs('period', '60', '300')],
      ['its periods were changed', { periods: 1 }, differs('periods', '1', '2')],
      [
        'its comparison was changed',
        { comparison: 'LessThanThreshold' },
        differs('comparison', 'LessThanThreshold', 'GreaterThanThreshold'),
      ],
      ['its threshold was changed', { threshold: 10 }, differs('threshold', '10', '0')],
      ['missing data was changed', { missing: 'missing' }, differs('missing data', 'missing', 'notBreaching')],
    ],
  });

  it('takes the estate’s score less seriously than scans that do not come', () => {
    const severityOf = (over: Partial<AlarmSpec>) =>
      checkAlarm({ ...ALARM, ...over }, { ...alarmSeen, state: 'ALARM' }, CHECKING)[0]?.severity;
    expect(severityOf({ namespace: 'InfrastructureCompliance', metric: 'ComplianceScore' })).to.equal('medium');
    expect(severityOf({ namespace: 'InfrastructureCompliance', metric: 'ScanCompleted' })).to.equal('high');
    expect(severityOf({ namespace: 'AWS/SQS', metric: 'ApproximateNumberOfMessagesVisible' })).to.equal('high');
  });
});

describe('the check of a dashboard', () => {
  const { dashboard } = specOf('standard');
  if (dashboard === undefined) throw new Error('The preset has a dashboard.');
  const { name, widgets } = dashboard;
  const body = (kept: readonly object[]) => JSON.stringify({ start: '-PT6H', widgets: kept });
  const check = (seen: DashboardSeen) => checkDashboard(dashboard, seen, CHECKING);

  testCheck<DashboardSeen>({
    healthy: {
      body: body([...widgets, { type: 'text', properties: { markdown: 'Ours' } }, null as unknown as object]),
    },
    check,
    breaks: [
      [
        'its body is no JSON',
        { body: '<html>' },
        [`low dashboard-unreadable: The body of ${name} is no dashboard: it lists no widgets. ${REDEPLOY}`],
      ],
      [
        'its body lists nothing',
        { body: '[]' },
        [`low dashboard-unreadable: The body of ${name} is no dashboard: it lists no widgets. ${REDEPLOY}`],
      ],
      [
        'its body is nothing',
        { body: 'null' },
        [`low dashboard-unreadable: The body of ${name} is no dashboard: it lists no widgets. ${REDEPLOY}`],
      ],
    ],
  });

  it('names the metrics, searches and queries that it does not show', () => {
    const found = check({ body: body([]) }).map(({ subject }) => subject);
    expect(found).to.include('InfrastructureCompliance ComplianceScore Environment test');
    expect(found).to.include('AWS/Lambda Errors FunctionName compliance-scanner-test');
    expect(found.some((subject) => subject?.startsWith('SEARCH('))).to.equal(true);
    expect(found.some((subject) => subject?.startsWith('SOURCE '))).to.equal(true);
    expect(new Set(found).size).to.equal(found.length);
  });

  it('reads the abbreviations that the console writes', () => {
    const own = {
      name: 'd',
      widgets: [
        widget([
          ['A', 'Errors', 'F', 'one'],
          ['A', 'Errors', 'F', 'two'],
          ['A', 'Throttles', 'F', 'two'],
        ]),
      ],
    };
    const written = widget([
      ['A', 'Errors', 'F', 'one', { label: 'x' }],
      ['...', 'two'],
      ['.', 'Throttles', '.', '.'],
    ]);
    expect(checkDashboard(own, { body: body([written]) }, CHECKING)).to.deep.equal([]);
    const less = widget([
      ['A', 'Errors', 'F', 'one'],
      ['...', 'two'],
      ['.', '.', '.', 'three'],
      [{ id: 'e1' }],
      'loose',
    ]);
    expect(checkDashboard(own, { body: body([less]) }, CHECKING).map(lineOf)).to.deep.equal([
      `low dashboard-incomplete/A Throttles F two: d does not show A Throttles F two. ${REDEPLOY}`,
    ]);
    const starts = widget([
      ['.', 'Errors'],
      ['...', 'F'],
    ]);
    expect(
      checkDashboard({ name: 'd', widgets: [widget([['. Errors']])] }, { body: body([starts]) }, CHECKING),
    ).to.deep.equal([]);
  });

  function widget(metrics: readonly unknown[]) {
    return { type: 'metric' as const, x: 0, y: 0, width: 1, height: 1, properties: { metrics } };
  }
});
