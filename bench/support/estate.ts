/**
 * The estate that the benchmarks measure on: 100,000 resources of one account, the same every time. The server renders
 * it as AWS would answer, the other benchmarks take it as it is, so that all of them judge the same things.
 */
import { hash } from 'node:crypto';

import { known, tagMap } from '../../src/engine/model.ts';
import type {
  DbCluster,
  DbInstance,
  EbsVolume,
  Ec2Instance,
  Fact,
  PrefixList,
  Resource,
  ResourceType,
  S3Bucket,
  SecurityGroup,
  Tags,
} from '../../src/engine/model.ts';

export const ACCOUNT = '111122223333';

export interface EstateSize {
  readonly instances: number;
  readonly volumes: number;
  readonly groups: number;
  readonly buckets: number;
  /** Of five, one is a cluster, two are its members, and two stand alone. */
  readonly databases: number;
}

export const FULL_SIZE: EstateSize = {
  instances: 40_000,
  volumes: 52_000,
  groups: 5000,
  buckets: 2500,
  databases: 500,
};

export const REGIONS: readonly string[] = ['us-east-1', 'us-west-2', 'eu-west-1', 'ap-southeast-2'];

/** Prefix lists that the groups of a region name; they come on top of the estate's size. */
const PREFIX_LISTS = 10;

/** What stands in one region: its share of the whole. */
export interface Place {
  readonly region: string;
  readonly size: EstateSize;
}

/** The estate split over its regions, as evenly as whole resources go. */
export function placesOf(size: EstateSize, regions: readonly string[]): Place[] {
  const share = (count: number, index: number) =>
    Math.floor(count / regions.length) + (index < count % regions.length ? 1 : 0);
  return regions.map((region, index) => ({
    region,
    size: {
      instances: share(size.instances, index),
      volumes: share(size.volumes, index),
      groups: share(size.groups, index),
      buckets: share(size.buckets, index),
      databases: share(size.databases, index),
    },
  }));
}

/** Everything in a region, in stream order. */
export function* resourcesIn(place: Place): Generator<Resource> {
  yield* prefixLists(place);
  yield* groups(place);
  yield* instances(place);
  yield* volumes(place);
  yield* clusters(place);
  yield* databases(place);
  yield* buckets(place);
}

export function* prefixLists(place: Place): Generator<PrefixList> {
  for (let n = 0; n < PREFIX_LISTS; n += 1) {
    yield {
      ...ec2Identity(place, 'AWS::EC2::PrefixList', 'prefix-list', 'pl', n),
      tags: known(tagMap([])),
      entries: known(Array.from({ length: 12 }, (_, entry) => `10.${n}.${entry * 16}.0/20`)),
    };
  }
}

export function* groups(place: Place): Generator<SecurityGroup> {
  for (let n = 0; n < place.size.groups; n += 1) {
    const listed = { ipv4: [], ipv6: [], prefixListIds: [idOf(place, 'pl', n % PREFIX_LISTS)] };
    yield {
      ...ec2Identity(place, 'AWS::EC2::SecurityGroup', 'security-group', 'sg', n),
      tags: tags(`group-${n}`, n),
      groupName: `group-${n}`,
      ingress: [
        { protocol: 'tcp', fromPort: 443, toPort: 443, ipv4: ['0.0.0.0/0'], ipv6: ['::/0'], prefixListIds: [] },
        {
          protocol: 'tcp',
          fromPort: 22,
          toPort: 22,
          // One group in fifty is open to the world.
          ...(n % 50 === 0 ? { ipv4: ['0.0.0.0/0'], ipv6: [], prefixListIds: [] } : listed),
        },
        {
          protocol: '-1',
          fromPort: null,
          toPort: null,
          ipv4: ['10.0.0.0/16', '10.1.0.0/16'],
          ipv6: [],
          prefixListIds: [],
        },
      ],
    };
  }
}

export function* instances(place: Place): Generator<Ec2Instance> {
  for (let n = 0; n < place.size.instances; n += 1) {
    yield {
      ...ec2Identity(place, 'AWS::EC2::Instance', 'instance', 'i', n),
      // One in twenty was never charged to anybody.
      tags: tags(`web-${n}`, n, n % 20 === 0 ? ['CostCenter'] : []),
      instanceType: ['t3.micro', 'm7g.large', 'c7g.xlarge', 'r7g.large'][n % 4] ?? '',
      state: n % 200 === 0 ? 'terminated' : 'running',
      networkInterfaces: [
        // One in forty is reached from outside.
        { id: idOf(place, 'eni', n), publicIpv4: n % 40 === 1 ? [`203.0.113.${n % 254}`] : [], ipv6: [] },
      ],
      securityGroupIds: place.size.groups === 0 ? [] : [idOf(place, 'sg', n % place.size.groups)],
    };
  }
}

export function* volumes(place: Place): Generator<EbsVolume> {
  for (let n = 0; n < place.size.volumes; n += 1) {
    // Those past the instances are nobody's; one in thirty is not encrypted.
    const attached = n < place.size.instances;
    const encrypted = n % 30 !== 0;
    yield {
      ...ec2Identity(place, 'AWS::EC2::Volume', 'volume', 'vol', n),
      tags: tags(`web-${n}`, n),
      state: attached ? 'in-use' : 'available',
      encrypted,
      kmsKeyId: encrypted ? keyArn(place) : null,
      attachedInstanceIds: attached ? [idOf(place, 'i', n)] : [],
    };
  }
}

export function* clusters(place: Place): Generator<DbCluster> {
  for (let n = 0; n < place.size.databases; n += 5) {
    yield {
      ...rdsIdentity(place, 'AWS::RDS::DBCluster', 'cluster', clusterName(place, n)),
      tags: tags(clusterName(place, n), n),
      status: 'available',
      engine: 'aurora-postgresql',
      backupRetentionPeriod: 7,
      replicationSource: null,
    };
  }
}

export function* databases(place: Place): Generator<DbInstance> {
  for (let n = 0; n < place.size.databases; n += 1) {
    if (n % 5 === 0) continue;
    const member = n % 5 < 3;
    const name = `${place.region}-db-${n}`;
    yield {
      ...rdsIdentity(place, 'AWS::RDS::DBInstance', 'db', name),
      tags: tags(name, n),
      status: 'available',
      engine: member ? 'aurora-postgresql' : 'postgres',
      engineVersion: member ? '16.6' : '17.2',
      // One in ten of those that stand alone is not backed up.
      backupRetentionPeriod: n % 50 === 3 ? 0 : 7,
      dbClusterIdentifier: member ? clusterName(place, n - (n % 5)) : null,
      replicationSource: null,
    };
  }
}

export function* buckets(place: Place): Generator<S3Bucket> {
  for (let n = 0; n < place.size.buckets; n += 1) {
    const name = `bench-${place.region}-${n}`;
    yield {
      type: 'AWS::S3::Bucket',
      id: name,
      arn: `arn:aws:s3:::${name}`,
      accountId: ACCOUNT,
      region: place.region,
      tags: tags(name, n),
      encryption: known(
        n % 10 === 0 ? { algorithm: 'aws:kms', kmsKeyId: keyArn(place) } : { algorithm: 'AES256', kmsKeyId: null },
      ),
    };
  }
}

function tags(name: string, n: number, without: readonly string[] = []): Fact<Tags> {
  const all = {
    Name: name,
    Environment: n % 3 === 0 ? 'development' : 'production',
    Owner: `team-${n % 40}`,
    CostCenter: `CC-${1000 + (n % 90)}`,
    'aws:cloudformation:stack-name': `service-${n % 200}`,
  };
  return known(tagMap(Object.entries(all).filter(([key]) => !without.includes(key))));
}

function ec2Identity<Type extends ResourceType>(place: Place, type: Type, kind: string, prefix: string, n: number) {
  const id = idOf(place, prefix, n);
  const { region } = place;
  return { type, id, arn: `arn:aws:ec2:${region}:${ACCOUNT}:${kind}/${id}`, accountId: ACCOUNT, region };
}

function rdsIdentity<Type extends ResourceType>({ region }: Place, type: Type, kind: string, id: string) {
  return { type, id, arn: `arn:aws:rds:${region}:${ACCOUNT}:${kind}:${id}`, accountId: ACCOUNT, region };
}

function clusterName({ region }: Place, n: number): string {
  return `${region}-cluster-${n}`;
}

/** As EC2 gives them: seventeen hexadecimal digits, the first a zero. */
function idOf({ region }: Place, prefix: string, n: number): string {
  return `${prefix}-0${hash('sha256', `${region}/${prefix}/${n}`, 'hex').slice(0, 16)}`;
}

function keyArn({ region }: Place): string {
  return `arn:aws:kms:${region}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
}
