import type { DBInstance } from '@aws-sdk/client-rds';

import { present } from '../../aws/errors.ts';
import type { DbInstance } from '../../engine/model.ts';
import { defineCollector, LISTED } from '../collector.ts';
import type { Scope } from '../collector.ts';
import { isForeignEngine } from './rds-engines.ts';
import { listedTags } from '../tags.ts';

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
        .filter(({ Engine }) => !isForeignEngine(Engine))
        .map((instance) => fromInstance(instance, scope));
    }
  },
});

export function fromInstance(instance: DBInstance, { accountId, region }: Scope): DbInstance {
  return {
    type: 'AWS::RDS::DBInstance',
    id: present(instance.DBInstanceIdentifier, 'DBInstanceIdentifier'),
    arn: present(instance.DBInstanceArn, 'DBInstanceArn'),
    accountId,
    region,
    tags: listedTags(instance.TagList),
    status: present(instance.DBInstanceStatus, 'DBInstanceStatus'),
    engine: present(instance.Engine, 'Engine'),
    engineVersion: present(instance.EngineVersion, 'EngineVersion'),
    backupRetentionPeriod: present(instance.BackupRetentionPeriod, 'BackupRetentionPeriod'),
    // An emulator may send empty elements where AWS sends none.
    dbClusterIdentifier: instance.DBClusterIdentifier || null,
    replicationSource:
      instance.ReadReplicaSourceDBInstanceIdentifier || instance.ReadReplicaSourceDBClusterIdentifier || null,
    ...(instance.DbiResourceId !== undefined && { resourceId: instance.DbiResourceId }),
  };
}
