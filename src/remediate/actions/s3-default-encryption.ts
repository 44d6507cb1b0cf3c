import type {
  GetBucketEncryptionCommandOutput,
  S3Client,
  ServerSideEncryptionByDefault,
  ServerSideEncryptionRule,
} from '@aws-sdk/client-s3';

import type { Call } from '../../aws/call.ts';
import { present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import { known, tagMap } from '../../engine/model.ts';
import type { BucketEncryption, S3Bucket, Tags } from '../../engine/model.ts';
import { encryptionOf, identifyBucket } from '../../inventory/collectors/s3-buckets.ts';
import { tagsOf } from '../../inventory/tags.ts';
import { defineAction } from '../action.ts';
import type { ActionContext } from '../action.ts';
import type { Target } from '../change.ts';
import type { Json } from '../state.ts';

const ANY_BUCKET = 'arn:{partition}:s3:::*';

const GET_BUCKET_ENCRYPTION: Call = {
  operation: 'GetBucketEncryption',
  action: 's3:GetEncryptionConfiguration',
  resource: ANY_BUCKET,
};
const GET_BUCKET_TAGGING: Call = {
  operation: 'GetBucketTagging',
  action: 's3:GetBucketTagging',
  resource: ANY_BUCKET,
};
const PUT_BUCKET_ENCRYPTION: Call = {
  operation: 'PutBucketEncryption',
  action: 's3:PutEncryptionConfiguration',
  resource: ANY_BUCKET,
};
/** Has no action of its own: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html */
const DELETE_BUCKET_ENCRYPTION: Call = { ...PUT_BUCKET_ENCRYPTION, operation: 'DeleteBucketEncryption' };

/** The two parts of a bucket's rule that are changed; each is `null` where the bucket has no rule. */
interface Parts {
  readonly defaultEncryption: Json;
  readonly bucketKey: boolean | null;
  readonly [name: string]: Json;
}

const NO_RULE: Parts = { defaultEncryption: null, bucketKey: null };

/** The bucket's default encryption becomes KMS, with a bucket key; what else the rule says stays. */
export const s3DefaultEncryption = defineAction({
  id: 's3-default-encryption',
  rule: 's3-bucket-encrypted',
  calls: {
    read: [GET_BUCKET_ENCRYPTION, GET_BUCKET_TAGGING],
    apply: [PUT_BUCKET_ENCRYPTION],
    undo: [PUT_BUCKET_ENCRYPTION, DELETE_BUCKET_ENCRYPTION],
  },

  async read(target, context) {
    const s3 = await context.clients.s3();
    const answer = await readEncryption(s3, target, context);
    if (answer === undefined) return undefined;
    const tags = await readTags(s3, target, context);
    const encryption = answer === null ? null : encryptionOf(answer);
    const resource: S3Bucket = {
      ...identifyBucket(target.id, context.scope),
      tags: known(tags),
      encryption: known(encryption),
    };
    return { resource, detail: partsOf(answer) };
  },

  plan({ resource, detail }: { resource: S3Bucket; detail: Parts }, { settings, parameters, judge }) {
    const { minimum } = parameters as { readonly minimum: string };
    // Buckets have no bucket key under DSSE: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    const dual = minimum === 'dsse-kms';
    const encryption: BucketEncryption = {
      algorithm: dual ? 'aws:kms:dsse' : 'aws:kms',
      kmsKeyId: settings.kmsKey ?? null,
    };
    const verdict = judge({ ...resource, encryption: known(encryption) });
    if (verdict.status === 'FAIL') {
      const lack = 'Set the key as kmsKey in remediation.rules.s3-bucket-encrypted';
      return {
        why: 'needs-parameter',
        message: `With what is configured it would still fail: ${verdict.message} ${lack}.`,
      };
    }
    return {
      before: detail,
      after: { defaultEncryption: byDefault(encryption), bucketKey: !dual },
      // S3 encrypts every bucket since 2023: one without a configuration would come back as SSE-S3.
      reversible: true,
      permissions: [PUT_BUCKET_ENCRYPTION.action],
      cautions: [
        'Objects that are there already keep their encryption.',
        ...(settings.kmsKey === undefined
          ? ['Other accounts cannot read what is written from now on: the AWS managed key cannot be shared.']
          : ['Who writes and reads from now on needs the use of the key.']),
      ],
    };
  },

  async current(target, _parts, context) {
    const answer = await readEncryption(await context.clients.s3(), target, context);
    return answer === undefined ? undefined : partsOf(answer);
  },

  async write(target, { to }, context) {
    const { DeleteBucketEncryptionCommand, PutBucketEncryptionCommand } = await import('@aws-sdk/client-s3');
    const s3 = await context.clients.s3();
    const request = ofOwner(target);
    const { signal: abortSignal } = context;
    if (to['defaultEncryption'] === null) {
      return requestIdOf(await s3.send(new DeleteBucketEncryptionCommand(request), { abortSignal }));
    }
    // What else the rule says is as it is now: it may have been changed since, and is none of ours.
    const now = (await readEncryption(s3, target, context))?.ServerSideEncryptionConfiguration?.Rules?.[0];
    const rule: ServerSideEncryptionRule = {
      ...now,
      ApplyServerSideEncryptionByDefault: to['defaultEncryption'] as unknown as ServerSideEncryptionByDefault,
      BucketKeyEnabled: to['bucketKey'] === true,
    };
    const put = new PutBucketEncryptionCommand({ ...request, ServerSideEncryptionConfiguration: { Rules: [rule] } });
    return requestIdOf(await s3.send(put, { abortSignal }));
  },
});

/** A bucket's name is free for anyone once it is deleted: a call is refused where another account has it now. */
function ofOwner({ id, accountId }: Target) {
  return { Bucket: id, ExpectedBucketOwner: accountId };
}

/** The answer; `null` where the bucket has no default encryption, `undefined` where there is no bucket. */
async function readEncryption(
  s3: S3Client,
  target: Target,
  { signal }: ActionContext,
): Promise<GetBucketEncryptionCommandOutput | null | undefined> {
  const { GetBucketEncryptionCommand } = await import('@aws-sdk/client-s3');
  try {
    return await s3.send(new GetBucketEncryptionCommand(ofOwner(target)), { abortSignal: signal });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === 'NoSuchBucket') return undefined;
    if (error.name === 'ServerSideEncryptionConfigurationNotFoundError') return null;
    throw error;
  }
}

async function readTags(s3: S3Client, target: Target, { signal }: ActionContext): Promise<Tags> {
  const { GetBucketTaggingCommand } = await import('@aws-sdk/client-s3');
  try {
    const { TagSet } = await s3.send(new GetBucketTaggingCommand(ofOwner(target)), { abortSignal: signal });
    return tagsOf(present(TagSet, 'TagSet'));
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchTagSet') return tagMap([]);
    throw error;
  }
}

function partsOf(answer: GetBucketEncryptionCommandOutput | null): Parts {
  if (answer === null) return NO_RULE;
  const { BucketKeyEnabled } = present(answer.ServerSideEncryptionConfiguration?.Rules?.[0], 'Rule');
  return { defaultEncryption: byDefault(encryptionOf(answer)), bucketKey: BucketKeyEnabled === true };
}

function byDefault({ algorithm, kmsKeyId }: BucketEncryption): Json {
  return { SSEAlgorithm: algorithm, ...(kmsKeyId !== null && { KMSMasterKeyID: kmsKeyId }) };
}
