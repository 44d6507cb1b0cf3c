import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { createFile, isCi, makeFolder, replaceFile, stateFolder, systemCodeOf } from '../src/state-files.ts';
import { networkError } from './support/aws-errors.ts';
import { thrownBy } from './support/errors.ts';
import { temporaryFolder } from './support/temporary.ts';

describe('isCi', () => {
  for (const [value, ci] of [
    [undefined, false],
    ['', false],
    ['0', false],
    ['false', false],
    ['False', false],
    ['1', true],
    ['true', true],
    ['woodpecker', true],
  ] as const) {
    it(`takes ${value ?? 'none'} for ${ci ? 'CI' : 'a person'}`, () => {
      expect(isCi(value === undefined ? {} : { CI: value })).to.equal(ci);
    });
  }
});

describe('stateFolder', () => {
  it('is where XDG_STATE_HOME says, unless that is relative', () => {
    expect(stateFolder({ XDG_STATE_HOME: '/state', HOME: '/home/ada' })).to.equal('/state/compliancectl');
    expect(stateFolder({ XDG_STATE_HOME: 'state', HOME: '/home/ada' })).to.equal(
      '/home/ada/.local/state/compliancectl',
    );
    expect(stateFolder({})).to.match(/^\/.*\/\.local\/state\/compliancectl$/);
  });
});

describe('a file that is written', () => {
  const path = temporaryFolder();
  const modeOf = (name: string) => (statSync(path(name)).mode & 0o777).toString(8);

  it('is created once, and readable by the user alone', async () => {
    expect(await createFile(path('file'), 'first')).to.equal(true);
    expect(await createFile(path('file'), 'second')).to.equal(false);
    expect([readFileSync(path('file'), 'utf8'), modeOf('file'), readdirSync(path())]).to.deep.equal([
      'first',
      '600',
      ['file'],
    ]);
  });

  it('takes the place of another', async () => {
    writeFileSync(path('file'), 'first', { mode: 0o644 });
    await replaceFile(path('file'), 'second');
    expect([readFileSync(path('file'), 'utf8'), modeOf('file'), readdirSync(path())]).to.deep.equal([
      'second',
      '600',
      ['file'],
    ]);
  });

  it('leaves nothing behind where it cannot be put in its place', async () => {
    mkdirSync(path('file'));
    expect(systemCodeOf(await thrownBy(() => replaceFile(path('file'), 'text')))).to.equal('EISDIR');
    expect(systemCodeOf(await thrownBy(() => createFile(path('none/file'), 'text')))).to.equal('ENOENT');
    expect(readdirSync(path())).to.deep.equal(['file']);
    const long = 'x'.repeat(300);
    expect(systemCodeOf(await thrownBy(() => createFile(path(long), 'text')))).to.equal('ENAMETOOLONG');
    expect(readdirSync(path())).to.deep.equal(['file']);
  });

  it('lies in a folder that the user alone can enter, made with those above it', async () => {
    await makeFolder(path('a/b/c'));
    await makeFolder(path('a/b/c'));
    expect(['a', 'a/b', 'a/b/c'].map(modeOf)).to.deep.equal(['700', '700', '700']);
  });
});

describe('systemCodeOf', () => {
  it('gives a code of the system, and nothing of anything else', () => {
    expect(systemCodeOf(networkError('ENOSPC', 'no space left'))).to.equal('ENOSPC');
    expect([new Error('plain'), Object.assign(new Error('odd'), { code: 7 }), 'text'].map(systemCodeOf)).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
