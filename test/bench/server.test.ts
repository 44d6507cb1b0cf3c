import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import {
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  DescribeVolumesCommand,
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeSecurityGroups,
  paginateDescribeVolumes,
  paginateGetManagedPrefixListEntries,
} from '@aws-sdk/client-ec2';
import { paginateDescribeDBClusters, paginateDescribeDBInstances, RDSClient } from '@aws-sdk/client-rds';
import { GetBucketEncryptionCommand, GetBucketTaggingCommand, paginateListBuckets, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect } from 'chai';

import { startServer } from '../../bench/support/processes.ts';
import { createThrottle } from '../../bench/aws/throttle.ts';

const SIZE = ['--instances', '2301', '--volumes', '1203', '--groups', '31', '--buckets', '25', '--databases', '205'];
const REGIONS = ['eu-west-1', 'us-east-1'];

/** The paginators' pages laid end to end, with how many there were. */
async function walked<Page, Item>(pages: AsyncIterable<Page>, items: (page: Page) => readonly Item[] | undefined) {
  const all: Item[] = [];
  let count = 0;
  for await (const page of pages) {
    all.push(...(items(page) ?? []));
    count += 1;
  }
  return { all, pages: count };
}

const distinct = (values: readonly (string | undefined)[]) => new Set(values).size;

describe('the server of canned pages', function () {
  this.timeout(20_000);
  let server: Awaited<ReturnType<typeof startServer>>;
  const settings = (region: string) => ({
    region,
    endpoint: server.url,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    maxAttempts: 1,
  });
  const clients: { destroy(): void }[] = [];
  const made = <Client extends { destroy(): void }>(client: Client): Client => {
    clients.push(client);
    return client;
  };
  const ec2 = (region = 'eu-west-1') => made(new EC2Client(settings(region)));
  const rds = () => made(new RDSClient(settings('eu-west-1')));
  const s3 = () => made(new S3Client({ ...settings('eu-west-1'), forcePathStyle: true }));

  before(async () => {
    server = await startServer([...SIZE, '--regions', REGIONS.join(',')]);
  });
  after(async () => {
    for (const client of clients) client.destroy();
    await server.stop();
  });

  it('says whose account it is', async () => {
    const { Account, Arn } = await made(new STSClient(settings('eu-west-1'))).send(new GetCallerIdentityCommand({}));
    expect({ Account, Arn }).to.deep.equal({
      Account: '111122223333',
      Arn: 'arn:aws:sts::111122223333:assumed-role/bench/bench',
    });
  });

  it('names its regions', async () => {
    const { Regions } = await ec2().send(new DescribeRegionsCommand({}));
    expect(Regions).to.deep.equal([
      { RegionName: 'eu-west-1', Endpoint: 'ec2.eu-west-1.amazonaws.com', OptInStatus: 'opt-in-not-required' },
      { RegionName: 'us-east-1', Endpoint: 'ec2.us-east-1.amazonaws.com', OptInStatus: 'opt-in-not-required' },
    ]);
  });

  it('hands out each instance of each region once, over two pages', async () => {
    const [here, there] = await Promise.all(
      REGIONS.map(async (region) =>
        walked(paginateDescribeInstances({ client: ec2(region), pageSize: 1000 }, {}), ({ Reservations }) =>
          Reservations?.flatMap(({ Instances = [] }) => Instances),
        ),
      ),
    );
    expect([here?.pages, here?.all.length, there?.pages, there?.all.length]).to.deep.equal([2, 1151, 2, 1150]);
    const ids = [...(here?.all ?? []), ...(there?.all ?? [])].map(({ InstanceId }) => InstanceId);
    expect(distinct(ids)).to.equal(2301);
    const second = here?.all[1];
    expect({
      type: second?.InstanceType,
      state: second?.State?.Name,
      tags: second?.Tags?.slice(0, 2),
      address: second?.NetworkInterfaces?.[0]?.Association?.PublicIp,
      groups: second?.NetworkInterfaces?.[0]?.Groups?.length,
    }).to.deep.equal({
      type: 'm7g.large',
      state: 'running',
      tags: [
        { Key: 'Name', Value: 'web-1' },
        { Key: 'Environment', Value: 'production' },
      ],
      address: '203.0.113.1',
      groups: 1,
    });
  });

  it('hands out each volume once, whatever the page size', async () => {
    for (const [pageSize, pages] of [
      [100, 7],
      [1000, 1],
    ]) {
      const volumes = await walked(
        paginateDescribeVolumes({ client: ec2(), pageSize: pageSize as number }, {}),
        ({ Volumes }) => Volumes,
      );
      expect([volumes.pages, distinct(volumes.all.map(({ VolumeId }) => VolumeId))]).to.deep.equal([pages, 602]);
    }
  });

  it('hands out each security group once, and the entries of the list it names', async () => {
    const client = ec2();
    const groups = await walked(
      paginateDescribeSecurityGroups({ client, pageSize: 5 }, {}),
      ({ SecurityGroups }) => SecurityGroups,
    );
    expect([groups.pages, distinct(groups.all.map(({ GroupId }) => GroupId))]).to.deep.equal([4, 16]);
    const [open, listed] = groups.all;
    expect(open?.IpPermissions?.[1]).to.deep.include({ FromPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] });
    const PrefixListId = listed?.IpPermissions?.[1]?.PrefixListIds?.[0]?.PrefixListId ?? '';
    const entries = await walked(
      paginateGetManagedPrefixListEntries({ client, pageSize: 5 }, { PrefixListId }),
      ({ Entries }) => Entries,
    );
    expect([entries.pages, distinct(entries.all.map(({ Cidr }) => Cidr))]).to.deep.equal([3, 12]);
  });

  it('lists the buckets of all regions, or of one', async () => {
    const client = s3();
    const everywhere = await walked(paginateListBuckets({ client, pageSize: 10 }, {}), ({ Buckets }) => Buckets);
    const here = await walked(
      paginateListBuckets({ client, pageSize: 10 }, { BucketRegion: 'eu-west-1' }),
      ({ Buckets }) => Buckets,
    );
    expect([everywhere.pages, distinct(everywhere.all.map(({ Name }) => Name))]).to.deep.equal([3, 25]);
    expect([here.pages, distinct(here.all.map(({ Name }) => Name))]).to.deep.equal([2, 13]);
    expect(here.all[0]).to.deep.equal({
      BucketArn: 'arn:aws:s3:::bench-eu-west-1-0',
      Name: 'bench-eu-west-1-0',
      BucketRegion: 'eu-west-1',
      CreationDate: new Date('2026-03-02T09:14:31.000Z'),
    });
  });

  it('says how a bucket is encrypted and tagged', async () => {
    const client = s3();
    const { ServerSideEncryptionConfiguration } = await client.send(
      new GetBucketEncryptionCommand({ Bucket: 'bench-eu-west-1-1' }),
    );
    expect(ServerSideEncryptionConfiguration?.Rules).to.deep.equal([
      { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: true },
    ]);
    const { TagSet } = await client.send(new GetBucketTaggingCommand({ Bucket: 'bench-eu-west-1-1' }));
    expect(TagSet?.[2]).to.deep.equal({ Key: 'Owner', Value: 'team-1' });
    const missing = await errorOf(client.send(new GetBucketEncryptionCommand({ Bucket: 'nobodys' })));
    expect(missing).to.deep.equal({ name: 'NoSuchBucket', status: 404 });
  });

  it('hands out databases and their clusters', async () => {
    const client = rds();
    const instances = await walked(
      paginateDescribeDBInstances({ client, pageSize: 20 }, {}),
      ({ DBInstances }) => DBInstances,
    );
    const clusters = await walked(
      paginateDescribeDBClusters({ client, pageSize: 20 }, {}),
      ({ DBClusters }) => DBClusters,
    );
    expect([instances.pages, distinct(instances.all.map(({ DBInstanceArn }) => DBInstanceArn))]).to.deep.equal([5, 82]);
    expect([clusters.pages, distinct(clusters.all.map(({ DBClusterArn }) => DBClusterArn))]).to.deep.equal([2, 21]);
    const standing = new Set(clusters.all.map(({ DBClusterIdentifier }) => DBClusterIdentifier));
    const members = instances.all.flatMap(({ DBClusterIdentifier }) => DBClusterIdentifier ?? []);
    expect([members.length, members.filter((id) => !standing.has(id))]).to.deep.equal([42, []]);
    expect(instances.all.filter(({ BackupRetentionPeriod }) => BackupRetentionPeriod === 0)).to.have.length(2);
  });

  it('refuses page sizes and tokens that AWS refuses', async () => {
    const client = ec2();
    expect(await errorOf(client.send(new DescribeInstancesCommand({ MaxResults: 1001 })))).to.deep.equal({
      name: 'InvalidParameterValue',
      status: 400,
    });
    const { NextToken } = await client.send(new DescribeInstancesCommand({ MaxResults: 5 }));
    expect(await errorOf(client.send(new DescribeVolumesCommand({ MaxResults: 5, NextToken })))).to.deep.equal({
      name: 'InvalidNextToken',
      status: 400,
    });
  });

  it('waits before it answers, and counts what was asked of it', async () => {
    const slow = await startServer([...SIZE, '--regions', 'eu-west-1', '--latency', '60']);
    try {
      const client = made(new STSClient({ ...settings('eu-west-1'), endpoint: slow.url }));
      const before = performance.now();
      await client.send(new GetCallerIdentityCommand({}));
      expect(performance.now() - before).to.be.greaterThan(55);
      expect(await slow.calls()).to.deep.equal({ 'sts:GetCallerIdentity': { answered: 1, throttled: 0 } });
    } finally {
      await slow.stop();
    }
  });

  it("throttles in each service's own words", async () => {
    const strict = await startServer([...SIZE, '--regions', 'eu-west-1', '--throttle', '1']);
    try {
      const own = { ...settings('eu-west-1'), endpoint: strict.url };
      const failures = await Promise.all([
        errorOf(made(new EC2Client(own)).send(new DescribeRegionsCommand({}))),
        errorOf(walked(paginateDescribeDBInstances({ client: made(new RDSClient(own)) }, {}), () => [])),
        errorOf(
          walked(paginateListBuckets({ client: made(new S3Client({ ...own, forcePathStyle: true })) }, {}), () => []),
        ),
        errorOf(made(new STSClient(own)).send(new GetCallerIdentityCommand({}))),
      ]);
      expect(failures).to.deep.equal([
        { name: 'RequestLimitExceeded', status: 503 },
        { name: 'Throttling', status: 400 },
        { name: 'SlowDown', status: 503 },
        { name: 'Throttling', status: 400 },
      ]);
      expect((await strict.calls())['rds:DescribeDBInstances']).to.deep.equal({ answered: 0, throttled: 1 });
    } finally {
      await strict.stop();
    }
  });

  it('ends with a message where an option is no number', async () => {
    const path = fileURLToPath(new URL('../../bench/server.ts', import.meta.url));
    const child = spawn(process.execPath, [path, '--latency', 'soon'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(child.exitCode).to.equal(1);
    expect(stderr).to.include('Error: soon is not a number that fits.');
  });
});

describe('the throttle of the server', () => {
  const refusals = (throttle: (region: string, api: string) => boolean, calls: number) =>
    Array.from({ length: calls }, () => throttle('eu-west-1', 'ec2:DescribeInstances')).filter(Boolean).length;

  it('refuses its share evenly', () => {
    const throttle = createThrottle({ share: 0.25, now: () => 0 });
    expect(Array.from({ length: 8 }, () => throttle('eu-west-1', 'x'))).to.deep.equal(
      [1, 2, 3, 4, 5, 6, 7, 8].map((call) => call % 4 === 0),
    );
  });

  it('lets a burst through, then what is refilled', () => {
    let now = 0;
    const throttle = createThrottle({ bucket: { burst: 10, perSecond: 4 }, now: () => now });
    expect(refusals(throttle, 12)).to.equal(2);
    now += 500;
    expect(refusals(throttle, 12)).to.equal(10);
    now += 60_000;
    expect(refusals(throttle, 12)).to.equal(2);
  });

  it('keeps a bucket for each region and API', () => {
    const throttle = createThrottle({ bucket: { burst: 1, perSecond: 0 }, now: () => 0 });
    const calls = [
      ['a', 'x'],
      ['a', 'x'],
      ['b', 'x'],
      ['a', 'y'],
    ] as const;
    expect(calls.map(([region, api]) => throttle(region, api))).to.deep.equal([false, true, false, false]);
  });
});

/** The name and status of the error that a call ends in. */
async function errorOf(call: Promise<unknown>): Promise<{ name: string; status: number | undefined }> {
  try {
    await call;
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, status: $metadata?.httpStatusCode };
  }
  throw new Error('The call was answered.');
}
