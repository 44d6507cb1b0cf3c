import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { bundlePrices, parsePriceList, parsePublished } from '../../scripts/prices/bundle.ts';
import type { Published } from '../../scripts/prices/bundle.ts';

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const fixture = (name: string) => parsePriceList(text(`test/fixtures/price-list/${name}.json`));
const published = parsePublished(text('scripts/prices/published.json'));
const nothing: Published = { sources: {}, prices: [] };

const MICRO = { item: 'cache-node', engine: 'redis', nodeType: 'cache.t4g.micro', region: 'us-east-1' } as const;
const A_PAGE = { origin: 'https://example.com/prices', date: '2026-11-20', note: 'A table.' };

describe('the prices that come with this tool', () => {
  it('are committed as the script makes them of what is published', () => {
    expect(text('src/prices/bundled.json')).to.equal(`${JSON.stringify(bundlePrices(published, []), null, 2)}\n`);
  });

  it('all have a source that is used, and is said what it is', () => {
    const used = new Set(published.prices.map(({ source }) => source));
    expect(Object.keys(published.sources).toSorted()).to.deep.equal([...used].toSorted());
    for (const { note } of Object.values(published.sources)) expect(note).to.match(/\.$/);
  });

  it('have a price of Valkey that is lower than that of Redis, wherever there are both', () => {
    const amounts = new Map(bundlePrices(published, []).prices.map(({ key, amount }) => [key, amount]));
    const pairs = [...amounts].flatMap(([key, amount]) => {
      const redis = key.includes('/valkey/') ? amounts.get(key.replace('/valkey/', '/redis/')) : undefined;
      return redis === undefined ? [] : [[amount, redis] as const];
    });
    expect(pairs).to.have.length.above(30);
    for (const [valkey, redis] of pairs) expect(valkey / redis).to.be.closeTo(0.8, 1e-9);
  });

  it("come from AWS's Price List where there is a file of it", () => {
    const { prices } = bundlePrices(nothing, [fixture('aurora'), fixture('elasticache'), fixture('fargate')]);
    expect(prices.map(({ key, amount }) => [key, amount])).to.deep.equal([
      ['aurora-capacity/eu-west-1/aurora-postgresql/standard', 0.14],
      ['aurora-capacity/us-east-1/aurora-mysql/standard', 0.12],
      ['aurora-capacity/us-east-1/aurora-postgresql/io-optimized', 0.156],
      ['aurora-capacity/us-east-1/aurora-postgresql/standard', 0.12],
      ['cache-node/eu-west-1/redis/cache.r6g.large', 0.229],
      ['cache-node/us-east-1/redis/cache.t4g.micro', 0.016],
      ['cache-node/us-east-1/redis/cache.t4g.small', 0.032],
      ['cache-node/us-east-1/valkey/cache.t4g.micro', 0.0128],
      ['fargate-ephemeral/eu-west-1', 0.000111],
      ['fargate-ephemeral/us-east-1', 0.000111],
      ['fargate-memory/eu-west-1/ARM64', 0.00356],
      ['fargate-memory/eu-west-1/X86_64', 0.004445],
      ['fargate-memory/us-east-1/ARM64', 0.00356],
      ['fargate-memory/us-east-1/X86_64', 0.004445],
      ['fargate-vcpu/eu-west-1/ARM64', 0.03238],
      ['fargate-vcpu/eu-west-1/X86_64', 0.04048],
      ['fargate-vcpu/us-east-1/ARM64', 0.03238],
      ['fargate-vcpu/us-east-1/X86_64', 0.04048],
    ]);
    expect(prices[5]).to.deep.include({
      unit: 'Hrs',
      usageType: 'NodeUsage:cache.t4g.micro',
      region: 'us-east-1',
      origin: 'AWS Price List',
      date: '2026-11-03',
    });
  });

  it("come from AWS's Price List for what is stopped, and for what is wasted", () => {
    const { prices } = bundlePrices(nothing, (['ec2', 'rds', 'vpc', 'cloudwatch'] as const).map(fixture));
    expect(prices.map(({ key, amount }) => [key, amount])).to.deep.equal([
      ['db-instance/us-east-1/aurora-mysql/db.r6g.xlarge/single-az/standard', 0.519],
      ['db-instance/us-east-1/aurora-postgresql/db.r6g.large/single-az/io-optimized', 0.338],
      ['db-instance/us-east-1/aurora-postgresql/db.r6g.large/single-az/standard', 0.26],
      ['db-instance/us-east-1/aurora-postgresql/db.t3.large/single-az/standard', 0.164],
      ['db-instance/us-east-1/mariadb/db.t3.large/single-az/standard', 0.136],
      ['db-instance/us-east-1/mysql/db.t3.large/multi-az/standard', 0.272],
      ['db-instance/us-east-1/mysql/db.t3.large/single-az/standard', 0.136],
      ['db-instance/us-east-1/postgres/db.t3.large/multi-az/standard', 0.29],
      ['db-instance/us-east-1/postgres/db.t3.large/single-az/standard', 0.145],
      ['ec2-instance/eu-west-1/m5.large/RunInstances', 0.107],
      ['ec2-instance/us-east-1/m5.large/RunInstances', 0.096],
      ['ec2-instance/us-east-1/m5.large/RunInstances:0002', 0.188],
      ['idle-address/us-east-1', 0.005],
      ['log-storage/us-east-1', 0.03],
      ['snapshot-storage/us-east-1', 0.05],
      ['volume-iops/us-east-1/gp3', 0.005],
      ['volume-iops/us-east-1/io1', 0.065],
      ['volume-iops/us-east-1/io2', 0.065],
      ['volume-storage/eu-west-1/gp2', 0.11],
      ['volume-storage/us-east-1/gp2', 0.1],
      ['volume-storage/us-east-1/gp3', 0.08],
      ['volume-storage/us-east-1/io1', 0.125],
      ['volume-storage/us-east-1/io2', 0.125],
      ['volume-storage/us-east-1/sc1', 0.015],
      ['volume-storage/us-east-1/st1', 0.045],
      ['volume-storage/us-east-1/standard', 0.05],
      ['volume-throughput/us-east-1/gp3', 0.04],
    ]);
    expect(prices.find(({ key }) => key === 'volume-storage/us-east-1/io2')?.unit).to.equal('GB-month');
  });

  it('are the same as those of the Price List where both have them', () => {
    const amounts = new Map(bundlePrices(published, []).prices.map(({ key, amount }) => [key, amount]));
    const { prices } = bundlePrices(nothing, (['ec2', 'rds', 'vpc', 'cloudwatch'] as const).map(fixture));
    const both = prices.filter(({ key }) => amounts.has(key));
    expect(both.map(({ key }) => [key, amounts.get(key)])).to.deep.equal(both.map(({ key, amount }) => [key, amount]));
    expect(both).to.have.length(25);
  });

  it('have usage types as a bill has them: with the region, and with sizes of databases in short', () => {
    const usageTypes = new Map(bundlePrices(published, []).prices.map(({ key, usageType }) => [key, usageType]));
    expect(
      [
        'ec2-instance/us-east-1/m5.xlarge/RunInstances',
        'ec2-instance/eu-west-1/m5.large/RunInstances',
        'db-instance/us-east-1/mysql/db.m5.2xlarge/single-az/standard',
        'db-instance/us-east-1/mysql/db.t3.large/multi-az/standard',
        'volume-throughput/eu-west-1/gp3',
        'snapshot-storage/us-east-1',
        'idle-address/us-east-1',
        'idle-address/eu-west-1',
        'log-storage/us-east-1',
      ].map((key) => usageTypes.get(key)),
    ).to.deep.equal([
      'BoxUsage:m5.xlarge',
      'EU-BoxUsage:m5.large',
      'InstanceUsage:db.m5.2xl',
      'Multi-AZUsage:db.t3.large',
      'EU-EBS:VolumeP-Throughput.gp3',
      'EBS:SnapshotUsage',
      'USE1-PublicIPv4:IdleAddress',
      'EU-PublicIPv4:IdleAddress',
      'USE1-TimedStorage-ByteHrs',
    ]);
  });

  it('are about twice as high for a Multi-AZ instance', () => {
    const amounts = new Map(bundlePrices(published, []).prices.map(({ key, amount }) => [key, amount]));
    const pairs = [...amounts].flatMap(([key, amount]) => {
      const single = amounts.get(key.replace('/multi-az/', '/single-az/'));
      return key.includes('/multi-az/') && single !== undefined ? [[amount, single] as const] : [];
    });
    expect(pairs).to.have.length(10);
    for (const [multi, single] of pairs) expect(multi / single).to.be.closeTo(2, 0.04);
  });

  it('come from an offer file as well, whatever else is in it', () => {
    expect(bundlePrices(nothing, [fixture('offer-elasticache-eu-west-1')]).prices).to.have.length(1);
    const [price] = bundlePrices(nothing, [fixture('offer-elasticache-eu-west-1')]).prices;
    expect(price).to.deep.include({
      key: 'cache-node/eu-west-1/redis/cache.r5.large',
      amount: 0.241,
      usageType: 'EU-NodeUsage:cache.r5.large',
      date: '2026-11-05',
    });
  });

  it('are those of the Price List before those that are published elsewhere', () => {
    const elsewhere = { sources: { page: A_PAGE }, prices: [{ question: MICRO, amount: 0.02, source: 'page' }] };
    expect(bundlePrices(elsewhere, []).prices).to.deep.equal([
      {
        key: 'cache-node/us-east-1/redis/cache.t4g.micro',
        amount: 0.02,
        unit: 'Hrs',
        usageType: 'NodeUsage:cache.t4g.micro',
        region: 'us-east-1',
        origin: 'https://example.com/prices',
        date: '2026-11-20',
      },
    ]);
    const { prices } = bundlePrices(elsewhere, [fixture('elasticache')]);
    expect(prices.find(({ key }) => key.endsWith('redis/cache.t4g.micro'))).to.include({
      amount: 0.016,
      origin: 'AWS Price List',
    });
  });

  it('are refused without a source, twice, or as something else', () => {
    const price = { question: MICRO, amount: 0.02, source: 'page' };
    expect(() => bundlePrices({ sources: {}, prices: [price] }, [])).to.throw(
      'There is no source page for cache-node/us-east-1/redis/cache.t4g.micro.',
    );
    expect(() => bundlePrices({ sources: { page: A_PAGE }, prices: [price, price] }, [])).to.throw(
      'cache-node/us-east-1/redis/cache.t4g.micro is published twice.',
    );
    expect(() => parsePublished(JSON.stringify({ sources: {}, prices: [{ ...price, amount: 0 }] }))).to.throw('amount');
    expect(() => parsePriceList('{"PriceList": ["{}"]}')).to.throw(
      'There is something in PriceList that is no product.',
    );
    expect(() => parsePriceList('{"PriceList": []}')).to.throw('There is nothing in PriceList.');
    expect(() => parsePriceList('{}')).to.throw('publicationDate');
  });
});
