import { expect } from 'chai';

import type { ScanHead } from '../../src/engine/scan-document.ts';
import { METRIC_SETS, scanMetrics } from '../../src/publish/scan-metrics.ts';
import type { MetricChoice, ScanCounts } from '../../src/publish/scan-metrics.ts';
import type { Metric } from '../../src/publish/metrics.ts';
import { counts, head } from '../support/scans.ts';

const SCORED: Partial<ScanHead> = {
  summary: { ...head().summary, unknown: 4, evaluated_percentage: 96.5, score: 87.5 },
  by_instance_type: {
    't3.micro': counts({ total: 3, compliant: 2, non_compliant: 1 }),
    'm7g.large': counts({ total: 1, unknown: 1 }),
  },
  by_category: {
    encryption: counts({ total: 2, compliant: 1, non_compliant: 1 }),
    tagging: counts({ total: 1, waived: 1 }),
  },
};

const scan = (changes: Partial<ScanHead> = SCORED, rest: Partial<ScanCounts> = {}): ScanCounts => ({
  head: head(changes),
  readable: true,
  judged: { compliant: 7, nonCompliant: 1 },
  instances: { compliant: 2, nonCompliant: 1 },
  ...rest,
});

/** `Name{Dimension=Value} value unit` of each. */
const linesOf = (metrics: readonly Metric[]) =>
  metrics.map(({ name, dimensions, value, unit }) => {
    const named = Object.entries(dimensions ?? {}).map(([dimension, text]) => `${dimension}=${text}`);
    return `${name}{${named.join()}} ${value} ${unit}`;
  });
const lines = (counted: ScanCounts, choice: Partial<MetricChoice> = {}) =>
  linesOf(scanMetrics(counted, { sets: METRIC_SETS, literal: false, ...choice }));
const HEARTBEAT = 'ScanCompleted{Environment=dev} 1 Count';

describe('the metrics of a scan', () => {
  it('are the score, overall and by instance type (S0-3)', () => {
    expect(scanMetrics(scan(), { sets: ['score'], literal: false })).to.deep.equal([
      {
        namespace: 'InfrastructureCompliance',
        name: 'ComplianceScore',
        value: 87.5,
        unit: 'Percent',
        dimensions: { Environment: 'dev' },
      },
      {
        namespace: 'InfrastructureCompliance',
        name: 'ComplianceScore',
        value: 66.67,
        unit: 'Percent',
        dimensions: { Environment: 'dev', InstanceType: 't3.micro' },
      },
      {
        namespace: 'InfrastructureCompliance',
        name: 'ScanCompleted',
        value: 1,
        unit: 'Count',
        dimensions: { Environment: 'dev' },
      },
    ]);
  });

  it('are the share that passes, by category (S4-7)', () => {
    expect(lines(scan(), { sets: ['categories'] })).to.deep.equal([
      'ComplianceScore{Environment=dev,Category=encryption} 50 Percent',
      HEARTBEAT,
    ]);
  });

  it('are the judged resources, and how much could be decided', () => {
    expect(lines(scan(), { sets: ['resources'] })).to.deep.equal([
      'CompliantResources{Environment=dev} 7 Count',
      'NonCompliantResources{Environment=dev} 1 Count',
      'UnknownEvaluations{Environment=dev} 4 Count',
      'EvaluatedPercentage{Environment=dev} 96.5 Percent',
      HEARTBEAT,
    ]);
  });

  it('are the judged instances and their share (S1-4)', () => {
    expect(lines(scan(), { sets: ['instances'] })).to.deep.equal([
      'CompliantInstances{Environment=dev} 2 Count',
      'NonCompliantInstances{Environment=dev} 1 Count',
      'CompliancePercentage{Environment=dev} 66.67 Percent',
      HEARTBEAT,
    ]);
  });

  it('are all that were chosen, in the order in which they were', () => {
    const all = METRIC_SETS.flatMap((set) => lines(scan(), { sets: [set] }).slice(0, -1));
    expect(lines(scan())).to.deep.equal([...all, HEARTBEAT]);
    expect(lines(scan(), { sets: [] })).to.deep.equal([HEARTBEAT]);
  });

  it('are put once more without the environment, where the literal names are wanted', () => {
    const literal = scanMetrics(scan(), { sets: ['score', 'instances'], literal: true });
    expect(linesOf(literal)).to.deep.equal([
      'ComplianceScore{} 87.5 Percent',
      'ComplianceScore{InstanceType=t3.micro} 66.67 Percent',
      'CompliantInstances{} 2 Count',
      'NonCompliantInstances{} 1 Count',
      'CompliancePercentage{} 66.67 Percent',
      ...lines(scan(), { sets: ['score', 'instances'] }),
    ]);
    expect(literal[0]).to.deep.equal({
      namespace: 'InfrastructureCompliance',
      name: 'ComplianceScore',
      value: 87.5,
      unit: 'Percent',
    });
  });

  it('are no share of nothing, and counts of zero, for an empty account', () => {
    const nothing = { compliant: 0, nonCompliant: 0 };
    expect(lines(scan({}, { judged: nothing, instances: nothing }))).to.deep.equal([
      'CompliantResources{Environment=dev} 0 Count',
      'NonCompliantResources{Environment=dev} 0 Count',
      'UnknownEvaluations{Environment=dev} 0 Count',
      'CompliantInstances{Environment=dev} 0 Count',
      'NonCompliantInstances{Environment=dev} 0 Count',
      HEARTBEAT,
    ]);
  });

  it('are a score of zero where nothing complies', () => {
    expect(lines(scan({ summary: { ...head().summary, score: 0 } }), { sets: ['score'] })[0]).to.equal(
      'ComplianceScore{Environment=dev} 0 Percent',
    );
  });

  it('say of a scan that was cut short, or could read nothing, that it did not complete', () => {
    const incomplete = 'ScanCompleted{Environment=dev} 0 Count';
    expect(lines(scan({ complete: false }), { sets: [] })).to.deep.equal([incomplete]);
    expect(lines(scan({}, { readable: false }), { sets: [] })).to.deep.equal([incomplete]);
  });
});
