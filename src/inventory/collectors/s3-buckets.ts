import type { GetBucketEncryptionOutput, S3Client } from '@aws-sdk/client-s3';

import { present } from '../../aws/errors.ts';
import { notCollected, tagMap } from '../../engine/model.ts';
import type { BucketEncryption, S3Bucket, Tags } from '../../engine/model.ts';
import { defineCollector } from '../collector.ts';
import type { CollectContext } from '../collector.ts';
import { mapConcurrently } from '../streams.ts';

const BUCKETS = 'arn:{partition}:s3:::*';

export const s3Buckets = defineCollector({
  service: 's3',
  resourceType: 'AWS::S3::Bucket',
  list: { operation: 'ListBuckets', action: 's3:ListAllMyBuckets', resource: null },
  types: {
    'AWS::S3::Bucket': {
      tags: { operation: 'GetBucketTagging', action: 's3:GetBucketTagging', resource: BUCKETS },
      encryption: { operation: 'GetBucketEncryption', action: 's3:GetEncryptionConfiguration', resource: BUCKETS },
    },
  },

  async *collect(context) {
    const { clients, scope, signal, limit } = context;
    const { paginateListBuckets } = await import('@aws-sdk/client-s3');
    const client = await clients.s3();
    // BucketRegion makes S3 like every other service: each region's endpoint lists its own buckets, and says so.
    const pages = paginateListBuckets(
      { client, pageSize: 1000 },
      { BucketRegion: scope.region },
      { abortSignal: signal },
    );
    for await (const page of pages) {
      const names = present(page.Buckets, 'Buckets')
        // An emulator may ignore the filter.
        .filter(({ BucketRegion = scope.region }) => BucketRegion === scope.region)
        .map(({ Name }) => present(Name, 'Name'));
      const buckets = await mapConcurrently(names, limit, (name) => readBucket(client, name, context));
      yield buckets.filter((bucket) => bucket !== undefined);
    }
  },
});

/** A bucket with what is wanted of it; `undefined` where it was deleted after it was listed. */
async function readBucket(client: S3Client, name: string, context: CollectContext): Promise<S3Bucket | undefined> {
  const { accountId, partition, region } = context.scope;
  try {
    return {
      type: 'AWS::S3::Bucket',
      id: name,
      arn: `arn:${partition}:s3:::${name}`,
      accountId,
      region,
      tags: await readFact(context, 'tags', () => getTags(client, name, context), { NoSuchTagSet: () => tagMap([]) }),
      encryption: await readFact<BucketEncryption | null>(
        context,
        'encryption',
        () => getEncryption(client, name, context),
        {
          // AWS answers "none is configured" with an error; it is an answer, not a gap.
          ServerSideEncryptionConfigurationNotFoundError: () => null,
        },
      ),
    };
  } catch (error) {
    if (error instanceof DeletedBucketError) return undefined;
    throw error;
  }
}

/** Thrown past `read`, which takes what AWS says for a gap: a bucket that is gone has none. */
class DeletedBucketError extends Error {}

async function readFact<T>(
  context: CollectContext,
  fact: 'tags' | 'encryption',
  ask: () => Promise<T>,
  answers: Readonly<Record<string, () => T>>,
) {
  if (context.wanted('AWS::S3::Bucket')?.has(fact) !== true) return notCollected;
  return context.read('AWS::S3::Bucket', fact, () => unlessDeleted(ask), answers);
}

/** Under load S3 says NoSuchBucket of buckets that are there, so it is asked once more before it is believed. */
async function unlessDeleted<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isNoSuchBucket(error)) throw error;
  }
  try {
    return await ask();
  } catch (error) {
    throw isNoSuchBucket(error) ? new DeletedBucketError() : error;
  }
}

function isNoSuchBucket(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchBucket';
}

async function getTags(client: S3Client, bucket: string, { signal }: CollectContext): Promise<Tags> {
  const { GetBucketTaggingCommand } = await import('@aws-sdk/client-s3');
  const answer = await client.send(new GetBucketTaggingCommand({ Bucket: bucket }), { abortSignal: signal });
  return tagMap(present(answer.TagSet, 'TagSet').map(({ Key = '', Value = '' }) => [Key, Value]));
}

async function getEncryption(client: S3Client, bucket: string, { signal }: CollectContext): Promise<BucketEncryption> {
  const { GetBucketEncryptionCommand } = await import('@aws-sdk/client-s3');
  const answer = await client.send(new GetBucketEncryptionCommand({ Bucket: bucket }), { abortSignal: signal });
  return fromEncryption(answer);
}

function fromEncryption({
  ServerSideEncryptionConfiguration: configuration,
}: GetBucketEncryptionOutput): BucketEncryption {
  const [rule] = present(present(configuration, 'ServerSideEncryptionConfiguration').Rules, 'Rule');
  const byDefault = present(rule?.ApplyServerSideEncryptionByDefault, 'ApplyServerSideEncryptionByDefault');
  return {
    algorithm: present(byDefault.SSEAlgorithm, 'SSEAlgorithm'),
    kmsKeyId: byDefault.KMSMasterKeyID ?? null,
  };
}
