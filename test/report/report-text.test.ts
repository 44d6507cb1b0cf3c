import { expect } from 'chai';

import { renderReportText } from '../../src/report/report-text.ts';
import { dailyReport, executiveReport, weeklyReport } from '../support/reports.ts';
import { counts, head } from '../support/scans.ts';

const LINK = 's3://results/reports/2026-11-20.json';

const latest = (score: number | null, by_severity = {}) => ({
  scan_id: 'b',
  report_timestamp: '2026-11-20T06:00:00.000Z',
  complete: true,
  summary: { ...head().summary, score },
  by_resource_type: {},
  by_rule: {},
  by_severity,
  by_category: {},
});

const CHANGES = {
  since: { scan_id: 'a', report_timestamp: '2026-11-13T18:00:00.000Z' },
  new: 2,
  still_open: 4,
  worse: 0,
  resolved: 1,
  not_rechecked: 0,
  by_owner: [],
  resolved_findings: [],
};

const row = (hour: string, score: number | null, share: number | null, complete: boolean | null) => ({
  scan_id: hour,
  report_timestamp: `2026-11-20T${hour}:00:00.000Z`,
  complete,
  compliant_instances: 0,
  non_compliant_instances: 0,
  compliance_percentage: share,
  score,
  evaluated_percentage: null,
});

describe('the text of a report', () => {
  it('says that there were no scans', () => {
    expect(renderReportText(dailyReport(), LINK)).to.deep.equal({
      subject: 'Daily compliance report of dev, 2026-11-20: no scans',
      text: `Daily compliance report of dev, 2026-11-20 (UTC)

No scan was stored on this day.

The whole report: ${LINK}
`,
    });
    expect(renderReportText(executiveReport(), LINK).text).to
      .equal(`Executive compliance summary of dev, 2026-11-20 (UTC)

Score: nothing was judged
Scans: 0

The whole report: ${LINK}
`);
  });

  it('has the scans of a day, and what fails at its end', () => {
    const report = dailyReport({
      scansAnalyzed: 3,
      averageCompliancePercentage: 87.5,
      average_score: null,
      incomplete_scans: 1,
      changes: CHANGES,
      scans: [row('00', 80, 87.5, true), row('06', 75.5, null, false), row('12', null, 100, null)],
      latest: latest(75.5, { low: counts({ non_compliant: 4 }), critical: counts({ non_compliant: 1 }) }),
      skipped: [{ name: 'scans/v1/x', reason: 'truncated', message: 'It ends.' }],
    });
    expect(renderReportText(report, LINK)).to.deep.equal({
      subject: 'Daily compliance report of dev, 2026-11-20: score 75.5',
      text: `Daily compliance report of dev, 2026-11-20 (UTC)

Scans: 3, 1 of them cut short
Compliant instances, on average: 87.5 %
Score, on average: unknown
Since 2026-11-13T18:00:00.000Z: 2 new, 1 resolved, 4 still open

Scans:
  2026-11-20T00:00:00.000Z: score 80, compliant instances 87.5 %
  2026-11-20T06:00:00.000Z: score 75.5, compliant instances unknown, cut short
  2026-11-20T12:00:00.000Z: score unknown, compliant instances 100 %

Failures by severity, in the latest scan:
  critical: 1
  low: 4

1 stored scan could not be read:
  scans/v1/x: truncated

The whole report: ${LINK}
`,
    });
  });

  it('knows a day of records alone', () => {
    const report = dailyReport({
      scansAnalyzed: 1,
      averageCompliancePercentage: 100,
      scans: [row('12', null, 100, null)],
    });
    expect(renderReportText(report, LINK)).to.deep.equal({
      subject: 'Daily compliance report of dev, 2026-11-20: score unknown',
      text: `Daily compliance report of dev, 2026-11-20 (UTC)

Scans: 1
Compliant instances, on average: 100 %
Score, on average: unknown

Scans:
  2026-11-20T12:00:00.000Z: score unknown, compliant instances 100 %

The whole report: ${LINK}
`,
    });
  });

  it('has a week on a page', () => {
    const moving = (latest: number | null, change: number | null, non_compliant: number) => ({
      ...counts({ non_compliant }),
      compliance_percentage: { latest, previous: null, change },
    });
    const finding = {
      fingerprint: 'f',
      rule_id: 'ec2-security-group-restricted',
      resource_type: 'AWS::EC2::SecurityGroup',
      resource_id: 'sg-1',
      resource_arn: 'arn:sg-1',
      account_id: '111122223333',
      region: 'eu-west-1',
      message: 'Port 22 is open.',
      last_seen: '2026-11-20T06:00:00.000Z',
    };
    const report = weeklyReport({
      from: '2026-11-14T00:00:00.000Z',
      scansAnalyzed: 2,
      score: { latest: 79.9, previous: 80.1, change: -0.2 },
      days: [
        { date: '2026-11-14', scansAnalyzed: 2, averageCompliancePercentage: 50, average_score: 79.95 },
        { date: '2026-11-15', scansAnalyzed: 1, averageCompliancePercentage: null, average_score: null },
      ],
      by_category: { exposure: moving(50, 12.5, 3), tagging: moving(75, 0, 1), backup: moving(null, null, 0) },
      by_severity: { low: moving(100, null, 0), critical: moving(40, -10, 6) },
      worst_rules: [
        { rule_id: 'ports', severity: 'critical', non_compliant: 6, total: 10, change: 2 },
        { rule_id: 'tags', severity: null, non_compliant: 1, total: 4, change: 0 },
        { rule_id: 'volumes', severity: 'high', non_compliant: 1, total: 4, change: null },
      ],
      critical: {
        open: 12,
        oldest: [
          { ...finding, since: '2026-11-07T06:00:00.000Z', or_earlier: true },
          { ...finding, resource_id: 'sg-2', since: '2026-11-19T06:00:00.000Z', or_earlier: false },
        ],
      },
      coverage: {
        complete: false,
        evaluated_percentage: 90,
        unknown: 1,
        unread: [
          { api: 's3:ListBuckets', reason: 'denied', permission: 's3:ListAllMyBuckets', calls: 2, places: 2 },
          { api: 'ec2:DescribeVolumes', reason: 'throttled', calls: 1, places: 1 },
        ],
      },
      waivers_expiring: [
        {
          rule_id: 'tags',
          scope: 'tag:\u001B[31mLegacy',
          owner: 'Ada\n  and Bob',
          reason: '',
          expires: '2026-12-01',
          state: 'active',
          matched: 1,
        },
      ],
      latest: latest(79.9),
      changes: { ...CHANGES, worse: 1 },
      time_to_resolve: { resolved: 3, mean_hours: 36.5, older: 1 },
    });
    expect(renderReportText(report, LINK)).to.deep.equal({
      subject: 'Weekly compliance report of dev, 2026-11-20: score 79.9',
      text: `Weekly compliance report of dev, 2026-11-14 to 2026-11-20 (UTC)

Score: 79.9 (-0.2)
Scans: 2
Since 2026-11-13T18:00:00.000Z: 2 new, 1 resolved, 4 still open, 1 of them worse
Mean time to resolve: 36.5 hours

Days:
  2026-11-14: 2 scans, score 79.95
  2026-11-15: 1 scan, score unknown

Passing, by category:
  exposure: 50 % (+12.5), 3 failing
  tagging: 75 % (unchanged), 1 failing
  backup: nothing was judged, 0 failing

Passing, by severity:
  critical: 40 % (-10), 6 failing
  low: 100 %, 0 failing

Worst rules:
  [critical] ports: 6 of 10 fail (+2)
  [unknown] tags: 1 of 4 fail
  [high] volumes: 1 of 4 fail

Critical findings: 12 open, the oldest first:
  ec2-security-group-restricted: sg-1 in 111122223333, eu-west-1, since 2026-11-07 or earlier
  ec2-security-group-restricted: sg-2 in 111122223333, eu-west-1, since 2026-11-19

Not seen:
  The latest scan was cut short.
  1 verdict could not be given.
  s3:ListBuckets: denied in 2 places, needs s3:ListAllMyBuckets
  ec2:DescribeVolumes: throttled in 1 place

Waivers about to expire:
  2026-12-01: tags for tag:[31mLegacy, Ada and Bob

The whole report: ${LINK}
`,
    });
  });

  it('counts what a page has no room for', () => {
    const skipped = Array.from({ length: 12 }, (_, index) => ({ name: `file ${index}`, reason: 'gone', message: '' }));
    const { text } = renderReportText(dailyReport({ skipped }), LINK);
    expect(text.split('\n').slice(-6)).to.deep.equal([
      '  file 8: gone',
      '  file 9: gone',
      '  and 2 more',
      '',
      `The whole report: ${LINK}`,
      '',
    ]);
  });

  it('leaves out a section that has nothing to say', () => {
    const coverage = { complete: true, evaluated_percentage: 100, unknown: 0, unread: [] };
    expect(renderReportText(executiveReport({ coverage }), LINK).text).not.to.include('Not seen');
  });
});
