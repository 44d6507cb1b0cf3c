/** SDK clients for one account and region, each made when first asked for: a scan loads only the services it reads. */
import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ConfigServiceClient } from '@aws-sdk/client-config-service';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { PricingClient } from '@aws-sdk/client-pricing';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { AwsCredentialIdentityProvider, FinalizeRequestMiddleware, MiddlewareStack } from '@smithy/types';

import { RateLimit } from './rate-limit.ts';
import { InterruptibleRetryStrategy, maxAttempts, TurnedAwayRetryStrategy } from './retry.ts';

/** How many calls of one service may be under way at once, in one account and region. */
export const CALLS_IN_FLIGHT = 20;

/**
 * Milliseconds: to connect, to the first byte of the answer, and of silence in the middle of it. A page of a thousand
 * instances is three megabytes: slow is not gone. Without `throwOnRequestTimeout` the SDK only writes a warning.
 */
const TIMEOUTS = {
  connectionTimeout: 5000,
  requestTimeout: 60_000,
  throwOnRequestTimeout: true,
  socketTimeout: 60_000,
};

export interface ClientSettings {
  readonly region: string;
  readonly credentials: AwsCredentialIdentityProvider;
  readonly env: NodeJS.ProcessEnv;
  /**
   * Ends calls, and the waiting between attempts. Read anew for each call: a function that keeps its clients from one
   * invocation to the next hands in another signal each time.
   */
  readonly signal: AbortSignal;
  /** How often a call is tried; `AWS_MAX_ATTEMPTS`, else 8, when not set. */
  readonly attempts?: number;
}

export interface Clients {
  applicationAutoScaling(): Promise<ApplicationAutoScalingClient>;
  autoScaling(): Promise<AutoScalingClient>;
  cloudwatch(): Promise<CloudWatchClient>;
  config(): Promise<ConfigServiceClient>;
  dynamodb(): Promise<DynamoDBClient>;
  ec2(): Promise<EC2Client>;
  ecs(): Promise<ECSClient>;
  elasticache(): Promise<ElastiCacheClient>;
  eventbridge(): Promise<EventBridgeClient>;
  iam(): Promise<IAMClient>;
  kms(): Promise<KMSClient>;
  /** Waits for a function as long as it runs, where the call is given that time; tries again what AWS turned away. */
  lambda(): Promise<LambdaClient>;
  logs(): Promise<CloudWatchLogsClient>;
  /** Answers for every region, from us-east-1: the API lives in few. */
  pricing(): Promise<PricingClient>;
  rds(): Promise<RDSClient>;
  s3(): Promise<S3Client>;
  secretsManager(): Promise<SecretsManagerClient>;
  sns(): Promise<SNSClient>;
  sqs(): Promise<SQSClient>;
  ssm(): Promise<SSMClient>;
  /** Closes every connection. */
  destroy(): void;
}

const PRICING_REGION = 'us-east-1';

interface AnyClient {
  readonly middlewareStack: MiddlewareStack<object, object>;
  destroy(): void;
}

export function createClients(settings: ClientSettings): Clients {
  const made: AnyClient[] = [];
  const once = <Client extends { destroy(): void }>(service: string, make: () => Promise<Client>) => {
    let client: Promise<Client> | undefined;
    return () =>
      (client ??= make().then((fresh) => {
        // Each service's stack is typed by its own inputs; a middleware that reads none of them fits every one.
        const any = fresh as unknown as AnyClient;
        limit(any, service, settings);
        // It copies every answer for a logger that is not there: a tenth of the CPU time of a large scan.
        any.middlewareStack.remove('loggerMiddleware');
        made.push(any);
        return fresh;
      }));
  };
  return {
    applicationAutoScaling: once('ApplicationAutoScaling', async () => {
      const { ApplicationAutoScalingClient } = await import('@aws-sdk/client-application-auto-scaling');
      return new ApplicationAutoScalingClient(clientConfig(settings));
    }),
    autoScaling: once(
      'AutoScaling',
      async () => new (await import('@aws-sdk/client-auto-scaling')).AutoScalingClient(clientConfig(settings)),
    ),
    cloudwatch: once(
      'CloudWatch',
      async () => new (await import('@aws-sdk/client-cloudwatch')).CloudWatchClient(clientConfig(settings)),
    ),
    config: once(
      'Config',
      async () => new (await import('@aws-sdk/client-config-service')).ConfigServiceClient(clientConfig(settings)),
    ),
    dynamodb: once(
      'DynamoDB',
      async () => new (await import('@aws-sdk/client-dynamodb')).DynamoDBClient(clientConfig(settings)),
    ),
    ec2: once('EC2', async () => new (await import('@aws-sdk/client-ec2')).EC2Client(clientConfig(settings))),
    ecs: once('ECS', async () => new (await import('@aws-sdk/client-ecs')).ECSClient(clientConfig(settings))),
    elasticache: once(
      'ElastiCache',
      async () => new (await import('@aws-sdk/client-elasticache')).ElastiCacheClient(clientConfig(settings)),
    ),
    eventbridge: once(
      'EventBridge',
      async () => new (await import('@aws-sdk/client-eventbridge')).EventBridgeClient(clientConfig(settings)),
    ),
    iam: once('IAM', async () => new (await import('@aws-sdk/client-iam')).IAMClient(clientConfig(settings))),
    kms: once('KMS', async () => new (await import('@aws-sdk/client-kms')).KMSClient(clientConfig(settings))),
    lambda: once('Lambda', async () => {
      const config = clientConfig(settings);
      return new (await import('@aws-sdk/client-lambda')).LambdaClient({
        ...config,
        retryStrategy: new TurnedAwayRetryStrategy(settings, attemptsOf(settings)),
        // A function is silent until it has ended, up to fifteen minutes; how long one call may take, that call says.
        requestHandler: { ...config.requestHandler, socketTimeout: 0 },
      });
    }),
    logs: once(
      'Logs',
      async () => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogsClient(clientConfig(settings)),
    ),
    pricing: once(
      'Pricing',
      async () =>
        new (await import('@aws-sdk/client-pricing')).PricingClient(
          clientConfig({ ...settings, region: PRICING_REGION }),
        ),
    ),
    rds: once('RDS', async () => new (await import('@aws-sdk/client-rds')).RDSClient(clientConfig(settings))),
    s3: once(
      'S3',
      async () =>
        new (await import('@aws-sdk/client-s3')).S3Client({
          ...clientConfig(settings),
          // An emulator or a proxy has no name for every bucket.
          forcePathStyle: usesOwnEndpoint(settings.env, 'S3'),
        }),
    ),
    secretsManager: once(
      'SecretsManager',
      async () => new (await import('@aws-sdk/client-secrets-manager')).SecretsManagerClient(clientConfig(settings)),
    ),
    sns: once('SNS', async () => new (await import('@aws-sdk/client-sns')).SNSClient(clientConfig(settings))),
    sqs: once('SQS', async () => new (await import('@aws-sdk/client-sqs')).SQSClient(clientConfig(settings))),
    ssm: once('SSM', async () => new (await import('@aws-sdk/client-ssm')).SSMClient(clientConfig(settings))),
    destroy: () => {
      for (const client of made) client.destroy();
    },
  };
}

/** What every client is made with, STS among them. `AWS_ENDPOINT_URL` and its kin the SDK reads for itself. */
export function clientConfig(settings: ClientSettings) {
  const { region, credentials } = settings;
  const agent = { keepAlive: true, maxSockets: CALLS_IN_FLIGHT };
  return {
    region,
    credentials,
    retryStrategy: new InterruptibleRetryStrategy(settings, attemptsOf(settings)),
    requestHandler: { ...TIMEOUTS, httpAgent: agent, httpsAgent: agent },
  };
}

function attemptsOf({ attempts, env }: ClientSettings): number {
  return attempts ?? maxAttempts(env);
}

function usesOwnEndpoint(env: NodeJS.ProcessEnv, service: string): boolean {
  return Boolean(env['AWS_ENDPOINT_URL'] ?? env[`AWS_ENDPOINT_URL_${service}`]);
}

/** Every attempt takes a token, retries too: they are what AWS counts. */
function limit(client: AnyClient, service: string, settings: ClientSettings): void {
  const rateLimit = new RateLimit(service);
  const middleware: FinalizeRequestMiddleware<object, object> = (next, context) => async (args) => {
    const operation = String(context['commandName']).replace(/Command$/, '');
    await rateLimit.acquire(operation, settings.signal);
    return next(args);
  };
  client.middlewareStack.addRelativeTo(middleware, {
    name: 'rateLimitMiddleware',
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
}
