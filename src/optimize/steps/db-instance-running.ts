/** Whether an instance of RDS runs. */
import { awsErrorNamed, present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import { DESCRIBE_DB_INSTANCES, START_DB_INSTANCE, STOP_DB_INSTANCE } from '../calls.ts';
import type { StepContext, StepKind, StepTarget } from '../step.ts';
import { runningOf } from './database-status.ts';
import { waitOptions } from './wait-options.ts';

export const dbInstanceRunning: StepKind = {
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
  done: [],

  async read(target, context) {
    const status = await statusOf(target, context);
    return status === undefined ? undefined : runningOf(target.id, status);
  },

  async write({ id }, { from, to }, { clients, signal }) {
    const { running } = to;
    if (running === undefined || running === from['running']) return [];
    const { StartDBInstanceCommand, StopDBInstanceCommand } = await import('@aws-sdk/client-rds');
    const rds = await clients.rds();
    const input = { DBInstanceIdentifier: id };
    const options = { abortSignal: signal };
    return requestIdOf(
      running === 0
        ? await rds.send(new StopDBInstanceCommand(input), options)
        : await rds.send(new StartDBInstanceCommand(input), options),
    );
  },

  async wait(target, context) {
    // There is a waiter for what is started alone: of what is being stopped it would wait for the opposite.
    if ((await statusOf(target, context)) !== 'starting') return;
    const { waitUntilDBInstanceAvailable } = await import('@aws-sdk/client-rds');
    const client = await context.clients.rds();
    await waitUntilDBInstanceAvailable({ client, ...waitOptions(context) }, { DBInstanceIdentifier: target.id });
  },
};

/** `undefined` where there is no such instance. */
async function statusOf({ id }: StepTarget, { clients, signal }: StepContext): Promise<string | undefined> {
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
}
