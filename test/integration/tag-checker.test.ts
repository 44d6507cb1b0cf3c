import { CreateTagsCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { expect } from 'chai';

import { functionConfiguration } from '../../src/functions/configuration.ts';
import { tagCheckerCalls } from '../../src/functions/permissions.ts';
import { clientOf, deployFunction, invoke, REGION } from '../support/deployed.ts';
import { MINISTACK_ACCOUNT, withMiniStack } from '../support/ministack.ts';
import { createQueue, feed, POLLING } from '../support/queues.ts';
import { BUCKET, createSinks, itemsIn, messagesOf, metricsIn, objectsIn, TABLE, TOPIC } from '../support/scan-sinks.ts';

const FUNCTION = 'tag-compliance-checker-test';
const EPOCH = Date.parse('2026-11-21T06:00:00Z');
const GONE = 'i-0123456789abcdef0';
const SOUND = { Environment: 'dev', Owner: 'ada', Application: 'web' };
const NOTHING_FAILED = { answer: { batchItemFailures: [] } };

const TAG_EVENTS = {
  settings: {
    select: ['ec2-required-tags'],
    rules: { 'ec2-required-tags': { parameters: { tags: ['Environment', 'Owner', 'Application'] } } },
  },
  results: { bucket: BUCKET },
  alerts: { topicArn: TOPIC },
  tagChecks: { prefix: 'scans/', metrics: true },
};
const STANDARD = {
  ...TAG_EVENTS,
  history: { table: TABLE, store: 'changes' },
  alerts: { topicArn: TOPIC, mode: 'changes' },
  tagChecks: {},
};

/** The function with no other permissions than it declares. */
async function deploy(endpoint: string, config: object, beside: readonly string[] = []): Promise<void> {
  const text = JSON.stringify({ schema: 'compliancectl.function/1', environment: 'test', ...config });
  const actions = tagCheckerCalls(functionConfiguration(text, {})).map(({ action }) => action);
  await deployFunction(endpoint, {
    bundle: 'tag-checker',
    name: FUNCTION,
    config,
    actions: [...actions, ...beside],
    timeout: 60,
    memory: 256,
  });
}

/** A batch as the queue hands it over, its events a second apart. */
const batch = (instanceIds: readonly string[], receipts = 1, tag = '') => ({
  Records: instanceIds.map((instanceId, index) => ({
    messageId: `m-${index + 1}`,
    eventSource: 'aws:sqs',
    attributes: { ApproximateReceiveCount: String(receipts) },
    body: JSON.stringify({
      version: '0',
      id: `event-${index}${tag}`,
      'detail-type': 'EC2 Instance State-change Notification',
      source: 'aws.ec2',
      account: MINISTACK_ACCOUNT,
      time: new Date(EPOCH + 1000 * index + tag.length).toISOString(),
      region: REGION,
      resources: [],
      detail: { 'instance-id': instanceId, state: 'running' },
    }),
  })),
});

async function withEc2<Result>(endpoint: string, work: (ec2: EC2Client) => Promise<Result>): Promise<Result> {
  const ec2 = new EC2Client(clientOf(endpoint));
  try {
    return await work(ec2);
  } finally {
    ec2.destroy();
  }
}

/** Runs an instance with these tags and gives its id. */
const runInstance = (endpoint: string, tags: Readonly<Record<string, string>>): Promise<string> =>
  withEc2(endpoint, async (ec2) => {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const TagSpecifications = [{ ResourceType: 'instance' as const, Tags }];
    const size = { ImageId: 'ami-12c6146b', InstanceType: 't3.micro' as const, MinCount: 1, MaxCount: 1 };
    const { Instances } = await ec2.send(new RunInstancesCommand({ ...size, TagSpecifications }));
    return Instances?.[0]?.InstanceId ?? '';
  });

describe('the tag checker, deployed', function () {
  this.timeout(120_000);
  const ministack = withMiniStack();

  it('stores, counts and tells of the instances of a batch, each event once (S3-4 to S3-8)', async () => {
    const { url } = ministack();
    await createSinks(url);
    await deploy(url, TAG_EVENTS);
    const sound = await runInstance(url, SOUND);
    const bare = await runInstance(url, { Owner: 'ada' });

    expect(await invoke(url, FUNCTION, batch([sound, GONE, bare]))).to.deep.equal(NOTHING_FAILED);
    const common = { state: 'running', requiredTags: ['Environment', 'Owner', 'Application'] };
    const stored = Object.entries(await objectsIn(url)).map(([key, text]) => [key, JSON.parse(text) as unknown]);
    expect(Object.fromEntries(stored)).to.deep.equal({
      [`scans/2026-11-21/${sound}-${EPOCH}.json`]: {
        timestamp: '2026-11-21T06:00:00.000Z',
        instanceId: sound,
        isCompliant: true,
        tags: SOUND,
        missingTags: [],
        ...common,
      },
      [`scans/2026-11-21/${bare}-${EPOCH + 2000}.json`]: {
        timestamp: '2026-11-21T06:00:02.000Z',
        instanceId: bare,
        isCompliant: false,
        tags: { Owner: 'ada' },
        missingTags: ['Environment', 'Application'],
        ...common,
      },
    });
    expect(await metricsIn(url)).to.deep.equal([
      'TagCompliance/CompliantInstances',
      'TagCompliance/CompliantInstances{Environment=test}',
      'TagCompliance/NonCompliantInstances',
      'TagCompliance/NonCompliantInstances{Environment=test}',
    ]);
    const [message, ...others] = await messagesOf(url);
    expect(others).to.deep.equal([]);
    expect(message?.subject).to.equal(`[test] EC2 instance ${bare} is non-compliant`);
    expect(message?.attributes).to.deep.equal({ severity: 'medium', environment: 'test' });
    expect(message?.text).to.include('Missing Tags: Environment, Application\n\nCurrent Tags:\n  Owner: ada\n');

    expect(await invoke(url, FUNCTION, batch([sound, GONE, bare]))).to.deep.equal(NOTHING_FAILED);
    expect(await messagesOf(url)).to.deep.equal([]);
    expect(await invoke(url, FUNCTION, batch([sound, GONE, bare], 2))).to.deep.equal(NOTHING_FAILED);
    expect(await messagesOf(url)).to.have.lengthOf(1);
  });

  // As EventBridge puts it there: no emulator tells of its instances, and nobody else may send events of `aws.ec2`.
  it('takes what comes into its queue, and leaves what it cannot read to the dead letters', async () => {
    const { url } = ministack();
    await createSinks(url);
    await deploy(url, TAG_EVENTS, POLLING);
    const deadLetters = await createQueue(url, 'tag-compliance-checker-dlq-test');
    const queue = await createQueue(url, 'tag-compliance-checker-queue-test', { deadLetters, receives: 2 });
    const bare = await runInstance(url, {});
    for (const { body } of batch([bare]).Records) await queue.send(body);
    await queue.send('no event at all');
    await feed(url, FUNCTION, queue);
    await queue.empty();

    expect(await deadLetters.receive()).to.deep.equal(['no event at all']);
    expect((await messagesOf(url)).map(({ text }) => text.split('\n')[2])).to.deep.equal([`Instance ID: ${bare}`]);
    expect(Object.keys(await objectsIn(url))).to.deep.equal([`scans/2026-11-21/${bare}-${EPOCH}.json`]);
    queue.close();
    deadLetters.close();
  });

  it('tells in the preset standard what is new, and not what stays', async () => {
    const { url } = ministack();
    await createSinks(url);
    await deploy(url, STANDARD);
    const bare = await runInstance(url, { Owner: 'ada' });

    for (const [tag, told] of [
      ['', 1],
      ['-stopped', 0],
    ] as const) {
      expect(await invoke(url, FUNCTION, batch([bare], 1, tag))).to.deep.equal(NOTHING_FAILED);
      expect(await messagesOf(url)).to.have.lengthOf(told);
    }
    await withEc2(url, (ec2) =>
      ec2.send(new CreateTagsCommand({ Resources: [bare], Tags: [{ Key: 'Owner', Value: ' ' }] })),
    );
    expect(await invoke(url, FUNCTION, batch([bare], 1, '-worse'))).to.deep.equal(NOTHING_FAILED);
    expect(await messagesOf(url)).to.have.lengthOf(1);
    expect((await itemsIn(url)).map((item) => [item['scan_id'], item['compliance_type']])).to.deep.equal([
      ['event-0', 'NON_COMPLIANT'],
      ['event-0-worse', 'NON_COMPLIANT'],
      ['event-0-worse', 'NON_COMPLIANT'],
    ]);
    expect(Object.keys(await objectsIn(url)).every((key) => key.startsWith(`checks/2026-11-21/${bare}-`))).to.equal(
      true,
    );
    expect(await metricsIn(url)).to.deep.equal([]);
  });

  it('checks all that run when it is asked by hand', async () => {
    const { url } = ministack();
    await createSinks(url);
    await deploy(url, TAG_EVENTS);
    await runInstance(url, SOUND);
    await runInstance(url, {});

    const counted = { checked: 2, compliant: 1, nonCompliant: 1 };
    expect(await invoke(url, FUNCTION, {})).to.deep.equal({
      answer: { statusCode: 200, message: '2 instances were checked.', ...counted },
    });
    expect(await messagesOf(url)).to.have.lengthOf(1);
  });
});
