import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ApplicationAutoScalingClient, DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeReplicationGroupsCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { IAMClient, ListAccountAliasesCommand } from '@aws-sdk/client-iam';
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import {
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect } from 'chai';

import { failureOf } from '../../src/aws/errors.ts';
import { thrownBy } from '../support/errors.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';

const BODY = '<Answer><Part>one</Part></Answer>';

describe('the fault proxy', () => {
  let server: Server;
  let proxy: FaultProxy;
  /** How often the server behind was. */
  let asked: number;
  beforeEach(async () => {
    asked = 0;
    server = createServer((request, response) => {
      asked += 1;
      request.resume();
      request.on('end', () => response.setHeader('content-type', 'text/xml').end(BODY));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await startFaultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterEach(async () => {
    await proxy.stop();
    server.closeAllConnections();
    server.close();
  });

  const configuration = () => ({
    endpoint: proxy.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    maxAttempts: 1,
  });
  const ec2 = async () => new EC2Client(configuration()).send(new DescribeInstancesCommand({}));
  const s3 = () => new S3Client({ ...configuration(), forcePathStyle: true });
  const json = async (target: string) =>
    fetch(proxy.url, {
      method: 'POST',
      headers: {
        'x-amz-target': target,
        authorization: 'AWS4-HMAC-SHA256 Credential=testing/20261103/eu-west-1/ecs/aws4_request, SignedHeaders=host',
      },
      body: '{}',
    });

  const Bucket = 'reports';
  const sent: Readonly<Record<string, () => Promise<unknown>>> = {
    'ec2:DescribeInstances': ec2,
    'rds:DescribeDBInstances': async () => new RDSClient(configuration()).send(new DescribeDBInstancesCommand({})),
    'sts:GetCallerIdentity': async () => new STSClient(configuration()).send(new GetCallerIdentityCommand({})),
    'elasticache:DescribeReplicationGroups': async () =>
      new ElastiCacheClient(configuration()).send(new DescribeReplicationGroupsCommand({})),
    'iam:ListAccountAliases': async () => new IAMClient(configuration()).send(new ListAccountAliasesCommand({})),
    'application-autoscaling:DescribeScalableTargets': async () =>
      new ApplicationAutoScalingClient(configuration()).send(
        new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' }),
      ),
    'monitoring:GetMetricData': async () =>
      new CloudWatchClient(configuration()).send(
        new GetMetricDataCommand({ StartTime: new Date(0), EndTime: new Date(1), MetricDataQueries: [] }),
      ),
    'pricing:GetProducts': async () =>
      new PricingClient(configuration()).send(new GetProductsCommand({ ServiceCode: 'AmazonRDS' })),
    's3:ListBuckets': async () => s3().send(new ListBucketsCommand({ MaxBuckets: 1000 })),
    's3:GetBucketEncryption': async () => s3().send(new GetBucketEncryptionCommand({ Bucket })),
    's3:GetBucketTagging': async () => s3().send(new GetBucketTaggingCommand({ Bucket })),
    's3:GetBucketLocation': async () => s3().send(new GetBucketLocationCommand({ Bucket })),
    's3:GetPublicAccessBlock': async () => s3().send(new GetPublicAccessBlockCommand({ Bucket })),
    's3:ListObjects': async () => s3().send(new ListObjectsCommand({ Bucket })),
    's3:HeadBucket': async () => s3().send(new HeadBucketCommand({ Bucket })),
    's3:GetObject': async () => s3().send(new GetObjectCommand({ Bucket, Key: 'a/b' })),
    's3:PutObject': async () => s3().send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'x' })),
    'ecs:ListClusters': async () => json('AmazonEC2ContainerServiceV20141113.ListClusters'),
  };
  for (const [api, send] of Object.entries(sent)) {
    it(`knows ${api}, and lets it through`, async () => {
      // The server says XML to all of them: what a JSON client makes of it is its own affair.
      await Promise.allSettled([send()]);
      expect([proxy.calls(api), asked]).to.deep.equal([1, 1]);
    });
  }

  const refused = {
    'ec2:DescribeInstances': ['UnauthorizedOperation', 403, 'RequestLimitExceeded', 503],
    'rds:DescribeDBInstances': ['AccessDenied', 403, 'Throttling', 400],
    'sts:GetCallerIdentity': ['AccessDenied', 403, 'Throttling', 400],
    'elasticache:DescribeReplicationGroups': ['AccessDenied', 403, 'Throttling', 400],
    'iam:ListAccountAliases': ['AccessDenied', 403, 'Throttling', 400],
    's3:ListBuckets': ['AccessDenied', 403, 'SlowDown', 503],
    's3:GetBucketEncryption': ['AccessDenied', 403, 'SlowDown', 503],
  } as const;
  for (const [api, [denial, deniedStatus, throttling, throttledStatus]] of Object.entries(refused)) {
    it(`denies and throttles ${api} as the service does`, async () => {
      const outcomes: unknown[] = [];
      for (const kind of ['deny', 'throttle'] as const) {
        proxy.fail(api, { kind });
        const error = (await thrownBy(() => sent[api]?.())) as Error & { $metadata: { httpStatusCode: number } };
        outcomes.push([error.name, error.$metadata.httpStatusCode, failureOf(error)?.reason]);
      }
      expect(outcomes).to.deep.equal([
        [denial, deniedStatus, 'denied'],
        [throttling, throttledStatus, 'throttled'],
      ]);
    });
  }

  it('denies and throttles the JSON protocols as they do', async () => {
    proxy.fail('ecs:ListClusters', { kind: 'deny' });
    proxy.fail('ecs:ListClusters', { kind: 'throttle' }, { from: 2 });
    const answers = [await json('X.ListClusters'), await json('X.ListClusters')];
    expect(await Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]))).to.deep.equal([
      [
        400,
        {
          __type: 'AccessDeniedException',
          message:
            'User: arn:aws:iam::123456789012:user/tester is not authorized to perform: ecs:ListClusters because no identity-based policy allows the ecs:ListClusters action',
        },
      ],
      [400, { __type: 'ThrottlingException', message: 'Rate exceeded' }],
    ]);
  });

  describe('with a request of any kind', () => {
    const api = 'ecs:ListClusters';
    const body = async () => (await json('X.ListClusters')).text();

    it('begins with the call it is told to, and what was set last weighs most', async () => {
      proxy.fail(api, { kind: 'rewrite', body: (text) => text.replace('one', 'two') }, { from: 2 });
      proxy.fail(api, { kind: 'garble', as: 'empty' }, { from: 3 });
      expect([await body(), await body(), await body()]).to.deep.equal([BODY, BODY.replace('one', 'two'), '']);
      expect(proxy.calls(api)).to.equal(3);
    });

    it('garbles in three ways', async () => {
      proxy.fail(api, { kind: 'garble', as: 'html' });
      proxy.fail(api, { kind: 'garble', as: 'truncated' }, { from: 2 });
      proxy.fail(api, { kind: 'garble', as: 'empty' }, { from: 3 });
      expect([await body(), await body(), await body()]).to.deep.equal([
        '<!DOCTYPE html>\n<html><body><h1>Sign in to the Wi-Fi</h1></body></html>\n',
        BODY.slice(0, Math.floor(BODY.length / 2)),
        '',
      ]);
    });

    it('cuts the connection in the middle of the body', async () => {
      proxy.fail(api, { kind: 'cut' });
      const answer = await json('X.ListClusters');
      expect(answer.status).to.equal(200);
      expect(await thrownBy(() => answer.text())).to.be.instanceOf(TypeError);
    });

    it('is late by what it is told', async () => {
      proxy.fail(api, { kind: 'delay', milliseconds: 120 });
      const before = performance.now();
      expect(await body()).to.equal(BODY);
      expect(performance.now() - before).to.be.at.least(119);
    });

    it('tells when a call has come, before it is answered', async () => {
      proxy.fail(api, { kind: 'delay', milliseconds: 60_000 });
      const call = thrownBy(body);
      await proxy.called(api);
      await proxy.stop();
      expect(await call).to.be.instanceOf(TypeError);
      await proxy.called(api);
    });

    it('answers from what was asked, and leaves the rest to the emulator', async () => {
      proxy.fail(api, { kind: 'answer', body: (request) => (request === '{}' ? { asked: request } : undefined) });
      proxy.fail('ecs:ListServices', { kind: 'answer', body: () => undefined });
      expect([await body(), await (await json('X.ListServices')).text()]).to.deep.equal(['{"asked":"{}"}', BODY]);
    });

    it('asks the emulator something else', async () => {
      const echo = createServer((request, response) => request.pipe(response)).listen(0, '127.0.0.1');
      await once(echo, 'listening');
      const before = await startFaultProxy(`http://127.0.0.1:${(echo.address() as AddressInfo).port}`);
      try {
        before.fail('unsigned:/', {
          kind: 'rewrite',
          request: (text) => `${text} and more`,
          body: (text) => `[${text}]`,
        });
        const answer = await fetch(before.url, { method: 'POST', body: 'this' });
        expect(await answer.text()).to.equal('[this and more]');
        expect(before.bodies('unsigned:/')).to.deep.equal(['this']);
      } finally {
        await before.stop();
        echo.close();
      }
    });

    it('tells who watches of each call before the emulator has it, and once more before its answer is given back', async () => {
      const moments: string[] = [];
      let answered = false;
      proxy.watch((of, moment) => {
        moments.push(`${of} ${moment}, ${asked} asked, ${answered ? 'answered' : 'not answered'}`);
      });
      await body();
      answered = true;
      await body();
      expect(moments).to.deep.equal([
        'ecs:ListClusters before, 0 asked, not answered',
        'ecs:ListClusters after, 1 asked, not answered',
        'ecs:ListClusters before, 1 asked, answered',
        'ecs:ListClusters after, 2 asked, answered',
      ]);
    });

    it('holds a call for as long as who watches does', async () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      proxy.watch(async (_, moment) => (moment === 'before' ? promise : undefined));
      const call = body();
      await proxy.called(api);
      expect(asked).to.equal(0);
      resolve(undefined);
      expect([await call, asked]).to.deep.equal([BODY, 1]);
    });

    it('counts every API', async () => {
      await body();
      await json('X.ListServices');
      await body();
      expect(Object.fromEntries(proxy.counts())).to.deep.equal({ [api]: 2, 'ecs:ListServices': 1 });
    });

    it('forgets what it was told', async () => {
      proxy.fail(api, { kind: 'garble', as: 'empty' });
      proxy.watch(() => {
        throw new Error('It was to be forgotten.');
      });
      proxy.reset();
      proxy.fail(api, { kind: 'garble', as: 'empty' });
      expect(await body()).to.equal('');
      proxy.reset();
      expect([proxy.calls(api), proxy.counts().size]).to.deep.equal([0, 0]);
      expect(await body()).to.equal(BODY);
    });
  });
});
