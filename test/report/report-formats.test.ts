import { Chalk } from 'chalk';
import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import { loadReportRenderer, REPORT_FORMATS } from '../../src/report/report-formats.ts';
import type { Report, ReportFormat } from '../../src/report/report-formats.ts';
import { parseCsv } from '../support/parse-csv.ts';
import { dailyReport, executiveReport, trendPoint, trendReport, weeklyReport } from '../support/reports.ts';
import { counts, finding, head } from '../support/scans.ts';

const shown = async (format: ReportFormat, report: Report, limit = 50) =>
  [
    ...(await loadReportRenderer(format))(report, {
      chalk: new Chalk({ level: 0 }),
      limit,
      toolVersion: '1.2.3',
      rules: [],
    }),
  ].join('');

/** Turns the colour to red, and is a link, a mention and a formula. */
const HOSTILE = '\u001B[31m=cmd|@team [x](http://evil)';

const latest = {
  scan_id: 'b',
  report_timestamp: '2026-11-20T12:00:00.000Z',
  complete: true,
  summary: { ...head().summary, score: 85, evaluated_percentage: 99.5, unknown: 1 },
  by_resource_type: {},
  by_rule: { 'ec2-required-tags': counts({ total: 6, compliant: 3, non_compliant: 2, unknown: 1 }) },
  by_severity: {},
  by_category: {},
};
const evaluations: Evaluation[] = [
  finding({ resource_id: 'i-1', severity: 'low', change: 'unchanged', message: 'Instance i-1 lacks the tag Owner.' }),
  finding({ resource_id: HOSTILE, severity: 'critical', change: 'new', message: `${HOSTILE} is open.` }),
];
const { status: _, message: _1, category: _2, remediation: _3, ...earlier } = finding({ resource_id: 'i-9' });
const changes = {
  since: { scan_id: 'a', report_timestamp: '2026-11-19T18:00:00.000Z' },
  new: 1,
  still_open: 1,
  worse: 0,
  resolved: 1,
  not_rechecked: 0,
  by_owner: [
    { owner: 'ada', new: 1, still_open: 0, worse: 0, resolved: 1, not_rechecked: 0 },
    { owner: null, new: 0, still_open: 1, worse: 0, resolved: 0, not_rechecked: 0 },
  ],
  resolved_findings: [earlier],
};
const daily = dailyReport({
  scansAnalyzed: 2,
  incomplete_scans: 1,
  latest,
  evaluations,
  changes,
  time_to_resolve: { resolved: 2, mean_hours: 36.5, older: 1 },
  scans: [
    {
      scan_id: 'a',
      report_timestamp: '2026-11-20T06:00:00.000Z',
      complete: false,
      compliant_instances: 1,
      non_compliant_instances: 1,
      compliance_percentage: 50,
      score: 80,
      evaluated_percentage: null,
    },
    {
      scan_id: 'b',
      report_timestamp: '2026-11-20T12:00:00.000Z',
      complete: true,
      compliant_instances: 0,
      non_compliant_instances: 0,
      compliance_percentage: null,
      score: 85,
      evaluated_percentage: 99.5,
    },
  ],
  skipped: [{ name: 'scans/v1/x', reason: 'truncated', message: 'The archive ends before its end.' }],
});

const moving = (change: number | null) => ({
  ...counts({ total: 4, compliant: 3, non_compliant: 1 }),
  compliance_percentage: { latest: 75, previous: null, change },
});
const executive = executiveReport({
  scansAnalyzed: 4,
  latest: { ...latest, complete: false },
  score: { latest: 85, previous: 82.75, change: 2.25 },
  changes: { ...changes, still_open: 3, worse: 1, not_rechecked: 2 },
  time_to_resolve: { resolved: 1, mean_hours: null, older: 1 },
  by_category: { exposure: moving(12.5) },
  by_severity: { low: moving(null), critical: moving(-3) },
  worst_rules: [
    { rule_id: 'ec2-security-group-restricted', severity: 'critical', non_compliant: 3, total: 8, change: 2 },
    { rule_id: 'ec2-required-tags', severity: null, non_compliant: 1, total: 8, change: null },
  ],
  critical: {
    open: 3,
    oldest: [
      {
        fingerprint: 'f',
        rule_id: 'ec2-security-group-restricted',
        resource_type: 'AWS::EC2::SecurityGroup',
        resource_id: 'sg-1',
        resource_arn: 'arn:sg-1',
        account_id: '111122223333',
        region: 'eu-west-1',
        message: 'Security group sg-1 is open to the world on TCP 22.',
        since: '2026-11-14T12:00:00.000Z',
        or_earlier: true,
        last_seen: '2026-11-20T12:00:00.000Z',
      },
    ],
  },
  coverage: {
    complete: false,
    evaluated_percentage: 99.5,
    unknown: 1,
    unread: [
      {
        api: 's3:GetBucketEncryption',
        reason: 'denied',
        permission: 's3:GetEncryptionConfiguration',
        calls: 3,
        places: 1,
      },
    ],
  },
  waivers_expiring: [
    {
      rule_id: 'ec2-no-public-ip',
      scope: 'account:111122223333',
      owner: 'Ada',
      reason: 'A bastion',
      expires: '2026-12-01',
      state: 'active',
      matched: 1,
    },
  ],
});

const trend = trendReport({
  scansAnalyzed: 2,
  incomplete_scans: 1,
  score: { first: 80, latest: 85.5, change: 5.5, lowest: 80, highest: 85.5 },
  points: [
    trendPoint('2026-11-19', {
      scans: 1,
      scan_id: 'a',
      report_timestamp: '2026-11-19T06:00:00.000Z',
      complete: false,
      score: 80,
      compliance_percentage: 81.25,
      evaluated_percentage: 99.5,
      total_resources: 12,
      failing: { critical: 2, high: 0, medium: 1, low: 0, info: 0 },
      non_compliant: 3,
      unknown: 1,
      waived: 0,
    }),
    trendPoint('2026-11-20'),
    trendPoint('2026-11-21', {
      scans: 1,
      scan_id: 'b',
      report_timestamp: '2026-11-21T06:00:00.000Z',
      complete: true,
      score: 85.5,
      compliance_percentage: 90,
      evaluated_percentage: 100,
      total_resources: 12,
      failing: { critical: 1, high: 0, medium: 1, low: 0, info: 0 },
      non_compliant: 2,
      unknown: 0,
      waived: 0,
    }),
  ],
});

describe('a report at a terminal', () => {
  it('has a day on a page, with nothing in it that a stranger could do harm with', async () => {
    expect(await shown('table', daily)).to.equal(`Daily compliance report of dev, 2026-11-20 (UTC)

The score is 85.00 of 100.
2 scans, 1 of them cut short; the latest is of 2026-11-20 12:00 UTC.
Since 2026-11-19 18:00 UTC: 1 new, 1 resolved, 1 still open.
In this time 2 failures were resolved, after 36.5 hours on average, but for 1
that is older than the scans that were read.
1 verdict could not be given, for want of access or an answer (99.50 % could).

Scans
TIME (UTC)             SCORE   SOUND INSTANCES %   DECIDED %
2026-11-20 06:00       80.00               50.00           -  cut short
2026-11-20 12:00       85.00                   -       99.50

Rules
RULE                                           FAIL   UNKNOWN   WAIVED    PASS
ec2-required-tags                                 2         1        0       3

By owner
OWNER                              NEW    WORSE    STILL OPEN    RESOLVED
ada                                  1        0             0           1
(not known)                          0        0             1           0

Findings
SEVERITY   CHANGE   RESOURCE                FINDING
critical   new      [31m=cmd|@team          [31m=cmd|@team [x](http://evil) is
                    [x](http://evil)        open.
                    111122223333 eu-west-1
low                 i-1 111122223333        Instance i-1 lacks the tag Owner.
                    eu-west-1

Resolved
SEVERITY   RULE                              RESOURCE
medium     ec2-required-tags                 i-9 111122223333 eu-west-1

Left out
WHAT                                    WHY
scans/v1/x                              The archive ends before its end.
`);
  });

  it('has a page that a manager reads', async () => {
    expect(await shown('table', executive)).to.equal(`Executive compliance summary of dev, 2026-11-20 (UTC)

The score is 85.00 of 100, 2.25 better than before (82.75).
4 scans; the latest is of 2026-11-20 12:00 UTC.
Since 2026-11-19 18:00 UTC: 1 new, 1 resolved, 3 still open, 1 of them worse, 2
not looked at again.
In this time 1 failure was resolved; how long that took is not known: older than
the scans that were read.
3 critical findings are open, the oldest for 6 days or longer.
1 verdict could not be given, for want of access or an answer (99.50 % could).
The latest scan was cut short.
1 waiver ends within 30 days.

By category
CATEGORY             FAILING   PASSING %    CHANGE
exposure                   1       75.00     +12.5

By severity
SEVERITY             FAILING   PASSING %    CHANGE
critical                   1       75.00        -3
low                        1       75.00         -

Worst rules
SEVERITY   RULE                                             FAILING    CHANGE
critical   ec2-security-group-restricted                     3 of 8        +2
unknown    ec2-required-tags                                 1 of 8         -

Oldest critical findings (* or earlier)
SINCE          RESOURCE                   FINDING
2026-11-14 *   sg-1 111122223333          Security group sg-1 is open to the
               eu-west-1                  world on TCP 22.

What could not be read
CALL                              WHY             PLACES  NEEDS
s3:GetBucketEncryption            denied               1  s3:GetEncryptionConf
                                                          iguration

Waivers about to end
UNTIL        RULE                          FOR                   OWNER
2026-12-01   ec2-no-public-ip              account:111122223333  Ada
`);
  });

  it('has a trend as lines that go up and down, the latest points first', async () => {
    expect(await shown('table', trend, 2)).to.equal(`Compliance trend of dev, 2026-11-19 to 2026-11-21 (UTC)

2 scans, 1 of them cut short.
The score is 85.50 of 100, up 5.50 from 80.00; it was between 80.00 and 85.50.

Score         ▁ █  80 to 85.5
Critical      █ ▁  2 to 1
Medium        ▅ ▅  1 to 1
Decided %     ▁ █  99.5 to 100

Days, the latest first
DAY                  SCORE  CRITICAL      HIGH    MEDIUM  DECIDED %
2026-11-21           85.50         1         0         1     100.00
2026-11-20               -         -         -         -          -
1 more: --limit 3 shows them all.
`);
  });

  it('says in a sentence what there is nothing of', async () => {
    expect(await shown('table', dailyReport())).to.equal(
      'Daily compliance report of dev, 2026-11-20 (UTC)\n\nNo scan was stored in this time.\n',
    );
    expect(await shown('table', dailyReport({ scansAnalyzed: 2, averageCompliancePercentage: 75 }))).to.include(
      'No scan was stored in this time but for 2 records of instances, 75.00 % of them\ncompliant.\n',
    );
    expect(await shown('table', trendReport())).to.equal(
      'Compliance trend of dev, 2026-11-19 to 2026-11-21 (UTC)\n\nNo scan was stored in this time.\n',
    );
    const nothing = { ...latest, summary: { ...latest.summary, score: null, unknown: 0 } };
    expect(await shown('table', executiveReport({ scansAnalyzed: 1, latest: nothing }))).to
      .equal(`Executive compliance summary of dev, 2026-11-20 (UTC)

There is no score: nothing could be judged.
1 scan; the latest is of 2026-11-20 12:00 UTC.
There is no earlier scan to tell what is new.
No critical finding is open.
Everything that was looked at could be read.
`);
  });

  it('says how the score moved', async () => {
    const score = async (previous: number | null, change: number | null) => {
      const text = await shown('table', weeklyReport({ latest, score: { latest: 85, previous, change } }));
      return text.split('\n')[2];
    };
    expect(await score(80, 5)).to.equal('The score is 85.00 of 100, 5.00 better than before (80.00).');
    expect(await score(90, -5)).to.equal('The score is 85.00 of 100, 5.00 worse than before (90.00).');
    expect(await score(85, 0)).to.equal('The score is 85.00 of 100, as it was before.');
    expect(await score(null, null)).to.equal('The score is 85.00 of 100; there is no earlier one to compare it with.');
    const trended = async (change: number) =>
      (await shown('table', { ...trend, score: { ...trend.score, change } })).split('\n')[3];
    expect(await trended(-5.5)).to.include('down 5.50 from 80.00');
    expect(await trended(0)).to.include('as it was at first');
  });

  it('names the days of a week, and counts what has no room', async () => {
    const day = (date: string) => ({ date, scansAnalyzed: 1, averageCompliancePercentage: null, average_score: 80 });
    const report = weeklyReport({ days: ['2026-11-14', '2026-11-20'].map(day), latest, evaluations });
    const text = await shown('table', report, 1);
    expect(text).to.match(/^Weekly compliance report of dev, 2026-11-14 to 2026-11-20 \(UTC\)\n/);
    expect(text).to.include('\n2026-11-20          1     80.00');
    expect(text).to.include('\n1 more: --limit 2 shows them all.\n');
  });
});

describe('a report as Markdown', () => {
  it('has tables, in which nothing of a stranger’s is a link, a mention or markup', async () => {
    const text = await shown('markdown', { ...daily, environment: '@team' }, 1);
    expect(text).to.match(
      /^## Daily compliance report of &#64;&#8203;team, 2026-11-20 \(UTC\)\n\nThe score is 85\.00 of 100\.\n\n/,
    );
    expect(text).to.include('| Rule | Fail | Unknown | Waived | Pass |\n| --- | ---: | ---: | ---: | ---: |\n');
    expect(text).to.include('\n1 more not shown here.\n');
    for (const harm of ['\u001B', 'http://evil', '@team', '[x]']) expect(text).not.to.include(harm);
  });

  it('has a trend as lines in code', async () => {
    const text = await shown('markdown', {
      ...trend,
      points: trend.points.map((point) => ({ ...point, evaluated_percentage: null })),
    });
    expect(text).to.include('- Score: `▁ █` 80 to 85.5\n');
    expect(text).to.include('- Decided %: none\n\n### Days, the latest first\n');
  });

  it('cuts what is too long', async () => {
    const long = finding({ message: 'x'.repeat(400) });
    const text = await shown('markdown', dailyReport({ latest, evaluations: [long] }));
    expect(text).to.include(`${'x'.repeat(300)}… |`);
    expect(text).not.to.include('x'.repeat(301));
  });
});

describe('a report as CSV', () => {
  it('has a row a finding, of a day or a week, and no formula', async () => {
    for (const report of [daily, weeklyReport({ evaluations })]) {
      const [columns = [], ...rows] = parseCsv(await shown('csv', report));
      expect(rows.length).to.equal(2);
      const cell = (row: number, column: string) => rows[row]?.[columns.indexOf(column)];
      expect([cell(0, 'change'), cell(1, 'change')]).to.deep.equal(['unchanged', 'new']);
      expect(cell(0, 'resource_id')).to.equal('i-1');
    }
  });

  it('has a row a point of a trend', async () => {
    expect(await shown('csv', trend)).to.equal(
      [
        'date,report_timestamp,scan_id,scans,complete,score,compliance_percentage,evaluated_percentage,total_resources,non_compliant,unknown,waived,critical,high,medium,low,info',
        '2026-11-19,2026-11-19T06:00:00.000Z,a,1,false,80,81.25,99.5,12,3,1,0,2,0,1,0,0',
        '2026-11-20,,,0,,,,,,,,,,,,,',
        '2026-11-21,2026-11-21T06:00:00.000Z,b,1,true,85.5,90,100,12,2,0,0,1,0,1,0,0',
        '',
      ].join('\r\n'),
    );
  });

  it('has a row a measure of the executive summary', async () => {
    expect(await shown('csv', executive)).to.equal(
      [
        'measure,name,latest,previous,change',
        'score,,85,82.75,2.25',
        'compliance_percentage_of_category,exposure,75,,12.5',
        'compliance_percentage_of_severity,low,75,,',
        'compliance_percentage_of_severity,critical,75,,-3',
        'failures_of_rule,ec2-security-group-restricted,3,1,2',
        'failures_of_rule,ec2-required-tags,1,,',
        'critical_findings_open,,3,,',
        'unknown_verdicts,,1,,',
        'evaluated_percentage,,99.5,,',
        'waivers_expiring,,1,,',
        '',
      ].join('\r\n'),
    );
    expect(await shown('csv', executiveReport())).to.include('unknown_verdicts,,,,\r\n');
  });
});

describe('the report on the history', () => {
  const aggregate = {
    kind: 'aggregate',
    head: {
      schema: 'compliancectl.evaluations/1',
      report_timestamp: '2026-11-20T06:00:00.000Z',
      environment: 'dev',
      summary: {
        total_resources: 1,
        total_evaluations: 2,
        compliant: 1,
        non_compliant: 1,
        compliance_percentage: 50,
        not_applicable: 0,
        unknown: 0,
        waived: 0,
      },
      by_resource_type: { 'AWS::EC2::Instance': counts({ total: 2, compliant: 1, non_compliant: 1 }) },
      by_rule: {},
      skipped: { count: 0, first: [] },
    },
    evaluations: [
      { ...finding(), compliance_type: 'NON_COMPLIANT', evaluated_at: '2026-11-20T06:00:00.000Z', scan_id: 's' },
    ],
  } as const;

  it('is shown in every format', async () => {
    expect(await shown('table', aggregate)).to.equal(`Latest results of dev, as of 2026-11-20 06:00 UTC

1 resource, 2 verdicts: 1 fail, 1 pass, 0 unknown, 0 waived.
50.00 % of the verdicts that could be given pass.

By resource type
RESOURCE TYPE                                  FAIL   UNKNOWN   WAIVED    PASS
AWS::EC2::Instance                                1         0        0       1

Findings
SEVERITY   CHANGE   RESOURCE                FINDING
medium              i-0123456789abcdef0     Instance i-0123456789abcdef0 lacks
                    111122223333 eu-west-1  the tag Owner.
`);
    expect(JSON.parse(await shown('json', aggregate))).to.deep.equal({
      ...aggregate.head,
      evaluations: aggregate.evaluations,
    });
    expect(parseCsv(await shown('csv', aggregate)).length).to.equal(2);
    expect(await shown('markdown', aggregate)).to.include('### By resource type\n');
  });

  it('says what it could not read, and that nothing was judged', async () => {
    const summary = { ...aggregate.head.summary, compliance_percentage: null };
    const text = await shown('table', {
      ...aggregate,
      head: { ...aggregate.head, summary, skipped: { count: 2, first: [] } },
    });
    expect(text).to.include('\nNothing could be judged.\n2 items of the table could not be read.\n');
  });
});

describe('the JSON of a report', () => {
  it('is the whole of it', async () => {
    for (const report of [daily, executive, trend, weeklyReport({ evaluations })])
      expect(JSON.parse(await shown('json', report))).to.deep.equal(report);
    expect(REPORT_FORMATS).to.deep.equal(['table', 'json', 'csv', 'markdown', 'html']);
  });
});
