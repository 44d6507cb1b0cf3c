import { expect } from 'chai';

import { LIST_PRICES } from '../../src/prices/list-prices.ts';
import { REFERENCE_REGION } from '../../src/prices/quote.ts';

const { quotes, allowances } = LIST_PRICES;

describe('LIST_PRICES', () => {
  it('says of every price where and when it was read', () => {
    for (const { source, date } of [...quotes, ...allowances]) {
      expect(new URL(source).protocol).to.equal('https:');
      expect(date).to.match(/^20\d\d-\d\d-\d\d$/);
      expect(source).not.to.include('{');
    }
  });

  it('has each tier of an item and region once, the first from 0 on, all in one unit', () => {
    for (const tiers of Map.groupBy(quotes, ({ item, region }) => `${item} ${region}`).values()) {
      const starts = tiers.map(({ above }) => above);
      expect(starts).to.deep.equal([...new Set(starts)].toSorted((one, other) => one - other));
      expect(starts[0]).to.equal(0);
      expect(new Set(tiers.map(({ unit }) => unit)).size).to.equal(1);
    }
  });

  it('has a price of the reference region for every item, and for every free allowance', () => {
    const known = quotes.filter(({ region }) => region === REFERENCE_REGION).map(({ item }) => item);
    for (const item of [...quotes.map((quote) => quote.item), ...allowances.flatMap(({ items }) => items)]) {
      expect(known).to.include(item);
    }
  });

  it('lets no item draw on two allowances', () => {
    const items = allowances.flatMap((allowance) => allowance.items);
    expect(items).to.deep.equal([...new Set(items)]);
  });
});
