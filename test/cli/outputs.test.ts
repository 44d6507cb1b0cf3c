import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { parseOutputs, writeOutputs } from '../../src/cli/outputs.ts';
import type { OutputTarget, WriteSettings } from '../../src/cli/outputs.ts';
import type { Scan } from '../../src/engine/scan-document.ts';
import { FORMAT_NAMES } from '../../src/report/formats.ts';
import type { RenderContext } from '../../src/report/formats.ts';
import { userErrorOf } from '../support/errors.ts';
import { hostileScan, rules, scanOf, wellScan } from '../support/hostile-scan.ts';
import { context } from '../support/scans.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FORMATS = 'table, json, ndjson, sarif, junit, csv, markdown, github';

describe('parseOutputs', () => {
  const refusal = (formats: readonly string[], json = false) =>
    userErrorOf(() => parseOutputs(formats, json, FORMAT_NAMES));

  it('shows a table where nothing was asked for', () => {
    expect(parseOutputs([], false, FORMAT_NAMES)).to.deep.equal([{ format: 'table' }]);
  });

  it('takes every format, to standard output or into a file', () => {
    for (const format of FORMATS.split(', ')) {
      expect(parseOutputs([format], false, FORMAT_NAMES)).to.deep.equal([{ format }]);
      expect(parseOutputs([`${format}=a=b.txt`], false, FORMAT_NAMES)).to.deep.equal([{ format, file: 'a=b.txt' }]);
    }
  });

  it('puts the document of --json among the rest', () => {
    expect(parseOutputs(['sarif=a.sarif'], true, FORMAT_NAMES)).to.deep.equal([
      { format: 'json' },
      { format: 'sarif', file: 'a.sarif' },
    ]);
  });

  it('lets workflow commands and a table share standard output', () => {
    for (const pair of [
      ['table', 'github'],
      ['github', 'table'],
    ]) {
      expect(parseOutputs(pair, false, FORMAT_NAMES)).to.deep.equal(pair.map((format) => ({ format })));
    }
  });

  it('refuses a format that does not exist, and a file without a name', async () => {
    const suggestions = [`The formats are ${FORMATS}; a file is given as -f json=scan.json`];
    const rest = { code: 'BAD_FORMAT', suggestions, exitCode: 2 };
    expect(await refusal(['yaml'])).to.deep.equal({ message: 'There is no such format.', ...rest });
    expect(await refusal(['toString'])).to.deep.equal({ message: 'There is no such format.', ...rest });
    expect(await refusal(['csv='])).to.deep.equal({ message: '--format csv= names no file.', ...rest });
  });

  it('refuses two formats for one place, however it is spelled', async () => {
    const rest = {
      code: 'BAD_FORMAT',
      suggestions: ['Give all but one a file of its own: -f table -f json=scan.json'],
      exitCode: 2,
    };
    const toStdout = { message: 'Two formats are to go to standard output.', ...rest };
    expect(await refusal(['table', 'csv'])).to.deep.equal(toStdout);
    expect(await refusal(['table'], true)).to.deep.equal(toStdout);
    expect(await refusal(['github', 'github'])).to.deep.equal(toStdout);
    expect(await refusal(['github', 'json'])).to.deep.equal(toStdout);
    expect(await refusal(['table', 'table', 'github'])).to.deep.equal(toStdout);
    expect(await refusal(['csv=a.txt', 'json=./a.txt'])).to.deep.equal({
      message: 'Two formats are to go to ./a.txt.',
      ...rest,
    });
  });
});

/** What is written to standard output meanwhile. */
async function stdoutOf(call: () => Promise<void>): Promise<string> {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  const listeners = new Set(stdout.listeners('error'));
  let text = '';
  stdout.write = (piece: string | Uint8Array) => {
    text += String(piece);
    return true;
  };
  try {
    await call();
  } finally {
    stdout.write = write;
    // A command writes once and ends, so that its listener may stay; here there are many.
    for (const added of stdout.listeners('error') as (() => void)[]) {
      if (!listeners.has(added)) stdout.off('error', added);
    }
  }
  return text;
}

describe('writeOutputs', () => {
  const path = temporaryFolder();
  const write = (
    targets: readonly OutputTarget[],
    settings: Partial<WriteSettings> = {},
    { scan = wellScan, ...changes }: Partial<RenderContext> & { scan?: Scan } = {},
  ) => {
    const handed = context({ rules, ...changes });
    return stdoutOf(() => writeOutputs(scan, targets, handed, { keepFiles: false, env: {}, ...settings }));
  };
  const notice = '::notice title=Compliance scan::Score 100.00 of 100: 0 FAIL, 0 UNKNOWN, 0 WAIVED.\n';

  it('writes files whole, and nothing beside them', async () => {
    writeFileSync(path('scan.csv'), 'old');
    const shown = await write([
      { format: 'csv', file: path('scan.csv') },
      { format: 'github', file: path('scan.txt') },
    ]);
    expect(shown).to.equal('');
    expect(readdirSync(path()).toSorted()).to.deep.equal(['scan.csv', 'scan.txt']);
    expect(readFileSync(path('scan.csv'), 'utf8')).to.match(/^fingerprint,[\w,]*\r\n$/);
    expect(readFileSync(path('scan.txt'), 'utf8')).to.equal(notice);
  });

  it('leaves files as they are for a scan that was cut short', async () => {
    writeFileSync(path('scan.csv'), 'old');
    const targets = [{ format: 'github' }, { format: 'csv', file: path('scan.csv') }] as const;
    expect(await write(targets, { keepFiles: true })).to.equal(notice);
    expect(readFileSync(path('scan.csv'), 'utf8')).to.equal('old');
  });

  it('says which file cannot be written, before anything is shown', async () => {
    const file = path('missing/scan.csv');
    let shown = '';
    const error = await userErrorOf(async () => {
      shown = await write([{ format: 'github' }, { format: 'csv', file }]);
    });
    const message = `${file} could not be written: ENOENT: no such file or directory.`;
    expect([error.message, error.code, error.exitCode, shown]).to.deep.equal([message, 'CANNOT_WRITE', 2, '']);
  });

  it('shows the table first, with no command in it obeyed, and the workflow commands last', async () => {
    const shown = await write([{ format: 'github' }, { format: 'table' }], {}, { scan: scanOf(['::add-mask::x']) });
    const [, word, table, commands] =
      /^::stop-commands::([\da-f-]{36})\n(Compliance scan of .*)::\1::\n(.*)$/s.exec(shown) ?? [];
    expect(word).to.be.a('string');
    expect(table).to.include('::add-mask::x');
    expect(commands).to.match(/^::warning title=[^\n]*\n::notice title=[^\n]*\n$/);
  });

  it('stops the commands with another word each time', async () => {
    const words = new Set<string | undefined>();
    for (let time = 0; time < 2; time += 1) {
      words.add((await write([{ format: 'table' }, { format: 'github' }])).split('\n')[0]);
    }
    expect(words.size).to.equal(2);
  });

  it('shows a table alone as it is', async () => {
    expect(await write([{ format: 'table' }])).to.match(/^Compliance scan of /);
  });

  describe('with a job summary', () => {
    const summary = () => readFileSync(path('summary.md'), 'utf8');
    const env = () => ({ GITHUB_STEP_SUMMARY: path('summary.md') });
    const report =
      '## Compliance: 100.00 of 100\n\n3 resources, 3 verdicts: **0 FAIL**, 0 UNKNOWN, 0 WAIVED, 3 PASS, 0 N/A\n\nEnvironment dev, live AWS, as of 2026-11-03T04:05:06Z\n\nNo findings.\n';

    it('adds the Markdown report to what is there', async () => {
      writeFileSync(path('summary.md'), 'before\n');
      expect(await write([{ format: 'github' }], { env: env() })).to.equal(notice);
      expect(summary()).to.equal(`before\n${report}`);
    });

    it('adds it for a scan that was cut short, and where the commands go into a file', async () => {
      await write([{ format: 'github', file: path('commands.txt') }], { env: env(), keepFiles: true });
      expect(summary()).to.equal(report);
    });

    it('adds nothing for other formats, or where there is no summary', async () => {
      writeFileSync(path('summary.md'), '');
      await write([{ format: 'markdown' }], { env: env() });
      await write([{ format: 'github' }], { env: { GITHUB_STEP_SUMMARY: '' } });
      expect([readdirSync(path()), summary()]).to.deep.equal([['summary.md'], '']);
    });

    it('cuts it after a whole line at the mebibyte that GitHub takes, and says so', async () => {
      const before = '.'.repeat(500_000);
      writeFileSync(path('summary.md'), before);
      const scan = scanOf(Array.from({ length: 8000 }, (_, index) => `i-${index}-é`));
      await write([{ format: 'github' }], { env: env() }, { scan, limit: 8000 });
      const size = Buffer.byteLength(summary());
      expect(size).to.be.within((1 << 20) - 200, 1 << 20);
      const lines = summary().slice(before.length).split('\n');
      expect(lines.slice(-5, -1).map((line) => line.replaceAll(/\d+/g, '0'))).to.deep.equal([
        '| medium | ec0-required-tags | i-0-é | 0, eu-west-0 | It is i-0-é. |',
        '',
        '',
        '**Cut here:** GitHub takes no longer summary of a step.',
      ]);
    });

    it('adds nothing to a summary that is full', async () => {
      const full = '.'.repeat((1 << 20) - 10);
      writeFileSync(path('summary.md'), full);
      await write([{ format: 'github' }], { env: env() }, { scan: hostileScan });
      expect(summary() === full).to.equal(true);
    });

    it('says where it cannot be written', async () => {
      mkdirSync(path('summary.md'));
      const error = await userErrorOf(() => write([{ format: 'github' }], { env: env() }));
      expect(error).to.deep.equal({
        message: `${path('summary.md')} could not be written: EISDIR: illegal operation on a directory.`,
        code: 'CANNOT_WRITE',
        suggestions: ['Choose a folder that exists and that you may write to'],
        exitCode: 2,
      });
    });
  });
});
