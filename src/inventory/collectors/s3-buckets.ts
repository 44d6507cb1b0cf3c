import type { Bucket, GetBucketEncryptionCommandOutput, S3Client } from '@aws-sdk/client-s3';

import { mapConcurrently } from '../../aws/concurrency.ts';
import { present } from '../../aws/errors.ts';
import { known, tagMap } from '../../engine/model.ts';
import type { BucketEncryption, Fact, S3Bucket, Tags } from '../../engine/model.ts';
import { defineCollector } from '../collector.ts';
import type { CollectContext, Scope } from '../collector.ts';
import { tagsOf } from '../tags.ts';

const ANY_BUCKET = 'arn:{partition}:s3:::*';

export const s3Buckets = defineCollector({
  service: 's3',
  resourceType: 'AWS::S3::Bucket',
  list: { operation: 'ListBuckets', action: 's3:ListAllMyBuckets', resource: null },
  types: {
    'AWS::S3::Bucket': {
      tags: { operation: 'GetBucketTagging', action: 's3:GetBucketTagging', resource: ANY_BUCKET },
      encryption: { operation: 'GetBucketEncryption', action: 's3:GetEncryptionConfiguration', resource: ANY_BUCKET },
    },
  },

  async *collect(context) {
    const { clients, scope, signal, limit } = context;
    const { paginateListBuckets } = await import('@aws-sdk/client-s3');
    const client = await clients.s3();
    // A regional endpoint lists its own region's buckets, and with a parameter AWS tells each one's region:
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
    const pages = paginateListBuckets(
      { client, pageSize: 1000 },
      { BucketRegion: scope.region },
      { abortSignal: signal },
    );
    for await (const page of pages) {
      const names = present(page.Buckets, 'Buckets')
        .filter((bucket) => isIn(scope.region, bucket))
        .map(({ Name }) => present(Name, 'Name'));
      const buckets = await mapConcurrently(names, limit, (name) => readBucket(name, client, context));
      yield buckets.filter((bucket) => bucket !== undefined);
    }
  },
});

/**
 * Whether a listed bucket is of the region that was asked for. Some emulators ignore the filter. One that applies it may
 * leave the region out of its answer, as moto does, so that no region means the region asked for. `EU` is what
 * eu-west-1 was called when it was the only one in Europe.
 */
function isIn(region: string, { BucketRegion }: Bucket): boolean {
  if (BucketRegion === undefined || BucketRegion === '') return true;
  return (BucketRegion === 'EU' ? 'eu-west-1' : BucketRegion) === region;
}

/** What reading one bucket takes of the context. */
type BucketContext = Pick<CollectContext, 'scope' | 'read' | 'signal'>;

/** What a read gives of a bucket that was deleted after it was listed. */
const GONE = Symbol('gone');
type Gone = typeof GONE;

/** The bucket, or `undefined` where it was deleted after it was listed. */
export async function readBucket(
  name: string,
  client: S3Client,
  context: BucketContext,
): Promise<S3Bucket | undefined> {
  const encryption = unlessGone(await readEncryption(name, client, context));
  if (encryption === undefined) return undefined;
  const tags = unlessGone(await readTags(name, client, context));
  if (tags === undefined) return undefined;
  return { ...identifyBucket(name, context.scope), tags, encryption };
}

export function identifyBucket(name: string, { accountId, partition, region }: Scope) {
  return { type: 'AWS::S3::Bucket', id: name, arn: `arn:${partition}:s3:::${name}`, accountId, region } as const;
}

async function readEncryption(
  name: string,
  client: S3Client,
  { read, signal }: BucketContext,
): Promise<Fact<BucketEncryption | null | Gone>> {
  const { GetBucketEncryptionCommand } = await import('@aws-sdk/client-s3');
  const ask = async () =>
    encryptionOf(await client.send(new GetBucketEncryptionCommand({ Bucket: name }), { abortSignal: signal }));
  return read<BucketEncryption | null | Gone>('AWS::S3::Bucket', 'encryption', () => insist(ask), {
    NoSuchBucket: () => GONE,
    ServerSideEncryptionConfigurationNotFoundError: () => null,
  });
}

/** A bucket has one rule. */
export function encryptionOf(answer: GetBucketEncryptionCommandOutput): BucketEncryption {
  const configuration = present(answer.ServerSideEncryptionConfiguration, 'ServerSideEncryptionConfiguration');
  const rule = present(configuration.Rules?.[0], 'Rule');
  const byDefault = present(rule.ApplyServerSideEncryptionByDefault, 'ApplyServerSideEncryptionByDefault');
  return {
    algorithm: present(byDefault.SSEAlgorithm, 'SSEAlgorithm'),
    // An emulator may send an empty element where AWS sends none.
    kmsKeyId: byDefault.KMSMasterKeyID || null,
  };
}

async function readTags(name: string, client: S3Client, { read, signal }: BucketContext): Promise<Fact<Tags | Gone>> {
  const { GetBucketTaggingCommand } = await import('@aws-sdk/client-s3');
  const ask = async () => {
    const { TagSet } = await client.send(new GetBucketTaggingCommand({ Bucket: name }), {
      abortSignal: signal,
    });
    return tagsOf(present(TagSet, 'TagSet'));
  };
  return read<Tags | Gone>('AWS::S3::Bucket', 'tags', () => insist(ask), {
    NoSuchBucket: () => GONE,
    NoSuchTagSet: () => tagMap([]),
  });
}

/** Asks twice before a bucket counts as gone: under load S3 answers `NoSuchBucket` for buckets that exist. */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucket') return ask();
    throw error;
  }
}

function unlessGone<T>(fact: Fact<T | Gone>): Fact<T> | undefined {
  if (!fact.known) return fact;
  return fact.value === GONE ? undefined : known(fact.value);
}
