import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { putMetrics } from '../../src/publish/metrics.ts';
import type { Metric } from '../../src/publish/metrics.ts';
import { serviceError } from '../support/aws-errors.ts';
import { stubbedClients } from '../support/clients.ts';
import { thrownBy } from '../support/errors.ts';

describe('metrics', () => {
  const aws = mockClient(CloudWatchClient);
  beforeEach(() => aws.reset());
  after(() => {
    aws.restore();
  });

  const timestamp = new Date('2026-11-21T06:00:00.000Z');
  const { signal } = new AbortController();
  const put = async (...metrics: readonly Metric[]) =>
    putMetrics(await stubbedClients().cloudwatch(), metrics, { timestamp, signal });
  const inputs = () => aws.commandCalls(PutMetricDataCommand).map(({ args: [{ input }] }) => input);
  const metric = (changes: Partial<Metric> = {}): Metric => ({
    namespace: 'InfrastructureCompliance',
    name: 'ComplianceScore',
    value: 87.5,
    unit: 'Percent',
    ...changes,
  });

  it('are put a namespace at a time, all as of one moment', async () => {
    await put(
      metric({ dimensions: { Environment: 'dev', InstanceType: 't3.micro' } }),
      metric({ namespace: 'TagCompliance', name: 'CompliantInstances', value: 0, unit: 'Count' }),
      metric({ dimensions: {} }),
    );
    expect(inputs()).to.deep.equal([
      {
        Namespace: 'InfrastructureCompliance',
        MetricData: [
          {
            MetricName: 'ComplianceScore',
            Value: 87.5,
            Unit: 'Percent',
            Timestamp: timestamp,
            Dimensions: [
              { Name: 'Environment', Value: 'dev' },
              { Name: 'InstanceType', Value: 't3.micro' },
            ],
          },
          { MetricName: 'ComplianceScore', Value: 87.5, Unit: 'Percent', Timestamp: timestamp },
        ],
      },
      {
        Namespace: 'TagCompliance',
        MetricData: [{ MetricName: 'CompliantInstances', Value: 0, Unit: 'Count', Timestamp: timestamp }],
      },
    ]);
    expect((aws.call(0).args as readonly unknown[])[1]).to.deep.equal({ abortSignal: signal });
  });

  it('are put 500 at a time', async () => {
    await put(...Array.from({ length: 1001 }, (_, value) => metric({ value })));
    expect(inputs().map(({ MetricData = [] }) => MetricData.length)).to.deep.equal([500, 500, 1]);
    expect(inputs().flatMap(({ MetricData = [] }) => MetricData.map(({ Value }) => Value))).to.deep.equal(
      Array.from({ length: 1001 }, (_, value) => value),
    );
  });

  it('have dimensions that CloudWatch takes', async () => {
    const values = ['größe\n', ' db.r5 ', '', ' \t ', 'x'.repeat(2000)];
    await put(...values.map((text) => metric({ dimensions: { InstanceType: text } })));
    expect(
      inputs().flatMap(({ MetricData = [] }) => MetricData.map(({ Dimensions }) => Dimensions?.[0]?.Value)),
    ).to.deep.equal(['gr??e?', 'db.r5', '-', '?', 'x'.repeat(1024)]);
  });

  it('are no call where there is none', async () => {
    await put();
    expect(inputs()).to.deep.equal([]);
  });

  it('end at the first batch that is refused', async () => {
    const throttled = serviceError('ThrottlingException', 400, 'Rate exceeded');
    aws.on(PutMetricDataCommand).resolvesOnce({}).rejects(throttled);
    expect(await thrownBy(() => put(...Array.from({ length: 1501 }, () => metric())))).to.equal(throttled);
    expect(inputs()).to.have.length(2);
  });
});
