/** What a stack will cost a month, computed from what it is, before anything of it is there. Pure: prices and assumptions are handed in. */
import { judgedTypes } from '../engine/rule.ts';
import { amountOf, quotesFor } from '../prices/quote.ts';
import type { PriceList } from '../prices/quote.ts';
import type { ConfigAlternative, CostItem, StackCost } from '../report/stack-cost.ts';
import { assumptionsFor } from './cost-assumptions.ts';
import type { AssumedValues, Assumptions } from './cost-assumptions.ts';
import { figure, firstConfigUsage, usageOf } from './cost-usage.ts';
import type { Usage } from './cost-usage.ts';
import { changesOf, resourcesOf, sum, workloadOf } from './cost-workload.ts';
import type { Workload } from './cost-workload.ts';
import type { Place, StackSpec } from './spec.ts';

/** What tag events are to stay under, in dollars a month (S3-9). */
const TARGET = 2;

/** @param assumed in place of the defaults */
export function estimateCost(spec: StackSpec, prices: PriceList, assumed: AssumedValues = {}): StackCost {
  const assumptions = assumptionsFor(spec.preset, assumed);
  const load = workloadOf(spec, assumptions);
  const price = pricing(prices, spec.place);
  const items = price(usageOf(spec, load, assumptions)).toSorted(dearestFirst);
  const alternative = spec.config === undefined ? configAlternative(spec, load, { assumptions, prices }) : undefined;
  return {
    environment: spec.environment,
    preset: spec.preset,
    region: spec.place.region,
    items,
    total: { listPrice: totalOf(items, 'listPrice'), withAllowances: totalOf(items, 'withAllowances') },
    hasAllowances: hasAllowances(spec.place),
    once: price(firstConfigUsage(spec, assumptions)),
    ...(alternative !== undefined && { configAlternative: alternative }),
    ...(spec.preset === 'tag-events' && {
      target: {
        amount: TARGET,
        overAtListPrice: overTarget(items, 'listPrice'),
        overWithAllowances: overTarget(items, 'withAllowances'),
      },
    }),
    assumptions: assumptions.made(),
  };
}

type Amount = 'listPrice' | 'withAllowances';

/** AWS's free allowances are for its commercial regions alone. */
function hasAllowances({ partition }: Place): boolean {
  return partition === 'aws';
}

/** Prices usages. What is free is taken off in their order, and is gone for those that are priced later. */
function pricing({ quotes, allowances }: PriceList, place: Place): (usages: readonly Usage[]) => CostItem[] {
  const pools = hasAllowances(place) ? allowances.map(({ items, quantity }) => ({ items, left: quantity })) : [];
  return (usages) =>
    usages.map((usage) => {
      const { id, item, description, quantity, unit, formula, allowed = true } = usage;
      const pool = allowed ? pools.find(({ items }) => items.includes(item)) : undefined;
      const free = Math.min(quantity, pool?.left ?? 0);
      if (pool !== undefined) pool.left -= free;
      const tiers = quotesFor(item, place, { quotes });
      const costOf = (units: number) => (tiers.length === 0 ? null : rounded(amountOf(units, tiers)));
      return {
        id,
        description,
        quantity,
        unit,
        formula,
        listPrice: costOf(quantity),
        withAllowances: costOf(quantity - free),
        quotes: tiers,
      };
    });
}

/** To a billionth of a dollar: less than one request of anything costs, and more than the rest that arithmetic leaves. */
function rounded(amount: number): number {
  return Math.round(amount * 1e9) / 1e9;
}

function totalOf(items: readonly CostItem[], of: Amount): number {
  return rounded(sum(items, (item) => item[of] ?? 0));
}

/** What is not known first: it may be the dearest. */
function dearestFirst(one: CostItem, other: CostItem): number {
  return (other.listPrice ?? Infinity) - (one.listPrice ?? Infinity) || 0;
}

/** The dearest items without which the total would be under the target; none where it is. */
function overTarget(items: readonly CostItem[], of: Amount): string[] {
  const known = items.map((item) => ({ id: item.id, amount: item[of] ?? 0 }));
  const over: string[] = [];
  let left = totalOf(items, of);
  for (const { id, amount } of known.toSorted((one, other) => other.amount - one.amount)) {
    if (left < TARGET) break;
    over.push(id);
    left -= amount;
  }
  return over;
}

interface Basis {
  readonly assumptions: Assumptions;
  readonly prices: PriceList;
}

function configAlternative(spec: StackSpec, { rules, work }: Workload, { assumptions, prices }: Basis) {
  const judging = rules.map(({ rule }) => ({ id: rule.id, types: judgedTypes(rule) }));
  const recorded = [...new Set(judging.flatMap(({ types }) => types))];
  const items = (id: string, quantity: number, formula: string): Usage => ({
    id,
    item: 'config/items',
    description: 'AWS Config items',
    quantity,
    unit: 'items',
    formula,
  });
  const evaluations = (id: string, quantity: number, formula: string): Usage => ({
    id,
    item: 'config/evaluations',
    description: 'AWS Config rule evaluations',
    quantity,
    unit: 'evaluations',
    formula,
  });
  const price = pricing(prices, spec.place);
  const priced = price([
    items('config-items', changesOf(recorded, assumptions), `changes of ${recorded.join(', ')}`),
    evaluations(
      'config-evaluations',
      sum(judging, ({ types }) => changesOf(types, assumptions)),
      judging.map(({ id, types }) => `${id} ${figure(changesOf(types, assumptions))}`).join(' + '),
    ),
  ]);
  const first = price([
    items('config-first-items', resourcesOf(recorded, assumptions), 'every resource once'),
    evaluations(
      'config-first-evaluations',
      sum(judging, ({ types }) => resourcesOf(types, assumptions)),
      'every resource once a rule',
    ),
  ]);
  if ([...priced, ...first].some(({ listPrice }) => listPrice === null)) return undefined;
  const runs = sum(
    work.filter(({ spec: { id } }) => id === 'scanner'),
    (one) => one.runs,
  );
  const alternative: ConfigAlternative = {
    rules: rules.length,
    items: priced,
    listPrice: totalOf(priced, 'listPrice'),
    once: totalOf(first, 'listPrice'),
  };
  if (runs === 0) return alternative;
  const instances = assumptions.of('instances');
  const periodic = price([evaluations('config-periodic-evaluations', runs * instances, 'every instance each time')]);
  return { ...alternative, periodic: { runs, instances, listPrice: totalOf(periodic, 'listPrice') } };
}
