import { expect } from 'chai';

import {
  describeQuestion,
  isUnitOf,
  isUsageType,
  parseProduct,
  priceAmong,
  priceKey,
  queryFor,
} from '../../src/prices/price-list.ts';
import type { ListedProduct } from '../../src/prices/price-list.ts';
import type { PriceQuestion, VolumeType } from '../../src/prices/price.ts';
import { PRICE_LIST_FIXTURES, priceListProducts } from '../support/price-list.ts';

const everything: readonly ListedProduct[] = PRICE_LIST_FIXTURES.flatMap(priceListProducts);

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

const machine = (operation: string, region = 'us-east-1'): PriceQuestion => ({
  item: 'ec2-instance',
  instanceType: 'm5.large',
  operation,
  region,
});

type DatabaseQuestion = Extract<PriceQuestion, { item: 'db-instance' }>;

const database = (
  engine: DatabaseQuestion['engine'],
  instanceClass: string,
  changes: Partial<Pick<DatabaseQuestion, 'multiAz' | 'storage' | 'region'>> = {},
): PriceQuestion => ({
  item: 'db-instance',
  engine,
  instanceClass,
  multiAz: false,
  storage: 'standard',
  region: 'us-east-1',
  ...changes,
});

const volume = (volumeType: VolumeType, region = 'us-east-1'): PriceQuestion => ({
  item: 'volume-storage',
  volumeType,
  region,
});

const iops = (volumeType: 'gp3' | 'io1' | 'io2'): PriceQuestion => ({
  item: 'volume-iops',
  volumeType,
  region: 'us-east-1',
});

const throughput: PriceQuestion = { item: 'volume-throughput', volumeType: 'gp3', region: 'us-east-1' };
const snapshots: PriceQuestion = { item: 'snapshot-storage', region: 'us-east-1' };
const address: PriceQuestion = { item: 'idle-address', region: 'us-east-1' };
const logs: PriceQuestion = { item: 'log-storage', region: 'us-east-1' };

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
    [machine('RunInstances'), 0.096, 'Hrs', 'BoxUsage:m5.large'],
    [machine('RunInstances:0002'), 0.188, 'Hrs', 'BoxUsage:m5.large'],
    [machine('RunInstances', 'eu-west-1'), 0.107, 'Hrs', 'EU-BoxUsage:m5.large'],
    [database('postgres', 'db.t3.large'), 0.145, 'Hrs', 'InstanceUsage:db.t3.large'],
    [database('postgres', 'db.t3.large', { multiAz: true }), 0.29, 'Hrs', 'Multi-AZUsage:db.t3.large'],
    [database('mysql', 'db.t3.large'), 0.136, 'Hrs', 'InstanceUsage:db.t3.large'],
    [database('mysql', 'db.t3.large', { multiAz: true }), 0.272, 'Hrs', 'Multi-AZUsage:db.t3.large'],
    [database('mariadb', 'db.t3.large'), 0.136, 'Hrs', 'InstanceUsage:db.t3.large'],
    [database('aurora-postgresql', 'db.r6g.large'), 0.26, 'Hrs', 'InstanceUsage:db.r6g.large'],
    [
      database('aurora-postgresql', 'db.r6g.large', { storage: 'io-optimized' }),
      0.338,
      'Hrs',
      'InstanceUsageIOOptimized:db.r6g.large',
    ],
    [database('aurora-mysql', 'db.r6g.xlarge'), 0.519, 'Hrs', 'InstanceUsage:db.r6g.xl'],
    [volume('gp2'), 0.1, 'GB-Mo', 'EBS:VolumeUsage.gp2'],
    [volume('gp2', 'eu-west-1'), 0.11, 'GB-Mo', 'EU-EBS:VolumeUsage.gp2'],
    [volume('gp3'), 0.08, 'GB-Mo', 'EBS:VolumeUsage.gp3'],
    [volume('io1'), 0.125, 'GB-Mo', 'EBS:VolumeUsage.piops'],
    [volume('io2'), 0.125, 'GB-month', 'EBS:VolumeUsage.io2'],
    [volume('st1'), 0.045, 'GB-Mo', 'EBS:VolumeUsage.st1'],
    [volume('sc1'), 0.015, 'GB-Mo', 'EBS:VolumeUsage.sc1'],
    [volume('standard'), 0.05, 'GB-Mo', 'EBS:VolumeUsage'],
    [iops('gp3'), 0.005, 'IOPS-Mo', 'EBS:VolumeP-IOPS.gp3'],
    [iops('io1'), 0.065, 'IOPS-Mo', 'EBS:VolumeP-IOPS.piops'],
    [iops('io2'), 0.065, 'IOPS-Mo', 'EBS:VolumeP-IOPS.io2'],
    // The Price List has 40.96 for a GiB/s.
    [throughput, 0.04, 'MiBps-mo', 'EBS:VolumeP-Throughput.gp3'],
    [snapshots, 0.05, 'GB-Mo', 'EBS:SnapshotUsage'],
    [address, 0.005, 'Hrs', 'USE1-PublicIPv4:IdleAddress'],
    [logs, 0.03, 'GB-Mo', 'USE1-TimedStorage-ByteHrs'],
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
      machine('RunInstances:0010'),
      database('postgres', 'db.t3.large', { storage: 'io-optimized' }),
      database('aurora-postgresql', 'db.r6g.large', { multiAz: true }),
      volume('gp3', 'eu-west-1'),
      { item: 'log-storage', region: 'eu-west-1' } as const,
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

  it('is none where a GB for a month has a price by the hour, and throughput one of another size', () => {
    const priced = (attributes: Record<string, string>, unit: string): ListedProduct => {
      const { product, terms } = listed({ attributes, unit });
      const productFamily = attributes['productFamily'] ?? '';
      return { product: { ...product, productFamily }, terms };
    };
    const gb = { productFamily: 'Storage', volumeApiName: 'gp3', usagetype: 'EBS:VolumeUsage.gp3' };
    expect(priceAmong([priced(gb, 'GB-Mo')], volume('gp3')).price?.unit).to.equal('GB-Mo');
    for (const unit of ['GB-Hours', 'Hrs', 'GB', 'IOPS-Mo']) {
      expect(priceAmong([priced(gb, unit)], volume('gp3')), unit).to.deep.equal({ price: null, count: 0 });
    }
    const fast = {
      productFamily: 'Provisioned Throughput',
      volumeApiName: 'gp3',
      usagetype: 'EBS:VolumeP-Throughput.gp3',
    };
    expect(priceAmong([priced(fast, 'GiBps-mo')], throughput).price?.unit).to.equal('MiBps-mo');
    expect(priceAmong([priced(fast, 'MiBps-mo')], throughput)).to.deep.equal({ price: null, count: 0 });
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

  it('is a type, an operation and shared tenancy for an instance of EC2', () => {
    expect(queryFor(machine('RunInstances:0002', 'eu-west-1'))).to.deep.equal({
      serviceCode: 'AmazonEC2',
      filters: [
        { field: 'regionCode', value: 'eu-west-1', match: 'equal' },
        { field: 'instanceType', value: 'm5.large', match: 'equal' },
        { field: 'operation', value: 'RunInstances:0002', match: 'equal' },
        { field: 'tenancy', value: 'Shared', match: 'equal' },
        { field: 'capacitystatus', value: 'Used', match: 'equal' },
      ],
      usageType: 'BoxUsage:m5.large',
      unit: 'Hrs',
    });
  });

  it('is a class, an engine and a deployment for an instance of RDS', () => {
    expect(queryFor(database('mariadb', 'db.m5.4xlarge', { multiAz: true }))).to.deep.equal({
      serviceCode: 'AmazonRDS',
      filters: [
        { field: 'regionCode', value: 'us-east-1', match: 'equal' },
        { field: 'productFamily', value: 'Database Instance', match: 'equal' },
        { field: 'instanceType', value: 'db.m5.4xlarge', match: 'equal' },
        { field: 'databaseEngine', value: 'MariaDB', match: 'equal' },
        { field: 'deploymentOption', value: 'Multi-AZ', match: 'equal' },
      ],
      usageType: 'Multi-AZUsage:db.m5.4xl',
      unit: 'Hrs',
    });
  });

  it('is of one service each for volumes, addresses and logs', () => {
    const asked = [volume('gp2'), iops('io1'), throughput, snapshots, address, logs].map((question) => {
      const { serviceCode, filters } = queryFor(question);
      return [serviceCode, ...filters.slice(1).map(({ field, value }) => `${field}=${value}`)];
    });
    expect(asked).to.deep.equal([
      ['AmazonEC2', 'productFamily=Storage', 'volumeApiName=gp2'],
      ['AmazonEC2', 'productFamily=System Operation', 'volumeApiName=io1'],
      ['AmazonEC2', 'productFamily=Provisioned Throughput', 'volumeApiName=gp3'],
      ['AmazonEC2', 'productFamily=Storage Snapshot'],
      ['AmazonVPC', 'group=VPCPublicIPv4Address'],
      ['AmazonCloudWatch', 'productFamily=Storage Snapshot'],
    ]);
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
        machine('RunInstances:0002'),
        database('postgres', 'db.t3.large', { multiAz: true }),
        database('aurora-mysql', 'db.r6g.large', { storage: 'io-optimized' }),
        volume('gp2'),
        iops('io1'),
        throughput,
        snapshots,
        address,
        logs,
      ].map(priceKey),
    ).to.deep.equal([
      'aurora-capacity/us-east-1/aurora-mysql/standard',
      'cache-node/eu-west-1/redis/cache.t4g.micro',
      'fargate-vcpu/us-east-1/ARM64',
      'fargate-memory/us-east-1/X86_64',
      'fargate-ephemeral/us-east-1',
      'fargate-ephemeral/us-east-1',
      'ec2-instance/us-east-1/m5.large/RunInstances:0002',
      'db-instance/us-east-1/postgres/db.t3.large/multi-az/standard',
      'db-instance/us-east-1/aurora-mysql/db.r6g.large/single-az/io-optimized',
      'volume-storage/us-east-1/gp2',
      'volume-iops/us-east-1/io1',
      'volume-throughput/us-east-1/gp3',
      'snapshot-storage/us-east-1',
      'idle-address/us-east-1',
      'log-storage/us-east-1',
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
        machine('RunInstances'),
        database('postgres', 'db.t3.large'),
        database('mysql', 'db.t3.large', { multiAz: true }),
        database('aurora-postgresql', 'db.r6g.large', { storage: 'io-optimized' }),
        volume('gp2'),
        iops('io1'),
        throughput,
        snapshots,
        address,
        logs,
      ].map(describeQuestion),
    ).to.deep.equal([
      'Serverless v2 capacity of aurora-mysql on standard storage in us-east-1',
      'a cache.t4g.micro node of Valkey in us-east-1',
      'a vCPU of Fargate on ARM64 in us-east-1',
      'a GB of memory of Fargate on X86_64 in us-east-1',
      'a GB of ephemeral storage of Fargate in eu-west-1',
      'an EC2 instance of type m5.large billed as RunInstances in us-east-1',
      'a db.t3.large instance of PostgreSQL in us-east-1',
      'a db.t3.large Multi-AZ instance of MySQL in us-east-1',
      'a db.r6g.large instance of Aurora PostgreSQL on io-optimized storage in us-east-1',
      'a GB of gp2 volumes in us-east-1',
      'provisioned IOPS of io1 volumes in us-east-1',
      'provisioned throughput of gp3 volumes in us-east-1',
      'a GB of snapshots of volumes in us-east-1',
      'an idle public IPv4 address in us-east-1',
      'a GB stored in CloudWatch Logs in us-east-1',
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

describe('a size in a usage type', () => {
  it('may be short, as RDS has it, or whole', () => {
    for (const [written, usageType] of [
      ['InstanceUsage:db.m5.xl', 'InstanceUsage:db.m5.xlarge'],
      ['EU-InstanceUsage:db.m5.4xlarge', 'InstanceUsage:db.m5.4xl'],
      ['Multi-AZUsage:db.m5.12xl', 'Multi-AZUsage:db.m5.12xl'],
    ] as const) {
      expect(isUsageType(written, usageType), written).to.equal(true);
    }
    expect(isUsageType('InstanceUsage:db.m5.4xl', 'InstanceUsage:db.m5.xlarge')).to.equal(false);
  });
});

describe('a unit', () => {
  it('of hours is any that ends in them, of months any that ends in those; another is itself, whatever its case', () => {
    for (const written of ['Hrs', 'hours', 'vCPU-Hours', 'ACU-Hr']) {
      expect(isUnitOf(written, 'Hrs'), written).to.equal(true);
      expect(isUnitOf(written, 'GB-Mo'), written).to.equal(false);
    }
    expect(isUnitOf('GB-Mo', 'Hrs')).to.equal(false);
    expect(isUnitOf('gb-mo', 'GB-Mo')).to.equal(true);
    for (const written of ['GB-Mo', 'GB-month', 'GB-Month']) {
      expect(isUnitOf(written, 'GB-Mo'), written).to.equal(true);
      expect(isUnitOf(written, 'IOPS-Mo'), written).to.equal(false);
    }
    expect(isUnitOf('IOPS-Mo', 'GB-Mo')).to.equal(false);
    expect(isUnitOf('month', 'mo')).to.equal(false);
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
