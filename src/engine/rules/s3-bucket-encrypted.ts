import * as z from 'zod';

import { isAmong, keyList, keyParameter } from '../kms-key.ts';
import type { BucketEncryption } from '../model.ts';
import { defineRule } from '../rule.ts';
import { fail, pass, undecided, unknown } from '../verdict.ts';
import type { FailureFact, Verdict } from '../verdict.ts';

/** Weakest first. */
const STRENGTHS = ['sse-s3', 'sse-kms', 'dsse-kms'] as const;
type Strength = (typeof STRENGTHS)[number];

/** Those that can be ranked: `aws:fsx`, `aws:backup` and what AWS adds next are decided by the service that writes. */
const STRENGTH_OF: ReadonlyMap<string, Strength> = new Map([
  ['AES256', 'sse-s3'],
  ['aws:kms', 'sse-kms'],
  ['aws:kms:dsse', 'dsse-kms'],
]);

export const s3BucketEncrypted = defineRule({
  id: 's3-bucket-encrypted',
  title: 'S3 bucket has the required default encryption',
  rationale:
    'Objects are stored as the bucket says unless their writer says otherwise: the default decides who besides S3 must agree before they can be read.',
  severity: 'high',
  category: 'encryption',
  needs: { 'AWS::S3::Bucket': ['encryption'] },
  remedy:
    "Set the bucket's default encryption, with the key where one is asked for. Objects that are there already keep their encryption until they are copied over themselves.",
  parameters: z.strictObject({
    minimum: z
      .enum(STRENGTHS)
      .default('sse-s3')
      .describe('The weakest default encryption that will do: `sse-s3`, `sse-kms` or `dsse-kms`.'),
    key: keyParameter
      .optional()
      .describe(
        'The KMS key that buckets must encrypt with, by ARN or by id: one, or a list of which one must be used. SSE-S3 and the AWS managed key fail when it is set.',
      ),
  }),

  check({ id, encryption }, { parameters }) {
    if (!encryption.known) return unknown(`The default encryption of bucket ${id}`, encryption);
    if (encryption.value === null) return failing(id, [{ key: 'unencrypted', what: 'has no default encryption' }]);

    const keys = parameters.key === undefined ? undefined : keyList(parameters.key);
    return judge(id, encryption.value, parameters.minimum, keys);
  },
});

function judge(id: string, encryption: BucketEncryption, minimum: Strength, keys?: readonly string[]): Verdict {
  const strength = STRENGTH_OF.get(encryption.algorithm);
  if (strength === undefined) {
    if (minimum === 'sse-s3' && keys === undefined) return pass;
    return undecided(
      `Bucket ${id} encrypts with ${encryption.algorithm}, which cannot be compared with what is asked.`,
    );
  }

  const wrongs: Wrong[] = [];
  if (STRENGTHS.indexOf(strength) < STRENGTHS.indexOf(minimum)) {
    wrongs.push({ key: 'too-weak', what: `encrypts with ${strength} where ${minimum} is asked` });
  }
  const named = namedKey(encryption);
  const right = keys === undefined || (named !== null && isAmong(named, keys));
  if (right === false) {
    const used = named ?? (strength === 'sse-s3' ? 'a key of S3' : 'the AWS managed key');
    wrongs.push({ key: 'wrong-key', what: `encrypts with ${used}, which is not an approved key` });
  }
  if (wrongs.length > 0) return failing(id, wrongs);
  if (right === true) return pass;
  return undecided(`Bucket ${id} names its key by ${named}, an alias, which cannot be compared with a key.`);
}

/** The key that the bucket's owner chose: `null` under SSE-S3, and for the AWS managed key, which has an alias too. */
function namedKey({ kmsKeyId }: BucketEncryption): string | null {
  return kmsKeyId === null || /(?:^|:)alias\/aws\/s3$/.test(kmsKeyId) ? null : kmsKeyId;
}

interface Wrong {
  readonly key: string;
  /** Goes on a sentence that begins with the bucket. */
  readonly what: string;
}

function failing(id: string, wrongs: readonly Wrong[]): Verdict {
  const facts: FailureFact[] = wrongs.map(({ key, what }) => ({ key, message: `The bucket ${what}.` }));
  return fail(`Bucket ${id} ${wrongs.map(({ what }) => what).join(' and ')}.`, { facts });
}
