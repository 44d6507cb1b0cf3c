/**
 * A proxy in front of an emulator that makes AWS fail the way AWS fails: refused, throttled, slow, cut off in the
 * middle, or answering with something that is no answer. What goes wrong is set per API, and may begin with a later
 * call. It speaks HTTP only, as the emulators do.
 */
import { once } from 'node:events';
import { createServer, request as sendRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** Service and operation, as gaps name them: `ec2:DescribeInstances`. */
export type Api = string;

export type Fault =
  /** Access is denied, in the service's own words. */
  | { readonly kind: 'deny' }
  /** Too many calls, in the service's own words. */
  | { readonly kind: 'throttle' }
  /** An error of the service's, in its own shape: `ExpiredToken`, 403. */
  | { readonly kind: 'error'; readonly code: string; readonly status: number; readonly message: string }
  /** The emulator's answer, so many milliseconds late. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The emulator's answer, whose connection breaks halfway through the body. */
  | { readonly kind: 'cut' }
  /** 200, with a page of HTML, the first half of the emulator's answer as if it were all of it, or nothing. */
  | { readonly kind: 'garble'; readonly as: 'html' | 'truncated' | 'empty' }
  /**
   * An answer in place of the emulator's, which knows no such call: JSON. A function is given the body of the request, and leaves
   * to the emulator what it has no answer for.
   */
  | { readonly kind: 'answer'; readonly body: object | ((request: string) => object | undefined) }
  /** The emulator's answer, changed; and the request, where the emulator understands it otherwise than AWS. */
  | {
      readonly kind: 'rewrite';
      readonly body: (body: string) => string;
      readonly request?: (body: string) => string | Promise<string>;
    };

/** Where a call is: come, and not yet given to the emulator; or answered, and the answer not yet given back. */
export type Moment = 'before' | 'after';

/** Is told of each call twice; the call goes on once it settles. */
export type Watcher = (api: Api, moment: Moment) => Promise<void> | void;

export interface FaultProxy {
  readonly url: string;
  /**
   * From the `from`th call of this API on (the first is 1), it fails like this, so many `times` where that is given; what
   * was set last weighs most.
   */
  fail(api: Api, fault: Fault, options?: { readonly from?: number; readonly times?: number }): void;
  /** Calls that came, those that were failed among them. */
  calls(api: Api): number;
  /** The bodies of those calls, in order. */
  bodies(api: Api): readonly string[];
  /** Every API that was called, and how often. */
  counts(): ReadonlyMap<Api, number>;
  /** Tells this one of every call from now on, and no other: a test may end the caller at exactly that point. */
  watch(watcher: Watcher): void;
  /** Settles when the `nth` call of this API has come, before it is answered. */
  called(api: Api, nth?: number): Promise<void>;
  /** Forgets every fault, every count and who watches. */
  reset(): void;
  /** Breaks every connection and listens no more. May be called again. */
  stop(): Promise<void>;
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly api: Api;
  /** Settles when the answer, which is there, may be given back. */
  readonly answered: () => Promise<void>;
}

/** The emulator behind. */
interface Target {
  readonly address: string;
  readonly secure: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @param target the emulator's URL, without a path */
/** @param secure says to the emulator that the calls came over TLS: policies of ours refuse any others */
export async function startFaultProxy(target: string, secure = false): Promise<FaultProxy> {
  const faults: { readonly api: Api; readonly fault: Fault; readonly from: number; readonly to: number }[] = [];
  const counts = new Map<Api, number>();
  const bodies = new Map<Api, string[]>();
  let watcher: Watcher | undefined;
  const arrivals: { readonly api: Api; readonly nth: number; readonly arrived: () => void }[] = [];

  /** Counts the call, and tells which fault it meets, if any. */
  const arrive = (api: Api): Fault | undefined => {
    const nth = (counts.get(api) ?? 0) + 1;
    counts.set(api, nth);
    for (const waiting of arrivals) if (waiting.api === api && waiting.nth <= nth) waiting.arrived();
    return faults.findLast((set) => set.api === api && nth >= set.from && nth < set.to)?.fault;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const api = apiOf(request, body);
    bodies.set(api, [...(bodies.get(api) ?? []), body.toString()]);
    const fault = arrive(api);
    const watching = watcher;
    await watching?.(api, 'before');
    const answered = async () => watching?.(api, 'after');
    await answer({ request, response, body, api, answered }, { address: target, secure }, fault);
  };
  const server = createServer((request, response) => {
    // A client that has hung up, or an emulator that is gone, ends this connection and nothing else.
    handle(request, response).catch(() => request.socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (api, fault, { from = 1, times = Infinity } = {}) => {
      faults.push({ api, fault, from, to: from + times });
    },
    calls: (api) => counts.get(api) ?? 0,
    bodies: (api) => bodies.get(api) ?? [],
    counts: () => counts,
    watch: (next) => {
      watcher = next;
    },
    called: async (api, nth = 1) => {
      if ((counts.get(api) ?? 0) >= nth) return;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      arrivals.push({
        api,
        nth,
        arrived: () => {
          resolve(undefined);
        },
      });
      await promise;
    },
    reset: () => {
      faults.length = 0;
      counts.clear();
      bodies.clear();
      arrivals.length = 0;
      watcher = undefined;
    },
    stop: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(call: Call, target: Target, fault: Fault | undefined): Promise<void> {
  const { request, response } = call;
  if (fault?.kind === 'delay') await sleep(fault.milliseconds, undefined, { signal: hangUp(request) });
  const whole = await answerOf(call, target, fault);
  await call.answered();
  if (fault?.kind === 'cut') {
    response.writeHead(whole.status, { ...whole.headers, 'content-length': whole.body.length });
    response.write(firstHalf(whole.body), () => request.socket.destroy());
    return;
  }
  send(response, whole);
}

async function answerOf(call: Call, target: Target, fault: Fault | undefined): Promise<Answer> {
  switch (fault?.kind) {
    case undefined:
    case 'delay':
    case 'cut':
      return forward(call, target);
    case 'deny':
      return refusal(call, denialOf(call.api));
    case 'throttle':
      return refusal(call, throttlingOf(call.api));
    case 'error':
      return refusal(call, fault);
    case 'answer': {
      const body = typeof fault.body === 'function' ? fault.body(call.body.toString()) : fault.body;
      if (body === undefined) return forward(call, target);
      return textAnswer(200, 'application/x-amz-json-1.1', JSON.stringify(body));
    }
    case 'garble':
      return garbled(fault.as, await forward(call, target));
    case 'rewrite': {
      const asked = fault.request === undefined ? call.body : Buffer.from(await fault.request(call.body.toString()));
      const { status, headers, body } = await forward({ ...call, body: asked }, target);
      return { status, headers, body: Buffer.from(fault.body(body.toString())) };
    }
  }
}

async function forward({ request, body }: Call, { address, secure }: Target): Promise<Answer> {
  const { method, url } = request;
  const { 'content-length': length, ...rest } = request.headers;
  const headers = {
    ...rest,
    // A request without a body says nothing of its length, and one that was rewritten may be longer.
    ...(length !== undefined && { 'content-length': body.length }),
    ...(secure && { 'x-forwarded-proto': 'https' }),
  };
  const upstream = sendRequest(new URL(url ?? '/', address), { method, headers, agent: false });
  upstream.end(body);
  const [response] = (await once(upstream, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 502, headers: response.headers, body: await buffer(response) };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  // The body has been read whole: it goes out whole.
  const { 'transfer-encoding': _chunked, ...rest } = headers;
  response.writeHead(status, { ...rest, 'content-length': body.length }).end(body);
}

function garbled(as: 'html' | 'truncated' | 'empty', whole: Answer): Answer {
  switch (as) {
    case 'html':
      return textAnswer(200, 'text/html', '<!DOCTYPE html>\n<html><body><h1>Sign in to the Wi-Fi</h1></body></html>\n');
    case 'truncated':
      return { ...whole, status: 200, body: firstHalf(whole.body) };
    case 'empty':
      return { ...whole, status: 200, body: Buffer.alloc(0) };
  }
}

function firstHalf(body: Buffer): Buffer {
  return body.subarray(0, Math.floor(body.length / 2));
}

/** Ends the waiting for a client that has gone. */
function hangUp({ socket }: IncomingMessage): AbortSignal {
  const controller = new AbortController();
  socket.once('close', () => {
    controller.abort();
  });
  return controller.signal;
}

interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

function denialOf(api: Api): Refusal {
  switch (serviceOf(api)) {
    case 'ec2':
      return {
        code: 'UnauthorizedOperation',
        status: 403,
        message: `You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/tester is not authorized to perform: ${api} because no identity-based policy allows the ${api} action`,
      };
    case 's3':
      return { code: 'AccessDenied', status: 403, message: 'Access Denied' };
    case 'elasticache':
    case 'iam':
    case 'rds':
    case 'sts':
      return { code: 'AccessDenied', status: 403, message: notAuthorized(api) };
    default:
      return { code: 'AccessDeniedException', status: 400, message: notAuthorized(api) };
  }
}

const notAuthorized = (api: Api) =>
  `User: arn:aws:iam::123456789012:user/tester is not authorized to perform: ${api} because no identity-based policy allows the ${api} action`;

function throttlingOf(api: Api): Refusal {
  switch (serviceOf(api)) {
    case 'ec2':
      return { code: 'RequestLimitExceeded', status: 503, message: 'Request limit exceeded.' };
    case 's3':
      return { code: 'SlowDown', status: 503, message: 'Please reduce your request rate.' };
    case 'elasticache':
    case 'iam':
    case 'rds':
    case 'sts':
      return { code: 'Throttling', status: 400, message: 'Rate exceeded' };
    default:
      return { code: 'ThrottlingException', status: 400, message: 'Rate exceeded' };
  }
}

/** An error in the shape of the service that was asked: four protocols, four shapes. */
function refusal({ request, api }: Call, { code, status, message }: Refusal): Answer {
  if (request.headers['x-amz-target'] !== undefined) {
    return textAnswer(status, 'application/x-amz-json-1.1', JSON.stringify({ __type: code, message }));
  }
  const error = `<Code>${code}</Code><Message>${escapeXml(message)}</Message>`;
  const id = 'f4e3d2c1-0000-4000-8000-000000000000';
  switch (serviceOf(api)) {
    case 'ec2':
      return xmlAnswer(
        status,
        `<Response><Errors><Error>${error}</Error></Errors><RequestID>${id}</RequestID></Response>`,
      );
    case 's3':
      return xmlAnswer(status, `<Error>${error}<RequestId>${id}</RequestId></Error>`);
    default:
      return xmlAnswer(
        status,
        `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>${id}</RequestId></ErrorResponse>`,
      );
  }
}

function xmlAnswer(status: number, xml: string): Answer {
  return textAnswer(status, 'text/xml', `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
}

function textAnswer(status: number, type: string, text: string): Answer {
  return { status, headers: { 'content-type': type }, body: Buffer.from(text) };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/**
 * The API that a request is for. JSON protocols name the operation in a header, query protocols in the body; S3's is in
 * its method, path and query.
 */
function apiOf(request: IncomingMessage, body: Buffer): Api {
  const service = signedService(request);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return `${service}:${target.split('.').at(-1)}`;
  if (service === 's3') return `s3:${s3Operation(request)}`;
  return `${service}:${new URLSearchParams(body.toString()).get('Action') ?? request.url}`;
}

/** The service in the scope of the signature: `Credential=KEY/20261103/eu-west-1/ec2/aws4_request`. */
function signedService({ headers }: IncomingMessage): string {
  return /Credential=[^,]*\/([^/,]+)\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? 'unsigned';
}

/** What the query of a bucket's GET asks for; a new one is one line here. */
const S3_BUCKET_READS: Readonly<Record<string, string>> = {
  acl: 'GetBucketAcl',
  encryption: 'GetBucketEncryption',
  location: 'GetBucketLocation',
  logging: 'GetBucketLogging',
  policy: 'GetBucketPolicy',
  policyStatus: 'GetBucketPolicyStatus',
  publicAccessBlock: 'GetPublicAccessBlock',
  tagging: 'GetBucketTagging',
  versioning: 'GetBucketVersioning',
  'list-type': 'ListObjectsV2',
};

const S3_OBJECT_CALLS: Readonly<Record<string, string>> = {
  DELETE: 'DeleteObject',
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
};

/** Buckets are addressed by path. What has no name here is called by its method: `PATCH /reports`. */
function s3Operation({ method = '', url = '/' }: IncomingMessage): string {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, bucket = '', ...key] = pathname.split('/');
  if (bucket === '') return 'ListBuckets';
  const unnamed = `${method} ${pathname}`;
  if (key.join('/') !== '') return S3_OBJECT_CALLS[method] ?? unnamed;
  if (method === 'HEAD') return 'HeadBucket';
  if (method !== 'GET') return unnamed;
  const read = [...searchParams.keys()].find((name) => Object.hasOwn(S3_BUCKET_READS, name));
  return read === undefined ? 'ListObjects' : (S3_BUCKET_READS[read] ?? unnamed);
}

function serviceOf(api: Api): string {
  return api.split(':')[0] ?? '';
}
