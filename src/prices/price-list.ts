/**
 * AWS's Price List: what is asked of it, and what its products say. Pure. A product has the same parts in an answer to GetProducts
 * and in an offer file.
 */
import * as z from 'zod';

import type { PriceQuestion } from './price.ts';

export interface PriceListFilter {
  readonly field: string;
  readonly value: string;
  /** `contains` where no attribute tells what is looked for apart: the usage type decides, once more. */
  readonly match: 'equal' | 'contains';
}

/** What is asked of GetProducts, and what an answer to it has to be. */
export interface PriceListQuery {
  readonly serviceCode: 'AmazonECS' | 'AmazonElastiCache' | 'AmazonRDS';
  readonly filters: readonly PriceListFilter[];
  /** The usage type without the region's prefix, which us-east-1 has for some services and not for others. */
  readonly usageType: string;
  readonly unit: string;
}

const textByName = z.record(z.string(), z.string());

const product = z.object({
  product: z.object({ sku: z.string(), productFamily: z.string().optional(), attributes: textByName }),
  terms: z.object({
    OnDemand: z
      .record(
        z.string(),
        z.object({
          priceDimensions: z.record(z.string(), z.object({ unit: z.string(), pricePerUnit: textByName })),
        }),
      )
      .optional(),
  }),
});

/** As the Price List has it: attributes, and prices by term. */
export type ListedProduct = Readonly<z.output<typeof product>>;

/** A price as the Price List has it. */
export interface ListedPrice {
  readonly amount: number;
  readonly unit: string;
  readonly usageType: string;
  readonly sku: string;
}

export type ListedAnswer = { readonly price: ListedPrice } | { readonly price: null; readonly count: number };

/** `undefined` where this is no product of the Price List. */
export function parseProduct(value: unknown): ListedProduct | undefined {
  return product.safeParse(value).data;
}

/** What to ask for. Names of attributes are the Price List's own, and so is their spelling. */
export function queryFor(question: PriceQuestion): PriceListQuery {
  const inRegion: PriceListFilter = { field: 'regionCode', value: question.region, match: 'equal' };
  const equal = (field: string, value: string): PriceListFilter => ({ field, value, match: 'equal' });
  switch (question.item) {
    case 'aurora-capacity': {
      const engine = question.engine === 'aurora-mysql' ? 'Aurora MySQL' : 'Aurora PostgreSQL';
      return {
        serviceCode: 'AmazonRDS',
        filters: [inRegion, equal('productFamily', 'ServerlessV2'), equal('databaseEngine', engine)],
        usageType:
          question.storage === 'io-optimized' ? 'Aurora:ServerlessV2IOOptimizedUsage' : 'Aurora:ServerlessV2Usage',
        unit: 'ACU-Hr',
      };
    }
    case 'cache-node':
      return {
        serviceCode: 'AmazonElastiCache',
        filters: [
          inRegion,
          equal('productFamily', 'Cache Instance'),
          equal('instanceType', question.nodeType),
          equal('cacheEngine', question.engine === 'redis' ? 'Redis' : 'Valkey'),
        ],
        usageType: `NodeUsage:${question.nodeType}`,
        unit: 'Hrs',
      };
    case 'fargate-vcpu':
      return {
        serviceCode: 'AmazonECS',
        filters: [inRegion, equal('cputype', 'perCPU')],
        usageType: question.architecture === 'ARM64' ? 'Fargate-ARM-vCPU-Hours:perCPU' : 'Fargate-vCPU-Hours:perCPU',
        unit: 'hours',
      };
    case 'fargate-memory':
      return {
        serviceCode: 'AmazonECS',
        filters: [inRegion, equal('memorytype', 'perGB')],
        usageType: question.architecture === 'ARM64' ? 'Fargate-ARM-GB-Hours' : 'Fargate-GB-Hours',
        unit: 'hours',
      };
    case 'fargate-ephemeral': {
      // Storage costs the same whatever the processor, and no attribute tells it apart.
      const usageType = 'Fargate-EphemeralStorage-GB-Hours';
      return {
        serviceCode: 'AmazonECS',
        filters: [inRegion, { field: 'usagetype', value: usageType, match: 'contains' }],
        usageType,
        unit: 'GB-Hours',
      };
    }
  }
}

/**
 * The one price that answers. Rows at no price are passed over: a node that a reservation covers is such a row. More than one
 * other is none: which of them a bill would have, nobody can tell.
 */
export function priceAmong(products: readonly ListedProduct[], question: PriceQuestion): ListedAnswer {
  const query = queryFor(question);
  const prices = products.flatMap((listed) => pricesOf(listed, query));
  const [price, ...others] = prices;
  return price === undefined || others.length > 0 ? { price: null, count: prices.length } : { price };
}

/** True where this is the usage type as a region writes it: `NodeUsage:...`, `EU-NodeUsage:...`, `USE1-NodeUsage:...`. */
export function isUsageType(written: string, usageType: string): boolean {
  if (!written.endsWith(usageType)) return false;
  // `EU-ExtendedSupportYr1_Yr2-`, `Outpost-` and `USE1-SpotUsage:` are other things.
  return /^(?:[A-Z]+\d*-)?$/.test(written.slice(0, -usageType.length));
}

/** One string for one price, however it is asked for. */
export function priceKey(question: PriceQuestion): string {
  const { item, region } = question;
  switch (item) {
    case 'aurora-capacity':
      return [item, region, question.engine, question.storage].join('/');
    case 'cache-node':
      return [item, region, question.engine, question.nodeType].join('/');
    case 'fargate-vcpu':
    case 'fargate-memory':
      return [item, region, question.architecture].join('/');
    case 'fargate-ephemeral':
      return [item, region].join('/');
  }
}

/** In words, for a sentence: `a cache.t4g.micro node of Redis in eu-west-1`. */
export function describeQuestion(question: PriceQuestion): string {
  const where = `in ${question.region}`;
  switch (question.item) {
    case 'aurora-capacity':
      return `Serverless v2 capacity of ${question.engine} on ${question.storage} storage ${where}`;
    case 'cache-node':
      return `a ${question.nodeType} node of ${question.engine === 'redis' ? 'Redis' : 'Valkey'} ${where}`;
    case 'fargate-vcpu':
      return `a vCPU of Fargate on ${question.architecture} ${where}`;
    case 'fargate-memory':
      return `a GB of memory of Fargate on ${question.architecture} ${where}`;
    case 'fargate-ephemeral':
      return `a GB of ephemeral storage of Fargate ${where}`;
  }
}

function pricesOf(
  { product: { sku, productFamily, attributes }, terms }: ListedProduct,
  query: PriceListQuery,
): ListedPrice[] {
  const usageType = attributes['usagetype'];
  if (usageType === undefined || !isUsageType(usageType, query.usageType)) return [];
  const fits = query.filters.every(({ field, value, match }) => {
    const written = field === 'productFamily' ? productFamily : attributes[field];
    return match === 'contains' || written === value;
  });
  if (!fits) return [];
  const dimensions = Object.values(terms.OnDemand ?? {}).flatMap((term) => Object.values(term.priceDimensions));
  return dimensions.flatMap(({ unit, pricePerUnit }) => {
    // China's prices have another currency, and none in dollars.
    const amount = Number(pricePerUnit['USD']);
    return amount > 0 && Number.isFinite(amount) && isHourly(unit) ? [{ amount, unit, usageType, sku }] : [];
  });
}

/** A price by the month is not to be multiplied by hours. */
function isHourly(unit: string): boolean {
  return /\b(?:hrs?|hours?)$/i.test(unit);
}
