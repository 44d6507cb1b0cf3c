// Finding one environment among many, and planning for it: node bench/optimize.ts (after npm run build)
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';

import type { OptimizeDocument } from '../src/report/optimize-document.ts';
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
    /** Milliseconds before each answer. */
    latency: { type: 'string', default: '20' },
  },
});

const settings = {
  each: Number(values.each),
  environments: Number(values.environments),
  perCluster: Number(values.services),
  latency: Number(values.latency),
};
const { server, calls } = createEnvironments(settings);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
try {
  const { port } = server.address() as AddressInfo;
  const { exitCode, stdout, seconds, cpuSeconds, peakMegabytes } = await measureCommand(
    ['optimize', '-e', 'dev', '-r', 'us-east-1', '--dry-run', '--json', '--quiet', '--prices', 'bundled'],
    { env: environmentFor(`http://127.0.0.1:${port}`) },
  );
  const { rows, gaps, total } = JSON.parse(stdout) as OptimizeDocument;
  printTable(`Plan for one of ${whole(settings.environments)} environments, ${settings.latency} ms latency`, [
    ['measure', 'figure', 'target'],
    ['wall time', `${seconds.toFixed(2)} s`, '25 s'],
    ['processor time', `${cpuSeconds.toFixed(2)} s`, ''],
    ['peak memory', `${whole(peakMegabytes)} MB`, '300 MB'],
    ['looked at, of each kind', whole(settings.each), ''],
    ...['aurora', 'elasticache', 'ecs'].map((kind) => [
      `to be changed, ${kind}`,
      whole(rows.filter((row) => row.kind === kind && row.state === 'change').length),
      '',
    ]),
    ['gaps', whole(gaps.length), ''],
    ['saves a month', `$${whole(total.monthly_usd)}`, ''],
    ['exit code', String(exitCode), ''],
  ]);
  printTable('Calls', [
    ['api', 'answered'],
    ...[...calls].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([api, count]) => [api, whole(count)]),
  ]);
} finally {
  server.close();
  server.closeAllConnections();
}
