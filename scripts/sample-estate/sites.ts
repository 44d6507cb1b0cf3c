/**
 * The estate of a made-up video service: production in three regions, staging and development beside it. Most of it is
 * sound; what is not is what platform teams do find, and each oddity has its comment.
 */
import { ANYWHERE, everything, MEMBERS, tcp } from './plan.ts';
import type { Fleet, GroupPlan, PrefixListPlan, Site } from './plan.ts';

const PRODUCTION = '111122223333';
const DEVELOPMENT = '444455556666';

/** Addresses of the office's uplinks: a customer's own list. */
const OFFICE: PrefixListPlan = { name: 'office', entries: ['198.51.100.0/28', '203.0.113.64/27'] };

/** Some of the blocks behind `com.amazonaws.global.cloudfront.origin-facing`, whose id differs by region. */
const cloudFront = (awsId: string): PrefixListPlan => ({
  name: 'cloudfront-origin-facing',
  awsId,
  entries: [
    '13.124.199.0/24',
    '52.46.0.0/22',
    '52.82.128.0/19',
    '64.252.128.0/18',
    '70.132.0.0/18',
    '130.176.0.0/17',
    '204.246.166.0/24',
    '205.251.218.0/24',
  ],
});

/** What every site with a service has. */
const SERVICE_GROUPS: readonly GroupPlan[] = [
  { name: 'default', ingress: [MEMBERS] },
  { name: 'load-balancer', ingress: [tcp(443, ANYWHERE), tcp(80, ANYWHERE)] },
  { name: 'web', ingress: [tcp(443, ANYWHERE)] },
  { name: 'api', ingress: [tcp(8443, { prefixLists: ['cloudfront-origin-facing'] })] },
  { name: 'worker', ingress: [MEMBERS] },
  { name: 'database', ingress: [tcp(5432, { ipv4: ['10.20.0.0/16'] }), tcp(3306, { ipv4: ['10.20.0.0/16'] })] },
];

const ONLY_DEFAULT: GroupPlan = { name: 'default', ingress: [MEMBERS] };

const BASTION_FROM_OFFICE: GroupPlan = { name: 'bastion', ingress: [tcp(22, { prefixLists: ['office'] })] };

type Sizes = Readonly<Record<'web' | 'api' | 'worker', number>>;

/** The three fleets of a service, each kept by an Auto Scaling group of its name. */
function service(sizes: Sizes, size: 'large' | 'medium' = 'large', disks?: Fleet['disks']): readonly Fleet[] {
  const fleet = (name: keyof Sizes, family: string, team: Fleet['team']): Fleet => ({
    name,
    count: sizes[name],
    instanceType: `${family}.${size}`,
    team,
    groups: [name],
    tags: { 'aws:autoscaling:groupName': name },
    ...(disks !== undefined && { disks }),
  });
  return [fleet('web', 't4g', 'streaming'), fleet('api', 'm7g', 'streaming'), fleet('worker', 'c7g', 'data')];
}

const productionUsEast1: Site = {
  accountId: PRODUCTION,
  region: 'us-east-1',
  environment: 'production',
  prefixLists: [
    OFFICE,
    cloudFront('pl-3b927c52'),
    // Four quarters make a whole: nobody who reads "partners" expects the world behind it.
    { name: 'partners', entries: ['0.0.0.0/2', '64.0.0.0/2', '128.0.0.0/2', '192.0.0.0/2'] },
  ],
  groups: [
    ...SERVICE_GROUPS,
    { name: 'bastion', ingress: [tcp(22, { ipv4: ['0.0.0.0/0'] })] },
    { name: 'partner-sftp', ingress: [tcp(22, { prefixLists: ['partners'] })] },
    { name: 'build-agent', ingress: [MEMBERS] },
    { name: 'transcoder', ingress: [MEMBERS, tcp([30_000, 32_767], { prefixLists: ['office'] })] },
  ],
  fleets: [
    ...service({ web: 18, api: 14, worker: 10 }),
    {
      name: 'transcoder',
      count: 10,
      instanceType: 'c7i.2xlarge',
      team: 'streaming',
      groups: ['transcoder'],
      disks: ['default key', 'own key'],
      // Moved to another launch template, and the tag did not come along.
      without: ['CostCenter'],
    },
    {
      name: 'build-agent',
      count: 4,
      instanceType: 'm7i.xlarge',
      team: 'platform',
      groups: ['build-agent'],
      disks: ['default key', 'default key'],
    },
    // Public on purpose: what a waiver is for.
    {
      name: 'bastion',
      count: 2,
      instanceType: 't3.micro',
      team: 'platform',
      groups: ['bastion'],
      address: 'public',
      tags: { Role: 'bastion' },
    },
    {
      name: 'partner-sftp',
      count: 1,
      instanceType: 't3.medium',
      team: 'payments',
      groups: ['partner-sftp'],
      address: 'public',
    },
    // Older than the rule about encryption, and never migrated: waived until it is gone.
    {
      name: 'legacy-archive',
      count: 1,
      instanceType: 'm4.large',
      team: 'data',
      groups: ['worker'],
      disks: ['default key', 'unencrypted'],
      tags: { Role: 'legacy-archive' },
    },
    // Scaled in a few minutes before the scan.
    {
      name: 'web-old',
      count: 2,
      instanceType: 't3.large',
      team: 'streaming',
      groups: [],
      disks: [],
      state: 'terminated',
    },
  ],
  looseVolumes: [
    { name: 'transcoder-cache', count: 4, disk: 'own key', team: 'streaming' },
    { name: 'catalog-restore-test', count: 2, disk: 'unencrypted', team: 'data' },
    { name: 'web-old', count: 1, disk: 'unencrypted', team: 'streaming', state: 'deleting' },
  ],
  buckets: [
    { name: 'streamflix-prod-assets', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-prod-thumbnails', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-prod-subtitles', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-prod-masters', team: 'streaming', encryption: 'aws:kms' },
    { name: 'streamflix-prod-transcoded', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-prod-alb-logs', team: 'platform', encryption: 'AES256' },
    { name: 'streamflix-prod-cloudtrail', team: 'platform', encryption: 'aws:kms' },
    { name: 'streamflix-prod-artifacts', team: 'platform', encryption: 'AES256' },
    { name: 'streamflix-prod-terraform-state', team: 'platform', encryption: 'aws:kms' },
    { name: 'streamflix-prod-lake-raw', team: 'data', encryption: 'AES256' },
    { name: 'streamflix-prod-lake-curated', team: 'data', encryption: 'AES256' },
    { name: 'streamflix-prod-athena-results', team: 'data', encryption: 'AES256' },
    { name: 'streamflix-prod-invoices', team: 'payments', encryption: 'aws:kms' },
    // Encrypted twice, as the card schemes' auditors asked for.
    { name: 'streamflix-prod-card-disputes', team: 'payments', encryption: 'aws:kms:dsse' },
    // Its bucket policy shuts the scanner out.
    { name: 'streamflix-prod-legal-hold', team: 'payments', encryption: 'denied' },
    // AWS itself has not given this answer since 2023, when every bucket got SSE-S3; stores that speak S3 still do.
    { name: 'streamflix-prod-exports-2019', team: 'data', encryption: 'none' },
  ],
  clusters: [
    {
      name: 'catalog',
      team: 'streaming',
      engine: 'aurora-postgresql',
      engineVersion: '16.6',
      members: 4,
      retention: 14,
    },
    { name: 'profiles', team: 'streaming', engine: 'aurora-mysql', engineVersion: '8.0', members: 2, retention: 7 },
    // A Multi-AZ cluster of a plain engine: its three members are judged here too, whatever the engine is called.
    { name: 'ledger', team: 'payments', engine: 'postgres', engineVersion: '17.2', members: 3, retention: 35 },
  ],
  databases: [
    { name: 'billing', team: 'payments', engine: 'postgres', engineVersion: '17.2', retention: 14 },
    {
      name: 'billing-reports',
      team: 'payments',
      engine: 'postgres',
      engineVersion: '17.2',
      retention: 0,
      replicaOf: 'billing',
    },
    { name: 'ads', team: 'data', engine: 'mysql', engineVersion: '8.4.3', retention: 7 },
  ],
};

const productionEuWest1: Site = {
  accountId: PRODUCTION,
  region: 'eu-west-1',
  environment: 'production',
  prefixLists: [OFFICE, cloudFront('pl-4fa04526')],
  groups: [
    ...SERVICE_GROUPS,
    BASTION_FROM_OFFICE,
    // Two halves of the world, to get past a check for 0.0.0.0/0.
    { name: 'vpn-legacy', ingress: [tcp(22, { ipv4: ['0.0.0.0/1', '128.0.0.0/1'] })] },
  ],
  fleets: [
    ...service({ web: 10, api: 8, worker: 5 }),
    { name: 'transcoder', count: 3, instanceType: 'c7i.2xlarge', team: 'streaming', groups: ['worker'] },
    {
      name: 'bastion',
      count: 1,
      instanceType: 't3.micro',
      team: 'platform',
      groups: ['bastion'],
      tags: { Role: 'bastion' },
    },
    {
      name: 'vpn',
      count: 1,
      instanceType: 't3.small',
      team: 'platform',
      groups: ['vpn-legacy'],
      address: 'elastic on the second interface',
    },
  ],
  looseVolumes: [{ name: 'catalog-restore-test', count: 2, disk: 'default key', team: 'data' }],
  buckets: [
    { name: 'streamflix-prod-eu-assets', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-prod-eu-masters', team: 'streaming', encryption: 'aws:kms' },
    { name: 'streamflix-prod-eu-transcoded', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-prod-eu-alb-logs', team: 'platform', encryption: 'AES256' },
    { name: 'streamflix-prod-eu-artifacts', team: 'platform', encryption: 'AES256' },
    { name: 'streamflix-prod-eu-lake-raw', team: 'data', encryption: 'AES256' },
    { name: 'streamflix-prod-eu-invoices', team: 'payments', encryption: 'aws:kms' },
  ],
  clusters: [
    {
      name: 'catalog-eu',
      team: 'streaming',
      engine: 'aurora-postgresql',
      engineVersion: '16.6',
      members: 2,
      retention: 14,
    },
  ],
  databases: [
    { name: 'billing-eu', team: 'payments', engine: 'postgres', engineVersion: '17.2', retention: 14 },
    { name: 'consent', team: 'data', engine: 'mysql', engineVersion: '8.4.3', retention: 7 },
  ],
};

const productionApSoutheast2: Site = {
  accountId: PRODUCTION,
  region: 'ap-southeast-2',
  environment: 'production',
  prefixLists: [
    cloudFront('pl-b8a742d1'),
    // Shared from the network team's account, which lets nobody else read it.
    { name: 'carriers', entries: 'denied' },
  ],
  groups: [...SERVICE_GROUPS, { name: 'bastion', ingress: [tcp(22, { prefixLists: ['carriers'] })] }],
  fleets: [
    ...service({ web: 5, api: 4, worker: 3 }),
    {
      name: 'bastion',
      count: 1,
      instanceType: 't3.micro',
      team: 'platform',
      groups: ['bastion'],
      tags: { Role: 'bastion' },
    },
    {
      name: 'edge-cache',
      count: 2,
      instanceType: 'c7g.large',
      team: 'streaming',
      groups: ['worker'],
      address: 'private IPv6',
    },
  ],
  looseVolumes: [],
  buckets: [
    { name: 'streamflix-prod-ap-assets', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-prod-ap-transcoded', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-prod-ap-alb-logs', team: 'platform', encryption: 'AES256' },
  ],
  clusters: [
    {
      name: 'catalog-ap',
      team: 'streaming',
      engine: 'aurora-postgresql',
      engineVersion: '16.6',
      members: 2,
      retention: 1,
      follows: `arn:aws:rds:us-east-1:${PRODUCTION}:cluster:catalog`,
    },
  ],
  databases: [],
};

const developmentUsEast1: Site = {
  accountId: DEVELOPMENT,
  region: 'us-east-1',
  environment: 'development',
  prefixLists: [OFFICE, cloudFront('pl-3b927c52')],
  groups: [
    ...SERVICE_GROUPS,
    BASTION_FROM_OFFICE,
    { name: 'windows-jump', ingress: [tcp(3389, { ipv6: ['::/0'] })] },
    // "Just until the demo."
    { name: 'sandbox', ingress: [tcp([0, 65_535], { ipv4: ['0.0.0.0/0'] })] },
    { name: 'build-agent', ingress: [MEMBERS] },
  ],
  fleets: [
    // Encryption by default was never switched on in this region.
    ...service({ web: 4, api: 4, worker: 3 }, 'medium', ['unencrypted']),
    {
      name: 'build-agent',
      count: 6,
      instanceType: 't3.large',
      team: 'platform',
      groups: ['build-agent'],
      disks: ['unencrypted', 'unencrypted'],
    },
    {
      name: 'bastion',
      count: 1,
      instanceType: 't3.micro',
      team: 'platform',
      groups: ['bastion'],
      tags: { Role: 'bastion' },
    },
    {
      name: 'windows-jump',
      count: 1,
      instanceType: 't3.large',
      team: 'payments',
      groups: ['windows-jump'],
      address: 'public IPv6',
    },
    // Started by hand, and it shows.
    {
      name: 'sandbox',
      count: 3,
      instanceType: 'm5.xlarge',
      team: 'data',
      groups: ['sandbox'],
      address: 'public',
      without: ['CostCenter', 'Owner'],
    },
    {
      name: 'gpu-experiment',
      count: 2,
      instanceType: 'g5.2xlarge',
      team: 'data',
      groups: ['worker'],
      disks: ['default key', 'unencrypted'],
      without: ['CostCenter'],
      state: 'stopped',
    },
    // The key is there and says nothing.
    { name: 'notebook', count: 2, instanceType: 'r6i.large', team: 'data', groups: ['worker'], tags: { Owner: ' ' } },
    {
      name: 'web-canary',
      count: 1,
      instanceType: 't4g.medium',
      team: 'streaming',
      groups: ['web'],
      state: 'shutting-down',
    },
  ],
  looseVolumes: [
    { name: 'gpu-experiment-data', count: 3, disk: 'unencrypted', team: 'data' },
    { name: 'jenkins-home', count: 3, disk: 'default key', team: 'platform' },
  ],
  buckets: [
    { name: 'streamflix-dev-assets', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-dev-masters', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-dev-transcoded', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-dev-artifacts', team: 'platform', encryption: 'AES256' },
    { name: 'streamflix-dev-terraform-state', team: 'platform', encryption: 'aws:kms' },
    { name: 'streamflix-dev-lake-raw', team: 'data', encryption: 'AES256' },
    { name: 'streamflix-dev-notebooks', team: 'data', encryption: 'AES256' },
    { name: 'streamflix-dev-invoices', team: 'payments', encryption: 'aws:kms' },
  ],
  clusters: [
    {
      name: 'catalog-dev',
      team: 'streaming',
      engine: 'aurora-postgresql',
      engineVersion: '16.6',
      members: 1,
      retention: 1,
    },
  ],
  databases: [
    { name: 'billing-dev', team: 'payments', engine: 'postgres', engineVersion: '17.2', retention: 0 },
    { name: 'ads-dev', team: 'data', engine: 'mysql', engineVersion: '8.4.3', retention: 1 },
    { name: 'loadtest', team: 'platform', engine: 'postgres', engineVersion: '17.2', retention: 0, status: 'deleting' },
  ],
};

const developmentEuWest1: Site = {
  accountId: DEVELOPMENT,
  region: 'eu-west-1',
  environment: 'staging',
  prefixLists: [OFFICE, cloudFront('pl-4fa04526')],
  groups: [
    ...SERVICE_GROUPS,
    BASTION_FROM_OFFICE,
    { name: 'loadtest', ingress: [everything({ ipv4: ['0.0.0.0/0'] })] },
  ],
  fleets: [
    ...service({ web: 4, api: 3, worker: 2 }, 'medium'),
    {
      name: 'bastion',
      count: 1,
      instanceType: 't3.micro',
      team: 'platform',
      groups: ['bastion'],
      tags: { Role: 'bastion' },
    },
    { name: 'loadtest', count: 3, instanceType: 'c6i.large', team: 'platform', groups: ['loadtest'] },
  ],
  looseVolumes: [],
  buckets: [
    { name: 'streamflix-staging-assets', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-staging-transcoded', team: 'streaming', encryption: 'AES256' },
    { name: 'streamflix-staging-artifacts', team: 'platform', encryption: 'AES256' },
  ],
  clusters: [
    {
      name: 'catalog-staging',
      team: 'streaming',
      engine: 'aurora-postgresql',
      engineVersion: '16.6',
      members: 2,
      retention: 7,
    },
  ],
  databases: [{ name: 'billing-staging', team: 'payments', engine: 'postgres', engineVersion: '17.2', retention: 1 }],
};

const developmentApSoutheast2: Site = {
  accountId: DEVELOPMENT,
  region: 'ap-southeast-2',
  environment: 'development',
  prefixLists: [],
  groups: [ONLY_DEFAULT],
  fleets: [
    // A trial that nobody remembers.
    {
      name: 'edge-trial',
      count: 2,
      instanceType: 't2.small',
      team: 'streaming',
      groups: ['default'],
      without: ['Owner'],
    },
  ],
  looseVolumes: [{ name: 'edge-trial', count: 1, disk: 'unencrypted', team: 'streaming' }],
  buckets: [{ name: 'streamflix-dev-ap-trial', team: 'streaming', encryption: 'AES256' }],
  clusters: [],
  databases: 'denied',
};

export const SITES: readonly Site[] = [
  productionUsEast1,
  productionEuWest1,
  productionApSoutheast2,
  developmentUsEast1,
  developmentEuWest1,
  developmentApSoutheast2,
];
