import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { Chalk } from 'chalk';
import { expect } from 'chai';

import type { PresetName } from '../../src/config/preset-names.ts';
import { LIST_PRICES } from '../../src/prices/list-prices.ts';
import { moneyText, renderStackCost, stackCostDocument } from '../../src/report/stack-cost.ts';
import type { CostItem, Quoted, StackCost } from '../../src/report/stack-cost.ts';
import { estimateCost } from '../../src/stack/cost.ts';
import { specOf } from '../support/stacks.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/stack-cost', name), 'utf8');
const plain = new Chalk({ level: 0 });
const render = (cost: StackCost) => renderStackCost(cost, plain);
const costOf = (preset: PresetName) => estimateCost(specOf(preset), LIST_PRICES);

const quoted = (changes: Partial<Quoted> = {}): Quoted => ({
  price: 3,
  per: 1,
  unit: 'dashboard-month',
  above: 0,
  region: 'us-east-1',
  source: 'https://aws.amazon.com/cloudwatch/pricing/',
  date: '2026-11-21',
  verified: true,
  ...changes,
});
const item = (changes: Partial<CostItem> = {}): CostItem => ({
  id: 'dashboard',
  description: 'CloudWatch dashboard',
  quantity: 1,
  unit: 'dashboards',
  formula: '1 with 3 metrics',
  listPrice: 3,
  withAllowances: 0,
  quotes: [quoted()],
  ...changes,
});
const unknown = item({
  id: 'alarms',
  description: 'CloudWatch alarms',
  listPrice: null,
  withAllowances: null,
  quotes: [],
});
const cost = (changes: Partial<StackCost> = {}): StackCost => ({
  environment: 'dev',
  preset: 'tag-events',
  region: 'us-east-1',
  items: [item()],
  total: { listPrice: 3, withAllowances: 0 },
  hasAllowances: true,
  once: [],
  assumptions: [],
  ...changes,
});
/** The text without the breaks of its lines. */
const flowing = (changes: Partial<StackCost>) => render(cost(changes)).replaceAll(/\s+/g, ' ');

describe('renderStackCost', () => {
  for (const preset of ['standard', 'tag-events', 'regulated'] as const) {
    it(`shows what ${preset} costs`, () => {
      expect(render(costOf(preset))).to.equal(fixture(`${preset}.txt`));
    });

    it(`keeps ${preset} within 80 columns, and leaves no blanks at the end of a line`, () => {
      for (const line of render(costOf(preset)).split('\n')) {
        expect(line.length, line).to.be.at.most(80);
        expect(line).to.equal(line.trimEnd());
      }
    });
  }

  it('says the same with colours', () => {
    const coloured = renderStackCost(costOf('standard'), new Chalk({ level: 1 }));
    expect(coloured).not.to.equal(fixture('standard.txt'));
    expect(stripVTControlCharacters(coloured)).to.equal(fixture('standard.txt'));
  });

  it('shows small quantities as small, one as one, and large ones without decimals', () => {
    const text = render(
      cost({
        items: [
          item({ quantity: 0.001, unit: 'GB-months' }),
          item({ quantity: 1, unit: 'requests' }),
          item({ quantity: 999.994, unit: 'requests' }),
          item({ quantity: 1234.56, unit: 'requests' }),
          item({ quantity: 1, unit: 'GB' }),
        ],
        assumptions: [
          { name: 'ec2-events', value: 1, unit: 'events a month', description: 'changes of states' },
          { name: 'history-gigabytes', value: 0.125, unit: 'GB', description: 'the table' },
        ],
      }),
    );
    expect(
      text
        .split('\n')
        .slice(4, 9)
        .map((line) => line.slice(33, 58).trimEnd()),
    ).to.deep.equal(['<0.01 GB-months', '1 request', '999.99 requests', '1,235 requests', '1 GB']);
    expect(text).to.include('\nec2-events             1 event a month            changes of states\n');
    expect(text).to.include('\nhistory-gigabytes      0.125 GB                   the table\n');
  });

  it('says which prices are not known, and that the totals lack them', () => {
    const text = flowing({ items: [unknown, item()] });
    expect(text).to.include('CloudWatch alarms 1 dashboard unknown unknown');
    expect(text).to.include('Total of what is known $3.00 $0.00');
    expect(text).to.include('No price is known of: CloudWatch alarms. The totals lack them.');
  });

  it('says nothing of prices where there are none', () => {
    expect(flowing({ items: [unknown] })).not.to.include('Prices as of');
    expect(flowing({ items: [unknown] })).not.to.include('Not verified');
  });

  it('marks what has the price of another region', () => {
    const text = flowing({ region: 'eu-west-1' });
    expect(text).to.include('CloudWatch dashboard * 1 dashboard $3.00');
    expect(text).to.include('* The price in eu-west-1 is not known here: that of us-east-1 is used.');
    expect(flowing({})).not.to.include('*');
  });

  it('gives the days and places of prices, and what nobody has verified', () => {
    const quotes = [
      quoted({ date: '2026-12-01', verified: false }),
      quoted({ date: '2026-11-03', source: 'https://github.com/a/b' }),
    ];
    const text = flowing({ items: [item(), item({ description: 'Lambda requests', quotes })] });
    expect(text).to.include(
      'Prices as of 2026-11-03 to 2026-12-01, from aws.amazon.com, github.com; --json gives each with its source.',
    );
    expect(text).to.include('Not verified with AWS: Lambda requests.');
    expect(flowing({})).to.include('Prices as of 2026-11-21, from aws.amazon.com;').and.not.include('Not verified');
  });

  it('says where there are no allowances', () => {
    expect(flowing({ hasAllowances: false })).to.include(
      'AWS’s free allowances are not counted: they are for its commercial regions.',
    );
  });

  describe('with a target', () => {
    const items = [item({ withAllowances: 3 }), item({ id: 'kms-key', description: 'KMS key', listPrice: 1 }), unknown];

    it('says that it holds', () => {
      expect(flowing({ items, target: { amount: 2, overAtListPrice: [], overWithAllowances: [] } })).to.include(
        'It stays under $2.00 a month, at list price too.',
      );
    });

    it('says that it holds with the allowances, and what breaks it at list price', () => {
      const target = { amount: 2, overAtListPrice: ['dashboard', 'kms-key'], overWithAllowances: [] };
      expect(flowing({ items, target })).to.include(
        'With the free allowances it stays under $2.00 a month; what breaks it at list price: CloudWatch dashboard ($3.00), KMS key ($1.00).',
      );
    });

    it('says what breaks it even with the allowances', () => {
      const target = { amount: 2, overAtListPrice: ['dashboard'], overWithAllowances: ['dashboard'] };
      expect(flowing({ items, target })).to.include(
        'It does not stay under $2.00 a month, not even with the free allowances: CloudWatch dashboard ($3.00); what breaks it at list price: CloudWatch dashboard ($3.00).',
      );
    });
  });

  it('adds up what is charged once, where it is known', () => {
    const once = [item({ listPrice: 0.681 }), item({ listPrice: 0.127 })];
    expect(flowing({ once })).to.include('Once, when AWS Config sees everything for the first time: $0.81.');
    expect(flowing({ once: [...once, unknown] })).to.include(
      'Once, when AWS Config sees everything for the first time: unknown.',
    );
  });

  it('compares with AWS Config, once it scans with what judging as often adds', () => {
    const configAlternative = { rules: 1, items: [], listPrice: 40, once: 0.4 };
    const sentence =
      'AWS Config would cost $40.00 a month for the same 1 rule on the same resources, judged when they change, and $0.40 once.';
    expect(flowing({ configAlternative })).to.include(sentence).and.not.include('would add');
    const periodic = { runs: 730 / 6, instances: 100, listPrice: 12.166666667 };
    expect(flowing({ configAlternative: { ...configAlternative, periodic } })).to.include(
      `${sentence} Each rule that also judged all 100 instances 121.67 times a month, as often as this stack scans, would add $12.17.`,
    );
  });
});

describe('moneyText', () => {
  for (const [amount, text] of [
    [0, '$0.00'],
    [1e-9, '<$0.01'],
    [0.0049, '<$0.01'],
    [0.005, '$0.01'],
    [0.994, '$0.99'],
    [1.2, '$1.20'],
    [12.166666667, '$12.17'],
    [1234.5, '$1,234.50'],
  ] as const) {
    it(`shows ${amount} as ${text}`, () => {
      expect(moneyText(amount)).to.equal(text);
    });
  }
});

describe('stackCostDocument', () => {
  it('has the estimate of tag-events whole, with every price and its source', () => {
    const document = stackCostDocument(costOf('tag-events'));
    expect(`${JSON.stringify(document, undefined, 2)}\n`).to.equal(fixture('tag-events.json'));
  });

  it('has what some stacks alone have', () => {
    const { once, config_alternative: alternative, target } = stackCostDocument(costOf('config-history'));
    expect(once.map(({ id }) => id)).to.deep.equal(['config-first-items', 'config-first-evaluations']);
    expect([alternative, target]).to.deep.equal([undefined, undefined]);
    expect(stackCostDocument(costOf('ec2-baseline')).config_alternative?.periodic).to.deep.equal({
      runs: 730 / 6,
      instances: 100,
      list_price: 12.166666667,
    });
  });

  it('says that it is not complete where a price is not known', () => {
    const document = stackCostDocument(cost({ items: [unknown] }));
    expect(document.complete).to.equal(false);
    expect(document.items[0]).to.include({ list_price: null, with_allowances: null });
  });
});
