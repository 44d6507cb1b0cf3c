import { expect } from 'chai';

import { known } from '../../../src/engine/model.ts';
import type { DatabaseCluster } from '../../../src/optimize/model.ts';
import { databaseCluster } from '../../support/optimize.ts';
import { bundled, denied, expectToAddUp, LIST_PRICE, saves } from '../../support/savings.ts';
import type { Change } from '../../support/savings.ts';

const STOPPED: Change = ['db-cluster-running', { running: 1 }, { running: 0 }];
const BILLED_ON = [
  'Storage and backups are billed on.',
  'It stays stopped all month; AWS starts it again after seven days, and then it has to be stopped again.',
  'An instance that a reservation pays for goes on being billed.',
  LIST_PRICE,
];

describe('what a stopped cluster of Aurora saves', () => {
  const saved = async (changes: Partial<DatabaseCluster>) =>
    saves(databaseCluster({ capacity: null, ...changes }), [STOPPED], bundled);

  it('is the hours of its instances, class by class', async () => {
    const saving = await saved({ memberClasses: known(['db.r5.large', 'db.t3.large', 'db.r5.large']) });
    expect(saving).to.deep.include({
      amount: 543.12,
      formula: '(2 x $0.29 + 1 x $0.164) x 730 h',
      assumptions: BILLED_ON,
    });
    expect(saving.known && saving.prices.map(({ usageType }) => usageType)).to.deep.equal([
      'InstanceUsage:db.r5.large',
      'InstanceUsage:db.t3.large',
    ]);
    expectToAddUp(saving);
  });

  it('has no sum where all are of one class', async () => {
    expect(await saved({ memberClasses: known(['db.r6g.large', 'db.r6g.large']) })).to.deep.include({
      amount: 379.6,
      formula: '2 instances x $0.26 x 730 h',
    });
  });

  it('goes by its engine and its storage', async () => {
    const memberClasses = known(['db.r6g.large']);
    expect(await saved({ memberClasses, storage: 'io-optimized' })).to.deep.include({
      amount: 246.74,
      formula: '1 instance x $0.338 x 730 h',
    });
    expect(await saved({ memberClasses: known(['db.r4.large']), engine: 'aurora-mysql' })).to.deep.include({
      amount: 211.7,
      formula: '1 instance x $0.29 x 730 h',
    });
    expect(await saved({ memberClasses, engine: 'postgres' })).to.deep.equal({
      known: false,
      reason: 'What an hour of postgres costs is not known here.',
    });
  });

  it('leaves out serverless instances, and says so', async () => {
    const one = await saved({ memberClasses: known(['db.serverless', 'db.r6g.large']) });
    expect(one).to.deep.include({
      amount: 189.8,
      assumptions: ['1 of its 2 instances is serverless; what it costs is not counted.', ...BILLED_ON],
    });
    const two = await saved({ memberClasses: known(['db.serverless', 'db.r6g.large', 'db.serverless']) });
    expect(two).to.deep.include({
      amount: 189.8,
      assumptions: ['2 of its 3 instances are serverless; what they cost is not counted.', ...BILLED_ON],
    });
  });

  const unknown: readonly (readonly [members: readonly string[], reason: string])[] = [
    [[], 'It has no instances: only its storage is billed, stopped or not.'],
    [['db.serverless'], 'Its instances are serverless: they cost what capacity they use, which is not estimated.'],
    [
      ['db.r6g.large', 'db.z9.huge'],
      'No price of a db.z9.huge instance of Aurora PostgreSQL on standard storage in us-east-1 comes with this version.',
    ],
  ];
  for (const [members, reason] of unknown) {
    it(`is not known: ${reason}`, async () => {
      expect(await saved({ memberClasses: known(members) })).to.deep.equal({ known: false, reason });
    });
  }

  it('is not known where its instances could not be read', async () => {
    expect(await saved({ memberClasses: denied('rds:DescribeDBInstances') })).to.deep.equal({
      known: false,
      reason: 'The class of its instances is not known: access to rds:DescribeDBInstances was denied.',
      permission: 'rds:DescribeDBInstances',
    });
  });
});
