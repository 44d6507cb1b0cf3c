/** Reports as renderers see them: nothing happened, but for what a test says. */
import type { DailyReport, ExecutiveReport, WeeklyReport } from '../../src/report/period-report.ts';
import type { TrendPoint, TrendReport } from '../../src/report/trend-report.ts';

const base = {
  schema: 'compliancectl.report/1',
  date: '2026-11-20',
  from: '2026-11-20T00:00:00.000Z',
  to: '2026-11-21T00:00:00.000Z',
  time_zone: 'UTC',
  environment: 'dev',
  report_timestamp: null,
  scansAnalyzed: 0,
  averageCompliancePercentage: null,
  average_score: null,
  incomplete_scans: 0,
  changes: null,
  time_to_resolve: { resolved: 0, mean_hours: null, older: 0 },
  latest: null,
  skipped: [],
} as const;

const nothingFound = { summary: null, by_resource_type: {}, by_rule: {}, evaluations: [] } as const;

const nothingMoved = {
  score: { latest: null, previous: null, change: null },
  by_category: {},
  by_severity: {},
  worst_rules: [],
  critical: { open: 0, oldest: [] },
  coverage: null,
  waivers_expiring: [],
} as const;

export function dailyReport(changes: Partial<DailyReport> = {}): DailyReport {
  return { ...base, ...nothingFound, kind: 'daily', scans: [], ...changes };
}

export function weeklyReport(changes: Partial<WeeklyReport> = {}): WeeklyReport {
  return { ...base, ...nothingFound, ...nothingMoved, kind: 'weekly', days: [], ...changes };
}

export function executiveReport(changes: Partial<ExecutiveReport> = {}): ExecutiveReport {
  return { ...base, ...nothingMoved, kind: 'executive', ...changes };
}

export function trendReport(changes: Partial<TrendReport> = {}): TrendReport {
  return {
    schema: 'compliancectl.trend/1',
    kind: 'trend',
    from: '2026-11-19T00:00:00.000Z',
    to: '2026-11-22T00:00:00.000Z',
    time_zone: 'UTC',
    step: 'day',
    environment: 'dev',
    scansAnalyzed: 0,
    incomplete_scans: 0,
    score: { first: null, latest: null, change: null, lowest: null, highest: null },
    skipped: [],
    points: [],
    ...changes,
  };
}

/** A day without scans, but for what a test says. */
export function trendPoint(date: string, changes: Partial<TrendPoint> = {}): TrendPoint {
  return {
    date,
    scans: 0,
    scan_id: null,
    report_timestamp: null,
    complete: null,
    score: null,
    compliance_percentage: null,
    evaluated_percentage: null,
    total_resources: null,
    failing: null,
    non_compliant: null,
    unknown: null,
    waived: null,
    ...changes,
  };
}
