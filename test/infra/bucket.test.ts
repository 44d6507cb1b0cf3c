import { expect } from 'chai';

import { ComplianceBucket } from '../../src/infra/bucket.ts';
import type { BucketSpec } from '../../src/stack/spec.ts';
import { thrownBy } from '../support/errors.ts';
import { graphOf } from './component-graph.ts';
import type { Graph } from './component-graph.ts';
import { ACCOUNT, DECRYPTS, READS_TEXT, bucketSpec, decryptsText } from './sample-parts.ts';

const BUCKET = 'aws:s3/bucket:Bucket';
const PUBLIC_ACCESS = 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock';
const ENCRYPTION = 'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration';
const VERSIONING = 'aws:s3/bucketVersioning:BucketVersioning';
const LIFECYCLE = 'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration';
const POLICY = 'aws:s3/bucketPolicy:BucketPolicy';
const NOTIFICATION = 'aws:s3/bucketNotification:BucketNotification';

const NAME = `results-test-${ACCOUNT}-eu-west-1-an`;

async function graphFor(over: Partial<BucketSpec> = {}): Promise<Graph> {
  return await graphOf(() => new ComplianceBucket({ spec: bucketSpec(over), keyArn: 'arn:key' }));
}

describe('ComplianceBucket', () => {
  it('lies in the account’s own namespace, and goes with all its objects', async () => {
    const { one } = await graphFor();
    const bucket = one(BUCKET, 'results-test');
    expect(bucket.parent).to.equal('compliancectl:infra:ComplianceBucket results-test');
    expect(bucket.inputs).to.deep.equal({
      bucket: NAME,
      bucketNamespace: 'account-regional',
      forceDestroy: true,
      tags: { Name: 'results-test' },
    });
  });

  it('has a name among all names where it is told to', async () => {
    const { one } = await graphFor({ name: 'results-test', namespace: 'global' });
    const { bucket, bucketNamespace } = one(BUCKET).inputs;
    expect({ bucket, bucketNamespace }).to.deep.equal({ bucket: 'results-test', bucketNamespace: 'global' });
  });

  it('is never public', async () => {
    const { one } = await graphFor();
    expect(one(PUBLIC_ACCESS, 'results-test-public-access').inputs).to.deep.equal({
      bucket: NAME,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
  });

  it('encrypts with S3’s key', async () => {
    const { one } = await graphFor();
    expect(one(ENCRYPTION, 'results-test-encryption').inputs).to.deep.equal({
      bucket: NAME,
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    });
  });

  it('encrypts with the stack’s key where it is told to, and asks KMS seldom', async () => {
    const { one } = await graphFor({ encryption: 'customer-key' });
    expect(one(ENCRYPTION).inputs['rules']).to.deep.equal([
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: 'arn:key' },
        bucketKeyEnabled: true,
      },
    ]);
  });

  it('refuses to encrypt with a key that the stack does not have', async () => {
    const refusal = await thrownBy(
      async () => await graphOf(() => new ComplianceBucket({ spec: bucketSpec({ encryption: 'customer-key' }) })),
    );
    expect(refusal).to.be.instanceOf(Error);
    expect(refusal).to.have.property('message', 'A part of the stack uses its key, and the stack has none.');
  });

  it('has its policy once public access is blocked', async () => {
    const { one, waits } = await graphFor();
    expect(one(POLICY, 'results-test-policy').inputs).to.deep.equal({ bucket: NAME, policy: READS_TEXT });
    expect(waits(`${POLICY} results-test-policy`, `${PUBLIC_ACCESS} results-test-public-access`)).to.equal(true);
  });

  it('names the key in its policy', async () => {
    const { one } = await graphFor({ policy: [DECRYPTS] });
    expect(one(POLICY).inputs['policy']).to.equal(decryptsText('arn:key'));
  });

  it('keeps no versions, forgets nothing and tells nobody unless it is told to', async () => {
    const { names } = await graphFor();
    expect([names(VERSIONING), names(LIFECYCLE), names(NOTIFICATION)]).to.deep.equal([[], [], []]);
  });

  it('keeps versions', async () => {
    const { one } = await graphFor({ versioned: true });
    expect(one(VERSIONING, 'results-test-versioning').inputs).to.deep.equal({
      bucket: NAME,
      versioningConfiguration: { status: 'Enabled' },
    });
  });

  it('tells EventBridge of new objects', async () => {
    const { one } = await graphFor({ notifies: true });
    expect(one(NOTIFICATION, 'results-test-notification').inputs).to.deep.equal({ bucket: NAME, eventbridge: true });
  });

  it('moves objects of any size to Glacier', async () => {
    const { one } = await graphFor({ lifecycle: [{ id: 'archive', glacierAfterDays: 90 }] });
    expect(one(LIFECYCLE, 'results-test-lifecycle').inputs).to.deep.equal({
      bucket: NAME,
      rules: [{ id: 'archive', status: 'Enabled', filter: {}, transitions: [{ days: 90, storageClass: 'GLACIER' }] }],
      transitionDefaultMinimumObjectSize: 'varies_by_storage_class',
    });
  });

  it('forgets objects, versions and uploads when their time has come', async () => {
    const { one } = await graphFor({
      lifecycle: [
        { id: 'deliveries', prefix: 'deliveries/', expireAfterDays: 30, expireNoncurrentAfterDays: 1 },
        { id: 'uploads', abortUploadsAfterDays: 7 },
      ],
    });
    expect(one(LIFECYCLE).inputs).to.deep.equal({
      bucket: NAME,
      rules: [
        {
          id: 'deliveries',
          status: 'Enabled',
          filter: { prefix: 'deliveries/' },
          expiration: { days: 30 },
          noncurrentVersionExpiration: { noncurrentDays: 1 },
        },
        {
          id: 'uploads',
          status: 'Enabled',
          filter: {},
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    });
  });

  it('says what becomes of versions once it keeps them', async () => {
    const lifecycle = [{ id: 'latest', expireNoncurrentAfterDays: 1 }];
    const { waits } = await graphFor({ versioned: true, lifecycle });
    expect(waits(`${LIFECYCLE} results-test-lifecycle`, `${VERSIONING} results-test-versioning`)).to.equal(true);
  });
});
