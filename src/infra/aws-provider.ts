import * as aws from '@pulumi/aws';

import type { StackSpec } from '../stack/spec.ts';

/**
 * The provider that every part of a stack is made with: in its region and account alone, with its tags.
 *
 * @param endpoint where all of AWS answers, for an emulator
 */
export function awsProvider(spec: StackSpec, endpoint?: string): aws.Provider {
  const { environment, place, tags } = spec;
  return new aws.Provider(`compliancectl-${environment}`, {
    region: place.region,
    // Credentials that change between the plan and the deployment must not make the stack somewhere else.
    allowedAccountIds: [place.accountId],
    defaultTags: { tags },
    ...(endpoint !== undefined && emulated(endpoint)),
  });
}

/** As the provider names the services whose resources a stack has; S3 tags buckets through its control API. */
const SERVICES = [
  'cloudwatch',
  'configservice',
  'dynamodb',
  'events',
  'iam',
  'kms',
  'lambda',
  'logs',
  's3',
  's3control',
  'sns',
  'sqs',
  'sts',
] as const;

function emulated(endpoint: string): Partial<aws.ProviderArgs> {
  return {
    endpoints: [Object.fromEntries(SERVICES.map((service) => [service, endpoint]))],
    // Emulators have one host name, and no bucket's is below it.
    s3UsePathStyle: true,
    skipCredentialsValidation: true,
    skipMetadataApiCheck: true,
    // The account is still asked for: the provider refuses `allowedAccountIds` where it does not know its account.
  };
}
