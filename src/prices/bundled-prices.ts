/** The prices that come with this version: `scripts/bundle-prices.ts` makes them. They age, and say their day. */
import * as z from 'zod';

import bundled from './bundled.json' with { type: 'json' };
import { describeQuestion, priceKey } from './price-list.ts';
import { priceOf, priceRecord } from './price-record.ts';
import type { PriceAnswer, PriceQuestion } from './price.ts';

const bundleSchema = z.strictObject({
  schema: z.literal('compliancectl.prices/1'),
  prices: z.array(priceRecord),
});

/** What `scripts/bundle-prices.ts` writes. */
export type Bundle = Readonly<z.output<typeof bundleSchema>>;

export function findBundled(question: PriceQuestion): PriceAnswer {
  const key = priceKey(question);
  const record = bundleSchema.parse(bundled).prices.find((candidate) => candidate.key === key);
  const price = record && priceOf(record, question, 'bundled');
  return price === undefined
    ? { known: false, reason: `No price of ${describeQuestion(question)} comes with this version.` }
    : { known: true, price };
}
