/** One resource of another source made whole: the facts that it came without are read live, at a call or two. */
import type { Clients } from '../aws/clients.ts';
import { CALLS_IN_FLIGHT } from '../aws/clients.ts';
import type { Gap } from '../engine/evaluation.ts';
import type { Resource, ResourceType, S3Bucket, SecurityGroup } from '../engine/model.ts';
import type { Scope } from './collector.ts';
import { ec2SecurityGroups, prefixListsIn, readPrefixLists } from './collectors/ec2-security-groups.ts';
import { readBucket, s3Buckets } from './collectors/s3-buckets.ts';
import { GapLog } from './gap-log.ts';
import { createReader } from './read.ts';

export interface MissingFactsPlan {
  readonly clients: Pick<Clients, 'ec2' | 's3'>;
  readonly scope: Scope;
  /** The facts that the chosen rules need, by type: nothing else is read. */
  readonly facts: ReadonlyMap<ResourceType, ReadonlySet<string>>;
  readonly signal: AbortSignal;
}

export interface Completed {
  /** The resource, after what it points at; as it came where it is gone by now. */
  readonly resources: readonly Resource[];
  readonly gaps: readonly Gap[];
}

/** Buckets and the prefix lists of security groups alone have facts behind calls of their own: the rest comes back as it is. */
export async function readMissingFacts(resource: Resource, plan: MissingFactsPlan): Promise<Completed> {
  const gaps = new GapLog();
  const resources = await completed(resource, plan, gaps);
  return { resources, gaps: gaps.sorted() };
}

async function completed(resource: Resource, plan: MissingFactsPlan, gaps: GapLog): Promise<readonly Resource[]> {
  switch (resource.type) {
    case 'AWS::S3::Bucket':
      return [await withBucketFacts(resource, plan, gaps)];
    case 'AWS::EC2::SecurityGroup':
      return [...(await prefixListsOf(resource, plan, gaps)), resource];
    default:
      return [resource];
  }
}

async function withBucketFacts(bucket: S3Bucket, plan: MissingFactsPlan, gaps: GapLog): Promise<S3Bucket> {
  const read = createReader({ ...plan, collector: s3Buckets, gaps });
  const live = await readBucket(bucket.id, await plan.clients.s3(), { ...plan, read });
  if (live === undefined) return bucket;
  const { tags, encryption } = bucket;
  return {
    ...bucket,
    tags: tags.known ? tags : live.tags,
    encryption: encryption.known ? encryption : live.encryption,
  };
}

async function prefixListsOf(group: SecurityGroup, plan: MissingFactsPlan, gaps: GapLog): Promise<readonly Resource[]> {
  const read = createReader({ ...plan, collector: ec2SecurityGroups, gaps });
  return readPrefixLists(prefixListsIn([group]), await plan.clients.ec2(), { ...plan, limit: CALLS_IN_FLIGHT, read });
}
