/** Every resource type that the stand-in knows. */
import { CLOUDWATCH_TYPES } from './cloudwatch.ts';
import { CONFIG_TYPES } from './config.ts';
import { DYNAMODB_TYPES } from './dynamodb.ts';
import { EVENTS_TYPES } from './events.ts';
import { IAM_TYPES } from './iam.ts';
import { KMS_TYPES } from './kms.ts';
import { LAMBDA_TYPES } from './lambda.ts';
import { LOGS_TYPES } from './logs.ts';
import type { ResourceType } from './resource-type.ts';
import { S3_TYPES } from './s3.ts';
import { SNS_TYPES } from './sns.ts';
import { SQS_TYPES } from './sqs.ts';

export const RESOURCE_TYPES: readonly ResourceType[] = [
  ...CLOUDWATCH_TYPES,
  ...CONFIG_TYPES,
  ...DYNAMODB_TYPES,
  ...EVENTS_TYPES,
  ...IAM_TYPES,
  ...KMS_TYPES,
  ...LAMBDA_TYPES,
  ...LOGS_TYPES,
  ...S3_TYPES,
  ...SNS_TYPES,
  ...SQS_TYPES,
];
