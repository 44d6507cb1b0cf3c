import type { RDSClient } from '@aws-sdk/client-rds';

import type { Call } from '../../aws/call.ts';
import { awsErrorNamed, present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import type { DbCluster, DbInstance } from '../../engine/model.ts';
import { fromCluster } from '../../inventory/collectors/rds-db-clusters.ts';
import { fromInstance } from '../../inventory/collectors/rds-db-instances.ts';
import { defineAction } from '../action.ts';
import type { ActionContext } from '../action.ts';
import type { Target } from '../change.ts';

const ANY_INSTANCE = 'arn:{partition}:rds:{region}:{account}:db:*';
const ANY_CLUSTER = 'arn:{partition}:rds:{region}:{account}:cluster:*';

const DESCRIBE_DB_INSTANCES: Call = {
  operation: 'DescribeDBInstances',
  action: 'rds:DescribeDBInstances',
  resource: ANY_INSTANCE,
};
const DESCRIBE_DB_CLUSTERS: Call = {
  operation: 'DescribeDBClusters',
  action: 'rds:DescribeDBClusters',
  resource: ANY_CLUSTER,
};
const MODIFY_DB_INSTANCE: Call = {
  operation: 'ModifyDBInstance',
  action: 'rds:ModifyDBInstance',
  resource: ANY_INSTANCE,
};
const MODIFY_DB_CLUSTER: Call = {
  operation: 'ModifyDBCluster',
  action: 'rds:ModifyDBCluster',
  resource: ANY_CLUSTER,
};

interface Database {
  readonly resource: DbInstance | DbCluster;
  /** Days as they are, or as they are about to be: RDS shows what it was told as pending until it has done it. */
  readonly days: number;
}

/** Automated backups are kept for more days, from now on and not from the next maintenance window. */
export const rdsBackupRetention = defineAction({
  id: 'rds-backup-retention',
  rule: 'rds-backup-retention',
  calls: {
    read: [DESCRIBE_DB_INSTANCES, DESCRIBE_DB_CLUSTERS],
    apply: [MODIFY_DB_INSTANCE, MODIFY_DB_CLUSTER],
    undo: [MODIFY_DB_INSTANCE, MODIFY_DB_CLUSTER],
  },

  async read(target, context) {
    const database = await readDatabase(target, context);
    return database === undefined ? undefined : { resource: database.resource, detail: database.days };
  },

  plan({ resource, detail: days }, { settings, parameters, judge }) {
    const { minimumDays } = parameters as { readonly minimumDays: number };
    const asked = settings.days ?? minimumDays;
    const database = resource as DbInstance | DbCluster;
    const verdict = judge({ ...database, backupRetentionPeriod: asked });
    if (verdict.status === 'FAIL') {
      return {
        why: 'needs-parameter',
        message: `days of remediation.rules.rds-backup-retention is ${asked}, and the rule asks for ${minimumDays}.`,
      };
    }
    if (days >= asked) return { why: 'already', message: `RDS has been told to keep ${days} days, and is about to.` };
    const first = days === 0;
    return {
      before: { backupRetentionDays: days },
      after: { backupRetentionDays: asked },
      reversible: true,
      permissions: [database.type === 'AWS::RDS::DBInstance' ? MODIFY_DB_INSTANCE.action : MODIFY_DB_CLUSTER.action],
      cautions: [
        // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Enabling.html
        ...(first && database.type === 'AWS::RDS::DBInstance'
          ? ['Nothing restarts, but going from 0 days suspends I/O for a moment: a first backup is taken at once.']
          : []),
        ...(first ? ['Undoing it deletes the automated backups that were taken since.'] : []),
      ],
    };
  },

  async current(target, _parts, context) {
    const database = await readDatabase(target, context);
    return database === undefined ? undefined : { backupRetentionDays: database.days };
  },

  async write({ id, type }, { to }, { clients, signal: abortSignal }) {
    const { ModifyDBClusterCommand, ModifyDBInstanceCommand } = await import('@aws-sdk/client-rds');
    const rds = await clients.rds();
    const change = { BackupRetentionPeriod: Number(to['backupRetentionDays']), ApplyImmediately: true };
    return requestIdOf(
      type === 'AWS::RDS::DBCluster'
        ? await rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: id, ...change }), { abortSignal })
        : await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: id, ...change }), { abortSignal }),
    );
  },
});

async function readDatabase(target: Target, context: ActionContext): Promise<Database | undefined> {
  const rds = await context.clients.rds();
  try {
    return target.type === 'AWS::RDS::DBCluster'
      ? await readCluster(rds, target.id, context)
      : await readInstance(rds, target.id, context);
  } catch (error) {
    if (awsErrorNamed(error, 'DBInstanceNotFound', 'DBInstanceNotFoundFault', 'DBClusterNotFoundFault')) {
      return undefined;
    }
    throw error;
  }
}

async function readInstance(rds: RDSClient, id: string, { scope, signal }: ActionContext): Promise<Database> {
  const { DescribeDBInstancesCommand } = await import('@aws-sdk/client-rds');
  const request = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id });
  const { DBInstances } = await rds.send(request, { abortSignal: signal });
  const instance = present(present(DBInstances, 'DBInstances')[0], 'DBInstance');
  const resource = fromInstance(instance, scope);
  return { resource, days: instance.PendingModifiedValues?.BackupRetentionPeriod ?? resource.backupRetentionPeriod };
}

async function readCluster(rds: RDSClient, id: string, { scope, signal }: ActionContext): Promise<Database> {
  const { DescribeDBClustersCommand } = await import('@aws-sdk/client-rds');
  const request = new DescribeDBClustersCommand({ DBClusterIdentifier: id });
  const { DBClusters } = await rds.send(request, { abortSignal: signal });
  const cluster = present(present(DBClusters, 'DBClusters')[0], 'DBCluster');
  const resource = fromCluster(cluster, scope);
  return { resource, days: cluster.PendingModifiedValues?.BackupRetentionPeriod ?? resource.backupRetentionPeriod };
}
