/** Page sizes and tokens: the limits are AWS's own, so that a collector which oversteps them hears of it. */
import { failed } from './answer.ts';
import type { Answer, Request } from './answer.ts';
import type { Page, Shelf } from './shelf.ts';

export interface Paging {
  /** Names of the two parameters. */
  readonly size: string;
  readonly token: string;
  readonly min: number;
  readonly max: number;
  /** Items that come where no size was asked for. */
  readonly unasked: number;
  /** What AWS calls a token that is not one of its own. */
  readonly badToken: string;
}

/** EC2 gives everything at once where no size is asked for. */
export const EC2_PAGING: Paging = {
  size: 'MaxResults',
  token: 'NextToken',
  min: 5,
  max: 1000,
  unasked: Infinity,
  badToken: 'InvalidNextToken',
};

export const ENTRY_PAGING: Paging = { ...EC2_PAGING, min: 1, max: 100, unasked: 100 };

export const RDS_PAGING: Paging = {
  size: 'MaxRecords',
  token: 'Marker',
  min: 20,
  max: 100,
  unasked: 100,
  badToken: 'InvalidParameterValue',
};

export const S3_PAGING: Paging = {
  size: 'max-buckets',
  token: 'continuation-token',
  min: 1,
  max: 10_000,
  unasked: 10_000,
  badToken: 'InvalidArgument',
};

/** The page a request asks for, with the token of the one after it, or AWS's refusal. */
export function pageFor(
  request: Request,
  shelf: Shelf,
  paging: Paging,
): { readonly body: Page['body']; readonly token: string | undefined } | Answer {
  const { service, operation, region, parameters } = request;
  const asked = parameters.get(paging.size);
  const size = asked === null ? paging.unasked : Number(asked);
  if (asked !== null && !(size >= paging.min && size <= paging.max)) {
    const message = `Value ( ${asked} ) for parameter ${paging.size} is invalid. Expecting ${paging.min} to ${paging.max}.`;
    return failed(service, 400, service === 's3' ? 'InvalidArgument' : 'InvalidParameterValue', message);
  }
  // A token is good for the list it came from, and for no other.
  const origin = `${operation}/${region}/`;
  const token = parameters.get(paging.token);
  const start = token === null ? 0 : startOf(token, origin);
  if (start === undefined || start >= Math.max(shelf.length, 1)) {
    return failed(service, 400, paging.badToken, 'The token is not one that this list gave.');
  }
  const { body, next } = shelf.page(start, size);
  return { body, token: next === undefined ? undefined : Buffer.from(`${origin}${next}`).toString('base64') };
}

function startOf(token: string, origin: string): number | undefined {
  const text = Buffer.from(token, 'base64').toString();
  const start = Number(text.slice(origin.length));
  return text.startsWith(origin) && Number.isInteger(start) && start > 0 ? start : undefined;
}
