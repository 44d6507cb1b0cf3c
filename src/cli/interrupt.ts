/**
 * A signal that Ctrl-C or a termination request sets off, once: work under way ends, what it has is shown. A second
 * Ctrl-C finds no listener and ends the process at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    controller.abort('interrupted');
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  return controller.signal;
}
