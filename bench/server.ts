// AWS for the benchmarks, as a process of its own: node bench/server.ts --port 0 --latency 20. Prints its URL.
import { once } from 'node:events';
import { parseArgs } from 'node:util';

import { createAws } from './aws/listener.ts';
import { createThrottle } from './aws/throttle.ts';
import type { TokenBucket } from './aws/throttle.ts';
import { FULL_SIZE, placesOf, REGIONS } from './support/estate.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    /** Milliseconds before each answer. */
    latency: { type: 'string', default: '0' },
    /** Share of calls that are throttled, 0 to 1. */
    throttle: { type: 'string', default: '0' },
    /** Burst and refill a second, for each region and API: 100,20. */
    bucket: { type: 'string' },
    regions: { type: 'string', default: REGIONS.join(',') },
    instances: { type: 'string', default: String(FULL_SIZE.instances) },
    volumes: { type: 'string', default: String(FULL_SIZE.volumes) },
    groups: { type: 'string', default: String(FULL_SIZE.groups) },
    buckets: { type: 'string', default: String(FULL_SIZE.buckets) },
    databases: { type: 'string', default: String(FULL_SIZE.databases) },
  },
});

const size = {
  instances: number(values.instances),
  volumes: number(values.volumes),
  groups: number(values.groups),
  buckets: number(values.buckets),
  databases: number(values.databases),
};
const server = createAws({
  places: placesOf(size, values.regions.split(',')),
  latency: number(values.latency),
  throttle: createThrottle({
    share: number(values.throttle),
    ...(values.bucket !== undefined && { bucket: tokenBucket(values.bucket) }),
    now: () => performance.now(),
  }),
});
server.listen(number(values.port), '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('The server has no port.');
console.log(`http://127.0.0.1:${address.port}`);

function tokenBucket(text: string): TokenBucket {
  const [burst = '', perSecond = ''] = text.split(',');
  return { burst: number(burst), perSecond: number(perSecond) };
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new Error(`${text} is not a number that fits.`);
  return value;
}
