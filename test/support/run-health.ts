/** Runs the health report as the command does, in a process of its own: `node run-health.ts '{"environment": "test", …}'`. */
import { Chalk } from 'chalk';

import { writeStdout } from '../../src/cli/output.ts';
import { health } from '../../src/health/health.ts';
import type { HealthRequest } from '../../src/health/health.ts';
import { UserError } from '../../src/user-error.ts';

const request = JSON.parse(process.argv[2] ?? '') as HealthRequest;
const interrupted = new AbortController();
process.once('SIGINT', () => {
  interrupted.abort();
});
try {
  process.exitCode = await health(request, {
    env: process.env,
    directory: process.cwd(),
    now: new Date(),
    tell: (text) => process.stderr.write(text),
    print: async (text) => writeStdout([text]),
    chalk: new Chalk({ level: 0 }),
    signal: interrupted.signal,
  });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
