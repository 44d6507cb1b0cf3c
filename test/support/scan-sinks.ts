/** Everything that the scanner delivers to, in an emulator: made before a test, read after it. */
import { gunzipSync } from 'node:zlib';

import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { CreateTableCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';

import { clientOf, REGION } from './deployed.ts';
import { MINISTACK_ACCOUNT } from './ministack.ts';

export const BUCKET = 'compliance-results-test';
export const TABLE = 'compliance-history-test';
export const TOPIC = `arn:aws:sns:${REGION}:${MINISTACK_ACCOUNT}:compliance-alerts-test`;
const QUEUE = 'alerts-read-by-the-test';

/** A message of the topic, as its subscriber sees it. */
export interface Received {
  readonly subject: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export async function createSinks(endpoint: string): Promise<void> {
  await createBucket(endpoint);
  await createTable(endpoint);
  await createTopic(endpoint);
}

async function createBucket(endpoint: string): Promise<void> {
  await withClient(new S3Client({ ...clientOf(endpoint), forcePathStyle: true }), (s3) =>
    s3.send(new CreateBucketCommand({ Bucket: BUCKET })),
  );
}

async function createTable(endpoint: string): Promise<void> {
  const keys = ['resource_id', 'evaluation_timestamp'];
  await withClient(new DynamoDBClient(clientOf(endpoint)), (dynamodb) =>
    dynamodb.send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
        AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      }),
    ),
  );
}

/** The topic, with a queue that hears all of it. */
async function createTopic(endpoint: string): Promise<void> {
  const allowed = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allowed] });
  await withClient(new SQSClient(clientOf(endpoint)), (sqs) =>
    sqs.send(new CreateQueueCommand({ QueueName: QUEUE, Attributes: { Policy } })),
  );
  await withClient(new SNSClient(clientOf(endpoint)), async (sns) => {
    await sns.send(new CreateTopicCommand({ Name: 'compliance-alerts-test' }));
    const Endpoint = `arn:aws:sqs:${REGION}:${MINISTACK_ACCOUNT}:${QUEUE}`;
    await sns.send(new SubscribeCommand({ TopicArn: TOPIC, Protocol: 'sqs', Endpoint }));
  });
}

/** Every object of the bucket by key, as text; gzipped ones unpacked. */
export async function objectsIn(endpoint: string, Bucket = BUCKET): Promise<Record<string, string>> {
  const objects: Record<string, string> = {};
  await withClient(new S3Client({ ...clientOf(endpoint), forcePathStyle: true }), async (client) => {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
      for (const { Key = '' } of Contents) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        objects[Key] = (Key.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString('utf8');
      }
    }
  });
  return objects;
}

/** Every item of the table, sorted by key. */
export async function itemsIn(endpoint: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  await withClient(new DynamoDBClient(clientOf(endpoint)), async (client) => {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: TABLE })) {
      items.push(...Items.map((item) => unmarshall(item)));
    }
  });
  const keyOf = (item: Record<string, unknown>) =>
    `${String(item['resource_id'])} ${String(item['evaluation_timestamp'])}`;
  return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** What the topic has said since it was last asked, sorted by subject. */
export async function messagesOf(endpoint: string): Promise<Received[]> {
  const received: Received[] = [];
  await withClient(new SQSClient(clientOf(endpoint)), async (sqs) => {
    const QueueUrl = `${endpoint}/${MINISTACK_ACCOUNT}/${QUEUE}`;
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) break;
      for (const { Body = '', ReceiptHandle } of Messages) {
        received.push(fromEnvelope(Body));
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  });
  return received.toSorted((a, b) => (a.subject < b.subject ? -1 : 1));
}

function fromEnvelope(body: string): Received {
  const envelope = JSON.parse(body) as {
    Subject: string;
    Message: string;
    MessageAttributes?: Record<string, { Value: string }>;
  };
  const attributes = Object.entries(envelope.MessageAttributes ?? {}).map(([name, { Value }]) => [name, Value]);
  return { subject: envelope.Subject, text: envelope.Message, attributes: Object.fromEntries(attributes) };
}

/** Every metric there is beside Lambda's own, as `Namespace/Name{Dimension=Value}`, sorted. */
export async function metricsIn(endpoint: string): Promise<string[]> {
  let names: string[] = [];
  await withClient(new CloudWatchClient(clientOf(endpoint)), async (cloudwatch) => {
    const { Metrics = [] } = await cloudwatch.send(new ListMetricsCommand({}));
    names = Metrics.map(({ Namespace, MetricName, Dimensions = [] }) => {
      const dimensions = Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).toSorted();
      return `${Namespace}/${MetricName}${dimensions.length === 0 ? '' : `{${dimensions.join(',')}}`}`;
    });
  });
  return names.filter((name) => !name.startsWith('AWS/')).toSorted();
}

async function withClient<Client extends { destroy(): void }>(
  client: Client,
  work: (client: Client) => Promise<unknown>,
): Promise<void> {
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}
