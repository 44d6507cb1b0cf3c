import type { DBInstance } from '@aws-sdk/client-rds';

import { present } from '../../aws/errors.ts';
import { known, tagMap } from '../../engine/model.ts';
import type { DbInstance } from '../../engine/model.ts';
import { defineCollector, LISTED } from '../collector.ts';
import type { Scope } from '../collector.ts';
import { nonEmpty, OTHER_ENGINES } from './rds-db-clusters.ts';

export const rdsDbInstances = defineCollector({
  service: 'rds',
  resourceType: 'AWS::RDS::DBInstance',
  list: {
    operation: 'DescribeDBInstances',
    action: 'rds:DescribeDBInstances',
    resource: 'arn:{partition}:rds:{region}:{account}:db:*',
  },
  types: { 'AWS::RDS::DBInstance': { tags: LISTED } },

  async *collect({ clients, scope, signal }) {
    const { paginateDescribeDBInstances } = await import('@aws-sdk/client-rds');
    const client = await clients.rds();
    for await (const page of paginateDescribeDBInstances({ client, pageSize: 100 }, {}, { abortSignal: signal })) {
      yield present(page.DBInstances, 'DBInstances')
        .filter(({ Engine = '' }) => !OTHER_ENGINES.has(Engine))
        .map((database) => fromInstance(database, scope));
    }
  },
});

function fromInstance(database: DBInstance, { accountId, region }: Scope): DbInstance {
  return {
    type: 'AWS::RDS::DBInstance',
    id: present(database.DBInstanceIdentifier, 'DBInstanceIdentifier'),
    arn: present(database.DBInstanceArn, 'DBInstanceArn'),
    accountId,
    region,
    tags: known(tagMap((database.TagList ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))),
    status: present(database.DBInstanceStatus, 'DBInstanceStatus'),
    engine: present(database.Engine, 'Engine'),
    engineVersion: present(database.EngineVersion, 'EngineVersion'),
    backupRetentionPeriod: present(database.BackupRetentionPeriod, 'BackupRetentionPeriod'),
    dbClusterIdentifier: nonEmpty(database.DBClusterIdentifier),
    replicationSource:
      nonEmpty(database.ReadReplicaSourceDBInstanceIdentifier) ??
      nonEmpty(database.ReadReplicaSourceDBClusterIdentifier),
  };
}
