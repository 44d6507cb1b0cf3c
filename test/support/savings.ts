/** Rows of a plan and prices for tests of savings, and a reader who does the arithmetic of a formula. */
import { expect } from 'chai';

import type { Fact } from '../../src/engine/model.ts';
import type { Found } from '../../src/optimize/model.ts';
import type { PlanRow } from '../../src/optimize/plan.ts';
import type { Saving } from '../../src/optimize/saving.ts';
import { savingOf } from '../../src/optimize/savings/index.ts';
import type { Numbers, StepId } from '../../src/optimize/step.ts';
import { findBundled } from '../../src/prices/bundled-prices.ts';
import type { PriceQuestion, Prices } from '../../src/prices/price.ts';

export const LIST_PRICE = 'Prices are on-demand list prices, without taxes, credits, discounts and the free tier.';

export const bundled: Prices = { find: async (question) => findBundled(question) };
export const none: Prices = {
  find: async () => ({ known: false, reason: 'No price came.', permission: 'pricing:GetProducts' }),
};

export function denied(permission?: string): Fact<never> {
  return { known: false, reason: 'denied', ...(permission === undefined ? {} : { permission }) };
}

export const pricesAt = (amount: number): Prices => ({
  find: async ({ region }: PriceQuestion) => ({
    known: true,
    price: {
      amount,
      unit: 'Hrs',
      usageType: 'x',
      region,
      source: 'live',
      origin: 'AWS Price List',
      date: '2026-11-21',
    },
  }),
});

export type Change = readonly [id: StepId, from: Numbers, to: Numbers];

export function rowOf(found: Found, ...changes: readonly Change[]): PlanRow {
  const { kind, type, id, arn, accountId, region } = found;
  const target = { kind, type, id, arn, accountId, region };
  const steps = changes.map(([step, from, to]) => ({ id: step, target, from, to }));
  return { kind, target, state: 'change', steps, cautions: [], lost: [] };
}

export const saves = async (found: Found, changes: readonly Change[], prices = bundled) =>
  savingOf(rowOf(found, ...changes), found, prices);

/** What a reader's arithmetic gives: words and units left out, `x` for times. */
function reckoned(formula: string): number {
  const tokens = formula
    .replaceAll(/[A-Za-z$]+/g, (word) => (word === 'x' ? '*' : ''))
    .match(/\d+(?:\.\d+)?|[-+*/()]/g)!;
  let at = 0;
  const factor = (): number => {
    const token = tokens[at++]!;
    if (token !== '(') return Number(token);
    const inner = sum();
    expect(tokens[at++]).to.equal(')');
    return inner;
  };
  const product = (): number => {
    let value = factor();
    while (tokens[at] === '*' || tokens[at] === '/') value = tokens[at++] === '*' ? value * factor() : value / factor();
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '-') value += tokens[at++] === '+' ? product() : -product();
    return value;
  };
  const value = sum();
  expect(at, formula).to.equal(tokens.length);
  return value;
}

export function expectToAddUp(saving: Saving): void {
  if (!saving.known) throw new Error(saving.reason);
  for (const { formula, amount } of [saving, ...(saving.measured ? [saving.measured] : [])]) {
    // Half a cent, and what binary fractions add to it.
    expect(Math.abs(reckoned(formula) - amount), formula).to.be.at.most(0.005 + 1e-9 * Math.max(1, amount));
  }
}
