/** The HTTP side: which call a request is, when it is answered, and how often each was made. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import { ACCOUNT } from '../support/estate.ts';
import type { Place } from '../support/estate.ts';
import { element, failed, queryAnswer, throttled } from './answer.ts';
import type { Answer, Request, Service } from './answer.ts';
import { createEc2 } from './ec2.ts';
import { createRds } from './rds.ts';
import { createS3 } from './s3.ts';

/** Where the counts of calls are read: no bucket may be called that. */
export const COUNTS_PATH = '/_calls';

export interface CallCounts {
  readonly [api: string]: { readonly answered: number; readonly throttled: number };
}

export interface AwsSettings {
  readonly places: readonly Place[];
  /** Milliseconds before an answer begins. */
  readonly latency: number;
  readonly throttle: (region: string, api: string) => boolean;
}

/** AWS, as far as a scan asks it; not listening yet. */
export function createAws({ places, latency, throttle }: AwsSettings): Server {
  const services: Record<Service, (request: Request) => Answer> = {
    ec2: createEc2(places),
    rds: createRds(places),
    s3: createS3(places),
    sts: whoAmI,
  };
  const counts = new Map<string, { answered: number; throttled: number }>();

  const answer = (request: Request): Answer => {
    const api = `${request.service}:${request.operation}`;
    const count = counts.get(api) ?? { answered: 0, throttled: 0 };
    counts.set(api, count);
    if (throttle(request.region, api)) {
      count.throttled += 1;
      return throttled(request.service);
    }
    count.answered += 1;
    return services[request.service](request);
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    if (incoming.url === COUNTS_PATH) {
      const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
      response.end(JSON.stringify(Object.fromEntries(sorted)));
      return;
    }
    const body = await text(incoming);
    if (latency > 0) await sleep(latency);
    send(response, answer(requestOf(incoming, body)));
  };
  return createServer((incoming, response) => {
    // A client that hangs up half-way is its own affair.
    serve(incoming, response).catch(() => response.destroy());
  });
}

function send(response: ServerResponse, { status, parts }: Answer): void {
  const length = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  response.writeHead(status, { 'content-type': 'text/xml;charset=UTF-8', 'content-length': length });
  for (const part of parts) response.write(part);
  response.end();
}

/** Service and region are in the signature's scope, whatever the endpoint is called. */
function requestOf({ method = 'GET', url = '/', headers }: IncomingMessage, body: string): Request {
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  if (service === 's3') return s3Request(method, url, region);
  const parameters = new URLSearchParams(body);
  const operation = parameters.get('Action') ?? '';
  return { service: isQueryService(service) ? service : 'sts', region, operation, parameters };
}

function isQueryService(service: string): service is 'ec2' | 'rds' | 'sts' {
  return ['ec2', 'rds', 'sts'].includes(service);
}

/** S3 says what is asked by path and query: `/name?encryption`. */
function s3Request(method: string, url: string, region: string): Request {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const bucket = decodeURIComponent(pathname.split('/')[1] ?? '');
  const request = { service: 's3', region, parameters: searchParams } as const;
  if (bucket === '') return { ...request, operation: 'ListBuckets' };
  if (method === 'GET' && searchParams.has('encryption'))
    return { ...request, bucket, operation: 'GetBucketEncryption' };
  if (method === 'GET' && searchParams.has('tagging')) return { ...request, bucket, operation: 'GetBucketTagging' };
  return { ...request, bucket, operation: `${method} ${searchParams.toString()}` };
}

function whoAmI({ operation }: Request): Answer {
  if (operation !== 'GetCallerIdentity') {
    return failed('sts', 400, 'InvalidAction', `Could not find operation ${operation}.`);
  }
  const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/bench/bench`;
  return queryAnswer(
    'sts',
    operation,
    element('Arn', arn),
    element('UserId', 'AROAEXAMPLE:bench'),
    element('Account', ACCOUNT),
  );
}
