/** What instances cost that are billed by the hour, whatever runs on them: a month of all their hours. */
import type { PriceQuestion, Prices, UnitPrice } from '../../prices/price.ts';
import { HOURS_PER_MONTH } from '../saving.ts';
import type { Saving } from '../saving.ts';
import { cents, count, dollars, plain } from './saving-parts.ts';

/** So many instances at one price. */
interface Alike {
  readonly number: number;
  readonly price: UnitPrice;
}

/**
 * The saving of instances that all stop.
 *
 * @param instances each with what its hour is asked for by; at least one
 * @returns unknown where one of them has no price: part of a sum is none
 */
export async function savingOfHours(
  instances: readonly PriceQuestion[],
  prices: Prices,
  assumptions: readonly string[],
): Promise<Saving> {
  const alike: Alike[] = [];
  // All of them were made in one place, with their parts in one order.
  const different = new Map(instances.map((question) => [JSON.stringify(question), question]));
  for (const [text, question] of different) {
    const answer = await prices.find(question);
    if (!answer.known) return answer;
    alike.push({ number: instances.filter((other) => JSON.stringify(other) === text).length, price: answer.price });
  }
  const anHour = alike.reduce((sum, { number, price }) => sum + number * price.amount, 0);
  return {
    known: true,
    amount: cents(anHour * HOURS_PER_MONTH),
    formula: `${hourSaid(alike)} x ${HOURS_PER_MONTH} h`,
    prices: alike.map(({ price }) => price),
    assumptions,
  };
}

/** `2 instances x $0.29`, `(2 x $0.29 + 1 x $0.164)`: the prices, in that order, tell what they are of. */
function hourSaid(alike: readonly Alike[]): string {
  const several = alike.length > 1;
  const parts = alike.map(
    ({ number, price }) => `${several ? plain(number) : count(number, 'instance')} x ${dollars(price)}`,
  );
  return several ? `(${parts.join(' + ')})` : parts.join('');
}
