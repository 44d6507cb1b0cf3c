/** When the server says "too many requests". */

export interface TokenBucket {
  /** Requests that may come at once. */
  readonly burst: number;
  /** Requests a second after that. */
  readonly perSecond: number;
}

export interface ThrottleSettings {
  /** Of all calls, 0 to 1: refused evenly, not by chance, so that two runs have the same. */
  readonly share?: number;
  /** One for each region and API, as EC2 keeps them. */
  readonly bucket?: TokenBucket;
  /** Milliseconds, from any beginning. */
  readonly now: () => number;
}

/** Whether the next call of an API in a region is to be refused. */
export function createThrottle({ share = 0, bucket, now }: ThrottleSettings): (region: string, api: string) => boolean {
  let due = 0;
  const levels = new Map<string, { tokens: number; at: number }>();

  const isDue = (): boolean => {
    due += share;
    if (due < 1) return false;
    due -= 1;
    return true;
  };
  const isEmpty = (key: string): boolean => {
    if (bucket === undefined) return false;
    const at = now();
    const before = levels.get(key) ?? { tokens: bucket.burst, at };
    const tokens = Math.min(bucket.burst, before.tokens + ((at - before.at) / 1000) * bucket.perSecond);
    levels.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, at });
    return tokens < 1;
  };
  return (region, api) => isDue() || isEmpty(`${region}/${api}`);
}
