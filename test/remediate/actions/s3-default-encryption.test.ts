import { expect } from 'chai';

import { s3DefaultEncryption } from '../../../src/remediate/actions/s3-default-encryption.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { thrownBy } from '../../support/errors.ts';
import { estate, memoryAws } from '../../support/memory-aws.ts';
import type { Estate } from '../../support/memory-aws.ts';
import { actingOn, proposed, targetOf } from '../../support/remediation.ts';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const KMS = { minimum: 'sse-kms' };
const BLOCKED = { BlockedEncryptionTypes: { EncryptionType: ['SSE-C' as const] } };
const SSE_S3 = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } };

const OLD_OBJECTS = 'Objects that are there already keep their encryption.';
const MANAGED = 'Other accounts cannot read what is written from now on: the AWS managed key cannot be shared.';

const bucketOf = (rule: Estate['buckets'][string]['rule']) => memoryAws(estate({ buckets: { reports: { rule } } }));
const target = targetOf('AWS::S3::Bucket', 'reports');
const parts = (SSEAlgorithm: string, bucketKey: boolean, KMSMasterKeyID?: string) => ({
  defaultEncryption: { SSEAlgorithm, ...(KMSMasterKeyID !== undefined && { KMSMasterKeyID }) },
  bucketKey,
});
const NONE = { defaultEncryption: null, bucketKey: null };
const plan = async (aws: ReturnType<typeof memoryAws>, given: Parameters<typeof proposed>[3] = { parameters: KMS }) =>
  proposed(s3DefaultEncryption, aws, 'reports', given);

describe('setting the default encryption of a bucket', () => {
  it('takes the AWS managed key and a bucket key (S4-3)', async () => {
    const aws = bucketOf(SSE_S3);
    expect(await plan(aws)).to.deep.equal({
      before: parts('AES256', false),
      after: parts('aws:kms', true),
      reversible: true,
      permissions: ['s3:PutEncryptionConfiguration'],
      cautions: [OLD_OBJECTS, MANAGED],
    });
    expect(aws.calls).to.deep.equal(
      ['GetBucketEncryption', 'GetBucketTagging'].map((operation) => ({
        operation,
        input: { Bucket: 'reports', ExpectedBucketOwner: '111122223333' },
      })),
    );
  });

  it('takes the key that is configured', async () => {
    const given = { settings: { kmsKey: KEY }, parameters: { key: KEY } };
    expect(await plan(bucketOf(SSE_S3), given)).to.deep.include({
      after: parts('aws:kms', true, KEY),
      cautions: [OLD_OBJECTS, 'Who writes and reads from now on needs the use of the key.'],
    });
  });

  it('encrypts twice where the rule asks for it, without a bucket key, which there is none for', async () => {
    expect(await plan(bucketOf(null), { parameters: { minimum: 'dsse-kms' } })).to.deep.include({
      before: NONE,
      after: parts('aws:kms:dsse', false),
    });
  });

  it('wants a key where the rule approves only some', async () => {
    const message =
      'With what is configured it would still fail: Bucket reports encrypts with the AWS managed key, which is not an approved key. Set the key as kmsKey in remediation.rules.s3-bucket-encrypted.';
    expect(await plan(bucketOf(SSE_S3), { parameters: { key: KEY } })).to.deep.equal({
      why: 'needs-parameter',
      message,
    });
  });

  it('finds a bucket gone', async () => {
    const aws = memoryAws(estate());
    expect(await plan(aws)).to.equal('gone');
    expect(await s3DefaultEncryption.current(target, NONE, actingOn(aws))).to.equal(undefined);
  });

  it('reads the tags, by which a bucket may be exempt', async () => {
    const aws = memoryAws(estate({ buckets: { reports: { rule: SSE_S3, tags: { Owner: 'ada' } } } }));
    const live = await s3DefaultEncryption.read(target, actingOn(aws));
    expect(live?.resource.tags).to.deep.equal({
      known: true,
      value: Object.assign(Object.create(null), { Owner: 'ada' }),
    });
  });

  for (const [name, rule] of [
    ['a rule', { ...SSE_S3, BucketKeyEnabled: true, ...BLOCKED }],
    ['none', null],
  ] as const) {
    it(`goes there and back, from ${name}`, async () => {
      const state = estate({ buckets: { reports: { rule } } });
      const aws = memoryAws(state);
      const proposal = await plan(aws);
      if (typeof proposal === 'string' || 'why' in proposal) throw new Error('nothing was proposed');
      const { before, after } = proposal;
      const move = { from: before, to: after };

      expect(await s3DefaultEncryption.write(target, move, actingOn(aws))).to.deep.equal([
        'request-PutBucketEncryption',
      ]);
      expect(await s3DefaultEncryption.current(target, before, actingOn(aws))).to.deep.equal(after);
      const byDefault = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } };
      const put = { ...rule, ...byDefault, BucketKeyEnabled: true };
      expect(aws.calls.at(-2)).to.deep.equal({
        operation: 'PutBucketEncryption',
        input: {
          Bucket: 'reports',
          ExpectedBucketOwner: '111122223333',
          ServerSideEncryptionConfiguration: { Rules: [put] },
        },
      });
      await s3DefaultEncryption.write(target, { from: after, to: before }, actingOn(aws));
      expect(state.buckets['reports']?.rule).to.deep.equal(rule);
    });
  }

  it('keeps what someone has changed meanwhile in the rest of the rule', async () => {
    const state = estate({ buckets: { reports: { rule: SSE_S3 } } });
    const [before, after] = [parts('AES256', false), parts('aws:kms', true)];
    await s3DefaultEncryption.write(target, { from: before, to: after }, actingOn(memoryAws(state)));
    Object.assign(state.buckets['reports']!.rule!, BLOCKED);
    await s3DefaultEncryption.write(target, { from: after, to: before }, actingOn(memoryAws(state)));
    expect(state.buckets['reports']?.rule).to.deep.equal({ ...SSE_S3, BucketKeyEnabled: false, ...BLOCKED });
  });

  for (const operation of ['GetBucketEncryption', 'GetBucketTagging']) {
    it(`throws on what ${operation} throws`, async () => {
      const denied = serviceError('AccessDenied', 403, 'Access Denied');
      const aws = memoryAws(estate({ buckets: { reports: { rule: SSE_S3 } } }), async (called, effect) => {
        if (called === operation) throw denied;
        return effect();
      });
      expect(await thrownBy(() => plan(aws))).to.equal(denied);
    });
  }

  it('takes nothing for an error that is none', async () => {
    const aws = memoryAws(estate(), async () => {
      // oxlint-disable-next-line typescript/only-throw-error
      throw 'a string';
    });
    expect(await thrownBy(() => plan(aws))).to.equal('a string');
  });
});
