import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { priceCacheFolder, readCached, writeCached } from '../../src/prices/price-cache.ts';
import type { PriceQuestion, UnitPrice } from '../../src/prices/price.ts';
import { temporaryFolder } from '../support/temporary.ts';

const NODE: PriceQuestion = { item: 'cache-node', engine: 'redis', nodeType: 'cache.t4g.micro', region: 'us-east-1' };
const PRICE: UnitPrice = {
  amount: 0.016,
  unit: 'Hrs',
  usageType: 'NodeUsage:cache.t4g.micro',
  region: 'us-east-1',
  source: 'live',
  origin: 'AWS Price List',
  date: '2026-11-21',
  sku: 'TESTSKU1',
};
const FILE = 'cache-node%2Fus-east-1%2Fredis%2Fcache.t4g.micro.json';

describe('a price that is kept', () => {
  const folder = temporaryFolder();
  const place = () => folder('prices');
  const read = async (on: string, question: PriceQuestion = NODE) =>
    readCached(place(), question, new Date(`${on}T23:30:00Z`));
  const change = (changes: object) => {
    const file = join(place(), FILE);
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...changes }));
  };

  it('comes back for 30 days, with the day on which AWS gave it', async () => {
    await writeCached(place(), NODE, PRICE);
    expect(await read('2026-11-21')).to.deep.equal({ ...PRICE, source: 'cached' });
    expect(await read('2026-12-21')).to.deep.equal({ ...PRICE, source: 'cached' });
    expect(await read('2026-12-22')).to.equal(undefined);
  });

  it('does not come from a day that is still to come', async () => {
    await writeCached(place(), NODE, PRICE);
    expect(await read('2026-11-20')).to.equal(undefined);
  });

  it('may have no SKU', async () => {
    const { sku: _, ...price } = PRICE;
    await writeCached(place(), NODE, price);
    expect(await read('2026-11-21')).to.deep.equal({ ...price, source: 'cached' });
  });

  it('takes the place of an older one', async () => {
    await writeCached(place(), NODE, PRICE);
    await writeCached(place(), NODE, { ...PRICE, amount: 0.017, date: '2026-11-22' });
    expect(await read('2026-11-22')).to.include({ amount: 0.017, date: '2026-11-22' });
    expect(readdirSync(place())).to.deep.equal([FILE]);
  });

  it("is nobody else's to read, and has nothing beside it", async () => {
    await writeCached(place(), NODE, PRICE);
    expect(readdirSync(place())).to.deep.equal([FILE]);
    expect(statSync(place()).mode & 0o777).to.equal(0o700);
    expect(statSync(join(place(), FILE)).mode & 0o777).to.equal(0o600);
  });

  it('is none where there is none, or what there is is damaged', async () => {
    expect(await read('2026-11-21')).to.equal(undefined);
    await writeCached(place(), NODE, PRICE);
    for (const text of ['', '{', 'null', '{}', readFileSync(join(place(), FILE), 'utf8').slice(0, 40)]) {
      writeFileSync(join(place(), FILE), text);
      // oxlint-disable-next-line no-await-in-loop -- a table
      expect(await read('2026-11-21'), text).to.equal(undefined);
    }
  });

  const foreign: readonly (readonly [what: string, changes: object])[] = [
    ['for another question', { key: 'cache-node/us-east-1/valkey/cache.t4g.micro' }],
    ['of another region', { region: 'eu-west-1' }],
    ['of another usage type', { usageType: 'NodeUsage:cache.t4g.small' }],
    ['by the month', { unit: 'GB-Mo' }],
    ['for nothing', { amount: 0 }],
    ['without a number', { amount: '0.016' }],
    ['of no day', { date: 'yesterday' }],
    ['with something more', { source: 'live' }],
  ];
  for (const [what, changes] of foreign) {
    it(`is none where it is one ${what}`, async () => {
      await writeCached(place(), NODE, PRICE);
      expect(await read('2026-11-21')).to.include({ amount: 0.016 });
      change(changes);
      expect(await read('2026-11-21')).to.equal(undefined);
    });
  }

  it('comes back for what it was said for, where the Price List has another unit', async () => {
    const question: PriceQuestion = { item: 'volume-throughput', volumeType: 'gp3', region: 'us-east-1' };
    const price = { ...PRICE, amount: 0.04, unit: 'MiBps-mo', usageType: 'EBS:VolumeP-Throughput.gp3' };
    await writeCached(place(), question, price);
    expect(await read('2026-11-21', question)).to.deep.equal({ ...price, source: 'cached' });
    await writeCached(place(), question, { ...price, amount: 40.96, unit: 'GiBps-mo' });
    expect(await read('2026-11-21', question)).to.equal(undefined);
  });

  it('comes back by the GB-month, as the Price List writes it of io2', async () => {
    const question: PriceQuestion = { item: 'volume-storage', volumeType: 'io2', region: 'us-east-1' };
    const price = { ...PRICE, amount: 0.125, unit: 'GB-month', usageType: 'EBS:VolumeUsage.io2' };
    await writeCached(place(), question, price);
    expect(await read('2026-11-21', question)).to.deep.equal({ ...price, source: 'cached' });
  });

  it('is in a file whatever its key is written with', async () => {
    const question: PriceQuestion = {
      item: 'ec2-instance',
      instanceType: 'm5.large',
      operation: 'RunInstances:0002',
      region: 'us-east-1',
    };
    const price = { ...PRICE, amount: 0.188, usageType: 'BoxUsage:m5.large' };
    await writeCached(place(), question, price);
    expect(readdirSync(place())).to.deep.equal(['ec2-instance%2Fus-east-1%2Fm5.large%2FRunInstances%3A0002.json']);
    expect(await read('2026-11-21', question)).to.deep.equal({ ...price, source: 'cached' });
    expect(await read('2026-11-21', { ...question, operation: 'RunInstances' })).to.equal(undefined);
  });

  it('is not missed where it cannot be written', async () => {
    writeFileSync(folder('prices'), 'a file stands here');
    await writeCached(place(), NODE, PRICE);
    expect(readFileSync(folder('prices'), 'utf8')).to.equal('a file stands here');
    expect(await read('2026-11-21')).to.equal(undefined);
  });

  it('leaves nothing behind where it cannot be put into its place', async () => {
    mkdirSync(join(place(), FILE, 'in-the-way'), { recursive: true });
    await writeCached(place(), NODE, PRICE);
    expect(readdirSync(place())).to.deep.equal([FILE]);
  });
});

describe('where prices are kept', () => {
  it('is the folder for what can be done without, where it is an absolute one', () => {
    expect(priceCacheFolder({ XDG_CACHE_HOME: '/var/cache/me', HOME: '/home/me' })).to.equal(
      '/var/cache/me/compliancectl/prices',
    );
    for (const env of [{ HOME: '/home/me' }, { XDG_CACHE_HOME: 'cache', HOME: '/home/me' }]) {
      expect(priceCacheFolder(env)).to.equal('/home/me/.cache/compliancectl/prices');
    }
    expect(priceCacheFolder({})).to.match(/^\/.*\/\.cache\/compliancectl\/prices$/);
  });
});
