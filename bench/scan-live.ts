// A live scan of 100,000 resources: node bench/scan-live.ts (after npm run build)
import { parseArgs } from 'node:util';

import { REGIONS } from './support/estate.ts';
import { environmentFor, measureCommand, startServer } from './support/processes.ts';
import { profiling, SCAN, scanRows } from './support/scan-report.ts';
import { printTable, whole } from './support/table.ts';

const { values } = parseArgs({
  options: {
    /** Milliseconds before each answer. */
    latency: { type: 'string', default: '20' },
    /** As the server takes them. */
    throttle: { type: 'string', default: '0' },
    bucket: { type: 'string' },
    /** Folder for a processor profile. */
    'cpu-prof': { type: 'string' },
  },
});

const { latency, throttle, bucket } = values;
const throttling = ['--throttle', throttle, ...(bucket === undefined ? [] : ['--bucket', bucket])];
const server = await startServer(['--latency', latency, ...throttling]);
try {
  const measured = await measureCommand([...SCAN, '-r', REGIONS.join(',')], {
    env: environmentFor(server.url),
    nodeOptions: profiling(values['cpu-prof']),
  });
  const rows = scanRows(measured, { seconds: '25 s', memory: '400 MB' });
  printTable(`Live scan, ${REGIONS.length} regions, ${latency} ms latency`, rows);
  const calls = Object.entries(await server.calls());
  printTable('Calls', [
    ['api', 'answered', 'throttled'],
    ...calls.map(([api, { answered, throttled }]) => [api, whole(answered), whole(throttled)]),
  ]);
} finally {
  await server.stop();
}
