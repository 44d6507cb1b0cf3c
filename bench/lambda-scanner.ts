// The scanner function over 10,000 instances in 512 MB: node bench/lambda-scanner.ts (after npm run build)
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { startMiniStack } from '../test/support/ministack.ts';
import { BUCKET, createSinks, TABLE, TOPIC } from '../test/support/scan-sinks.ts';
import { environmentFor, startServer } from './support/processes.ts';
import { printTable, whole } from './support/table.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What Lambda gives V8 of 512 MB. */
const HEAP = '--max-old-space-size=460';

interface Used {
  readonly imported: number;
  readonly invocations: readonly { readonly milliseconds: number; readonly answer: Answer }[];
  readonly curve: readonly number[];
  readonly peak: number;
  readonly cpuSeconds: number;
}

interface Answer {
  readonly summary: Readonly<Record<string, number>>;
  readonly deliveries: readonly { readonly sink: string; readonly status: string }[];
}

const estate = [
  '--instances',
  '10000',
  '--volumes',
  '13000',
  '--groups',
  '1200',
  '--buckets',
  '0',
  '--databases',
  '100',
];
const server = await startServer(['--latency', '20', '--regions', 'us-east-1', ...estate]);
const sinks = await startMiniStack();
if (sinks === undefined) throw new Error('The emulator for the sinks could not be installed.');
const folder = mkdtempSync(join(tmpdir(), 'compliancectl-bench-'));
try {
  await createSinks(sinks.url);
  cpSync(here('../dist/lambda/scanner'), folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configuration()));
  const scan = (id: string, hour: number) => JSON.stringify({ scan_id: id, time: `2026-11-21T${hour}:00:00Z` });
  const used = await run(folder, [scan('first', 10), scan('second', 16)], {
    ...environmentFor(sinks.url),
    AWS_ENDPOINT_URL_EC2: server.url,
    AWS_ENDPOINT_URL_RDS: server.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    BUCKET_NAME: BUCKET,
    SNS_TOPIC_ARN: TOPIC,
  });
  printTable('Scanner function, 10,000 instances with all that hangs on them, 20 ms latency', [
    ['invocation', 'seconds', 'evaluations', 'sinks'],
    ...used.invocations.map(({ milliseconds, answer: { summary, deliveries } }, index) => [
      index === 0 ? 'first scan, everything new' : 'second scan, nothing changed',
      (milliseconds / 1000).toFixed(1),
      whole(summary['total_evaluations'] ?? 0),
      deliveries.map(({ sink, status }) => `${sink} ${status}`).join(', '),
    ]),
  ]);
  printTable('Memory of the process, both invocations', [
    ['peak', `${whole(used.peak)} MB of 512`],
    ['processor', `${used.cpuSeconds.toFixed(1)} s`],
    ['import', `${used.imported.toFixed(0)} ms`],
    ['curve', samples(used.curve).map(whole).join(' ')],
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
  await sinks.stop();
}

function configuration(): object {
  return {
    schema: 'compliancectl.function/1',
    environment: 'test',
    settings: { preset: 'standard' },
    results: { records: true },
    history: { table: TABLE, store: 'changes' },
    metrics: { sets: ['score', 'categories', 'resources'] },
    alerts: { mode: 'changes' },
  };
}

async function run(bundle: string, events: readonly string[], env: NodeJS.ProcessEnv): Promise<Used> {
  const command = [HEAP, here('support/run-function.js'), bundle, ...events];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const [usage] = await Promise.all([text(child.stdio[3] as Readable), once(child, 'exit')]);
  return JSON.parse(usage) as Used;
}

/** Twenty of them, evenly spread. */
function samples(curve: readonly number[]): readonly number[] {
  return Array.from({ length: 20 }, (_, index) => curve[Math.floor((index * curve.length) / 20)] ?? 0);
}
