import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import type { GetProductsCommandInput } from '@aws-sdk/client-pricing';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { askPriceList } from '../../src/prices/live-prices.ts';
import type { LiveAnswer } from '../../src/prices/live-prices.ts';
import type { PriceQuestion } from '../../src/prices/price.ts';
import { networkError, serviceError } from '../support/aws-errors.ts';
import { stubbedClients } from '../support/clients.ts';
import { fakeClock } from '../support/clock.ts';
import { thrownBy } from '../support/errors.ts';
import { priceListTexts } from '../support/price-list.ts';

const NODE: PriceQuestion = { item: 'cache-node', engine: 'redis', nodeType: 'cache.t4g.micro', region: 'us-east-1' };
const now = new Date('2026-11-21T12:00:00Z');

describe("AWS's Price List", () => {
  const pricing = mockClient(PricingClient);
  const clients = stubbedClients();

  beforeEach(() => {
    pricing.reset();
  });
  after(() => {
    pricing.restore();
  });

  const ask = async (question: PriceQuestion = NODE, signal = new AbortController().signal): Promise<LiveAnswer> =>
    askPriceList(question, { clients, signal, now, seconds: 5 });
  const answers = (texts: readonly string[]) => pricing.on(GetProductsCommand).resolves({ PriceList: [...texts] });
  const failsWith = async (error: Error) => {
    pricing.on(GetProductsCommand).rejects(error);
    return ask();
  };

  it('is asked for just what is looked for, and says where its price is from', async () => {
    answers(priceListTexts('elasticache'));
    const answer = await ask();
    expect(answer).to.deep.equal({
      known: true,
      reached: true,
      price: {
        amount: 0.016,
        unit: 'Hrs',
        usageType: 'NodeUsage:cache.t4g.micro',
        sku: answer.known ? answer.price.sku : '',
        region: 'us-east-1',
        source: 'live',
        origin: 'AWS Price List',
        date: '2026-11-21',
      },
    });
    expect(pricing.commandCalls(GetProductsCommand).map(({ args }) => args[0].input)).to.deep.equal([
      {
        ServiceCode: 'AmazonElastiCache',
        Filters: [
          { Type: 'TERM_MATCH', Field: 'regionCode', Value: 'us-east-1' },
          { Type: 'TERM_MATCH', Field: 'productFamily', Value: 'Cache Instance' },
          { Type: 'TERM_MATCH', Field: 'instanceType', Value: 'cache.t4g.micro' },
          { Type: 'TERM_MATCH', Field: 'cacheEngine', Value: 'Redis' },
        ],
        FormatVersion: 'aws_v1',
      },
    ]);
    const storage = { item: 'fargate-ephemeral', architecture: 'X86_64', region: 'eu-west-1' } as const;
    answers(priceListTexts('fargate'));
    expect(await ask(storage)).to.have.nested.property('price.amount', 0.000111);
    expect(pricing.commandCalls(GetProductsCommand).at(-1)?.args[0].input.Filters?.at(-1)).to.deep.equal({
      Type: 'CONTAINS',
      Field: 'usagetype',
      Value: 'Fargate-EphemeralStorage-GB-Hours',
    });
  });

  it('is asked in us-east-1, wherever the resources are', async () => {
    const client = await stubbedClients('eu-west-1').pricing();
    expect(await client.config.region()).to.equal('us-east-1');
  });

  it('is read to its last page', async () => {
    const texts = priceListTexts('elasticache');
    pricing
      .on(GetProductsCommand)
      .callsFake(({ NextToken }: GetProductsCommandInput) =>
        NextToken === 'two'
          ? { PriceList: texts.slice(0, 1), NextToken: '' }
          : { PriceList: texts.slice(1), NextToken: 'two' },
      );
    expect(await ask()).to.have.nested.property('price.amount', 0.016);
    expect(pricing.commandCalls(GetProductsCommand).map(({ args }) => args[0].input.NextToken)).to.deep.equal([
      undefined,
      'two',
    ]);
  });

  it('may have no price, or several', async () => {
    answers([]);
    expect(await ask()).to.deep.equal({
      known: false,
      reached: true,
      reason: "AWS's Price List has no price of a cache.t4g.micro node of Redis in us-east-1.",
    });
    answers([...priceListTexts('elasticache'), ...priceListTexts('elasticache')]);
    expect(await ask()).to.deep.equal({
      known: false,
      reached: true,
      reason:
        "AWS's Price List has 2 prices of a cache.t4g.micro node of Redis in us-east-1, and nothing tells which of them is billed.",
    });
  });

  it('may be denied: the permission is named', async () => {
    expect(await failsWith(serviceError('AccessDeniedException', 400, 'User is not authorized'))).to.deep.equal({
      known: false,
      reached: false,
      reason: "AWS's Price List could not be asked: access to pricing:GetProducts was denied.",
      permission: 'pricing:GetProducts',
    });
  });

  const failures: readonly (readonly [what: string, error: Error, reason: string])[] = [
    ['be throttled', serviceError('ThrottlingException', 400, 'Rate exceeded.'), 'Rate exceeded.'],
    [
      'be out of reach',
      networkError('ENOTFOUND', 'getaddrinfo ENOTFOUND api.pricing.us-east-1.amazonaws.com'),
      'getaddrinfo ENOTFOUND api.pricing.us-east-1.amazonaws.com.',
    ],
    ['fail', serviceError('InternalErrorException', 500, 'It broke'), 'InternalErrorException: It broke.'],
  ];
  for (const [what, error, reason] of failures) {
    it(`may ${what}`, async () => {
      expect(await failsWith(error)).to.deep.equal({
        known: false,
        reached: false,
        reason: `AWS's Price List could not be asked: ${reason}`,
      });
    });
  }

  it('may answer with something else', async () => {
    const malformed = { known: false, reached: false };
    pricing.on(GetProductsCommand).resolves({});
    expect(await ask()).to.deep.equal({
      ...malformed,
      reason: "AWS's Price List could not be asked: The answer has no PriceList.",
    });
    for (const text of ['<html>', '{}', 'null']) {
      answers([text]);
      // oxlint-disable-next-line no-await-in-loop -- a table
      expect(await ask()).to.deep.equal({
        ...malformed,
        reason: "AWS's Price List could not be asked: The answer has something in its PriceList that is no product.",
      });
    }
  });

  it('hands on what is a defect of ours', async () => {
    pricing.on(GetProductsCommand).rejects(new RangeError('ours'));
    expect(await thrownBy(async () => ask())).to.have.property('message', 'ours');
  });

  it('is left alone once the run is interrupted', async () => {
    expect(await failsWith(Object.assign(new Error('Request aborted'), { name: 'AbortError' }))).to.deep.equal({
      known: false,
      reached: false,
      reason: "AWS's Price List could not be asked: it was interrupted.",
    });
  });

  describe('that is slow', () => {
    const clock = fakeClock();
    const signalOfLastCall = () => {
      const [, options] = pricing.send.lastCall.args as readonly unknown[];
      return (options as { abortSignal: AbortSignal }).abortSignal;
    };

    it('is not waited for, and its call is ended', async () => {
      const called = new Promise<void>((resolve) => {
        pricing.on(GetProductsCommand).callsFake(() => {
          resolve();
          return new Promise(() => undefined);
        });
      });
      const asked = ask();
      await called;
      const ended = signalOfLastCall();
      expect(ended.aborted).to.equal(false);
      await clock().tickAsync(5000);
      expect(await asked).to.deep.equal({
        known: false,
        reached: false,
        reason: "AWS's Price List gave no answer within 5 seconds.",
      });
      expect(ended.aborted).to.equal(true);
      expect(clock().countTimers()).to.equal(0);
    });

    it('hears of an interruption', async () => {
      const stop = new AbortController();
      answers(priceListTexts('elasticache'));
      await ask(NODE, stop.signal);
      pricing.on(GetProductsCommand).callsFake(() => new Promise(() => undefined));
      const asked = ask(NODE, stop.signal);
      await clock().tickAsync(1);
      const ended = signalOfLastCall();
      expect(ended.aborted).to.equal(false);
      stop.abort();
      expect(ended.aborted).to.equal(true);
      await clock().tickAsync(5000);
      expect(await asked).to.have.property('known', false);
    });
  });
});
