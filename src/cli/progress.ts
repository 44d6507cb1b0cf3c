/** Progress on stderr, for a person at a terminal and for nobody else. */
import yoctoSpinner from 'yocto-spinner';

import type { Progress } from '../inventory/live.ts';

export interface ProgressLine {
  readonly update: (progress: Progress) => void;
  readonly stop: () => void;
}

/** @param shown false under `--quiet`, `--json`, or without a terminal: then nothing is written at all */
export function startProgress(shown: boolean): ProgressLine {
  if (!shown) return { update: () => {}, stop: () => {} };
  const spinner = yoctoSpinner({ text: 'Asking AWS who this is', stream: process.stderr }).start();
  return {
    update: (progress) => {
      spinner.text = describeProgress(progress);
    },
    stop: () => {
      spinner.stop();
    },
  };
}

export function describeProgress({ accounts, regions, resources, lanesDone, lanes }: Progress): string {
  const many = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  const percent = lanes === 0 ? 100 : Math.floor((100 * lanesDone) / lanes);
  return `Reading ${many(accounts, 'account')}, ${many(regions, 'region')}: ${many(resources, 'resource')} so far (${percent} %)`;
}
