/** Queues of the emulator that feed functions. */
import { setTimeout as sleep } from 'node:timers/promises';

import { CreateEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

import { clientOf, REGION } from './deployed.ts';
import { MINISTACK_ACCOUNT } from './ministack.ts';

/** What Lambda does to the queue, with the function's role. */
export const POLLING = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

export interface Queue {
  readonly arn: string;
  send(body: string): Promise<void>;
  /** Waits until nothing is left, waiting or in flight. */
  empty(): Promise<void>;
  /** The bodies of what waits, at most ten. */
  receive(): Promise<string[]>;
  close(): void;
}

/** Creates a queue that anyone in the account may send to, with what is failed for good going to another. */
export async function createQueue(
  endpoint: string,
  name: string,
  { deadLetters, receives = 5 }: { readonly deadLetters?: Queue; readonly receives?: number } = {},
): Promise<Queue> {
  const sqs = new SQSClient(clientOf(endpoint));
  const allowed = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
  const redrive = { deadLetterTargetArn: deadLetters?.arn, maxReceiveCount: receives };
  const Attributes = {
    Policy: JSON.stringify({ Version: '2012-10-17', Statement: [allowed] }),
    VisibilityTimeout: '1',
    ...(deadLetters !== undefined && { RedrivePolicy: JSON.stringify(redrive) }),
  };
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return {
    arn: `arn:aws:sqs:${REGION}:${MINISTACK_ACCOUNT}:${name}`,
    send: async (MessageBody) => {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    },
    empty: async () => {
      const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      for (let attempt = 0; attempt < 150; attempt += 1) {
        const { Attributes: counts = {} } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
        );
        if (AttributeNames.every((count) => counts[count] === '0')) return;
        await sleep(200);
      }
      throw new Error(`The queue ${name} was not emptied within 30 s.`);
    },
    receive: async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      return Messages.map(({ Body = '' }) => Body);
    },
    close: () => {
      sqs.destroy();
    },
  };
}

/** Has a function take what comes into a queue, ten at a time, and name those that it could not. */
export async function feed(endpoint: string, FunctionName: string, queue: Queue): Promise<void> {
  const lambda = new LambdaClient(clientOf(endpoint));
  try {
    const FunctionResponseTypes = ['ReportBatchItemFailures' as const];
    const mapping = { FunctionName, EventSourceArn: queue.arn, BatchSize: 10, FunctionResponseTypes };
    await lambda.send(new CreateEventSourceMappingCommand(mapping));
  } finally {
    lambda.destroy();
  }
}
