import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';

import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';

import { ledgerInBucket } from '../../src/optimize/ledger-bucket.ts';
import { ledgerInFolder } from '../../src/optimize/ledger-folder.ts';
import type { LedgerEntry } from '../../src/optimize/ledger.ts';
import { userErrorOf } from '../support/errors.ts';
import { behavesAsALedger, emptyEntry } from '../support/ledger-stores.ts';
import { ROOT_CREDENTIALS, withMiniStack } from '../support/ministack.ts';
import { SCOPE } from '../support/scaled-estate.ts';
import { temporaryFolder } from '../support/temporary.ts';

const INSIDE = '111122223333/eu-west-1/dev';

/** Runs a program of its own, with what it needs of the ledger, and gives the signal or the code that it ended with. */
async function program(code: string): Promise<string | number | null> {
  const from = (name: string) => JSON.stringify(new URL(`../../src/optimize/${name}.ts`, import.meta.url).href);
  const head = `
    import { withFolderLock } from ${from('folder-lock')};
    import { ledgerInFolder } from ${from('ledger-folder')};
    import { LedgerConflictError } from ${from('ledger')};
    const SCOPE = ${JSON.stringify(SCOPE)};`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', head + code], { stdio: 'inherit' });
  const [exitCode, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal ?? exitCode;
}

/** The entry with so many runs of a name. */
const adding = (folder: string, name: string, times: number) => `
  const ledger = ledgerInFolder(${JSON.stringify(folder)}, SCOPE);
  for (let done = 0; done < ${times}; ) {
    const stored = await ledger.readOpen();
    const run = { run_id: '${name}', at: '2026-11-21T06:00:00.000Z', actor: 'ada', kind: 'apply' };
    try {
      await ledger.replace(stored, { ...stored.entry, runs: [...stored.entry.runs, run] });
      done += 1;
    } catch (error) {
      if (!(error instanceof LedgerConflictError)) throw error;
    }
  }`;

describe('a ledger in a folder, of several processes', function () {
  this.timeout(60_000);
  const path = temporaryFolder();

  it('loses nothing that one of them has written', async () => {
    const ledger = ledgerInFolder(path('ledger'), SCOPE);
    await ledger.create(emptyEntry());
    const names = ['a', 'b', 'c', 'd'];
    expect(await Promise.all(names.map((name) => program(adding(path('ledger'), name, 25))))).to.deep.equal([
      0, 0, 0, 0,
    ]);
    const { runs } = (await ledger.readOpen())!.entry;
    const count = (name: string) => runs.filter(({ run_id: id }) => id === name).length;
    expect(names.map(count)).to.deep.equal([25, 25, 25, 25]);
    expect(readdirSync(path(`ledger/${INSIDE}`)).filter((name) => name.endsWith('.tmp'))).to.deep.equal([]);
  });

  it('is made once, however many make it', async () => {
    const create = (name: string) => `
      const entry = { ...${JSON.stringify(emptyEntry())}, id: '2026-11-21.${name}' };
      try {
        await ledgerInFolder(${JSON.stringify(path('ledger'))}, SCOPE).create(entry);
      } catch (error) {
        process.exitCode = error instanceof LedgerConflictError ? 7 : 1;
      }`;
    const codes = await Promise.all(['a', 'b', 'c', 'd'].map((name) => program(create(name))));
    expect(codes.map(String).toSorted()).to.deep.equal(['0', '7', '7', '7']);
  });

  it('is not held by a process that was killed while it wrote', async () => {
    const ledger = ledgerInFolder(path('ledger'), SCOPE);
    const stored = await ledger.create(emptyEntry());
    const folder = path(`ledger/${INSIDE}`);
    const dying = `await withFolderLock(${JSON.stringify(folder)}, () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => setInterval(() => {}, 1000)); });`;
    expect(await program(dying)).to.equal('SIGKILL');
    const next: LedgerEntry = { ...stored.entry, opened_at: '2026-11-21T07:00:00.000Z' };
    expect((await ledger.replace(stored, next)).entry).to.deep.equal(next);
    expect(await Promise.all(['a', 'b'].map((name) => program(adding(path('ledger'), name, 5))))).to.deep.equal([0, 0]);
  });
});

describe('a ledger on a disk', function () {
  this.timeout(60_000);
  const mounted: string[] = [];
  // Before the folder is removed that it is mounted in.
  afterEach(() => {
    for (const folder of mounted.splice(0)) spawnSync('umount', [folder]);
  });
  const path = temporaryFolder();

  /** A disk of so many kilobytes, where that can be had. */
  const disk = (test: Mocha.Context, size: string) => {
    mkdirSync(path('disk'));
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path('disk')]);
    if (status !== 0) test.skip();
    mounted.push(path('disk'));
  };

  it('that is full is left as it was', async function () {
    disk(this, '64k');
    const ledger = ledgerInFolder(path('disk'), SCOPE);
    const stored = await ledger.create(emptyEntry());
    try {
      writeFileSync(path('disk/other'), Buffer.alloc(128 * 1024));
    } catch {
      // As far as it goes.
    }
    expect(await userErrorOf(() => ledger.replace(stored, { ...stored.entry, runs: [] }))).to.deep.include({
      code: 'LEDGER_WRITE',
      exitCode: 3,
      message: `The ledger cannot be written: ${path(`disk/${INSIDE}`)}: ENOSPC: no space left on device.`,
    });
    expect(await ledger.readOpen()).to.deep.equal(stored);
  });

  it('that is read-only can be read, and is not written', async function () {
    disk(this, '64k');
    const ledger = ledgerInFolder(path('disk'), SCOPE);
    const stored = await ledger.create(emptyEntry());
    if (spawnSync('mount', ['-o', 'remount,ro', path('disk')]).status !== 0) this.skip();
    expect(await ledger.readOpen()).to.deep.equal(stored);
    expect(await userErrorOf(() => ledger.replace(stored, stored.entry))).to.deep.include({
      code: 'LEDGER_WRITE',
      exitCode: 3,
      message: `The ledger cannot be written: ${path(`disk/${INSIDE}`)}: EROFS: read-only file system.`,
    });
  });
});

describe('a ledger in a bucket, on the wire', function () {
  this.timeout(60_000);
  const emulator = withMiniStack();
  let client: S3Client;
  beforeEach(async () => {
    client = new S3Client({
      region: 'eu-west-1',
      endpoint: emulator().url,
      forcePathStyle: true,
      credentials: ROOT_CREDENTIALS,
    });
    await client.send(new CreateBucketCommand({ Bucket: 'state' }));
  });
  afterEach(() => {
    client.destroy();
  });
  const open = (scope = SCOPE, bucket = 'state') =>
    ledgerInBucket(client, { bucket, prefix: 'team' }, scope, new AbortController().signal);

  behavesAsALedger((scope) => open(scope));

  it('says that there is no such bucket', async () => {
    expect(await userErrorOf(() => open(SCOPE, 'elsewhere').readOpen())).to.deep.include({
      code: 'LEDGER_READ',
      exitCode: 3,
      suggestions: ['Make the bucket elsewhere, or name another with --ledger'],
    });
  });
});
