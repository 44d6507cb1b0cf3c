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
