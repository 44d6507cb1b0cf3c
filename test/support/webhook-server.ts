/** A server on loopback that webhooks are sent to: it remembers what came, and answers as a test tells it to. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedPost {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (response: ServerResponse, received: ReceivedPost) => void;

export interface WebhookServer {
  /** Without a path. */
  readonly url: string;
  readonly received: readonly ReceivedPost[];
  /** What the next requests are answered with, in turn; the last of them again and again. */
  answer(...answers: Answer[]): void;
}

export function status(code: number, body = '', headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(code, headers).end(body);
  };
}

/** Breaks the connection before there is an answer. */
export const reset: Answer = (response) => {
  response.socket?.resetAndDestroy();
};

/** Never answers. */
export const hang: Answer = () => {};

/** Answers with a status and the beginning of a body, and never ends it. */
export function hangAfter(code: number, start: string): Answer {
  return (response) => {
    response.writeHead(code).write(start);
  };
}

/** A fresh server for each test of the `describe` it is called in: ask for it when the test runs. */
export function webhookServer(): () => WebhookServer {
  let current: WebhookServer;
  let stop: () => Promise<void>;
  beforeEach(async () => {
    const received: ReceivedPost[] = [];
    let answers: readonly Answer[] = [status(200, 'ok')];
    const handle = ({ method, url, headers }: IncomingMessage, body: string, response: ServerResponse) => {
      const answer = answers[0];
      if (answers.length > 1) answers = answers.slice(1);
      const post = { method, path: url, headers, body };
      received.push(post);
      answer?.(response, post);
    };
    const server = createServer((request, response) => {
      text(request)
        .then((body) => handle(request, body, response))
        // A client that hangs up in the middle of its request.
        .catch(() => request.socket.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    current = {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      received,
      answer: (...next) => {
        answers = next;
      },
    };
    stop = async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    };
  });
  afterEach(() => stop());
  return () => current;
}
