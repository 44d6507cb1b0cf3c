import { expect } from 'chai';

import { post } from '../../../src/publish/webhooks/post.ts';
import type { PostOptions, PostOutcome, PostRequest } from '../../../src/publish/webhooks/post.ts';
import { hang, hangAfter, reset, status, webhookServer } from '../../support/webhook-server.ts';
import type { Answer } from '../../support/webhook-server.ts';

describe('post', () => {
  const server = webhookServer();
  let pauses: number[];
  beforeEach(() => {
    pauses = [];
  });

  const send = (changes: Partial<PostRequest> = {}, options: Partial<PostOptions> = {}): Promise<PostOutcome> =>
    post(
      {
        url: new URL('/hook', server().url),
        headers: { 'Content-Type': 'application/json' },
        body: '{}',
        creates: false,
        secrets: [],
        ...changes,
      },
      {
        timeoutSeconds: 5,
        signal: new AbortController().signal,
        pause: async (milliseconds) => {
          pauses.push(milliseconds);
        },
        random: () => 0.5,
        ...options,
      },
    );

  it('posts what it is given', async () => {
    expect(await send()).to.deep.equal({ outcome: 'delivered', attempts: 1 });
    const [only, ...others] = server().received;
    expect(others).to.deep.equal([]);
    expect(only).to.include({ method: 'POST', path: '/hook', body: '{}' });
    expect(only?.headers).to.include({ 'content-type': 'application/json' });
  });

  const refused: [what: string, answer: Answer, creates: boolean, reason: string][] = [
    ['400', status(400, 'invalid_payload'), false, 'answered 400: invalid_payload'],
    ['404 without a word', status(404), false, 'answered 404'],
    ['a long page', status(403, 'x'.repeat(10_000)), false, `answered 403: ${'x'.repeat(200)}`],
    ['colours and lines', status(401, '\u001B[31mno\u202E\r\n  way\u0007 '), false, 'answered 401: [31mno way'],
    [
      'a redirect',
      status(302, 'moved', { Location: '/elsewhere' }),
      false,
      'answered 302, and redirects are not followed',
    ],
    ['a login page', status(200, '<html>'), true, 'created nothing, and answered 200: <html>'],
  ];
  for (const [what, answer, creates, reason] of refused) {
    it(`takes ${what} for the last word`, async () => {
      server().answer(answer);
      expect(await send({ creates })).to.deep.equal({ outcome: 'failed', attempts: 1, reason });
      expect(server().received).to.have.length(1);
      expect(pauses).to.deep.equal([]);
    });
  }

  it('takes 201 where something is to be created', async () => {
    server().answer(status(201, '{"id":"10000"}'));
    expect(await send({ creates: true })).to.deep.equal({ outcome: 'delivered', attempts: 1 });
  });

  it('takes an answer without a body', async () => {
    server().answer(status(204));
    expect(await send()).to.deep.equal({ outcome: 'delivered', attempts: 1 });
  });

  it('tries again after 500, a broken connection and 408, and waits longer each time', async () => {
    server().answer(status(500), reset, status(408), status(200));
    expect(await send()).to.deep.equal({ outcome: 'delivered', attempts: 4 });
    expect(server().received.map(({ body }) => body)).to.deep.equal(['{}', '{}', '{}', '{}']);
    expect(pauses).to.deep.equal([1000, 2000, 4000]);
  });

  it('gives up after four attempts', async () => {
    server().answer(status(503, 'Service Unavailable'));
    const reason = 'answered 503: Service Unavailable';
    expect(await send()).to.deep.equal({ outcome: 'failed', attempts: 4, reason });
    expect(server().received).to.have.length(4);
    expect(pauses).to.have.length(3);
  });

  it('waits a part of the delay that chance decides', async () => {
    server().answer(status(500), status(200));
    await send({}, { random: () => 0 });
    server().answer(status(500), status(200));
    await send({}, { random: () => 0.999 });
    expect(pauses).to.deep.equal([0, 1998]);
  });

  const date = 'Tue, 03 Nov 2026 04:05:06 GMT';
  const hints: [headers: Record<string, string>, milliseconds: number][] = [
    [{ 'Retry-After': '7' }, 7000],
    [{ 'Retry-After': '0' }, 0],
    [{ 'Retry-After': '31' }, 30_000],
    [{ 'Retry-After': '99999999999999999999' }, 30_000],
    [{ 'Retry-After': 'Tue, 03 Nov 2026 04:05:26 GMT', Date: date }, 20_000],
    [{ 'Retry-After': 'Tue, 03 Nov 2026 05:05:06 GMT', Date: date }, 30_000],
    [{ 'Retry-After': 'Tue, 03 Nov 2026 04:05:00 GMT', Date: date }, 0],
    [{ 'Retry-After': 'soon' }, 1000],
    [{}, 1000],
  ];
  for (const [headers, milliseconds] of hints) {
    it(`waits ${milliseconds} ms where a 429 comes with ${JSON.stringify(headers)}`, async () => {
      server().answer(status(429, 'slow down', headers), status(200));
      expect(await send()).to.deep.equal({ outcome: 'delivered', attempts: 2 });
      expect(pauses).to.deep.equal([milliseconds]);
    });
  }

  it('judges a 429 whose answer has no date by its own delay', async () => {
    server().answer((response) => {
      response.sendDate = false;
      response.writeHead(429, { 'Retry-After': date }).end();
    }, status(200));
    await send();
    expect(pauses).to.deep.equal([1000]);
  });

  it('waits for no answer longer than it may', async () => {
    server().answer(hang);
    const reason = 'gave no answer within 0.05 s';
    expect(await send({}, { timeoutSeconds: 0.05 })).to.deep.equal({ outcome: 'failed', attempts: 4, reason });
    expect(server().received).to.have.length(4);
  });

  it('goes by the status where the body never ends', async () => {
    server().answer(hangAfter(400, 'because'));
    const reason = 'answered 400: because';
    expect(await send({}, { timeoutSeconds: 0.05 })).to.deep.equal({ outcome: 'failed', attempts: 1, reason });
  });

  it('says what the network says', async () => {
    server().answer(reset);
    const reason = 'could not be reached: ECONNRESET';
    expect(await send()).to.deep.equal({ outcome: 'failed', attempts: 4, reason });
    // A port that the Fetch standard blocks: there is no code for that.
    const blocked = await send({ url: new URL('http://127.0.0.1:6000/hook') });
    expect(blocked).to.deep.equal({
      outcome: 'failed',
      attempts: 4,
      reason: 'could not be reached: the connection failed',
    });
  });

  it('ends with the signal: before the first attempt, in the middle of one, between two', async () => {
    const before = await send({}, { signal: AbortSignal.abort() });
    expect(before).to.deep.equal({ outcome: 'failed', attempts: 0, reason: 'was not sent, and the time ran out' });
    expect(server().received).to.deep.equal([]);

    const middle = new AbortController();
    server().answer(() => {
      middle.abort();
    });
    expect(await send({}, { signal: middle.signal })).to.deep.equal({
      outcome: 'failed',
      attempts: 1,
      reason: 'gave no answer, and the time ran out',
    });

    const between = new AbortController();
    server().answer(status(500));
    const pause = async () => {
      between.abort();
    };
    expect(await send({}, { signal: between.signal, pause })).to.deep.equal({
      outcome: 'failed',
      attempts: 1,
      reason: 'answered 500, and the time ran out',
    });
  });

  it('ends its own waiting with the signal', async () => {
    const ending = new AbortController();
    server().answer((response) => {
      response.writeHead(429, { 'Retry-After': '30' }).end();
      setTimeout(() => {
        ending.abort();
      }, 20);
    });
    const { signal } = ending;
    const { url } = server();
    const request = { url: new URL(url), headers: {}, body: '', creates: false, secrets: [] };
    expect(await post(request, { timeoutSeconds: 5, signal })).to.deep.equal({
      outcome: 'failed',
      attempts: 1,
      reason: 'answered 429, and the time ran out',
    });
  });

  it('shows no secret that an answer repeats', async () => {
    const secrets = ['T0001', '/services/T0001/B0002/s3cr3t', 's3cr3t'];
    server().answer(status(404, 'Cannot POST /services/T0001/B0002/s3cr3t, nor s3cr3t of T0001.'));
    expect(await send({ secrets })).to.deep.equal({
      outcome: 'failed',
      attempts: 1,
      reason: 'answered 404: Cannot POST …, nor … of ….',
    });
  });
});
