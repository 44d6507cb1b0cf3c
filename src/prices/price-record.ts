/** A price that is kept, in the cache or with this version. */
import * as z from 'zod';

import { isUnitOf, isUsageType, priceKey, queryFor } from './price-list.ts';
import type { PriceQuestion, UnitPrice } from './price.ts';

export const priceRecord = z.strictObject({
  /** Of the question that it answers. */
  key: z.string(),
  amount: z.number().positive(),
  unit: z.string(),
  usageType: z.string(),
  region: z.string(),
  origin: z.string(),
  date: z.iso.date(),
  sku: z.string().optional(),
});

export type PriceRecord = Readonly<z.output<typeof priceRecord>>;

export function recordOf(question: PriceQuestion, price: Omit<UnitPrice, 'source'>): PriceRecord {
  const { amount, unit, usageType, region, origin, date, sku } = price;
  const record = { key: priceKey(question), amount, unit, usageType, region, origin, date };
  return sku === undefined ? record : { ...record, sku };
}

/** `undefined` where the record is no answer to the question: it was damaged, or changed by hand. */
export function priceOf(
  { key, sku, ...price }: PriceRecord,
  question: PriceQuestion,
  source: UnitPrice['source'],
): UnitPrice | undefined {
  const { usageType, unit, said } = queryFor(question);
  const answers =
    key === priceKey(question) &&
    price.region === question.region &&
    isUsageType(price.usageType, usageType) &&
    isUnitOf(price.unit, said?.unit ?? unit);
  return answers ? { ...price, source, ...(sku === undefined ? {} : { sku }) } : undefined;
}
