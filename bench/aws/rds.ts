/** RDS as it answers: instances and clusters, with their tags in the same breath. */
import type { DbCluster, DbInstance, Fact, Tags } from '../../src/engine/model.ts';
import { clusters, databases } from '../support/estate.ts';
import type { Place } from '../support/estate.ts';
import { element, failed, list, queryAnswer } from './answer.ts';
import type { Answer, Request } from './answer.ts';
import { pageFor, RDS_PAGING } from './paging.ts';
import { Shelf } from './shelf.ts';

/** RDS in every region, rendered now. */
export function createRds(places: readonly Place[]): (request: Request) => Answer {
  const regions = new Map(places.map((place) => [place.region, stock(place)]));
  return (request) => {
    const { operation, region } = request;
    const listings = regions.get(region);
    if (listings === undefined) return failed('rds', 403, 'InvalidClientTokenId', `There is no region ${region} here.`);
    const listing = listings.get(operation);
    if (listing === undefined) return failed('rds', 400, 'InvalidAction', `Could not find operation ${operation}.`);
    const page = pageFor(request, listing.shelf, RDS_PAGING);
    if ('status' in page) return page;
    const { set } = listing;
    return queryAnswer('rds', operation, `<${set}>`, page.body, `</${set}>`, element('Marker', page.token));
  };
}

function stock(place: Place): ReadonlyMap<string, { readonly shelf: Shelf; readonly set: string }> {
  return new Map([
    ['DescribeDBInstances', { set: 'DBInstances', shelf: new Shelf([...databases(place)].map(instance)) }],
    ['DescribeDBClusters', { set: 'DBClusters', shelf: new Shelf([...clusters(place)].map(cluster)) }],
  ]);
}

const CREATED = '2026-03-02T09:14:31.000Z';

function instance(database: DbInstance): string {
  const { id, arn, region, engine, engineVersion, status, backupRetentionPeriod, dbClusterIdentifier } = database;
  return `<DBInstance><DBInstanceIdentifier>${id}</DBInstanceIdentifier><DBInstanceClass>db.r7g.large</DBInstanceClass>${element('Engine', engine)}${element('DBInstanceStatus', status)}<MasterUsername>admin</MasterUsername><DBName>main</DBName><Endpoint><Address>${id}.c9akciq32rgo.${region}.rds.amazonaws.com</Address><Port>5432</Port><HostedZoneId>Z2R2ITUGPM61AM</HostedZoneId></Endpoint><AllocatedStorage>200</AllocatedStorage><InstanceCreateTime>${CREATED}</InstanceCreateTime><PreferredBackupWindow>03:10-03:40</PreferredBackupWindow>${element('BackupRetentionPeriod', backupRetentionPeriod)}<DBSecurityGroups/><VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-0a1b2c3d4e5f60718</VpcSecurityGroupId><Status>active</Status></VpcSecurityGroupMembership></VpcSecurityGroups><DBParameterGroups><DBParameterGroup><DBParameterGroupName>default</DBParameterGroupName><ParameterApplyStatus>in-sync</ParameterApplyStatus></DBParameterGroup></DBParameterGroups>${element('AvailabilityZone', `${region}a`)}<PreferredMaintenanceWindow>sun:05:00-sun:05:30</PreferredMaintenanceWindow><PendingModifiedValues/><LatestRestorableTime>${CREATED}</LatestRestorableTime><MultiAZ>false</MultiAZ>${element('EngineVersion', engineVersion)}<AutoMinorVersionUpgrade>true</AutoMinorVersionUpgrade><ReadReplicaDBInstanceIdentifiers/><LicenseModel>postgresql-license</LicenseModel><PubliclyAccessible>false</PubliclyAccessible><StorageType>gp3</StorageType><DbInstancePort>0</DbInstancePort>${element('DBClusterIdentifier', dbClusterIdentifier)}<StorageEncrypted>true</StorageEncrypted><DbiResourceId>db-EXAMPLE4K2H3J5L6M7N8P9Q</DbiResourceId><CACertificateIdentifier>rds-ca-rsa2048-g1</CACertificateIdentifier><DomainMemberships/><CopyTagsToSnapshot>true</CopyTagsToSnapshot><MonitoringInterval>60</MonitoringInterval>${element('DBInstanceArn', arn)}<IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled><DeletionProtection>true</DeletionProtection><AssociatedRoles/>${tagList(database.tags)}<BackupTarget>region</BackupTarget><NetworkType>IPV4</NetworkType></DBInstance>`;
}

function cluster({ id, arn, region, engine, status, backupRetentionPeriod, tags }: DbCluster): string {
  return `<DBCluster><AllocatedStorage>1</AllocatedStorage><AvailabilityZones><AvailabilityZone>${region}a</AvailabilityZone><AvailabilityZone>${region}b</AvailabilityZone></AvailabilityZones>${element('BackupRetentionPeriod', backupRetentionPeriod)}<DatabaseName>main</DatabaseName>${element('DBClusterIdentifier', id)}<DBClusterParameterGroup>default.aurora-postgresql16</DBClusterParameterGroup><DBSubnetGroup>default</DBSubnetGroup>${element('Status', status)}<Endpoint>${id}.cluster-c9akciq32rgo.${region}.rds.amazonaws.com</Endpoint><MultiAZ>false</MultiAZ>${element('Engine', engine)}<EngineVersion>16.6</EngineVersion><Port>5432</Port><MasterUsername>admin</MasterUsername><PreferredBackupWindow>03:10-03:40</PreferredBackupWindow><ReadReplicaIdentifiers/><DBClusterMembers/><VpcSecurityGroups/><StorageEncrypted>true</StorageEncrypted><DbClusterResourceId>cluster-EXAMPLE4K2H3J5L6M7N8P9Q</DbClusterResourceId>${element('DBClusterArn', arn)}<AssociatedRoles/><ClusterCreateTime>${CREATED}</ClusterCreateTime><EngineMode>provisioned</EngineMode><DeletionProtection>true</DeletionProtection><HttpEndpointEnabled>false</HttpEndpointEnabled><CopyTagsToSnapshot>true</CopyTagsToSnapshot>${tagList(tags)}</DBCluster>`;
}

function tagList(tags: Fact<Tags>): string {
  const entries = tags.known ? Object.entries(tags.value) : [];
  return list(
    'TagList',
    entries.map(([key, value]) => `${element('Key', key)}${element('Value', value)}`),
    'Tag',
  );
}
