import { gunzipSync } from 'node:zlib';

import { expect } from 'chai';

import { documentKey, pointToLatest, storeDocument, storeRecord } from '../../src/publish/scan-store.ts';
import type { ScanRecord } from '../../src/report/scan-record.ts';
import { serviceError } from '../support/aws-errors.ts';
import { inMemoryBucket } from '../support/bucket.ts';
import { stubbedClients } from '../support/clients.ts';
import { thrownBy } from '../support/errors.ts';
import { head } from '../support/scans.ts';

const BUCKET = 'compliance-results-dev';
const TIME = '2026-11-21T06:00:00.000Z';
const denied = serviceError('AccessDenied', 403, 'Access Denied');
const s3 = stubbedClients().s3();
const openStore = async () => ({ s3: await s3, bucket: BUCKET, signal: new AbortController().signal });

describe('the scan document’s key', () => {
  it('sorts by time, and names the scan', () => {
    expect(documentKey(TIME, 'scan-1')).to.equal('scans/v1/2026-11-21/2026-11-21T06:00:00.000Z-scan-1.json.gz');
  });
});

describe('the stored scan document', () => {
  const bucket = inMemoryBucket();

  it('is its pieces, zipped', async () => {
    expect(await storeDocument(await openStore(), 'a.json.gz', ['{"a":', '"grüße"', '}'])).to.equal(true);
    const [{ Body, ...rest } = {}] = bucket.writes;
    expect(rest).to.deep.equal({
      Bucket: BUCKET,
      Key: 'a.json.gz',
      ContentType: 'application/json',
      ContentEncoding: 'gzip',
      IfNoneMatch: '*',
    });
    expect(gunzipSync(Body as Uint8Array).toString('utf8')).to.equal('{"a":"grüße"}');
  });

  it('is whole, however many pieces and however long', async () => {
    const pieces = Array.from({ length: 3000 }, (_, index) => `piece ${index} ${'x'.repeat(index % 97)}\n`);
    pieces.splice(1000, 0, 'y'.repeat(200_000));
    await storeDocument(await openStore(), 'a.json.gz', pieces);
    await storeDocument(await openStore(), 'b.json.gz', []);
    const [whole, empty] = bucket.writes.map(({ Body }) => gunzipSync(Body as Uint8Array).toString('utf8'));
    expect(whole).to.equal(pieces.join(''));
    expect(empty).to.equal('');
  });

  it('stays as it was first stored', async () => {
    await storeDocument(await openStore(), 'a.json.gz', ['first']);
    expect(await storeDocument(await openStore(), 'a.json.gz', ['second'])).to.equal(false);
    expect(gunzipSync(bucket.objects.get('a.json.gz') as Uint8Array).toString('utf8')).to.equal('first');
  });

  it('is no document where making it fails', async () => {
    const broken = new Error('no more');
    function* pieces(): Generator<string> {
      yield 'x'.repeat(100_000);
      throw broken;
    }
    expect(await thrownBy(async () => storeDocument(await openStore(), 'a.json.gz', pieces()))).to.equal(broken);
    expect(bucket.writes).to.deep.equal([]);
  });

  it('fails where S3 refuses it', async () => {
    bucket.fail('PutObject', denied);
    expect(await thrownBy(async () => storeDocument(await openStore(), 'a.json.gz', ['x']))).to.equal(denied);
  });
});

describe('the stored scan record', () => {
  const bucket = inMemoryBucket();
  const record = (scanId: string, timestamp = TIME): ScanRecord => ({
    timestamp,
    scanId,
    totalInstances: 0,
    compliantInstances: 0,
    nonCompliantInstances: 0,
    compliancePercentage: null,
    results: [],
  });
  const store = async (scanId: string, timestamp?: string) => storeRecord(await openStore(), record(scanId, timestamp));
  const at = (milliseconds: number) => ({ bucket: BUCKET, key: `scans/2026-11-21/${milliseconds}.json` });
  const EPOCH = 1_795_240_800_000;

  it('is filed under its day and millisecond (S1-2)', async () => {
    expect(await store('scan-1')).to.deep.equal(at(EPOCH));
    expect(bucket.writes).to.deep.equal([
      {
        Bucket: BUCKET,
        Key: `scans/2026-11-21/${EPOCH}.json`,
        Body: JSON.stringify(record('scan-1')),
        ContentType: 'application/json',
        IfNoneMatch: '*',
      },
    ]);
  });

  it('takes the next free millisecond where other scans took its own', async () => {
    expect(await store('scan-1')).to.deep.equal(at(EPOCH));
    expect(await store('scan-2')).to.deep.equal(at(EPOCH + 1));
    expect(await store('scan-3')).to.deep.equal(at(EPOCH + 2));
    expect([...bucket.objects].map(([key, body]) => [key, JSON.parse(body as string)])).to.deep.equal(
      ['scan-1', 'scan-2', 'scan-3'].map((scanId, index) => [at(EPOCH + index).key, record(scanId)]),
    );
  });

  it('takes the next day’s where the day is full to its last millisecond', async () => {
    await store('scan-1', '2026-11-21T23:59:59.999Z');
    expect(await store('scan-2', '2026-11-21T23:59:59.999Z')).to.deep.equal({
      bucket: BUCKET,
      key: 'scans/2026-11-22/1795305600000.json',
    });
  });

  it('is stored once, however often the scan is repeated', async () => {
    await store('scan-1');
    await store('scan-2');
    expect(await store('scan-2')).to.deep.equal(at(EPOCH + 1));
    expect(await store('scan-1')).to.deep.equal(at(EPOCH));
    expect(bucket.objects.size).to.equal(2);
  });

  it('is stored beside another one that is stored the same moment', async () => {
    let other: unknown;
    bucket.during('PutObject', async () => {
      other = await store('scan-2');
    });
    expect(await store('scan-1')).to.deep.equal(at(EPOCH + 1));
    expect(other).to.deep.equal(at(EPOCH));
  });

  it('is stored once where its scan comes twice the same moment', async () => {
    let other: unknown;
    bucket.during('PutObject', async () => {
      other = await store('scan-1');
    });
    expect(await store('scan-1')).to.deep.equal(at(EPOCH));
    expect(other).to.deep.equal(at(EPOCH));
    expect(bucket.objects.size).to.equal(1);
  });

  it('leaves alone what is no record, or gone when it is looked at', async () => {
    bucket.objects.set(at(EPOCH).key, 'no JSON');
    bucket.objects.set(at(EPOCH + 1).key, 'null');
    bucket.objects.set(at(EPOCH + 2).key, '{}');
    bucket.objects.set(at(EPOCH + 3).key, 'gone');
    bucket.fail('GetObject', serviceError('NoSuchKey', 404, 'No such key'), { key: at(EPOCH + 3).key });
    expect(await store('scan-1')).to.deep.equal(at(EPOCH + 4));
    expect(bucket.objects.get(at(EPOCH).key)).to.equal('no JSON');
  });

  it('fails where S3 refuses to store it, or to show what is there', async () => {
    bucket.fail('PutObject', denied, { times: 1 });
    expect(await thrownBy(() => store('scan-1'))).to.equal(denied);
    await store('scan-1');
    bucket.fail('GetObject', denied);
    expect(await thrownBy(() => store('scan-2'))).to.equal(denied);
  });
});

describe('the pointer to the latest scan', () => {
  const bucket = inMemoryBucket();
  const point = async (scan: string, time: string) =>
    pointToLatest(await openStore(), head({ scan_id: scan, report_timestamp: time }), `${scan}.json.gz`);
  const latest = () => (JSON.parse(bucket.objects.get('latest.json') as string) as { scan_id: string }).scan_id;
  const NOON = '2026-11-21T12:00:00.000Z';

  it('says which it is, and how it fared', async () => {
    await point('scan-1', TIME);
    expect(bucket.writes).to.deep.equal([
      {
        Bucket: BUCKET,
        Key: 'latest.json',
        Body: `{
  "scan_id": "scan-1",
  "report_timestamp": "2026-11-21T06:00:00.000Z",
  "complete": true,
  "score": null,
  "bucket": "compliance-results-dev",
  "key": "scan-1.json.gz"
}
`,
        ContentType: 'application/json',
        IfNoneMatch: '*',
      },
    ]);
  });

  it('moves on to a later scan, on condition that it is as it was read', async () => {
    await point('scan-1', TIME);
    await point('scan-2', NOON);
    expect(latest()).to.equal('scan-2');
    expect(bucket.writes.map(({ IfNoneMatch, IfMatch }) => ({ IfNoneMatch, IfMatch }))).to.deep.equal([
      { IfNoneMatch: '*', IfMatch: undefined },
      { IfNoneMatch: undefined, IfMatch: '"1"' },
    ]);
  });

  it('stays where an earlier scan, or the same, is done later', async () => {
    await point('scan-2', NOON);
    await point('scan-1', TIME);
    await point('scan-2', NOON);
    expect(latest()).to.equal('scan-2');
    expect(bucket.writes).to.have.length(1);
  });

  for (const [what, operation] of [
    ['before it is written', 'GetObject'],
    ['while it is written', 'PutObject'],
  ] as const) {
    for (const there of [false, true]) {
      const state = there ? 'there' : 'not there';
      it(`is the later of two that come at once: ${what}, ${state}`, async () => {
        if (there) await point('scan-0', '2026-11-20T00:00:00.000Z');
        bucket.during(operation, () => point('scan-2', NOON));
        await point('scan-1', TIME);
        expect(latest()).to.equal('scan-2');

        bucket.during(operation, () => point('scan-3', '2026-11-21T18:00:00.000Z'));
        await point('scan-4', '2026-11-22T00:00:00.000Z');
        expect(latest()).to.equal('scan-4');
      });
    }

    it(`is written where it is removed ${what}`, async () => {
      await point('scan-1', TIME);
      bucket.during(operation, () => bucket.objects.delete('latest.json'));
      await point('scan-2', NOON);
      expect(latest()).to.equal('scan-2');
    });
  }

  it('replaces what is no pointer', async () => {
    for (const text of ['no JSON', 'null', '{}', '[]']) {
      bucket.objects.set('latest.json', text);
      await point('scan-1', TIME);
      expect(latest(), text).to.equal('scan-1');
    }
  });

  it('fails where S3 refuses to show or to take it', async () => {
    bucket.fail('GetObject', denied, { times: 1 });
    expect(await thrownBy(() => point('scan-1', TIME))).to.equal(denied);
    bucket.fail('PutObject', denied);
    expect(await thrownBy(() => point('scan-1', TIME))).to.equal(denied);
  });
});
