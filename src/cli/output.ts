/** Standard output, whose reader may go away. */
import { once } from 'node:events';

/** Writes pieces as fast as the reader takes them. A reader that has gone away (`| head`) is no error. */
export async function writeStdout(pieces: Iterable<string>): Promise<void> {
  const { stdout } = process;
  let closed = false;
  const onError = (error: Error) => {
    if (!isClosedPipe(error)) throw error;
    closed = true;
  };
  stdout.on('error', onError);
  try {
    for (const piece of batched(pieces)) {
      if (closed) return;
      if (!stdout.write(piece)) await drained(stdout);
    }
  } catch (error) {
    if (!isClosedPipe(error)) throw error;
  } finally {
    // Late errors of writes still under way must find a listener; the process is about to end.
    if (!closed) stdout.off('error', onError);
    stdout.on('error', () => {});
  }
}

/** Until the stream takes more, or never will. Leaves no listener behind: a large document waits a thousand times. */
async function drained(stream: NodeJS.WriteStream): Promise<void> {
  const done = new AbortController();
  try {
    await Promise.race(['drain', 'close'].map(async (event) => once(stream, event, { signal: done.signal })));
  } finally {
    done.abort();
  }
}

/**
 * Makes the end of a reader no error, of the notes on stderr no more than of the results: unheard, it would end the
 * process with the exit code of a shortfall.
 */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (!isClosedPipe(error)) throw error;
    });
  }
}

export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}

/** A write for every finding would be a system call for every finding. */
function* batched(pieces: Iterable<string>, size = 1 << 16): Generator<string> {
  let batch = '';
  for (const piece of pieces) {
    batch += piece;
    if (batch.length >= size) {
      yield batch;
      batch = '';
    }
  }
  if (batch !== '') yield batch;
}
