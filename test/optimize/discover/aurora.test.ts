import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeDBClustersCommand, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import { discoverAurora } from '../../../src/optimize/discover/aurora.ts';
import { selectionOf } from '../../../src/optimize/selection.ts';
import { networkError, serviceError } from '../../support/aws-errors.ts';
import { inTurn } from '../../support/collect.ts';
import { thrownBy } from '../../support/errors.ts';
import { choosing, everything, listedCluster, stubbedAws } from '../../support/optimize-aws.ts';
import { databaseCluster } from '../../support/optimize.ts';

const denied = () => serviceError('AccessDenied', 403, 'no policy allows it');
const CAPACITY = known([2, 2.5]);

/** A cluster of one serverless instance, whose capacity was measured. */
function measured() {
  const aws = stubbedAws();
  aws.rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [listedCluster()] });
  aws.rds.on(DescribeDBInstancesCommand).resolves({
    DBInstances: [{ DBInstanceIdentifier: 'tapstackdev-1', DBInstanceClass: 'db.serverless' }],
  });
  aws.cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [{ Id: 'm0', Values: [2, 2.5] }] });
  return aws;
}

describe('discovering Aurora clusters', () => {
  it('gives what belongs to the environment, page by page, and what nearly does', async () => {
    const aws = measured();
    const pages = inTurn(
      {
        DBClusters: [
          listedCluster({ DBClusterIdentifier: 'tapstackdev2' }),
          listedCluster({ DBClusterIdentifier: 'orders' }),
        ],
        Marker: 'more',
      },
      { DBClusters: [listedCluster({ TagList: [{ Key: 'Environment', Value: 'dev' }] })] },
    );
    aws.rds.on(DescribeDBClustersCommand).callsFake(pages.answer);
    const lines: string[] = [];
    const onProgress = (line: string) => lines.push(line);
    const { found, nearMisses, gaps } = await discoverAurora(selectionOf({ environment: 'dev' }), {
      ...aws.context,
      onProgress,
    });

    expect(found).to.deep.equal([
      databaseCluster({ tags: known(tagMap([['Environment', 'dev']])), hourlyCapacity: CAPACITY }),
    ]);
    expect(nearMisses).to.deep.equal([{ kind: 'aurora', id: 'tapstackdev2', why: 'the suffix dev is followed by 2' }]);
    expect(gaps).to.deep.equal([]);
    expect(pages.asked).to.deep.equal([
      { MaxRecords: 100, Marker: undefined },
      { MaxRecords: 100, Marker: 'more' },
    ]);
    expect(lines).to.deep.equal([
      '2 Aurora clusters seen, 0 of the environment',
      '3 Aurora clusters seen, 1 of the environment',
    ]);
    expect(aws.calls().map(({ signal }) => signal === aws.signal)).to.deep.equal([true, true, true, true]);
  });

  it('asks for the members of what was selected, and for the capacity of the serverless ones among them', async () => {
    const aws = measured();
    const members = inTurn(
      { DBInstances: [{ DBInstanceIdentifier: 'one', DBInstanceClass: 'db.serverless' }], Marker: 'more' },
      {
        DBInstances: [
          { DBInstanceIdentifier: 'two', DBInstanceClass: 'db.r6g.large' },
          { DBInstanceIdentifier: 'three', DBInstanceClass: 'db.serverless' },
        ],
      },
    );
    aws.rds.on(DescribeDBInstancesCommand).callsFake(members.answer);
    const capacity = inTurn(
      {
        MetricDataResults: [
          { Id: 'm0', Values: [1], StatusCode: 'PartialData' as const },
          { Id: 'm1', Values: [0.5] },
        ],
        NextToken: 'more',
      },
      { MetricDataResults: [{ Id: 'm0', Values: [1.5], StatusCode: 'Complete' as const }] },
    );
    aws.cloudwatch.on(GetMetricDataCommand).callsFake(capacity.answer);
    const { found } = await discoverAurora(everything, aws.context);

    expect(found.map(({ memberClasses, hourlyCapacity }) => ({ memberClasses, hourlyCapacity }))).to.deep.equal([
      {
        memberClasses: known(['db.serverless', 'db.r6g.large', 'db.serverless']),
        hourlyCapacity: known([1, 0.5, 1.5]),
      },
    ]);
    const Filters = [{ Name: 'db-cluster-id', Values: ['tapstackdev'] }];
    expect(members.asked).to.deep.equal([
      { Filters, MaxRecords: 100, Marker: undefined },
      { Filters, MaxRecords: 100, Marker: 'more' },
    ]);
    const query = (id: string, instance: string) => ({
      Id: id,
      MetricStat: {
        Metric: {
          Namespace: 'AWS/RDS',
          MetricName: 'ServerlessDatabaseCapacity',
          Dimensions: [{ Name: 'DBInstanceIdentifier', Value: instance }],
        },
        Period: 3600,
        Stat: 'Average',
      },
    });
    expect(capacity.asked[0]).to.deep.equal({
      StartTime: new Date('2026-11-07T06:00:00Z'),
      EndTime: new Date('2026-11-21T06:00:00Z'),
      MetricDataQueries: [query('m0', 'one'), query('m1', 'three')],
      MaxDatapoints: undefined,
      NextToken: undefined,
    });
  });

  it('tells clusters apart: v1, provisioned, I/O-Optimized, kept by AWS Backup, with changes pending', async () => {
    const aws = measured();
    aws.rds.on(DescribeDBClustersCommand).resolves({
      DBClusters: [
        listedCluster({
          StorageType: 'aurora-iopt1',
          AwsBackupRecoveryPointArn: 'arn:aws:backup:us-east-1:111122223333:recovery-point:continuous:cluster-x',
          PendingModifiedValues: { BackupRetentionPeriod: 1, EngineVersion: '16.4', PendingCloudwatchLogsExports: {} },
          Status: 'modifying',
        }),
        // No mode, no members, no moment: what a Multi-AZ cluster of another engine lacks.
        {
          DBClusterIdentifier: 'three-zones',
          DBClusterArn: 'arn:aws:rds:us-east-1:111122223333:cluster:three-zones',
          Engine: 'postgres',
          Status: 'available',
          BackupRetentionPeriod: 7,
          StorageType: 'io1',
        },
        listedCluster({ DBClusterIdentifier: 'graph', Engine: 'neptune' }),
        listedCluster({ DBClusterIdentifier: 'half', ServerlessV2ScalingConfiguration: { MinCapacity: 1 } }),
      ],
    });
    const { found } = await discoverAurora(everything, aws.context);
    const unasked = { known: false, reason: 'not-collected' } as const;
    expect(found).to.deep.equal([
      databaseCluster({
        storage: 'io-optimized',
        keptByAwsBackup: true,
        pending: ['BackupRetentionPeriod', 'EngineVersion'],
        status: 'modifying',
        hourlyCapacity: CAPACITY,
      }),
      databaseCluster({
        id: 'three-zones',
        engine: 'postgres',
        backupRetentionDays: 7,
        capacity: null,
        earliestRestorableTime: null,
        memberIds: [],
        memberClasses: unasked,
        hourlyCapacity: unasked,
      }),
      databaseCluster({ id: 'half', capacity: null, memberClasses: unasked, hourlyCapacity: unasked }),
    ]);
    expect(aws.inputs('DescribeDBInstances')).to.have.lengthOf(1);
  });

  it('asks for the members of provisioned clusters where those are stopped, and of no other', async () => {
    const aws = measured();
    aws.rds.on(DescribeDBClustersCommand).resolves({
      DBClusters: [
        listedCluster({ DBClusterIdentifier: 'plain', ServerlessV2ScalingConfiguration: undefined }),
        listedCluster({ DBClusterIdentifier: 'three', Engine: 'mysql', ServerlessV2ScalingConfiguration: undefined }),
      ],
    });
    aws.rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [{ DBInstanceIdentifier: 'plain-1', DBInstanceClass: 'db.r6g.large' }],
    });
    const classes = async (include: readonly ('rds' | 'ec2')[]) =>
      (await discoverAurora(everything, { ...aws.context, include })).found.map(({ memberClasses }) => memberClasses);
    const unasked = { known: false, reason: 'not-collected' } as const;
    expect(await classes(['ec2'])).to.deep.equal([unasked, unasked]);
    expect(aws.inputs('DescribeDBInstances')).to.deep.equal([]);
    expect(await classes(['rds'])).to.deep.equal([known(['db.r6g.large']), unasked]);
    expect(aws.inputs('DescribeDBInstances')).to.deep.equal([
      { Filters: [{ Name: 'db-cluster-id', Values: ['plain'] }], MaxRecords: 100, Marker: undefined },
    ]);
    expect(aws.inputs('GetMetricData')).to.deep.equal([]);
  });

  it('knows no members of a provisioned cluster where instances may not be described', async () => {
    const aws = measured();
    aws.rds
      .on(DescribeDBClustersCommand)
      .resolves({ DBClusters: [listedCluster({ ServerlessV2ScalingConfiguration: undefined })] });
    aws.rds.on(DescribeDBInstancesCommand).rejects(denied());
    const unread = { known: false, reason: 'denied', permission: 'rds:DescribeDBInstances' } as const;
    expect((await discoverAurora(everything, { ...aws.context, include: ['rds'] })).found).to.deep.equal([
      databaseCluster({ capacity: null, memberClasses: unread, hourlyCapacity: unread }),
    ]);
  });

  for (const [own, reason] of [
    [{ GlobalClusterIdentifier: '', ReadReplicaIdentifiers: [], ReplicationSourceIdentifier: '' }, null],
    [{ ReadReplicaIdentifiers: ['near', 'arn:aws:rds:us-east-1:111122223333:cluster:near'] }, null],
    [
      { GlobalClusterIdentifier: 'shop' },
      'belongs to the global database shop: AWS stops a cluster of one only where there is no other',
    ],
    [
      { ReadReplicaIdentifiers: ['near', 'arn:aws:rds:eu-west-1:111122223333:cluster:far'] },
      'has the read replica arn:aws:rds:eu-west-1:111122223333:cluster:far in another Region: AWS does not stop what has one',
    ],
    [
      { ReplicationSourceIdentifier: 'arn:aws:rds:eu-west-1:111122223333:cluster:orders' },
      'is a read replica of arn:aws:rds:eu-west-1:111122223333:cluster:orders: stopped, it may fall too far behind',
    ],
  ] as const) {
    it(`knows which clusters cannot be stopped: ${JSON.stringify(own)}`, async () => {
      const aws = measured();
      const cluster = listedCluster(structuredClone(own) as Parameters<typeof listedCluster>[0]);
      aws.rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [cluster] });
      const { found } = await discoverAurora(everything, aws.context);
      expect(found.map(({ unstoppable }) => unstoppable)).to.deep.equal([reason]);
    });
  }

  it('tells when AWS starts a stopped cluster again', async () => {
    const aws = measured();
    const AutomaticRestartTime = new Date('2026-11-24T03:10:45.678Z');
    aws.rds
      .on(DescribeDBClustersCommand)
      .resolves({ DBClusters: [listedCluster({ Status: 'stopped', AutomaticRestartTime })] });
    const { found } = await discoverAurora(everything, aws.context);
    expect(found.map(({ automaticRestartTime }) => automaticRestartTime)).to.deep.equal(['2026-11-24T03:10:45.678Z']);
  });

  it('asks CloudWatch for nothing where no member is serverless', async () => {
    const aws = measured();
    aws.rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [{ DBInstanceIdentifier: 'tapstackdev-1', DBInstanceClass: 'db.r6g.large' }],
    });
    const { found } = await discoverAurora(everything, aws.context);
    expect(found.map(({ hourlyCapacity }) => hourlyCapacity)).to.deep.equal([known([])]);
    expect(aws.inputs('GetMetricData')).to.deep.equal([]);
  });

  it('knows no members and no capacity where instances may not be described, and makes no gap of it', async () => {
    const aws = measured();
    aws.rds.on(DescribeDBInstancesCommand).rejects(denied());
    const unread = { known: false, reason: 'denied', permission: 'rds:DescribeDBInstances' } as const;
    const { found, gaps } = await discoverAurora(everything, aws.context);
    expect(found).to.deep.equal([databaseCluster({ memberClasses: unread, hourlyCapacity: unread })]);
    expect(gaps).to.deep.equal([]);
    expect(aws.inputs('GetMetricData')).to.deep.equal([]);
  });

  for (const [what, answer, reason] of [
    ['denied', () => Promise.reject(denied()), 'denied'],
    ['answered without its results', async () => ({}), 'error'],
    ['answered without values', async () => ({ MetricDataResults: [{ Id: 'm0' }] }), 'error'],
    ['answered with a failure', async () => ({ MetricDataResults: [{ StatusCode: 'InternalError' }] }), 'error'],
    ['answered with a refusal', async () => ({ MetricDataResults: [{ StatusCode: 'Forbidden' }] }), 'error'],
  ] as const) {
    it(`does not know the capacity in use where that is ${what}`, async () => {
      const aws = measured();
      aws.cloudwatch.on(GetMetricDataCommand).callsFake(answer);
      const { found, gaps } = await discoverAurora(everything, aws.context);
      expect(found.map(({ hourlyCapacity }) => hourlyCapacity)).to.deep.equal([
        { known: false, reason, ...(reason === 'denied' && { permission: 'cloudwatch:GetMetricData' }) },
      ]);
      expect(gaps).to.deep.equal([]);
    });
  }

  for (const [what, error, gap] of [
    [
      'denied',
      denied(),
      {
        permission: 'rds:DescribeDBClusters',
        reason: 'denied',
        message:
          'Which Aurora clusters there are is not known: rds:DescribeDBClusters was denied (no policy allows it).',
      },
    ],
    [
      'throttled',
      serviceError('Throttling', 400, 'Rate exceeded'),
      {
        reason: 'throttled',
        message:
          'Which Aurora clusters there are is not known: DescribeDBClusters was throttled to the end (Rate exceeded).',
      },
    ],
    [
      'out of reach',
      networkError('ENOTFOUND', 'getaddrinfo ENOTFOUND rds.us-east-1.amazonaws.com'),
      {
        reason: 'unreachable',
        message:
          'Which Aurora clusters there are is not known: DescribeDBClusters could not be reached (getaddrinfo ENOTFOUND rds.us-east-1.amazonaws.com).',
      },
    ],
    [
      'turned away by a region that is off',
      serviceError('InvalidClientTokenId', 403, 'The security token is invalid'),
      {
        reason: 'unreachable',
        message:
          'Which Aurora clusters there are is not known: DescribeDBClusters could not be reached (InvalidClientTokenId: The security token is invalid - is the region enabled for the account?).',
      },
    ],
  ] as const) {
    it(`makes a gap of a listing that is ${what}, and keeps the pages before`, async () => {
      const aws = measured();
      aws.rds
        .on(DescribeDBClustersCommand)
        .resolvesOnce({ DBClusters: [listedCluster()], Marker: 'more' })
        .rejects(error);
      const { found, gaps } = await discoverAurora(everything, aws.context);
      expect(found.map(({ id }) => id)).to.deep.equal(['tapstackdev']);
      expect(gaps).to.deep.equal([{ kind: 'aurora', operation: 'DescribeDBClusters', ...gap }]);
    });
  }

  it('takes an answer without the list for no answer', async () => {
    const aws = measured();
    aws.rds.on(DescribeDBClustersCommand).resolves({});
    const { found, gaps } = await discoverAurora(everything, aws.context);
    expect(found).to.deep.equal([]);
    expect(gaps.map(({ message }) => message)).to.deep.equal([
      'Which Aurora clusters there are is not known: DescribeDBClusters failed (The answer has no DBClusters).',
    ]);
  });

  it('takes an empty list for what it is', async () => {
    const aws = measured();
    aws.rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [] });
    const { found, nearMisses, gaps } = await discoverAurora(everything, aws.context);
    expect({ found, nearMisses, gaps }).to.deep.equal({ found: [], nearMisses: [], gaps: [] });
    expect(aws.operations()).to.deep.equal(['DescribeDBClusters']);
  });

  it('says that the run was ended, where it was', async () => {
    const aws = measured();
    aws.controller.abort('interrupted');
    aws.rds.on(DescribeDBClustersCommand).rejects(Object.assign(new Error('aborted'), { name: 'AbortError' }));
    expect((await discoverAurora(everything, aws.context)).gaps).to.deep.equal([
      {
        kind: 'aurora',
        operation: 'DescribeDBClusters',
        reason: 'interrupted',
        message: 'Which Aurora clusters there are is not known: the run was ended before DescribeDBClusters was done.',
      },
    ]);
  });

  it('throws a defect of ours', async () => {
    const aws = measured();
    const defect = new TypeError('x is not a function');
    const selection = choosing(() => {
      throw defect;
    });
    expect(await thrownBy(() => discoverAurora(selection, aws.context))).to.equal(defect);
  });
});
