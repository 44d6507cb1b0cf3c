import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { withFolderLock } from '../../src/optimize/folder-lock.ts';
import { closed, entryText } from '../../src/optimize/ledger-entry.ts';
import { ledgerInFolder } from '../../src/optimize/ledger-folder.ts';
import { networkError } from '../support/aws-errors.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { behavesAsALedger, emptyEntry, LATER } from '../support/ledger-stores.ts';
import { DEAD_PID, SCOPE } from '../support/scaled-estate.ts';
import { temporaryFolder } from '../support/temporary.ts';

const INSIDE = '111122223333/eu-west-1/dev';

describe('a ledger in a folder', () => {
  const path = temporaryFolder();
  behavesAsALedger((scope = SCOPE) => ledgerInFolder(path('ledger'), scope));

  const ledger = () => ledgerInFolder(path('ledger'), SCOPE);
  const folder = () => path(`ledger/${INSIDE}`);

  it('is for the user alone, and leaves nothing behind but the number of its last lock', async () => {
    expect(ledger().place).to.equal(folder());
    const first = await ledger().create(emptyEntry());
    await ledger().replace(first, closed(first.entry, LATER));
    expect(readdirSync(folder()).toSorted()).to.deep.equal(['.lock.2', '2026-11-21.run.json', 'open.json']);
    const modeOf = (name: string) => (statSync(name).mode & 0o777).toString(8);
    expect(['open.json', '2026-11-21.run.json', '.lock.2'].map((name) => modeOf(join(folder(), name)))).to.deep.equal([
      '600',
      '600',
      '600',
    ]);
    expect(['ledger', 'ledger/111122223333', `ledger/${INSIDE}`].map((name) => modeOf(path(name)))).to.deep.equal([
      '700',
      '700',
      '700',
    ]);
    expect(readFileSync(join(folder(), 'open.json'), 'utf8')).to.equal(entryText(closed(emptyEntry(), LATER)));
  });

  it('takes the open entry for the truth where a run died between archive and entry', async () => {
    const first = await ledger().create(emptyEntry());
    writeFileSync(join(folder(), '2026-11-21.run.json'), entryText(closed(first.entry, LATER)));
    expect(await ledger().read('2026-11-21.run')).to.deep.equal(emptyEntry());
    expect(await ledger().readOpen()).to.deep.equal(first);
  });

  it('never overwrites what it cannot read', async () => {
    const first = await ledger().create(emptyEntry());
    writeFileSync(join(folder(), 'open.json'), '{"schema":');
    for (const call of [
      () => ledger().readOpen(),
      () => ledger().read('2026-11-21.run'),
      () => ledger().create(emptyEntry('other')),
      () => ledger().replace(first, first.entry),
    ]) {
      expect((await userErrorOf(call)).code).to.equal('LEDGER_DAMAGED');
    }
    writeFileSync(join(folder(), 'open.json'), entryText(emptyEntry('run', { ...SCOPE, region: 'us-east-1' })));
    expect((await userErrorOf(() => ledger().create(emptyEntry('other')))).code).to.equal('LEDGER_OTHER');
  });

  it('says what the system refuses', async () => {
    writeFileSync(path('file'), '');
    expect(await userErrorOf(() => ledgerInFolder(path('file'), SCOPE).create(emptyEntry()))).to.deep.equal({
      code: 'LEDGER_WRITE',
      exitCode: 3,
      message: `The ledger cannot be written: ${path(`file/${INSIDE}`)}: ENOTDIR: not a directory.`,
      suggestions: ['Make it writable for you, or name another place with --ledger or XDG_STATE_HOME'],
    });
    mkdirSync(join(folder(), 'open.json'), { recursive: true });
    expect(await userErrorOf(() => ledger().readOpen())).to.deep.include({
      code: 'LEDGER_READ',
      message: `The ledger cannot be read: ${join(folder(), 'open.json')}: EISDIR: illegal operation on a directory.`,
    });
  });

  it('is left as it was where the disk is full', async () => {
    const first = await ledger().create(emptyEntry());
    const { rename } = fs;
    let fullAt = 1;
    fs.rename = async (from, to) => {
      if (String(to).endsWith('.json')) {
        fullAt -= 1;
        if (fullAt === 0) throw networkError('ENOSPC', "ENOSPC: no space left on device, rename 'a' -> 'b'");
      }
      return rename(from, to);
    };
    syncBuiltinESMExports();
    try {
      // The entry itself; its archive; the entry after its archive.
      for (const [at, entry] of [
        [1, emptyEntry()],
        [1, closed(emptyEntry(), LATER)],
        [2, closed(emptyEntry(), LATER)],
      ] as const) {
        fullAt = at;
        expect(await userErrorOf(() => ledger().replace(first, entry))).to.deep.equal({
          code: 'LEDGER_WRITE',
          exitCode: 3,
          message: `The ledger cannot be written: ${folder()}: ENOSPC: no space left on device.`,
          suggestions: ['Make room for it, or name another place with --ledger or XDG_STATE_HOME'],
        });
        expect(await ledger().readOpen()).to.deep.equal(first);
      }
    } finally {
      fs.rename = rename;
      syncBuiltinESMExports();
    }
    expect((await ledger().replace(first, closed(first.entry, LATER))).entry.status).to.equal('closed');
  });

  it('passes on what is a defect of ours', async () => {
    const { readFile } = fs;
    fs.readFile = () => Promise.reject(new TypeError('defect'));
    syncBuiltinESMExports();
    try {
      expect(await thrownBy(() => ledger().readOpen())).to.be.instanceOf(TypeError);
    } finally {
      fs.readFile = readFile;
      syncBuiltinESMExports();
    }
  });
});

describe('the lock of a folder', () => {
  const path = temporaryFolder();
  const lock = (number: number, host: string, pid: number) => {
    writeFileSync(path(`.lock.${number}`), JSON.stringify({ host, pid }));
  };
  const locks = () => readdirSync(path()).toSorted();

  it('lets one in at a time, and gives what the work gives', async () => {
    const inside: string[] = [];
    const work = async (name: string) => {
      inside.push(`${name} in`);
      await fs.readdir(path());
      inside.push(`${name} out`);
      return name;
    };
    const names = ['a', 'b', 'c'];
    expect(await Promise.all(names.map((name) => withFolderLock(path(), () => work(name))))).to.deep.equal(names);
    const order = inside.filter((said) => said.endsWith(' in')).map((said) => said.slice(0, 1));
    expect(inside).to.deep.equal(order.flatMap((name) => [`${name} in`, `${name} out`]));
    expect(locks()).to.deep.equal(['.lock.3']);
  });

  it('is given back where the work fails', async () => {
    const error = new Error('no');
    expect(
      await thrownBy(() =>
        withFolderLock(path(), () => {
          throw error;
        }),
      ),
    ).to.equal(error);
    expect(readFileSync(path('.lock.1'), 'utf8')).to.equal('');
    expect(await withFolderLock(path(), async () => 'in')).to.equal('in');
  });

  it('is not kept by a dead process, nor by one that was cut off while giving it back', async () => {
    lock(6, 'elsewhere', 1);
    lock(7, hostname(), DEAD_PID);
    expect(await withFolderLock(path(), async () => locks())).to.deep.equal(['.lock.8']);
    writeFileSync(path('.lock.9'), '{"host":');
    expect(await withFolderLock(path(), async () => locks())).to.deep.equal(['.lock.10']);
  });

  for (const [who, host, pid] of [
    ['a living process', hostname(), process.pid],
    ['a process of another host', 'elsewhere', DEAD_PID],
  ] as const) {
    it(`is kept by ${who}, until patience ends`, async () => {
      lock(7, host, pid);
      expect(await userErrorOf(() => withFolderLock(path(), async () => 'in', { patience: 50 }))).to.deep.equal({
        code: 'LEDGER_LOCKED',
        exitCode: 3,
        message: `Process ${pid} on ${host} is writing to the ledger and does not come to an end.`,
        suggestions: ['Try again in a minute', `If there is no such process any more, remove ${path('.lock.7')}`],
      });
      expect(locks()).to.deep.equal(['.lock.7']);
    });
  }

  it('is not had by who looked long ago', async () => {
    const { link } = fs;
    let slow = true;
    fs.link = async (from, to) => {
      // While this one prepared number 1, others came and went.
      if (slow) {
        slow = false;
        writeFileSync(path('.lock.5'), '');
      }
      return link(from, to);
    };
    syncBuiltinESMExports();
    try {
      expect(await withFolderLock(path(), async () => locks())).to.deep.equal(['.lock.6']);
    } finally {
      fs.link = link;
      syncBuiltinESMExports();
    }
  });

  it('is not had where the file system has no links', async () => {
    const { link } = fs;
    fs.link = () => Promise.reject(networkError('EPERM', 'operation not permitted'));
    syncBuiltinESMExports();
    try {
      expect(await thrownBy(() => withFolderLock(path(), async () => 'in'))).to.have.property('code', 'EPERM');
    } finally {
      fs.link = link;
      syncBuiltinESMExports();
    }
    expect(locks()).to.deep.equal([]);
  });

  it('is given back on a full disk too', async () => {
    const { rename } = fs;
    fs.rename = async () => {
      throw networkError('ENOSPC', 'no space left on device');
    };
    syncBuiltinESMExports();
    try {
      await withFolderLock(path(), async () => undefined);
    } finally {
      fs.rename = rename;
      syncBuiltinESMExports();
    }
    expect([locks(), readFileSync(path('.lock.1'), 'utf8')]).to.deep.equal([['.lock.1'], '']);
  });

  it('passes on what the system says of its files', async () => {
    expect(await thrownBy(() => withFolderLock(path('none'), async () => 'in'))).to.have.property('code', 'ENOENT');
    mkdirSync(path('.lock.3'));
    expect(await thrownBy(() => withFolderLock(path(), async () => 'in'))).to.have.property('code', 'EISDIR');
  });
});
