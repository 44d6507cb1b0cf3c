import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import { alertMessage } from '../../src/report/alert.ts';
import type { AlertContent } from '../../src/report/alert.ts';
import { finding, gap, head } from '../support/scans.ts';

const LINK = 's3://compliance-results-prod/scans/v1/2026-11-21/2026-11-21T06:00:00.000Z-scan-1.json.gz';

const scanned = head({
  environment: 'prod',
  report_timestamp: '2026-11-21T06:00:00.000Z',
  summary: { ...head().summary, score: 71.4 },
});

const open = (id: string, changes: Partial<Evaluation> = {}): Evaluation =>
  finding({
    rule_id: 'ec2-security-group-restricted',
    severity: 'critical',
    resource_id: id,
    message: `Security group ${id} lets the world in.`,
    facts: [
      { key: 'ingress/tcp/22/0.0.0.0/0', message: 'TCP 22 is open to 0.0.0.0/0.' },
      { key: 'ingress/tcp/3389/::/0', message: 'TCP 3389 is open to ::/0.' },
    ],
    remediation: 'Name the addresses that need access, or use Session Manager.',
    ...changes,
  });

const message = (changes: Partial<AlertContent> = {}) =>
  alertMessage({
    head: scanned,
    threshold: 80,
    mode: 'every',
    severity: 'critical',
    findings: [open('sg-1'), open('sg-2')],
    link: LINK,
    ...changes,
  });

const fixture = (name: string) => readFileSync(new URL(`../fixtures/alert/${name}.txt`, import.meta.url), 'utf8');

describe('an alert', () => {
  it('says what, where, when and how bad, by rule, with what to do', () => {
    const bare = open('i-1', { rule_id: 'ec2-required-tags', message: 'Instance i-1 lacks the tag Owner.', facts: [] });
    const { remediation: _remediation, ...plain } = bare;
    expect(message({ findings: [open('sg-1'), plain, open('sg-2')] })).to.deep.equal({
      subject: '[critical] 3 findings in prod (compliancectl)',
      text: fixture('every'),
    });
  });

  it('tells changes, of several accounts, and what it could not see', () => {
    const several = {
      ...scanned,
      accounts: ['111122223333', '444455556666'],
      regions: ['eu-west-1', 'us-east-1'],
      summary: { ...scanned.summary, score: null },
      complete: false,
      gaps: [gap()],
    };
    const { link: _link, ...content } = { head: several, threshold: 80, severity: 'high', link: LINK } as const;
    expect(alertMessage({ ...content, mode: 'changes', findings: [open('sg-1', { severity: 'high' })] })).to.deep.equal(
      {
        subject: '[high] 1 new or worse finding in prod (compliancectl)',
        text: fixture('changes'),
      },
    );
  });

  it('tells once a day what stays', () => {
    const findings = [open('sg-1'), open('sg-2', { severity: 'low' })];
    const { subject, text } = message({ mode: 'digest', findings });
    expect(text).to.include('  sg-1 (111122223333, eu-west-1): ');
    expect(text).to.include('  sg-2 (111122223333, eu-west-1, low): ');
    expect(subject).to.equal('[critical] 2 findings still open in prod (compliancectl)');
    expect(text).to.match(/^2 findings still open in prod\n\nSeverity: {2}critical and lower\n/);
  });

  it('lets no name forge a line, move a cursor or turn the reading direction', () => {
    const hostile = 'sg-1\n\nScore: 100\u001B[2J\u202Egnp.exe';
    const { text } = message({ findings: [open(hostile, { message: `${hostile} is open.`, facts: [] })] });
    expect(text).to.include(
      '  sg-1 Score: 100[2Jgnp.exe (111122223333, eu-west-1): sg-1 Score: 100[2Jgnp.exe is open.\n',
    );
  });

  it('is cut at a whole finding, and says how many there are more', () => {
    const findings = Array.from({ length: 50_000 }, (_, index) => open(`sg-${index}-ä`));
    const { subject, text } = message({ findings });
    expect(subject).to.equal('[critical] 50000 findings in prod (compliancectl)');
    expect(Buffer.byteLength(text)).to.be.within(249_000, 250_000);
    const shown = text.split(' lets the world in.').length - 1;
    expect(text).to.include(`\n... and ${50_000 - shown} more findings.\n\nThe whole scan: ${LINK}\n`);
    expect(text).to.include(
      `sg-${shown - 1}-ä lets the world in.\n    - TCP 22 is open to 0.0.0.0/0.\n    - TCP 3389 is open to ::/0.\n\n...`,
    );
  });

  it('says so where not one fits', () => {
    const { text } = message({ limit: 500, findings: [open('sg-1', { message: 'x'.repeat(600) })] });
    expect(text).to.match(/\n\n\.\.\. and 1 more finding\.\n\nThe whole scan: /);
  });

  it('lets no single finding crowd out the rest, nor cuts a character in two', () => {
    const long = open('sg-1', { message: `${'x'.repeat(7959)}${'🔥'.repeat(500)}`, facts: [] });
    const { text } = message({ findings: [long, open('sg-2')] });
    expect(text).to.match(/x[🔥]+\uFFFD? \.\.\.\n {2}sg-2/u);
    expect(text.isWellFormed()).to.equal(true);
  });
});
