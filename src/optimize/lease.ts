/** Who may write to an entry: one run at a time, for as long as it keeps saying that it is there. */
import { EXIT, UserError } from '../user-error.ts';
import type { LedgerEntry } from './ledger.ts';

/** Milliseconds that a lease lasts, and after which a run that works renews it. */
const LEASE = 5 * 60_000;
export const LEASE_RENEWAL = 60_000;

/** The run that asks. */
export interface Holder {
  readonly runId: string;
  readonly actor: string;
  readonly host: string;
  readonly pid: number;
}

/**
 * The entry, this run's for the next minutes.
 *
 * @throws UserError `LEDGER_LOCKED` where another run has it that may be at work
 */
export function takeLease(entry: LedgerEntry, holder: Holder, now: Date): LedgerEntry {
  const { lease } = entry;
  if (lease !== undefined && !isOver(lease, holder, now)) {
    throw new UserError(
      `Another run is at work on this environment: ${lease.actor}, on ${lease.host} (process ${lease.pid}), until ${lease.until}.`,
      {
        code: 'LEDGER_LOCKED',
        exitCode: EXIT.failed,
        suggestions: [
          'Wait until it has ended: a run that works renews its claim every minute',
          `If it was killed, try again after ${lease.until}; nothing is lost until then`,
        ],
      },
    );
  }
  return renewLease(entry, holder, now);
}

export function renewLease(entry: LedgerEntry, { runId, actor, host, pid }: Holder, now: Date): LedgerEntry {
  const until = new Date(now.getTime() + LEASE).toISOString();
  return { ...entry, lease: { run_id: runId, actor, host, pid, until } };
}

export function releaseLease(entry: LedgerEntry): LedgerEntry {
  const { lease: _, ...rest } = entry;
  return rest;
}

/** True where a process of that id runs on this host, whoever's it is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isOver(lease: NonNullable<LedgerEntry['lease']>, { runId, host, pid }: Holder, now: Date): boolean {
  if (lease.run_id === runId || Date.parse(lease.until) <= now.getTime()) return true;
  // A process that has the asker's own number ended before the asker began.
  return lease.host === host && (lease.pid === pid || !isRunning(lease.pid));
}
