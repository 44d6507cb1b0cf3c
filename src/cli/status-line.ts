/** One line on stderr that says what goes on: written over at a terminal, a line at a time in a log. */
import { clearLine, cursorTo } from 'node:readline';

import { plainLine } from '../report/plain-text.ts';

export interface StatusLine {
  readonly show: (text: string) => void;
  /** Takes the line away: what is written next begins at the margin. */
  readonly clear: () => void;
}

/** Milliseconds between two lines in a log: a deployment of minutes leaves some dozen. */
const LOG_INTERVAL = 10_000;

/** @param shown false under `--quiet` and `--json`: then nothing is written at all */
export function startStatus({ shown, terminal }: { readonly shown: boolean; readonly terminal: boolean }): StatusLine {
  const { stderr } = process;
  let written = -LOG_INTERVAL;
  let open = false;
  if (!shown) return { show: () => {}, clear: () => {} };
  if (!terminal) {
    return {
      show: (text) => {
        if (performance.now() - written < LOG_INTERVAL) return;
        written = performance.now();
        stderr.write(`${plainLine(text)}\n`);
      },
      clear: () => {},
    };
  }
  return {
    show: (text) => {
      cursorTo(stderr, 0);
      // A terminal may not say how wide it is, or say 0.
      stderr.write(plainLine(text).slice(0, (stderr.columns || 80) - 1));
      clearLine(stderr, 1);
      open = true;
    },
    clear: () => {
      if (!open) return;
      cursorTo(stderr, 0);
      clearLine(stderr, 1);
      open = false;
    },
  };
}
