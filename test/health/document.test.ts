import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { healthDocument, healthExitCode } from '../../src/health/document.ts';
import { CHECKS, finding, quoted } from '../../src/health/finding.ts';
import type { Judged } from '../../src/health/parts.ts';
import { dueQuery } from '../../src/health/metrics.ts';
import type { Gap } from '../../src/engine/evaluation.ts';
import { specOf } from '../support/stacks.ts';

const now = new Date('2026-11-21T12:00:00Z');
const spec = specOf('standard');
const redeploy = { remedy: 'Deploy again.', command: 'compliancectl deploy' };
const part = (status: Judged['status'], ...findings: Judged['findings']): Judged => ({
  kind: 'bucket',
  name: `b-${status}`,
  status,
  findings,
});
const gap: Gap = {
  account_id: '1',
  region: 'us-east-1',
  api: 'iam:GetRole',
  reason: 'denied',
  permission: 'iam:GetRole',
  message: 'iam:GetRole was denied: No.',
  calls: 2,
};
const made = (judged: readonly Judged[], gaps: readonly Gap[] = []) => healthDocument(spec, { judged, gaps, now });

describe('the document of a stack’s health', () => {
  it('counts, and puts the worst first', () => {
    const judged = [
      part(
        'issues',
        finding('bucket-lifecycle', 'L.', redeploy, { subject: 'x' }),
        finding('bucket-encryption', 'E.', { remedy: 'R.' }),
      ),
      part('missing', finding('bucket-missing', 'M.', redeploy)),
      part('healthy'),
      part('unknown'),
    ];
    expect(made(judged, [gap])).to.deep.equal({
      schema: 'compliancectl.health/1',
      generated_at: '2026-11-21T12:00:00.000Z',
      environment: 'test',
      account_id: '111122223333',
      region: 'us-east-1',
      preset: 'standard',
      summary: {
        total_issues: 3,
        by_severity: { critical: 1, high: 1, medium: 1, low: 0, info: 0 },
        parts: 4,
        healthy: 1,
        unknown: 1,
      },
      parts: [
        { kind: 'bucket', name: 'b-issues', status: 'issues' },
        { kind: 'bucket', name: 'b-missing', status: 'missing' },
        { kind: 'bucket', name: 'b-healthy', status: 'healthy' },
        { kind: 'bucket', name: 'b-unknown', status: 'unknown' },
      ],
      issues: [
        {
          id: 'bucket-missing/b-missing',
          check: 'bucket-missing',
          severity: 'critical',
          kind: 'bucket',
          name: 'b-missing',
          message: 'M.',
          remedy: 'Deploy again.',
          command: 'compliancectl deploy',
        },
        {
          id: 'bucket-encryption/b-issues',
          check: 'bucket-encryption',
          severity: 'high',
          kind: 'bucket',
          name: 'b-issues',
          message: 'E.',
          remedy: 'R.',
        },
        {
          id: 'bucket-lifecycle/b-issues/x',
          check: 'bucket-lifecycle',
          severity: 'medium',
          kind: 'bucket',
          name: 'b-issues',
          message: 'L.',
          remedy: 'Deploy again.',
          command: 'compliancectl deploy',
        },
      ],
      gaps: [gap],
    });
  });

  const CODES: readonly [what: string, judged: readonly Judged[], gaps: readonly Gap[], code: number][] = [
    ['all is well', [part('healthy')], [], 0],
    ['something is wrong', [part('healthy'), part('missing', finding('bucket-missing', 'M.', redeploy))], [], 1],
    [
      'something is wrong, and something was not seen',
      [part('unknown'), part('issues', finding('bucket-missing', 'M.', redeploy))],
      [gap],
      1,
    ],
    ['something was not seen', [part('healthy'), part('unknown')], [gap], 4],
    ['nothing was seen', [part('unknown'), part('unknown')], [gap], 3],
  ];
  for (const [what, judged, gaps, code] of CODES) {
    it(`ends with ${code} where ${what}`, () => {
      expect(healthExitCode(made(judged, gaps))).to.equal(code);
    });
  }
});

describe('the checks of a stack’s health', () => {
  it('have a line each in docs/health.md, with their severity, and no others have', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/health.md'), 'utf8');
    const documented = [...text.matchAll(/^\| `([a-z-]+)` \| (\w+) \|/gm)].map(([, id, severity]) => [id, severity]);
    expect(Object.fromEntries(documented)).to.deep.equal(CHECKS);
    expect(documented).to.have.length(Object.keys(CHECKS).length);
  });

  it('are all made somewhere', () => {
    const folder = join(import.meta.dirname, '../../src/health');
    const sources = ['parts.ts', ...readdirSync(join(folder, 'checks')).map((name) => join('checks', name))].map(
      (name) => readFileSync(join(folder, name), 'utf8'),
    );
    const text = sources.join('\n');
    expect(Object.keys(CHECKS).filter((id) => !text.includes(`'${id}'`))).to.deep.equal([]);
  });

  it('give commands that a shell takes as they are meant', () => {
    expect(['a-b/c:d@e.f', "it's", '$(rm -rf /)', ''].map(quoted)).to.deep.equal([
      'a-b/c:d@e.f',
      "'it'\\''s'",
      "'$(rm -rf /)'",
      "''",
    ]);
  });

  it('ask no figure for a schedule so rare that CloudWatch has forgotten the last time', () => {
    const [scanner] = spec.functions;
    const [schedule] = spec.schedules;
    if (scanner === undefined || schedule === undefined) throw new Error('The preset has them.');
    const every = (expression: string) =>
      dueQuery(scanner, { ...spec, schedules: [{ ...schedule, expression }] })?.seconds;
    expect(every('rate(6 hours)')).to.equal(25_200);
    expect(every('cron(0 0 29 2 ? *)')).to.equal(undefined);
    expect(dueQuery(scanner, { ...spec, schedules: [] })).to.equal(undefined);
  });
});
