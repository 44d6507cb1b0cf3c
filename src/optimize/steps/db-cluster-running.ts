/** Whether a provisioned Aurora cluster runs: its instances are stopped and started with it. */
import { awsErrorNamed, present } from '../../aws/errors.ts';
import { DESCRIBE_DB_CLUSTERS, DESCRIBE_DB_INSTANCES, START_DB_CLUSTER, STOP_DB_CLUSTER } from '../calls.ts';
import type { StepContext } from '../step.ts';
import { runningDatabase } from './running-database.ts';

export const dbClusterRunning = runningDatabase({
  id: 'db-cluster-running',
  calls: { read: [DESCRIBE_DB_CLUSTERS, DESCRIBE_DB_INSTANCES], lower: [STOP_DB_CLUSTER], raise: [START_DB_CLUSTER] },
  // On the wire some of them lack the last word.
  transient: [
    'InvalidDBClusterStateFault',
    'InvalidDBClusterState',
    'InvalidDBInstanceStateFault',
    'InvalidDBInstanceState',
  ],

  async statusOf({ id }, { clients, signal }) {
    const { DescribeDBClustersCommand } = await import('@aws-sdk/client-rds');
    const rds = await clients.rds();
    try {
      const request = new DescribeDBClustersCommand({ DBClusterIdentifier: id });
      const { DBClusters } = await rds.send(request, { abortSignal: signal });
      const status = present(present(DBClusters, 'DBClusters')[0]?.Status, 'Status');
      return status === 'available' ? await statusOfMembers(id, { clients, signal }) : status;
    } catch (error) {
      if (awsErrorNamed(error, 'DBClusterNotFoundFault')) return undefined;
      throw error;
    }
  },

  async stop({ id }, { clients, signal }) {
    const { StopDBClusterCommand } = await import('@aws-sdk/client-rds');
    const rds = await clients.rds();
    return rds.send(new StopDBClusterCommand({ DBClusterIdentifier: id }), { abortSignal: signal });
  },

  async start({ id }, { clients, signal }) {
    const { StartDBClusterCommand } = await import('@aws-sdk/client-rds');
    const rds = await clients.rds();
    return rds.send(new StartDBClusterCommand({ DBClusterIdentifier: id }), { abortSignal: signal });
  },
});

/** A cluster may be available before its instances are: the status of the first that is not. */
async function statusOfMembers(clusterId: string, { clients, signal }: StepContext): Promise<string> {
  const { paginateDescribeDBInstances } = await import('@aws-sdk/client-rds');
  const client = await clients.rds();
  const request = { Filters: [{ Name: 'db-cluster-id', Values: [clusterId] }] };
  for await (const page of paginateDescribeDBInstances({ client, pageSize: 100 }, request, { abortSignal: signal })) {
    for (const { DBInstanceStatus } of present(page.DBInstances, 'DBInstances')) {
      const status = present(DBInstanceStatus, 'DBInstanceStatus');
      if (status === 'available' || status === 'deleting') continue;
      // Its cluster is up already: it is about to follow.
      return status === 'stopped' ? 'starting' : status;
    }
  }
  return 'available';
}
