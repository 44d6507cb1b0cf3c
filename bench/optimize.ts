// Finding one environment among many, and planning for it; the report of waste: node bench/optimize.ts (after npm run build)
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';

import type { OptimizeDocument } from '../src/report/optimize-document.ts';
import type { WasteDocument } from '../src/report/waste-document.ts';
import { createEnvironments } from './aws/environments.ts';
import { environmentFor, measureCommand } from './support/processes.ts';
import { printTable, whole } from './support/table.ts';

const { values } = parseArgs({
  options: {
    /** How many there are of each kind, and one in how many is of the environment. */
    each: { type: 'string', default: '2000' },
    environments: { type: 'string', default: '40' },
    /** Services of each ECS cluster. */
    services: { type: 'string', default: '10' },
    /** Volumes, and log groups. */
    wasted: { type: 'string', default: '10000' },
    /** Milliseconds before each answer. */
    latency: { type: 'string', default: '20' },
  },
});

const settings = {
  each: Number(values.each),
  environments: Number(values.environments),
  perCluster: Number(values.services),
  wasted: Number(values.wasted),
  latency: Number(values.latency),
};
const { server, calls } = createEnvironments(settings);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

/** Runs the command, and shows what it took, what it found, and which calls it made. */
async function measure(
  title: string,
  args: readonly string[],
  targets: { readonly seconds: string; readonly memory: string },
  found: (document: string) => readonly (readonly [measure: string, figure: string])[],
): Promise<void> {
  calls.clear();
  const { exitCode, stdout, seconds, cpuSeconds, peakMegabytes } = await measureCommand(
    ['optimize', '-r', 'us-east-1', '--json', '--quiet', '--prices', 'bundled', ...args],
    { env: environmentFor(`http://127.0.0.1:${port}`) },
  );
  printTable(`${title}, ${settings.latency} ms latency`, [
    ['measure', 'figure', 'target'],
    ['wall time', `${seconds.toFixed(2)} s`, targets.seconds],
    ['processor time', `${cpuSeconds.toFixed(2)} s`, ''],
    ['peak memory', `${whole(peakMegabytes)} MB`, targets.memory],
    ...found(stdout).map((row) => [...row, '']),
    ['exit code', String(exitCode), ''],
  ]);
  printTable('Calls', [
    ['api', 'answered'],
    ...[...calls].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([api, count]) => [api, whole(count)]),
  ]);
}

function planned(document: string) {
  const { rows, gaps, total } = JSON.parse(document) as OptimizeDocument;
  const changed = Map.groupBy(
    rows.filter(({ state }) => state === 'change'),
    ({ kind }) => kind,
  );
  return [
    ['looked at, of each kind', whole(settings.each)],
    ...[...changed].map(([kind, own]) => [`to be changed, ${kind}`, whole(own.length)] as const),
    ['gaps', whole(gaps.length)],
    ['saves a month', `$${whole(total.monthly_usd)}`],
  ] as const;
}

function wasted(document: string) {
  const { kinds, gaps, total } = JSON.parse(document) as WasteDocument;
  return [
    ['looked at, volumes and log groups each', whole(settings.wasted)],
    ...kinds.map(({ what, rows }) => [what, whole(rows)] as const),
    ['gaps', whole(gaps.length)],
    ['saves a month', `$${whole(total.monthly_usd)}`],
  ] as const;
}

try {
  const one = `Plan for one of ${whole(settings.environments)} environments`;
  const targets = { seconds: '25 s', memory: '350 MB' };
  await measure(one, ['-e', 'dev', '--dry-run'], targets, planned);
  await measure(
    `${one}, all that can be stopped`,
    ['-e', 'dev', '--dry-run', '--include', 'rds,ec2,asg'],
    targets,
    planned,
  );
  await measure('The report of waste', ['--waste'], { ...targets, memory: '450 MB' }, wasted);
} finally {
  server.close();
  server.closeAllConnections();
}
