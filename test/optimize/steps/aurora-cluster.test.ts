import { DescribeDBClustersCommand, ModifyDBClusterCommand } from '@aws-sdk/client-rds';
import { expect } from 'chai';

import { auroraCluster } from '../../../src/optimize/steps/aurora-cluster.ts';
import { awsErrorNamed } from '../../../src/aws/errors.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { CLUSTER, listedCluster, stubbedAws } from '../../support/optimize-aws.ts';

const BEFORE = { minCapacity: 2, maxCapacity: 4, backupRetentionDays: 14 };
const AFTER = { minCapacity: 0.5, maxCapacity: 1, backupRetentionDays: 1 };

function stubbed(own: Parameters<typeof listedCluster>[0] = {}) {
  const aws = stubbedAws();
  aws.rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [listedCluster(own)] });
  aws.rds.on(ModifyDBClusterCommand).resolves({ $metadata: { requestId: 'r-1' } });
  return aws;
}

describe('the step of an Aurora cluster', () => {
  it('reads capacity and backups, and what is pending as not done', async () => {
    const aws = stubbed();
    expect(await auroraCluster.read(CLUSTER, aws)).to.deep.equal({ numbers: BEFORE });
    expect(aws.calls()).to.deep.equal([
      { operation: 'DescribeDBClusters', input: { DBClusterIdentifier: 'tapstackdev' }, signal: aws.signal },
    ]);
    expect(
      await auroraCluster.read(CLUSTER, stubbed({ PendingModifiedValues: { BackupRetentionPeriod: 1 } })),
    ).to.deep.equal({ numbers: BEFORE, busy: 'has changes pending (BackupRetentionPeriod)' });
    expect(await auroraCluster.read(CLUSTER, stubbed({ Status: 'modifying' }))).to.deep.equal({
      numbers: BEFORE,
      busy: 'is modifying',
    });
  });

  it('reads no capacity where there is none', async () => {
    const aws = stubbed({ ServerlessV2ScalingConfiguration: undefined });
    expect(await auroraCluster.read(CLUSTER, aws)).to.deep.equal({ numbers: { backupRetentionDays: 14 } });
  });

  it('reads nothing of a cluster that is gone, and throws what else is thrown', async () => {
    const aws = stubbed();
    aws.rds.on(DescribeDBClustersCommand).rejects(serviceError('DBClusterNotFoundFault', 404, 'not found'));
    expect(await auroraCluster.read(CLUSTER, aws)).to.equal(undefined);
    const denied = serviceError('AccessDenied', 403, 'not authorized');
    aws.rds.on(DescribeDBClustersCommand).rejects(denied);
    expect(await thrownBy(() => auroraCluster.read(CLUSTER, aws))).to.equal(denied);
  });

  for (const [what, answer] of [
    ['list', {}],
    ['cluster', { DBClusters: [] }],
    ['status', { DBClusters: [{ ...listedCluster(), Status: undefined }] }],
    ['retention', { DBClusters: [{ ...listedCluster(), BackupRetentionPeriod: undefined }] }],
  ] as readonly (readonly [string, object])[]) {
    it(`takes an answer without its ${what} for no answer`, async () => {
      const aws = stubbed();
      aws.rds.on(DescribeDBClustersCommand).resolves(answer);
      const error = await thrownBy(() => auroraCluster.read(CLUSTER, aws));
      expect(awsErrorNamed(error, 'MalformedAnswerError')).to.equal(true);
    });
  }

  it('changes everything in one call, at once, there and back', async () => {
    const aws = stubbed();
    expect(await auroraCluster.write(CLUSTER, { from: BEFORE, to: AFTER }, aws)).to.deep.equal(['r-1']);
    expect(await auroraCluster.write(CLUSTER, { from: AFTER, to: BEFORE }, aws)).to.deep.equal(['r-1']);
    const input = (MinCapacity: number, MaxCapacity: number, BackupRetentionPeriod: number) => ({
      DBClusterIdentifier: 'tapstackdev',
      ServerlessV2ScalingConfiguration: { MinCapacity, MaxCapacity },
      BackupRetentionPeriod,
      ApplyImmediately: true,
    });
    expect(aws.inputs('ModifyDBCluster')).to.deep.equal([input(0.5, 1, 1), input(2, 4, 14)]);
    expect(aws.calls().filter(({ signal }) => signal !== aws.signal)).to.deep.equal([]);
  });

  it('sends both limits where one is changed, the other as it is', async () => {
    const aws = stubbed();
    await auroraCluster.write(CLUSTER, { from: { minCapacity: 2 }, to: { minCapacity: 0.5 } }, aws);
    await auroraCluster.write(
      CLUSTER,
      { from: { minCapacity: 2, maxCapacity: 4 }, to: { minCapacity: 2, maxCapacity: 3 } },
      aws,
    );
    expect(aws.inputs('ModifyDBCluster')).to.deep.equal(
      [
        { MinCapacity: 0.5, MaxCapacity: 4 },
        { MinCapacity: 2, MaxCapacity: 3 },
      ].map((ServerlessV2ScalingConfiguration) => ({
        DBClusterIdentifier: 'tapstackdev',
        ServerlessV2ScalingConfiguration,
        ApplyImmediately: true,
      })),
    );
  });

  it('keeps the pause of a cluster that goes down to nothing, and sends none otherwise', async () => {
    const limits = { MinCapacity: 0, MaxCapacity: 4, SecondsUntilAutoPause: 600 };
    const aws = stubbed({ ServerlessV2ScalingConfiguration: limits });
    await auroraCluster.write(CLUSTER, { from: { maxCapacity: 4 }, to: { maxCapacity: 1 } }, aws);
    await auroraCluster.write(CLUSTER, { from: { minCapacity: 0 }, to: { minCapacity: 2 } }, aws);
    expect(
      aws
        .inputs('ModifyDBCluster')
        .map(
          (input) => (input as { readonly ServerlessV2ScalingConfiguration: unknown }).ServerlessV2ScalingConfiguration,
        ),
    ).to.deep.equal([
      { MinCapacity: 0, MaxCapacity: 1, SecondsUntilAutoPause: 600 },
      { MinCapacity: 2, MaxCapacity: 4 },
    ]);
  });

  it('changes backups alone without looking first, and nothing at all where nothing differs', async () => {
    const aws = stubbed();
    expect(
      await auroraCluster.write(
        CLUSTER,
        { from: { minCapacity: 2, backupRetentionDays: 14 }, to: { minCapacity: 2, backupRetentionDays: 1 } },
        aws,
      ),
    ).to.deep.equal(['r-1']);
    expect(await auroraCluster.write(CLUSTER, { from: BEFORE, to: BEFORE }, aws)).to.deep.equal([]);
    expect(aws.calls().map(({ operation, input }) => ({ operation, input }))).to.deep.equal([
      {
        operation: 'ModifyDBCluster',
        input: { DBClusterIdentifier: 'tapstackdev', BackupRetentionPeriod: 1, ApplyImmediately: true },
      },
    ]);
  });

  it('changes no capacity of what has none any more, or is gone', async () => {
    const aws = stubbed({ ServerlessV2ScalingConfiguration: undefined });
    const write = () => auroraCluster.write(CLUSTER, { from: BEFORE, to: AFTER }, aws);
    expect(((await thrownBy(write)) as Error).message).to.equal('tapstackdev has no serverless capacity any more');
    aws.rds.on(DescribeDBClustersCommand).rejects(serviceError('DBClusterNotFoundFault', 404, 'not found'));
    expect(((await thrownBy(write)) as Error).message).to.equal('tapstackdev has no serverless capacity any more');
    expect(aws.inputs('ModifyDBCluster')).to.deep.equal([]);
  });

  it('knows the states that pass, as the SDK names them and as they are on the wire', async () => {
    for (const name of ['InvalidDBClusterStateFault', 'InvalidDBInstanceState', 'InvalidGlobalClusterStateFault']) {
      expect(awsErrorNamed(serviceError(name, 400, 'no'), ...auroraCluster.transient)).to.equal(true);
    }
    expect(awsErrorNamed(serviceError('StorageQuotaExceededFault', 400, 'no'), ...auroraCluster.transient)).to.equal(
      false,
    );
  });

  it('waits until the cluster is available', async () => {
    const aws = stubbed();
    aws.rds
      .on(DescribeDBClustersCommand)
      .resolvesOnce({ DBClusters: [listedCluster({ Status: 'modifying' })] })
      .resolves({ DBClusters: [listedCluster()] });
    await auroraCluster.wait(CLUSTER, aws.wait());
    expect(aws.inputs('DescribeDBClusters')).to.deep.equal([
      { DBClusterIdentifier: 'tapstackdev' },
      { DBClusterIdentifier: 'tapstackdev' },
    ]);
  });

  it('waits no longer than it may, whatever pause is asked for, and ends with the signal', async () => {
    const aws = stubbed({ Status: 'modifying' });
    const late = await thrownBy(() => auroraCluster.wait(CLUSTER, aws.wait({ maxWaitTime: 0.05, minDelay: 15 })));
    expect((late as Error).name).to.equal('TimeoutError');
    const waiting = thrownBy(() => auroraCluster.wait(CLUSTER, aws.wait({ maxWaitTime: 30 })));
    aws.controller.abort();
    expect(((await waiting) as Error).name).to.equal('AbortError');
  });
});
