/** What a stack will cost a month, for people within 80 columns and as a document. */
import type { ChalkInstance } from 'chalk';
import wrapAnsi from 'wrap-ansi';

import { plural } from './plural.ts';
import { fitted, plainTable, textOf } from './table.ts';

/** A price, as somebody gives it. */
export interface Quoted {
  /** For `per` units. */
  readonly price: number;
  readonly per: number;
  readonly unit: string;
  /** Units a month from which on it holds. */
  readonly above: number;
  readonly region: string;
  readonly source: string;
  /** When it was read: `2026-11-21`. */
  readonly date: string;
  readonly verified: boolean;
}

/** Amounts are US dollars; `null` where no price is known. */
export interface CostItem {
  /** `lambda-requests`: stable. */
  readonly id: string;
  readonly description: string;
  readonly quantity: number;
  /** In the plural. */
  readonly unit: string;
  /** How the quantity was counted. */
  readonly formula: string;
  readonly listPrice: number | null;
  /** What is left of it where nothing else in the account uses its free allowances. */
  readonly withAllowances: number | null;
  /** The tiers of its price; none where none is known. */
  readonly quotes: readonly Quoted[];
}

export interface CostTotal {
  readonly listPrice: number;
  readonly withAllowances: number;
}

/** What AWS Config would charge to judge the same resources by the same rules whenever they change. It gives nothing free. */
export interface ConfigAlternative {
  readonly rules: number;
  readonly items: readonly CostItem[];
  readonly listPrice: number;
  /** Charged once, when it sees everything for the first time. */
  readonly once: number;
  /** What each rule adds that also judges every instance as often as the stack scans; absent where it does not scan. */
  readonly periodic?: { readonly runs: number; readonly instances: number; readonly listPrice: number };
}

export interface StackCost {
  readonly environment: string;
  readonly preset: string;
  readonly region: string;
  /** Charged every month; the dearest first. */
  readonly items: readonly CostItem[];
  /** Of the items whose price is known. */
  readonly total: CostTotal;
  /** False where AWS has none: outside its commercial regions. */
  readonly hasAllowances: boolean;
  /** Charged once, beside the items. */
  readonly once: readonly CostItem[];
  readonly assumptions: readonly {
    readonly name: string;
    readonly value: number;
    readonly unit: string;
    readonly description: string;
  }[];
  /** Absent where the stack has AWS Config itself, and where its prices are not known. */
  readonly configAlternative?: ConfigAlternative;
  /** What the stack is meant to stay under, and the items without which it would; none where it does. */
  readonly target?: {
    readonly amount: number;
    readonly overAtListPrice: readonly string[];
    readonly overWithAllowances: readonly string[];
  };
}

const WIDTH = 80;

const [NAMES, QUANTITIES, MONEY] = [33, 25, 11];

export function renderStackCost(cost: StackCost, chalk: ChalkInstance): string {
  const sentences = [...comparisons(cost), ...provenance(cost)];
  const head = `${chalk.bold('Cost a month')} of ${cost.preset} in ${cost.region}, estimated before it is deployed, in US dollars`;
  return [
    wrapped(head),
    '\n',
    itemTable(cost, chalk),
    '\n',
    ...sentences.map(wrapped),
    '\n',
    assumptionTable(cost, chalk),
    wrapped('Other numbers: --assume instances=500, and so on.'),
  ].join('');
}

function itemTable({ items, total, region }: StackCost, chalk: ChalkInstance): string {
  const table = plainTable(
    ['ITEM', 'QUANTITY', 'LIST'.padStart(MONEY - 2), 'WITH FREE'.padStart(MONEY - 2)],
    [NAMES, QUANTITIES, MONEY, MONEY],
    chalk,
  );
  for (const { description, quantity, unit, listPrice, withAllowances, quotes } of items) {
    table.push([
      fitted(`${description}${isOf(region, quotes) ? '' : ' *'}`, NAMES),
      fitted(`${quantityText(quantity)} ${unitOf(quantity, unit)}`, QUANTITIES),
      column(listPrice),
      column(withAllowances),
    ]);
  }
  table.push([
    chalk.bold(unknownOf(items).length > 0 ? 'Total of what is known' : 'Total'),
    '',
    chalk.bold(column(total.listPrice)),
    chalk.bold(column(total.withAllowances)),
  ]);
  return `${textOf(table)}\n`;
}

function isOf(region: string, quotes: readonly Quoted[]): boolean {
  return quotes.every((quote) => quote.region === region);
}

function column(value: number | null): string {
  return amountText(value).padStart(MONEY - 2);
}

function amountText(value: number | null): string {
  return value === null ? 'unknown' : moneyText(value);
}

/** Two decimals. `$0.00` is nothing at all: what is less than half a cent is `<$0.01`. */
export function moneyText(value: number): string {
  const text = value.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
  return value > 0 && text === '$0.00' ? '<$0.01' : text;
}

function quantityText(value: number): string {
  const text = value.toLocaleString('en-US', { maximumFractionDigits: value < 1000 ? 2 : 0 });
  return value > 0 && text === '0' ? '<0.01' : text;
}

/** Units are in the plural: `events a month` of one is `event a month`. */
function unitOf(value: number, unit: string): string {
  return value === 1 ? unit.replace(/s\b/, '') : unit;
}

function unknownOf(items: readonly CostItem[]): CostItem[] {
  return items.filter(({ listPrice }) => listPrice === null);
}

function* comparisons({ items, target, configAlternative, once }: StackCost): Generator<string> {
  if (target !== undefined) yield targetText(target, items);
  if (once.length > 0) {
    const amount = once.reduce((sum, { listPrice }) => sum + (listPrice ?? 0), 0);
    yield `Once, when AWS Config sees everything for the first time: ${unknownOf(once).length > 0 ? 'unknown' : moneyText(amount)}.`;
  }
  if (configAlternative !== undefined) yield* alternativeText(configAlternative);
}

function targetText(
  { amount, overAtListPrice, overWithAllowances }: NonNullable<StackCost['target']>,
  items: readonly CostItem[],
) {
  const limit = `under ${moneyText(amount)} a month`;
  const named = (ids: readonly string[], of: 'listPrice' | 'withAllowances') =>
    items
      .filter(({ id }) => ids.includes(id))
      .map((item) => `${item.description} (${amountText(item[of])})`)
      .join(', ');
  if (overAtListPrice.length === 0) return `It stays ${limit}, at list price too.`;
  const list = `what breaks it at list price: ${named(overAtListPrice, 'listPrice')}.`;
  if (overWithAllowances.length === 0) return `With the free allowances it stays ${limit}; ${list}`;
  return `It does not stay ${limit}, not even with the free allowances: ${named(overWithAllowances, 'withAllowances')}; ${list}`;
}

function* alternativeText({ rules, listPrice, once, periodic }: ConfigAlternative): Generator<string> {
  yield `AWS Config would cost ${moneyText(listPrice)} a month for the same ${plural(rules, 'rule')} on the same resources, judged when they change, and ${moneyText(once)} once.`;
  if (periodic === undefined) return;
  const { runs, instances, listPrice: added } = periodic;
  yield `Each rule that also judged all ${plural(instances, 'instance')} ${quantityText(runs)} times a month, as often as this stack scans, would add ${moneyText(added)}.`;
}

function* provenance({ items, region, hasAllowances }: StackCost): Generator<string> {
  yield hasAllowances
    ? 'WITH FREE: what is left where nothing else in the account uses what AWS gives each account free every month.'
    : 'AWS’s free allowances are not counted: they are for its commercial regions.';
  if (items.some(({ quotes }) => !isOf(region, quotes))) {
    yield `* The price in ${region} is not known here: that of ${[...new Set(quotesOf(items).map((quote) => quote.region))].filter((one) => one !== region).join(', ')} is used.`;
  }
  const unknown = unknownOf(items);
  if (unknown.length > 0) yield `No price is known of: ${listed(unknown)}. The totals lack them.`;
  const quotes = quotesOf(items);
  if (quotes.length === 0) return;
  const hosts = [...new Set(quotes.map(({ source }) => new URL(source).hostname))].toSorted();
  yield `Prices as of ${datesOf(quotes)}, from ${hosts.join(', ')}; --json gives each with its source.`;
  const unchecked = items.filter((item) => item.quotes.some(({ verified }) => !verified));
  if (unchecked.length > 0) yield `Not verified with AWS: ${listed(unchecked)}.`;
}

function quotesOf(items: readonly CostItem[]): Quoted[] {
  return items.flatMap(({ quotes }) => quotes);
}

function listed(items: readonly CostItem[]): string {
  return items.map(({ description }) => description).join(', ');
}

function datesOf(quotes: readonly Quoted[]): string {
  const dates = [...new Set(quotes.map(({ date }) => date))].toSorted();
  const [first = '', last = first] = [dates[0], dates.at(-1)];
  return first === last ? first : `${first} to ${last}`;
}

function assumptionTable({ assumptions }: StackCost, chalk: ChalkInstance): string {
  const widths = [23, 27, 30];
  const [names = 0, values = 0, descriptions = 0] = widths;
  const table = plainTable(['ASSUMED', '', ''], widths, chalk);
  for (const { name, value, unit, description } of assumptions) {
    table.push([
      fitted(name, names),
      fitted(`${value.toLocaleString('en-US', { maximumFractionDigits: 6 })} ${unitOf(value, unit)}`, values),
      fitted(description, descriptions),
    ]);
  }
  return `${textOf(table)}\n`;
}

function wrapped(text: string): string {
  return `${wrapAnsi(text, WIDTH, { hard: true })}\n`;
}

const COST_SCHEMA = 'compliancectl.stack-cost/1';

/** Keys are added, never renamed. Amounts are US dollars a month, `null` where no price is known. */
export interface StackCostDocument {
  readonly schema: typeof COST_SCHEMA;
  readonly currency: 'USD';
  readonly environment: string;
  readonly preset: string;
  readonly region: string;
  readonly list_price: number;
  readonly with_allowances: number;
  /** False where the price of an item is not known: the totals lack it. */
  readonly complete: boolean;
  readonly has_allowances: boolean;
  readonly items: readonly CostItemDocument[];
  readonly once: readonly CostItemDocument[];
  readonly target?: {
    readonly amount: number;
    readonly over_at_list_price: readonly string[];
    readonly over_with_allowances: readonly string[];
  };
  readonly config_alternative?: {
    readonly rules: number;
    readonly list_price: number;
    readonly once: number;
    readonly items: readonly CostItemDocument[];
    readonly periodic?: { readonly runs: number; readonly instances: number; readonly list_price: number };
  };
  readonly assumptions: StackCost['assumptions'];
}

interface CostItemDocument {
  readonly id: string;
  readonly description: string;
  readonly quantity: number;
  readonly unit: string;
  readonly formula: string;
  readonly list_price: number | null;
  readonly with_allowances: number | null;
  readonly quotes: readonly Quoted[];
}

export function stackCostDocument(cost: StackCost): StackCostDocument {
  const { environment, preset, region, items, total, once, hasAllowances, target, configAlternative, assumptions } =
    cost;
  return {
    schema: COST_SCHEMA,
    currency: 'USD',
    environment,
    preset,
    region,
    list_price: total.listPrice,
    with_allowances: total.withAllowances,
    complete: unknownOf(items).length === 0,
    has_allowances: hasAllowances,
    items: items.map(itemDocument),
    once: once.map(itemDocument),
    ...(target !== undefined && {
      target: {
        amount: target.amount,
        over_at_list_price: target.overAtListPrice,
        over_with_allowances: target.overWithAllowances,
      },
    }),
    ...(configAlternative !== undefined && { config_alternative: alternativeDocument(configAlternative) }),
    assumptions: assumptions.map(({ name, value, unit, description }) => ({ name, value, unit, description })),
  };
}

function alternativeDocument({ rules, items, listPrice, once, periodic }: ConfigAlternative) {
  return {
    rules,
    list_price: listPrice,
    once,
    items: items.map(itemDocument),
    ...(periodic !== undefined && {
      periodic: { runs: periodic.runs, instances: periodic.instances, list_price: periodic.listPrice },
    }),
  };
}

function itemDocument(item: CostItem): CostItemDocument {
  const { id, description, quantity, unit, formula, listPrice, withAllowances, quotes } = item;
  return {
    id,
    description,
    quantity,
    unit,
    formula,
    list_price: listPrice,
    with_allowances: withAllowances,
    quotes: quotes.map((quote) => ({
      price: quote.price,
      per: quote.per,
      unit: quote.unit,
      above: quote.above,
      region: quote.region,
      source: quote.source,
      date: quote.date,
      verified: quote.verified,
    })),
  };
}
