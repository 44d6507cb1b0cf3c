import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { GetBucketLocationCommand } from '@aws-sdk/client-s3';
import { Client } from '@smithy/core/client';
import { expect } from 'chai';

import { clientConfig, createClients } from '../../src/aws/clients.ts';
import type { Clients, ClientSettings } from '../../src/aws/clients.ts';
import { thrownBy } from '../support/errors.ts';

const settings = (changes: Partial<ClientSettings> = {}): ClientSettings => ({
  region: 'eu-west-1',
  credentials: async () => ({ accessKeyId: 'AKIATEST', secretAccessKey: 'secret' }),
  env: {},
  signal: new AbortController().signal,
  ...changes,
});
const EMPTY = '<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>';

/** Sends past the stubs that other tests put upon the clients' own `send`: this is about the wire. */
const send = (client: object, command: object, options: object = {}): Promise<unknown> =>
  (Client.prototype.send as (this: object, command: object, options: object) => Promise<unknown>).call(
    client,
    command,
    options,
  );

describe('the clients', () => {
  let server: Server;
  let clients: Clients | undefined;
  /** The requests that came, as method, host-less URL and headers. */
  let requests: IncomingMessage[];
  let answer: RequestListener;

  beforeEach(async () => {
    requests = [];
    answer = (_request, response) => response.end(EMPTY);
    server = createServer((request, response) => {
      requests.push(request);
      request.resume();
      request.on('end', () => {
        answer(request, response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    delete process.env['AWS_ENDPOINT_URL'];
    clients?.destroy();
    server.closeAllConnections();
    server.close();
  });
  const make = (changes: Partial<ClientSettings> = {}) => (clients = createClients(settings(changes)));

  it('are made once each, when first asked for', async () => {
    const made = make();
    expect(await made.ec2()).to.equal(await made.ec2());
    expect(await made.rds()).to.equal(await made.rds());
  });

  it('are of one region and its credentials', async () => {
    const ec2 = await make({ region: 'sa-east-1' }).ec2();
    await send(ec2, new DescribeInstancesCommand({}));
    expect(await ec2.config.region()).to.equal('sa-east-1');
    const [, credential] = /Credential=([^,]+),/.exec(requests[0]?.headers.authorization ?? '') ?? [];
    expect(credential).to.match(/^AKIATEST\/\d{8}\/sa-east-1\/ec2\/aws4_request$/);
  });

  it('make as many attempts as the environment allows, and say which it is', async () => {
    answer = (_request, response) => response.writeHead(503).end();
    const ec2 = await make({ env: { AWS_MAX_ATTEMPTS: '3' } }).ec2();
    const error = await thrownBy(() => send(ec2, new DescribeInstancesCommand({})));
    expect(error).to.have.nested.property('$metadata.attempts', 3);
    expect(requests.map(({ headers }) => headers['amz-sdk-request'])).to.deep.equal([
      'attempt=1; max=3',
      'attempt=2; max=3',
      'attempt=3; max=3',
    ]);
  });

  it('make no call and no further attempt once they are interrupted', async () => {
    const interruption = new AbortController();
    answer = (_request, response) => {
      interruption.abort('interrupted');
      response.writeHead(503).end();
    };
    const ec2 = await make({ signal: interruption.signal }).ec2();
    await thrownBy(() => send(ec2, new DescribeInstancesCommand({})));
    expect(requests).to.have.length(1);
    const error = await thrownBy(() => send(ec2, new DescribeInstancesCommand({})));
    expect(error).to.have.property('name', 'AbortError');
    expect(requests).to.have.length(1);
  });

  it("ask for a bucket by path where there is an endpoint of one's own, which has no name for every bucket", async () => {
    answer = (_request, response) => response.end('<LocationConstraint/>');
    const env = { AWS_ENDPOINT_URL: process.env['AWS_ENDPOINT_URL'] ?? '' };
    await send(await make({ env }).s3(), new GetBucketLocationCommand({ Bucket: 'reports' }));
    expect(requests.map(({ url }) => url)).to.deep.equal(['/reports/?location=']);
  });

  for (const [env, byPath] of [
    [{}, false],
    [{ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, true],
    [{ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, true],
    [{ AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:1' }, false],
    [{ AWS_ENDPOINT_URL: '' }, false],
  ] as const) {
    it(`ask for a bucket by ${byPath ? 'path' : 'name'} with ${JSON.stringify(env)}`, async () => {
      const { config } = await make({ env }).s3();
      expect(config.forcePathStyle).to.equal(byPath);
    });
  }

  it('wait neither for an endpoint that never answers, nor for one that falls silent in the middle', async () => {
    const { requestHandler, ...config } = clientConfig(settings({ env: { AWS_MAX_ATTEMPTS: '1' } }));
    expect(requestHandler).to.deep.include({
      connectionTimeout: 5000,
      requestTimeout: 60_000,
      socketTimeout: 60_000,
      httpAgent: { keepAlive: true, maxSockets: 20 },
      httpsAgent: { keepAlive: true, maxSockets: 20 },
    });
    // The same handler, for the impatient.
    const short = { ...requestHandler, requestTimeout: 50, socketTimeout: 50 };
    const ec2 = new EC2Client({ ...config, requestHandler: short });
    const silences: RequestListener[] = [
      () => {},
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/xml' });
        response.write('<DescribeInstancesResponse>');
      },
    ];
    for (const silence of silences) {
      answer = silence;
      const error = await thrownBy(() => send(ec2, new DescribeInstancesCommand({})));
      expect(error).to.have.property('name', 'TimeoutError');
    }
    ec2.destroy();
  });

  describe('of Lambda', () => {
    const ANSWER = JSON.stringify({ scan_id: 'x' });
    const invoke = async (lambda: LambdaClient, requestTimeout = 5000) =>
      (await send(lambda, new InvokeCommand({ FunctionName: 'f' }), { requestTimeout })) as InvokeCommandOutput;

    it('wait for a function as long as the call may take, however silent it is', async () => {
      answer = (_request, response) => setTimeout(() => response.end(ANSWER), 150);
      const lambda = await make().lambda();
      expect((await invoke(lambda)).Payload?.transformToString()).to.equal(ANSWER);
      const error = await thrownBy(() => invoke(lambda, 50));
      expect(error).to.have.property('name', 'TimeoutError');
      const handler = lambda.config.requestHandler as unknown as { configProvider: Promise<object> };
      expect(await handler.configProvider).to.include({ socketTimeout: 0, requestTimeout: 60_000 });
    });

    it('invoke again what was throttled', async () => {
      answer = (_request, response) => {
        if (requests.length > 1) return response.end(ANSWER);
        const headers = { 'x-amzn-errortype': 'TooManyRequestsException', 'retry-after': '0' };
        return response.writeHead(429, headers).end('{"message":"Rate Exceeded."}');
      };
      await invoke(await make().lambda());
      expect(requests).to.have.length(2);
    });

    it('invoke nothing again that may have begun', async () => {
      for (const failing of [
        (_request: IncomingMessage, response: ServerResponse) => response.writeHead(500).end(),
        (request: IncomingMessage) => request.socket.destroy(),
      ]) {
        requests = [];
        answer = failing;
        await thrownBy(async () => invoke(await make().lambda()));
        expect(requests).to.have.length(1);
      }
    });
  });
});
