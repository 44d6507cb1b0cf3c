import type { DBInstance } from '@aws-sdk/client-rds';

import { present } from '../../aws/errors.ts';
import { isForeignEngine } from '../../inventory/collectors/rds-engines.ts';
import { listedTags } from '../../inventory/tags.ts';
import { DESCRIBE_DB_INSTANCES } from '../calls.ts';
import type { DatabaseInstance } from '../model.ts';
import { pendingChanges } from '../pending.ts';
import type { Selection } from '../selection.ts';
import { Findings } from './findings.ts';
import type { DiscoveryContext } from './findings.ts';

/** The instances of RDS of the environment. Those that belong to a cluster are the cluster's: AWS stops them with it, or not at all. */
export async function discoverRds(
  selection: Selection,
  context: DiscoveryContext,
): Promise<Findings<DatabaseInstance>> {
  const findings = new Findings<DatabaseInstance>('rds', 'DB instances', context);
  await findings.listing(DESCRIBE_DB_INSTANCES, 'Which DB instances there are', async () => {
    const { paginateDescribeDBInstances } = await import('@aws-sdk/client-rds');
    const client = await context.clients.rds();
    const pages = paginateDescribeDBInstances({ client, pageSize: 100 }, {}, { abortSignal: context.signal });
    for await (const { DBInstances } of pages) {
      const page = present(DBInstances, 'DBInstances').filter(standsAlone);
      const before = findings.found.length;
      for (const instance of page) {
        const id = present(instance.DBInstanceIdentifier, 'DBInstanceIdentifier');
        const choice = selection.choose({ names: [id], tags: listedTags(instance.TagList) });
        if (findings.takes(choice, id)) findings.found.push(fromInstance(instance, context));
      }
      findings.progress(page.length, findings.found.length - before);
    }
  });
  return findings;
}

/** An emulator may send an empty element where AWS sends none. */
function standsAlone({ DBClusterIdentifier, Engine }: DBInstance): boolean {
  return !DBClusterIdentifier && !isForeignEngine(Engine);
}

function fromInstance(
  instance: DBInstance,
  { accountId, region }: Pick<DiscoveryContext, 'accountId' | 'region'>,
): DatabaseInstance {
  return {
    kind: 'rds',
    type: 'AWS::RDS::DBInstance',
    id: present(instance.DBInstanceIdentifier, 'DBInstanceIdentifier'),
    arn: present(instance.DBInstanceArn, 'DBInstanceArn'),
    accountId,
    region,
    tags: listedTags(instance.TagList),
    engine: present(instance.Engine, 'Engine'),
    instanceClass: present(instance.DBInstanceClass, 'DBInstanceClass'),
    status: present(instance.DBInstanceStatus, 'DBInstanceStatus'),
    multiAz: instance.MultiAZ === true,
    unstoppable: unstoppable(instance),
    pending: pendingChanges(instance.PendingModifiedValues),
    automaticRestartTime: instance.AutomaticRestartTime?.toISOString() ?? null,
  };
}

/**
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html and, of RDS Custom,
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/custom-managing-sqlserver.startstop.html: of RDS Custom the list of engines
 * that can be stopped has SQL Server alone.
 */
function unstoppable(instance: DBInstance): string | null {
  const source = instance.ReadReplicaSourceDBInstanceIdentifier || instance.ReadReplicaSourceDBClusterIdentifier;
  if (source) return `is a read replica of ${source}: AWS does not stop those`;
  const replicas = [
    ...(instance.ReadReplicaDBInstanceIdentifiers ?? []),
    ...(instance.ReadReplicaDBClusterIdentifiers ?? []),
  ];
  if (replicas.length > 0) {
    return `has the read replica${replicas.length === 1 ? '' : 's'} ${replicas.join(', ')}: AWS does not stop what has any`;
  }
  const engine = present(instance.Engine, 'Engine');
  if (engine.startsWith('custom-') && !engine.startsWith('custom-sqlserver')) {
    return `is RDS Custom with the engine ${engine}: AWS does not stop that`;
  }
  // SQL Server is mirrored in its own ways: where the flag does not say so, the second zone does.
  const twoZones = instance.MultiAZ === true || Boolean(instance.SecondaryAvailabilityZone);
  return engine.includes('sqlserver') && twoZones ? 'is SQL Server in Multi-AZ: AWS does not stop that' : null;
}
