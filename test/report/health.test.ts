import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Chalk } from 'chalk';
import { expect } from 'chai';

import { healthJson, renderHealth, renderHealthMarkdown } from '../../src/report/health.ts';
import type { HealthDocument, HealthIssue } from '../../src/report/health.ts';

const REDEPLOY = {
  remedy: 'Deploy again: what is missing is made anew, and what was changed by hand is set right.',
  command: 'compliancectl deploy -e dev --region us-east-1 --refresh',
};

const issues: readonly HealthIssue[] = [
  {
    id: 'bucket-missing/compliance-results-dev-111122223333-us-east-1-an',
    check: 'bucket-missing',
    severity: 'critical',
    kind: 'bucket',
    name: 'compliance-results-dev-111122223333-us-east-1-an',
    message: 'The bucket compliance-results-dev-111122223333-us-east-1-an is missing.',
    ...REDEPLOY,
  },
  {
    id: 'alarm-firing/scan-missing-dev',
    check: 'alarm-firing',
    severity: 'high',
    kind: 'alarm',
    name: 'scan-missing-dev',
    // What AWS says of an alarm comes from outside.
    message: 'scan-missing-dev is in ALARM: No scan came.\u001B[31m | <b>[x](https://example.com)</b>',
    remedy: 'Find out since when, and mend what it watches.',
    command: 'aws cloudwatch describe-alarm-history --alarm-name scan-missing-dev --region us-east-1',
  },
  {
    id: 'function-throttled/compliance-scanner-dev',
    check: 'function-throttled',
    severity: 'medium',
    kind: 'function',
    name: 'compliance-scanner-dev',
    message: 'compliance-scanner-dev was throttled 3 times in the last 24 hours.',
    remedy: 'Raise its reserved concurrency (stack.functions), or the concurrency quota of the account.',
  },
  {
    id: 'dashboard-missing/compliance-dashboard-dev',
    check: 'dashboard-missing',
    severity: 'low',
    kind: 'dashboard',
    name: 'compliance-dashboard-dev',
    message: 'The dashboard compliance-dashboard-dev is missing.',
    ...REDEPLOY,
  },
];

const gap = (operation: string, calls: number) => ({
  account_id: '111122223333',
  region: 'us-east-1',
  api: `iam:${operation}`,
  permission: `iam:${operation}`,
  reason: 'denied' as const,
  message: `iam:${operation} was denied: User: arn:aws:iam::111122223333:user/ada is not authorized.`,
  calls,
});

const ill: HealthDocument = {
  schema: 'compliancectl.health/1',
  generated_at: '2026-11-21T12:00:00.000Z',
  environment: 'dev',
  account_id: '111122223333',
  region: 'us-east-1',
  preset: 'standard',
  summary: {
    total_issues: 4,
    by_severity: { critical: 1, high: 1, medium: 1, low: 1, info: 0 },
    parts: 35,
    healthy: 29,
    unknown: 2,
  },
  parts: [],
  issues,
  gaps: [gap('GetRole', 2), gap('GetRolePolicy', 1)],
};
const sound: HealthDocument = {
  ...ill,
  summary: {
    total_issues: 0,
    by_severity: { critical: 0, high: 0, medium: 0, low: 0, info: 0 },
    parts: 1,
    healthy: 1,
    unknown: 0,
  },
  issues: [],
  gaps: [],
};
const unknown: HealthDocument = { ...sound, summary: { ...sound.summary, healthy: 0, unknown: 1 }, gaps: ill.gaps };

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/health', name), 'utf8');
const table = (document: HealthDocument, level: 0 | 1 = 0) =>
  [...renderHealth(document, new Chalk({ level }))].join('');
const markdown = (document: HealthDocument) => [...renderHealthMarkdown(document)].join('');

describe('the health of a stack', () => {
  for (const [name, document] of [
    ['ill', ill],
    ['sound', sound],
    ['unknown', unknown],
  ] as const) {
    it(`is a table within 80 columns, but for commands: ${name}`, () => {
      const text = table(document);
      expect(text).to.equal(fixture(`${name}.txt`));
      const wide = text.split('\n').filter((line) => line.length > 80 && !/^ {4}(aws|compliancectl) /.test(line));
      expect(wide).to.deep.equal([]);
    });

    it(`is Markdown for a job’s summary: ${name}`, () => {
      expect(markdown(document)).to.equal(fixture(`${name}.md`));
    });
  }

  it('is coloured by how bad it is, and without colour is the same text', () => {
    const coloured = table(ill, 1);
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replaceAll(/\u001B\[\d+m/g, '')).to.equal(table(ill));
    expect(coloured).to.include('\u001B[1m\u001B[31mcritical');
    expect(coloured).to.include('\u001B[33mmedium');
  });

  it('is cut in Markdown where there is too much of it for GitHub', () => {
    const many = (count: number) => ({
      ...ill,
      issues: Array.from({ length: count }, () => issues[2] as HealthIssue),
      gaps: Array.from({ length: count }, () => gap('GetRole', 1)),
    });
    const text = markdown(many(203));
    expect(text.match(/^\| medium/gm)).to.have.length(200);
    expect(text).to.include('\n3 more issues\n').and.include('\n- and 3 more\n');
    expect(markdown(many(200))).to.not.include('more');
  });

  it('is a document that reads as it was', () => {
    expect(JSON.parse(healthJson(ill))).to.deep.equal(ill);
    expect(healthJson(sound).endsWith('}\n')).to.equal(true);
  });
});
