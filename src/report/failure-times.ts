/** How long failures last, from scan to scan: since when each is open, and how long those took that are gone. */
import type { FailureScope, ScanDigest } from './scan-digest.ts';

/** How long it took until failures were mended, or their resources gone. */
export interface TimeToResolve {
  /** Failures that no scan sees any more, with everything there looked at again. */
  readonly resolved: number;
  /** Hours from the first scan that saw them to the first that did not, on average; `null` where that is known of none. */
  readonly mean_hours: number | null;
  /** Those of them that are older than the scans that were read: they have no part in the mean. */
  readonly older: number;
}

interface OpenFailure {
  readonly scope: FailureScope;
  /** Milliseconds since 1970: the first scan in a row that saw it; `undefined` where it may be older than that. */
  readonly since: number | undefined;
}

const HOUR = 3_600_000;

/** Takes scans in the order of time; holds the failures that are open. */
export class FailureTimes {
  readonly #from: string;
  readonly #open = new Map<string, OpenFailure>();
  readonly #firstSeen = new Map<string, string>();
  #resolved = 0;
  #known = 0;
  #milliseconds = 0;

  /** @param from ISO 8601 with milliseconds, UTC: what was resolved before does not count */
  constructor(from: string) {
    this.#from = from;
  }

  follow(digest: ScanDigest): void {
    const { time, places } = digest.totals;
    for (const place of places) if (!this.#firstSeen.has(place)) this.#firstSeen.set(place, time);
    for (const [fingerprint, failure] of this.#open) this.#end(fingerprint, failure, digest);
    for (const [fingerprint, scope] of digest.failing) {
      if (this.#open.has(fingerprint)) continue;
      const older = this.#firstSeen.get(scope.place) === time;
      this.#open.set(fingerprint, { scope, since: older ? undefined : Date.parse(time) });
    }
  }

  /** Ends what is gone. What is waived is accepted, and not mended. */
  #end(fingerprint: string, { scope, since }: OpenFailure, digest: ScanDigest): void {
    const { totals, failing, undecided, waived } = digest;
    if (failing.has(fingerprint) || undecided.has(fingerprint)) return;
    if (waived.has(fingerprint)) {
      this.#open.delete(fingerprint);
      return;
    }
    if (!wasRechecked(scope, digest)) return;
    this.#open.delete(fingerprint);
    if (totals.time < this.#from) return;
    this.#resolved += 1;
    if (since === undefined) return;
    this.#known += 1;
    this.#milliseconds += Date.parse(totals.time) - since;
  }

  result(): TimeToResolve {
    const hours = this.#milliseconds / this.#known / HOUR;
    return {
      resolved: this.#resolved,
      mean_hours: this.#known === 0 ? null : Math.round(hours * 100) / 100,
      older: this.#resolved - this.#known,
    };
  }
}

/** True where every call was answered, and the rule has judged something: it may not have run otherwise. */
function wasRechecked({ rule, place }: FailureScope, { totals, settled }: ScanDigest): boolean {
  return settled.has(place) && rule in totals.byRule;
}
