/** Whether a provisioned Aurora cluster runs: its instances are stopped and started with it. */
import { awsErrorNamed, present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import { DESCRIBE_DB_CLUSTERS, START_DB_CLUSTER, STOP_DB_CLUSTER } from '../calls.ts';
import type { StepContext, StepKind, StepTarget } from '../step.ts';
import { runningOf } from './database-status.ts';
import { waitOptions } from './wait-options.ts';

export const dbClusterRunning: StepKind = {
  id: 'db-cluster-running',
  calls: { read: [DESCRIBE_DB_CLUSTERS], lower: [STOP_DB_CLUSTER], raise: [START_DB_CLUSTER] },
  // On the wire some of them lack the last word.
  transient: [
    'InvalidDBClusterStateFault',
    'InvalidDBClusterState',
    'InvalidDBInstanceStateFault',
    'InvalidDBInstanceState',
  ],
  done: [],

  async read(target, context) {
    const status = await statusOf(target, context);
    return status === undefined ? undefined : runningOf(target.id, status);
  },

  async write({ id }, { from, to }, { clients, signal }) {
    const { running } = to;
    if (running === undefined || running === from['running']) return [];
    const { StartDBClusterCommand, StopDBClusterCommand } = await import('@aws-sdk/client-rds');
    const rds = await clients.rds();
    const input = { DBClusterIdentifier: id };
    const options = { abortSignal: signal };
    return requestIdOf(
      running === 0
        ? await rds.send(new StopDBClusterCommand(input), options)
        : await rds.send(new StartDBClusterCommand(input), options),
    );
  },

  async wait(target, context) {
    // There is a waiter for what is started alone: of what is being stopped it would wait for the opposite.
    if ((await statusOf(target, context)) !== 'starting') return;
    const { waitUntilDBClusterAvailable } = await import('@aws-sdk/client-rds');
    const client = await context.clients.rds();
    await waitUntilDBClusterAvailable({ client, ...waitOptions(context) }, { DBClusterIdentifier: target.id });
  },
};

/** `undefined` where there is no such cluster. */
async function statusOf({ id }: StepTarget, { clients, signal }: StepContext): Promise<string | undefined> {
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
}
