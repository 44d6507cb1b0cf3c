/** Whether a provisioned Aurora cluster runs: its instances are stopped and started with it. */
import { awsErrorNamed, present } from '../../aws/errors.ts';
import { DESCRIBE_DB_CLUSTERS, START_DB_CLUSTER, STOP_DB_CLUSTER } from '../calls.ts';
import { runningDatabase } from './running-database.ts';
import { waitOptions } from './wait-options.ts';

export const dbClusterRunning = runningDatabase({
  id: 'db-cluster-running',
  calls: { read: [DESCRIBE_DB_CLUSTERS], lower: [STOP_DB_CLUSTER], raise: [START_DB_CLUSTER] },
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
      return present(present(DBClusters, 'DBClusters')[0]?.Status, 'Status');
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

  async waitUntilAvailable({ id }, context) {
    const { waitUntilDBClusterAvailable } = await import('@aws-sdk/client-rds');
    const client = await context.clients.rds();
    return waitUntilDBClusterAvailable({ client, ...waitOptions(context) }, { DBClusterIdentifier: id });
  },
});
