import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { runCli } from '../support/cli.ts';
import type { CliOptions } from '../support/cli.ts';
import { counts, finding, head } from '../support/scans.ts';
import { documentText } from '../support/stored-scans.ts';
import { temporaryFolder } from '../support/temporary.ts';

const scan = (scan_id: string, time: string) =>
  documentText(
    {
      scan_id,
      report_timestamp: time,
      by_rule: { 'ec2-required-tags': counts({ total: 2, compliant: 1, non_compliant: 1 }) },
      summary: { ...head().summary, score: 50, evaluated_percentage: 100 },
    },
    [finding()],
  );

describe('compliancectl report', function () {
  this.timeout(20_000);
  const path = temporaryFolder();
  const cli = async (args: readonly string[], options: Partial<CliOptions> = {}) => {
    const { stdout, stderr, exitCode } = await runCli({ args: ['report', ...args], cwd: path(), ...options });
    return { stdout, stderr, exitCode };
  };
  beforeEach(() => {
    writeFileSync(path('a.json'), scan('a', '2026-11-19T06:00:00.000Z'));
    writeFileSync(path('b.json'), scan('b', '2026-11-20T06:00:00.000Z'));
  });

  it('gives the document in a pipe, from files and from standard input alike', async () => {
    const { stdout, stderr, exitCode } = await cli(['--from-files', 'a.json', 'b.json']);
    expect({ stderr, exitCode }).to.deep.equal({ stderr: '', exitCode: 0 });
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).to.deep.include({ kind: 'daily', date: '2026-11-20', scansAnalyzed: 1 });
    expect(report['changes']).to.deep.include({ new: 0, still_open: 1, resolved: 0 });
    const stdin = ['a.json', 'b.json'].map((name) => readFileSync(path(name), 'utf8')).join('');
    expect(await cli(['--from-files', '-', '--json'], { stdin })).to.deep.equal({ stdout, stderr, exitCode });
  });

  it('shows a trend as a table, and writes it as CSV', async () => {
    const { stdout, exitCode } = await cli(['--kind', 'trend', '--from-files', '.', '-f', 'table', '-f', 'csv=t.csv']);
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/^Compliance trend of dev, 2026-11-19 to 2026-11-20 \(UTC\)\n\n2 scans\.\n/);
    expect(readFileSync(path('t.csv'), 'utf8').split('\r\n').length).to.equal(4);
  });

  it('writes a page for a browser', async () => {
    const args = ['--kind', 'executive', '--from-files', 'a.json', 'b.json', '-f', 'html=summary.html'];
    expect(await cli(args)).to.deep.equal({ stdout: '', stderr: '', exitCode: 0 });
    const page = readFileSync(path('summary.html'), 'utf8');
    expect(page)
      .to.match(/^<!DOCTYPE html>\n<html lang="en">\n/)
      .and.match(/<\/html>\n$/);
    expect(page).to.include('<title>Executive compliance summary of dev, 2026-11-20 (UTC)</title>');
    expect(page).to.include('<footer><p>compliancectl 0.1.0 · scan <bdi>b</bdi></p>');
  });

  it('names the time zone, and refuses one that there is none of', async () => {
    const { stdout } = await cli(['--from-files', 'b.json', '--timezone', 'Asia/Tokyo']);
    expect(JSON.parse(stdout)).to.deep.include({ time_zone: 'Asia/Tokyo', from: '2026-11-19T15:00:00.000Z' });
    expect(await cli(['--from-files', 'b.json', '--timezone', 'Asia/Nowhere'])).to.deep.equal({
      stdout: '',
      stderr: 'Error: There is no time zone "Asia/Nowhere".\n  Give an IANA name, such as Europe/Berlin or UTC\n',
      exitCode: 2,
    });
  });

  it('says under --json what is wrong, and repeats nothing that was typed', async () => {
    const { stdout, exitCode } = await cli(['--from-files', 'secret.json', '--json']);
    expect(exitCode).to.equal(2);
    expect(JSON.parse(stdout)).to.deep.equal({
      schema: 'compliancectl.error/1',
      error: {
        code: 'CANNOT_READ',
        message: 'There is no file or folder ….',
        suggestions: ['Save a scan with: compliancectl scan -f json=scan.json'],
      },
    });
  });

  it('ends with 4 where a file could not be read, and with 0 where that is allowed', async () => {
    writeFileSync(path('cut.json'), scan('c', '2026-11-20T12:00:00.000Z').slice(0, -20));
    const files = ['--from-files', 'a.json', 'b.json', 'cut.json'];
    const { stderr, exitCode } = await cli(files);
    expect({ stderr, exitCode }).to.deep.equal({
      stderr: '1 stored scan or result could not be read: the report names them.\n',
      exitCode: 4,
    });
    const { stderr: quiet, exitCode: allowed } = await cli(['-q', '--allow-incomplete', ...files]);
    expect({ quiet, allowed }).to.deep.equal({ quiet: '', allowed: 0 });
  });

  it('says before the work that a file cannot be written', async () => {
    const { stderr, exitCode } = await cli(['--from-files', 'a.json', '-f', 'json=missing/x.json']);
    expect(exitCode).to.equal(2);
    expect(stderr).to.match(/^Error: missing\/x\.json could not be written: ENOENT/);
    expect(existsSync(path('missing'))).to.equal(false);
  });
});
