/** What the savings of all kinds are made of: the moves of a row, why something is not known, and how numbers are written. */
import type { Unread } from '../../engine/model.ts';
import type { UnitPrice } from '../../prices/price.ts';
import type { PlanRow } from '../plan.ts';
import type { Saving } from '../saving.ts';
import type { StepId } from '../step.ts';

export type Unknown = Extract<Saving, { known: false }>;

export const LIST_PRICE = 'Prices are on-demand list prices, without taxes, credits, discounts and the free tier.';

export interface Move {
  readonly from: number;
  readonly to: number;
}

/** The numbers that a step lowers, by name. */
export function movesOf({ steps }: PlanRow, id: StepId): Map<string, Move> {
  const moves = steps
    .filter((step) => step.id === id)
    .flatMap(({ from, to }) =>
      Object.entries(from).map(([name, before]) => [name, { from: before, to: to[name] ?? before }] as const),
    );
  return new Map(moves.filter(([, move]) => move.to < move.from));
}

export function unknown(reason: string): Unknown {
  return { known: false, reason };
}

export function unread(what: string, fact: Unread): Unknown {
  const reason = `${what} is not known: ${whyUnread(fact)}.`;
  return fact.permission === undefined
    ? { known: false, reason }
    : { known: false, reason, permission: fact.permission };
}

export function whyUnread({ reason, permission }: Unread): string {
  if (reason === 'denied') return permission === undefined ? 'access was denied' : `access to ${permission} was denied`;
  return WHY_UNREAD[reason];
}

const WHY_UNREAD: Readonly<Record<Exclude<Unread['reason'], 'denied'>, string>> = {
  throttled: 'AWS turned the call away',
  unreachable: 'AWS could not be reached',
  deadline: 'the time was up',
  interrupted: 'the run was interrupted',
  error: 'the call failed',
  'not-collected': 'it was not asked for',
};

export function count(number: number, thing: string): string {
  return `${plain(number)} ${thing}${number === 1 ? '' : 's'}`;
}

export function dollars({ amount }: UnitPrice): string {
  return `$${plain(amount)}`;
}

/** Every digit, and no exponent: `0.000000125`. */
export function plain(number: number): string {
  return number.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 });
}

/** Rounded to cents as a reader would round it, whom binary fractions do not trouble: 1.005 is 1.01. */
export function cents(amount: number): number {
  return Math.round(Number((amount * 100).toPrecision(12))) / 100;
}
