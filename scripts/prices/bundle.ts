/** Makes the prices that come with this tool: of AWS's Price List, and of what others have read there and published. */
import * as z from 'zod';

import type { Bundle } from '../../src/prices/bundled-prices.ts';
import { PRICE_LIST } from '../../src/prices/live-prices.ts';
import { isUsageType, parseProduct, priceAmong, priceKey, queryFor } from '../../src/prices/price-list.ts';
import type { ListedProduct } from '../../src/prices/price-list.ts';
import { recordOf } from '../../src/prices/price-record.ts';
import type { PriceRecord } from '../../src/prices/price-record.ts';
import type { PriceQuestion } from '../../src/prices/price.ts';

/** Whose prices are bundled. */
const REGIONS = ['us-east-1', 'eu-west-1'] as const;

const region = z.enum(REGIONS);
const architecture = z.enum(['X86_64', 'ARM64']);
const databaseEngine = z.enum(['aurora-mysql', 'aurora-postgresql', 'mysql', 'postgres', 'mariadb']);
const volumeType = z.enum(['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard']);
const iopsVolumeType = volumeType.extract(['gp3', 'io1', 'io2']);

const question = z.discriminatedUnion('item', [
  z.strictObject({
    item: z.literal('aurora-capacity'),
    engine: z.enum(['aurora-mysql', 'aurora-postgresql']),
    storage: z.enum(['standard', 'io-optimized']),
    region,
  }),
  z.strictObject({
    item: z.literal('cache-node'),
    engine: z.enum(['redis', 'valkey']),
    nodeType: z.string().startsWith('cache.'),
    region,
  }),
  z.strictObject({ item: z.enum(['fargate-vcpu', 'fargate-memory', 'fargate-ephemeral']), architecture, region }),
  z.strictObject({
    item: z.literal('ec2-instance'),
    instanceType: z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/),
    operation: z.string().startsWith('RunInstances'),
    region,
  }),
  z.strictObject({
    item: z.literal('db-instance'),
    engine: databaseEngine,
    instanceClass: z.string().startsWith('db.'),
    multiAz: z.boolean(),
    storage: z.enum(['standard', 'io-optimized']),
    region,
  }),
  z.strictObject({ item: z.literal('volume-storage'), volumeType, region }),
  z.strictObject({ item: z.literal('volume-iops'), volumeType: iopsVolumeType, region }),
  z.strictObject({ item: z.literal('volume-throughput'), volumeType: z.literal('gp3'), region }),
  z.strictObject({ item: z.enum(['snapshot-storage', 'idle-address', 'log-storage']), region }),
]);

const publishedSchema = z.strictObject({
  sources: z.record(z.string(), z.strictObject({ origin: z.string(), date: z.iso.date(), note: z.string() })),
  prices: z.array(
    z.strictObject({ question, amount: z.number().positive(), source: z.string(), sku: z.string().optional() }),
  ),
});

/** Prices that were read elsewhere, each with its source. */
export type Published = z.output<typeof publishedSchema>;

/** @throws ZodError where it is not what it has to be */
export function parsePublished(text: string): Published {
  return publishedSchema.parse(JSON.parse(text));
}

/** One file of the Price List: an answer to GetProducts, or an offer file. */
export interface PriceListFile {
  readonly products: readonly ListedProduct[];
  /** The day on which AWS published it. */
  readonly date: string;
}

const answer = z.object({ PriceList: z.array(z.union([z.string(), z.looseObject({})])) });
const offer = z.object({
  publicationDate: z.iso.datetime(),
  products: z.record(z.string(), z.unknown()),
  terms: z.object({ OnDemand: z.record(z.string(), z.unknown()) }),
});

/**
 * Reads a file as `aws pricing get-products` or AWS's address for offer files gives it.
 *
 * @throws Error where it is neither
 */
export function parsePriceList(text: string): PriceListFile {
  const read: unknown = JSON.parse(text);
  const asked = answer.safeParse(read).data;
  if (asked !== undefined) {
    const products = asked.PriceList.map((item): unknown => (typeof item === 'string' ? JSON.parse(item) : item));
    return { products: products.map(present), date: earliestOf(products) };
  }
  const { publicationDate, products, terms } = offer.parse(read);
  const joined = Object.entries(products).map(([sku, product]) => ({
    product,
    terms: { OnDemand: terms.OnDemand[sku] },
  }));
  // Other products of an offer file, such as taxes and reservations, have no prices on demand.
  return { products: joined.flatMap((item) => parseProduct(item) ?? []), date: publicationDate.slice(0, 10) };
}

/**
 * @param lists what they have goes before what is published elsewhere
 * @throws Error where a published price names a source that there is none of, or is there twice
 */
export function bundlePrices(published: Published, lists: readonly PriceListFile[]): Bundle {
  const records = new Map<string, PriceRecord>();
  for (const price of published.prices) {
    const record = publishedRecord(price, published);
    if (records.has(record.key)) throw new Error(`${record.key} is published twice.`);
    records.set(record.key, record);
  }
  for (const { products, date } of lists) {
    for (const asked of questionsFor(products)) {
      const { price } = priceAmong(products, asked);
      if (price === null) continue;
      records.set(priceKey(asked), recordOf(asked, { ...price, region: asked.region, origin: PRICE_LIST, date }));
    }
  }
  const prices = [...records.values()].toSorted((one, other) => (one.key < other.key ? -1 : 1));
  return { schema: 'compliancectl.prices/1', prices };
}

function publishedRecord(
  { question: asked, amount, source, sku }: Published['prices'][number],
  { sources }: Published,
) {
  const from = sources[source];
  if (from === undefined) throw new Error(`There is no source ${source} for ${priceKey(asked)}.`);
  const { usageType, unit, said } = queryFor(asked);
  const record = {
    amount,
    unit: said?.unit ?? unit,
    usageType: prefixed(usageType, asked),
    region: asked.region,
    ...from,
  };
  return recordOf(asked, sku === undefined ? record : { ...record, sku });
}

/** As the Price List writes it in the region: what came later to AWS has a prefix in us-east-1 too. */
function prefixed(usageType: string, { item, region: where }: PriceQuestion): string {
  if (where === 'eu-west-1') return `EU-${usageType}`;
  return item.startsWith('fargate-') || item === 'idle-address' || item === 'log-storage'
    ? `USE1-${usageType}`
    : usageType;
}

/** All that these products may answer. */
function questionsFor(products: readonly ListedProduct[]): PriceQuestion[] {
  const attributes = products.map(({ product }) => product.attributes);
  const nodeTypes = new Set(attributes.flatMap((written) => typeOf(written, 'NodeUsage:')));
  const databaseClasses = new Set(
    attributes.flatMap((written) => DATABASE_USAGES.flatMap((usage) => typeOf(written, usage))),
  );
  // Of many thousand combinations of types and licences there are few in one file.
  const machines = new Map(
    attributes.flatMap((written) =>
      typeOf(written, 'BoxUsage:').flatMap((instanceType) => {
        const operation = written['operation'];
        return operation === undefined ? [] : [[`${instanceType}/${operation}`, { instanceType, operation }] as const];
      }),
    ),
  );
  return REGIONS.flatMap((where): PriceQuestion[] => [
    ...(['aurora-mysql', 'aurora-postgresql'] as const).flatMap((engine) =>
      (['standard', 'io-optimized'] as const).map((storage): PriceQuestion => ({
        item: 'aurora-capacity',
        engine,
        storage,
        region: where,
      })),
    ),
    ...(['redis', 'valkey'] as const).flatMap((engine) =>
      [...nodeTypes].map((nodeType): PriceQuestion => ({ item: 'cache-node', engine, nodeType, region: where })),
    ),
    ...(['fargate-vcpu', 'fargate-memory'] as const).flatMap((item) =>
      architecture.options.map((processor): PriceQuestion => ({ item, architecture: processor, region: where })),
    ),
    { item: 'fargate-ephemeral', architecture: 'X86_64', region: where },
    ...[...machines.values()].map((machine): PriceQuestion => ({ item: 'ec2-instance', ...machine, region: where })),
    ...[...databaseClasses].flatMap((instanceClass) => databaseQuestions(instanceClass, where)),
    ...volumeType.options.map((type): PriceQuestion => ({ item: 'volume-storage', volumeType: type, region: where })),
    ...iopsVolumeType.options.map((type): PriceQuestion => ({ item: 'volume-iops', volumeType: type, region: where })),
    { item: 'volume-throughput', volumeType: 'gp3', region: where },
    { item: 'snapshot-storage', region: where },
    { item: 'idle-address', region: where },
    { item: 'log-storage', region: where },
  ]);
}

const DATABASE_USAGES = ['InstanceUsage:', 'InstanceUsageIOOptimized:', 'Multi-AZUsage:'];

/** Aurora has storage of two kinds and no Multi-AZ instances; the others have it the other way round. */
function databaseQuestions(instanceClass: string, where: PriceQuestion['region']): PriceQuestion[] {
  return databaseEngine.options.flatMap((engine): PriceQuestion[] => {
    const plain = { item: 'db-instance', engine, instanceClass, multiAz: false, storage: 'standard' } as const;
    const other = engine.startsWith('aurora')
      ? ({ ...plain, storage: 'io-optimized' } as const)
      : ({ ...plain, multiAz: true } as const);
    return [plain, other].map((question) => ({ ...question, region: where }));
  });
}

/** The type that is billed by this usage; none where another is. */
function typeOf({ usagetype = '', instanceType = '' }: Readonly<Record<string, string>>, usage: string): string[] {
  return instanceType !== '' && isUsageType(usagetype, `${usage}${instanceType}`) ? [instanceType] : [];
}

function present(item: unknown): ListedProduct {
  const product = parseProduct(item);
  if (product === undefined) throw new Error('There is something in PriceList that is no product.');
  return product;
}

/** AWS writes into each product when its service's list was published. */
function earliestOf(products: readonly unknown[]): string {
  const dates = products.map((item) => z.object({ publicationDate: z.iso.datetime() }).parse(item).publicationDate);
  const [first] = dates.toSorted();
  if (first === undefined) throw new Error('There is nothing in PriceList.');
  return first.slice(0, 10);
}
