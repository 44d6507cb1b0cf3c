import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import { planDatabaseInstance } from '../../../src/optimize/planners/rds.ts';
import { databaseInstance } from '../../support/optimize.ts';

const NOW = new Date('2026-11-21T18:00:59.123Z');
const USERS = 'What still runs and uses it fails until it is started again.';
const RESTART =
  'AWS starts it again by itself after seven days, not before 2026-11-28T18:00Z: run this again then to stop it again.';
const BILLED =
  'Its storage, its provisioned IOPS and its backups are billed on; no automated backups are taken while it is stopped, and those that it has are kept longer.';
const MAINTENANCE = 'Maintenance that is scheduled for it is dropped.';
const START = 'Starting it again takes some minutes, at times hours.';

const plan = (own: Parameters<typeof databaseInstance>[0] = {}) =>
  planDatabaseInstance(databaseInstance(own), { now: NOW });

const alone = (state: string, reason: string) => ({ state, reason, steps: [], cautions: [], lost: [] });

describe('the plan for instances of RDS', () => {
  it('stops what runs, and loses nothing', () => {
    expect(plan()).to.deep.equal({
      state: 'change',
      steps: [
        {
          id: 'db-instance-running',
          target: {
            kind: 'rds',
            type: 'AWS::RDS::DBInstance',
            id: 'tapstack-dev-db',
            arn: 'arn:aws:rds:us-east-1:111122223333:db:tapstack-dev-db',
            accountId: '111122223333',
            region: 'us-east-1',
          },
          from: { running: 1 },
          to: { running: 0 },
        },
      ],
      cautions: [RESTART, USERS, BILLED, MAINTENANCE, START],
      lost: [],
    });
  });

  it('says that the zones of one in two of them may change places', () => {
    expect(plan({ multiAz: true }).cautions).to.deep.equal([
      RESTART,
      USERS,
      BILLED,
      MAINTENANCE,
      'Its primary and its standby may have changed places once it is started again.',
      START,
    ]);
  });

  it('says that AWS takes a snapshot of RDS Custom for SQL Server', () => {
    expect(plan({ engine: 'custom-sqlserver-se' }).cautions).to.deep.equal([
      RESTART,
      USERS,
      BILLED,
      MAINTENANCE,
      'AWS takes a snapshot of it when it is stopped, and deletes that when it is started again.',
      START,
    ]);
  });

  it('says who puts it back, and what could not be read', () => {
    const tags = known(tagMap([['aws:cloudformation:stack-name', 'TapStackdev']]));
    expect(plan({ tags }).cautions).to.deep.equal([
      RESTART,
      USERS,
      BILLED,
      MAINTENANCE,
      START,
      'The next update of the CloudFormation stack TapStackdev may put it back.',
    ]);
    expect(plan({ tags: { known: false, reason: 'error' } }).cautions.at(-1)).to.equal(
      'Its tags could not be read, so they do not tell whether it is production.',
    );
  });

  for (const [own, reason] of [
    [{}, 'It is stopped already.'],
    [
      { automaticRestartTime: '2026-11-24T03:10:45.678Z' },
      'It is stopped already; AWS starts it again by itself at 2026-11-24T03:10Z.',
    ],
    // What AWS would not stop is stopped all the same.
    [{ unstoppable: 'is a read replica of x: AWS does not stop those' }, 'It is stopped already.'],
  ] as const) {
    it(`has nothing to stop: ${reason}`, () => {
      expect(plan({ status: 'stopped', ...own })).to.deep.equal(alone('already', reason));
    });
  }

  it('skips what AWS does not stop, whatever its state', () => {
    for (const status of ['available', 'modifying', 'stopping']) {
      expect(plan({ status, unstoppable: 'is a read replica of x: AWS does not stop those' })).to.deep.equal(
        alone('skipped', 'It is a read replica of x: AWS does not stop those.'),
      );
    }
  });

  for (const [own, reason] of [
    [{ status: 'stopping' }, 'Its status is stopping: it is about to be stopped.'],
    [{ status: 'starting' }, 'Its status is starting: it takes changes when it is available.'],
    [{ status: 'backing-up' }, 'Its status is backing-up: it takes changes when it is available.'],
    [{ status: 'storage-full' }, 'Its status is storage-full: it takes changes when it is available.'],
    [{ pending: ['DBInstanceClass'] }, 'AWS has yet to make an earlier change (DBInstanceClass).'],
  ] as const) {
    it(`waits for another time: ${reason}`, () => {
      expect(plan(own)).to.deep.equal(alone('blocked', reason));
    });
  }
});
