import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { ensureWritable, writeFileAtomically } from '../src/result-files.ts';
import { thrownBy, userErrorOf } from './support/errors.ts';
import { temporaryFolder } from './support/temporary.ts';

describe('writing a file', () => {
  const path = temporaryFolder();

  it('gives every piece in its order, text and bytes', async () => {
    await writeFileAtomically(path('out'), ['a', Buffer.from([0, 255]), 'ü']);
    expect([...readFileSync(path('out'))]).to.deep.equal([...Buffer.from('a'), 0, 255, ...Buffer.from('ü')]);
    expect(readdirSync(path())).to.deep.equal(['out']);
  });

  it('replaces what was there', async () => {
    writeFileSync(path('out'), 'something longer than what comes');
    await writeFileAtomically(path('out'), ['new']);
    expect(readFileSync(path('out'), 'utf8')).to.equal('new');
  });

  it('leaves what was there, and nothing beside it, where a piece cannot be made', async () => {
    writeFileSync(path('out'), 'old');
    const defect = new Error('broken');
    function* broken() {
      yield 'new';
      throw defect;
    }
    expect(await thrownBy(() => writeFileAtomically(path('out'), broken()))).to.equal(defect);
    expect(readFileSync(path('out'), 'utf8')).to.equal('old');
    expect(readdirSync(path())).to.deep.equal(['out']);
  });

  it('is refused in a folder that does not exist', async () => {
    expect(await userErrorOf(() => writeFileAtomically(path('nowhere/out'), ['x']))).to.deep.include({
      code: 'CANNOT_WRITE',
      suggestions: ['Choose a folder that exists and that you may write to'],
      exitCode: 2,
    });
  });

  it('is refused in the place of a folder, which stays as it is', async () => {
    mkdirSync(path('folder'));
    writeFileSync(path('folder/kept'), '');
    const { code, message } = await userErrorOf(() => writeFileAtomically(path('folder'), ['x']));
    expect(code).to.equal('CANNOT_WRITE');
    expect(message.startsWith(`${path('folder')} could not be written: `)).to.equal(true);
    expect(readdirSync(path())).to.deep.equal(['folder']);
    expect(readdirSync(path('folder'))).to.deep.equal(['kept']);
  });

  it('is refused in a folder that may not be written to', async function () {
    // Whoever is root may write anywhere.
    if (process.getuid?.() === 0) this.skip();
    mkdirSync(path('locked'));
    chmodSync(path('locked'), 0o500);
    const { code } = await userErrorOf(() => writeFileAtomically(path('locked/out'), ['x']));
    chmodSync(path('locked'), 0o700);
    expect(code).to.equal('CANNOT_WRITE');
    expect(readdirSync(path('locked'))).to.deep.equal([]);
  });
});

describe('ensureWritable', () => {
  const path = temporaryFolder();

  it('leaves nothing behind, and what is there as it is', async () => {
    writeFileSync(path('kept'), 'old');
    await ensureWritable(path('kept'));
    await ensureWritable(path('new'));
    expect(readdirSync(path())).to.deep.equal(['kept']);
    expect(readFileSync(path('kept'), 'utf8')).to.equal('old');
  });

  const refused: Readonly<Record<string, readonly [name: string, reason: string]>> = {
    'in a folder that does not exist': ['nowhere/out', 'ENOENT: no such file or directory'],
    'in the place of a folder': ['folder', 'EISDIR: it is a folder'],
    'below a file': ['file/out', 'ENOTDIR: not a directory'],
  };
  for (const [where, [name, reason]] of Object.entries(refused)) {
    it(`refuses a file ${where}`, async () => {
      mkdirSync(path('folder'));
      writeFileSync(path('file'), '');
      expect(await userErrorOf(() => ensureWritable(path(name)))).to.deep.equal({
        message: `${path(name)} could not be written: ${reason}.`,
        code: 'CANNOT_WRITE',
        suggestions: ['Choose a folder that exists and that you may write to'],
        exitCode: 2,
      });
      expect(readdirSync(path()).toSorted()).to.deep.equal(['file', 'folder']);
    });
  }
});
