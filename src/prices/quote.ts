/** What something costs, who says so and when; what is free each month. All money is in US dollars. */

/** A price of one region. Several of one item and region are its tiers. */
export interface PriceQuote {
  /** `lambda/requests`. */
  readonly item: string;
  /** For `per` units. */
  readonly price: number;
  readonly per: number;
  /** One of what is counted: `request`, `GB-month`. */
  readonly unit: string;
  /** Units a month from which on it holds; 0 where the item has one price. */
  readonly above: number;
  readonly region: string;
  /** Where it was read. */
  readonly source: string;
  /** The day on which it was read: `2026-11-21`. */
  readonly date: string;
  /** AWS says so itself, or a tool does that computes from AWS's Price List; else somebody writes so. */
  readonly verified: boolean;
}

/** What an account has each month without paying, in all regions together, and without end. */
export interface FreeAllowance {
  /** Items that share it; the first takes from it first. */
  readonly items: readonly string[];
  readonly quantity: number;
  readonly unit: string;
  readonly source: string;
  readonly date: string;
  readonly verified: boolean;
}

export interface PriceList {
  readonly quotes: readonly PriceQuote[];
  readonly allowances: readonly FreeAllowance[];
}

/** Whose prices stand in for those of a region that are not known. */
export const REFERENCE_REGION = 'us-east-1';

/**
 * The tiers of an item in a region, lowest first; those of us-east-1 where the region's are not known. None in China, which has
 * prices, and a currency, of its own; none where the item has no known price.
 */
export function quotesFor(
  item: string,
  { partition, region }: { readonly partition: string; readonly region: string },
  { quotes }: Pick<PriceList, 'quotes'>,
): readonly PriceQuote[] {
  if (partition === 'aws-cn') return [];
  const of = (where: string) =>
    quotes
      .filter((quote) => quote.item === item && quote.region === where)
      .toSorted((one, other) => one.above - other.above);
  const own = of(region);
  return own.length > 0 ? own : of(REFERENCE_REGION);
}

/** What a quantity costs, each part of it at the price of its tier. */
export function amountOf(quantity: number, tiers: readonly PriceQuote[]): number {
  return tiers.reduce((sum, { price, per, above }, index) => {
    const next = tiers[index + 1]?.above ?? Infinity;
    return sum + (Math.max(0, Math.min(quantity, next) - above) * price) / per;
  }, 0);
}
