import * as z from 'zod';

import type { DbCluster, DbInstance } from '../model.ts';
import { defineRule } from '../rule.ts';
import { fail, notApplicable, pass } from '../verdict.ts';
import type { NotApplicable } from '../verdict.ts';

export const rdsBackupRetention = defineRule({
  id: 'rds-backup-retention',
  title: 'RDS database keeps automated backups long enough',
  rationale:
    'Without automated backups a database cannot be brought back to a point in time; with too few days of them, a mistake is past mending before it is noticed.',
  severity: 'high',
  category: 'backup',
  needs: { 'AWS::RDS::DBInstance': [], 'AWS::RDS::DBCluster': [] },
  remedy:
    'Raise the backup retention period of the instance or the cluster. Going from 0 to more takes an instance offline for a moment: choose the time.',
  parameters: z.strictObject({
    minimumDays: z
      .int()
      .min(1)
      .max(35)
      .default(1)
      .describe('How many days automated backups must be kept at least, 1 to 35.'),
    replicas: z
      .enum(['skip', 'judge'])
      .default('skip')
      .describe(
        '`skip` leaves read replicas alone: their source is what is backed up. `judge` judges them too, but for those that AWS lets have no automated backups.',
      ),
  }),

  check(database, { parameters: { minimumDays, replicas } }) {
    const exempt = atItsCluster(database) ?? asReplica(database, replicas);
    if (exempt !== undefined) return exempt;

    const { backupRetentionPeriod: days } = database;
    if (days >= minimumDays) return pass;
    const [key, what] =
      days === 0
        ? ['disabled', 'keeps no automated backups']
        : ['too-short', `keeps automated backups for ${inDays(days)}, not for ${inDays(minimumDays)}`];
    return fail(`${nameOf(database)} ${what}.`, { facts: [{ key, message: `The database ${what}.` }] });
  },
});

/** Backups are of the cluster: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html */
function atItsCluster(database: DbInstance | DbCluster): NotApplicable | undefined {
  if (database.type !== 'AWS::RDS::DBInstance' || database.dbClusterIdentifier === null) return undefined;
  return notApplicable(`${nameOf(database)} is judged at its cluster, ${database.dbClusterIdentifier}.`);
}

function asReplica(database: DbInstance | DbCluster, replicas: 'skip' | 'judge'): NotApplicable | undefined {
  const { replicationSource } = database;
  if (replicationSource === null) return undefined;
  const which = `${nameOf(database)} is a read replica of ${replicationSource}`;
  if (replicas === 'skip') return notApplicable(`${which}, which is what is backed up.`);
  const barrier = database.type === 'AWS::RDS::DBInstance' ? barrierTo(database) : undefined;
  return barrier === undefined ? undefined : notApplicable(`${which}, and ${barrier}.`);
}

/**
 * Why AWS lets a read replica have no automated backups, or `undefined` where it does, as for Db2, MariaDB, MySQL and
 * Oracle: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Overview.Differences.html
 */
function barrierTo({ engine, engineVersion }: DbInstance): string | undefined {
  if (engine.startsWith('sqlserver-')) return 'RDS for SQL Server keeps no automated backups of replicas';
  // As a number: of all versions from 14 on, 14.0 alone is below 14.1.
  if (engine === 'postgres' && Number.parseFloat(engineVersion) < 14.1) {
    return `RDS for PostgreSQL keeps automated backups of replicas from 14.1 on, not in ${engineVersion}`;
  }
  return undefined;
}

function nameOf({ type, id }: DbInstance | DbCluster): string {
  return `${type === 'AWS::RDS::DBInstance' ? 'DB instance' : 'DB cluster'} ${id}`;
}

function inDays(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
