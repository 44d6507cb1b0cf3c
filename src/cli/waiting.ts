/** What is waited for, on stderr, with the seconds that it has taken. */
import type { StatusLine } from './status-line.ts';

export interface Waiting {
  /** Says what is waited for from now on. */
  readonly show: (what: string) => void;
  /** Takes the line away. */
  readonly stop: () => void;
}

/** Milliseconds between two writings of the line. */
const INTERVAL = 1000;

/** @param status where it is said; must be stopped, or its timer keeps the process alive */
export function startWaiting(status: StatusLine): Waiting {
  let what = '';
  let since = 0;
  const write = () => {
    const seconds = Math.floor((performance.now() - since) / 1000);
    status.show(seconds === 0 ? what : `${what} (${seconds} s)`);
  };
  const timer = setInterval(write, INTERVAL);
  return {
    show: (next) => {
      what = next;
      since = performance.now();
      write();
    },
    stop: () => {
      clearInterval(timer);
      status.clear();
    },
  };
}
