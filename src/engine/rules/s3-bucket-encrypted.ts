import { z } from 'zod';

import { kmsKeys, usesKey } from '../kms-key.ts';
import { defineRule } from '../rule.ts';
import { fail, pass, undecided, unknown } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';

/** The kinds of default encryption, each stronger than the one before, as `minimum` and as AWS name them. */
const STRENGTHS = [
  { minimum: 'sse-s3', algorithm: 'AES256' },
  { minimum: 'sse-kms', algorithm: 'aws:kms' },
  { minimum: 'dsse-kms', algorithm: 'aws:kms:dsse' },
] as const;

export const s3BucketEncrypted = defineRule({
  id: 's3-bucket-encrypted',
  title: 'S3 bucket encrypts its objects by default',
  rationale:
    'Since January 2023 S3 encrypts every new object with a key of its own. A KMS key adds what auditors ask for: a policy of its own, a record of each use, and a way to revoke it.',
  severity: 'high',
  category: 'encryption',
  needs: { 'AWS::S3::Bucket': ['encryption'] },
  remedy:
    'Set the default encryption of the bucket to the kind and key that are asked for, with a bucket key to save KMS calls.',
  parameters: z
    .strictObject({
      minimum: z
        .enum(['sse-s3', 'sse-kms', 'dsse-kms'])
        .default('sse-s3')
        .describe('The weakest default encryption that is good enough.'),
      key: kmsKeys
        .optional()
        .describe('The KMS key that buckets must use, by ARN or id, or a list of keys; any when not set.'),
    })
    .refine(({ minimum, key }) => key === undefined || minimum !== 'sse-s3', {
      path: ['key'],
      error: 'needs a minimum of sse-kms or dsse-kms: SSE-S3 uses no key of yours',
    }),

  check({ id, encryption }, { parameters: { minimum, key } }) {
    if (!encryption.known) return unknown(`The default encryption of bucket ${id}`, encryption);
    if (encryption.value === null) return fail(`Bucket ${id} has no default encryption.`, oneFact('none'));

    const { algorithm, kmsKeyId } = encryption.value;
    const wanted = STRENGTHS.findIndex((strength) => strength.minimum === minimum);
    const actual = STRENGTHS.findIndex((strength) => strength.algorithm === algorithm);
    // AWS adds kinds of its own (aws:fsx, aws:backup): encrypted they are, how strongly nobody can rank.
    if (actual === -1 && wanted > 0)
      return undecided(`Bucket ${id} is encrypted with ${algorithm}, which cannot be ranked.`);
    if (actual !== -1 && actual < wanted) {
      return fail(`Bucket ${id} is encrypted with ${algorithm}; at least ${minimum} is asked for.`, oneFact('weak'));
    }
    return key === undefined ? pass : checkKey(id, kmsKeyId, key);
  },
});

function checkKey(id: string, actual: string | null, wanted: string | readonly string[]): Verdict {
  // alias/aws/s3 is what S3 itself makes when it is told no key.
  if (actual === null || actual.endsWith('alias/aws/s3')) {
    return fail(`Bucket ${id} uses the AWS managed KMS key.`, oneFact('wrong-key'));
  }
  const matches = usesKey(actual, wanted);
  if (matches === undefined)
    return undecided(`Bucket ${id} names its KMS key by the alias ${actual}, which may stand for any.`);
  return matches ? pass : fail(`Bucket ${id} uses another KMS key than is asked for.`, oneFact('wrong-key'));
}

function oneFact(key: 'none' | 'weak' | 'wrong-key') {
  const messages = {
    none: 'The bucket has no default encryption.',
    weak: 'The default encryption is weaker than is asked for.',
    'wrong-key': 'The KMS key is not one of those that are asked for.',
  };
  return { facts: [{ key, message: messages[key] }] };
}
