/** A snapshot of a cluster before its backups are kept for less time. Nothing here deletes one. */
import type { DBClusterSnapshot } from '@aws-sdk/client-rds';

import { awsErrorNamed, present } from '../aws/errors.ts';
import { EXIT, UserError } from '../user-error.ts';
import { waitOptions } from './steps/wait-options.ts';
import type { StepContext, StepTarget, WaitContext } from './step.ts';

/**
 * Takes the snapshot, or finds that it has been taken, and waits until it can be restored from.
 *
 * @throws what its calls throw; UserError `SNAPSHOT_OTHER` where that name is another cluster's, `SNAPSHOT_UNFINISHED` where it failed
 *   or was not ready in time
 */
export async function takeSnapshot(target: StepTarget, snapshotId: string, context: WaitContext): Promise<void> {
  const { CreateDBClusterSnapshotCommand, waitUntilDBClusterSnapshotAvailable } = await import('@aws-sdk/client-rds');
  const client = await context.clients.rds();
  const { signal: abortSignal } = context;
  try {
    const request = { DBClusterIdentifier: target.id, DBClusterSnapshotIdentifier: snapshotId };
    await client.send(new CreateDBClusterSnapshotCommand(request), { abortSignal });
  } catch (error) {
    if (!awsErrorNamed(error, 'DBClusterSnapshotAlreadyExistsFault')) throw error;
  }
  // The waiter would try again what is denied until the time is up: this one call says so.
  const snapshot = await describe(snapshotId, context);
  if (snapshot.DBClusterIdentifier !== target.id) throw otherCluster(snapshotId, target, snapshot);
  try {
    const input = { DBClusterSnapshotIdentifier: snapshotId };
    await waitUntilDBClusterSnapshotAvailable({ client, ...waitOptions(context) }, input);
  } catch (error) {
    if (context.signal.aborted) throw error;
    const late = awsErrorNamed(error, 'TimeoutError');
    throw unfinished(
      snapshotId,
      target,
      late ? `it was not ready after ${context.maxWaitTime} s` : 'AWS could not complete it',
      error,
    );
  }
}

async function describe(snapshotId: string, { clients, signal }: StepContext): Promise<DBClusterSnapshot> {
  const { DescribeDBClusterSnapshotsCommand } = await import('@aws-sdk/client-rds');
  const rds = await clients.rds();
  const request = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: snapshotId });
  const { DBClusterSnapshots } = await rds.send(request, { abortSignal: signal });
  return present(present(DBClusterSnapshots, 'DBClusterSnapshots')[0], 'DBClusterSnapshot');
}

function otherCluster(snapshotId: string, { id }: StepTarget, { DBClusterIdentifier }: DBClusterSnapshot): UserError {
  return new UserError(
    `The snapshot ${snapshotId} of ${id} was not taken: that name is a snapshot of ${DBClusterIdentifier}.`,
    {
      code: 'SNAPSHOT_OTHER',
      exitCode: EXIT.failed,
      suggestions: ['Delete that snapshot if nobody needs it, and run it again'],
    },
  );
}

function unfinished(snapshotId: string, { id }: StepTarget, why: string, cause?: unknown): UserError {
  return new UserError(`The snapshot ${snapshotId} of ${id} cannot be relied on: ${why}.`, {
    code: 'SNAPSHOT_UNFINISHED',
    exitCode: EXIT.failed,
    suggestions: ['Raise --timeout, or leave --snapshot-first out'],
    cause,
  });
}

/** Characters of a cluster's name that go into its snapshot's, which has 63 at most. */
const NAME_PART = 40;

/** `tapstackdev-before-20261121180000`. */
export function snapshotIdOf({ id }: StepTarget, at: Date): string {
  const moment = at.toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return `${id.slice(0, NAME_PART).replace(/-$/, '')}-before-${moment}`;
}
