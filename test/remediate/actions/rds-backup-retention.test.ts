import { expect } from 'chai';

import { rdsBackupRetention } from '../../../src/remediate/actions/rds-backup-retention.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { estate, memoryAws } from '../../support/memory-aws.ts';
import { actingOn, proposed, targetOf } from '../../support/remediation.ts';

const CLUSTER = 'AWS::RDS::DBCluster';
const WEEK = { minimumDays: 7 };

describe('raising backup retention', () => {
  it('keeps backups for as long as the rule asks, of an instance', async () => {
    const aws = memoryAws(estate({ databases: { orders: { days: 3 } } }));
    expect(await proposed(rdsBackupRetention, aws, 'orders', { parameters: WEEK })).to.deep.equal({
      before: { backupRetentionDays: 3 },
      after: { backupRetentionDays: 7 },
      reversible: true,
      permissions: ['rds:ModifyDBInstance'],
      cautions: [],
    });
  });

  it('and of a cluster, for as long as the settings say', async () => {
    const aws = memoryAws(estate({ clusters: { orders: { days: 0 } } }));
    const given = { type: CLUSTER, settings: { days: 14 }, parameters: WEEK } as const;
    expect(await proposed(rdsBackupRetention, aws, 'orders', given)).to.deep.equal({
      before: { backupRetentionDays: 0 },
      after: { backupRetentionDays: 14 },
      reversible: true,
      permissions: ['rds:ModifyDBCluster'],
      cautions: ['Undoing it deletes the automated backups that were taken since.'],
    });
  });

  it('wants more days where those that are configured are too few', async () => {
    const aws = memoryAws(estate({ databases: { orders: { days: 0 } } }));
    expect(
      await proposed(rdsBackupRetention, aws, 'orders', { settings: { days: 3 }, parameters: WEEK }),
    ).to.deep.equal({
      why: 'needs-parameter',
      message: 'days of remediation.rules.rds-backup-retention is 3, and the rule asks for 7.',
    });
  });

  it('counts what is pending as done: RDS has been told', async () => {
    const aws = memoryAws(
      estate({ databases: { orders: { days: 0, pending: 7 } }, clusters: { sales: { days: 1, pending: 7 } } }),
    );
    const already = { why: 'already', message: 'RDS has been told to keep 7 days, and is about to.' };
    expect(await proposed(rdsBackupRetention, aws, 'orders', { parameters: WEEK })).to.deep.equal(already);
    expect(await proposed(rdsBackupRetention, aws, 'sales', { parameters: WEEK, type: CLUSTER })).to.deep.equal(
      already,
    );
  });

  for (const [type, operation, input] of [
    ['AWS::RDS::DBInstance', 'ModifyDBInstance', { DBInstanceIdentifier: 'orders' }],
    [CLUSTER, 'ModifyDBCluster', { DBClusterIdentifier: 'orders' }],
  ] as const) {
    it(`goes there and back with ${operation}`, async () => {
      const state = estate({ databases: { orders: { days: 0 } }, clusters: { orders: { days: 0 } } });
      const aws = memoryAws(state);
      const context = actingOn(aws);
      const target = targetOf(type, 'orders');
      const [before, after] = [{ backupRetentionDays: 0 }, { backupRetentionDays: 7 }];
      expect(await rdsBackupRetention.write(target, { from: before, to: after }, context)).to.deep.equal([
        `request-${operation}`,
      ]);
      expect(await rdsBackupRetention.current(target, before, context)).to.deep.equal(after);
      await rdsBackupRetention.write(target, { from: after, to: before }, context);
      expect(await rdsBackupRetention.current(target, before, context)).to.deep.equal(before);
      expect(aws.calls.filter((call) => call.operation === operation)).to.deep.equal(
        [7, 0].map((BackupRetentionPeriod) => ({
          operation,
          input: { ...input, BackupRetentionPeriod, ApplyImmediately: true },
        })),
      );
    });

    it(`finds a ${type} gone, and throws on what else is thrown`, async () => {
      const target = targetOf(type, 'orders');
      const gone = memoryAws(estate());
      expect(await proposed(rdsBackupRetention, gone, 'orders', { type })).to.equal('gone');
      expect(await rdsBackupRetention.current(target, {}, actingOn(gone))).to.equal(undefined);
      const denied = serviceError('AccessDenied', 403, 'not authorized');
      const refusing = memoryAws(estate(), async () => {
        throw denied;
      });
      expect(await thrownBy(() => proposed(rdsBackupRetention, refusing, 'orders', { type }))).to.equal(denied);
    });
  }
});
