/** Deploys two things, the first of which takes its time; prints `started` when that has begun, and how it ended. */
import { openStack } from '../../src/infra/open-stack.ts';
import { UserError } from '../../src/user-error.ts';
import { thing } from './sample-stack.ts';

const controller = new AbortController();
process.once('SIGINT', () => {
  controller.abort('interrupted');
});
const stack = await openStack({
  address: { environment: 'dev', accountId: '123456789012', region: 'eu-west-1' },
  env: process.env,
  directory: process.argv[2] ?? '',
  signal: controller.signal,
  program: async () => {
    const first = thing('first', { slow: 1500 });
    thing('second', { of: first.id });
    return {};
  },
  onProgress: (progress) => {
    if (progress.kind === 'resource' && progress.state === 'started') process.stdout.write('started\n');
  },
});
try {
  await stack.up();
  process.stdout.write('done\n');
} catch (error) {
  process.stdout.write(`${error instanceof UserError ? error.message : String(error)}\n`);
}
