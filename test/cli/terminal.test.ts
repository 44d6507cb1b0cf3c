import { expect } from 'chai';

import { runScript } from '../support/process.ts';

describe('colour', function () {
  this.timeout(20_000);

  const levels = async (env: Record<string, string>) => {
    const { stdout } = await runScript(
      `
      import { colourFor } from 'SRC/cli/terminal.ts';
      process.stdout.write(JSON.stringify(['stdout', 'stderr'].map((stream) => colourFor(stream, process.env).level)));
    `,
      { env },
    );
    return JSON.parse(stdout) as unknown;
  };

  const table: readonly (readonly [env: Record<string, string>, level: number])[] = [
    [{}, 0],
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 0],
    [{ FORCE_COLOR: '1' }, 1],
    [{ FORCE_COLOR: '3' }, 3],
    [{ FORCE_COLOR: '0' }, 0],
    [{ NO_COLOR: '1' }, 0],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, 0],
    [{ NO_COLOR: '', FORCE_COLOR: '1' }, 1],
  ];
  for (const [env, level] of table) {
    it(`is of level ${level} in a pipe with ${JSON.stringify(env)}`, async () => {
      expect(await levels(env)).to.deep.equal([level, level]);
    });
  }
});
