import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';

import type { ScanHead } from '../../src/engine/scan-document.ts';
import { bucketStorage, filesUnder, folderStorage } from '../../src/history/scan-storage.ts';
import type { ScanStorage } from '../../src/history/scan-storage.ts';
import { documentsIn, readDocuments, readHeads, recordsIn } from '../../src/history/stored-scans.ts';
import type { StoredFile } from '../../src/history/stored-scans.ts';
import { networkError, serviceError } from '../support/aws-errors.ts';
import { inMemoryBucket } from '../support/bucket.ts';
import { thrownBy } from '../support/errors.ts';
import { finding } from '../support/scans.ts';
import { collected, documentText, inPieces, storedDocument } from '../support/stored-scans.ts';
import { temporaryFolder } from '../support/temporary.ts';

const { signal } = new AbortController();
const DAY = { from: '2026-11-20T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' };

const idOf = (head: ScanHead) => ({ evaluation: () => {}, end: () => head.scan_id });
const at = (time: string, scan_id = 's') => storedDocument({ scan_id, report_timestamp: time });
const namesIn = async (storage: ScanStorage, span = DAY) =>
  (await collected(documentsIn(storage, span))).map(({ name }) => name);

describe('documentsIn', () => {
  const bucket = inMemoryBucket();
  const storage = () => bucketStorage(new S3Client({ region: 'eu-west-1' }), 'results', signal);
  const put = (...stored: [string, string | Uint8Array][]) => {
    for (const [key, body] of stored) bucket.objects.set(key, body);
    return stored.map(([key]) => key);
  };

  it('gives the documents of a day, its first moment and its last, in the order of time', async () => {
    const [, first, noon, last] = put(
      at('2026-11-19T23:59:59.999Z'),
      at('2026-11-20T00:00:00.000Z'),
      at('2026-11-20T12:00:00.000Z'),
      at('2026-11-20T23:59:59.999Z'),
      at('2026-11-21T00:00:00.000Z'),
    );
    expect(await namesIn(storage())).to.deep.equal([first, noon, last]);
  });

  it('gives those of part of a day', async () => {
    const [, second] = put(
      at('2026-11-20T05:59:59.999Z'),
      at('2026-11-20T06:00:00.000Z'),
      at('2026-11-20T12:00:00.000Z'),
    );
    const span = { from: '2026-11-20T06:00:00.000Z', to: '2026-11-20T12:00:00.000Z' };
    expect(await namesIn(storage(), span)).to.deep.equal([second]);
  });

  it('gives those of many days, page after page', async () => {
    const keys = put(
      ...Array.from({ length: 28 }, (_, day) => at(`2026-11-${String(day + 1).padStart(2, '0')}T06:00:00.000Z`)),
    );
    const span = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' };
    expect(await namesIn(storage(), span)).to.deep.equal(keys);
  });

  it('asks for no page past the period', async () => {
    const s3 = mockClient(S3Client);
    s3.on(ListObjectsV2Command).resolves({
      KeyCount: 1,
      Contents: [{ Key: 'scans/v1/2026-11-21/2026-11-21T00:00:00.000Z-s.json.gz' }],
      IsTruncated: true,
      NextContinuationToken: 'more',
    });
    expect(await namesIn(storage())).to.deep.equal([]);
    expect(s3.calls().map(({ args }) => args[0].input as unknown)).to.deep.equal([
      {
        Bucket: 'results',
        Prefix: 'scans/v1/',
        StartAfter: 'scans/v1/2026-11-20',
        MaxKeys: 1000,
        ContinuationToken: undefined,
      },
    ]);
    s3.restore();
  });

  it('gives an object of another name too: it is not to go unseen', async () => {
    const [, odd] = put(['scans/v1/2026-11-19/notes.txt', ''], ['scans/v1/2026-11-20/notes.txt', 'hello']);
    expect(await namesIn(storage())).to.deep.equal([odd]);
  });

  it('throws where the listing is denied, throttled or malformed', async () => {
    const denied = serviceError('AccessDenied', 403, 'Access Denied');
    bucket.fail('ListObjectsV2', denied, { times: 1 });
    expect(await thrownBy(() => namesIn(storage()))).to.equal(denied);
    const throttled = serviceError('SlowDown', 503, 'Please reduce your request rate.');
    bucket.fail('ListObjectsV2', throttled, { times: 1 });
    expect(await thrownBy(() => namesIn(storage()))).to.equal(throttled);
    const s3 = mockClient(S3Client);
    s3.on(ListObjectsV2Command).resolves({});
    expect(await thrownBy(() => namesIn(storage())))
      .to.be.an('error')
      .with.property('message', 'The answer has no KeyCount');
    s3.restore();
  });

  it('refuses an object without a body', async () => {
    const [key] = put(at('2026-11-20T06:00:00.000Z'));
    const s3 = mockClient(S3Client);
    s3.on(GetObjectCommand).resolves({});
    expect(await thrownBy(() => storage().open(key!)))
      .to.be.an('error')
      .with.property('message', 'The answer has no Body');
    s3.restore();
  });
});

describe('readDocuments', () => {
  const file = (name: string, open: () => AsyncIterable<Uint8Array>): StoredFile => ({
    name,
    open: async () => open(),
  });
  async function* list(...files: StoredFile[]) {
    yield* files;
  }
  const sound = (name: string) => file(name, () => inPieces(gzipSync(documentText({ scan_id: name }))));
  const failing = (name: string, error: Error) => ({ name, open: () => Promise.reject(error) });
  const read = (...files: StoredFile[]) => collected(readDocuments(list(...files), idOf));

  it('gives what was made of each document, in their order', async () => {
    expect(await read(sound('a'), sound('b'), sound('c'))).to.deep.equal([
      { content: { name: 'a', digest: 'a' } },
      { content: { name: 'b', digest: 'b' } },
      { content: { name: 'c', digest: 'c' } },
    ]);
  });

  it('leaves out what is not wanted', async () => {
    const wanted = (head: ScanHead) => (head.scan_id === 'b' ? idOf(head) : undefined);
    expect(await collected(readDocuments(list(sound('a'), sound('b')), wanted))).to.deep.equal([
      { content: { name: 'b', digest: 'b' } },
    ]);
  });

  it('names what cannot be read, and reads on', async () => {
    const truncated = file('cut', () => inPieces(gzipSync(documentText({}, [finding()])).subarray(0, -9)));
    const newer = file('newer', () => inPieces(Buffer.from(documentText().replace('scan/1', 'scan/2'))));
    const garbage = file('garbage', () => inPieces(Buffer.from('?\n')));
    const denied = serviceError('AccessDenied', 403, 'Access Denied');
    const files = [
      truncated,
      newer,
      garbage,
      failing('gone', serviceError('NoSuchKey', 404, 'The specified key does not exist.')),
      failing('cold', serviceError('InvalidObjectState', 403, 'The operation is not valid for the storage class')),
      failing('denied', denied),
      failing('not mine', networkError('EACCES', 'EACCES: permission denied')),
      failing('no file', networkError('ENOENT', 'ENOENT: no such file')),
      sound('whole'),
    ];
    const skipped = (name: string, reason: string, message: string) => ({ skipped: { name, reason, message } });
    const gone = 'It was deleted before it was read.';
    expect(await read(...files)).to.deep.equal([
      skipped('cut', 'truncated', 'The archive ends before its end.'),
      skipped('newer', 'newer-schema', 'The document is of the newer schema compliancectl.scan/2.'),
      skipped('garbage', 'not-a-scan', 'Not a scan document: it does not begin like one.'),
      skipped('gone', 'gone', gone),
      skipped('cold', 'archived', 'It is archived, and must be restored before it can be read.'),
      skipped('denied', 'denied', 'Access Denied.'),
      skipped('not mine', 'denied', 'It may not be read.'),
      skipped('no file', 'gone', gone),
      { content: { name: 'whole', digest: 'whole' } },
    ]);
  });

  it('begins again where the network cut the bytes off, and counts nothing twice', async () => {
    let opened = 0;
    const bytes = gzipSync(documentText({}, [finding(), finding({ resource_id: 'i-2' })]), { level: 0 });
    const flaky = file('flaky', async function* () {
      opened += 1;
      yield bytes.subarray(0, -40);
      if (opened < 3) throw networkError('ECONNRESET', 'aborted');
      yield bytes.subarray(-40);
    });
    const count = () => {
      let evaluations = 0;
      return { evaluation: () => (evaluations += 1), end: () => evaluations };
    };
    expect(await collected(readDocuments(list(flaky), count))).to.deep.equal([
      { content: { name: 'flaky', digest: 2 } },
    ]);
    expect(opened).to.equal(3);
  });

  it('throws where the network keeps failing, AWS throttles, or a defect of ours shows', async () => {
    const reset = networkError('ECONNRESET', 'aborted');
    expect(await thrownBy(() => read(failing('a', reset)))).to.equal(reset);
    const throttled = serviceError('SlowDown', 503, 'Please reduce your request rate.');
    expect(await thrownBy(() => read(sound('a'), failing('b', throttled), sound('c')))).to.equal(throttled);
    const defect = new TypeError('x is not a function');
    expect(await thrownBy(() => read(failing('a', defect)))).to.equal(defect);
  });

  it('has four documents of a year open at once, and no more', async () => {
    let open = 0;
    let most = 0;
    const bytes = gzipSync(documentText({}, [finding()]));
    async function* year() {
      for (let scan = 0; scan < 4 * 365; scan += 1) {
        yield file(`${scan}`, async function* () {
          open += 1;
          most = Math.max(most, open);
          try {
            yield* inPieces(bytes, 200);
          } finally {
            open -= 1;
          }
        });
      }
    }
    let given = 0;
    for await (const _ of readDocuments(year(), idOf)) given += 1;
    expect({ given, most, open }).to.deep.equal({ given: 1460, most: 4, open: 0 });
  });

  it('takes the next piece of a document when all lines of the last one are through', async () => {
    const line = `    ${JSON.stringify(finding())},\n`;
    const [head = ''] = documentText({}, [finding()]).split('    {');
    let taken = 0;
    async function* large() {
      yield Buffer.from(head);
      for (; taken < 1000; taken += 1) yield Buffer.from(line.repeat(10));
      yield Buffer.from(`${line.slice(0, -2)}\n  ]\n}\n`);
    }
    let count = 0;
    let ahead = 0;
    const measuring = () => ({
      evaluation: () => {
        ahead = Math.max(ahead, 10 * (taken + 1) - count);
        count += 1;
      },
      end: () => count,
    });
    const read = await collected(readDocuments(list(file('large', large)), measuring));
    expect(read).to.deep.equal([{ content: { name: 'large', digest: 10_001 } }]);
    expect(ahead).to.equal(10);
  });
});

describe('readHeads', () => {
  const named = (name: string, content: string | Uint8Array): StoredFile => ({
    name,
    open: async () => inPieces(Buffer.from(content), 16),
  });

  it('gives the heads, whatever becomes of the rest, and names what has none', async () => {
    const [, archive] = storedDocument({ scan_id: 'a', report_timestamp: '2026-11-20T06:00:00.000Z' }, [finding()]);
    const files = [
      named('whole', archive),
      named('cut in its findings', documentText({ scan_id: 'b' }, [finding(), finding()]).slice(0, -400)),
      named('cut in its head', documentText({ scan_id: 'c' }).slice(0, 100)),
      named('none', 'hello\n'),
    ];
    const list = async function* () {
      yield* files;
    };
    const read = await collected(readHeads(list()));
    expect(
      read.map((each) =>
        'skipped' in each
          ? [each.skipped.name, each.skipped.reason]
          : [each.content.file.name, each.content.head.scan_id],
      ),
    ).to.deep.equal([
      ['whole', 'a'],
      ['cut in its findings', 'b'],
      ['cut in its head', 'truncated'],
      ['none', 'not-a-scan'],
    ]);
  });
});

describe('recordsIn', () => {
  const bucket = inMemoryBucket();
  const storage = () => bucketStorage(new S3Client({ region: 'eu-west-1' }), 'results', signal);
  const record = (timestamp: string, changes: object = {}) => {
    const key = `scans/${timestamp.slice(0, 10)}/${Date.parse(timestamp)}.json`;
    const counts = {
      totalInstances: 8,
      compliantInstances: 7,
      nonCompliantInstances: 1,
      compliancePercentage: '87.50',
    };
    bucket.objects.set(key, JSON.stringify({ timestamp, ...counts, results: [], ...changes }));
    return key;
  };
  const counts = { compliantInstances: 7, nonCompliantInstances: 1 };
  const read = () => collected(recordsIn(storage(), DAY));

  it('gives the records of a day, and nothing that lies beside them', async () => {
    record('2026-11-19T23:59:59.999Z');
    const first = record('2026-11-20T00:00:00.000Z', { scanId: 'one' });
    const last = record('2026-11-20T23:59:59.999Z');
    record('2026-11-21T00:00:00.000Z');
    bucket.objects.set('scans/2026-11-20/i-0123456789abcdef0-1795154400000.json', '{}');
    bucket.objects.set(...at('2026-11-20T06:00:00.000Z'));
    expect(await read()).to.deep.equal([
      { content: { name: first, timestamp: '2026-11-20T00:00:00.000Z', scanId: 'one', ...counts } },
      { content: { name: last, timestamp: '2026-11-20T23:59:59.999Z', ...counts } },
    ]);
  });

  it('goes by the time in the record: a key may have had to move on', async () => {
    const key = record('2026-11-20T00:00:00.000Z', { timestamp: '2026-11-19T23:59:59.999Z' });
    expect(key).to.equal('scans/2026-11-20/1795132800000.json');
    expect(await read()).to.deep.equal([]);
  });

  it('names what is no record, and what is denied', async () => {
    const garbage = record('2026-11-20T01:00:00.000Z', { compliantInstances: -1 });
    const cut = record('2026-11-20T02:00:00.000Z');
    bucket.objects.set(cut, '{"timestamp":');
    const denied = record('2026-11-20T03:00:00.000Z');
    bucket.fail('GetObject', serviceError('AccessDenied', 403, 'Access Denied'), { key: denied });
    expect(await read()).to.deep.equal([
      { skipped: { name: garbage, reason: 'not-a-scan', message: 'Not a scan record.' } },
      { skipped: { name: cut, reason: 'not-a-scan', message: 'Not a scan record.' } },
      { skipped: { name: denied, reason: 'denied', message: 'Access Denied.' } },
    ]);
  });
});

describe('folderStorage', () => {
  const folder = temporaryFolder();
  const write = ([key, bytes]: [string, Uint8Array]) => {
    mkdirSync(dirname(folder(key)), { recursive: true });
    writeFileSync(folder(key), bytes);
    return key;
  };

  it('reads a copy of a bucket as it reads the bucket', async () => {
    write(at('2026-11-19T23:59:59.999Z', 'before'));
    const second = write(at('2026-11-20T23:59:59.999Z', 'late'));
    const first = write(at('2026-11-20T00:00:00.000Z', 'early'));
    write(at('2026-11-21T00:00:00.000Z', 'after'));
    const read = await collected(readDocuments(documentsIn(folderStorage(folder()), DAY), idOf));
    expect(read).to.deep.equal([
      { content: { name: first, digest: 'early' } },
      { content: { name: second, digest: 'late' } },
    ]);
  });

  it('has nothing where there is no such folder', async () => {
    expect(await namesIn(folderStorage(folder('none')))).to.deep.equal([]);
  });

  it('throws where a folder may not be listed', async () => {
    write(at('2026-11-20T00:00:00.000Z'));
    const file = folder('scans/v1/2026-11-20/2026-11-20T00:00:00.000Z-s.json.gz');
    expect(await thrownBy(() => filesUnder(file)))
      .to.be.an('error')
      .with.property('code', 'ENOTDIR');
  });
});
