/** List prices of AWS in us-east-1, in US dollars, each with where and when it was read; and what AWS gives every account for nothing. */

export interface ListPrice {
  /** Dollars for one unit. */
  readonly usd: number;
  /** What one unit is: `GB-second`, `alarm`; of what goes on existing, in a month. */
  readonly unit: string;
  readonly source: string;
  /** The day it was read. */
  readonly asOf: string;
}

const AS_OF = '2026-11-01';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';
const CONFIG = 'https://aws.amazon.com/config/pricing/';
const SNS = 'https://aws.amazon.com/sns/pricing/';

const price = (usd: number, unit: string, source: string): ListPrice => ({ usd, unit, source, asOf: AS_OF });

/** The region that the prices are of. */
export const PRICED_REGION = 'us-east-1';

export const LIST_PRICES = {
  lambdaRequest: price(0.000_000_2, 'request', LAMBDA),
  lambdaArm: price(0.000_013_333_4, 'GB-second', LAMBDA),
  lambdaX86: price(0.000_016_666_7, 'GB-second', LAMBDA),
  metric: price(0.3, 'metric', CLOUDWATCH),
  alarm: price(0.1, 'alarm', CLOUDWATCH),
  dashboard: price(3, 'dashboard', CLOUDWATCH),
  logs: price(0.5, 'GB', CLOUDWATCH),
  s3Storage: price(0.023, 'GB', 'https://aws.amazon.com/s3/pricing/'),
  s3Put: price(0.000_005, 'write', 'https://aws.amazon.com/s3/pricing/'),
  dynamodbWrite: price(0.000_000_625, 'write unit', 'https://aws.amazon.com/dynamodb/pricing/on-demand/'),
  dynamodbStorage: price(0.25, 'GB', 'https://aws.amazon.com/dynamodb/pricing/on-demand/'),
  snsPublish: price(0.000_000_5, 'message', SNS),
  snsEmail: price(0.000_02, 'email', SNS),
  sqsRequest: price(0.000_000_4, 'request', 'https://aws.amazon.com/sqs/pricing/'),
  kmsKey: price(1, 'key', 'https://aws.amazon.com/kms/pricing/'),
  kmsRequest: price(0.000_003, 'request', 'https://aws.amazon.com/kms/pricing/'),
  configItem: price(0.003, 'configuration item', CONFIG),
  configEvaluation: price(0.001, 'evaluation', CONFIG),
} as const;

export type PriceId = keyof typeof LIST_PRICES;

/** A month, for every account, for good: https://aws.amazon.com/free/ (Always free), and the services' own price pages. */
export const ALWAYS_FREE: Partial<Readonly<Record<PriceId, number>>> = {
  lambdaRequest: 1_000_000,
  lambdaArm: 400_000,
  lambdaX86: 400_000,
  metric: 10,
  alarm: 10,
  dashboard: 3,
  logs: 5,
  dynamodbStorage: 25,
  snsPublish: 1_000_000,
  snsEmail: 1000,
  sqsRequest: 1_000_000,
  kmsRequest: 20_000,
};
