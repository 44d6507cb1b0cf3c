/** AWS as the stand-in reaches it: clients of an emulator, one of each service and region. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ConfigServiceClient } from '@aws-sdk/client-config-service';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';

import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS } from '../ministack.ts';
import { noteOperation } from './errors.ts';

export interface Aws {
  readonly region: string;
  readonly accountId: string;
  readonly cloudwatch: CloudWatchClient;
  /** AWS Config is moto's, as a whole: MiniStack deletes neither recorders nor channels and has no aggregators. */
  readonly config: ConfigServiceClient;
  readonly dynamodb: DynamoDBClient;
  readonly events: EventBridgeClient;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  /** Beside AWS Config there are moto's functions and roles: it makes no rule for a function that it does not know. */
  readonly behindConfig: { readonly iam: IAMClient; readonly lambda: LambdaClient };
  /** Where functions find AWS, if they are told. */
  readonly functionEndpoint?: string;
  /** Whether there is an AWS Config. */
  readonly hasConfig: boolean;
}

export interface Endpoints {
  /** MiniStack. */
  readonly endpoint: string;
  /** moto, playing the same account. */
  readonly configEndpoint?: string;
  /** Where functions find AWS, in AWS_ENDPOINT_URL; without it MiniStack says. */
  readonly functionEndpoint?: string;
}

/** Gives AWS as it is in a region. */
export interface AwsRegions {
  in(region: string): Aws;
  destroy(): void;
}

export function awsOf({ endpoint, configEndpoint, functionEndpoint }: Endpoints): AwsRegions {
  const regions = new Map<string, Aws>();
  const made: { destroy(): void }[] = [];

  function open(region: string): Aws {
    const base = { endpoint, region, credentials: ROOT_CREDENTIALS };
    // Without moto the clients lead nowhere, which `config.ts` tells before it calls.
    const moto = { ...base, endpoint: configEndpoint ?? 'http://127.0.0.1:9' };
    const clients = {
      cloudwatch: new CloudWatchClient(base),
      config: new ConfigServiceClient(moto),
      dynamodb: new DynamoDBClient(base),
      events: new EventBridgeClient(base),
      iam: new IAMClient(base),
      kms: new KMSClient(base),
      lambda: new LambdaClient(base),
      logs: new CloudWatchLogsClient(base),
      s3: new S3Client({ ...base, forcePathStyle: true }),
      sns: new SNSClient(base),
      sqs: new SQSClient(base),
    };
    const behindConfig = { iam: new IAMClient(moto), lambda: new LambdaClient(moto) };
    const all = [...Object.values(clients), ...Object.values(behindConfig)];
    for (const client of all) {
      noteOperation(client);
      callOverTls(client);
    }
    made.push(...all);
    const hasConfig = configEndpoint !== undefined;
    return {
      region,
      accountId: MINISTACK_ACCOUNT,
      ...clients,
      behindConfig,
      ...(functionEndpoint !== undefined && { functionEndpoint }),
      hasConfig,
    };
  }

  return {
    in: (region) => {
      const known = regions.get(region) ?? open(region);
      regions.set(region, known);
      return known;
    },
    destroy: () => {
      for (const client of made) client.destroy();
    },
  };
}

interface Building {
  readonly request: { readonly headers: Record<string, string> };
}

type AddMiddleware = (
  middleware: (next: (args: Building) => Promise<unknown>) => (args: Building) => Promise<unknown>,
  options: { readonly step: 'build' },
) => void;

/** The real provider calls over TLS, and is not denied by policies that ask for it: so the emulator is told. */
function callOverTls(client: object): void {
  const { middlewareStack } = client as { readonly middlewareStack: { readonly add: AddMiddleware } };
  middlewareStack.add(
    (next) => (args) => {
      args.request.headers['x-forwarded-proto'] = 'https';
      return next(args);
    },
    { step: 'build' },
  );
}
