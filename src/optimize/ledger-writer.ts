/** The one pen of a run: steps that go on at the same time write into one entry, one after another, and keep its lease. */
import { reasonOf } from '../aws/errors.ts';
import { UserError } from '../user-error.ts';
import { LEASE_RENEWAL, releaseLease, renewLease } from './lease.ts';
import type { Holder } from './lease.ts';
import { LedgerConflictError } from './ledger.ts';
import type { LedgerEntry, LedgerStore, StoredEntry } from './ledger.ts';
import type { RunContext } from './run.ts';

type Change = (entry: LedgerEntry) => LedgerEntry;

export class LedgerWriter {
  readonly #store: LedgerStore;
  readonly #holder: Holder;
  readonly #clock: () => Date;
  readonly #finished = new AbortController();
  #stored: StoredEntry;
  /** With every change, those among them that could not be written. */
  #entry: LedgerEntry;
  #writing: Promise<void> = Promise.resolve();
  /** The write that has not begun yet: changes that come meanwhile go with it. */
  #next: Promise<void> | undefined;
  #failure: string | undefined;

  /** @param stored an entry whose lease this run has */
  constructor({ ledger, clock, ...holder }: RunContext, stored: StoredEntry) {
    this.#store = ledger;
    this.#holder = holder;
    this.#clock = clock;
    this.#stored = stored;
    this.#entry = stored.entry;
  }

  /** The entry as it was last written. */
  get written(): LedgerEntry {
    return this.#stored.entry;
  }

  /** A sentence: what went wrong first. From then on nothing more may be begun. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /**
   * Writes down what is about to be done.
   *
   * @returns false where it could not be written, or something could not before: then it must not be done
   */
  async begin(change: Change): Promise<boolean> {
    if (this.#failure !== undefined) return false;
    await this.#write(change);
    return this.#failure === undefined;
  }

  /** Writes down what was done, or tries to: `failure` tells. */
  async note(change: Change): Promise<void> {
    await this.#write(change);
  }

  /** Renews the lease until the run has finished. */
  async keep(pause: RunContext['pause']): Promise<void> {
    for (;;) {
      await pause(LEASE_RENEWAL, this.#finished.signal);
      if (this.#finished.signal.aborted) return;
      await this.#write((entry) => entry);
    }
  }

  /** Writes for the last time, and gives the lease back. */
  async finish(change: Change): Promise<void> {
    this.#finished.abort();
    await this.#write(change);
  }

  #write(change: Change): Promise<void> {
    this.#entry = change(this.#entry);
    this.#next ??= this.#putAfter(this.#writing);
    this.#writing = this.#next;
    return this.#next;
  }

  async #putAfter(previous: Promise<void>): Promise<void> {
    await previous;
    this.#next = undefined;
    await this.#put();
  }

  async #put(): Promise<void> {
    const renewed = renewLease(this.#entry, this.#holder, this.#clock());
    const entry = this.#finished.signal.aborted ? releaseLease(this.#entry) : renewed;
    try {
      this.#stored = await this.#replace(entry);
    } catch (error) {
      this.#failure ??= sentenceOf(error);
    }
  }

  async #replace(entry: LedgerEntry): Promise<StoredEntry> {
    try {
      return await this.#store.replace(this.#stored, entry);
    } catch (error) {
      if (!(error instanceof LedgerConflictError)) throw error;
      // An earlier write that seemed to fail may have come through: what bears this run's lease, this run has written.
      const there = await this.#store.readOpen();
      if (there?.entry.lease?.run_id !== this.#holder.runId) throw error;
      return this.#store.replace(there, entry);
    }
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof LedgerConflictError) return 'Another run has taken over the ledger.';
  if (error instanceof UserError) return error.message;
  return `The ledger cannot be written: ${reasonOf(error)}.`;
}
