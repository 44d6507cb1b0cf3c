import { DescribeDBClustersCommand, StartDBClusterCommand, StopDBClusterCommand } from '@aws-sdk/client-rds';
import { expect } from 'chai';

import { awsErrorNamed } from '../../../src/aws/errors.ts';
import { dbClusterRunning } from '../../../src/optimize/steps/db-cluster-running.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { CLUSTER, listedCluster, stubbedAws } from '../../support/optimize-aws.ts';

const ON = { running: 1 };
const OFF = { running: 0 };
const INPUT = { DBClusterIdentifier: 'tapstackdev' };

const answer = (status: string) => ({ DBClusters: [listedCluster({ Status: status })] });

function stubbed(status = 'available') {
  const aws = stubbedAws();
  aws.rds.on(DescribeDBClustersCommand).resolves(answer(status));
  aws.rds.on(StopDBClusterCommand).resolves({ $metadata: { requestId: 'r-1' } });
  aws.rds.on(StartDBClusterCommand).resolves({ $metadata: { requestId: 'r-2' } });
  return aws;
}

describe('the step of a provisioned Aurora cluster that is stopped', () => {
  for (const [status, reading] of [
    ['available', { numbers: ON }],
    ['starting', { numbers: ON, busy: 'is starting' }],
    ['stopping', { numbers: OFF, busy: 'is stopping' }],
    ['stopped', { numbers: OFF }],
    ['deleting', undefined],
  ] as const) {
    it(`reads whether it runs: ${status}`, async () => {
      const aws = stubbed(status);
      expect(await dbClusterRunning.read(CLUSTER, aws)).to.deep.equal(reading);
      expect(aws.calls()).to.deep.equal([{ operation: 'DescribeDBClusters', input: INPUT, signal: aws.signal }]);
    });
  }

  it('takes what is in trouble for no success, whichever way', async () => {
    const error = await thrownBy(() => dbClusterRunning.read(CLUSTER, stubbed('inaccessible-encryption-credentials')));
    expect((error as Error).message).to.equal(
      'tapstackdev is inaccessible-encryption-credentials, which is neither running as it should nor stopped',
    );
  });

  it('reads nothing of what is gone, and throws what else is thrown', async () => {
    const aws = stubbed();
    aws.rds.on(DescribeDBClustersCommand).rejects(serviceError('DBClusterNotFoundFault', 404, 'not found'));
    expect(await dbClusterRunning.read(CLUSTER, aws)).to.equal(undefined);
    const denied = serviceError('AccessDenied', 403, 'not authorized');
    aws.rds.on(DescribeDBClustersCommand).rejects(denied);
    expect(await thrownBy(() => dbClusterRunning.read(CLUSTER, aws))).to.equal(denied);
  });

  for (const [what, malformed] of [
    ['list', {}],
    ['cluster', { DBClusters: [] }],
    ['status', { DBClusters: [{ ...listedCluster(), Status: undefined }] }],
  ] as readonly (readonly [string, object])[]) {
    it(`takes an answer without its ${what} for no answer`, async () => {
      const aws = stubbed();
      aws.rds.on(DescribeDBClustersCommand).resolves(malformed);
      const error = await thrownBy(() => dbClusterRunning.read(CLUSTER, aws));
      expect(awsErrorNamed(error, 'MalformedAnswerError')).to.equal(true);
    });
  }

  it('stops and starts it, each with one call', async () => {
    const aws = stubbed();
    expect(await dbClusterRunning.write(CLUSTER, { from: ON, to: OFF }, aws)).to.deep.equal(['r-1']);
    expect(await dbClusterRunning.write(CLUSTER, { from: OFF, to: ON }, aws)).to.deep.equal(['r-2']);
    expect(aws.calls()).to.deep.equal([
      { operation: 'StopDBCluster', input: INPUT, signal: aws.signal },
      { operation: 'StartDBCluster', input: INPUT, signal: aws.signal },
    ]);
  });

  it('calls nothing where nothing differs', async () => {
    const aws = stubbed();
    expect(await dbClusterRunning.write(CLUSTER, { from: ON, to: ON }, aws)).to.deep.equal([]);
    expect(await dbClusterRunning.write(CLUSTER, { from: ON, to: {} }, aws)).to.deep.equal([]);
    expect(aws.calls()).to.deep.equal([]);
  });

  it('knows the states that pass, as the SDK names them and as they are on the wire', () => {
    for (const name of [
      'InvalidDBClusterStateFault',
      'InvalidDBClusterState',
      'InvalidDBInstanceStateFault',
      'InvalidDBInstanceState',
    ]) {
      expect(awsErrorNamed(serviceError(name, 400, 'no'), ...dbClusterRunning.transient), name).to.equal(true);
    }
    for (const name of ['KMSKeyNotAccessibleFault', 'InvalidParameterCombination', 'AccessDenied']) {
      expect(awsErrorNamed(serviceError(name, 400, 'no'), ...dbClusterRunning.transient), name).to.equal(false);
    }
    expect(dbClusterRunning.done).to.deep.equal([]);
  });

  it('waits until what was started is available', async () => {
    const aws = stubbed();
    aws.rds
      .on(DescribeDBClustersCommand)
      .resolvesOnce(answer('starting'))
      .resolvesOnce(answer('starting'))
      .resolves(answer('available'));
    await dbClusterRunning.wait(CLUSTER, aws.wait());
    expect(aws.inputs('DescribeDBClusters')).to.deep.equal([INPUT, INPUT, INPUT]);
  });

  for (const status of ['stopping', 'stopped', 'available', 'deleting', 'storage-full']) {
    it(`looks once, and waits for nothing, where it is not being started: ${status}`, async () => {
      const aws = stubbed(status);
      await dbClusterRunning.wait(CLUSTER, aws.wait({ maxWaitTime: 600, minDelay: 30, maxDelay: 30 }));
      expect(aws.inputs('DescribeDBClusters')).to.deep.equal([INPUT]);
    });
  }

  it('waits for nothing where it is gone', async () => {
    const aws = stubbed();
    aws.rds.on(DescribeDBClustersCommand).rejects(serviceError('DBClusterNotFoundFault', 404, 'not found'));
    await dbClusterRunning.wait(CLUSTER, aws.wait());
    expect(aws.operations()).to.deep.equal(['DescribeDBClusters']);
  });

  it('waits no longer than it may, whatever pause is asked for, and ends with the signal', async () => {
    const aws = stubbed('starting');
    const late = await thrownBy(() => dbClusterRunning.wait(CLUSTER, aws.wait({ maxWaitTime: 0.05, minDelay: 15 })));
    expect((late as Error).name).to.equal('TimeoutError');
    const waiting = thrownBy(() => dbClusterRunning.wait(CLUSTER, aws.wait({ maxWaitTime: 30 })));
    aws.controller.abort();
    expect(((await waiting) as Error).name).to.equal('AbortError');
  });
});
