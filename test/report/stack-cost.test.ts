import { Chalk } from 'chalk';
import { expect } from 'chai';

import { renderStackCost, stackCostDocument } from '../../src/report/stack-cost.ts';
import type { CostReport } from '../../src/report/stack-cost.ts';

const COST: CostReport = {
  items: [
    {
      id: 'lambdaRequest',
      description: 'Lambda: runs',
      quantity: 3156.4,
      unit: 'request',
      list: 0.0006,
      withAllowances: 0,
      formula: '3156 x $2e-7',
    },
    {
      id: 'metric',
      description: 'CloudWatch: metrics',
      quantity: 23,
      unit: 'metric',
      list: 1.15,
      withAllowances: 0.65,
      formula: '23 x $0.3',
    },
    {
      id: 'logs',
      description: 'CloudWatch: logs',
      quantity: 0.125,
      unit: 'GB',
      list: 0.0625,
      withAllowances: 0,
      formula: '0.125 x $0.5',
    },
  ],
  list: 1.2131,
  withAllowances: 0.65,
  configInstead: 13.8,
  assumptions: [
    { name: 'instances', value: 100, unit: 'EC2 instances in the estate' },
    { name: 'scanSeconds', value: 10, unit: 'seconds a scan takes' },
  ],
  pricedRegion: 'us-east-1',
  asOf: '2026-11-01',
};

const shown = (region: string) => [...renderStackCost(COST, region, new Chalk({ level: 0 }))].join('');

describe('the cost of a stack', () => {
  it('is a table with both totals, what it rests on, and what it would cost otherwise', () => {
    expect(shown('us-east-1')).to.equal(`What it costs a month, estimated
ITEM                                            QUANTITY        LIST   WITH FREE
Lambda: runs                              3,156 requests      <$0.01       $0.00
CloudWatch: metrics                           23 metrics       $1.15       $0.65
CloudWatch: logs                                 0.13 GB       $0.06       $0.00
Total                                                          $1.21       $0.65

List prices of us-east-1 as of 2026-11-01, without and with what AWS gives every
account for nothing. AWS Config alone, watching the same by the same rules,
would cost about $13.80.
Assumed, and set with --assume NAME=NUMBER: instances=100 (EC2 instances in the
estate); scanSeconds=10 (seconds a scan takes).
`);
  });

  it('says so where the prices are of another region', () => {
    expect(shown('eu-west-1').replaceAll('\n', ' ')).to.include(
      'for nothing. Those of eu-west-1 may differ. AWS Config alone',
    );
    for (const line of shown('eu-west-1').split('\n')) expect(line.length).to.be.at.most(80);
  });

  it('is a document to a hundredth of a cent', () => {
    expect(stackCostDocument(COST)).to.deep.equal({
      currency: 'USD',
      period: 'month',
      list_price: 1.2131,
      with_allowances: 0.65,
      aws_config_instead: 13.8,
      priced_region: 'us-east-1',
      as_of: '2026-11-01',
      items: [
        {
          id: 'lambdaRequest',
          description: 'Lambda: runs',
          quantity: 3156.4,
          unit: 'request',
          list_price: 0.0006,
          with_allowances: 0,
          formula: '3156 x $2e-7',
        },
        {
          id: 'metric',
          description: 'CloudWatch: metrics',
          quantity: 23,
          unit: 'metric',
          list_price: 1.15,
          with_allowances: 0.65,
          formula: '23 x $0.3',
        },
        {
          id: 'logs',
          description: 'CloudWatch: logs',
          quantity: 0.125,
          unit: 'GB',
          list_price: 0.0625,
          with_allowances: 0,
          formula: '0.125 x $0.5',
        },
      ],
      assumptions: { instances: 100, scanSeconds: 10 },
    });
  });
});
