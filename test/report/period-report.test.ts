import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import type { WaiverUse } from '../../src/engine/waivers.ts';
import { PeriodAggregator, periodBetween, periodOf, renderPeriodReport } from '../../src/report/period-report.ts';
import type { PeriodKind, SummaryReport } from '../../src/report/period-report.ts';
import { digestScan } from '../../src/report/scan-digest.ts';
import { counts, finding, gap, head } from '../support/scans.ts';

const DATE = '2026-11-20';
const NO_FINDINGS = { evaluations: [], changes: null };
const NOTHING_RESOLVED = { resolved: 0, mean_hours: null, older: 0 };

function digest(changes: Partial<ScanHead>, evaluations: readonly Evaluation[] = []) {
  const reader = digestScan(head(changes));
  for (const evaluation of evaluations) reader.evaluation(evaluation);
  return reader.end();
}

/** A scan of so many sound and unsound instances, whose score is their share. */
function scan(
  scan_id: string,
  report_timestamp: string,
  [sound, unsound]: [number, number],
  changes: Partial<ScanHead> = {},
) {
  const total = sound + unsound;
  const score = total === 0 ? null : Math.round((10_000 * sound) / total) / 100;
  return digest({
    scan_id,
    report_timestamp,
    by_instance_type: { 't3.micro': counts({ total, compliant: sound, non_compliant: unsound }) },
    summary: { ...head().summary, score, evaluated_percentage: 100 },
    ...changes,
  });
}

const aggregator = (kind: PeriodKind = 'daily') => new PeriodAggregator(periodOf(kind, DATE), 'dev');
function daily(...digests: ReturnType<typeof digest>[]) {
  const period = aggregator();
  digests.forEach((each, index) => {
    period.add(`scan ${index}`, each);
  });
  const report = period.report(NO_FINDINGS);
  if (report.kind !== 'daily') throw new Error(report.kind);
  return report;
}
function summed(kind: 'weekly' | 'executive', ...digests: ReturnType<typeof digest>[]): SummaryReport {
  const period = aggregator(kind);
  digests.forEach((each, index) => {
    period.add(`scan ${index}`, each);
  });
  const report = period.report(NO_FINDINGS);
  if (report.kind === 'daily') throw new Error(report.kind);
  return report;
}

const row = (
  scan_id: string | null,
  report_timestamp: string,
  [sound, unsound]: [number, number],
  changes: object = {},
) => ({
  scan_id,
  report_timestamp,
  complete: true,
  compliant_instances: sound,
  non_compliant_instances: unsound,
  compliance_percentage: sound + unsound === 0 ? null : (100 * sound) / (sound + unsound),
  score: sound + unsound === 0 ? null : (100 * sound) / (sound + unsound),
  evaluated_percentage: 100,
  ...changes,
});

const totals = (changes: Partial<ScanHead['summary']>) => ({ ...head().summary, ...changes });
const at = (hour: number) => `${DATE}T${String(hour).padStart(2, '0')}:00:00.000Z`;

describe('periodOf', () => {
  it('is a day, the week that ends on it, or the day with the days before it', () => {
    expect(periodOf('daily', '2026-03-01')).to.deep.equal({
      kind: 'daily',
      date: '2026-03-01',
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-03-02T00:00:00.000Z',
      before: '2026-02-23T00:00:00.000Z',
      timeZone: 'UTC',
    });
    expect(periodOf('weekly', '2026-03-01')).to.deep.equal({
      kind: 'weekly',
      date: '2026-03-01',
      from: '2026-02-23T00:00:00.000Z',
      to: '2026-03-02T00:00:00.000Z',
      before: '2026-02-16T00:00:00.000Z',
      timeZone: 'UTC',
    });
    expect(periodOf('executive', '2026-12-31')).to.deep.equal({
      kind: 'executive',
      date: '2026-12-31',
      from: '2026-12-31T00:00:00.000Z',
      to: '2027-01-01T00:00:00.000Z',
      before: '2026-12-25T00:00:00.000Z',
      timeZone: 'UTC',
    });
  });

  it('begins and ends at the midnights of a time zone, an hour apart more or less where its clock changes', () => {
    const span = (date: string, zone: string) => {
      const { from, to, before } = periodOf('daily', date, zone);
      return [before, from, to];
    };
    expect(span('2026-10-25', 'Europe/Berlin')).to.deep.equal([
      '2026-10-18T22:00:00.000Z',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
    expect(span('2026-03-29', 'Europe/Berlin')).to.deep.equal([
      '2026-03-22T23:00:00.000Z',
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    const { from, to } = periodOf('weekly', '2026-10-25', 'America/New_York');
    expect([from, to]).to.deep.equal(['2026-10-19T04:00:00.000Z', '2026-10-26T04:00:00.000Z']);
  });
});

describe('periodBetween', () => {
  it('is measured against as many days before, and six at the least', () => {
    const moments = (from: string, to: string) => ({ from: Date.parse(from), to: Date.parse(to) });
    expect(periodBetween('daily', moments('2026-11-01T00:00:00Z', '2026-11-11T00:00:00Z'), 'UTC')).to.deep.include({
      date: '2026-11-10',
      before: '2026-10-22T00:00:00.000Z',
    });
    expect(periodBetween('daily', moments('2026-11-20T06:00:00Z', '2026-11-20T12:00:00Z'), 'UTC')).to.deep.equal({
      kind: 'daily',
      date: '2026-11-20',
      from: '2026-11-20T06:00:00.000Z',
      to: '2026-11-20T12:00:00.000Z',
      before: '2026-11-14T00:00:00.000Z',
      timeZone: 'UTC',
    });
  });
});

describe('the daily report (S1-3)', () => {
  it('has no scans on a day without any, and that is no error', () => {
    const report = daily();
    expect(report).to.deep.equal({
      schema: 'compliancectl.report/1',
      kind: 'daily',
      date: DATE,
      from: '2026-11-20T00:00:00.000Z',
      to: '2026-11-21T00:00:00.000Z',
      time_zone: 'UTC',
      environment: 'dev',
      report_timestamp: null,
      scansAnalyzed: 0,
      averageCompliancePercentage: null,
      average_score: null,
      incomplete_scans: 0,
      summary: null,
      by_resource_type: {},
      by_rule: {},
      changes: null,
      time_to_resolve: NOTHING_RESOLVED,
      scans: [],
      latest: null,
      skipped: [],
      evaluations: [],
    });
    expect([...renderPeriodReport(report)].join('')).to.equal(`${JSON.stringify(report, undefined, 2)}\n`);
  });

  it('averages the scans of the day, each once, in the order of time', () => {
    const report = daily(
      scan('b', at(6), [1, 2], { complete: false, summary: totals({ score: 33.33, evaluated_percentage: 70 }) }),
      scan('a', at(0), [7, 1]),
      scan('c', at(6), [0, 0], { summary: totals({ evaluated_percentage: null }) }),
    );
    expect(report).to.deep.include({
      scansAnalyzed: 3,
      // (87.50 + 33.33) / 2: the third judged nothing.
      averageCompliancePercentage: 60.42,
      average_score: 60.42,
      incomplete_scans: 1,
    });
    expect(report.scans).to.deep.equal([
      row('a', at(0), [7, 1]),
      row('b', at(6), [1, 2], {
        complete: false,
        compliance_percentage: 33.33,
        score: 33.33,
        evaluated_percentage: 70,
      }),
      row('c', at(6), [0, 0], { evaluated_percentage: null }),
    ]);
  });

  it('shows the last complete scan, or the last one where none is', () => {
    const found = {
      by_rule: { a: counts({ total: 1 }) },
      by_category: { tagging: counts({ total: 1 }) },
      by_severity: { low: counts({ total: 1 }) },
      by_resource_type: { 'AWS::S3::Bucket': counts({ total: 1 }) },
    };
    const whole = scan('whole', at(6), [1, 0], found);
    const cut = (id: string, hour: number) => scan(id, at(hour), [1, 1], { complete: false });
    const { summary } = whole.totals;
    expect(daily(cut('early', 0), whole, cut('late', 12)).latest).to.deep.equal({
      scan_id: 'whole',
      report_timestamp: at(6),
      complete: true,
      summary,
      ...found,
    });
    expect(daily(cut('early', 0), cut('late', 12)).latest?.scan_id).to.equal('late');
  });

  it('takes the first moment of its day and the last', () => {
    const [first, last] = ['2026-11-20T00:00:00.000Z', '2026-11-20T23:59:59.999Z'];
    const report = daily(
      scan('before', '2026-11-19T23:59:59.999Z', [1, 0]),
      scan('first', first, [1, 0]),
      scan('last', last, [1, 0]),
    );
    expect(report.scans.map(({ report_timestamp: time }) => time)).to.deep.equal([first, last]);
  });

  describe('of one scan in several documents', () => {
    const shard = (region: string, sound: [number, number], changes: Partial<ScanHead> = {}) =>
      scan('s', at(6), sound, { regions: [region], ...changes });

    it('adds shards', () => {
      const report = daily(shard('eu-west-1', [1, 0]), shard('eu-central-1', [0, 2]), shard('us-east-1', [1, 0]));
      expect(report.scans).to.deep.equal([row('s', at(6), [2, 2], { evaluated_percentage: null })]);
      expect(report.scansAnalyzed).to.equal(1);
    });

    it('counts a document once that was stored twice', () => {
      const report = daily(shard('eu-west-1', [1, 0]), shard('eu-central-1', [0, 2]), shard('eu-central-1', [0, 2]));
      expect(report.scans).to.deep.equal([
        row('s', at(6), [1, 2], { evaluated_percentage: null, compliance_percentage: 33.33, score: 33.33 }),
      ]);
      expect(report.skipped).to.deep.equal([]);
    });

    it('goes by the later of two attempts, but for one that was cut short', () => {
      const [first, second] = [shard('eu-west-1', [1, 0]), shard('eu-west-1', [0, 1])];
      const cut = shard('eu-west-1', [1, 1], { complete: false });
      expect(daily(first, second).averageCompliancePercentage).to.equal(0);
      expect(daily(first, cut).averageCompliancePercentage).to.equal(100);
      expect(daily(cut, first).averageCompliancePercentage).to.equal(100);
      expect(daily(cut, cut).averageCompliancePercentage).to.equal(50);
    });

    it('goes by the whole, beside a part of it', () => {
      const whole = scan('s', at(6), [1, 2], { regions: ['eu-west-1', 'eu-central-1'] });
      for (const digests of [
        [whole, shard('eu-west-1', [1, 0])],
        [shard('eu-west-1', [1, 0]), whole],
      ]) {
        expect(daily(...digests).scans[0]).to.deep.include({ compliant_instances: 1, non_compliant_instances: 2 });
      }
    });

    it('names what shares a part with another and cannot be added', () => {
      const one = scan('s', at(6), [1, 0], { regions: ['eu-west-1', 'eu-central-1'] });
      const other = scan('s', at(6), [0, 1], { regions: ['eu-central-1', 'us-east-1'] });
      const overlap = {
        name: 'scan 1',
        reason: 'overlap',
        message: 'It shares a part of the estate with another document of the scan s.',
      };
      const report = daily(one, other);
      expect([report.scans.length, report.skipped]).to.deep.equal([1, [overlap]]);
      const byRule = (rule: string) => ({ by_rule: { [rule]: counts({ total: 1 }) } });
      expect(
        daily(shard('eu-west-1', [1, 0], byRule('a')), shard('eu-west-1', [1, 0], byRule('b'))).skipped,
      ).to.deep.equal([overlap]);
    });
  });

  it('counts a record where its scan has no document', () => {
    const period = aggregator();
    period.add('document', scan('a', at(0), [1, 1]));
    const record = (timestamp: string, scanId?: string) => ({
      name: `scans/${timestamp}`,
      timestamp,
      scanId,
      compliantInstances: 3,
      nonCompliantInstances: 1,
    });
    period.addRecord(record(at(0), 'a'));
    period.addRecord(record(at(6), 'lost'));
    period.addRecord(record(at(6), 'lost'));
    period.addRecord(record(at(12)));
    period.addRecord({ ...record(at(18)), compliantInstances: 0, nonCompliantInstances: 0 });
    const unknown = { complete: null, score: null, evaluated_percentage: null };
    const report = period.report(NO_FINDINGS);
    expect(report).to.deep.include({
      scansAnalyzed: 4,
      averageCompliancePercentage: 66.67,
      average_score: 50,
      incomplete_scans: 0,
      scans: [
        row('a', at(0), [1, 1]),
        row('lost', at(6), [3, 1], unknown),
        row(null, at(12), [3, 1], unknown),
        row(null, at(18), [0, 0], unknown),
      ],
    });
  });

  it('names what was skipped, in the order of names', () => {
    const period = aggregator();
    const skipped = ['b', 'a'].map((name) => ({ name, reason: 'truncated', message: 'It ends.' }));
    for (const each of skipped) period.skip({ ...each, more: 1 } as typeof each);
    expect(period.report(NO_FINDINGS).skipped).to.deep.equal(skipped.toReversed());
  });
});

describe('the weekly report', () => {
  it('has a row a day, and the score as it moved since the week before', () => {
    const report = summed(
      'weekly',
      scan('before', '2026-11-13T23:59:59.999Z', [1, 1]),
      scan('first', '2026-11-14T00:00:00.000Z', [1, 3]),
      scan('second', '2026-11-14T23:59:59.999Z', [3, 1]),
      scan('last', '2026-11-20T23:59:59.999Z', [2, 1]),
    );
    expect(report).to.deep.include({
      kind: 'weekly',
      date: DATE,
      from: '2026-11-14T00:00:00.000Z',
      scansAnalyzed: 3,
      averageCompliancePercentage: 55.56,
      score: { latest: 66.67, previous: 50, change: 16.67 },
    });
    const day = (date: string, scans: number, share: number | null) => ({
      date,
      scansAnalyzed: scans,
      averageCompliancePercentage: share,
      average_score: share,
    });
    expect('days' in report && report.days).to.deep.equal([
      day('2026-11-14', 2, 50),
      ...['15', '16', '17', '18', '19'].map((date) => day(`2026-11-${date}`, 0, null)),
      day('2026-11-20', 1, 66.67),
    ]);
  });
});

describe('the executive report (S4-2)', () => {
  const use = (expires: string, changes: Partial<WaiverUse> = {}): WaiverUse => ({
    rule_id: 'ec2-no-public-ip',
    scope: 'account:111122223333',
    owner: 'Ada',
    reason: 'A bastion',
    expires,
    state: 'active',
    matched: 1,
    ...changes,
  });

  it('is empty where there were no scans', () => {
    expect(summed('executive')).to.deep.equal({
      schema: 'compliancectl.report/1',
      kind: 'executive',
      date: DATE,
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
      time_to_resolve: NOTHING_RESOLVED,
      score: { latest: null, previous: null, change: null },
      by_category: {},
      by_severity: {},
      worst_rules: [],
      critical: { open: 0, oldest: [] },
      coverage: null,
      waivers_expiring: [],
      latest: null,
      skipped: [],
    });
  });

  it('measures categories, severities and rules against the time before', () => {
    const before = digest({
      scan_id: 'before',
      report_timestamp: '2026-11-19T18:00:00.000Z',
      summary: totals({ score: 80.1 }),
      by_category: { tagging: counts({ total: 4, compliant: 1, non_compliant: 3 }) },
      by_severity: { medium: counts({ total: 4, compliant: 2, non_compliant: 2 }) },
      by_rule: { tags: counts({ total: 4, non_compliant: 3 }) },
    });
    const now = digest(
      {
        scan_id: 'now',
        report_timestamp: at(6),
        summary: totals({ score: 79.9 }),
        by_category: {
          tagging: counts({ total: 4, compliant: 2, non_compliant: 2 }),
          backup: counts({ total: 1, unknown: 1 }),
        },
        by_severity: { medium: counts({ total: 4, compliant: 2, non_compliant: 2 }) },
        by_rule: {
          tags: counts({ total: 4, non_compliant: 2 }),
          sound: counts({ total: 4, compliant: 4 }),
          ports: counts({ total: 3, non_compliant: 1 }),
          unseen: counts({ total: 1, non_compliant: 1 }),
        },
      },
      [finding({ rule_id: 'tags' }), finding({ rule_id: 'ports', severity: 'critical' })],
    );
    const report = summed('executive', before, now);
    expect(report.score).to.deep.equal({ latest: 79.9, previous: 80.1, change: -0.2 });
    expect(report.by_category).to.deep.equal({
      tagging: {
        ...counts({ total: 4, compliant: 2, non_compliant: 2 }),
        compliance_percentage: { latest: 50, previous: 25, change: 25 },
      },
      backup: {
        ...counts({ total: 1, unknown: 1 }),
        compliance_percentage: { latest: null, previous: null, change: null },
      },
    });
    expect(report.by_severity['medium']?.compliance_percentage.change).to.equal(0);
    expect(report.worst_rules).to.deep.equal([
      { rule_id: 'ports', severity: 'critical', non_compliant: 1, total: 3, change: null },
      { rule_id: 'tags', severity: 'medium', non_compliant: 2, total: 4, change: -1 },
      { rule_id: 'unseen', severity: null, non_compliant: 1, total: 1, change: null },
    ]);
    expect('days' in report).to.equal(false);
  });

  it('names five rules: by severity, then by how many resources fail, then by name', () => {
    const failing = { f: 9, a: 1, b: 2, c: 2, d: 1, e: 1 };
    const by_rule = Object.fromEntries(
      Object.entries(failing).map(([rule, count]) => [rule, counts({ total: 9, non_compliant: count })]),
    );
    const evaluations = Object.keys(failing).map((rule_id) =>
      finding({ rule_id, severity: rule_id === 'f' ? 'low' : 'high' }),
    );
    const report = summed('executive', digest({ report_timestamp: at(6), by_rule }, evaluations));
    expect(report.worst_rules.map(({ rule_id }) => rule_id)).to.deep.equal(['b', 'c', 'a', 'd', 'e']);
    const fewer = digest({ report_timestamp: at(6), by_rule: { f: by_rule['f']!, a: by_rule['a']! } }, evaluations);
    expect(summed('executive', fewer).worst_rules.map(({ rule_id }) => rule_id)).to.deep.equal(['a', 'f']);
  });

  it('names the critical findings that have been open longest', () => {
    const critical = (fingerprint: string) => finding({ severity: 'critical', fingerprint });
    const days = ['14', '15', '20'].map((day, index) =>
      digest(
        { scan_id: day, report_timestamp: `2026-11-${day}T06:00:00.000Z` },
        ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, 2 + 2 * index).map(critical),
      ),
    );
    const { open, oldest } = summed('executive', ...days).critical;
    expect(open).to.equal(6);
    expect(
      oldest.map(({ fingerprint, since, or_earlier }) => [fingerprint, since.slice(0, 10), or_earlier]),
    ).to.deep.equal([
      ['a', '2026-11-14', true],
      ['b', '2026-11-14', true],
      ['c', '2026-11-15', false],
      ['d', '2026-11-15', false],
      ['e', '2026-11-20', false],
    ]);
  });

  it('says what could not be seen, the widest first', () => {
    const gaps = [
      gap({ api: 's3:ListBuckets' }),
      gap({ api: 's3:ListBuckets', reason: 'denied' }),
      gap(),
      gap({ api: 'rds:DescribeDBInstances' }),
      gap({ api: 'rds:DescribeDBInstances', region: 'eu-central-1' }),
    ];
    const summary = totals({ evaluated_percentage: 87.5, unknown: 3 });
    const report = summed('executive', digest({ report_timestamp: at(6), complete: false, summary, gaps }));
    const unread = (api: string, reason = 'throttled', places = 1) => ({ api, reason, calls: places, places });
    expect(report.coverage).to.deep.equal({
      complete: false,
      evaluated_percentage: 87.5,
      unknown: 3,
      unread: [
        unread('rds:DescribeDBInstances', 'throttled', 2),
        unread('ec2:DescribeInstances'),
        unread('s3:ListBuckets', 'denied'),
        unread('s3:ListBuckets'),
      ],
    });
  });

  it('names the waivers that end within thirty days, the first to end first', () => {
    const waivers = [
      use('2026-11-19', { state: 'expired' }),
      use('2026-12-20'),
      use('2026-12-21'),
      use('2026-11-20', { rule_id: 'b' }),
      use('2026-11-20', { scope: 'tag:Bastion' }),
      use('2026-11-20', { state: 'unused' }),
    ];
    const report = summed('executive', digest({ report_timestamp: at(6), waivers }));
    // The rule `b` comes before `ec2-no-public-ip`, an account before a tag.
    expect(report.waivers_expiring).to.deep.equal([waivers[3], waivers[5], waivers[4], waivers[1]]);
  });
});
