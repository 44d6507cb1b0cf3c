import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import { discoverRds } from '../../../src/optimize/discover/rds.ts';
import { selectionOf } from '../../../src/optimize/selection.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { inTurn } from '../../support/collect.ts';
import { thrownBy } from '../../support/errors.ts';
import { choosing, everything, stubbedAws } from '../../support/optimize-aws.ts';
import { listedInstance } from '../../support/optimize-rds.ts';
import { databaseInstance } from '../../support/optimize.ts';

function listing(...instances: readonly ReturnType<typeof listedInstance>[]) {
  const aws = stubbedAws();
  aws.rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [...instances] });
  return aws;
}

const found = async (...instances: readonly ReturnType<typeof listedInstance>[]) =>
  (await discoverRds(everything, listing(...instances).context)).found;

describe('discovering instances of RDS', () => {
  it('gives what belongs to the environment, page by page, and what nearly does', async () => {
    const aws = stubbedAws();
    const pages = inTurn(
      {
        DBInstances: [
          listedInstance({ DBInstanceIdentifier: 'tapstack-dev2-db' }),
          listedInstance({ DBInstanceIdentifier: 'orders' }),
        ],
        Marker: 'more',
      },
      { DBInstances: [listedInstance({ TagList: [{ Key: 'Environment', Value: 'dev' }] })] },
    );
    aws.rds.on(DescribeDBInstancesCommand).callsFake(pages.answer);
    const lines: string[] = [];
    const onProgress = (line: string) => lines.push(line);
    const findings = await discoverRds(selectionOf({ environment: 'dev' }), { ...aws.context, onProgress });

    expect(findings.found).to.deep.equal([databaseInstance({ tags: known(tagMap([['Environment', 'dev']])) })]);
    expect(findings.nearMisses).to.deep.equal([
      { kind: 'rds', id: 'tapstack-dev2-db', why: 'the suffix dev is followed by 2' },
    ]);
    expect(findings.gaps).to.deep.equal([]);
    expect(pages.asked).to.deep.equal([
      { MaxRecords: 100, Marker: undefined },
      { MaxRecords: 100, Marker: 'more' },
    ]);
    expect(lines).to.deep.equal([
      '2 DB instances seen, 0 of the environment',
      '3 DB instances seen, 1 of the environment',
    ]);
    expect(aws.calls().map(({ signal }) => signal === aws.signal)).to.deep.equal([true, true]);
  });

  it('goes by tags where those decide', async () => {
    const aws = listing(
      listedInstance({ DBInstanceIdentifier: 'a', TagList: [{ Key: 'Team', Value: 'shop' }] }),
      listedInstance({ DBInstanceIdentifier: 'b' }),
    );
    const selection = selectionOf({ environment: 'dev', tags: { Team: 'shop' } });
    expect((await discoverRds(selection, aws.context)).found.map(({ id }) => id)).to.deep.equal(['a']);
  });

  it('leaves out the instances of clusters, and those of other services', async () => {
    const ids = (
      await found(
        listedInstance({ DBInstanceIdentifier: 'member', Engine: 'aurora-mysql', DBClusterIdentifier: 'tapstackdev' }),
        listedInstance({ DBInstanceIdentifier: 'graph', Engine: 'neptune' }),
        listedInstance({ DBInstanceIdentifier: 'documents', Engine: 'docdb' }),
        // As an emulator says that it has none.
        listedInstance({ DBInstanceIdentifier: 'alone', DBClusterIdentifier: '' }),
      )
    ).map(({ id }) => id);
    expect(ids).to.deep.equal(['alone']);
  });

  it('tells what it is, and what it is at', async () => {
    expect(
      await found(
        listedInstance({
          MultiAZ: true,
          SecondaryAvailabilityZone: 'us-east-1b',
          DBInstanceStatus: 'modifying',
          PendingModifiedValues: { DBInstanceClass: 'db.t3.xlarge', ProcessorFeatures: [] },
        }),
        listedInstance({
          DBInstanceIdentifier: 'resting',
          DBInstanceStatus: 'stopped',
          AutomaticRestartTime: new Date('2026-11-24T03:10:45.678Z'),
        }),
        // What AWS need not say.
        {
          DBInstanceIdentifier: 'bare',
          DBInstanceArn: 'arn:aws:rds:us-east-1:111122223333:db:bare',
          DBInstanceClass: 'db.m5.large',
          DBInstanceStatus: 'available',
          Engine: 'oracle-se2',
        },
      ),
    ).to.deep.equal([
      databaseInstance({ multiAz: true, status: 'modifying', pending: ['DBInstanceClass'] }),
      databaseInstance({ id: 'resting', status: 'stopped', automaticRestartTime: '2026-11-24T03:10:45.678Z' }),
      databaseInstance({ id: 'bare', engine: 'oracle-se2', instanceClass: 'db.m5.large' }),
    ]);
  });

  for (const [own, reason] of [
    [{ Engine: 'sqlserver-se' }, null],
    [{ Engine: 'custom-sqlserver-se' }, null],
    [{ Engine: 'mysql', MultiAZ: true, SecondaryAvailabilityZone: 'us-east-1b' }, null],
    [{ ReadReplicaSourceDBInstanceIdentifier: 'orders' }, 'is a read replica of orders: AWS does not stop those'],
    [
      { ReadReplicaSourceDBClusterIdentifier: 'three-zones' },
      'is a read replica of three-zones: AWS does not stop those',
    ],
    [{ ReadReplicaDBInstanceIdentifiers: ['one'] }, 'has the read replica one: AWS does not stop what has any'],
    [
      { ReadReplicaDBInstanceIdentifiers: ['one', 'two'], ReadReplicaDBClusterIdentifiers: ['three'] },
      'has the read replicas one, two, three: AWS does not stop what has any',
    ],
    [{ Engine: 'sqlserver-ee', MultiAZ: true }, 'is SQL Server in Multi-AZ: AWS does not stop that'],
    [
      { Engine: 'sqlserver-se', SecondaryAvailabilityZone: 'us-east-1b' },
      'is SQL Server in Multi-AZ: AWS does not stop that',
    ],
    [{ Engine: 'custom-sqlserver-ee', MultiAZ: true }, 'is SQL Server in Multi-AZ: AWS does not stop that'],
    [{ Engine: 'custom-oracle-ee' }, 'is RDS Custom with the engine custom-oracle-ee: AWS does not stop that'],
  ] as const) {
    it(`knows what AWS does not stop: ${JSON.stringify(own)}`, async () => {
      const [instance] = await found(
        listedInstance(
          // The SDK's lists can be written to.
          structuredClone(own) as Parameters<typeof listedInstance>[0],
        ),
      );
      expect(instance?.unstoppable).to.equal(reason);
    });
  }

  for (const [what, error, gap] of [
    [
      'denied',
      serviceError('AccessDenied', 403, 'no policy allows it'),
      {
        permission: 'rds:DescribeDBInstances',
        reason: 'denied',
        message: 'Which DB instances there are is not known: rds:DescribeDBInstances was denied (no policy allows it).',
      },
    ],
    [
      'throttled',
      serviceError('Throttling', 400, 'Rate exceeded'),
      {
        reason: 'throttled',
        message:
          'Which DB instances there are is not known: DescribeDBInstances was throttled to the end (Rate exceeded).',
      },
    ],
  ] as const) {
    it(`makes a gap of a listing that is ${what}, and keeps the pages before`, async () => {
      const aws = stubbedAws();
      aws.rds
        .on(DescribeDBInstancesCommand)
        .resolvesOnce({ DBInstances: [listedInstance()], Marker: 'more' })
        .rejects(error);
      const findings = await discoverRds(everything, aws.context);
      expect(findings.found.map(({ id }) => id)).to.deep.equal(['tapstack-dev-db']);
      expect(findings.gaps).to.deep.equal([{ kind: 'rds', operation: 'DescribeDBInstances', ...gap }]);
    });
  }

  for (const [element, answer] of [
    ['DBInstances', {}],
    ...['DBInstanceIdentifier', 'DBInstanceArn', 'Engine', 'DBInstanceClass', 'DBInstanceStatus'].map(
      (name) => [name, { DBInstances: [{ ...listedInstance(), [name]: undefined }] }] as const,
    ),
  ] as readonly (readonly [string, object])[]) {
    it(`takes an answer without ${element} for no answer`, async () => {
      const aws = stubbedAws();
      aws.rds.on(DescribeDBInstancesCommand).resolves(answer);
      const findings = await discoverRds(everything, aws.context);
      expect(findings.found).to.deep.equal([]);
      expect(findings.gaps.map(({ message }) => message)).to.deep.equal([
        `Which DB instances there are is not known: DescribeDBInstances failed (The answer has no ${element}).`,
      ]);
    });
  }

  it('takes an empty list for what it is', async () => {
    const { found: none, nearMisses, gaps } = await discoverRds(everything, listing().context);
    expect({ none, nearMisses, gaps }).to.deep.equal({ none: [], nearMisses: [], gaps: [] });
  });

  it('says that the run was ended, where it was', async () => {
    const aws = stubbedAws();
    aws.controller.abort('interrupted');
    aws.rds.on(DescribeDBInstancesCommand).rejects(Object.assign(new Error('aborted'), { name: 'AbortError' }));
    expect((await discoverRds(everything, aws.context)).gaps).to.deep.equal([
      {
        kind: 'rds',
        operation: 'DescribeDBInstances',
        reason: 'interrupted',
        message: 'Which DB instances there are is not known: the run was ended before DescribeDBInstances was done.',
      },
    ]);
  });

  it('throws a defect of ours', async () => {
    const defect = new TypeError('x is not a function');
    const selection = choosing(() => {
      throw defect;
    });
    expect(await thrownBy(() => discoverRds(selection, listing(listedInstance()).context))).to.equal(defect);
  });
});
