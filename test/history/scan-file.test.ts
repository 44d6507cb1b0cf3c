import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { readBaseline } from '../../src/history/scan-file.ts';
import { UserError } from '../../src/user-error.ts';

const failure = {
  fingerprint: 'f1',
  rule_id: 'ec2-required-tags',
  severity: 'medium',
  resource_type: 'AWS::EC2::Instance',
  resource_id: 'i-1',
  resource_arn: 'arn:1',
  account_id: '111122223333',
  region: 'eu-west-1',
  facts: [{ key: 'missing/Owner', message: 'The tag Owner is missing.' }],
};
const document = {
  schema: 'compliancectl.scan/1',
  scan_id: 'scan-0',
  report_timestamp: '2026-11-20T00:00:00.000Z',
  summary: {},
  evaluations: [
    { ...failure, status: 'FAIL', message: 'It fails.', category: 'tagging', later_key: 1 },
    { ...failure, fingerprint: 'f2', status: 'WAIVED' },
    { ...failure, fingerprint: 'f3', status: 'UNKNOWN' },
  ],
};

describe('readBaseline', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'compliancectl-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const file = (content: string | Buffer) => {
    const name = join(directory, 'baseline.json');
    writeFileSync(name, content);
    return name;
  };
  const refusal = (name: string) => {
    try {
      readBaseline(name);
    } catch (error) {
      if (error instanceof UserError) return [error.code, error.message.replace(directory, '.'), error.exitCode];
      throw error;
    }
    throw new Error('it was accepted');
  };

  const expected = { scanId: 'scan-0', reportTimestamp: '2026-11-20T00:00:00.000Z', failures: [failure] };

  it('gives the failures of a scan document', () => {
    expect(readBaseline(file(JSON.stringify(document)))).to.deep.equal(expected);
  });

  it('reads a gzipped document too', () => {
    expect(readBaseline(file(gzipSync(JSON.stringify(document))))).to.deep.equal(expected);
  });

  it('refuses a file that is not there', () => {
    expect(refusal(join(directory, 'no.json'))).to.deep.equal(['BASELINE_MISSING', 'There is no file ./no.json.', 2]);
  });

  it('refuses a folder', () => {
    expect(refusal(directory)[0]).to.equal('BASELINE_UNREADABLE');
  });

  const cases: [what: string, content: string | Buffer, code: string, message: string][] = [
    [
      'a document that was cut short',
      JSON.stringify(document).slice(0, -9),
      'BASELINE_FOREIGN',
      './baseline.json is not JSON, or was cut short.',
    ],
    ['an empty file', '', 'BASELINE_FOREIGN', './baseline.json is not JSON, or was cut short.'],
    [
      'another JSON document',
      '{"version":"2.1.0"}',
      'BASELINE_FOREIGN',
      './baseline.json is not a scan document of compliancectl.',
    ],
    [
      'a document without evaluations',
      '{"schema":"compliancectl.scan/1"}',
      'BASELINE_FOREIGN',
      './baseline.json is not a scan document of compliancectl.',
    ],
    [
      'a newer document',
      '{"schema":"compliancectl.scan/2"}',
      'BASELINE_VERSION',
      './baseline.json is a scan document of another version (compliancectl.scan/2).',
    ],
  ];
  for (const [what, content, code, message] of cases) {
    it(`refuses ${what}`, () => {
      expect(refusal(file(content))).to.deep.equal([code, message, 2]);
    });
  }

  it('refuses a gzip stream that was cut short', () => {
    expect(refusal(file(gzipSync(JSON.stringify(document)).subarray(0, 60)))[0]).to.equal('BASELINE_UNREADABLE');
  });
});
