/** A report of each kind in which everything happened, with a stranger's text wherever one may stand. */
import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { Report } from '../../src/report/report-formats.ts';
import { dailyReport, executiveReport, trendPoint, trendReport, weeklyReport } from './reports.ts';
import { counts, finding, head } from './scans.ts';

/** @param texts what strangers wrote: there is a finding for each, and they stand everywhere else together */
export function sampleReports(
  texts: readonly [string, ...string[]] = ['plain'],
): Readonly<Record<Report['kind'], Report>> {
  const text = texts.join(' ');
  const findings = texts.flatMap((one, at): Evaluation[] => [
    finding({
      resource_id: one,
      resource_arn: `arn:aws:ec2:eu-west-1:111122223333:instance/${one}`,
      severity: 'critical',
      change: 'new',
      message: `${one} is open.`,
      owner: one,
      account_id: one,
      region: one,
    }),
    finding({ resource_id: `i-${at}`, status: 'UNKNOWN', message: one, missing_permission: one }),
  ]);
  const byText = Object.fromEntries(texts.map((one) => [one, counts({ total: 9, compliant: 7, non_compliant: 2 })]));
  const moving = (change: number | null) => ({
    ...counts({ total: 8, compliant: 5, non_compliant: 2, unknown: 1 }),
    compliance_percentage: { latest: 71.43, previous: 69, change },
  });
  const by_severity = { critical: moving(2.5), medium: moving(-1), low: moving(0), info: moving(null) };
  const by_category = { exposure: moving(12.5), tagging: moving(-3) };
  const latest = {
    scan_id: text,
    report_timestamp: '2026-11-20T12:00:00.000Z',
    complete: false,
    summary: {
      ...head().summary,
      total_resources: 40,
      total_evaluations: 50,
      compliant: 40,
      non_compliant: 6,
      unknown: 3,
      waived: 1,
      score: 85,
      compliance_percentage: 86.96,
      evaluated_percentage: 94,
    },
    by_resource_type: byText,
    by_rule: byText,
    by_severity,
    by_category,
  };
  const changesOf = (owner: string | null) => ({
    owner,
    new: 1,
    still_open: 2,
    worse: 1,
    resolved: 1,
    not_rechecked: 0,
  });
  const { status: _, message: _1, category: _2, remediation: _3, ...resolved } = finding({ resource_id: text });
  const common = {
    environment: text,
    scansAnalyzed: 4,
    incomplete_scans: 1,
    latest,
    time_to_resolve: { resolved: 2, mean_hours: 36.5, older: 1 },
    changes: {
      since: { scan_id: 'a', report_timestamp: '2026-11-19T18:00:00.000Z' },
      new: 1,
      still_open: 2,
      worse: 1,
      resolved: 1,
      not_rechecked: 0,
      by_owner: [...texts, null].map(changesOf),
      resolved_findings: [resolved],
    },
    skipped: [{ name: text, reason: 'truncated', message: text }],
  } as const;
  const open = finding({ resource_id: text, account_id: text, region: text, message: text });
  const movements = {
    score: { latest: 85, previous: 82.75, change: 2.25 },
    by_category,
    by_severity,
    worst_rules: [{ rule_id: text, severity: 'critical', non_compliant: 3, total: 8, change: 2 }],
    critical: {
      open: 3,
      oldest: [{ ...open, since: '2026-11-14T00:00:00.000Z', or_earlier: true, last_seen: '2026-11-20T12:00:00.000Z' }],
    },
    coverage: {
      complete: false,
      evaluated_percentage: 94,
      unknown: 3,
      unread: [{ api: text, reason: 'denied', permission: text, calls: 3, places: 1 }],
    },
    waivers_expiring: [
      { rule_id: text, scope: text, owner: text, reason: text, expires: text, state: 'active', matched: 1 },
    ],
  } as const;
  const day = (date: string, average_score: number | null) => ({
    date,
    scansAnalyzed: average_score === null ? 0 : 2,
    averageCompliancePercentage: average_score,
    average_score,
  });
  return {
    daily: dailyReport({
      ...common,
      evaluations: findings,
      scans: [
        {
          scan_id: text,
          report_timestamp: '2026-11-20T12:00:00.000Z',
          complete: false,
          compliant_instances: 1,
          non_compliant_instances: 1,
          compliance_percentage: 50,
          score: 85,
          evaluated_percentage: 94,
        },
      ],
    }),
    weekly: weeklyReport({
      ...common,
      ...movements,
      evaluations: findings,
      days: [day('2026-11-18', 80), day('2026-11-19', null), day('2026-11-20', 85)],
    }),
    executive: executiveReport({ ...common, ...movements }),
    trend: trendReport({
      environment: text,
      time_zone: 'Europe/Berlin',
      scansAnalyzed: 3,
      incomplete_scans: 1,
      score: { first: 80, latest: 85.5, change: 5.5, lowest: 80, highest: 85.5 },
      skipped: common.skipped,
      points: [
        point('2026-11-18', { score: 80, evaluated_percentage: 99.5, critical: 2, complete: true }),
        point('2026-11-19', { score: 82, evaluated_percentage: 91, critical: 3, complete: false }),
        trendPoint('2026-11-20'),
        point('2026-11-21', { score: 85.5, evaluated_percentage: 100, critical: 1, complete: true }),
      ],
    }),
    aggregate: {
      kind: 'aggregate',
      head: {
        schema: 'compliancectl.evaluations/1',
        report_timestamp: '2026-11-20T06:00:00.000Z',
        environment: text,
        summary: latest.summary,
        by_resource_type: byText,
        by_rule: byText,
        skipped: { count: 2, first: [{ name: text, message: text }] },
      },
      evaluations: findings.map((one) => ({
        ...one,
        compliance_type: 'NON_COMPLIANT',
        evaluated_at: '2026-11-20T06:00:00.000Z',
        scan_id: text,
      })),
    },
  };
}

function point(
  date: string,
  {
    critical,
    ...rest
  }: {
    readonly score: number;
    readonly evaluated_percentage: number;
    readonly critical: number;
    readonly complete: boolean;
  },
) {
  return trendPoint(date, {
    scans: 1,
    scan_id: date,
    report_timestamp: `${date}T06:00:00.000Z`,
    failing: { critical, high: 0, medium: 4, low: 1, info: 0 },
    non_compliant: critical + 5,
    unknown: 1,
    waived: 0,
    compliance_percentage: 80,
    total_resources: 12,
    ...rest,
  });
}
