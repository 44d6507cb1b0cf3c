/** The words in which the sample estate is described: sites, and what stands in each. */
import type { IngressPermission } from '../../src/engine/model.ts';

/** One region of one account. */
export interface Site {
  readonly accountId: string;
  readonly region: string;
  /** Value of the tag `Environment`, unless a fleet says otherwise. */
  readonly environment: 'production' | 'staging' | 'development';
  readonly prefixLists: readonly PrefixListPlan[];
  readonly groups: readonly GroupPlan[];
  readonly fleets: readonly Fleet[];
  readonly looseVolumes: readonly LooseVolume[];
  readonly buckets: readonly BucketPlan[];
  readonly clusters: readonly ClusterPlan[];
  /** `denied`: the account's role may not list the database instances here. */
  readonly databases: readonly DatabasePlan[] | 'denied';
}

/** Who owns what, and which cost centre pays for it. */
export const COST_CENTERS = {
  platform: 'CC-1001',
  streaming: 'CC-2040',
  payments: 'CC-3310',
  data: 'CC-4120',
} as const;
export type Team = keyof typeof COST_CENTERS;

export interface PrefixListPlan {
  readonly name: string;
  /** Given where AWS manages the list: then its id is the same in every account. */
  readonly awsId?: string;
  readonly entries: readonly string[] | 'denied';
}

export interface GroupPlan {
  readonly name: string;
  readonly ingress: readonly IngressPlan[];
}

/** A permission whose prefix lists are named, not numbered. */
export type IngressPlan = Omit<IngressPermission, 'prefixListIds'> & { readonly prefixLists: readonly string[] };

export interface Sources {
  readonly ipv4?: readonly string[];
  readonly ipv6?: readonly string[];
  readonly prefixLists?: readonly string[];
}

/** Instances of one kind. The tags are sound unless the plan says how they are not. */
export interface Fleet {
  readonly name: string;
  readonly count: number;
  readonly instanceType: string;
  readonly team: Team;
  /** Names of groups in the same site. */
  readonly groups: readonly string[];
  /** Volumes of each instance, the root volume first; one encrypted root volume unless it says otherwise. */
  readonly disks?: readonly Disk[];
  readonly state?: 'running' | 'stopped' | 'shutting-down' | 'terminated';
  readonly address?: Address;
  readonly tags?: Readonly<Record<string, string>>;
  /** Tags that were forgotten. */
  readonly without?: readonly string[];
}

export type Disk = 'default key' | 'own key' | 'unencrypted';

/** How an instance is reached from outside; not at all where a fleet does not say. */
export type Address = 'public' | 'elastic on the second interface' | 'public IPv6' | 'private IPv6';

/** Volumes that no instance has. */
export interface LooseVolume {
  readonly name: string;
  readonly count: number;
  readonly disk: Disk;
  readonly team: Team;
  readonly state?: 'available' | 'deleting';
}

export interface BucketPlan {
  readonly name: string;
  readonly team: Team;
  /** `none` and `denied` are the two that rules stumble over. */
  readonly encryption: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | 'none' | 'denied';
}

export interface ClusterPlan {
  readonly name: string;
  readonly team: Team;
  readonly engine: 'aurora-postgresql' | 'aurora-mysql' | 'postgres';
  readonly engineVersion: string;
  readonly members: number;
  readonly retention: number;
  /** ARN of the cluster that this one follows, for the secondary of a global database. */
  readonly follows?: string;
}

export interface DatabasePlan {
  readonly name: string;
  readonly team: Team;
  readonly engine: 'postgres' | 'mysql';
  readonly engineVersion: string;
  readonly retention: number;
  readonly status?: 'available' | 'deleting';
  /** Identifier of the instance that this one replicates. */
  readonly replicaOf?: string;
}

export const ANYWHERE: Sources = { ipv4: ['0.0.0.0/0'], ipv6: ['::/0'] };

/** TCP on one port, or from the first to the last. */
export function tcp(ports: number | readonly [first: number, last: number], sources: Sources): IngressPlan {
  const [fromPort, toPort] = typeof ports === 'number' ? [ports, ports] : ports;
  return { protocol: 'tcp', fromPort, toPort, ...whole(sources) };
}

/** Every protocol and port: AWS sends no ports with it. */
export function everything(sources: Sources): IngressPlan {
  return { protocol: '-1', fromPort: null, toPort: null, ...whole(sources) };
}

/** Every protocol among the members of a group: no address is named, so no list is filled. */
export const MEMBERS: IngressPlan = everything({});

function whole({ ipv4 = [], ipv6 = [], prefixLists = [] }: Sources): Required<Sources> {
  return { ipv4, ipv6, prefixLists };
}
