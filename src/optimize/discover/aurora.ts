import type { DBCluster } from '@aws-sdk/client-rds';

import { mapConcurrently } from '../../aws/concurrency.ts';
import { MalformedAnswerError, present } from '../../aws/errors.ts';
import { known, notCollected } from '../../engine/model.ts';
import type { Fact } from '../../engine/model.ts';
import { isForeignEngine } from '../../inventory/collectors/rds-engines.ts';
import { listedTags } from '../../inventory/tags.ts';
import { DESCRIBE_DB_CLUSTERS, DESCRIBE_DB_INSTANCES, GET_METRIC_DATA } from '../calls.ts';
import type { DatabaseCluster } from '../model.ts';
import { pendingChanges } from '../pending.ts';
import type { Selection } from '../selection.ts';
import { CALLS_AT_ONCE, Findings } from './findings.ts';
import type { DiscoveryContext } from './findings.ts';
import { readFact } from './read-fact.ts';

const HOUR = 3_600_000;

/** How long back the capacity in use is asked for, in hours. */
const MEASURED = 14 * 24;

/** The class of the instances that Serverless v2 capacity is about. */
const SERVERLESS = 'db.serverless';

/** The clusters of the environment, whatever their mode and engine. */
export async function discoverAurora(
  selection: Selection,
  context: DiscoveryContext,
): Promise<Findings<DatabaseCluster>> {
  const findings = new Findings<DatabaseCluster>('aurora', 'Aurora clusters', context);
  const listed: DatabaseCluster[] = [];
  await findings.listing(DESCRIBE_DB_CLUSTERS, 'Which Aurora clusters there are', async () => {
    const { paginateDescribeDBClusters } = await import('@aws-sdk/client-rds');
    const client = await context.clients.rds();
    const pages = paginateDescribeDBClusters({ client, pageSize: 100 }, {}, { abortSignal: context.signal });
    for await (const { DBClusters } of pages) {
      const page = present(DBClusters, 'DBClusters').filter(({ Engine }) => !isForeignEngine(Engine));
      const before = listed.length;
      for (const cluster of page) {
        const id = present(cluster.DBClusterIdentifier, 'DBClusterIdentifier');
        const choice = selection.choose({ names: [id], tags: listedTags(cluster.TagList) });
        if (findings.takes(choice, id)) listed.push(fromCluster(cluster, context));
      }
      findings.progress(page.length, listed.length - before);
    }
  });
  findings.found.push(...(await mapConcurrently(listed, CALLS_AT_ONCE, (cluster) => inDetail(cluster, context))));
  return findings;
}

/** As DescribeDBClusters gives it: its members are asked for later. */
function fromCluster(
  cluster: DBCluster,
  { accountId, region }: Pick<DiscoveryContext, 'accountId' | 'region'>,
): DatabaseCluster {
  return {
    kind: 'aurora',
    type: 'AWS::RDS::DBCluster',
    id: present(cluster.DBClusterIdentifier, 'DBClusterIdentifier'),
    arn: present(cluster.DBClusterArn, 'DBClusterArn'),
    accountId,
    region,
    tags: listedTags(cluster.TagList),
    engine: present(cluster.Engine, 'Engine'),
    // Multi-AZ clusters of other engines have none.
    engineMode: cluster.EngineMode ?? 'provisioned',
    status: present(cluster.Status, 'Status'),
    capacity: capacityOf(cluster),
    backupRetentionDays: present(cluster.BackupRetentionPeriod, 'BackupRetentionPeriod'),
    earliestRestorableTime: cluster.EarliestRestorableTime?.toISOString() ?? null,
    // An emulator may send an empty element where AWS sends none.
    keptByAwsBackup: Boolean(cluster.AwsBackupRecoveryPointArn),
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html
    storage: cluster.StorageType === 'aurora-iopt1' ? 'io-optimized' : 'standard',
    pending: pendingChanges(cluster.PendingModifiedValues),
    memberIds: (cluster.DBClusterMembers ?? []).map((member) =>
      present(member.DBInstanceIdentifier, 'DBInstanceIdentifier'),
    ),
    unstoppable: unstoppable(cluster, region),
    automaticRestartTime: cluster.AutomaticRestartTime?.toISOString() ?? null,
    memberClasses: notCollected,
    hourlyCapacity: notCollected,
  };
}

/** In ACUs; `null` where the cluster is not Serverless v2. */
export function capacityOf({ ServerlessV2ScalingConfiguration: limits }: DBCluster): DatabaseCluster['capacity'] {
  if (limits?.MinCapacity === undefined || limits.MaxCapacity === undefined) return null;
  return { min: limits.MinCapacity, max: limits.MaxCapacity };
}

/**
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-cluster-stop-start.html: a global database of one cluster can
 * be stopped, but how many there are no cluster says. Nor does it say that it is part of a blue/green deployment.
 */
function unstoppable(
  { GlobalClusterIdentifier, ReadReplicaIdentifiers, ReplicationSourceIdentifier }: DBCluster,
  region: string,
): string | null {
  if (GlobalClusterIdentifier) {
    return `belongs to the global database ${GlobalClusterIdentifier}: AWS stops a cluster of one only where there is no other`;
  }
  const elsewhere = ReadReplicaIdentifiers?.find((replica) => isElsewhere(replica, region));
  if (elsewhere !== undefined)
    return `has the read replica ${elsewhere} in another Region: AWS does not stop what has one`;
  // AWS would stop it, and what it has yet to copy does not wait for it for days.
  if (ReplicationSourceIdentifier) {
    return `is a read replica of ${ReplicationSourceIdentifier}: stopped, it may fall too far behind`;
  }
  return null;
}

/** Those of other Regions are ARNs. */
function isElsewhere(replica: string, region: string): boolean {
  const [prefix, , , its] = replica.split(':');
  return prefix === 'arn' && its !== region;
}

async function inDetail(cluster: DatabaseCluster, context: DiscoveryContext): Promise<DatabaseCluster> {
  // Nothing of it is lowered, and it is not stopped: its members decide nothing.
  const stopped = context.include.includes('rds') && cluster.engine.startsWith('aurora');
  if (cluster.capacity === null && !stopped) return cluster;
  const members = await membersOf(cluster.id, context);
  if (!members.known) return { ...cluster, memberClasses: members, hourlyCapacity: members };
  return {
    ...cluster,
    memberClasses: known(members.value.map(([, instanceClass]) => instanceClass)),
    hourlyCapacity: await hourlyCapacity(
      members.value.filter(([, instanceClass]) => instanceClass === SERVERLESS).map(([id]) => id),
      context,
    ),
  };
}

/** Their ids and classes. */
function membersOf(
  clusterId: string,
  { clients, signal }: DiscoveryContext,
): Promise<Fact<(readonly [id: string, instanceClass: string])[]>> {
  return readFact(DESCRIBE_DB_INSTANCES, signal, async () => {
    const { paginateDescribeDBInstances } = await import('@aws-sdk/client-rds');
    const client = await clients.rds();
    const request = { Filters: [{ Name: 'db-cluster-id', Values: [clusterId] }] };
    const members: (readonly [string, string])[] = [];
    for await (const page of paginateDescribeDBInstances({ client, pageSize: 100 }, request, { abortSignal: signal })) {
      for (const { DBInstanceIdentifier, DBInstanceClass } of present(page.DBInstances, 'DBInstances')) {
        members.push([
          present(DBInstanceIdentifier, 'DBInstanceIdentifier'),
          present(DBInstanceClass, 'DBInstanceClass'),
        ]);
      }
    }
    return members;
  });
}

/** Of all these instances, one after another; whole hours alone. */
async function hourlyCapacity(
  instanceIds: readonly string[],
  { clients, signal, now }: DiscoveryContext,
): Promise<Fact<number[]>> {
  if (instanceIds.length === 0) return known([]);
  return readFact(GET_METRIC_DATA, signal, async () => {
    const { paginateGetMetricData } = await import('@aws-sdk/client-cloudwatch');
    const client = await clients.cloudwatch();
    const end = Math.floor(now.getTime() / HOUR) * HOUR;
    const request = {
      StartTime: new Date(end - MEASURED * HOUR),
      EndTime: new Date(end),
      MetricDataQueries: instanceIds.map((id, index) => ({
        Id: `m${index}`,
        MetricStat: {
          Metric: {
            Namespace: 'AWS/RDS',
            MetricName: 'ServerlessDatabaseCapacity',
            Dimensions: [{ Name: 'DBInstanceIdentifier', Value: id }],
          },
          Period: HOUR / 1000,
          Stat: 'Average',
        },
      })),
    };
    const values: number[] = [];
    for await (const page of paginateGetMetricData({ client }, request, { abortSignal: signal })) {
      for (const { StatusCode, Values } of present(page.MetricDataResults, 'MetricDataResults')) {
        // `PartialData` goes on on the next page.
        if (StatusCode === 'InternalError' || StatusCode === 'Forbidden') {
          throw new MalformedAnswerError(`CloudWatch answered ${StatusCode} for one of the instances`);
        }
        values.push(...present(Values, 'Values'));
      }
    }
    return values;
  });
}
