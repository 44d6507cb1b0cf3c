import { join } from 'node:path';

import { expect } from 'chai';

import { runCli } from '../support/cli.ts';
import { runScript } from '../support/process.ts';

describe('the command line', function () {
  this.timeout(30_000);

  const hint = '  See what there is with --help\n';
  const seen = ({ stdout, stderr, exitCode }: { stdout: string; stderr: string; exitCode: number | null }) => ({
    stdout,
    stderr,
    exitCode,
  });
  const errorDocument = (message: string, code = 'USAGE', suggestions = ['See what there is with --help']) =>
    `${JSON.stringify({ schema: 'compliancectl.error/1', error: { code, message, suggestions } }, undefined, 2)}\n`;

  const wrong: readonly (readonly [args: readonly string[], text: string, json: string])[] = [
    [['scan', '--hunter2'], 'Nonexistent flag: --hunter2.', 'A flag does not exist.'],
    [['hunter2'], 'There is no command hunter2.', 'The command or its flags are wrong.'],
    [['scan', 'hunter2'], 'There is no command scan hunter2.', 'The command or its flags are wrong.'],
    [
      ['scan', '--local', '--limit', 'hunter2'],
      '--limit: expected an integer but received: hunter2.',
      'The command or its flags are wrong.',
    ],
    [
      ['scan', '--local', '--fail-on', 'hunter2'],
      'Expected --fail-on=hunter2 to be one of: critical, high, medium, low, info, new.',
      'A flag or an argument has a value that is not allowed.',
    ],
    [
      ['scan', '--local', '--region', 'hunter2', '--all-regions'],
      '--region=hunter2 cannot also be provided when using --all-regions.',
      'The flags do not go together.',
    ],
  ];
  for (const [args, text, json] of wrong) {
    it(`says what is wrong with: ${args.join(' ')}`, async () => {
      expect(seen(await runCli({ args }))).to.deep.equal({
        stdout: '',
        stderr: `Error: ${text}\n${hint}`,
        exitCode: 2,
      });
    });

    it(`says it in a document that does not echo the arguments: ${args.join(' ')} --json`, async () => {
      const outcome = seen(await runCli({ args: [...args, '--json'] }));
      expect(outcome).to.deep.equal({
        stdout: errorDocument(json),
        stderr: `Error: ${json}\n${hint}`,
        exitCode: 2,
      });
      expect(outcome.stdout + outcome.stderr).to.not.include('hunter2');
    });
  }

  it('gives help, and is well', async () => {
    const { stdout, stderr, exitCode } = await runCli({ args: ['scan', '--help'] });
    expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 0 });
    expect(stdout.split('\n')[0]).to.equal('Check an estate against the rules.');
  });

  it('says what a person can mend, in a sentence with what to do', async () => {
    const message = '--snapshot is for a scan that runs here: add --local.';
    const suggestion = 'Without --local the deployed function scans, by the settings it was deployed with';
    expect(seen(await runCli({ args: ['scan', '--snapshot', 'x'] }))).to.deep.equal({
      stdout: '',
      stderr: `Error: ${message}\n  ${suggestion}\n`,
      exitCode: 2,
    });
    expect(seen(await runCli({ args: ['scan', '--snapshot', 'x', '--json'] }))).to.deep.equal({
      stdout: errorDocument(message, 'NEEDS_LOCAL', [suggestion]),
      stderr: `Error: ${message}\n  ${suggestion}\n`,
      exitCode: 2,
    });
  });

  const echoed: readonly (readonly [args: readonly string[], code: string, message: string, ...hints: string[]])[] = [
    [
      ['-r', 'hunter2'],
      'BAD_REGION',
      '… is not the name of a region.',
      'Name regions as AWS does, separated by commas: --region eu-west-1,us-east-1',
      'Pass --all-regions to read every enabled one',
    ],
    [['--snapshot', 'hunter2'], 'SNAPSHOT_MISSING', 'There is no file ….', 'Check the path'],
    [['--config', 'hunter2'], 'CONFIG_MISSING', 'There is no file ….', 'Check the path of --config'],
    [['--rule', 'hunter2'], 'UNKNOWN_RULE', 'There is no rule ….', 'List them all: compliancectl rules'],
    [
      ['--baseline', 'hunter2'],
      'BASELINE_MISSING',
      'There is no file ….',
      'Write a baseline with: compliancectl scan --local --json > baseline.json',
    ],
    [
      ['--save-snapshot', 'hunter2/x'],
      'CANNOT_WRITE',
      '… could not be written: ENOENT: no such file or directory.',
      'Choose a folder that exists and that you may write to',
    ],
    [
      ['-f', 'csv=hunter2', '-f', 'markdown=hunter2'],
      'BAD_FORMAT',
      'Two formats are to go to ….',
      'Give all but one a file of its own: -f table -f json=scan.json',
    ],
  ];
  for (const [args, code, message, ...hints] of echoed) {
    it(`repeats no argument in a document: ${args.join(' ')} --json`, async () => {
      const outcome = seen(await runCli({ args: ['scan', '--local', '--json', ...args] }));
      expect(outcome).to.deep.equal({
        stdout: errorDocument(message, code, hints),
        stderr: `Error: ${message}\n${hints.map((line) => `  ${line}\n`).join('')}`,
        exitCode: 2,
      });
    });
  }

  it('lets no argument move the cursor', async () => {
    const { stderr, exitCode } = await runCli({ args: ['scan', '--local', '--snapshot', '\u001b[2J\u202enowhere'] });
    expect({ stderr, exitCode }).to.deep.equal({
      stderr: 'Error: There is no file [2Jnowhere.\n  Check the path\n',
      exitCode: 2,
    });
  });

  it('keeps its exit code where nobody reads what it says', async () => {
    for (const stream of ['stdout', 'stderr'] as const) {
      const args = stream === 'stdout' ? ['scan', '--help'] : ['hunter2'];
      const outcome = await runCli({ args, closeAfter: { stream, characters: 0 } });
      expect(outcome.exitCode, stream).to.equal(stream === 'stdout' ? 0 : 2);
    }
  });

  describe('with a command that is broken', () => {
    const root = join(import.meta.dirname, '../..');
    /** Runs `main` where loading the package itself goes wrong in a way nobody foresaw. */
    const broken = async (...argv: string[]) =>
      runScript(
        `
        import { main } from 'SRC/cli/main.ts';
        const options = { get root() { throw new TypeError('a \\u001b[31mdefect'); } };
        await main(${JSON.stringify(argv)}, options);
      `,
        { cwd: root },
      );

    it('keeps the stack of a defect, and is not taken for findings', async () => {
      const { stdout, stderr, exitCode } = await broken('scan');
      expect({ stdout, exitCode }).to.deep.equal({ stdout: '', exitCode: 3 });
      const [first, second] = stderr.split('\n');
      expect(first).to.equal('Error: this is a defect of compliancectl: TypeError: a [31mdefect');
      expect(second).to.match(/^ {4}at /);
    });

    it('gives no detail of a defect in its document', async () => {
      const { stdout, exitCode } = await broken('scan', '--json');
      expect({ stdout, exitCode }).to.deep.equal({
        stdout: errorDocument('This is a defect of compliancectl.', 'DEFECT', []),
        exitCode: 3,
      });
    });

    it('may throw what is no error at all', async () => {
      const { stderr, exitCode } = await runScript(`
        import { main } from 'SRC/cli/main.ts';
        await main([], { get root() { throw 'a string'; } });
      `);
      expect(exitCode).to.equal(3);
      expect(stderr.split('\n')[0]).to.equal('Error: this is a defect of compliancectl: Error: a string');
    });

    it('is silent where the pipe was closed under it', async () => {
      const outcome = await runScript(`
        import { main } from 'SRC/cli/main.ts';
        await main([], { get root() { throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }); } });
      `);
      expect(outcome).to.deep.include({ stdout: '', stderr: '', exitCode: 0 });
    });
  });
});
