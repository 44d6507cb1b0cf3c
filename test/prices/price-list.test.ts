import { expect } from 'chai';

import {
  describeQuestion,
  isUsageType,
  parseProduct,
  priceAmong,
  priceKey,
  queryFor,
} from '../../src/prices/price-list.ts';
import type { ListedProduct } from '../../src/prices/price-list.ts';
import type { PriceQuestion } from '../../src/prices/price.ts';
import { priceListProducts } from '../support/price-list.ts';
import type { PriceListFixture } from '../support/price-list.ts';

const everything: readonly ListedProduct[] = (['aurora', 'elasticache', 'fargate'] as const).flatMap(
  (name: PriceListFixture) => priceListProducts(name),
);

const node = (engine: 'redis' | 'valkey', nodeType: string, region = 'us-east-1'): PriceQuestion => ({
  item: 'cache-node',
  engine,
  nodeType,
  region,
});

const acu = (
  engine: 'aurora-mysql' | 'aurora-postgresql',
  storage: 'standard' | 'io-optimized',
  region = 'us-east-1',
): PriceQuestion => ({ item: 'aurora-capacity', engine, storage, region });

const fargate = (
  item: 'fargate-vcpu' | 'fargate-memory' | 'fargate-ephemeral',
  architecture: 'X86_64' | 'ARM64',
  region = 'us-east-1',
): PriceQuestion => ({ item, architecture, region });

/** A product with one price, for what no fixture has. */
function listed(
  changes: {
    attributes?: Record<string, string>;
    unit?: string;
    price?: Record<string, string>;
    terms?: ListedProduct['terms'];
  } = {},
): ListedProduct {
  return {
    product: {
      sku: 'TESTSKU1',
      attributes: {
        regionCode: 'us-east-1',
        memorytype: 'perGB',
        usagetype: 'USE1-Fargate-GB-Hours',
        ...changes.attributes,
      },
    },
    terms: changes.terms ?? {
      OnDemand: {
        a: {
          priceDimensions: {
            b: { unit: changes.unit ?? 'hours', pricePerUnit: changes.price ?? { USD: '0.0044450000' } },
          },
        },
      },
    },
  };
}

describe("a price among the products of AWS's Price List", () => {
  const found: readonly (readonly [question: PriceQuestion, amount: number, unit: string, usageType: string])[] = [
    [acu('aurora-postgresql', 'standard'), 0.12, 'ACU-Hr', 'Aurora:ServerlessV2Usage'],
    [acu('aurora-mysql', 'standard'), 0.12, 'ACU-Hr', 'Aurora:ServerlessV2Usage'],
    [acu('aurora-postgresql', 'io-optimized'), 0.156, 'ACU-Hr', 'Aurora:ServerlessV2IOOptimizedUsage'],
    [acu('aurora-postgresql', 'standard', 'eu-west-1'), 0.14, 'ACU-Hr', 'EU-Aurora:ServerlessV2Usage'],
    [node('redis', 'cache.t4g.micro'), 0.016, 'Hrs', 'NodeUsage:cache.t4g.micro'],
    [node('valkey', 'cache.t4g.micro'), 0.0128, 'Hrs', 'NodeUsage:cache.t4g.micro'],
    [node('redis', 'cache.r6g.large', 'eu-west-1'), 0.229, 'Hrs', 'EU-NodeUsage:cache.r6g.large'],
    [fargate('fargate-vcpu', 'X86_64'), 0.04048, 'hours', 'USE1-Fargate-vCPU-Hours:perCPU'],
    [fargate('fargate-vcpu', 'ARM64'), 0.03238, 'hours', 'USE1-Fargate-ARM-vCPU-Hours:perCPU'],
    [fargate('fargate-memory', 'X86_64', 'eu-west-1'), 0.004445, 'hours', 'EU-Fargate-GB-Hours'],
    [fargate('fargate-memory', 'ARM64'), 0.00356, 'hours', 'USE1-Fargate-ARM-GB-Hours'],
    [fargate('fargate-ephemeral', 'ARM64'), 0.000111, 'GB-Hours', 'USE1-Fargate-EphemeralStorage-GB-Hours'],
  ];
  for (const [question, amount, unit, usageType] of found) {
    it(`is ${amount} for ${describeQuestion(question)}, whatever else is listed`, () => {
      const { price } = priceAmong(everything, question);
      expect(price).to.deep.include({ amount, unit, usageType });
      expect(price?.sku).to.match(/^TESTSKU\d{9}$/);
    });
  }

  it('is none where the region, the engine or the node type has none', () => {
    for (const question of [
      node('redis', 'cache.t4g.micro', 'eu-west-1'),
      node('valkey', 'cache.t4g.small'),
      acu('aurora-mysql', 'io-optimized'),
    ]) {
      expect(priceAmong(everything, question), describeQuestion(question)).to.deep.equal({ price: null, count: 0 });
    }
  });

  it('is none where there are two: nobody can tell which of them is billed', () => {
    expect(priceAmong([...everything, ...everything], node('redis', 'cache.t4g.micro'))).to.deep.equal({
      price: null,
      count: 2,
    });
  });

  const memory = fargate('fargate-memory', 'X86_64');

  it('is none where it is by the month, in another currency, no number, or nothing', () => {
    expect(priceAmong([listed()], memory).price?.amount).to.equal(0.004445);
    for (const broken of [
      listed({ unit: 'GB-Mo' }),
      listed({ price: { CNY: '0.03' } }),
      listed({ price: { USD: 'free' } }),
      listed({ price: { USD: '0.0000000000' } }),
      listed({ price: { USD: '-1' } }),
      listed({ price: { USD: 'Infinity' } }),
      listed({ terms: {} }),
    ]) {
      expect(priceAmong([broken], memory)).to.deep.equal({ price: null, count: 0 });
    }
  });

  it('passes over a product without a usage type', () => {
    const { usagetype: _, ...attributes } = listed().product.attributes;
    const bare = { ...listed(), product: { sku: 'TESTSKU2', attributes } };
    expect(priceAmong([bare, listed()], memory).price?.sku).to.equal('TESTSKU1');
  });
});

describe('what AWS is asked for', () => {
  it('is a product family, an engine and a region for capacity', () => {
    expect(queryFor(acu('aurora-mysql', 'io-optimized', 'eu-west-1'))).to.deep.equal({
      serviceCode: 'AmazonRDS',
      filters: [
        { field: 'regionCode', value: 'eu-west-1', match: 'equal' },
        { field: 'productFamily', value: 'ServerlessV2', match: 'equal' },
        { field: 'databaseEngine', value: 'Aurora MySQL', match: 'equal' },
      ],
      usageType: 'Aurora:ServerlessV2IOOptimizedUsage',
      unit: 'ACU-Hr',
    });
  });

  it('is a node type and an engine for a node', () => {
    expect(queryFor(node('valkey', 'cache.t4g.small')).filters).to.deep.equal([
      { field: 'regionCode', value: 'us-east-1', match: 'equal' },
      { field: 'productFamily', value: 'Cache Instance', match: 'equal' },
      { field: 'instanceType', value: 'cache.t4g.small', match: 'equal' },
      { field: 'cacheEngine', value: 'Valkey', match: 'equal' },
    ]);
  });

  it('is what is counted for a task; part of the usage type for its storage, which has nothing else', () => {
    const counted = (item: 'fargate-vcpu' | 'fargate-memory' | 'fargate-ephemeral') =>
      queryFor(fargate(item, 'X86_64')).filters.at(-1);
    expect(counted('fargate-vcpu')).to.deep.equal({ field: 'cputype', value: 'perCPU', match: 'equal' });
    expect(counted('fargate-memory')).to.deep.equal({ field: 'memorytype', value: 'perGB', match: 'equal' });
    expect(counted('fargate-ephemeral')).to.deep.equal({
      field: 'usagetype',
      value: 'Fargate-EphemeralStorage-GB-Hours',
      match: 'contains',
    });
  });

  it('has a key, the same for storage of both processors', () => {
    expect(
      [
        acu('aurora-mysql', 'standard'),
        node('redis', 'cache.t4g.micro', 'eu-west-1'),
        fargate('fargate-vcpu', 'ARM64'),
        fargate('fargate-memory', 'X86_64'),
        fargate('fargate-ephemeral', 'X86_64'),
        fargate('fargate-ephemeral', 'ARM64'),
      ].map(priceKey),
    ).to.deep.equal([
      'aurora-capacity/us-east-1/aurora-mysql/standard',
      'cache-node/eu-west-1/redis/cache.t4g.micro',
      'fargate-vcpu/us-east-1/ARM64',
      'fargate-memory/us-east-1/X86_64',
      'fargate-ephemeral/us-east-1',
      'fargate-ephemeral/us-east-1',
    ]);
  });

  it('has words', () => {
    expect(
      [
        acu('aurora-mysql', 'standard'),
        node('valkey', 'cache.t4g.micro'),
        fargate('fargate-vcpu', 'ARM64'),
        fargate('fargate-memory', 'X86_64'),
        fargate('fargate-ephemeral', 'X86_64', 'eu-west-1'),
      ].map(describeQuestion),
    ).to.deep.equal([
      'Serverless v2 capacity of aurora-mysql on standard storage in us-east-1',
      'a cache.t4g.micro node of Valkey in us-east-1',
      'a vCPU of Fargate on ARM64 in us-east-1',
      'a GB of memory of Fargate on X86_64 in us-east-1',
      'a GB of ephemeral storage of Fargate in eu-west-1',
    ]);
  });
});

describe('a usage type', () => {
  it('may begin with the region, and with nothing else', () => {
    for (const written of [
      'NodeUsage:cache.t4g.micro',
      'EU-NodeUsage:cache.t4g.micro',
      'APS2-NodeUsage:cache.t4g.micro',
    ]) {
      expect(isUsageType(written, 'NodeUsage:cache.t4g.micro'), written).to.equal(true);
    }
    for (const written of [
      'ExtendedSupportYr1_Yr2-NodeUsage:cache.t4g.micro',
      'EU-ExtendedSupportYr1_Yr2-NodeUsage:cache.t4g.micro',
      'Outpost-NodeUsage:cache.t4g.micro',
      'USE1-SpotUsage:NodeUsage:cache.t4g.micro',
      'NodeUsage:cache.t4g.micro-x',
      'usage',
    ]) {
      expect(isUsageType(written, 'NodeUsage:cache.t4g.micro'), written).to.equal(false);
    }
  });
});

describe('a product of the Price List', () => {
  it('has a SKU, attributes and terms; all else is none', () => {
    expect(parseProduct(listed())?.product.sku).to.equal('TESTSKU1');
    for (const value of [undefined, null, 'text', {}, { product: {} }, { product: listed().product }]) {
      expect(parseProduct(value)).to.equal(undefined);
    }
  });
});
