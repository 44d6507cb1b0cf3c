/** List prices of AWS in us-east-1, in US dollars, each with where and when it was read; and what AWS gives every account for nothing. */

export interface ListPrice {
  /** Dollars for one unit. */
  readonly usd: number;
  /** What one unit is: `GB-second`, `alarm`; of what goes on existing, in a month. */
  readonly unit: string;
  /** An address, or `not verified`. */
  readonly source: string;
  /** The day it was read. */
  readonly asOf: string;
}

const AS_OF = '2026-11-01';
// Where a price was read; of those without, the figure is generally known and was not looked up.
const LAMBDA = 'https://wring.co/blog/aws-lambda-pricing-guide';
const CLOUDWATCH = 'https://signoz.io/guides/cloudwatch-pricing';
const CONFIG = 'https://www.vantage.sh/blog/aws-config-pricing';
const SNS = 'https://www.factualminds.com/blog/amazon-sns-pricing-publishes-fanout-protocols.md';
const DYNAMODB = 'https://airbyte.com/data-engineering-resources/dynamodb-pricing';
const NOT_VERIFIED = 'not verified';

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
  s3Storage: price(0.023, 'GB', NOT_VERIFIED),
  s3Put: price(0.000_005, 'write', NOT_VERIFIED),
  dynamodbWrite: price(0.000_000_625, 'write unit', DYNAMODB),
  dynamodbStorage: price(0.25, 'GB', DYNAMODB),
  snsPublish: price(0.000_000_5, 'message', SNS),
  snsEmail: price(0.000_02, 'email', SNS),
  sqsRequest: price(0.000_000_4, 'request', NOT_VERIFIED),
  kmsKey: price(1, 'key', NOT_VERIFIED),
  kmsRequest: price(0.000_003, 'request', NOT_VERIFIED),
  configItem: price(0.003, 'configuration item', CONFIG),
  configEvaluation: price(0.001, 'evaluation', CONFIG),
} as const;

export type PriceId = keyof typeof LIST_PRICES;

/** A month, for every account, for good: what AWS calls always free (https://aws.amazon.com/cloudwatch/pricing/ for CloudWatch's). */
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
