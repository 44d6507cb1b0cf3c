/** A question to the person at the terminal. */
import { createInterface } from 'node:readline/promises';

/** True where there is someone to ask: both what is typed and what is asked go through a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** What was typed; nothing at all where it was ended with Ctrl-C or Ctrl-D. */
export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Unheard, these two would leave the question open for good.
    const ended = new Promise<string>((resolve) => {
      terminal.once('SIGINT', () => resolve(''));
      terminal.once('close', () => resolve(''));
    });
    return await Promise.race([terminal.question(question), ended]);
  } finally {
    terminal.close();
  }
}
