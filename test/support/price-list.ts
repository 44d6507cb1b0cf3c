/** Answers of GetProducts, as AWS gives them. */
import { readFileSync } from 'node:fs';

import { parseProduct } from '../../src/prices/price-list.ts';
import type { ListedProduct } from '../../src/prices/price-list.ts';

export const PRICE_LIST_FIXTURES = ['aurora', 'elasticache', 'fargate', 'ec2', 'rds', 'vpc', 'cloudwatch'] as const;
export type PriceListFixture = (typeof PRICE_LIST_FIXTURES)[number];

/** The texts of `PriceList`, each a product. */
export function priceListTexts(name: PriceListFixture): string[] {
  const file = new URL(`../fixtures/price-list/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { PriceList: string[] }).PriceList;
}

export function priceListProducts(name: PriceListFixture): ListedProduct[] {
  return priceListTexts(name).map((text) => parseProduct(JSON.parse(text))!);
}
