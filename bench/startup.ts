// How long the command takes to say something: node bench/startup.ts (after npm run build)
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { median, printTable } from './support/table.ts';

const RUNS = 11;

const command = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const candidates = [
  { name: 'node -e 0', args: ['-e', '0'], target: '' },
  { name: 'compliancectl --version', args: [command, '--version'], target: '1.5' },
  { name: 'compliancectl scan --help', args: [command, 'scan', '--help'], target: '5' },
];

// Taken in turn, so that a busy moment of the machine is shared by all of them.
const times = candidates.map((): number[] => []);
for (let run = 0; run < RUNS; run += 1) {
  for (const [index, { args }] of candidates.entries()) times[index]?.push(timed(args));
}
const medians = times.map(median);
const [bare = Number.NaN] = medians;

printTable(`Start-up, medians of ${RUNS} runs`, [
  ['command', 'time', 'times node', 'target'],
  ...candidates.map(({ name, target }, index) => {
    const time = medians[index] ?? Number.NaN;
    return [name, `${time.toFixed(0)} ms`, (time / bare).toFixed(2), target];
  }),
]);

/** Milliseconds from start to end. */
function timed(args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}
