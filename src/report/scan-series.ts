/** The scans of a time, each once: shards put together, what was stored twice taken once. */
import { compareText } from '../engine/compare-text.ts';
import { merged } from './scan-digest.ts';
import type { ScanTotals } from './scan-digest.ts';

/** A scan, and the names of the documents that it is made of. */
export interface SeriesScan {
  readonly totals: ScanTotals;
  readonly names: readonly string[];
}

/** Something that was to be read, and counts for nothing. */
export interface SkippedScan {
  readonly name: string;
  readonly reason: string;
  readonly message: string;
}

/** Takes the totals of documents; holds the counts of each scan. */
export class ScanSeries {
  readonly #scans = new Map<string, SeriesScan>();

  /** @returns why the document cannot be added to those of its scan, where it cannot */
  add(name: string, totals: ScanTotals): SkippedScan | undefined {
    const known = this.#scans.get(totals.scanId);
    const together = known === undefined ? { totals, names: [name] } : joined(known, { totals, names: [name] });
    if (together === undefined) {
      const message = `It shares a part of the estate with another document of the scan ${totals.scanId}.`;
      return { name, reason: 'overlap', message };
    }
    this.#scans.set(totals.scanId, together);
    return undefined;
  }

  has(scanId: string): boolean {
    return this.#scans.has(scanId);
  }

  /** In the order of time. */
  scans(): SeriesScan[] {
    return [...this.#scans.values()].toSorted(
      ({ totals: a }, { totals: b }) => compareText(a.time, b.time) || compareText(a.scanId, b.scanId),
    );
  }
}

/**
 * The last complete scan; the last one, where none is complete.
 *
 * @param scans in the order of time
 */
export function latestOf(scans: readonly SeriesScan[]): SeriesScan | undefined {
  return scans.findLast(({ totals }) => totals.complete) ?? scans.at(-1);
}

/** Two documents of one scan as one, or `undefined` where they share a part of the estate, and so cannot be added. */
function joined(known: SeriesScan, more: SeriesScan): SeriesScan | undefined {
  const shared = [...more.totals.places].filter((place) => known.totals.places.has(place)).length;
  if (shared === 0) return { totals: merged(known.totals, more.totals), names: [...known.names, ...more.names] };
  const otherRules = !Object.keys(more.totals.byRule).some((rule) => rule in known.totals.byRule);
  if (otherRules && Object.keys(more.totals.byRule).length > 0) return undefined;
  const [holdsKnown, holdsMore] = [shared === known.totals.places.size, shared === more.totals.places.size];
  // The same again: of two attempts the later one, unless it was cut short and the earlier one was not.
  if (holdsKnown && holdsMore) return more.totals.complete || !known.totals.complete ? more : known;
  if (holdsKnown) return more;
  return holdsMore ? known : undefined;
}
