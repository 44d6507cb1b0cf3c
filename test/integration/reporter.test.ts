import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import type { ScanDocument } from '../../src/engine/scan-document.ts';
import { functionConfiguration } from '../../src/functions/configuration.ts';
import { reporterCalls, scannerCalls } from '../../src/functions/permissions.ts';
import type { ReportAnswer } from '../../src/functions/reporter.ts';
import { folderStorage } from '../../src/history/scan-storage.ts';
import { periodReport } from '../../src/history/reports.ts';
import { periodOf, renderPeriodReport } from '../../src/report/period-report.ts';
import { deployFunction, invoke, REGION } from '../support/deployed.ts';
import { runInstances } from '../support/emulated.ts';
import { ROOT_CREDENTIALS, withMiniStack } from '../support/ministack.ts';
import { nodeOf } from '../support/node-versions.ts';
import { BUCKET, createSinks, messagesOf, objectsIn, TABLE, TOPIC } from '../support/scan-sinks.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FUNCTION = 'compliance-reporter-test';
const CONFIG = {
  settings: { select: ['ec2-required-tags'] },
  results: { records: true },
  history: { table: TABLE, store: 'every' },
  reports: { notify: ['weekly'] },
};
const ENV = { BUCKET_NAME: BUCKET, SNS_TOPIC_ARN: TOPIC };

function actionsOf(callsOf: typeof reporterCalls): string[] {
  const text = JSON.stringify({ schema: 'compliancectl.function/1', environment: 'test', ...CONFIG });
  return [...new Set(callsOf(functionConfiguration(text, ENV)).map(({ action }) => action))];
}

for (const [runtime, version] of [
  ['nodejs24.x', undefined],
  ['nodejs18.x', 18],
] as const) {
  describe(`the deployed reporter on ${runtime}`, function () {
    this.timeout(120_000);
    const ministack = withMiniStack(version === undefined ? undefined : () => nodeOf(version));
    const folder = temporaryFolder();

    const deploy = (bundle: string, name: string, actions: readonly string[]) =>
      deployFunction(ministack().url, { bundle, name, config: CONFIG, env: ENV, actions, runtime });
    const report = (event: object) => invoke(ministack().url, FUNCTION, event);

    beforeEach(async () => {
      const { url } = ministack();
      await createSinks(url);
      await runInstances(url, REGION, [{ tags: {} }], ROOT_CREDENTIALS);
      await deploy('scanner', 'compliance-scanner-test', actionsOf(scannerCalls));
      await deploy('reporter', FUNCTION, actionsOf(reporterCalls));
      for (const time of ['2026-11-20T00:00:00Z', '2026-11-20T18:00:00Z', '2026-11-21T00:00:00Z']) {
        const scan_id = `scan-${time.slice(8, 13)}`;
        const { error } = await invoke(url, 'compliance-scanner-test', { scan_id, time });
        expect(error).to.equal(undefined);
      }
      await messagesOf(url);
    });

    it('reports on the scans of a day, and from a copy of the bucket byte for byte the same', async () => {
      const { answer, error } = await report({ id: 'e1', time: '2026-11-21T00:00:00Z' });
      const key = 'reports/2026-11-20.json';
      expect(error).to.equal(undefined);
      expect(answer).to.deep.equal({
        kind: 'daily',
        date: '2026-11-20',
        scansAnalyzed: 2,
        skipped: [],
        object: { bucket: BUCKET, key },
      } satisfies ReportAnswer);
      const objects = await objectsIn(ministack().url);
      expect(JSON.parse(objects[key]!)).to.deep.include({ scansAnalyzed: 2, averageCompliancePercentage: 0 });

      for (const [name, text] of Object.entries(objects)) {
        mkdirSync(dirname(folder(name)), { recursive: true });
        writeFileSync(folder(name), name.endsWith('.gz') ? gzipSync(text) : text);
      }
      const copy = await periodReport(folderStorage(folder()), periodOf('daily', '2026-11-20'), 'test');
      expect(renderPeriodReport(copy).join('')).to.equal(objects[key]);
    });

    it('sends the week, and sums the history up', async () => {
      const { url } = ministack();
      expect((await report({ kind: 'weekly', id: 'e2', time: '2026-11-21T01:00:00Z' })).error).to.equal(undefined);
      expect((await messagesOf(url)).map(({ subject, attributes }) => [subject, attributes])).to.deep.equal([
        ['Weekly compliance report of test, 2026-11-20: score 0', { report: 'weekly', environment: 'test' }],
      ]);
      const { answer } = await report({ kind: 'aggregate', time: '2026-11-20T18:00:00Z' });
      expect(answer).to.deep.include({ kind: 'aggregate', scansAnalyzed: 1, skipped: [] });
      const objects = await objectsIn(url);
      const stored = JSON.parse(objects['reports/aggregate/2026-11-20T18:00:00.000Z.json']!) as ScanDocument;
      expect(stored.summary).to.deep.include({ total_resources: 1, total_evaluations: 1, non_compliant: 1 });
      expect(stored.evaluations[0]).to.deep.include({ rule_id: 'ec2-required-tags', scan_id: 'scan-20T18' });
    });
  });
}
