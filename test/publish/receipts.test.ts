import { expect } from 'chai';
import * as z from 'zod';

import { claimScan, NO_RECEIPTS, openReceipts, releaseScan } from '../../src/publish/receipts.ts';
import { serviceError } from '../support/aws-errors.ts';
import { inMemoryBucket } from '../support/bucket.ts';
import { stubbedClients } from '../support/clients.ts';
import { thrownBy } from '../support/errors.ts';

const BUCKET = 'compliance-results-dev';
const denied = serviceError('AccessDenied', 403, 'Access Denied');
const schema = z.object({ sent: z.number() });
const { signal } = new AbortController();
const s3 = stubbedClients().s3();

describe('receipts', () => {
  const bucket = inMemoryBucket();
  const open = async (scan = 'scan-1') => openReceipts(await s3, BUCKET, scan, signal);

  it('are written under the scan', async () => {
    await (await open()).write('metrics', { sent: 3 });
    expect(bucket.writes).to.deep.equal([
      {
        Bucket: BUCKET,
        Key: 'deliveries/scan-1/metrics.json',
        Body: '{"sent":3}',
        ContentType: 'application/json',
      },
    ]);
  });

  it('are read by the next invocation, and are of one scan alone', async () => {
    const receipts = await open();
    expect(receipts.has('metrics')).to.equal(false);
    expect(await receipts.read('metrics', schema)).to.equal(undefined);
    for (const delivery of ['metrics', 'alert-high', 'alert-low']) await receipts.write(delivery, { sent: 3 });
    const next = await open();
    expect(['metrics', 'alert-high', 'alert-low', 'alert'].map((delivery) => next.has(delivery))).to.deep.equal([
      true,
      true,
      true,
      false,
    ]);
    expect(await next.read('metrics', schema)).to.deep.equal({ sent: 3 });
    for (const scan of ['scan', 'scan-11', 'scan-1-eu-west-1']) {
      expect((await open(scan)).has('metrics'), scan).to.equal(false);
    }
  });

  it('are as they were opened', async () => {
    const receipts = await open();
    await receipts.write('metrics', { sent: 3 });
    expect(receipts.has('metrics')).to.equal(false);
  });

  it('are undefined where one is removed meanwhile', async () => {
    await (await open()).write('metrics', { sent: 3 });
    const receipts = await open();
    bucket.objects.clear();
    expect(await receipts.read('metrics', schema)).to.equal(undefined);
  });

  it('fail where one is not what was written', async () => {
    bucket.objects.set('deliveries/scan-1/metrics.json', '{"sent":"x"}');
    bucket.objects.set('deliveries/scan-1/answer.json', '{');
    const receipts = await open();
    expect(await thrownBy(() => receipts.read('metrics', schema))).to.be.instanceOf(z.ZodError);
    expect(await thrownBy(() => receipts.read('answer', schema))).to.be.instanceOf(SyntaxError);
  });

  it('fail where S3 refuses them', async () => {
    bucket.objects.set('deliveries/scan-1/metrics.json', '{"sent":3}');
    const receipts = await open();
    bucket.fail('ListObjectsV2', denied);
    bucket.fail('GetObject', denied);
    bucket.fail('PutObject', denied);
    expect(await thrownBy(() => open())).to.equal(denied);
    expect(await thrownBy(() => receipts.read('metrics', schema))).to.equal(denied);
    expect(await thrownBy(() => receipts.write('metrics', {}))).to.equal(denied);
  });

  it('are none without a bucket', async () => {
    await NO_RECEIPTS.write('metrics', { sent: 3 });
    expect(NO_RECEIPTS.has('metrics')).to.equal(false);
    expect(await NO_RECEIPTS.read('metrics', schema)).to.equal(undefined);
    expect(bucket.operations.size).to.equal(0);
  });
});

describe('the claim on a scan', () => {
  const bucket = inMemoryBucket();
  const KEY = 'deliveries/scan-1/claim.json';
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 6, minute));
  /** Claims at a minute, for five. */
  const claim = async (holder: string, minute: number) =>
    claimScan(await s3, BUCKET, 'scan-1', { holder, now: at(minute), until: at(minute + 5) }, signal);
  const release = async (holder: string, minute: number) =>
    releaseScan(await s3, BUCKET, 'scan-1', { holder, now: at(minute) }, signal);

  it('names its holder, and when it ends', async () => {
    expect(await claim('a', 0)).to.equal(true);
    expect(bucket.writes).to.deep.equal([
      {
        Bucket: BUCKET,
        Key: KEY,
        Body: '{"holder":"a","until":"2026-11-21T06:05:00.000Z"}',
        ContentType: 'application/json',
        IfNoneMatch: '*',
      },
    ]);
  });

  it('keeps others out until it ends', async () => {
    await claim('a', 0);
    expect(await claim('b', 4)).to.equal(false);
    expect(await claim('b', 5)).to.equal(true);
    expect(await claim('a', 6)).to.equal(false);
    expect(bucket.objects.get(KEY)).to.equal('{"holder":"b","until":"2026-11-21T06:10:00.000Z"}');
    expect(bucket.writes.map(({ IfMatch }) => IfMatch)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      '"1"',
      undefined,
    ]);
  });

  it('is its holder’s, who tries again', async () => {
    await claim('a', 0);
    expect(await claim('a', 1)).to.equal(true);
  });

  it('is free as soon as its holder lets go', async () => {
    await claim('a', 0);
    await release('a', 1);
    expect(bucket.writes.at(-1)).to.deep.equal({
      Bucket: BUCKET,
      Key: KEY,
      Body: '{"holder":"a","until":"2026-11-21T06:01:00.000Z"}',
      ContentType: 'application/json',
    });
    expect(await claim('b', 1)).to.equal(true);
  });

  it('is one’s alone where two claim at once', async () => {
    for (const operation of ['PutObject', 'GetObject'] as const) {
      bucket.objects.clear();
      let other: boolean | undefined;
      if (operation === 'GetObject') await claim('before', -9);
      bucket.during(operation, async () => {
        other = await claim('b', 0);
      });
      expect([await claim('a', 0), other], operation).to.deep.equal([false, true]);
    }
  });

  it('is none where it is gone when it is looked at: the next attempt has it', async () => {
    await claim('a', 0);
    bucket.fail('GetObject', serviceError('NoSuchKey', 404, 'No such key'), { times: 1 });
    expect(await claim('b', 9)).to.equal(false);
    expect(await claim('b', 9)).to.equal(true);
  });

  it('may be taken where it is no claim', async () => {
    for (const text of ['no JSON', 'null', '{"holder":"a"}', '{"holder":"a","until":"tomorrow"}']) {
      bucket.objects.set(KEY, text);
      expect(await claim('b', 0), text).to.equal(true);
    }
  });

  it('fails where S3 refuses it', async () => {
    await claim('a', 0);
    bucket.fail('GetObject', denied);
    expect(await thrownBy(() => claim('b', 9))).to.equal(denied);
    bucket.fail('PutObject', denied);
    expect(await thrownBy(() => claim('b', 9))).to.equal(denied);
    expect(await thrownBy(() => release('a', 9))).to.equal(denied);
  });
});
