/** What the parts of a stack are called, and their ARNs: both are known before anything is made. */
import type { BucketSpec, Place } from './spec.ts';

/** The longest name that S3 takes: docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME_LIMIT = 63;

export interface Names {
  readonly environment: string;
  readonly place: Place;
  /** `{resource-type}-{env}`. */
  readonly named: (part: string) => string;
  /** `arn('lambda', 'function:X')`: of the stack's account and region. */
  readonly arn: (service: string, resource: string) => string;
  /** Of what belongs to no region: IAM's. */
  readonly globalArn: (service: string, resource: string) => string;
}

export function namesOf(environment: string, place: Place): Names {
  const { partition, region, accountId } = place;
  return {
    environment,
    place,
    named: (part) => `${part}-${environment}`,
    arn: (service, resource) => `arn:${partition}:${service}:${region}:${accountId}:${resource}`,
    globalArn: (service, resource) => `arn:${partition}:${service}::${accountId}:${resource}`,
  };
}

/**
 * A bucket's name. By default it lies in the account's own namespace, where nobody else can take it; names there end with the
 * account, the region and `-an`. Where that is too long for S3 the region is left out, and the name is a global one.
 */
export function bucketName(
  bareName: string,
  { accountId, region, partition }: Place,
  exact: boolean,
): Pick<BucketSpec, 'bareName' | 'name' | 'arn' | 'namespace'> {
  const regional = `${bareName}-${accountId}-${region}-an`;
  const fits = regional.length <= BUCKET_NAME_LIMIT;
  const own = fits ? regional : `${bareName}-${accountId}`;
  const name = exact ? bareName : own;
  return {
    bareName,
    name,
    arn: `arn:${partition}:s3:::${name}`,
    namespace: !exact && fits ? 'account-regional' : 'global',
  };
}

/** The host of a region's console, by partition. */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** Where a person looks at a dashboard. */
export function dashboardUrl(name: string, { partition, region }: Place): string {
  const host = CONSOLES[partition] ?? 'console.aws.amazon.com';
  return `https://${region}.${host}/cloudwatch/home?region=${region}#dashboards/dashboard/${name}`;
}
