import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { BucketSpec, LifecycleRule } from '../stack/spec.ts';
import { policyText, requireKeyArn } from './policy-text.ts';
import type { KeyArn } from './policy-text.ts';

export interface ComplianceBucketArgs {
  readonly spec: BucketSpec;
  readonly keyArn?: KeyArn | undefined;
}

/** An S3 bucket that is never public, encrypts what it holds, and goes with all its objects when the stack goes. */
export class ComplianceBucket extends pulumi.ComponentResource {
  constructor({ spec, keyArn }: ComplianceBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    const { bareName } = spec;
    super('compliancectl:infra:ComplianceBucket', bareName, {}, opts);
    const own = { parent: this };
    const { bucket } = new aws.s3.Bucket(
      bareName,
      {
        bucket: spec.name,
        bucketNamespace: spec.namespace,
        forceDestroy: true,
        tags: spec.tags,
      },
      own,
    );
    const publicAccess = new aws.s3.BucketPublicAccessBlock(
      `${bareName}-public-access`,
      { bucket, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
      own,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      `${bareName}-encryption`,
      { bucket, rules: [encryptionRule(spec, keyArn)] },
      own,
    );
    const versioning = spec.versioned
      ? new aws.s3.BucketVersioning(
          `${bareName}-versioning`,
          { bucket, versioningConfiguration: { status: 'Enabled' } },
          own,
        )
      : undefined;
    if (spec.lifecycle.length > 0) {
      new aws.s3.BucketLifecycleConfiguration(
        `${bareName}-lifecycle`,
        { bucket, ...lifecycleOf(spec.lifecycle) },
        // What is noncurrent, S3 knows once it keeps versions.
        { parent: this, ...(versioning !== undefined && { dependsOn: [versioning] }) },
      );
    }
    new aws.s3.BucketPolicy(
      `${bareName}-policy`,
      { bucket, policy: policyText(spec.policy, keyArn) },
      // S3 refuses to change both at once, and a policy is checked for public access only where that is blocked.
      { parent: this, dependsOn: [publicAccess] },
    );
    if (spec.notifies) {
      new aws.s3.BucketNotification(`${bareName}-notification`, { bucket, eventbridge: true }, own);
    }
    this.registerOutputs();
  }
}

function encryptionRule(
  { encryption }: BucketSpec,
  keyArn: KeyArn | undefined,
): aws.types.input.s3.BucketServerSideEncryptionConfigurationRule {
  if (encryption === 'AES256') return { applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } };
  return {
    applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: requireKeyArn(keyArn) },
    // One data key for many objects: a fraction of the calls to KMS, which are paid one by one.
    bucketKeyEnabled: true,
  };
}

type Lifecycle = Pick<aws.s3.BucketLifecycleConfigurationArgs, 'rules' | 'transitionDefaultMinimumObjectSize'>;

/** S3 moves no object below 128 KB unless told to: docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html */
function lifecycleOf(rules: readonly LifecycleRule[]): Lifecycle {
  const archives = rules.some(({ glacierAfterDays }) => glacierAfterDays !== undefined);
  return {
    rules: rules.map(ruleOf),
    ...(archives && { transitionDefaultMinimumObjectSize: 'varies_by_storage_class' }),
  };
}

function ruleOf(rule: LifecycleRule): aws.types.input.s3.BucketLifecycleConfigurationRule {
  const { id, prefix, glacierAfterDays, expireAfterDays, expireNoncurrentAfterDays, abortUploadsAfterDays } = rule;
  return {
    id,
    status: 'Enabled',
    filter: prefix === undefined ? {} : { prefix },
    ...(glacierAfterDays !== undefined && { transitions: [{ days: glacierAfterDays, storageClass: 'GLACIER' }] }),
    ...(expireAfterDays !== undefined && { expiration: { days: expireAfterDays } }),
    ...(expireNoncurrentAfterDays !== undefined && {
      noncurrentVersionExpiration: { noncurrentDays: expireNoncurrentAfterDays },
    }),
    ...(abortUploadsAfterDays !== undefined && {
      abortIncompleteMultipartUpload: { daysAfterInitiation: abortUploadsAfterDays },
    }),
  };
}
