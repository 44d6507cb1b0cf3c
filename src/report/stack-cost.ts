/** The monthly cost of a stack, for people, within 80 columns, and as a document. */
import type { ChalkInstance } from 'chalk';
import wrapAnsi from 'wrap-ansi';

import { plainTable, textOf } from './table.ts';

export interface CostReport {
  readonly items: readonly {
    readonly id: string;
    readonly description: string;
    readonly quantity: number;
    readonly unit: string;
    readonly list: number;
    readonly withAllowances: number;
    readonly formula: string;
  }[];
  readonly list: number;
  readonly withAllowances: number;
  readonly configInstead: number;
  readonly assumptions: readonly { readonly name: string; readonly value: number; readonly unit: string }[];
  readonly pricedRegion: string;
  readonly asOf: string;
}

const WIDTH = 80;

/** @param region where the stack is to lie */
export function* renderStackCost(cost: CostReport, region: string, chalk: ChalkInstance): Generator<string> {
  yield `${chalk.bold('What it costs a month')}, estimated\n`;
  const table = plainTable(['ITEM', 'QUANTITY', 'LIST', 'WITH FREE'], [30, 28, 12, 12], chalk, RIGHT);
  for (const { description, quantity, unit, list, withAllowances } of cost.items) {
    table.push([description, quantityText(quantity, unit), dollars(list), dollars(withAllowances)]);
  }
  table.push([chalk.bold('Total'), '', chalk.bold(dollars(cost.list)), chalk.bold(dollars(cost.withAllowances))]);
  yield `${textOf(table)}\n\n`;
  const place = region === cost.pricedRegion ? '' : ` Those of ${region} may differ.`;
  yield wrapped(
    `List prices of ${cost.pricedRegion} as of ${cost.asOf}, without and with what AWS gives every account for nothing.${place} AWS Config alone, watching the same by the same rules, would cost about ${dollars(cost.configInstead)}.`,
  );
  const assumed = cost.assumptions.map(({ name, value, unit }) => `${name}=${value} (${unit})`);
  yield wrapped(`Assumed, and set with --assume NAME=NUMBER: ${assumed.join('; ')}.`);
}

const RIGHT = ['left', 'right', 'right', 'right'] as const;

/** The same for `--json`. */
export function stackCostDocument(cost: CostReport): object {
  return {
    currency: 'USD',
    period: 'month',
    list_price: cents(cost.list),
    with_allowances: cents(cost.withAllowances),
    aws_config_instead: cents(cost.configInstead),
    priced_region: cost.pricedRegion,
    as_of: cost.asOf,
    items: cost.items.map(({ id, description, quantity, unit, list, withAllowances, formula }) => ({
      id,
      description,
      quantity,
      unit,
      list_price: cents(list),
      with_allowances: cents(withAllowances),
      formula,
    })),
    assumptions: Object.fromEntries(cost.assumptions.map(({ name, value }) => [name, value])),
  };
}

/** To a hundredth of a cent: what is less is said all the same. */
function cents(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function dollars(value: number): string {
  if (value === 0) return '$0.00';
  return value < 0.005 ? '<$0.01' : `$${value.toFixed(2)}`;
}

function amount(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Math.round(value * 100) / 100);
}

/** `3,156 requests`, `1 dashboard`, `0.1 GB`. */
function quantityText(quantity: number, unit: string): string {
  return `${amount(quantity)} ${unit}${quantity === 1 || unit === 'GB' ? '' : 's'}`;
}

function wrapped(text: string): string {
  return `${wrapAnsi(text, WIDTH)}\n`;
}
