import { DescribeDBInstancesCommand, StartDBInstanceCommand, StopDBInstanceCommand } from '@aws-sdk/client-rds';
import { expect } from 'chai';

import { awsErrorNamed } from '../../../src/aws/errors.ts';
import { dbInstanceRunning } from '../../../src/optimize/steps/db-instance-running.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { stubbedAws } from '../../support/optimize-aws.ts';
import { DB_INSTANCE, listedInstance } from '../../support/optimize-rds.ts';

const ON = { running: 1 };
const OFF = { running: 0 };
const INPUT = { DBInstanceIdentifier: 'tapstack-dev-db' };

const answer = (status: string) => ({ DBInstances: [listedInstance({ DBInstanceStatus: status })] });

function stubbed(status = 'available') {
  const aws = stubbedAws();
  aws.rds.on(DescribeDBInstancesCommand).resolves(answer(status));
  aws.rds.on(StopDBInstanceCommand).resolves({ $metadata: { requestId: 'r-1' } });
  aws.rds.on(StartDBInstanceCommand).resolves({ $metadata: { requestId: 'r-2' } });
  return aws;
}

describe('the step of an instance of RDS that is stopped', () => {
  for (const [status, reading] of [
    ['available', { numbers: ON }],
    ['starting', { numbers: ON, busy: 'is starting' }],
    ['stopping', { numbers: OFF, busy: 'is stopping' }],
    ['stopped', { numbers: OFF }],
    ['deleting', undefined],
  ] as const) {
    it(`reads whether it runs: ${status}`, async () => {
      const aws = stubbed(status);
      expect(await dbInstanceRunning.read(DB_INSTANCE, aws)).to.deep.equal(reading);
      expect(aws.calls()).to.deep.equal([{ operation: 'DescribeDBInstances', input: INPUT, signal: aws.signal }]);
    });
  }

  it('takes what is in trouble for no success, whichever way', async () => {
    const error = await thrownBy(() =>
      dbInstanceRunning.read(DB_INSTANCE, stubbed('inaccessible-encryption-credentials')),
    );
    expect((error as Error).message).to.equal(
      'tapstack-dev-db is inaccessible-encryption-credentials, which is neither running as it should nor stopped',
    );
  });

  it('reads nothing of what is gone, and throws what else is thrown', async () => {
    const aws = stubbed();
    for (const name of ['DBInstanceNotFoundFault', 'DBInstanceNotFound']) {
      aws.rds.on(DescribeDBInstancesCommand).rejects(serviceError(name, 404, 'not found'));
      expect(await dbInstanceRunning.read(DB_INSTANCE, aws)).to.equal(undefined);
    }
    const denied = serviceError('AccessDenied', 403, 'not authorized');
    aws.rds.on(DescribeDBInstancesCommand).rejects(denied);
    expect(await thrownBy(() => dbInstanceRunning.read(DB_INSTANCE, aws))).to.equal(denied);
  });

  for (const [what, malformed] of [
    ['list', {}],
    ['instance', { DBInstances: [] }],
    ['status', { DBInstances: [{ ...listedInstance(), DBInstanceStatus: undefined }] }],
  ] as readonly (readonly [string, object])[]) {
    it(`takes an answer without its ${what} for no answer`, async () => {
      const aws = stubbed();
      aws.rds.on(DescribeDBInstancesCommand).resolves(malformed);
      const error = await thrownBy(() => dbInstanceRunning.read(DB_INSTANCE, aws));
      expect(awsErrorNamed(error, 'MalformedAnswerError')).to.equal(true);
    });
  }

  it('stops and starts it, each with one call', async () => {
    const aws = stubbed();
    expect(await dbInstanceRunning.write(DB_INSTANCE, { from: ON, to: OFF }, aws)).to.deep.equal(['r-1']);
    expect(await dbInstanceRunning.write(DB_INSTANCE, { from: OFF, to: ON }, aws)).to.deep.equal(['r-2']);
    expect(aws.calls()).to.deep.equal([
      { operation: 'StopDBInstance', input: INPUT, signal: aws.signal },
      { operation: 'StartDBInstance', input: INPUT, signal: aws.signal },
    ]);
  });

  it('calls nothing where nothing differs', async () => {
    const aws = stubbed();
    expect(await dbInstanceRunning.write(DB_INSTANCE, { from: ON, to: ON }, aws)).to.deep.equal([]);
    expect(await dbInstanceRunning.write(DB_INSTANCE, { from: ON, to: {} }, aws)).to.deep.equal([]);
    expect(aws.calls()).to.deep.equal([]);
  });

  it('knows the states that pass, as the SDK names them and as they are on the wire', () => {
    for (const name of [
      'InvalidDBInstanceStateFault',
      'InvalidDBInstanceState',
      'InvalidDBClusterStateFault',
      'InsufficientDBInstanceCapacity',
    ]) {
      expect(awsErrorNamed(serviceError(name, 400, 'no'), ...dbInstanceRunning.transient), name).to.equal(true);
    }
    for (const name of ['KMSKeyNotAccessibleFault', 'InvalidParameterCombination', 'AccessDenied']) {
      expect(awsErrorNamed(serviceError(name, 400, 'no'), ...dbInstanceRunning.transient), name).to.equal(false);
    }
    expect(dbInstanceRunning.done).to.deep.equal([]);
  });

  it('waits until what was started is available', async () => {
    const aws = stubbed();
    aws.rds
      .on(DescribeDBInstancesCommand)
      .resolvesOnce(answer('starting'))
      .resolvesOnce(answer('starting'))
      .resolves(answer('available'));
    await dbInstanceRunning.wait(DB_INSTANCE, aws.wait());
    expect(aws.inputs('DescribeDBInstances')).to.deep.equal([INPUT, INPUT, INPUT]);
  });

  for (const status of ['stopping', 'stopped', 'available', 'deleting', 'storage-full']) {
    it(`looks once, and waits for nothing, where it is not being started: ${status}`, async () => {
      const aws = stubbed(status);
      await dbInstanceRunning.wait(DB_INSTANCE, aws.wait({ maxWaitTime: 600, minDelay: 30, maxDelay: 30 }));
      expect(aws.inputs('DescribeDBInstances')).to.deep.equal([INPUT]);
    });
  }

  it('waits for nothing where it is gone', async () => {
    const aws = stubbed();
    aws.rds.on(DescribeDBInstancesCommand).rejects(serviceError('DBInstanceNotFoundFault', 404, 'not found'));
    await dbInstanceRunning.wait(DB_INSTANCE, aws.wait());
    expect(aws.operations()).to.deep.equal(['DescribeDBInstances']);
  });

  it('waits no longer than it may, whatever pause is asked for, and ends with the signal', async () => {
    const aws = stubbed('starting');
    const late = await thrownBy(() =>
      dbInstanceRunning.wait(DB_INSTANCE, aws.wait({ maxWaitTime: 0.05, minDelay: 15 })),
    );
    expect((late as Error).name).to.equal('TimeoutError');
    const waiting = thrownBy(() => dbInstanceRunning.wait(DB_INSTANCE, aws.wait({ maxWaitTime: 30 })));
    aws.controller.abort();
    expect(((await waiting) as Error).name).to.equal('AbortError');
  });
});
