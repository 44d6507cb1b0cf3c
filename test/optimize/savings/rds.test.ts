import { expect } from 'chai';
import fc from 'fast-check';

import type { DatabaseInstance } from '../../../src/optimize/model.ts';
import { databaseInstance } from '../../support/optimize.ts';
import { bundled, expectToAddUp, LIST_PRICE, none, pricesAt, saves } from '../../support/savings.ts';
import type { Change } from '../../support/savings.ts';

const STOPPED: Change = ['db-instance-running', { running: 1 }, { running: 0 }];
const BILLED_ON = [
  'Storage and backups are billed on.',
  'It stays stopped all month; AWS starts it again after seven days, and then it has to be stopped again.',
  'An instance that a reservation pays for goes on being billed.',
];

describe('what a stopped instance of RDS saves', () => {
  const told = async (changes: Partial<DatabaseInstance>, prices = bundled) => {
    const saving = await saves(databaseInstance(changes), [STOPPED], prices);
    return saving.known ? [saving.amount, saving.formula] : saving;
  };

  it('is $105.85 for a db.t3.large of PostgreSQL in us-east-1', async () => {
    expect(await saves(databaseInstance(), [STOPPED])).to.deep.equal({
      known: true,
      amount: 105.85,
      formula: '1 instance x $0.145 x 730 h',
      prices: [
        {
          amount: 0.145,
          unit: 'Hrs',
          usageType: 'InstanceUsage:db.t3.large',
          region: 'us-east-1',
          source: 'bundled',
          origin: 'https://github.com/getnable/finopsmcp (finops/aws_prices.py, release 0.12.0)',
          date: '2026-10-13',
        },
      ],
      assumptions: [...BILLED_ON, LIST_PRICE],
    });
  });

  it('goes by its engine and its class', async () => {
    expect(await told({ engine: 'mysql' })).to.deep.equal([99.28, '1 instance x $0.136 x 730 h']);
    expect(await told({ engine: 'mariadb' })).to.deep.equal([99.28, '1 instance x $0.136 x 730 h']);
    expect(await told({ instanceClass: 'db.m6g.2xlarge' })).to.deep.equal([464.28, '1 instance x $0.636 x 730 h']);
  });

  it('is that of both where it has a standby, and says so', async () => {
    expect(await saves(databaseInstance({ engine: 'mysql', multiAz: true }), [STOPPED])).to.deep.include({
      amount: 198.56,
      formula: '1 instance x $0.272 x 730 h',
      assumptions: ['The price is that of a Multi-AZ instance, its standby included.', ...BILLED_ON, LIST_PRICE],
    });
  });

  it('is not known for engines with licences', async () => {
    for (const engine of ['sqlserver-se', 'oracle-ee', 'db2-se', 'custom-oracle-ee']) {
      expect(await told({ engine })).to.deep.equal({
        known: false,
        reason: `What an hour of ${engine} costs is not known here.`,
      });
    }
  });

  it('is not known without a price', async () => {
    expect(await told({ instanceClass: 'db.z9.huge', multiAz: true })).to.deep.equal({
      known: false,
      reason: 'No price of a db.z9.huge Multi-AZ instance of PostgreSQL in us-east-1 comes with this version.',
    });
    expect(await told({}, none)).to.deep.equal({
      known: false,
      reason: 'No price came.',
      permission: 'pricing:GetProducts',
    });
  });

  it('is not known where it is not stopped', async () => {
    expect(await saves(databaseInstance(), [])).to.deep.equal({ known: false, reason: 'It is not stopped.' });
  });

  it('is what its formula gives', async () => {
    const amounts = fc.integer({ min: 1, max: 99_999_999 }).map((number) => number / 1_000_000);
    await fc.assert(
      fc.asyncProperty(amounts, async (amount) => {
        expectToAddUp(await saves(databaseInstance(), [STOPPED], pricesAt(amount)));
      }),
    );
  });
});
