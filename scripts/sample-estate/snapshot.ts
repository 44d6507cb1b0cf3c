/** The sample estate as a snapshot: what a scan of it would have saved. */
import type { Gap } from '../../src/engine/evaluation.ts';
import type { Resource, ResourceType } from '../../src/engine/model.ts';
import type { Call } from '../../src/aws/call.ts';
import { GapLog, gapOf } from '../../src/inventory/gap-log.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { SnapshotWriter } from '../../src/inventory/snapshot.ts';
import type { Site } from './plan.ts';
import { resourcesOf } from './resources.ts';
import { SITES } from './sites.ts';

/** Who collected it, and when. The version is a constant: a release must not change the file. */
const ORIGIN = {
  toolVersion: '0.1.0',
  scanId: '6f1d2c3b-4a59-4e68-9b7c-0d1e2f3a4b5c',
  collectedAt: new Date('2026-11-16T06:00:00.000Z'),
};

const FACTS: ReadonlyMap<ResourceType, ReadonlySet<string>> = new Map<ResourceType, ReadonlySet<string>>([
  ['AWS::EC2::PrefixList', new Set(['tags', 'entries'])],
  ['AWS::EC2::SecurityGroup', new Set(['tags'])],
  ['AWS::EC2::Instance', new Set(['tags'])],
  ['AWS::EC2::Volume', new Set(['tags'])],
  ['AWS::RDS::DBCluster', new Set(['tags'])],
  ['AWS::RDS::DBInstance', new Set(['tags'])],
  ['AWS::S3::Bucket', new Set(['tags', 'encryption'])],
]);

/** Instances, volumes, groups, buckets, clusters and databases: one page each in every site. */
const LISTINGS_OF_A_SITE = 6;

/** The file, in the blocks that the writer makes. */
export function sampleSnapshot(): Buffer[] {
  const writer = new SnapshotWriter();
  const pages = SITES.map(resourcesOf);
  for (const page of pages) writer.add(page);
  return [...writer.finish(inventoryOf(pages), ORIGIN)];
}

function inventoryOf(pages: readonly (readonly Resource[])[]): Inventory {
  const refused = SITES.filter(({ databases }) => databases === 'denied').length;
  return {
    source: 'live',
    accounts: sortedOnce(SITES.map(({ accountId }) => accountId)),
    regions: sortedOnce(SITES.map(({ region }) => region)),
    facts: FACTS,
    async *pages() {
      yield* pages;
    },
    coverage: () => ({ gaps: gaps(), listings: LISTINGS_OF_A_SITE * SITES.length - refused, complete: true }),
  };
}

function gaps(): Gap[] {
  const log = new GapLog();
  for (const site of SITES) for (const gap of gapsOf(site)) log.add(gap);
  return log.sorted();
}

/** What AWS refused, in its own words. */
function gapsOf(site: Site): Gap[] {
  const refuse = (service: string, call: Call, detail: string) =>
    gapOf(site, service, call, { reason: 'denied', detail });
  const reader = `arn:aws:sts::${site.accountId}:assumed-role/compliance-reader/compliancectl`;
  const prefixLists = site.prefixLists.filter(({ entries }) => entries === 'denied');
  const buckets = site.buckets.filter(({ encryption }) => encryption === 'denied');
  return [
    ...prefixLists.map(() => refuse('ec2', PREFIX_LIST_ENTRIES, 'You are not authorized to perform this operation')),
    ...buckets.map(() => refuse('s3', BUCKET_ENCRYPTION, 'Access Denied')),
    ...(site.databases === 'denied'
      ? [refuse('rds', DATABASES, `User: ${reader} is not authorized to perform: ${DATABASES.action}`)]
      : []),
  ];
}

const PREFIX_LIST_ENTRIES: Call = {
  operation: 'GetManagedPrefixListEntries',
  action: 'ec2:GetManagedPrefixListEntries',
  resource: null,
};
const BUCKET_ENCRYPTION: Call = {
  operation: 'GetBucketEncryption',
  action: 's3:GetEncryptionConfiguration',
  resource: null,
};
const DATABASES: Call = { operation: 'DescribeDBInstances', action: 'rds:DescribeDBInstances', resource: null };

function sortedOnce(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}
