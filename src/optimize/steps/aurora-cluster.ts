/** An Aurora Serverless v2 cluster: its capacity and how long its backups are kept, in one call. */
import type { DBCluster } from '@aws-sdk/client-rds';

import { awsErrorNamed, MalformedAnswerError, present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import { DESCRIBE_DB_CLUSTERS, MODIFY_DB_CLUSTER } from '../calls.ts';
import { capacityOf } from '../discover/aurora.ts';
import { pendingChanges } from '../pending.ts';
import type { Numbers, Reading, StepContext, StepKind, StepTarget } from '../step.ts';
import { waitOptions } from './wait-options.ts';

export const auroraCluster = {
  id: 'aurora-cluster',
  calls: { read: [DESCRIBE_DB_CLUSTERS], lower: [MODIFY_DB_CLUSTER], raise: [MODIFY_DB_CLUSTER] },
  // On the wire some of them lack the last word.
  transient: [
    'InvalidDBClusterStateFault',
    'InvalidDBClusterState',
    'InvalidDBInstanceStateFault',
    'InvalidDBInstanceState',
    'InvalidGlobalClusterStateFault',
    'InvalidGlobalClusterState',
  ],
  done: [],

  async read(target, context) {
    const cluster = await describe(target, context);
    return cluster === undefined ? undefined : readingOf(cluster);
  },

  async write(target, { from, to }, context) {
    const differing = Object.fromEntries(Object.entries(to).filter(([name, value]) => from[name] !== value));
    if (Object.keys(differing).length === 0) return [];
    const capacity = await capacityTo(differing, target, context);
    const { backupRetentionDays } = differing;
    const { ModifyDBClusterCommand } = await import('@aws-sdk/client-rds');
    const rds = await context.clients.rds();
    const request = new ModifyDBClusterCommand({
      DBClusterIdentifier: target.id,
      ...(capacity !== undefined && { ServerlessV2ScalingConfiguration: capacity }),
      ...(backupRetentionDays !== undefined && { BackupRetentionPeriod: backupRetentionDays }),
      // Else it waits for the maintenance window.
      ApplyImmediately: true,
    });
    return requestIdOf(await rds.send(request, { abortSignal: context.signal }));
  },

  async wait({ id }, context) {
    const { waitUntilDBClusterAvailable } = await import('@aws-sdk/client-rds');
    const client = await context.clients.rds();
    await waitUntilDBClusterAvailable({ client, ...waitOptions(context) }, { DBClusterIdentifier: id });
  },
} satisfies StepKind;

function readingOf(cluster: DBCluster): Reading {
  const capacity = capacityOf(cluster);
  const numbers: Numbers = {
    ...(capacity !== null && { minCapacity: capacity.min, maxCapacity: capacity.max }),
    backupRetentionDays: present(cluster.BackupRetentionPeriod, 'BackupRetentionPeriod'),
  };
  const busy = busyWith(cluster);
  return busy === undefined ? { numbers } : { numbers, busy };
}

function busyWith({ Status, PendingModifiedValues }: DBCluster): string | undefined {
  const status = present(Status, 'Status');
  if (status !== 'available') return `is ${status}`;
  // A change that is made at once takes with it whatever else was to wait for the maintenance window.
  const pending = pendingChanges(PendingModifiedValues);
  return pending.length === 0 ? undefined : `has changes pending (${pending.join(', ')})`;
}

/** Both limits, for AWS takes them as one; what is not to be changed stays as it is. */
async function capacityTo({ minCapacity, maxCapacity }: Numbers, target: StepTarget, context: StepContext) {
  if (minCapacity === undefined && maxCapacity === undefined) return undefined;
  const cluster = await describe(target, context);
  const now = cluster === undefined ? null : capacityOf(cluster);
  if (now === null) throw new MalformedAnswerError(`${target.id} has no serverless capacity any more`);
  const min = minCapacity ?? now.min;
  const pause = cluster?.ServerlessV2ScalingConfiguration?.SecondsUntilAutoPause;
  return {
    MinCapacity: min,
    MaxCapacity: maxCapacity ?? now.max,
    // Only a cluster that may go down to 0 has a pause, and it keeps it.
    ...(min === 0 && pause !== undefined && { SecondsUntilAutoPause: pause }),
  };
}

async function describe({ id }: StepTarget, { clients, signal }: StepContext): Promise<DBCluster | undefined> {
  const { DescribeDBClustersCommand } = await import('@aws-sdk/client-rds');
  const rds = await clients.rds();
  try {
    const request = new DescribeDBClustersCommand({ DBClusterIdentifier: id });
    const { DBClusters } = await rds.send(request, { abortSignal: signal });
    return present(present(DBClusters, 'DBClusters')[0], 'DBCluster');
  } catch (error) {
    if (awsErrorNamed(error, 'DBClusterNotFoundFault')) return undefined;
    throw error;
  }
}
