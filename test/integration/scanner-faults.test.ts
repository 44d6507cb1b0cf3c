import { expect } from 'chai';

import { createClients } from '../../src/aws/clients.ts';
import type { Clients } from '../../src/aws/clients.ts';
import { withDeadline } from '../../src/functions/deadline.ts';
import type { ScanAnswer } from '../../src/functions/scan-answer.ts';
import { runScanner } from '../../src/functions/scanner.ts';
import { REGION } from '../support/deployed.ts';
import { runInstances } from '../support/emulated.ts';
import { thrownBy } from '../support/errors.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { Fault, FaultProxy } from '../support/fault-proxy.ts';
import { invocation } from '../support/invocation.ts';
import type { TestInvocation } from '../support/invocation.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS, withMiniStack } from '../support/ministack.ts';
import { BUCKET, createSinks, itemsIn, messagesOf, objectsIn, TABLE, TOPIC } from '../support/scan-sinks.ts';

const CONFIG = {
  settings: { select: ['ec2-required-tags'] },
  results: { records: true, bucket: BUCKET },
  history: { table: TABLE, store: 'changes' },
  metrics: { sets: ['score'] },
  alerts: { topicArn: TOPIC, mode: 'changes' },
};
const EVENT = { scan_id: 'scan-1', time: '2026-11-21T06:00:00Z' };
const SINKS = ['results', 'history', 'metrics', 'alerts'] as const;

/** Each way in which a call of a sink fails, and the reason that is given; AWS's own words are in it. */
const FAULTS: Readonly<Record<string, Fault>> = {
  denied: { kind: 'deny' },
  throttled: { kind: 'throttle' },
  'cut off': { kind: 'cut' },
  'answered with a page of HTML': { kind: 'garble', as: 'html' },
  'refused by a defect of AWS': { kind: 'error', code: 'InternalError', status: 500, message: 'We failed.' },
};

/** The calls that sinks make, and what does not work without them. */
const CALLS: readonly { readonly api: string; readonly fails: readonly string[] }[] = [
  { api: 's3:ListObjectsV2', fails: ['receipts'] },
  { api: 's3:PutObject', fails: ['receipts', 'results'] },
  { api: 's3:GetObject', fails: ['results'] },
  { api: 'dynamodb:BatchGetItem', fails: ['history'] },
  { api: 'dynamodb:TransactWriteItems', fails: ['history'] },
  { api: 'monitoring:PutMetricData', fails: ['metrics'] },
  { api: 'sns:Publish', fails: ['alerts'] },
];

describe('the scanner among faults', function () {
  this.timeout(60_000);
  const ministack = withMiniStack();
  let proxy: FaultProxy;
  const made: Clients[] = [];
  let bare: string;

  before(async function () {
    proxy = await startFaultProxy(ministack().url);
    process.env['AWS_ENDPOINT_URL'] = proxy.url;
  });
  after(async () => {
    delete process.env['AWS_ENDPOINT_URL'];
    await proxy.stop();
  });
  beforeEach(async () => {
    proxy.reset();
    await createSinks(ministack().url);
    [bare = ''] = await runInstances(ministack().url, REGION, [{}], ROOT_CREDENTIALS);
  });
  afterEach(() => {
    for (const clients of made.splice(0)) clients.destroy();
  });

  /** An invocation whose calls go through the proxy, each tried twice. */
  const told = (changes: Partial<TestInvocation> = {}): TestInvocation => {
    const env = { AWS_ENDPOINT_URL: proxy.url, AWS_MAX_ATTEMPTS: '2' };
    const credentials = async () => ROOT_CREDENTIALS;
    const { signal } = new AbortController();
    const clients = createClients({ region: REGION, credentials, env, signal, attempts: 2 });
    made.push(clients);
    const account = { accountId: MINISTACK_ACCOUNT, partition: 'aws', credentials };
    return invocation(CONFIG, { env, clients, account, region: REGION, signal, ...changes });
  };
  const scan = (changes?: Partial<TestInvocation>) => runScanner(EVENT, told(changes));

  /** What is left in the end: all that was stored but when claims ended, and all that was sent. */
  const left = async () => {
    const { url } = ministack();
    const { [`deliveries/${EVENT.scan_id}/claim.json`]: _claim, ...objects } = await objectsIn(url);
    return { objects: Object.keys(objects), items: await itemsIn(url), messages: await messagesOf(url) };
  };

  it('delivers everything where there is none', async () => {
    const { deliveries } = await scan();
    expect(deliveries).to.deep.equal(SINKS.map((sink) => ({ sink, status: 'delivered' })));
    const { objects, items, messages } = await left();
    expect(objects).to.deep.equal([
      'deliveries/scan-1/alert-medium.json',
      'deliveries/scan-1/answer.json',
      'deliveries/scan-1/metrics.json',
      'latest.json',
      'scans/2026-11-21/1795240800000.json',
      'scans/v1/2026-11-21/2026-11-21T06:00:00.000Z-scan-1.json.gz',
    ]);
    expect(items).to.have.length(2);
    expect(messages.map(({ text }) => text.includes(bare))).to.deep.equal([true]);
  });

  for (const { api, fails } of CALLS) {
    for (const [name, fault] of Object.entries(FAULTS)) {
      // The answer to a write has no body that could be cut.
      if (api === 's3:PutObject' && fault.kind === 'cut') continue;
      it(`serves every other sink where ${api} is ${name}, and the rest when Lambda tries again`, async () => {
        proxy.fail(api, fault);
        const error = await thrownBy(scan);
        expect(error).to.have.property('name', 'DeliveryError');
        const { deliveries } = error as { deliveries: ScanAnswer['deliveries'] };
        const failed = deliveries.filter(({ status }) => status === 'failed').map(({ sink }) => sink);
        expect(failed).to.deep.equal(fails);
        expect(deliveries.filter(({ sink }) => sink !== 'receipts').map(({ sink }) => sink)).to.deep.equal(SINKS);

        proxy.reset();
        const before = await left();
        const answer = await scan();
        expect(answer.deliveries.filter(({ status }) => status === 'failed')).to.deep.equal([]);
        const after = await left();
        expect(after.objects).to.include('deliveries/scan-1/answer.json');
        expect(after.items).to.have.length(2);
        // Where nothing can be remembered, or SNS took what it did not say that it took, twice is better than never.
        const unsure = fails.includes('receipts') || (fails.includes('alerts') && fault.kind !== 'deny');
        const messages = [...before.messages, ...after.messages];
        if (unsure) expect(messages).to.not.have.length(0);
        else expect(messages).to.have.length(1);
      });
    }

    it(`does not mind ${api} failing once`, async () => {
      proxy.fail(api, { kind: 'error', code: 'ServiceUnavailable', status: 503, message: 'Busy.' }, { times: 1 });
      const { deliveries } = await scan();
      expect(deliveries.map(({ status }) => status)).to.deep.equal(Array(4).fill('delivered'));
      expect((await left()).messages).to.have.length(1);
    });
  }

  it('tells of a bucket that takes nothing, and of everything else', async () => {
    proxy.fail('s3:PutObject', { kind: 'error', code: 'NoSuchBucket', status: 404, message: 'No such bucket' });
    const error = await thrownBy(scan);
    expect((error as Error).message).to.equal(
      'The receipts failed: NoSuchBucket: No such bucket. The results failed: NoSuchBucket: No such bucket. ' +
        'Delivered: history, metrics, alerts.',
    );
    expect((await left()).messages).to.have.length(1);
  });

  it('counts once what two invocations scan at once for one event', async () => {
    const answers = await Promise.all([scan({ requestId: 'one' }), scan({ requestId: 'two' })]);
    expect(answers[1]).to.deep.equal(answers[0]);
    const { items, messages, objects } = await left();
    expect(items).to.have.length(2);
    expect(messages).to.have.length(1);
    expect(objects.filter((key) => key.startsWith('scans/'))).to.have.length(2);
  });

  it('tells a change once where two scans see it at once', async () => {
    const answers = await Promise.all(
      ['a', 'b'].map((scan_id) => runScanner({ ...EVENT, scan_id }, told({ requestId: scan_id }))),
    );
    expect(answers.map(({ scan_id }) => scan_id)).to.deep.equal(['a', 'b']);
    const { items, messages, objects } = await left();
    expect(items).to.have.length(2);
    expect(messages.filter(({ subject }) => subject.includes('new'))).to.have.length(1);
    expect(objects.filter((key) => key.startsWith('scans/v1/'))).to.have.length(2);
    expect(objects.filter((key) => key.startsWith('scans/2026'))).to.have.length(2);
  });

  it('stops before its time is up, in the middle of a page, and publishes what it has', async () => {
    proxy.fail('ec2:DescribeInstances', { kind: 'delay', milliseconds: 20_000 });
    const started = performance.now();
    // 45 s are kept for publishing: half a second is left for reading.
    const { complete, gaps, deliveries } = await scan({ remaining: () => 45_500 });
    expect(performance.now() - started).to.be.below(10_000);
    expect({ complete, gaps }).to.deep.equal({ complete: false, gaps: 1 });
    expect(deliveries.map(({ status }) => status)).to.deep.equal(Array(4).fill('delivered'));
    const { objects } = await left();
    expect(objects).to.include('scans/v1/2026-11-21/2026-11-21T06:00:00.000Z-scan-1.json.gz');
  });

  it('fails, after it has said so, where nothing can be read', async () => {
    proxy.fail('ec2:DescribeInstances', { kind: 'deny' });
    const error = await thrownBy(scan);
    expect(error).to.have.property('name', 'UnreadableError');
    expect((error as Error).message).to.match(/^Nothing could be read: .* ec2:DescribeInstances was denied: /);
    expect((await left()).objects).to.include('scans/v1/2026-11-21/2026-11-21T06:00:00.000Z-scan-1.json.gz');
  });

  it('ends its calls with the invocation, and says which it could not make', async () => {
    proxy.fail('sns:Publish', { kind: 'delay', milliseconds: 30_000 });
    const error = await thrownBy(() => withDeadline(3000, (signal) => scan({ signal })));
    expect(
      (error as { deliveries?: ScanAnswer['deliveries'] }).deliveries?.map(({ sink, status }) => [sink, status]),
    ).to.deep.equal([
      ['results', 'delivered'],
      ['history', 'delivered'],
      ['metrics', 'delivered'],
      ['alerts', 'failed'],
    ]);
  });
});
