// Reports over a year of scans, one every six hours, of 5,000 resources: node bench/report-trend.ts (after npm run build)
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';

import type { ScanDocument } from '../src/engine/scan-document.ts';
import { documentKey } from '../src/publish/scan-store.ts';
import type { EstateSize } from './support/estate.ts';
import { measureCommand } from './support/processes.ts';
import type { Measured } from './support/processes.ts';
import { savedEstate } from './support/saved-estate.ts';
import { profiling, SCAN } from './support/scan-report.ts';
import { printTable, whole } from './support/table.ts';

const { values } = parseArgs({
  options: {
    /** Folder for a processor profile. */
    'cpu-prof': { type: 'string' },
  },
});

/** Of 5,000 resources. */
const SIZE: EstateSize = { instances: 2000, volumes: 2600, groups: 250, buckets: 125, databases: 25 };
const REGION = 'us-east-1';
const SCANS = 1460;
const FIRST = Date.parse('2026-01-01T00:00:00.000Z');
const SIX_HOURS = 21_600_000;

const folder = await yearOfScans();
const report = async (...args: readonly string[]) =>
  measureCommand(['report', '--json', '--quiet', '--from-files', folder, ...args], {
    env: { PATH: process.env['PATH'] },
    nodeOptions: profiling(values['cpu-prof']),
  });
const year = ['--from', '2026-01-01', '--to', '2026-12-31'];
printTable(`Reports from ${whole(SCANS)} scans of 5,000 resources`, [
  ['report', 'seconds', 'processor', 'peak memory', 'scans', 'document', 'exit code', 'target'],
  rowOf('trend of the year, by day', await report('--kind', 'trend', ...year), '10 s, 400 MB'),
  rowOf('trend of the year, by scan', await report('--kind', 'trend', '--step', 'scan', ...year), '10 s, 400 MB'),
  rowOf('weekly', await report('--kind', 'weekly', '--to', '2026-11-22'), '10 s, 400 MB'),
  rowOf('weekly content, of the whole year', await report('--kind', 'weekly', ...year), '60 s, 400 MB'),
]);

function rowOf(name: string, { seconds, cpuSeconds, peakMegabytes, stdout, exitCode }: Measured, target: string) {
  const { scansAnalyzed } = JSON.parse(stdout) as { readonly scansAnalyzed: number };
  return [
    name,
    seconds.toFixed(1),
    cpuSeconds.toFixed(1),
    `${whole(peakMegabytes)} MB`,
    whole(scansAnalyzed),
    `${(stdout.length / 1_000_000).toFixed(1)} MB`,
    String(exitCode),
    target,
  ];
}

/**
 * A copy of a results bucket, made once, and again when what makes it has changed. All scans have the same evaluations, every
 * one of them, and heads of their own: an archive may be two, one behind the other.
 */
async function yearOfScans(): Promise<string> {
  const { stdout } = await measureCommand(
    [...SCAN, '--snapshot', savedEstate(SIZE, [REGION]), '--include', 'pass,not-applicable'],
    {},
  );
  const key = hash('sha256', readFileSync(fileURLToPath(import.meta.url), 'utf8') + stdout, 'hex').slice(0, 12);
  const folder = fileURLToPath(new URL(`../.cache/bench-year-${key}`, import.meta.url));
  if (existsSync(folder)) return folder;
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  const { evaluations, ...head } = JSON.parse(stdout) as ScanDocument;
  const start = stdout.indexOf('\n  "evaluations": [');
  const rest = gzipSync(stdout.slice(start));
  for (let number = 0; number < SCANS; number += 1) {
    const time = new Date(FIRST + number * SIX_HOURS).toISOString();
    const own = { ...head, scan_id: `scan-${number}`, report_timestamp: time };
    const summary = { ...own.summary, score: Math.round((70 + 20 * Math.sin(number / 90)) * 100) / 100 };
    const text = JSON.stringify({ ...own, summary }, undefined, 2);
    const file = join(making, documentKey(time, own.scan_id));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.concat([gzipSync(`${text.slice(0, -2)},`), rest]));
  }
  const sample = readFileSync(join(making, documentKey(new Date(FIRST).toISOString(), 'scan-0')));
  const whole = JSON.parse(gunzipSync(sample).toString('utf8')) as ScanDocument;
  if (whole.evaluations.length !== evaluations.length) throw new Error('A document is not whole.');
  renameSync(making, folder);
  return folder;
}
