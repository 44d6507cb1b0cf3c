/** One message sent to one address, patiently, without a secret in what is said about it. */
import { setTimeout as sleep } from 'node:timers/promises';

import { plainLine } from '../../report/plain-text.ts';

export interface PostRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** True where only 201 is success. */
  readonly creates: boolean;
  /** What is shown of no answer, should one repeat it. */
  readonly secrets: readonly string[];
}

export interface PostOptions {
  /** For one attempt, its answer read. */
  readonly timeoutSeconds: number;
  /** Ends attempts, and the waiting between them. */
  readonly signal: AbortSignal;
  /** Milliseconds; settles early when the signal ends, and never rejects. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** At least 0, below 1. */
  readonly random?: () => number;
}

export type PostOutcome =
  | { readonly outcome: 'delivered'; readonly attempts: number }
  | {
      readonly outcome: 'failed';
      readonly attempts: number;
      /** The end of a sentence, without its full stop: `answered 404: no_service`. */
      readonly reason: string;
    };

const MAX_ATTEMPTS = 4;

/** Milliseconds: full jitter over a doubling delay; a `Retry-After` is honoured up to its own limit. */
const BASE_DELAY = 1000;
const MAX_RETRY_AFTER = 30_000;

/** Characters of an answer that are shown, and that are read. */
const SHOWN_ANSWER = 200;
const READ_ANSWER = 4096;

type Attempt =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfter?: number };

/** Posts until it is delivered, refused for good, tried four times, or ended. What fails is a value, never thrown. */
export async function post(request: PostRequest, options: PostOptions): Promise<PostOutcome> {
  const { signal, pause = pauseFor, random = Math.random } = options;
  let reason = 'was not sent';
  let attempts = 0;
  while (!signal.aborted) {
    const attempt = await attemptOnce(request, options);
    attempts += 1;
    if (attempt.kind === 'delivered') return { outcome: 'delivered', attempts };
    ({ reason } = attempt);
    if (attempt.kind === 'refused' || attempts === MAX_ATTEMPTS) return { outcome: 'failed', attempts, reason };
    await pause(attempt.retryAfter ?? random() * BASE_DELAY * 2 ** attempts, signal);
  }
  return { outcome: 'failed', attempts, reason: `${reason}, and the time ran out` };
}

async function attemptOnce(request: PostRequest, { timeoutSeconds, signal }: PostOptions): Promise<Attempt> {
  // AbortSignal.any would do, but Node 18 has none.
  const ending = new AbortController();
  const end = () => {
    ending.abort();
  };
  const timer = setTimeout(end, timeoutSeconds * 1000);
  signal.addEventListener('abort', end, { once: true });
  try {
    const { url, headers, body } = request;
    // Redirects are not followed: what is sent is meant for this address alone.
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: ending.signal });
    return await judge(response, request);
  } catch (error) {
    if (!ending.signal.aborted) return { kind: 'failed', reason: `could not be reached: ${networkReason(error)}` };
    return { kind: 'failed', reason: signal.aborted ? 'gave no answer' : `gave no answer within ${timeoutSeconds} s` };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

async function judge(response: Response, { creates, secrets }: PostRequest): Promise<Attempt> {
  const { status } = response;
  const text = shownOf(await startOf(response), secrets);
  const answered = text === '' ? `answered ${status}` : `answered ${status}: ${text}`;
  if (creates ? status === 201 : response.ok) return { kind: 'delivered' };
  if (response.ok) return { kind: 'refused', reason: `created nothing, and ${answered}` };
  if (status >= 300 && status < 400) {
    return { kind: 'refused', reason: `answered ${status}, and redirects are not followed` };
  }
  if (status !== 408 && status !== 429 && status < 500) return { kind: 'refused', reason: answered };
  const retryAfter = retryAfterOf(response.headers);
  return { kind: 'failed', reason: answered, ...(retryAfter !== undefined && { retryAfter }) };
}

/** Milliseconds: `Retry-After` is seconds, or a date (RFC 9110, 10.2.3), which the answer's own date makes a time span. */
function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after') ?? '';
  const asked = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(asked) ? undefined : Math.min(Math.max(asked, 0), MAX_RETRY_AFTER);
}

/** What came of the beginning of the answer; no more of it is waited for. */
async function startOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length >= READ_ANSWER) break;
    }
  } catch {
    // The status has come: the answer is what it is, and this is what there is of its text.
  }
  return text;
}

/** The answer's first characters, on one line: a page of "not found" likes to repeat the address. */
function shownOf(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets.toSorted((a, b) => b.length - a.length);
  const safe = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '…'), text);
  return plainLine(safe).trim().slice(0, SHOWN_ANSWER);
}

/** `fetch` says no more than that it failed; its cause says why. Neither's message is shown, for it may hold the address. */
function networkReason(error: unknown): string {
  const { cause } = error as Error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'the connection failed';
}

async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    // Ended: whoever waits looks at the signal.
  }
}
