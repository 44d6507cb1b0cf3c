import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

import { expect } from 'chai';

import type { Gap } from '../../src/engine/evaluation.ts';
import { known, notCollected, tagMap } from '../../src/engine/model.ts';
import type { Resource } from '../../src/engine/model.ts';
import type { Coverage, Inventory } from '../../src/inventory/inventory.ts';
import { openSnapshot, SnapshotWriter } from '../../src/inventory/snapshot.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { dbCluster, dbInstance, instance, tags } from '../support/resources.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ORIGIN = {
  toolVersion: '1.2.3',
  scanId: '6f1ac1f0-4c0e-4b8a-9a52-0d6c6c1d2a11',
  collectedAt: new Date('2026-11-03T04:05:06.789Z'),
};
const NOTHING_MISSED: Coverage = { gaps: [], listings: 1, complete: true };

function inventoryOf(pages: readonly (readonly Resource[])[], coverage: Coverage = NOTHING_MISSED): Inventory {
  return {
    source: 'live',
    accounts: ['111122223333'],
    regions: ['eu-west-1'],
    facts: new Map([['AWS::EC2::Instance', new Set(['tags'])]]),
    async *pages() {
      yield* pages;
    },
    coverage: () => coverage,
  };
}

/** The bytes of a snapshot of these pages. */
function snapshotOf(pages: readonly (readonly Resource[])[], coverage?: Coverage): Buffer {
  const writer = new SnapshotWriter();
  for (const page of pages) writer.add(page);
  return Buffer.concat([...writer.finish(inventoryOf(pages, coverage), ORIGIN)]);
}

function linesOf(snapshot: Buffer): unknown[] {
  return gunzipSync(snapshot)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** A snapshot of one's own, with a trailer that fits it: what a later version or a stranger could have written. */
function handmade(lines: readonly unknown[], end: object = {}): Buffer {
  const body = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  const sha256 = createHash('sha256').update(body).digest('hex');
  const trailer = { end: { resources: 1, gaps: 0, listings: 1, complete: true, sha256, ...end } };
  return gzipSync(`${body}${JSON.stringify(trailer)}\n`);
}

async function walk(inventory: Inventory): Promise<Resource[]> {
  const resources: Resource[] = [];
  for await (const page of inventory.pages()) resources.push(...page);
  return resources;
}

const gap = (changes: Partial<Gap> = {}): Gap => ({
  account_id: '111122223333',
  region: 'eu-west-1',
  api: 'ec2:DescribeInstances',
  reason: 'throttled',
  message: 'ec2:DescribeInstances was throttled to the end: Slow down.',
  calls: 2,
  ...changes,
});

const HEADER = {
  schema: 'compliancectl.snapshot/1',
  tool_version: '1.2.3',
  scan_id: ORIGIN.scanId,
  collected_at: '2026-11-03T04:05:06.789Z',
  accounts: ['111122223333'],
  regions: ['eu-west-1'],
  facts: { 'AWS::EC2::Instance': ['tags'] },
};

describe('a snapshot', () => {
  const path = temporaryFolder();
  const saved = (bytes: Buffer) => {
    const file = path('estate.ndjson.gz');
    writeFileSync(file, bytes);
    return file;
  };
  const read = async (bytes: Buffer) => walk(await openSnapshot(saved(bytes)));

  it('gives back what was written: resources, gaps, origin and facts', async () => {
    const pages = [
      [instance({ id: 'i-1' }), instance({ id: 'i-2', state: 'stopped' })],
      [instance({ id: 'i-3', tags: { known: false, reason: 'denied', permission: 'ec2:DescribeTags' } })],
    ];
    const coverage = { gaps: [gap()], listings: 3, complete: false };
    const inventory = await openSnapshot(saved(snapshotOf(pages, coverage)));

    expect(await walk(inventory)).to.deep.equal(pages.flat());
    expect(inventory.coverage()).to.deep.equal(coverage);
    const { source, origin, accounts, regions, facts } = inventory;
    expect({ source, origin, accounts, regions, facts }).to.deep.equal({
      source: 'snapshot',
      origin: { scanId: ORIGIN.scanId, collectedAt: ORIGIN.collectedAt },
      accounts: ['111122223333'],
      regions: ['eu-west-1'],
      facts: new Map([['AWS::EC2::Instance', new Set(['tags'])]]),
    });
  });

  it('is a header, gaps, resources and a trailer with the checksum of it all', () => {
    const bytes = snapshotOf([[instance({ id: 'i-1' })]], { gaps: [gap()], listings: 1, complete: true });
    const text = gunzipSync(bytes).toString();
    const beforeEnd = text.slice(0, text.indexOf('{"end":'));
    expect(linesOf(bytes)).to.deep.equal([
      HEADER,
      { gap: gap() },
      { resource: JSON.parse(JSON.stringify(instance({ id: 'i-1' }))) as unknown },
      {
        end: {
          resources: 1,
          gaps: 1,
          listings: 1,
          complete: true,
          sha256: createHash('sha256').update(beforeEnd).digest('hex'),
        },
      },
    ]);
  });

  it('has a gap for a type that is wanted and that it was saved without', async () => {
    const file = saved(snapshotOf([[instance({ id: 'i-1' })]], { gaps: [gap()], listings: 1, complete: true }));
    const wanted = new Map([
      ['AWS::EC2::Instance' as const, new Set(['tags'])],
      ['AWS::S3::Bucket' as const, new Set(['encryption'])],
    ]);
    const inventory = await openSnapshot(file, wanted);
    await walk(inventory);
    expect(inventory.coverage().gaps).to.deep.equal([
      gap(),
      gap({
        api: 's3:ListBuckets',
        reason: 'error',
        message: 'The snapshot was saved without AWS::S3::Bucket: none of the rules of that scan needed it.',
        calls: 1,
      }),
    ]);
  });

  it('may hold no resource at all', async () => {
    expect(await read(snapshotOf([]))).to.deep.equal([]);
  });

  it('hands its resources on in pages of a thousand', async () => {
    const many = Array.from({ length: 2500 }, (_, n) => instance({ id: `i-${n}` }));
    const inventory = await openSnapshot(saved(snapshotOf([many])));
    const pages: (readonly Resource[])[] = [];
    for await (const page of inventory.pages()) pages.push(page);
    expect(pages.map(({ length }) => length)).to.deep.equal([1000, 1000, 500]);
    expect(pages.flat()).to.deep.equal(many);
  });

  it('puts accounts and regions in order, whatever the order of the pages', () => {
    const at = (accountId: string, region: string) => instance({ id: `${accountId}-${region}`, accountId, region });
    const [first, second, third] = [at('1', 'eu-west-1'), at('1', 'us-east-1'), at('2', 'eu-west-1')];
    const theirGap = gap({ account_id: '1', region: 'global', api: 'ec2:DescribeRegions' });
    const coverage = { gaps: [theirGap], listings: 3, complete: true };
    const bytes = snapshotOf([[third], [first, second]], coverage);
    expect(bytes.equals(snapshotOf([[second], [third], [first]], coverage))).to.equal(true);
    const ids = linesOf(bytes).flatMap((line) => {
      const { resource, gap } = line as { resource?: { id: string }; gap?: Gap };
      return resource?.id ?? gap?.api ?? [];
    });
    expect(ids).to.deep.equal(['1-eu-west-1', 'ec2:DescribeRegions', '1-us-east-1', '2-eu-west-1']);
  });

  it('leaves out what was not collected, and says so again when it is read', async () => {
    const bare = instance({ tags: notCollected });
    const bytes = snapshotOf([[bare]]);
    expect(linesOf(bytes)[1]).to.not.have.nested.property('resource.tags');
    expect(await read(bytes)).to.deep.equal([bare]);
  });

  it('keeps the id that a database has for good, and does without where an older version wrote none', async () => {
    const databases = [
      dbInstance({ resourceId: 'db-ABC' }),
      dbInstance({ id: 'old' }),
      dbCluster({ resourceId: 'cluster-ABC' }),
      dbCluster({ id: 'old' }),
    ];
    const readBack = await read(snapshotOf([databases]));
    expect(readBack).to.have.deep.members(databases);
    expect(readBack.filter((database) => 'resourceId' in database)).to.have.length(2);
  });

  it('keeps tags that are called like parts of every object', async () => {
    const hostile = known(
      tagMap([
        ['__proto__', 'a'],
        ['constructor', 'b'],
      ]),
    );
    const [resource] = await read(snapshotOf([[instance({ tags: hostile })]]));
    const read1 = resource?.tags;
    if (read1?.known !== true) throw new Error('The tags were not read.');
    expect(Object.getPrototypeOf(read1.value)).to.equal(null);
    expect(Object.entries(read1.value)).to.deep.equal([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it('keeps a tag of a million characters, of every kind of them', async () => {
    const value = 'ü€😀\n"\\\u2028'.repeat(125_000);
    expect(value.length).to.equal(1_000_000);
    const long = instance({ tags: tags({ Note: value }) });
    expect(await read(snapshotOf([[long, instance({ id: 'i-2' })]]))).to.deep.equal([long, instance({ id: 'i-2' })]);
  });

  it('is one gzip stream of several blocks once it is larger than a megabyte', async () => {
    const many = Array.from({ length: 30 }, (_, n) =>
      instance({ id: `i-${n}`, tags: tags({ Note: 'x'.repeat(100_000) }) }),
    );
    expect(await read(snapshotOf([many]))).to.deep.equal(many);
  });

  it('may know types of a later version, which are passed over', async () => {
    const stranger = { type: 'AWS::Lambda::Function', id: 'f', arn: 'a', accountId: '1', region: 'r' };
    const ours = JSON.parse(JSON.stringify(instance())) as unknown;
    expect(await read(handmade([HEADER, { resource: stranger }, { resource: ours }]))).to.deep.equal([instance()]);
  });
});

describe('a file that is no sound snapshot', () => {
  const path = temporaryFolder();
  const whole = snapshotOf([[instance({ id: 'i-1' }), instance({ id: 'i-2' })]], {
    gaps: [gap()],
    listings: 1,
    complete: true,
  });
  const again = ['Copy it again, or save it again with: compliancectl scan --local --save-snapshot FILE'];
  const refusal = async (bytes: Buffer) => {
    const file = path('x.gz');
    writeFileSync(file, bytes);
    const error = await userErrorOf(async () => walk(await openSnapshot(file)));
    return { ...error, message: error.message.replace(file, 'FILE') };
  };
  const damaged = (message: string) => ({ message, code: 'SNAPSHOT_DAMAGED', suggestions: again, exitCode: 2 });
  const foreign = {
    message: 'FILE is not a snapshot of compliancectl.',
    code: 'SNAPSHOT_FOREIGN',
    suggestions: ['Write one with: compliancectl scan --local --save-snapshot FILE'],
    exitCode: 2,
  };

  it('is refused wherever it was cut short, and never read in part', async () => {
    const messages = new Map<string, number>();
    for (let length = 1; length < whole.length; length += 1) {
      const { code, message, exitCode } = await refusal(whole.subarray(0, length));
      const key = `${code} ${exitCode} ${message}`;
      messages.set(key, (messages.get(key) ?? 0) + 1);
    }
    expect([...messages.keys()]).to.deep.equal(['SNAPSHOT_DAMAGED 2 FILE was cut short.']);
  });

  it('is refused where whole lines are gone and the compression is sound', async () => {
    const lines = gunzipSync(whole).toString().split('\n').slice(0, -1);
    expect(lines).to.have.length(5);
    for (let kept = 1; kept < lines.length; kept += 1) {
      const cut = gzipSync(`${lines.slice(0, kept).join('\n')}\n`);
      expect(await refusal(cut)).to.deep.equal(damaged('FILE was cut short.'));
    }
  });

  it('is refused where its last line was cut, and the compression is sound', async () => {
    const text = gunzipSync(whole).toString();
    expect(await refusal(gzipSync(text.slice(0, -1)))).to.deep.equal(damaged('FILE was cut short.'));
  });

  it('is refused where a line is missing in the middle', async () => {
    const lines = gunzipSync(whole).toString().split('\n');
    const cut = gzipSync(lines.toSpliced(2, 1).join('\n'));
    expect(await refusal(cut)).to.deep.equal(damaged('FILE was altered: its checksum does not match.'));
  });

  it('is refused where any compressed byte was altered', async () => {
    const codes = new Set<string>();
    const accepted: number[] = [];
    for (let at = 0; at < whole.length; at += 7) {
      const altered = Buffer.from(whole);
      altered.writeUInt8((altered.readUInt8(at) ^ 0x55) & 0xff, at);
      const error = await refusal(altered).catch(() => undefined);
      if (error === undefined) accepted.push(at);
      else codes.add(error.code);
    }
    // What gzip carries beside the data (time stamp, operating system) is nobody's business.
    const ofHeaders = accepted.filter((at) => !isGzipOrnament(whole, at));
    expect(ofHeaders).to.deep.equal([]);
    expect([...codes].toSorted()).to.deep.equal(['SNAPSHOT_DAMAGED']);
  });

  it('is refused where a letter was altered and compressed again', async () => {
    const text = gunzipSync(whole).toString().replace('"running"', '"stopped"');
    expect(await refusal(gzipSync(text))).to.deep.equal(damaged('FILE was altered: its checksum does not match.'));
  });

  it('is refused where a line is not JSON, or is nothing that a snapshot holds', async () => {
    expect(await refusal(handmade([HEADER, '{"resource":']))).to.deep.equal(
      damaged('FILE holds a line that is not JSON.'),
    );
    expect(await refusal(handmade([HEADER, 'null']))).to.deep.equal(damaged('FILE holds a line that is not JSON.'));
    expect(await refusal(handmade([HEADER, {}]))).to.deep.equal(
      damaged('FILE holds a line that is no resource, no gap and no end.'),
    );
    expect(await refusal(handmade([HEADER], { resources: 'many' }))).to.deep.equal(
      damaged('FILE holds a line that is no resource, no gap and no end.'),
    );
  });

  it('is refused where a resource has not the shape of one, before any rule sees it', async () => {
    const sound = JSON.parse(JSON.stringify(instance())) as Record<string, unknown>;
    const broken: readonly unknown[] = [
      null,
      'i-1',
      [],
      {},
      { ...sound, type: 7 },
      { ...sound, id: null },
      { ...sound, arn: undefined },
      { ...sound, accountId: 111_122_223_333 },
      { ...sound, region: ['eu-west-1'] },
      { ...sound, tags: null },
      { ...sound, tags: { known: true } },
      { ...sound, tags: { known: true, value: null } },
      { ...sound, tags: { known: true, value: ['Owner'] } },
      { ...sound, tags: { known: true, value: { Owner: 7 } } },
      { ...sound, tags: { known: 'yes', value: {} } },
      { ...sound, tags: { known: false } },
      { ...sound, tags: 'Owner=ada' },
    ];
    for (const resource of broken) {
      expect(await refusal(handmade([HEADER, { resource }])), JSON.stringify(resource)).to.deep.equal(
        damaged('FILE holds a resource that is not whole.'),
      );
    }
  });

  it('is refused where two snapshots were joined', async () => {
    expect(await refusal(Buffer.concat([whole, whole]))).to.deep.equal(
      damaged('FILE goes on after its end: several snapshots were joined.'),
    );
  });

  it('is refused where it is a gzip of something else', async () => {
    for (const text of ['', '\n', 'hello\n', '{"schema":"other/1"}\n', '[1,2]\n', '{"a":1}\n{"b":2}\n']) {
      expect(await refusal(gzipSync(text)), text).to.deep.equal(foreign);
    }
  });

  it('is refused where its header has the right name and not the right shape', async () => {
    for (const changes of [{ collected_at: 'yesterday' }, { accounts: '111122223333' }, { facts: [] }]) {
      expect(await refusal(handmade([{ ...HEADER, ...changes }]))).to.deep.equal(foreign);
    }
  });

  it('is refused where it is empty', async () => {
    expect(await refusal(Buffer.alloc(0))).to.deep.equal(damaged('FILE was cut short.'));
  });

  it('is refused where it is no gzip at all', async () => {
    for (const text of ['{"schema":"compliancectl.snapshot/1"}\n', 'PK\u0003\u0004', '\u001f']) {
      const { code, message } = await refusal(Buffer.from(text));
      expect(code).to.equal('SNAPSHOT_DAMAGED');
      expect(message).to.be.oneOf(['FILE is not a gzip file, or is damaged.', 'FILE was cut short.']);
    }
  });

  it('is refused where a line never ends, before it fills the memory', async function () {
    this.timeout(20_000);
    const endless = gzipSync(Buffer.alloc(70 << 20, 'x'), { level: 1 });
    expect(await refusal(endless)).to.deep.equal(damaged('FILE holds a line of more than 64 MB.'));
  });

  it('is refused where it was written by a newer version', async () => {
    for (const schema of ['compliancectl.snapshot/2', 'compliancectl.snapshot/10']) {
      expect(await refusal(handmade([{ schema, whatever: true }]))).to.deep.equal({
        message: `FILE is a snapshot of a newer version (${schema}).`,
        code: 'SNAPSHOT_NEWER',
        suggestions: ['Upgrade compliancectl'],
        exitCode: 2,
      });
    }
  });

  it('is named where it does not exist', async () => {
    const file = path('nowhere.gz');
    expect(await userErrorOf(() => openSnapshot(file))).to.deep.equal({
      message: `There is no file ${file}.`,
      code: 'SNAPSHOT_MISSING',
      suggestions: ['Check the path'],
      exitCode: 2,
    });
  });

  it('is named where it is a folder', async () => {
    mkdirSync(path('folder'));
    expect(await userErrorOf(() => openSnapshot(path('folder')))).to.deep.equal({
      message: `${path('folder')} is a folder, not a file.`,
      code: 'SNAPSHOT_UNREADABLE',
      suggestions: ['Check the path'],
      exitCode: 2,
    });
  });

  it('lets an error of its reader through as it is', async () => {
    const file = path('x.gz');
    writeFileSync(file, whole);
    const defect = new Error('a defect of the reader');
    const thrown = await thrownBy(async () => {
      for await (const page of (await openSnapshot(file)).pages()) {
        if (page.length > 0) throw defect;
      }
    });
    expect(thrown).to.equal(defect);
    expect(readFileSync(file).equals(whole)).to.equal(true);
  });
});

/** Bytes 4 to 9 of every gzip member: its time stamp, flags of the compressor, operating system. */
function isGzipOrnament(bytes: Buffer, at: number): boolean {
  const start = bytes.lastIndexOf(Buffer.from([0x1f, 0x8b, 0x08]), at);
  return at - start >= 4 && at - start <= 9;
}
