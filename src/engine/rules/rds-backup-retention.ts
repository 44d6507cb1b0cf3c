import { z } from 'zod';

import type { DbCluster, DbInstance } from '../model.ts';
import { defineRule } from '../rule.ts';
import { fail, notApplicable, pass } from '../verdict.ts';

export const rdsBackupRetention = defineRule({
  id: 'rds-backup-retention',
  title: 'RDS database keeps its backups long enough',
  rationale:
    'Without automated backups a database can be restored to no point in time; with too few days of them, a mistake found late cannot be undone.',
  severity: 'high',
  category: 'backup',
  needs: { 'AWS::RDS::DBInstance': [], 'AWS::RDS::DBCluster': [] },
  remedy: 'Set the backup retention period of the instance or cluster to at least the days that are asked for.',
  parameters: z.strictObject({
    minimumDays: z
      .int()
      .min(1)
      .max(35)
      .default(1)
      .describe('Days that automated backups must be kept at least; 35 is the most that AWS offers.'),
    replicas: z
      .enum(['skip', 'judge'])
      .default('skip')
      .describe('Whether read replicas are judged, as far as AWS lets them have backups of their own.'),
  }),

  check(database, { parameters: { minimumDays, replicas } }) {
    const name = `${database.type === 'AWS::RDS::DBCluster' ? 'Cluster' : 'Database'} ${database.id}`;
    if (database.type === 'AWS::RDS::DBInstance' && database.dbClusterIdentifier !== null) {
      return notApplicable(`${name} is judged at its cluster ${database.dbClusterIdentifier}.`);
    }
    if (database.replicationSource !== null) {
      if (replicas === 'skip') return notApplicable(`${name} is a read replica: its source is what is backed up.`);
      if (!canBackUpReplica(database))
        return notApplicable(`${name} is a read replica that AWS lets have no automated backups.`);
    }
    const days = database.backupRetentionPeriod;
    if (days >= minimumDays) return pass;
    if (days === 0) return fail(`${name} has automated backups turned off.`);
    return fail(
      `${name} keeps its backups for ${days} ${days === 1 ? 'day' : 'days'}; at least ${minimumDays} are asked for.`,
    );
  },
});

/**
 * Whether AWS lets a read replica have automated backups: SQL Server's may not, PostgreSQL's from 14.1 on.
 * Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Overview.Differences.html
 */
function canBackUpReplica(database: DbInstance | DbCluster): boolean {
  if (database.engine.startsWith('sqlserver')) return false;
  if (database.engine !== 'postgres' || database.type === 'AWS::RDS::DBCluster') return true;
  const [major = 0, minor = 0] = database.engineVersion.split('.').map(Number);
  return major > 14 || (major === 14 && minor >= 1);
}
