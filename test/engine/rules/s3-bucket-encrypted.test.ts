import { expect } from 'chai';

import { known, notCollected } from '../../../src/engine/model.ts';
import { s3BucketEncrypted } from '../../../src/engine/rules/s3-bucket-encrypted.ts';
import { bucket, denied } from '../../support/resources.ts';
import { testRule } from '../../support/rules.ts';

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const ARN = `arn:aws:kms:eu-west-1:111122223333:key/${ID}`;
const OTHER = 'arn:aws:kms:eu-west-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab';
const ALIAS = 'arn:aws:kms:eu-west-1:111122223333:alias/data';
const by = (algorithm: string, kmsKeyId: string | null = null) =>
  bucket({ encryption: known({ algorithm, kmsKeyId }) });

const failure = (...wrongs: readonly (readonly [key: string, what: string])[]) => ({
  message: `Bucket reports ${wrongs.map(([, what]) => what).join(' and ')}.`,
  facts: wrongs.map(([key, what]) => ({ key, message: `The bucket ${what}.` })),
});
const unencrypted = ['unencrypted', 'has no default encryption'] as const;

testRule(s3BucketEncrypted, {
  pass: [
    { it: 'encrypts with SSE-S3', resource: by('AES256') },
    { it: 'encrypts with SSE-KMS', resource: by('aws:kms', ARN) },
    { it: 'encrypts with what a service chose', resource: by('aws:fsx') },
    { it: 'encrypts with SSE-KMS as asked', resource: by('aws:kms'), parameters: { minimum: 'sse-kms' } },
    { it: 'encrypts with more than is asked', resource: by('aws:kms:dsse'), parameters: { minimum: 'sse-kms' } },
    { it: 'encrypts with DSSE-KMS as asked', resource: by('aws:kms:dsse'), parameters: { minimum: 'dsse-kms' } },
    { it: 'encrypts with the key', resource: by('aws:kms', ARN), parameters: { key: ARN } },
    { it: 'encrypts with the key of that id', resource: by('aws:kms', ARN), parameters: { key: ID } },
    { it: 'names by its id the key', resource: by('aws:kms', ID), parameters: { key: ARN } },
    {
      it: 'encrypts with one of the keys, as strongly as asked',
      resource: by('aws:kms:dsse', ARN),
      parameters: { key: [OTHER, ARN], minimum: 'dsse-kms' },
    },
    { it: 'names its key by an alias where none is asked', resource: by('aws:kms', ALIAS) },
  ],
  fail: [
    {
      it: 'has no default encryption',
      resource: bucket({ encryption: known(null) }),
      gives: failure(unencrypted),
    },
    {
      it: 'has no default encryption, where more is asked',
      resource: bucket({ encryption: known(null) }),
      parameters: { minimum: 'dsse-kms', key: ARN },
      gives: failure(unencrypted),
    },
    {
      it: 'encrypts with SSE-S3 where SSE-KMS is asked',
      resource: by('AES256'),
      parameters: { minimum: 'sse-kms' },
      gives: failure(['too-weak', 'encrypts with sse-s3 where sse-kms is asked']),
    },
    {
      it: 'encrypts with SSE-KMS where DSSE-KMS is asked',
      resource: by('aws:kms', ARN),
      parameters: { minimum: 'dsse-kms' },
      gives: failure(['too-weak', 'encrypts with sse-kms where dsse-kms is asked']),
    },
    {
      it: 'encrypts with SSE-S3 where a key is asked',
      resource: by('AES256'),
      parameters: { key: ARN },
      gives: failure(['wrong-key', 'encrypts with a key of S3, which is not an approved key']),
    },
    {
      it: 'encrypts with the AWS managed key where one is asked',
      resource: by('aws:kms'),
      parameters: { key: ARN },
      gives: failure(['wrong-key', 'encrypts with the AWS managed key, which is not an approved key']),
    },
    {
      it: 'names the AWS managed key by its alias where one is asked',
      resource: by('aws:kms:dsse', 'arn:aws:kms:eu-west-1:111122223333:alias/aws/s3'),
      parameters: { key: ARN },
      gives: failure(['wrong-key', 'encrypts with the AWS managed key, which is not an approved key']),
    },
    {
      it: 'encrypts too weakly and with another key',
      resource: by('aws:kms', OTHER),
      parameters: { minimum: 'dsse-kms', key: [ARN] },
      gives: failure(
        ['too-weak', 'encrypts with sse-kms where dsse-kms is asked'],
        ['wrong-key', `encrypts with ${OTHER}, which is not an approved key`],
      ),
    },
    {
      it: 'encrypts too weakly with a key that cannot be told',
      resource: by('aws:kms', ALIAS),
      parameters: { minimum: 'dsse-kms', key: ARN },
      gives: failure(['too-weak', 'encrypts with sse-kms where dsse-kms is asked']),
    },
  ],
  // Every bucket can have a default encryption.
  notApplicable: [],
  unknown: [
    {
      it: 'has an encryption that was denied',
      resource: bucket({ encryption: denied('s3:GetEncryptionConfiguration') }),
      gives: {
        message:
          'The default encryption of bucket reports could not be read: s3:GetEncryptionConfiguration was denied.',
        missingPermission: 's3:GetEncryptionConfiguration',
      },
    },
    {
      it: 'has an encryption that its source did not collect',
      resource: bucket({ encryption: notCollected }),
      gives: {
        message: 'The default encryption of bucket reports could not be read: the source did not collect that.',
      },
    },
    ...['aws:fsx', 'aws:backup', 'aws:tomorrow'].map((algorithm) => ({
      it: `encrypts with ${algorithm} where more than SSE-S3 is asked`,
      resource: by(algorithm),
      parameters: { minimum: 'sse-kms' },
      gives: { message: `Bucket reports encrypts with ${algorithm}, which cannot be compared with what is asked.` },
    })),
    {
      it: 'encrypts with what a service chose where a key is asked',
      resource: by('aws:fsx'),
      parameters: { key: ARN },
      gives: { message: 'Bucket reports encrypts with aws:fsx, which cannot be compared with what is asked.' },
    },
    {
      it: 'names its key by an alias where one is asked',
      resource: by('aws:kms', 'alias/data'),
      parameters: { key: ARN },
      gives: { message: 'Bucket reports names its key by alias/data, an alias, which cannot be compared with a key.' },
    },
  ],
});

describe('the parameters of s3-bucket-encrypted', () => {
  const refuse = (parameters: object) => s3BucketEncrypted.parameters.safeParse(parameters).error?.issues[0];

  it('refuse a minimum that does not exist', () => {
    expect(refuse({ minimum: 'aws:kms' })).to.deep.include({ path: ['minimum'], code: 'invalid_value' });
  });

  it('refuse an alias', () => {
    expect(refuse({ key: 'alias/data' })).to.deep.include({
      path: ['key'],
      message: 'is neither the ARN nor the id of a KMS key; an alias may point at another key tomorrow',
    });
  });

  it('refuse a parameter that does not exist', () => {
    expect(refuse({ algorithm: 'sse-s3' })).to.include({ code: 'unrecognized_keys' });
  });
});
