import { expect } from 'chai';

import { healthRequest } from '../../src/cli/health.ts';
import type { HealthFlags } from '../../src/cli/health.ts';
import { parseReportOutputs } from '../../src/cli/report-output.ts';
import { userErrorOf } from '../support/errors.ts';

describe('what is asked of health', () => {
  const asked = (formats: readonly string[] = [], flags: Partial<HealthFlags> = {}, terminal = true) =>
    healthRequest(
      { environment: 'dev', 'print-iam-policy': false, quiet: false, ...flags },
      parseReportOutputs(formats, { json: false, terminal }),
    );

  it('is a table at a terminal, and the document in a pipe', () => {
    expect(asked()).to.deep.equal({
      environment: 'dev',
      config: undefined,
      region: undefined,
      quiet: false,
      format: 'table',
      file: undefined,
      summaryFile: undefined,
      printIamPolicy: false,
    });
    expect(asked([], {}, false).format).to.equal('json');
    expect(asked(['markdown']).format).to.equal('markdown');
  });

  it('names the file of the document, and one that the report is added to', () => {
    const request = asked(['table', 'json=health.json', 'markdown=summary.md']);
    expect([request.format, request.file, request.summaryFile]).to.deep.equal(['table', 'health.json', 'summary.md']);
    expect(asked(['json=health.json']).format).to.equal('table');
  });

  it('takes the place, the settings and the policy from the flags', () => {
    const flags = { region: 'eu-west-1', config: 'c.yaml', quiet: true, 'print-iam-policy': true };
    const { region, config, quiet, printIamPolicy } = asked([], flags);
    expect([region, config, quiet, printIamPolicy]).to.deep.equal(['eu-west-1', 'c.yaml', true, true]);
  });

  for (const flags of [{ 'from-files': ['a.json'] }, { from: '2026-11-01' }, { to: '2026-11-02' }, { step: 'day' }]) {
    const [name] = Object.keys(flags);
    it(`is not about scans: --${name}`, async () => {
      expect(await userErrorOf(() => asked([], flags))).to.deep.equal({
        message: `--kind health is about the stack as it is now, and --${name} is about scans.`,
        code: 'CONTRADICTION',
        suggestions: ['Leave one of the two out'],
        exitCode: 2,
      });
    });
  }

  for (const format of ['csv', 'csv=a.csv', 'table=a.txt']) {
    it(`is not shown as ${format}`, async () => {
      expect(await userErrorOf(() => asked([format]))).to.deep.equal({
        message: 'Health is shown as table, json or markdown, and written as json=FILE or markdown=FILE.',
        code: 'BAD_FORMAT',
        suggestions: ['Leave the other formats out'],
        exitCode: 2,
      });
    });
  }
});
