import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  StartDBClusterCommand,
  StartDBInstanceCommand,
  StopDBClusterCommand,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { expect } from 'chai';

import { awsErrorNamed } from '../../../src/aws/errors.ts';
import type { StepKind, StepTarget } from '../../../src/optimize/step.ts';
import { dbClusterRunning } from '../../../src/optimize/steps/db-cluster-running.ts';
import { dbInstanceRunning } from '../../../src/optimize/steps/db-instance-running.ts';
import { runningOf } from '../../../src/optimize/steps/running-database.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { CLUSTER, listedCluster, stubbedAws } from '../../support/optimize-aws.ts';
import { DB_INSTANCE, listedInstance } from '../../support/optimize-rds.ts';

const ON = { running: 1 };
const OFF = { running: 0 };

type Stubbed = ReturnType<typeof stubbedAws>;

/** What a stubbed call does, whatever its answers are. */
interface Stub {
  resolves(answer: object): Stub;
  resolvesOnce(answer: object): Stub;
  rejects(error: Error): Stub;
}

/** A step of RDS with what it calls. */
interface Database {
  readonly title: string;
  readonly kind: StepKind;
  readonly target: StepTarget;
  readonly input: object;
  readonly operations: { readonly read: string; readonly lower: string; readonly raise: string };
  readonly reads: (aws: Stubbed) => Stub;
  readonly lowers: (aws: Stubbed) => Stub;
  readonly raises: (aws: Stubbed) => Stub;
  /** An answer with these statuses, one a database. */
  readonly answerOf: (...statuses: readonly (string | undefined)[]) => object;
  readonly notFound: readonly [string, ...string[]];
  readonly passing: readonly string[];
}

const DATABASES: readonly Database[] = [
  {
    title: 'a provisioned Aurora cluster',
    kind: dbClusterRunning,
    target: CLUSTER,
    input: { DBClusterIdentifier: 'tapstackdev' },
    operations: { read: 'DescribeDBClusters', lower: 'StopDBCluster', raise: 'StartDBCluster' },
    reads: ({ rds }) => rds.on(DescribeDBClustersCommand),
    lowers: ({ rds }) => rds.on(StopDBClusterCommand),
    raises: ({ rds }) => rds.on(StartDBClusterCommand),
    answerOf: (...statuses) => ({ DBClusters: statuses.map((Status) => ({ ...listedCluster(), Status })) }),
    notFound: ['DBClusterNotFoundFault'],
    passing: [
      'InvalidDBClusterStateFault',
      'InvalidDBClusterState',
      'InvalidDBInstanceStateFault',
      'InvalidDBInstanceState',
    ],
  },
  {
    title: 'an instance of RDS',
    kind: dbInstanceRunning,
    target: DB_INSTANCE,
    input: { DBInstanceIdentifier: 'tapstack-dev-db' },
    operations: { read: 'DescribeDBInstances', lower: 'StopDBInstance', raise: 'StartDBInstance' },
    reads: ({ rds }) => rds.on(DescribeDBInstancesCommand),
    lowers: ({ rds }) => rds.on(StopDBInstanceCommand),
    raises: ({ rds }) => rds.on(StartDBInstanceCommand),
    answerOf: (...statuses) => ({
      DBInstances: statuses.map((DBInstanceStatus) => ({ ...listedInstance(), DBInstanceStatus })),
    }),
    notFound: ['DBInstanceNotFoundFault', 'DBInstanceNotFound'],
    passing: [
      'InvalidDBInstanceStateFault',
      'InvalidDBInstanceState',
      'InvalidDBClusterStateFault',
      'InvalidDBClusterState',
      'InsufficientDBInstanceCapacityFault',
      'InsufficientDBInstanceCapacity',
    ],
  },
];

describe('the status of a database', () => {
  for (const [status, reading] of [
    ['available', { numbers: { running: 1 } }],
    ['stopped', { numbers: { running: 0 } }],
    ['stopping', { numbers: { running: 0 }, busy: 'is stopping' }],
    ['starting', { numbers: { running: 1 }, busy: 'is starting' }],
    ['modifying', { numbers: { running: 1 }, busy: 'is modifying' }],
    ['backing-up', { numbers: { running: 1 }, busy: 'is backing-up' }],
    ['storage-optimization', { numbers: { running: 1 }, busy: 'is storage-optimization' }],
    ['failing-over', { numbers: { running: 1 }, busy: 'is failing-over' }],
    ['deleting', undefined],
    ['deleted', undefined],
  ] as const) {
    it(`tells whether it runs: ${status}`, () => {
      expect(runningOf('db', status)).to.deep.equal(reading);
    });
  }

  for (const status of [
    'failed',
    'migration-failed',
    'restore-error',
    'storage-full',
    'insufficient-capacity',
    'incompatible-parameters',
    'incompatible-network',
    'inaccessible-encryption-credentials',
    'inaccessible-encryption-credentials-recoverable',
  ]) {
    it(`is neither that it runs nor that it is stopped: ${status}`, () => {
      expect(() => runningOf('db', status)).to.throw(
        Error,
        new RegExp(`^db is ${status}, which is neither running as it should nor stopped$`),
      );
    });
  }
});

for (const database of DATABASES) {
  const { title, kind, target, input, operations, reads, lowers, raises, answerOf, notFound, passing } = database;
  const stubbed = (status = 'available') => {
    const aws = stubbedAws();
    reads(aws).resolves(answerOf(status));
    lowers(aws).resolves({ $metadata: { requestId: 'r-1' } });
    raises(aws).resolves({ $metadata: { requestId: 'r-2' } });
    return aws;
  };

  describe(`the step of ${title} that is stopped`, () => {
    for (const [status, reading] of [
      ['available', { numbers: ON }],
      ['starting', { numbers: ON, busy: 'is starting' }],
      ['stopping', { numbers: OFF, busy: 'is stopping' }],
      ['stopped', { numbers: OFF }],
      ['deleting', undefined],
    ] as const) {
      it(`reads whether it runs: ${status}`, async () => {
        const aws = stubbed(status);
        expect(await kind.read(target, aws)).to.deep.equal(reading);
        expect(aws.calls()).to.deep.equal([{ operation: operations.read, input, signal: aws.signal }]);
      });
    }

    it('takes what is in trouble for no success, whichever way', async () => {
      const error = await thrownBy(() => kind.read(target, stubbed('inaccessible-encryption-credentials')));
      expect((error as Error).message).to.equal(
        `${target.id} is inaccessible-encryption-credentials, which is neither running as it should nor stopped`,
      );
    });

    it('reads nothing of what is gone, and throws what else is thrown', async () => {
      const aws = stubbed();
      for (const name of notFound) {
        reads(aws).rejects(serviceError(name, 404, 'not found'));
        expect(await kind.read(target, aws)).to.equal(undefined);
      }
      const denied = serviceError('AccessDenied', 403, 'not authorized');
      reads(aws).rejects(denied);
      expect(await thrownBy(() => kind.read(target, aws))).to.equal(denied);
    });

    for (const [what, malformed] of [
      ['list', {}],
      ['database', answerOf()],
      ['status', answerOf(undefined)],
    ] as const) {
      it(`takes an answer without its ${what} for no answer`, async () => {
        const aws = stubbed();
        reads(aws).resolves(malformed);
        const error = await thrownBy(() => kind.read(target, aws));
        expect(awsErrorNamed(error, 'MalformedAnswerError')).to.equal(true);
      });
    }

    it('stops and starts it, each with one call', async () => {
      const aws = stubbed();
      expect(await kind.write(target, { from: ON, to: OFF }, aws)).to.deep.equal(['r-1']);
      expect(await kind.write(target, { from: OFF, to: ON }, aws)).to.deep.equal(['r-2']);
      expect(aws.calls()).to.deep.equal([
        { operation: operations.lower, input, signal: aws.signal },
        { operation: operations.raise, input, signal: aws.signal },
      ]);
    });

    it('calls nothing where nothing differs', async () => {
      const aws = stubbed();
      expect(await kind.write(target, { from: ON, to: ON }, aws)).to.deep.equal([]);
      expect(await kind.write(target, { from: ON, to: {} }, aws)).to.deep.equal([]);
      expect(aws.calls()).to.deep.equal([]);
    });

    it('knows the states that pass, as the SDK names them and as they are on the wire', () => {
      for (const name of passing) {
        expect(awsErrorNamed(serviceError(name, 400, 'no'), ...kind.transient), name).to.equal(true);
      }
      for (const name of ['KMSKeyNotAccessibleFault', 'InvalidParameterCombination', 'AccessDenied']) {
        expect(awsErrorNamed(serviceError(name, 400, 'no'), ...kind.transient), name).to.equal(false);
      }
      expect(kind.done).to.deep.equal([]);
    });

    it('waits until what was started is available', async () => {
      const aws = stubbed();
      reads(aws).resolvesOnce(answerOf('starting')).resolvesOnce(answerOf('starting')).resolves(answerOf('available'));
      await kind.wait(target, aws.wait());
      expect(aws.inputs(operations.read)).to.deep.equal([input, input, input]);
    });

    for (const status of ['stopping', 'stopped', 'available', 'deleting', 'storage-full']) {
      it(`looks once, and waits for nothing, where it is not being started: ${status}`, async () => {
        const aws = stubbed(status);
        await kind.wait(target, aws.wait({ maxWaitTime: 600, minDelay: 30, maxDelay: 30 }));
        expect(aws.inputs(operations.read)).to.deep.equal([input]);
      });
    }

    it('waits for nothing where it is gone', async () => {
      const aws = stubbed();
      reads(aws).rejects(serviceError(notFound[0], 404, 'not found'));
      await kind.wait(target, aws.wait());
      expect(aws.operations()).to.deep.equal([operations.read]);
    });

    it('waits no longer than it may, whatever pause is asked for, and ends with the signal', async () => {
      const aws = stubbed('starting');
      const late = await thrownBy(() => kind.wait(target, aws.wait({ maxWaitTime: 0.05, minDelay: 15 })));
      expect((late as Error).name).to.equal('TimeoutError');
      const waiting = thrownBy(() => kind.wait(target, aws.wait({ maxWaitTime: 30 })));
      aws.controller.abort();
      expect(((await waiting) as Error).name).to.equal('AbortError');
    });
  });
}
