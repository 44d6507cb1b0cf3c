/**
 * AWS's Price List: what is asked of it, and what its products say. Pure. A product has the same parts in an answer to GetProducts
 * and in an offer file.
 */
import * as z from 'zod';

import type { PriceQuestion, VolumeType } from './price.ts';

export interface PriceListFilter {
  readonly field: string;
  readonly value: string;
  /** `contains` where no attribute tells what is looked for apart: the usage type decides, once more. */
  readonly match: 'equal' | 'contains';
}

/** What is asked of GetProducts, and what an answer to it has to be. */
export interface PriceListQuery {
  readonly serviceCode:
    | 'AmazonCloudWatch'
    | 'AmazonEC2'
    | 'AmazonECS'
    | 'AmazonElastiCache'
    | 'AmazonRDS'
    | 'AmazonVPC';
  readonly filters: readonly PriceListFilter[];
  /** The usage type without the region's prefix, which us-east-1 has for some services and not for others. */
  readonly usageType: string;
  /** As the Price List writes it. */
  readonly unit: string;
  /** What a price is said for, where that is less than the Price List's own unit: so many of it are one of those. */
  readonly said?: { readonly unit: string; readonly parts: number };
}

const textByName = z.record(z.string(), z.string());

const product = z.object({
  product: z.object({ sku: z.string(), productFamily: z.string().optional(), attributes: textByName }),
  terms: z.object({
    OnDemand: z
      .record(
        z.string(),
        z.object({
          priceDimensions: z.record(z.string(), z.object({ unit: z.string(), pricePerUnit: textByName })),
        }),
      )
      .optional(),
  }),
});

/** As the Price List has it: attributes, and prices by term. */
export type ListedProduct = Readonly<z.output<typeof product>>;

/** A price as the Price List has it. */
export interface ListedPrice {
  readonly amount: number;
  readonly unit: string;
  readonly usageType: string;
  readonly sku: string;
}

export type ListedAnswer = { readonly price: ListedPrice } | { readonly price: null; readonly count: number };

/** `undefined` where this is no product of the Price List. */
export function parseProduct(value: unknown): ListedProduct | undefined {
  return product.safeParse(value).data;
}

/** What to ask for. Names of attributes are the Price List's own, and so is their spelling. */
export function queryFor(question: PriceQuestion): PriceListQuery {
  const inRegion: PriceListFilter = { field: 'regionCode', value: question.region, match: 'equal' };
  const equal = (field: string, value: string): PriceListFilter => ({ field, value, match: 'equal' });
  switch (question.item) {
    case 'aurora-capacity': {
      const engine = question.engine === 'aurora-mysql' ? 'Aurora MySQL' : 'Aurora PostgreSQL';
      return {
        serviceCode: 'AmazonRDS',
        filters: [inRegion, equal('productFamily', 'ServerlessV2'), equal('databaseEngine', engine)],
        usageType:
          question.storage === 'io-optimized' ? 'Aurora:ServerlessV2IOOptimizedUsage' : 'Aurora:ServerlessV2Usage',
        unit: 'ACU-Hr',
      };
    }
    case 'cache-node':
      return {
        serviceCode: 'AmazonElastiCache',
        filters: [
          inRegion,
          equal('productFamily', 'Cache Instance'),
          equal('instanceType', question.nodeType),
          equal('cacheEngine', question.engine === 'redis' ? 'Redis' : 'Valkey'),
        ],
        usageType: `NodeUsage:${question.nodeType}`,
        unit: 'Hrs',
      };
    case 'fargate-vcpu':
      return {
        serviceCode: 'AmazonECS',
        filters: [inRegion, equal('cputype', 'perCPU')],
        usageType: question.architecture === 'ARM64' ? 'Fargate-ARM-vCPU-Hours:perCPU' : 'Fargate-vCPU-Hours:perCPU',
        unit: 'hours',
      };
    case 'fargate-memory':
      return {
        serviceCode: 'AmazonECS',
        filters: [inRegion, equal('memorytype', 'perGB')],
        usageType: question.architecture === 'ARM64' ? 'Fargate-ARM-GB-Hours' : 'Fargate-GB-Hours',
        unit: 'hours',
      };
    case 'fargate-ephemeral': {
      // Storage costs the same whatever the processor, and no attribute tells it apart.
      const usageType = 'Fargate-EphemeralStorage-GB-Hours';
      return {
        serviceCode: 'AmazonECS',
        filters: [inRegion, { field: 'usagetype', value: usageType, match: 'contains' }],
        usageType,
        unit: 'GB-Hours',
      };
    }
    case 'ec2-instance':
      return {
        serviceCode: 'AmazonEC2',
        filters: [
          inRegion,
          equal('instanceType', question.instanceType),
          // The operating system with its licence and what is installed: one attribute for three others.
          equal('operation', question.operation),
          equal('tenancy', 'Shared'),
          // Capacity that is reserved, used or not, has products of its own.
          equal('capacitystatus', 'Used'),
        ],
        usageType: `BoxUsage:${question.instanceType}`,
        unit: 'Hrs',
      };
    case 'db-instance':
      return {
        serviceCode: 'AmazonRDS',
        filters: [
          inRegion,
          equal('productFamily', 'Database Instance'),
          equal('instanceType', question.instanceClass),
          equal('databaseEngine', DATABASE_ENGINES[question.engine]),
          equal('deploymentOption', question.multiAz ? 'Multi-AZ' : 'Single-AZ'),
        ],
        usageType: shortened(`${databaseUsage(question)}:${question.instanceClass}`),
        unit: 'Hrs',
      };
    case 'volume-storage':
      return {
        serviceCode: 'AmazonEC2',
        filters: [inRegion, equal('productFamily', 'Storage'), equal('volumeApiName', question.volumeType)],
        usageType: VOLUME_USAGE[question.volumeType],
        unit: 'GB-Mo',
      };
    case 'volume-iops':
      return {
        serviceCode: 'AmazonEC2',
        filters: [inRegion, equal('productFamily', 'System Operation'), equal('volumeApiName', question.volumeType)],
        usageType: IOPS_USAGE[question.volumeType],
        unit: 'IOPS-Mo',
      };
    case 'volume-throughput':
      return {
        serviceCode: 'AmazonEC2',
        // A family of its own, and not that of IOPS (internal/resources/aws/ebs_volume.go of Infracost).
        filters: [
          inRegion,
          equal('productFamily', 'Provisioned Throughput'),
          equal('volumeApiName', question.volumeType),
        ],
        usageType: 'EBS:VolumeP-Throughput.gp3',
        // In us-east-1 a GiB/s is 40.96, and a MiB/s 0.04 on AWS's pages (aws.amazon.com/ebs/pricing).
        unit: 'GiBps-mo',
        said: { unit: 'MiBps-mo', parts: 1024 },
      };
    case 'snapshot-storage':
      return {
        serviceCode: 'AmazonEC2',
        // That of the archive is among them, with a usage type of its own (internal/resources/aws/ebs_snapshot.go of Infracost).
        filters: [inRegion, equal('productFamily', 'Storage Snapshot')],
        usageType: 'EBS:SnapshotUsage',
        unit: 'GB-Mo',
      };
    case 'idle-address':
      return {
        serviceCode: 'AmazonVPC',
        filters: [inRegion, equal('group', 'VPCPublicIPv4Address')],
        usageType: 'PublicIPv4:IdleAddress',
        unit: 'Hrs',
      };
    case 'log-storage':
      return {
        serviceCode: 'AmazonCloudWatch',
        // So is the family called (internal/resources/aws/cloudwatch_log_group.go of Infracost).
        filters: [inRegion, equal('productFamily', 'Storage Snapshot')],
        usageType: 'TimedStorage-ByteHrs',
        unit: 'GB-Mo',
      };
  }
}

type DatabaseQuestion = Extract<PriceQuestion, { item: 'db-instance' }>;

/** As the Price List calls them. */
const DATABASE_ENGINES: Readonly<Record<DatabaseQuestion['engine'], string>> = {
  'aurora-mysql': 'Aurora MySQL',
  'aurora-postgresql': 'Aurora PostgreSQL',
  mysql: 'MySQL',
  postgres: 'PostgreSQL',
  mariadb: 'MariaDB',
};

function databaseUsage({ multiAz, storage }: DatabaseQuestion): string {
  if (storage === 'io-optimized') return 'InstanceUsageIOOptimized';
  return multiAz ? 'Multi-AZUsage' : 'InstanceUsage';
}

/** RDS shortens sizes in its usage types: `InstanceUsage:db.m5.4xl` is that of a db.m5.4xlarge. */
function shortened(usageType: string): string {
  return usageType.replace(/(\.\d*)xlarge$/, '$1xl');
}

const VOLUME_USAGE: Readonly<Record<VolumeType, string>> = {
  gp2: 'EBS:VolumeUsage.gp2',
  gp3: 'EBS:VolumeUsage.gp3',
  io1: 'EBS:VolumeUsage.piops',
  io2: 'EBS:VolumeUsage.io2',
  st1: 'EBS:VolumeUsage.st1',
  sc1: 'EBS:VolumeUsage.sc1',
  standard: 'EBS:VolumeUsage',
};

/** IOPS of io2 beyond the first tier have usage types of their own: `EBS:VolumeP-IOPS.io2.tier2`. */
const IOPS_USAGE: Readonly<Record<Extract<PriceQuestion, { item: 'volume-iops' }>['volumeType'], string>> = {
  gp3: 'EBS:VolumeP-IOPS.gp3',
  io1: 'EBS:VolumeP-IOPS.piops',
  io2: 'EBS:VolumeP-IOPS.io2',
};

/**
 * The one price that answers. Rows at no price are passed over: a node that a reservation covers is such a row. More than one
 * other is none: which of them a bill would have, nobody can tell.
 */
export function priceAmong(products: readonly ListedProduct[], question: PriceQuestion): ListedAnswer {
  const query = queryFor(question);
  const prices = products.flatMap((listed) => pricesOf(listed, query));
  const [price, ...others] = prices;
  return price === undefined || others.length > 0 ? { price: null, count: prices.length } : { price };
}

/**
 * True where this is the usage type as a region writes it, with its size in short or not: `NodeUsage:...`, `EU-NodeUsage:...`,
 * `USE1-NodeUsage:...`.
 */
export function isUsageType(written: string, usageType: string): boolean {
  const [whole, end] = [shortened(written), shortened(usageType)];
  if (!whole.endsWith(end)) return false;
  // `EU-ExtendedSupportYr1_Yr2-`, `Outpost-` and `USE1-SpotUsage:` are other things.
  return /^(?:[A-Z]+\d*-)?$/.test(whole.slice(0, -end.length));
}

/**
 * True where a price by this unit answers the query: any way to write hours for hours, and months for months, and nothing but its own
 * unit for all else.
 */
export function isUnitOf(written: string, unit: string): boolean {
  return isHourly(unit) ? isHourly(written) : withShortMonth(written) === withShortMonth(unit);
}

/** One string for one price, however it is asked for. */
export function priceKey(question: PriceQuestion): string {
  const { item, region } = question;
  switch (item) {
    case 'aurora-capacity':
      return [item, region, question.engine, question.storage].join('/');
    case 'cache-node':
      return [item, region, question.engine, question.nodeType].join('/');
    case 'fargate-vcpu':
    case 'fargate-memory':
      return [item, region, question.architecture].join('/');
    case 'fargate-ephemeral':
    case 'snapshot-storage':
    case 'idle-address':
    case 'log-storage':
      return [item, region].join('/');
    case 'ec2-instance':
      return [item, region, question.instanceType, question.operation].join('/');
    case 'db-instance': {
      const { engine, instanceClass, multiAz, storage } = question;
      return [item, region, engine, instanceClass, multiAz ? 'multi-az' : 'single-az', storage].join('/');
    }
    case 'volume-storage':
    case 'volume-iops':
    case 'volume-throughput':
      return [item, region, question.volumeType].join('/');
  }
}

/** In words, for a sentence: `a cache.t4g.micro node of Redis in eu-west-1`. */
export function describeQuestion(question: PriceQuestion): string {
  const where = `in ${question.region}`;
  switch (question.item) {
    case 'aurora-capacity':
      return `Serverless v2 capacity of ${question.engine} on ${question.storage} storage ${where}`;
    case 'cache-node':
      return `a ${question.nodeType} node of ${question.engine === 'redis' ? 'Redis' : 'Valkey'} ${where}`;
    case 'fargate-vcpu':
      return `a vCPU of Fargate on ${question.architecture} ${where}`;
    case 'fargate-memory':
      return `a GB of memory of Fargate on ${question.architecture} ${where}`;
    case 'fargate-ephemeral':
      return `a GB of ephemeral storage of Fargate ${where}`;
    case 'ec2-instance':
      return `an EC2 instance of type ${question.instanceType} billed as ${question.operation} ${where}`;
    case 'db-instance': {
      const { engine, instanceClass, multiAz, storage } = question;
      const kind = multiAz ? `${instanceClass} Multi-AZ instance` : `${instanceClass} instance`;
      const on = engine.startsWith('aurora') ? ` on ${storage} storage` : '';
      return `a ${kind} of ${DATABASE_ENGINES[engine]}${on} ${where}`;
    }
    case 'volume-storage':
      return `a GB of ${question.volumeType} volumes ${where}`;
    case 'volume-iops':
      return `provisioned IOPS of ${question.volumeType} volumes ${where}`;
    case 'volume-throughput':
      return `provisioned throughput of ${question.volumeType} volumes ${where}`;
    case 'snapshot-storage':
      return `a GB of snapshots of volumes ${where}`;
    case 'idle-address':
      return `an idle public IPv4 address ${where}`;
    case 'log-storage':
      return `a GB stored in CloudWatch Logs ${where}`;
  }
}

function pricesOf(
  { product: { sku, productFamily, attributes }, terms }: ListedProduct,
  query: PriceListQuery,
): ListedPrice[] {
  const usageType = attributes['usagetype'];
  if (usageType === undefined || !isUsageType(usageType, query.usageType)) return [];
  const fits = query.filters.every(({ field, value, match }) => {
    const written = field === 'productFamily' ? productFamily : attributes[field];
    return match === 'contains' || written === value;
  });
  if (!fits) return [];
  const dimensions = Object.values(terms.OnDemand ?? {}).flatMap((term) => Object.values(term.priceDimensions));
  return dimensions.flatMap(({ unit, pricePerUnit }) => {
    // China's prices have another currency, and none in dollars.
    const amount = Number(pricePerUnit['USD']);
    // A price by the month is not to be multiplied by hours, nor one by the hour taken for a month's.
    if (!(amount > 0) || !Number.isFinite(amount) || !isUnitOf(unit, query.unit)) return [];
    const { said } = query;
    return [{ amount: said ? amount / said.parts : amount, unit: said?.unit ?? unit, usageType, sku }];
  });
}

function isHourly(unit: string): boolean {
  return /\b(?:hrs?|hours?)$/i.test(unit);
}

/** Storage of io2 is by the `GB-month`, that of other volumes by the `GB-Mo`. */
function withShortMonth(unit: string): string {
  return unit.toLowerCase().replace(/-month$/, '-mo');
}
