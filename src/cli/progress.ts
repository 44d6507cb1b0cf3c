/** Progress on stderr, for a person at a terminal and for nobody else. */
import { clearLine, cursorTo } from 'node:readline';

import type { Progress } from '../inventory/live.ts';

export interface ProgressLine {
  readonly update: (progress: Progress) => void;
  readonly stop: () => void;
}

/** Milliseconds between two writings of the line: often enough to be seen moving. */
const INTERVAL = 100;

/**
 * One line that is written over. Our own, since the spinners there are end the process themselves at Ctrl-C, and with it
 * what the scan has found by then.
 *
 * @param shown false under `--quiet`, `--json`, or without a terminal: then nothing is written at all
 */
export function startProgress(shown: boolean): ProgressLine {
  if (!shown) return { update: () => {}, stop: () => {} };
  const { stderr } = process;
  let written = 0;
  const write = (text: string) => {
    cursorTo(stderr, 0);
    // A terminal may not say how wide it is, or say 0.
    stderr.write(text.slice(0, (stderr.columns || 80) - 1));
    clearLine(stderr, 1);
    written = performance.now();
  };
  write('Asking AWS who this is');
  return {
    update: (progress) => {
      if (performance.now() - written >= INTERVAL) write(describeProgress(progress));
    },
    stop: () => {
      cursorTo(stderr, 0);
      clearLine(stderr, 1);
    },
  };
}

export function describeProgress({ accounts, regions, resources, lanesDone, lanes }: Progress): string {
  const many = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const percent = lanes === 0 ? 100 : Math.floor((100 * lanesDone) / lanes);
  return `Reading ${many(accounts, 'account')}, ${many(regions, 'region')}: ${many(resources, 'resource')} so far (${percent} %)`;
}
