/** Critical findings from scan to scan: which are open, and since when. */
import { compareText } from '../engine/compare-text.ts';
import type { CriticalFinding, ScanDigest } from './scan-digest.ts';

export interface OpenFinding extends CriticalFinding {
  /** The first scan in a row that saw it. */
  readonly since: string;
  /** True where no earlier scan of the place was read: it may be older than that. */
  readonly or_earlier: boolean;
  /** The last scan that saw it; an earlier one than the latest could not look again. */
  readonly last_seen: string;
}

/** Takes scans in the order of time; holds what is open, and when each place was first seen. */
export class CriticalFindings {
  readonly #open = new Map<string, OpenFinding>();
  readonly #firstSeen = new Map<string, string>();

  /** What is not failing any more is closed where everything was read again, and the verdict was not left open. */
  follow({ totals, critical, undecided, settled }: ScanDigest): void {
    const { time, places } = totals;
    for (const place of places) if (!this.#firstSeen.has(place)) this.#firstSeen.set(place, time);
    const failing = new Set(critical.map(({ fingerprint }) => fingerprint));
    for (const [fingerprint, finding] of this.#open) {
      if (!failing.has(fingerprint) && !undecided.has(fingerprint) && settled.has(placeOf(finding)))
        this.#open.delete(fingerprint);
    }
    for (const finding of critical) {
      const before = this.#open.get(finding.fingerprint);
      const since = before?.since ?? time;
      const or_earlier = before?.or_earlier ?? this.#firstSeen.get(placeOf(finding)) === time;
      this.#open.set(finding.fingerprint, { ...finding, since, or_earlier, last_seen: time });
    }
  }

  get open(): number {
    return this.#open.size;
  }

  /** Those that have been open longest. */
  oldest(count: number): OpenFinding[] {
    return [...this.#open.values()]
      .toSorted((a, b) => compareText(a.since, b.since) || compareText(a.fingerprint, b.fingerprint))
      .slice(0, count);
  }
}

function placeOf({ account_id: account, region }: CriticalFinding): string {
  return `${account}/${region}`;
}
