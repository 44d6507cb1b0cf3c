import type { DBCluster } from '@aws-sdk/client-rds';

import { present } from '../../aws/errors.ts';
import type { DbCluster } from '../../engine/model.ts';
import { defineCollector, LISTED } from '../collector.ts';
import type { Scope } from '../collector.ts';
import { isForeignEngine } from './rds-engines.ts';
import { listedTags } from '../tags.ts';

export const rdsDbClusters = defineCollector({
  service: 'rds',
  resourceType: 'AWS::RDS::DBCluster',
  list: {
    operation: 'DescribeDBClusters',
    action: 'rds:DescribeDBClusters',
    resource: 'arn:{partition}:rds:{region}:{account}:cluster:*',
  },
  types: { 'AWS::RDS::DBCluster': { tags: LISTED } },

  async *collect({ clients, scope, signal }) {
    const { paginateDescribeDBClusters } = await import('@aws-sdk/client-rds');
    const client = await clients.rds();
    for await (const page of paginateDescribeDBClusters({ client, pageSize: 100 }, {}, { abortSignal: signal })) {
      yield present(page.DBClusters, 'DBClusters')
        .filter(({ Engine }) => !isForeignEngine(Engine))
        .map((cluster) => fromCluster(cluster, scope));
    }
  },
});

export function fromCluster(cluster: DBCluster, { accountId, region }: Scope): DbCluster {
  return {
    type: 'AWS::RDS::DBCluster',
    id: present(cluster.DBClusterIdentifier, 'DBClusterIdentifier'),
    arn: present(cluster.DBClusterArn, 'DBClusterArn'),
    accountId,
    region,
    tags: listedTags(cluster.TagList),
    status: present(cluster.Status, 'Status'),
    engine: present(cluster.Engine, 'Engine'),
    backupRetentionPeriod: present(cluster.BackupRetentionPeriod, 'BackupRetentionPeriod'),
    // An emulator may send an empty element where AWS sends none.
    replicationSource: cluster.ReplicationSourceIdentifier || null,
    ...(cluster.DbClusterResourceId !== undefined && { resourceId: cluster.DbClusterResourceId }),
  };
}
