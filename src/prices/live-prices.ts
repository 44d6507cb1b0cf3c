/** Prices as AWS's Price List has them this moment. */
import type { Filter } from '@aws-sdk/client-pricing';

import type { Call } from '../aws/call.ts';
import type { Clients } from '../aws/clients.ts';
import { failureOf, MalformedAnswerError, present } from '../aws/errors.ts';
import { describeQuestion, parseProduct, priceAmong, queryFor } from './price-list.ts';
import type { ListedProduct, PriceListFilter, PriceListQuery } from './price-list.ts';
import type { PriceAnswer, PriceQuestion } from './price.ts';

/** The one call that is made. AWS supports no resource for it. */
export const GET_PRODUCTS: Call = { operation: 'GetProducts', action: 'pricing:GetProducts', resource: null };

export const PRICE_LIST = 'AWS Price List';

export interface LiveSettings {
  readonly clients: Clients;
  readonly signal: AbortSignal;
  readonly now: Date;
  /** How long a question may take. */
  readonly seconds: number;
}

/** An answer, and whether asking on is of any use. */
export type LiveAnswer = PriceAnswer & { readonly reached: boolean };

/** Asks AWS. What goes wrong is an answer, too. */
export async function askPriceList(question: PriceQuestion, settings: LiveSettings): Promise<LiveAnswer> {
  try {
    const products = await listInTime(queryFor(question), settings);
    return { ...judge(products, question, settings.now), reached: true };
  } catch (error) {
    if (error instanceof SlowAnswerError) {
      return unreached(`AWS's Price List gave no answer within ${settings.seconds} seconds.`);
    }
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    if (failure.reason === 'denied') {
      const reason = `AWS's Price List could not be asked: access to ${GET_PRODUCTS.action} was denied.`;
      return { ...unreached(reason), permission: GET_PRODUCTS.action };
    }
    if (failure.reason === 'interrupted') return unreached("AWS's Price List could not be asked: it was interrupted.");
    return unreached(`AWS's Price List could not be asked: ${failure.detail}.`);
  }
}

function judge(products: readonly ListedProduct[], question: PriceQuestion, now: Date): PriceAnswer {
  const answer = priceAmong(products, question);
  if (answer.price !== null) {
    const date = now.toISOString().slice(0, 10);
    return {
      known: true,
      price: { ...answer.price, region: question.region, source: 'live', origin: PRICE_LIST, date },
    };
  }
  const what = describeQuestion(question);
  const reason =
    answer.count === 0
      ? `AWS's Price List has no price of ${what}.`
      : `AWS's Price List has ${answer.count} prices of ${what}, and nothing tells which of them is billed.`;
  return { known: false, reason };
}

function unreached(reason: string) {
  return { known: false, reason, reached: false } as const;
}

class SlowAnswerError extends Error {
  override readonly name = 'SlowAnswerError';
}

/**
 * The call is ended when its time is up, and not waited for: what the SDK does between two attempts may take longer.
 *
 * @throws SlowAnswerError
 */
async function listInTime(query: PriceListQuery, { clients, signal, seconds }: LiveSettings): Promise<ListedProduct[]> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const slow = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SlowAnswerError()), seconds * 1000);
  });
  try {
    return await Promise.race([list(query, clients, AbortSignal.any([signal, ending.signal])), slow]);
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

async function list(query: PriceListQuery, clients: Clients, abortSignal: AbortSignal): Promise<ListedProduct[]> {
  const { GetProductsCommand } = await import('@aws-sdk/client-pricing');
  const client = await clients.pricing();
  const products: ListedProduct[] = [];
  let next: string | undefined;
  do {
    const page = await client.send(
      new GetProductsCommand({
        ServiceCode: query.serviceCode,
        Filters: query.filters.map(filterOf),
        FormatVersion: 'aws_v1',
        ...(next === undefined ? {} : { NextToken: next }),
      }),
      { abortSignal },
    );
    for (const text of present(page.PriceList, 'PriceList')) products.push(readProduct(text.toString()));
    // An empty token ends the list as a missing one does.
    next = page.NextToken || undefined;
  } while (next !== undefined);
  return products;
}

function filterOf({ field, value, match }: PriceListFilter): Filter {
  return { Type: match === 'equal' ? 'TERM_MATCH' : 'CONTAINS', Field: field, Value: value };
}

/** Every product is a text of its own. */
function readProduct(text: string): ListedProduct {
  const read = parseProduct(jsonOf(text));
  if (read === undefined)
    throw new MalformedAnswerError('The answer has something in its PriceList that is no product');
  return read;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
