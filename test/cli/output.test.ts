import { expect } from 'chai';

import { isClosedPipe } from '../../src/cli/output.ts';
import { runScript } from '../support/process.ts';

describe('writing to standard output', function () {
  this.timeout(20_000);

  it('gives every piece in its order, and says nothing of it', async () => {
    const outcome = await runScript(`
      import { writeStdout } from 'SRC/cli/output.ts';
      await writeStdout(['a', '', 'b\\n', 'ü€😀']);
      await writeStdout([]);
    `);
    expect(outcome).to.deep.include({ stdout: 'ab\nü€😀', stderr: '', exitCode: 0, signal: null });
  });

  it('takes as much as there is, without a warning', async () => {
    const outcome = await runScript(`
      import { writeStdout } from 'SRC/cli/output.ts';
      function* pieces() { for (let n = 0; n < 60; n += 1) yield String(n % 10).repeat(1 << 20); }
      await writeStdout(pieces());
    `);
    expect(outcome.stderr).to.equal('');
    expect(outcome.exitCode).to.equal(0);
    const whole = Array.from({ length: 60 }, (_, n) => String(n % 10).repeat(1 << 20)).join('');
    expect(outcome.stdout === whole).to.equal(true);
  });

  it('stops, and is no error, where the reader has gone away', async () => {
    const outcome = await runScript(
      `
      import { writeStdout } from 'SRC/cli/output.ts';
      let asked = 0;
      function* lines() { for (; asked < 5_000_000; asked += 1) yield asked + '\\n'; }
      await writeStdout(lines());
      await writeStdout(['more']);
      process.stderr.write(asked < 5_000_000 ? 'stopped' : 'wrote it all');
    `,
      { closeAfter: { stream: 'stdout', characters: 1 } },
    );
    expect(outcome).to.deep.include({ stderr: 'stopped', exitCode: 0, signal: null });
  });

  it('throws what its pieces throw', async () => {
    const outcome = await runScript(`
      import { writeStdout } from 'SRC/cli/output.ts';
      function* broken() { yield 'a'; throw new Error('broken'); }
      await writeStdout(broken()).catch((error) => process.stderr.write(error.message));
    `);
    expect(outcome).to.deep.include({ stderr: 'broken', exitCode: 0 });
  });
});

describe('a closed pipe', () => {
  it('is known by its code', () => {
    expect(isClosedPipe(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))).to.equal(true);
    expect(isClosedPipe(Object.assign(new Error('gone'), { code: 'ERR_STREAM_DESTROYED' }))).to.equal(true);
    expect(isClosedPipe(Object.assign(new Error('full'), { code: 'ENOSPC' }))).to.equal(false);
    expect(isClosedPipe(new Error('EPIPE'))).to.equal(false);
    expect(isClosedPipe({ code: 'EPIPE' })).to.equal(false);
  });
});
