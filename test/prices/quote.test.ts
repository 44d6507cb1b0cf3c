import { expect } from 'chai';
import fc from 'fast-check';

import { amountOf, quotesFor } from '../../src/prices/quote.ts';
import type { PriceQuote } from '../../src/prices/quote.ts';

const quote = (changes: Partial<PriceQuote> = {}): PriceQuote => ({
  item: 'config/evaluations',
  price: 0.001,
  per: 1,
  unit: 'evaluation',
  above: 0,
  region: 'us-east-1',
  source: 'https://aws.amazon.com/config/pricing/',
  date: '2026-11-21',
  verified: true,
  ...changes,
});
const irish = quote({ region: 'eu-west-1', price: 0.002 });
const second = quote({ above: 100_000, price: 0.0008 });
const third = quote({ above: 500_000, price: 0.0005 });
const other = quote({ item: 'config/items', price: 0.003, unit: 'item' });
const quotes = [third, irish, quote(), other, second];

describe('quotesFor', () => {
  it('gives the tiers of the region, lowest first', () => {
    expect(quotesFor('config/evaluations', { partition: 'aws', region: 'us-east-1' }, { quotes })).to.deep.equal([
      quote(),
      second,
      third,
    ]);
    expect(quotesFor('config/evaluations', { partition: 'aws', region: 'eu-west-1' }, { quotes })).to.deep.equal([
      irish,
    ]);
  });

  it('gives those of us-east-1 where the region’s are not known', () => {
    expect(quotesFor('config/items', { partition: 'aws', region: 'eu-west-1' }, { quotes })).to.deep.equal([other]);
    expect(quotesFor('config/items', { partition: 'aws-us-gov', region: 'us-gov-west-1' }, { quotes })).to.deep.equal([
      other,
    ]);
  });

  it('gives none for what has no known price, and none in China, where dollars are not paid', () => {
    expect(quotesFor('kms/keys', { partition: 'aws', region: 'us-east-1' }, { quotes })).to.deep.equal([]);
    expect(quotesFor('config/items', { partition: 'aws-cn', region: 'cn-north-1' }, { quotes })).to.deep.equal([]);
  });
});

describe('amountOf', () => {
  const tiers = [quote(), second, third];

  for (const [quantity, amount] of [
    [0, 0],
    [1, 0.001],
    [100_000, 100],
    // 100,000 x $0.001 + 1 x $0.0008
    [100_001, 100.0008],
    // 100,000 x $0.001 + 400,000 x $0.0008
    [500_000, 420],
    // and 500,000 x $0.0005
    [1_000_000, 670],
  ] as const) {
    it(`takes $${amount} for ${quantity} evaluations`, () => {
      expect(amountOf(quantity, tiers)).to.be.closeTo(amount, 1e-9);
    });
  }

  it('divides by what the price is for', () => {
    expect(amountOf(250_000, [quote({ price: 0.2, per: 1_000_000 })])).to.equal(0.05);
  });

  it('never costs less for more, and never more than all at the first price', () => {
    fc.assert(
      fc.property(fc.nat(2_000_000), fc.nat(2_000_000), (one, more) => {
        expect(amountOf(one + more, tiers)).to.be.at.least(amountOf(one, tiers));
        expect(amountOf(one, tiers)).to.be.at.most(one * 0.001 + 1e-9);
      }),
    );
  });
});
