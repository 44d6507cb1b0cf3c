/**
 * The description of the sample estate turned into resources. Nothing is drawn at random: an id is a digest of what it
 * names, so that a fleet more changes no line but its own.
 */
import { hash } from 'node:crypto';

import { known, tagMap } from '../../src/engine/model.ts';
import type {
  DbCluster,
  DbInstance,
  EbsVolume,
  Ec2Instance,
  NetworkInterface,
  PrefixList,
  Resource,
  ResourceType,
  S3Bucket,
  SecurityGroup,
  Tags,
  Unread,
} from '../../src/engine/model.ts';
import { COST_CENTERS } from './plan.ts';
import type { Address, ClusterPlan, Disk, Fleet, Site, Team } from './plan.ts';

/** Everything that stands in a site, by what the description calls it. */
export function resourcesOf(site: Site): Resource[] {
  return [
    ...prefixLists(site),
    ...securityGroups(site),
    ...site.fleets.flatMap((fleet) => instances(site, fleet)),
    ...site.fleets.flatMap((fleet) => attachedVolumes(site, fleet)),
    ...looseVolumes(site),
    ...site.clusters.map((plan) => cluster(site, plan)),
    // Members come from the same call as any other instance: where that was denied, they were not seen either.
    ...(site.databases === 'denied'
      ? []
      : [...site.clusters.flatMap((plan) => members(site, plan)), ...databases(site)]),
    ...buckets(site),
  ];
}

function prefixLists(site: Site): PrefixList[] {
  return site.prefixLists.map(({ name, awsId, entries }) => {
    const id = awsId ?? prefixListId(site, name);
    const owner = awsId === undefined ? site.accountId : 'aws';
    return {
      ...identity(site, 'AWS::EC2::PrefixList', id, `arn:aws:ec2:${site.region}:${owner}:prefix-list/${id}`),
      tags: known(tagMap([])),
      entries: entries === 'denied' ? denied('ec2:GetManagedPrefixListEntries') : known(entries),
    };
  });
}

function securityGroups(site: Site): SecurityGroup[] {
  return site.groups.map(({ name, ingress }) => ({
    ...identity(
      site,
      'AWS::EC2::SecurityGroup',
      groupId(site, name),
      ec2Arn(site, 'security-group', groupId(site, name)),
    ),
    tags: known(tagMap([['Name', name]])),
    groupName: name,
    ingress: ingress.map(({ prefixLists, ...permission }) => ({
      ...permission,
      prefixListIds: prefixLists.map((list) => prefixListId(site, list)),
    })),
  }));
}

function instances(site: Site, fleet: Fleet): Ec2Instance[] {
  return numbered(fleet).map((name) => instance(site, name, fleet));
}

function instance(site: Site, name: string, fleet: Fleet): Ec2Instance {
  const id = idFor('i', site, name);
  return {
    ...identity(site, 'AWS::EC2::Instance', id, ec2Arn(site, 'instance', id)),
    tags: known(tagsOf(site, name, fleet)),
    instanceType: fleet.instanceType,
    state: fleet.state ?? 'running',
    networkInterfaces: networkInterfaces(site, name, fleet),
    securityGroupIds: fleet.groups.map((group) => groupId(site, group)),
  };
}

/** What has ended has no interface any more. */
function networkInterfaces(site: Site, name: string, { address, state }: Fleet): NetworkInterface[] {
  if (state === 'terminated') return [];
  const first: NetworkInterface = { id: idFor('eni', site, name), publicIpv4: [], ipv6: [] };
  const second: NetworkInterface = { id: idFor('eni', site, `${name}/second`), publicIpv4: [], ipv6: [] };
  return addressed(address, [first, second], digest(site, 'address', name));
}

function addressed(
  address: Address | undefined,
  [first, second]: readonly [NetworkInterface, NetworkInterface],
  digits: string,
): NetworkInterface[] {
  // From the ranges that are set aside for examples: RFC 5737 for IPv4.
  const ipv4 = `203.0.113.${(Number.parseInt(digits.slice(0, 8), 16) % 254) + 1}`;
  const host = `${digits.slice(0, 4)}:${digits.slice(4, 8)}`;
  switch (address) {
    case undefined:
      return [first];
    case 'public':
      return [{ ...first, publicIpv4: [ipv4] }];
    case 'elastic on the second interface':
      return [first, { ...second, publicIpv4: [ipv4] }];
    // From EC2's own range, since the one for examples (2001:db8::/32) is by definition not public.
    case 'public IPv6':
      return [{ ...first, ipv6: [`2600:1f18:4a7:c400::${host}`] }];
    // A unique local address (RFC 4193), as a VPC with private IPv6 gives them.
    case 'private IPv6':
      return [{ ...first, ipv6: [`fd00:ec2:20::${host}`] }];
  }
}

function attachedVolumes(site: Site, fleet: Fleet): EbsVolume[] {
  const disks: readonly Disk[] = fleet.disks ?? ['default key'];
  return numbered(fleet).flatMap((name) => {
    const inUse = { tags: tagsOf(site, name, fleet), state: 'in-use', attachedTo: [idFor('i', site, name)] };
    return disks.map((disk, index) => volume(site, `${name}/${index}`, disk, inUse));
  });
}

function looseVolumes(site: Site): EbsVolume[] {
  return site.looseVolumes.flatMap((plan) =>
    numbered(plan).map((name) => {
      const loose = { tags: tagsOf(site, name, plan), state: plan.state ?? 'available', attachedTo: [] };
      return volume(site, `loose/${name}`, plan.disk, loose);
    }),
  );
}

function volume(
  site: Site,
  name: string,
  disk: Disk,
  { tags, state, attachedTo }: { readonly tags: Tags; readonly state: string; readonly attachedTo: readonly string[] },
): EbsVolume {
  const id = idFor('vol', site, name);
  return {
    ...identity(site, 'AWS::EC2::Volume', id, ec2Arn(site, 'volume', id)),
    tags: known(tags),
    state,
    encrypted: disk !== 'unencrypted',
    kmsKeyId: disk === 'unencrypted' ? null : keyArn(site, disk === 'own key' ? 'data' : 'aws/ebs'),
    attachedInstanceIds: attachedTo,
  };
}

function cluster(site: Site, { name, team, engine, retention, follows }: ClusterPlan): DbCluster {
  return {
    ...identity(site, 'AWS::RDS::DBCluster', name, rdsArn(site, 'cluster', name)),
    tags: known(tagsOf(site, name, { team })),
    status: 'available',
    engine,
    backupRetentionPeriod: retention,
    replicationSource: follows ?? null,
  };
}

function members(site: Site, plan: ClusterPlan): DbInstance[] {
  return Array.from({ length: plan.members }, (_, index) => {
    const name = `${plan.name}-${index + 1}`;
    return {
      ...identity(site, 'AWS::RDS::DBInstance', name, rdsArn(site, 'db', name)),
      tags: known(tagsOf(site, name, plan)),
      status: 'available',
      engine: plan.engine,
      engineVersion: plan.engineVersion,
      backupRetentionPeriod: plan.retention,
      dbClusterIdentifier: plan.name,
      replicationSource: null,
    };
  });
}

function databases(site: Site): DbInstance[] {
  if (site.databases === 'denied') return [];
  return site.databases.map(({ name, team, engine, engineVersion, retention, status, replicaOf }) => ({
    ...identity(site, 'AWS::RDS::DBInstance', name, rdsArn(site, 'db', name)),
    tags: known(tagsOf(site, name, { team })),
    status: status ?? 'available',
    engine,
    engineVersion,
    backupRetentionPeriod: retention,
    dbClusterIdentifier: null,
    replicationSource: replicaOf ?? null,
  }));
}

function buckets(site: Site): S3Bucket[] {
  return site.buckets.map(({ name, team, encryption }) => ({
    ...identity(site, 'AWS::S3::Bucket', name, `arn:aws:s3:::${name}`),
    tags: known(tagsOf(site, name, { team })),
    encryption: bucketEncryption(site, encryption),
  }));
}

function bucketEncryption(site: Site, encryption: Site['buckets'][number]['encryption']): S3Bucket['encryption'] {
  switch (encryption) {
    case 'denied':
      return denied('s3:GetEncryptionConfiguration');
    case 'none':
      return known(null);
    case 'AES256':
      return known({ algorithm: encryption, kmsKeyId: null });
    case 'aws:kms':
    case 'aws:kms:dsse':
      return known({ algorithm: encryption, kmsKeyId: keyArn(site, 'data') });
  }
}

function tagsOf(
  site: Site,
  name: string,
  { team, tags = {}, without = [] }: { readonly team: Team } & Pick<Fleet, 'tags' | 'without'>,
): Tags {
  const sound = { Name: name, Environment: site.environment, Owner: team, CostCenter: COST_CENTERS[team], ...tags };
  return tagMap(Object.entries(sound).filter(([key]) => !without.includes(key)));
}

function identity<Type extends ResourceType>({ accountId, region }: Site, type: Type, id: string, arn: string) {
  return { type, id, arn, accountId, region };
}

function denied(permission: string): Unread {
  return { known: false, reason: 'denied', permission };
}

function groupId(site: Site, name: string): string {
  return idFor('sg', site, name);
}

function prefixListId(site: Site, name: string): string {
  const plan = site.prefixLists.find((list) => list.name === name);
  if (plan === undefined) throw new Error(`${site.accountId} ${site.region} has no prefix list ${name}`);
  return plan.awsId ?? idFor('pl', site, name);
}

function ec2Arn({ accountId, region }: Site, kind: string, id: string): string {
  return `arn:aws:ec2:${region}:${accountId}:${kind}/${id}`;
}

function rdsArn({ accountId, region }: Site, kind: 'db' | 'cluster', name: string): string {
  return `arn:aws:rds:${region}:${accountId}:${kind}:${name}`;
}

function keyArn(site: Site, alias: string): string {
  const digits = digest(site, 'key', alias);
  const uuid = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ];
  return `arn:aws:kms:${site.region}:${site.accountId}:key/${uuid.join('-')}`;
}

/** `web-1`, `web-2`; a plan for one thing gives it the plan's own name. */
function numbered({ name, count }: { readonly name: string; readonly count: number }): string[] {
  return count === 1 ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

/** An id as EC2 gives them: a prefix and seventeen hexadecimal digits, the first a zero. */
function idFor(prefix: string, site: Site, name: string): string {
  return `${prefix}-0${digest(site, prefix, name).slice(0, 16)}`;
}

function digest({ accountId, region }: Site, kind: string, name: string): string {
  return hash('sha256', `${accountId}/${region}/${kind}/${name}`, 'hex');
}
