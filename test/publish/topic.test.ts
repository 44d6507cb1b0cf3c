import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { publishMessage } from '../../src/publish/topic.ts';
import type { TopicMessage } from '../../src/publish/topic.ts';
import { serviceError } from '../support/aws-errors.ts';
import { stubbedClients } from '../support/clients.ts';
import { thrownBy } from '../support/errors.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:compliance-alerts-dev';

describe('a message', () => {
  const aws = mockClient(SNSClient);
  beforeEach(() => {
    aws.reset();
    aws.on(PublishCommand).resolves({ MessageId: 'm-1' });
  });
  after(() => {
    aws.restore();
  });

  const { signal } = new AbortController();
  const publish = async (changes: Partial<TopicMessage> = {}) =>
    publishMessage(
      await stubbedClients().sns(),
      TOPIC,
      { subject: 'Subject', text: 'Text', attributes: {}, ...changes },
      signal,
    );
  const inputs = () => aws.commandCalls(PublishCommand).map(({ args: [{ input }] }) => input);
  const subjectOf = async (subject: string) => {
    await publish({ subject });
    return inputs().at(-1)?.Subject;
  };

  it('goes to the topic with what subscriptions filter by', async () => {
    await publish({ text: 'Zeile\nGrüße', attributes: { severity: 'high', environment: 'dev' } });
    expect(inputs()).to.deep.equal([
      {
        TopicArn: TOPIC,
        Subject: 'Subject',
        Message: 'Zeile\nGrüße',
        MessageAttributes: {
          severity: { DataType: 'String', StringValue: 'high' },
          environment: { DataType: 'String', StringValue: 'dev' },
        },
      },
    ]);
    expect((aws.call(0).args as readonly unknown[])[1]).to.deep.equal({ abortSignal: signal });
  });

  it('has a subject that SNS takes', async () => {
    expect(await subjectOf('[high] 1 new finding in dev')).to.equal('[high] 1 new finding in dev');
    expect(await subjectOf('\tone\r\ntwo – three\u0000 ')).to.equal('one two   three');
    expect(await subjectOf('x'.repeat(200))).to.equal('x'.repeat(99));
  });

  it('fails where SNS refuses it', async () => {
    const denied = serviceError('AuthorizationErrorException', 403, 'Not authorized');
    aws.on(PublishCommand).rejects(denied);
    expect(await thrownBy(() => publish())).to.equal(denied);
  });

  it('fails where the answer does not say that it was taken', async () => {
    aws.on(PublishCommand).resolves({});
    expect(await thrownBy(() => publish())).to.deep.include({
      name: 'MalformedAnswerError',
      message: 'The answer has no MessageId',
    });
  });
});
