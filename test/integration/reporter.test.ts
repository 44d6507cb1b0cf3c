import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { functionConfiguration } from '../../src/functions/configuration.ts';
import { evaluatorCalls, reporterCalls, scannerCalls } from '../../src/functions/permissions.ts';
import type { ReportAnswer } from '../../src/functions/reporter.ts';
import { periodReport } from '../../src/history/reports.ts';
import { folderStorage } from '../../src/history/scan-storage.ts';
import { periodOf, renderPeriodReport } from '../../src/report/period-report.ts';
import type { DailyReport, SummaryReport } from '../../src/report/period-report.ts';
import { deployFunction, invoke, REGION } from '../support/deployed.ts';
import { runInstances } from '../support/emulated.ts';
import { ROOT_CREDENTIALS, withMiniStack } from '../support/ministack.ts';
import { BUCKET, createSinks, messagesOf, objectsIn, TABLE, TOPIC } from '../support/scan-sinks.ts';
import { temporaryFolder } from '../support/temporary.ts';

const SOUND = { Environment: 'test', Owner: 'ada', CostCenter: '42' };
const CONFIG = {
  settings: { select: ['ec2-required-tags'] },
  results: { bucket: BUCKET, records: true },
  history: { table: TABLE, store: 'every' },
  alerts: { topicArn: TOPIC },
  reports: { notify: ['weekly'] },
};
const configuration = functionConfiguration(
  JSON.stringify({ schema: 'compliancectl.function/1', environment: 'test', ...CONFIG }),
  {},
);

describe('the reporter, deployed', function () {
  this.timeout(60_000);
  const ministack = withMiniStack();
  const folder = temporaryFolder();

  const deploy = (bundle: string, calls: readonly { readonly action: string }[]) =>
    deployFunction(ministack().url, {
      bundle,
      name: `${bundle}-test`,
      config: CONFIG,
      actions: calls.map(({ action }) => action),
    });
  const run = async (bundle: string, event: object): Promise<unknown> => {
    const { answer, error } = await invoke(ministack().url, `${bundle}-test`, event);
    expect(error, JSON.stringify(answer)).to.equal(undefined);
    return answer;
  };
  const report = async (event: object) => (await run('reporter', event)) as ReportAnswer;
  const stored = async (key: string) => JSON.parse((await objectsIn(ministack().url))[key] ?? 'null') as unknown;
  const schedule = (id: string, time: string) => ({ id, time, source: 'aws.events', 'detail-type': 'Scheduled Event' });

  beforeEach(async () => {
    await createSinks(ministack().url);
    await deploy('reporter', reporterCalls(configuration));
  });

  it('reports yesterday’s scans, and a day without any (S1-3)', async () => {
    const { url } = ministack();
    await deploy('scanner', scannerCalls(configuration));
    await runInstances(url, REGION, [{ tags: SOUND }, {}], ROOT_CREDENTIALS);
    await run('scanner', { scan_id: 'morning', time: '2026-11-20T06:00:00Z' });
    await runInstances(url, REGION, [{ tags: SOUND }, { tags: SOUND }], ROOT_CREDENTIALS);
    await run('scanner', { scan_id: 'noon', time: '2026-11-20T12:00:00Z' });
    await run('scanner', { scan_id: 'next-day', time: '2026-11-21T00:00:00Z' });

    const key = 'reports/2026-11-20.json';
    const answer = await report(schedule('night-1', '2026-11-21T00:00:00Z'));
    expect(answer).to.deep.equal({
      kind: 'daily',
      date: '2026-11-20',
      scansAnalyzed: 2,
      skipped: [],
      object: { bucket: BUCKET, key },
    });
    const daily = (await stored(key)) as DailyReport;
    expect(daily).to.deep.include({ date: '2026-11-20', scansAnalyzed: 2, averageCompliancePercentage: 62.5 });
    expect(daily.scans.map(({ scan_id, compliance_percentage }) => [scan_id, compliance_percentage])).to.deep.equal([
      ['morning', 50],
      ['noon', 75],
    ]);

    const before = (await objectsIn(url))[key];
    await report(schedule('night-1', '2026-11-21T00:00:00Z'));
    expect((await objectsIn(url))[key]).to.equal(before);

    await report(schedule('long-ago', '2026-10-01T00:00:00Z'));
    expect(await stored('reports/2026-09-30.json')).to.deep.include({
      date: '2026-09-30',
      scansAnalyzed: 0,
      averageCompliancePercentage: null,
    });
  });

  it('says the same of a copy of the bucket, byte for byte', async () => {
    const { url } = ministack();
    await deploy('scanner', scannerCalls(configuration));
    await runInstances(url, REGION, [{ tags: SOUND }, {}], ROOT_CREDENTIALS);
    await run('scanner', { scan_id: 'morning', time: '2026-11-20T06:00:00Z' });
    await run('scanner', { scan_id: 'noon', time: '2026-11-20T12:00:00Z' });
    const { object } = await report(schedule('night-1', '2026-11-21T00:00:00Z'));
    const objects = await objectsIn(url);
    for (const [key, text] of Object.entries(objects)) {
      mkdirSync(dirname(folder(key)), { recursive: true });
      writeFileSync(folder(key), key.endsWith('.gz') ? gzipSync(text) : text);
    }
    const copy = await periodReport(folderStorage(folder()), periodOf('daily', '2026-11-20'), 'test');
    expect(copy.scansAnalyzed).to.equal(2);
    expect([...renderPeriodReport(copy)].join('')).to.equal(objects[object.key]);
  });

  it('tells once a week, and gives management its page', async () => {
    const { url } = ministack();
    await deploy('scanner', scannerCalls(configuration));
    await runInstances(url, REGION, [{}], ROOT_CREDENTIALS);
    await run('scanner', { scan_id: 'week', time: '2026-11-20T06:00:00Z' });
    await messagesOf(url);
    const weekly = { kind: 'weekly', date: '2026-11-22', id: 'week-47' };
    await report(weekly);
    await report(weekly);
    expect((await messagesOf(url)).map(({ attributes }) => attributes)).to.deep.equal([
      { report: 'weekly', environment: 'test' },
    ]);
    await report({ kind: 'executive', date: '2026-11-20' });
    const page = (await stored('reports/executive/2026-11-20.json')) as SummaryReport;
    expect(page.score).to.deep.equal({ latest: 0, previous: null, change: null });
  });

  it('aggregates the history in the format of S2-6, after the evaluator', async () => {
    const { url } = ministack();
    await deploy('config-evaluator', evaluatorCalls(configuration));
    const [bare = ''] = await runInstances(url, REGION, [{}, { tags: SOUND }], ROOT_CREDENTIALS);
    await run('config-evaluator', schedule('six', '2026-11-20T06:00:00Z'));
    const requestPayload = schedule('noon', '2026-11-20T12:00:00Z');
    const responsePayload = await run('config-evaluator', requestPayload);
    // What Lambda hands the destination of an invocation that succeeded.
    const { object } = await report({
      version: '1.0',
      timestamp: '2026-11-20T12:00:05.000Z',
      requestContext: { requestId: 'request-1', functionArn: 'arn', condition: 'Success', approximateInvokeCount: 1 },
      requestPayload,
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload,
    });
    expect(object.key).to.equal('reports/aggregate/2026-11-20T12:00:00.000Z.json');
    const aggregate = (await stored(object.key)) as {
      evaluations: { resource_id: string; status: string }[];
    } & Record<string, unknown>;
    const counts = { total: 2, compliant: 1, non_compliant: 1 };
    expect(aggregate).to.deep.include({ report_timestamp: '2026-11-20T12:00:00.000Z' });
    expect(aggregate['summary']).to.deep.include({
      total_resources: 2,
      total_evaluations: 2,
      compliant: 1,
      non_compliant: 1,
      compliance_percentage: 50,
    });
    const { 'AWS::EC2::Instance': byType } = aggregate['by_resource_type'] as Record<string, unknown>;
    const { 'ec2-required-tags': byRule } = aggregate['by_rule'] as Record<string, unknown>;
    expect(byType).to.deep.include(counts);
    expect(byRule).to.deep.include(counts);
    expect(
      aggregate.evaluations.filter(({ status }) => status === 'FAIL').map(({ resource_id: id }) => id),
    ).to.deep.equal([bare]);
  });
});
