/** Whether an instance of RDS runs. */
import { awsErrorNamed, present } from '../../aws/errors.ts';
import { DESCRIBE_DB_INSTANCES, START_DB_INSTANCE, STOP_DB_INSTANCE } from '../calls.ts';
import { runningDatabase } from './running-database.ts';

export const dbInstanceRunning = runningDatabase({
  id: 'db-instance-running',
  calls: { read: [DESCRIBE_DB_INSTANCES], lower: [STOP_DB_INSTANCE], raise: [START_DB_INSTANCE] },
  // On the wire they lack the last word.
  transient: [
    'InvalidDBInstanceStateFault',
    'InvalidDBInstanceState',
    'InvalidDBClusterStateFault',
    'InvalidDBClusterState',
    // AWS has no room for the instance in its zone this moment.
    'InsufficientDBInstanceCapacityFault',
    'InsufficientDBInstanceCapacity',
  ],

  async statusOf({ id }, { clients, signal }) {
    const { DescribeDBInstancesCommand } = await import('@aws-sdk/client-rds');
    const rds = await clients.rds();
    try {
      const request = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id });
      const { DBInstances } = await rds.send(request, { abortSignal: signal });
      return present(present(DBInstances, 'DBInstances')[0]?.DBInstanceStatus, 'DBInstanceStatus');
    } catch (error) {
      if (awsErrorNamed(error, 'DBInstanceNotFoundFault', 'DBInstanceNotFound')) return undefined;
      throw error;
    }
  },

  async stop({ id }, { clients, signal }) {
    const { StopDBInstanceCommand } = await import('@aws-sdk/client-rds');
    const rds = await clients.rds();
    return rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: id }), { abortSignal: signal });
  },

  async start({ id }, { clients, signal }) {
    const { StartDBInstanceCommand } = await import('@aws-sdk/client-rds');
    const rds = await clients.rds();
    return rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier: id }), { abortSignal: signal });
  },
});
