/** Where a price comes from: from AWS, from what it said lately, or with this version. */
import type { Clients } from '../aws/clients.ts';
import { findBundled } from './bundled-prices.ts';
import { askPriceList } from './live-prices.ts';
import type { LiveAnswer } from './live-prices.ts';
import { readCached, writeCached } from './price-cache.ts';
import { priceKey } from './price-list.ts';
import type { PriceAnswer, PriceQuestion, Prices } from './price.ts';

export const PRICE_MODES = ['auto', 'live', 'bundled'] as const;
/** `auto`: AWS, where it answers soon; else the cache; else what comes with this version. `live`: AWS alone. `bundled`: no call at all. */
export type PriceMode = (typeof PRICE_MODES)[number];

export interface PriceSettings {
  readonly mode: PriceMode;
  readonly clients: Clients;
  /** `priceCacheFolder` tells. */
  readonly cacheFolder: string;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** How long AWS may take for an answer. Where there is another price, nobody waits for this one. */
const SECONDS = { auto: 5, live: 30 };

/** One question is asked once, however often it is put. */
export function openPrices(settings: PriceSettings): Prices {
  const find = finderFor(settings);
  const asked = new Map<string, Promise<PriceAnswer>>();
  return {
    find(question) {
      const key = priceKey(question);
      const answer = asked.get(key) ?? find(question);
      asked.set(key, answer);
      return answer;
    },
  };
}

function finderFor({ mode, clients, cacheFolder, now, signal }: PriceSettings): Prices['find'] {
  if (mode === 'bundled') return async (question) => findBundled(question);

  const ask = untilUnreached((question) => askPriceList(question, { clients, now, signal, seconds: SECONDS[mode] }));
  const live = async (question: PriceQuestion): Promise<PriceAnswer> => {
    const { reached: _, ...answer } = await ask(question);
    if (answer.known) await writeCached(cacheFolder, question, answer.price);
    return answer;
  };
  if (mode === 'live') return live;

  return async (question) => {
    const answer = await live(question);
    if (answer.known) return answer;
    const cached = await readCached(cacheFolder, question, now);
    if (cached !== undefined) return { known: true, price: cached };
    const bundled = findBundled(question);
    return bundled.known ? bundled : { ...answer, reason: `${bundled.reason} ${answer.reason}` };
  };
}

/**
 * The first question goes ahead of the others: where AWS refuses it or is not there, none of them is asked, and each gets that answer.
 */
function untilUnreached(ask: (question: PriceQuestion) => Promise<LiveAnswer>) {
  let first: Promise<LiveAnswer> | undefined;
  let lost: LiveAnswer | undefined;
  return async (question: PriceQuestion): Promise<LiveAnswer> => {
    if (first === undefined) {
      first = ask(question);
      return note(await first);
    }
    note(await first);
    return lost ?? note(await ask(question));
  };

  function note(answer: LiveAnswer): LiveAnswer {
    if (!answer.reached) lost ??= answer;
    return answer;
  }
}
