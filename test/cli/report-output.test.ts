import { readFileSync } from 'node:fs';

import { Chalk } from 'chalk';
import { expect } from 'chai';

import { parseReportOutputs, writeReport } from '../../src/cli/report-output.ts';
import { userErrorOf } from '../support/errors.ts';
import { dailyReport } from '../support/reports.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('where a report goes', () => {
  const pipe = { json: false, terminal: false };
  const terminal = { json: false, terminal: true };

  it('is a table at a terminal, and the document in a pipe or where --json asks for it', () => {
    expect(parseReportOutputs([], terminal)).to.deep.equal([{ format: 'table' }]);
    expect(parseReportOutputs([], pipe)).to.deep.equal([{ format: 'json' }]);
    expect(parseReportOutputs([], { json: true, terminal: true })).to.deep.equal([{ format: 'json' }]);
    expect(parseReportOutputs([], { json: true, terminal: false })).to.deep.equal([{ format: 'json' }]);
  });

  it('is what --format says, wherever it runs', () => {
    for (const where of [pipe, terminal]) {
      expect(parseReportOutputs(['csv', 'markdown=x.md'], where)).to.deep.equal([
        { format: 'csv' },
        { format: 'markdown', file: 'x.md' },
      ]);
    }
    expect(parseReportOutputs(['csv=x.csv'], { json: true, terminal: false })).to.deep.equal([
      { format: 'json' },
      { format: 'csv', file: 'x.csv' },
    ]);
  });

  it('is one place for each format', async () => {
    expect(await userErrorOf(() => parseReportOutputs(['sarif'], pipe))).to.deep.equal({
      message: 'There is no such format.',
      code: 'BAD_FORMAT',
      suggestions: ['The formats are table, json, csv, markdown, html; a file is given as -f json=scan.json'],
      exitCode: 2,
    });
    expect((await userErrorOf(() => parseReportOutputs(['csv'], { json: true, terminal: false }))).message).to.equal(
      'Two formats are to go to standard output.',
    );
  });
});

describe('writeReport', () => {
  const path = temporaryFolder();

  it('writes each file', async () => {
    const targets = [
      { format: 'json', file: path('x.json') },
      { format: 'table', file: path('x.txt') },
    ] as const;
    await writeReport(dailyReport(), targets, {
      chalk: new Chalk({ level: 0 }),
      limit: 50,
      toolVersion: '1.2.3',
      rules: [],
    });
    expect(JSON.parse(readFileSync(path('x.json'), 'utf8'))).to.deep.equal(dailyReport());
    expect(readFileSync(path('x.txt'), 'utf8')).to.match(/^Daily compliance report of dev/);
  });
});
