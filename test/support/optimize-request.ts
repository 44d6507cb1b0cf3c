/** What the command hands to `optimize`: flags as oclif gives them, and a process that says nothing and asks nobody. */
import type { OptimizeFlags, Surroundings } from '../../src/optimize/request.ts';

/** As oclif gives them where none is said. */
export function optimizeFlags(flags: Partial<OptimizeFlags> = {}): OptimizeFlags {
  return {
    environment: 'dev',
    'dry-run': false,
    yes: false,
    'keep-backups': false,
    'snapshot-first': false,
    restore: false,
    timeout: 30,
    wait: true,
    prices: 'auto',
    'show-math': false,
    'print-iam-policy': false,
    quiet: false,
    json: false,
    ...flags,
  };
}

/** A process in this folder, without a terminal. */
export function quietSurroundings(directory: string, given: Partial<Surroundings> = {}): Surroundings {
  return {
    env: {},
    directory,
    clock: () => new Date('2026-11-21T19:00:00Z'),
    pause: async () => {},
    host: 'runner',
    pid: 1,
    runId: 'run-1',
    canAsk: false,
    ask: async () => '',
    tell: () => {},
    show: async () => {},
    save: async () => {},
    tableOf: () => '',
    stop: new AbortController().signal,
    onProgress: () => {},
    ...given,
  };
}
