import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import type { DBInstance } from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { rdsDbInstances } from '../../../src/inventory/collectors/rds-db-instances.ts';
import { awsError, collectFrom, handedOn, inTurn } from '../../support/collect.ts';
import { dbInstance, tags } from '../../support/resources.ts';

const listed: DBInstance = {
  DBInstanceIdentifier: 'orders',
  DBInstanceArn: 'arn:aws:rds:eu-west-1:111122223333:db:orders',
  DBInstanceStatus: 'available',
  Engine: 'postgres',
  EngineVersion: '17.2',
  BackupRetentionPeriod: 7,
};
const other: DBInstance = {
  ...listed,
  DBInstanceIdentifier: 'copies',
  DBInstanceArn: 'arn:aws:rds:eu-west-1:111122223333:db:copies',
};

describe('collecting RDS instances', () => {
  const rds = new RDSClient({ region: 'eu-west-1' });
  const aws = mockClient(rds);
  beforeEach(() => aws.reset());

  it('gives what AWS lists, page by page, a hundred at a time', async () => {
    const pages = inTurn(
      { DBInstances: [{ ...listed, TagList: [{ Key: 'Owner', Value: 'ada' }] }], Marker: 'more' },
      { DBInstances: [{ ...other, BackupRetentionPeriod: 0, TagList: [] }] },
    );
    aws.on(DescribeDBInstancesCommand).callsFake(pages.answer);
    const { signal } = new AbortController();

    expect(await collectFrom(rdsDbInstances, { rds }, { signal })).to.deep.equal({
      pages: [[dbInstance({ tags: tags({ Owner: 'ada' }) })], [dbInstance({ id: 'copies', backupRetentionPeriod: 0 })]],
      gaps: [],
      error: undefined,
    });
    expect(pages.asked).to.deep.equal([
      { MaxRecords: 100, Marker: undefined },
      { MaxRecords: 100, Marker: 'more' },
    ]);
    expect(handedOn(signal, aws)).to.deep.equal([true, true]);
  });

  for (const [what, elements, changes] of [
    ['the cluster of a member', { DBClusterIdentifier: 'ledger' }, { dbClusterIdentifier: 'ledger' }],
    [
      'the instance that one replicates',
      { ReadReplicaSourceDBInstanceIdentifier: 'main', ReadReplicaSourceDBClusterIdentifier: '' },
      { replicationSource: 'main' },
    ],
    [
      'the cluster that one replicates',
      { ReadReplicaSourceDBInstanceIdentifier: '', ReadReplicaSourceDBClusterIdentifier: 'main' },
      { replicationSource: 'main' },
    ],
    ['the id that stays when it is renamed', { DbiResourceId: 'db-ABC' }, { resourceId: 'db-ABC' }],
    [
      'neither where the elements are empty',
      {
        DBClusterIdentifier: '',
        ReadReplicaSourceDBInstanceIdentifier: '',
        ReadReplicaSourceDBClusterIdentifier: '',
      },
      {},
    ],
  ] as const) {
    it(`gives ${what}`, async () => {
      aws.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ ...listed, ...elements }] });

      expect((await collectFrom(rdsDbInstances, { rds })).pages).to.deep.equal([[dbInstance(changes)]]);
    });
  }

  it('leaves out what other services list on the same API', async () => {
    aws.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [{ ...other, Engine: 'docdb' }, listed, { ...other, Engine: 'neptune' }],
    });

    expect((await collectFrom(rdsDbInstances, { rds })).pages).to.deep.equal([[dbInstance()]]);
  });

  it('gives an empty page where there are none', async () => {
    aws.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });

    expect(await collectFrom(rdsDbInstances, { rds })).to.deep.equal({ pages: [[]], gaps: [], error: undefined });
  });

  it('throws where the second page is denied, with the first handed on', async () => {
    const denied = awsError('AccessDenied', 'User is not authorized to perform: rds:DescribeDBInstances', 403);
    aws
      .on(DescribeDBInstancesCommand)
      .resolvesOnce({ DBInstances: [listed], Marker: 'more' })
      .rejectsOnce(denied);

    expect(await collectFrom(rdsDbInstances, { rds })).to.deep.equal({
      pages: [[dbInstance()]],
      gaps: [],
      error: denied,
    });
  });

  it('throws where the answer lacks the list', async () => {
    aws.on(DescribeDBInstancesCommand).resolves({});

    const { pages, error } = await collectFrom(rdsDbInstances, { rds });

    expect(pages).to.deep.equal([]);
    expect(error).to.include({ name: 'MalformedAnswerError', message: 'The answer has no DBInstances' });
  });

  for (const element of Object.keys(listed)) {
    it(`throws where an instance lacks its ${element}`, async () => {
      aws.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ ...listed, [element]: undefined }] });

      const { pages, error } = await collectFrom(rdsDbInstances, { rds });

      expect(pages).to.deep.equal([]);
      expect(error).to.include({ name: 'MalformedAnswerError', message: `The answer has no ${element}` });
    });
  }
});
