import { expect } from 'chai';

import { Alarms } from '../../src/infra/alarms.ts';
import { graphOf } from './component-graph.ts';
import { ALERTS_ARN, alarmSpec } from './sample-parts.ts';

const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm';

describe('Alarms', () => {
  it('watches a metric, and tells the topics', async () => {
    const { one } = await graphOf(() => new Alarms('compliance-alarms-test', [alarmSpec]));
    const alarm = one(ALARM, 'score-low-test');
    expect(alarm.parent).to.equal('compliancectl:infra:Alarms compliance-alarms-test');
    expect(alarm.inputs).to.deep.equal({
      name: 'score-low-test',
      alarmDescription: 'The score is low.',
      namespace: 'InfrastructureCompliance',
      metricName: 'ComplianceScore',
      dimensions: { Environment: 'test' },
      statistic: 'Minimum',
      period: 21_600,
      evaluationPeriods: 2,
      comparisonOperator: 'LessThanThreshold',
      threshold: 80,
      treatMissingData: 'ignore',
      alarmActions: [ALERTS_ARN],
    });
  });

  it('is one alarm each', async () => {
    const { names } = await graphOf(
      () => new Alarms('compliance-alarms-test', [alarmSpec, { ...alarmSpec, name: 'scan-missing-test' }]),
    );
    expect(names(ALARM)).to.deep.equal(['score-low-test', 'scan-missing-test']);
  });
});
