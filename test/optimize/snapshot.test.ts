import { CreateDBClusterSnapshotCommand, DescribeDBClusterSnapshotsCommand } from '@aws-sdk/client-rds';
import type { DBClusterSnapshot } from '@aws-sdk/client-rds';
import { expect } from 'chai';

import { snapshotIdOf, takeSnapshot } from '../../src/optimize/snapshot.ts';
import { serviceError } from '../support/aws-errors.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { CLUSTER, stubbedAws } from '../support/optimize-aws.ts';

const ID = 'tapstackdev-before-2026-11-21';

function snapshot(own: DBClusterSnapshot = {}) {
  return {
    DBClusterSnapshots: [
      { DBClusterSnapshotIdentifier: ID, DBClusterIdentifier: 'tapstackdev', Status: 'available', ...own },
    ],
  };
}

function stubbed(own: DBClusterSnapshot = {}) {
  const aws = stubbedAws();
  aws.rds.on(CreateDBClusterSnapshotCommand).resolves({});
  aws.rds.on(DescribeDBClusterSnapshotsCommand).resolves(snapshot(own));
  return aws;
}

const failureOf = async (aws: ReturnType<typeof stubbed>) => {
  const { code, message, exitCode } = await userErrorOf(() => takeSnapshot(CLUSTER, ID, aws.wait()));
  return { code, message, exitCode };
};

describe('a snapshot that is taken first', () => {
  it('is waited for until it can be restored from', async () => {
    const aws = stubbed();
    aws.rds
      .on(DescribeDBClusterSnapshotsCommand)
      .resolvesOnce(snapshot({ Status: 'creating' }))
      .resolvesOnce(snapshot({ Status: 'creating' }))
      .resolves(snapshot());
    await takeSnapshot(CLUSTER, ID, aws.wait());
    expect(aws.calls().map(({ operation, input }) => ({ operation, input }))).to.deep.equal([
      {
        operation: 'CreateDBClusterSnapshot',
        input: { DBClusterIdentifier: 'tapstackdev', DBClusterSnapshotIdentifier: ID },
      },
      ...[1, 2, 3].map(() => ({
        operation: 'DescribeDBClusterSnapshots',
        input: { DBClusterSnapshotIdentifier: ID },
      })),
    ]);
  });

  it('may be there already, of the same cluster alone', async () => {
    const aws = stubbed();
    const exists = serviceError('DBClusterSnapshotAlreadyExistsFault', 400, 'exists');
    aws.rds.on(CreateDBClusterSnapshotCommand).rejects(exists);
    await takeSnapshot(CLUSTER, ID, aws.wait());
    aws.rds.on(DescribeDBClusterSnapshotsCommand).resolves(snapshot({ DBClusterIdentifier: 'orders' }));
    expect(await failureOf(aws)).to.deep.equal({
      code: 'SNAPSHOT_OTHER',
      message: `The snapshot ${ID} of tapstackdev was not taken: that name is a snapshot of orders.`,
      exitCode: 3,
    });
  });

  it('throws what its calls throw, at once', async () => {
    const denied = serviceError('AccessDenied', 403, 'not authorized');
    const refused = stubbed();
    refused.rds.on(CreateDBClusterSnapshotCommand).rejects(denied);
    expect(await thrownBy(() => takeSnapshot(CLUSTER, ID, refused.wait()))).to.equal(denied);
    expect(refused.operations()).to.deep.equal(['CreateDBClusterSnapshot']);
    const unseen = stubbed();
    unseen.rds.on(DescribeDBClusterSnapshotsCommand).rejects(denied);
    expect(await thrownBy(() => takeSnapshot(CLUSTER, ID, unseen.wait()))).to.equal(denied);
    expect(unseen.operations()).to.deep.equal(['CreateDBClusterSnapshot', 'DescribeDBClusterSnapshots']);
    const empty = stubbed();
    empty.rds.on(DescribeDBClusterSnapshotsCommand).resolves({ DBClusterSnapshots: [] });
    const malformed = (await thrownBy(() => takeSnapshot(CLUSTER, ID, empty.wait()))) as Error;
    expect(malformed.message).to.equal('The answer has no DBClusterSnapshot');
  });

  it('is not relied on where it failed, or takes too long', async () => {
    expect(await failureOf(stubbed({ Status: 'failed' }))).to.deep.equal({
      code: 'SNAPSHOT_UNFINISHED',
      message: `The snapshot ${ID} of tapstackdev cannot be relied on: AWS could not complete it.`,
      exitCode: 3,
    });
    expect(await failureOf(stubbed({ Status: 'creating' }))).to.deep.equal({
      code: 'SNAPSHOT_UNFINISHED',
      message: `The snapshot ${ID} of tapstackdev cannot be relied on: it was not ready after 0.2 s.`,
      exitCode: 3,
    });
  });

  it('is not waited for once the run is ended', async () => {
    const aws = stubbed({ Status: 'creating' });
    const waiting = thrownBy(() => takeSnapshot(CLUSTER, ID, aws.wait({ maxWaitTime: 30 })));
    setImmediate(() => aws.controller.abort());
    expect(((await waiting) as Error).name).to.equal('AbortError');
  });
});

describe('the name of a snapshot', () => {
  it('tells the cluster and the moment, in as many characters as RDS takes', () => {
    const at = new Date('2026-11-21T18:00:05.678Z');
    expect(snapshotIdOf(CLUSTER, at)).to.equal('tapstackdev-before-20261121180005');
    const long = snapshotIdOf({ ...CLUSTER, id: `${'a'.repeat(39)}-${'b'.repeat(23)}` }, at);
    expect([long, long.length]).to.deep.equal([`${'a'.repeat(39)}-before-20261121180005`, 61]);
  });
});
