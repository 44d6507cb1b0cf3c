import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import type { DBCluster } from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { rdsDbClusters } from '../../../src/inventory/collectors/rds-db-clusters.ts';
import { awsError, collectFrom, handedOn, inTurn } from '../../support/collect.ts';
import { dbCluster, tags } from '../../support/resources.ts';

const listed: DBCluster = {
  DBClusterIdentifier: 'ledger',
  DBClusterArn: 'arn:aws:rds:eu-west-1:111122223333:cluster:ledger',
  Status: 'available',
  Engine: 'aurora-postgresql',
  BackupRetentionPeriod: 7,
};
const other: DBCluster = {
  ...listed,
  DBClusterIdentifier: 'books',
  DBClusterArn: 'arn:aws:rds:eu-west-1:111122223333:cluster:books',
};

describe('collecting RDS clusters', () => {
  const rds = new RDSClient({ region: 'eu-west-1' });
  const aws = mockClient(rds);
  beforeEach(() => aws.reset());

  it('gives what AWS lists, page by page, a hundred at a time', async () => {
    const source = 'arn:aws:rds:us-east-1:111122223333:cluster:ledger';
    const pages = inTurn(
      { DBClusters: [{ ...listed, TagList: [{ Key: 'Owner', Value: 'ada' }] }], Marker: 'more' },
      { DBClusters: [{ ...other, Engine: 'mysql', ReplicationSourceIdentifier: source, TagList: [] }] },
    );
    aws.on(DescribeDBClustersCommand).callsFake(pages.answer);
    const { signal } = new AbortController();

    expect(await collectFrom(rdsDbClusters, { rds }, { signal })).to.deep.equal({
      pages: [
        [dbCluster({ tags: tags({ Owner: 'ada' }) })],
        [dbCluster({ id: 'books', engine: 'mysql', replicationSource: source })],
      ],
      gaps: [],
      error: undefined,
    });
    expect(pages.asked).to.deep.equal([
      { MaxRecords: 100, Marker: undefined },
      { MaxRecords: 100, Marker: 'more' },
    ]);
    expect(handedOn(signal, aws)).to.deep.equal([true, true]);
  });

  it('leaves out what other services list on the same API', async () => {
    aws.on(DescribeDBClustersCommand).resolves({
      DBClusters: [{ ...other, Engine: 'neptune' }, listed, { ...other, Engine: 'docdb' }],
    });

    expect((await collectFrom(rdsDbClusters, { rds })).pages).to.deep.equal([[dbCluster()]]);
  });

  it('gives the id that stays when a cluster is renamed', async () => {
    aws.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ ...listed, DbClusterResourceId: 'cluster-ABC' }] });

    expect((await collectFrom(rdsDbClusters, { rds })).pages).to.deep.equal([
      [dbCluster({ resourceId: 'cluster-ABC' })],
    ]);
  });

  it('takes an empty source for none', async () => {
    aws.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ ...listed, ReplicationSourceIdentifier: '' }] });

    expect((await collectFrom(rdsDbClusters, { rds })).pages).to.deep.equal([[dbCluster()]]);
  });

  it('gives an empty page where there are none', async () => {
    aws.on(DescribeDBClustersCommand).resolves({ DBClusters: [] });

    expect(await collectFrom(rdsDbClusters, { rds })).to.deep.equal({ pages: [[]], gaps: [], error: undefined });
  });

  it('throws where the second page is denied, with the first handed on', async () => {
    const denied = awsError('AccessDenied', 'User is not authorized to perform: rds:DescribeDBClusters', 403);
    aws
      .on(DescribeDBClustersCommand)
      .resolvesOnce({ DBClusters: [listed], Marker: 'more' })
      .rejectsOnce(denied);

    expect(await collectFrom(rdsDbClusters, { rds })).to.deep.equal({
      pages: [[dbCluster()]],
      gaps: [],
      error: denied,
    });
  });

  it('throws where the answer lacks the list', async () => {
    aws.on(DescribeDBClustersCommand).resolves({});

    const { pages, error } = await collectFrom(rdsDbClusters, { rds });

    expect(pages).to.deep.equal([]);
    expect(error).to.include({ name: 'MalformedAnswerError', message: 'The answer has no DBClusters' });
  });

  for (const element of Object.keys(listed)) {
    it(`throws where a cluster lacks its ${element}`, async () => {
      aws.on(DescribeDBClustersCommand).resolves({ DBClusters: [{ ...listed, [element]: undefined }] });

      const { pages, error } = await collectFrom(rdsDbClusters, { rds });

      expect(pages).to.deep.equal([]);
      expect(error).to.include({ name: 'MalformedAnswerError', message: `The answer has no ${element}` });
    });
  }
});
