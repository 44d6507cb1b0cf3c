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
    // The members of a cluster, where it is one.
    aws.rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
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
        expect(aws.calls()[0]).to.deep.equal({ operation: operations.read, input, signal: aws.signal });
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
  });
}

describe('a cluster that is available', () => {
  const read = async (...statuses: readonly string[]) => {
    const aws = stubbedAws();
    aws.rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [listedCluster()] });
    aws.rds
      .on(DescribeDBInstancesCommand)
      .resolvesOnce({ DBInstances: [{ DBInstanceStatus: 'available' }], Marker: '2' })
      .resolves({ DBInstances: statuses.map((DBInstanceStatus) => ({ DBInstanceStatus })) });
    const reading = await dbClusterRunning.read(CLUSTER, aws);
    return { aws, reading };
  };

  it('runs when all its instances do, on every page, but for one that is being deleted', async () => {
    const { aws, reading } = await read('available', 'deleting');
    expect(reading).to.deep.equal({ numbers: ON });
    const [, second, ...more] = aws.inputs('DescribeDBInstances');
    const Filters = [{ Name: 'db-cluster-id', Values: ['tapstackdev'] }];
    expect([second, more]).to.deep.equal([{ Filters, MaxRecords: 100, Marker: '2' }, []]);
  });

  for (const [status, busy] of [
    ['starting', 'is starting'],
    ['stopped', 'is starting'],
    ['rebooting', 'is rebooting'],
  ] as const) {
    it(`does not run yet where an instance is ${status}`, async () => {
      expect((await read('available', status)).reading).to.deep.equal({ numbers: ON, busy });
    });
  }

  it('is about to be stopped where an instance is', async () => {
    expect((await read('stopping')).reading).to.deep.equal({ numbers: OFF, busy: 'is stopping' });
  });

  it('takes an answer without its instances for no answer', async () => {
    const aws = stubbedAws();
    aws.rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [listedCluster()] });
    aws.rds.on(DescribeDBInstancesCommand).resolves({});
    const error = await thrownBy(() => dbClusterRunning.read(CLUSTER, aws));
    expect(awsErrorNamed(error, 'MalformedAnswerError')).to.equal(true);
  });
});
