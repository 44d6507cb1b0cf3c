import { existsSync, readdirSync } from 'node:fs';

import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { findBundled } from '../../src/prices/bundled-prices.ts';
import { readCached, writeCached } from '../../src/prices/price-cache.ts';
import type { PriceQuestion, Prices, UnitPrice } from '../../src/prices/price.ts';
import { openPrices } from '../../src/prices/prices.ts';
import type { PriceMode } from '../../src/prices/prices.ts';
import { serviceError } from '../support/aws-errors.ts';
import { onlyClients, stubbedClients } from '../support/clients.ts';
import { fakeClock } from '../support/clock.ts';
import { priceListTexts } from '../support/price-list.ts';
import { temporaryFolder } from '../support/temporary.ts';

const now = new Date('2026-11-21T12:00:00Z');
const SMALL: PriceQuestion = { item: 'cache-node', engine: 'redis', nodeType: 'cache.t4g.small', region: 'us-east-1' };
const MICRO: PriceQuestion = { ...SMALL, nodeType: 'cache.t4g.micro' };
/** No price of it is bundled. */
const FAR: PriceQuestion = { ...MICRO, region: 'ap-south-2' };
const denied = serviceError('AccessDeniedException', 400, 'User is not authorized');

const price = (amount: number, region = 'us-east-1'): UnitPrice => ({
  amount,
  unit: 'Hrs',
  usageType: 'NodeUsage:cache.t4g.micro',
  region,
  source: 'live',
  origin: 'AWS Price List',
  date: '2026-11-01',
});

describe('where a price comes from', () => {
  const pricing = mockClient(PricingClient);
  const folder = temporaryFolder();

  beforeEach(() => {
    pricing.reset();
    pricing.on(GetProductsCommand).resolves({ PriceList: priceListTexts('elasticache') });
  });
  after(() => {
    pricing.restore();
  });

  const open = (mode: PriceMode, clients = stubbedClients()): Prices =>
    openPrices({ mode, clients, cacheFolder: folder('prices'), now, signal: new AbortController().signal });
  const calls = () => pricing.commandCalls(GetProductsCommand).length;
  const told = async (prices: Prices, question: PriceQuestion) => {
    const answer = await prices.find(question);
    return answer.known ? [answer.price.amount, answer.price.source] : [answer.reason, answer.permission];
  };

  it('is AWS, where it answers; and it is kept', async () => {
    for (const mode of ['auto', 'live'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await told(open(mode), MICRO)).to.deep.equal([0.016, 'live']);
    }
    expect(await readCached(folder('prices'), MICRO, now)).to.include({ amount: 0.016, source: 'cached' });
    expect(readdirSync(folder('prices'))).to.have.length(1);
  });

  it('is asked once for one question, however often it is put', async () => {
    const prices = open('auto');
    const answers = await Promise.all([prices.find(MICRO), prices.find({ ...MICRO }), prices.find(SMALL)]);
    expect(answers.map((answer) => answer.known && answer.price.amount)).to.deep.equal([0.016, 0.016, 0.032]);
    await prices.find(SMALL);
    expect(calls()).to.equal(2);
  });

  it('is the cache where AWS gives none, and else what is bundled', async () => {
    pricing.on(GetProductsCommand).rejects(denied);
    await writeCached(folder('prices'), MICRO, price(0.0155));
    const prices = open('auto');
    expect(await told(prices, MICRO)).to.deep.equal([0.0155, 'cached']);
    expect(await told(prices, SMALL)).to.deep.equal([0.032, 'bundled']);
    pricing.on(GetProductsCommand).resolves({ PriceList: [] });
    expect(await told(open('auto'), SMALL)).to.deep.equal([0.032, 'bundled']);
  });

  it('is unknown where there is none anywhere: why, and what would settle it', async () => {
    pricing.on(GetProductsCommand).rejects(denied);
    expect(await told(open('auto'), FAR)).to.deep.equal([
      "No price of a cache.t4g.micro node of Redis in ap-south-2 comes with this version. AWS's Price List could not be asked: access to pricing:GetProducts was denied.",
      'pricing:GetProducts',
    ]);
  });

  it('is not asked for again once AWS has refused, or was not there', async () => {
    pricing.on(GetProductsCommand).rejects(denied);
    const prices = open('auto');
    await Promise.all([prices.find(MICRO), prices.find(SMALL), prices.find(FAR)]);
    expect(calls()).to.equal(1);
    expect(existsSync(folder('prices'))).to.equal(false);
  });

  it('is asked for again where AWS answers and merely has none', async () => {
    pricing.on(GetProductsCommand).resolves({ PriceList: [] });
    const prices = open('auto');
    await Promise.all([prices.find(MICRO), prices.find(SMALL)]);
    expect(calls()).to.equal(2);
  });

  it('is not asked for again where AWS refuses later on', async () => {
    const page = { PriceList: priceListTexts('elasticache') };
    pricing
      .on(GetProductsCommand)
      .callsFakeOnce(() => page)
      .rejects(denied);
    const prices = open('auto');
    expect(await told(prices, MICRO)).to.deep.equal([0.016, 'live']);
    expect(await told(prices, SMALL)).to.deep.equal([0.032, 'bundled']);
    expect(await told(prices, FAR)).to.have.property('1', 'pricing:GetProducts');
    expect(calls()).to.equal(2);
  });

  it('is AWS alone where only live prices will do', async () => {
    pricing.on(GetProductsCommand).rejects(denied);
    await writeCached(folder('prices'), MICRO, price(0.0155));
    expect(await told(open('live'), MICRO)).to.deep.equal([
      "AWS's Price List could not be asked: access to pricing:GetProducts was denied.",
      'pricing:GetProducts',
    ]);
  });

  it('is this version alone, without a call or a look into the cache, where that is asked for', async () => {
    await writeCached(folder('prices'), MICRO, price(0.0155));
    const prices = open('bundled', onlyClients({}));
    expect(await told(prices, MICRO)).to.deep.equal([0.016, 'bundled']);
    expect(await told(prices, FAR)).to.deep.equal([
      'No price of a cache.t4g.micro node of Redis in ap-south-2 comes with this version.',
      undefined,
    ]);
    expect(calls()).to.equal(0);
  });

  describe('where AWS is slow', () => {
    const clock = fakeClock();

    const asked = async (mode: PriceMode) => {
      const called = new Promise<void>((resolve) => {
        pricing.on(GetProductsCommand).callsFake(() => {
          resolve();
          return new Promise(() => undefined);
        });
      });
      const answer = told(open(mode), MICRO);
      await called;
      return { answer };
    };

    it('is waited for longer where there is no other', async () => {
      const auto = await asked('auto');
      await clock().tickAsync(5000);
      expect(await auto.answer).to.deep.equal([0.016, 'bundled']);

      const live = await asked('live');
      await clock().tickAsync(29_999);
      expect(await Promise.race([live.answer, Promise.resolve('waiting')])).to.equal('waiting');
      await clock().tickAsync(1);
      expect(await live.answer).to.deep.equal(["AWS's Price List gave no answer within 30 seconds.", undefined]);
    });
  });
});

describe('what comes with this version', () => {
  it('has a price for every question of us-east-1 but rare nodes', () => {
    const amounts = (
      [
        { item: 'aurora-capacity', engine: 'aurora-mysql', storage: 'standard', region: 'us-east-1' },
        { item: 'aurora-capacity', engine: 'aurora-postgresql', storage: 'standard', region: 'us-east-1' },
        { item: 'aurora-capacity', engine: 'aurora-mysql', storage: 'io-optimized', region: 'us-east-1' },
        { item: 'aurora-capacity', engine: 'aurora-postgresql', storage: 'io-optimized', region: 'us-east-1' },
        { item: 'cache-node', engine: 'redis', nodeType: 'cache.r7g.large', region: 'us-east-1' },
        { item: 'cache-node', engine: 'valkey', nodeType: 'cache.r7g.large', region: 'us-east-1' },
        { item: 'fargate-vcpu', architecture: 'X86_64', region: 'us-east-1' },
        { item: 'fargate-memory', architecture: 'X86_64', region: 'us-east-1' },
        { item: 'fargate-vcpu', architecture: 'ARM64', region: 'us-east-1' },
        { item: 'fargate-memory', architecture: 'ARM64', region: 'us-east-1' },
        { item: 'fargate-ephemeral', architecture: 'ARM64', region: 'us-east-1' },
      ] as const
    ).map((question) => {
      const answer = findBundled(question);
      return answer.known ? answer.price.amount : answer.reason;
    });
    expect(amounts).to.deep.equal([
      0.12, 0.12, 0.156, 0.156, 0.219, 0.1752, 0.04048, 0.004445, 0.03238, 0.00356, 0.000111,
    ]);
  });

  it('says where it was read, and when', () => {
    expect(findBundled({ item: 'fargate-vcpu', architecture: 'ARM64', region: 'eu-west-1' })).to.deep.equal({
      known: true,
      price: {
        amount: 0.03238,
        unit: 'hours',
        usageType: 'EU-Fargate-ARM-vCPU-Hours:perCPU',
        region: 'eu-west-1',
        source: 'bundled',
        origin: 'https://github.com/amartinawi/cost-optimization-scanner/blob/main/docs/audits/AUDIT-10-Containers.md',
        date: '2026-05-01',
        sku: 'KXC9CEUQGJQPNZPY',
      },
    });
  });

  it('does not make a price of Valkey out of one of Redis', () => {
    expect(
      findBundled({ item: 'cache-node', engine: 'redis', nodeType: 'cache.r8g.large', region: 'us-east-1' }),
    ).to.have.property('known', false);
    expect(
      findBundled({ item: 'cache-node', engine: 'valkey', nodeType: 'cache.r8g.large', region: 'us-east-1' }),
    ).to.have.nested.property('price.amount', 0.1756);
  });
});
