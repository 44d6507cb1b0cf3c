/** One scan with every status, a gap, a waiver, a baseline, and names that try to be something else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as z from 'zod';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import { fingerprint } from '../../src/engine/evaluation.ts';
import type { AnyRule } from '../../src/engine/rule.ts';
import type { Scan } from '../../src/engine/scan-document.ts';
import { pass } from '../../src/engine/verdict.ts';
import type { Renderer } from '../../src/report/formats.ts';
import { context, counts, finding, gap, head } from './scans.ts';

const ACCOUNT = '111122223333';

/** Names that strangers may give their resources, each an attack on some format. */
export const HOSTILE = {
  script: `<script>alert("1")</script> & 'more'`,
  formula: '=cmd|"/c calc"!A1',
  commands: '::add-mask::x\r\n::error title=a,b:c::100% %0A',
  table: '| a \\| b `code` **bold** _it_ ~~no~~ $x$',
  link: '![x](http://x/y.png) [text](http://x) <http://x> www.x.org mailto:a@b.c',
  mention: '@org/team #1 GH-2 a@b.c',
  direction: 'evil\u202Egpj.exe\u200F\u2066',
  escapes: '\u001B]0;title\u0007\u001B[31mred\u0000\uFFFE',
  surrogates: '\uD800x\uDC00\uDC00y ]]> z ]]>',
  path: '../../etc/passwd',
} as const;

function rule(changes: Partial<AnyRule> & Pick<AnyRule, 'id'>): AnyRule {
  return {
    title: 'EC2 instance carries the required tags',
    rationale: 'An instance without an owner belongs to nobody.',
    severity: 'medium',
    category: 'tagging',
    needs: {},
    remedy: 'Add the missing tags.',
    parameters: z.strictObject({}),
    check: () => pass,
    ...changes,
  };
}

export const rules: readonly AnyRule[] = [
  rule({ id: 'ec2-required-tags' }),
  rule({
    id: 'ec2-security-group-restricted',
    title: 'Security group is closed to the world',
    rationale: 'What listens behind an open port is found within minutes.',
    severity: 'critical',
    category: 'exposure',
    remedy: 'Remove the rule, or narrow its source.',
  }),
  rule({
    id: 'rds-backup-retention',
    title: 'RDS instance keeps backups',
    rationale: 'Without a backup a mistake is final.',
    severity: 'high',
    category: 'backup',
    remedy: 'Raise the retention period.',
  }),
  rule({ id: 's3-bucket-encrypted', title: `S3 bucket ${HOSTILE.link}`, severity: 'info', category: 'encryption' }),
];

function named(id: string, changes: Partial<Evaluation> = {}): Evaluation {
  const arn = `arn:aws:ec2:eu-west-1:${ACCOUNT}:instance/${id}`;
  return finding({
    fingerprint: fingerprint(changes.rule_id ?? 'ec2-required-tags', ACCOUNT, 'eu-west-1', arn),
    resource_id: id,
    resource_arn: arn,
    message: `Instance ${id} lacks the tag Owner.`,
    change: 'unchanged',
    ...changes,
  });
}

const evaluations: readonly Evaluation[] = [
  ...Object.values(HOSTILE).map((id) => named(id)),
  named('i-low', { severity: 'low', change: 'new' }),
  finding({
    fingerprint: 'a'.repeat(32),
    rule_id: 'ec2-security-group-restricted',
    severity: 'critical',
    category: 'exposure',
    resource_type: 'AWS::EC2::SecurityGroup',
    resource_id: 'sg-1',
    resource_arn: `arn:aws:ec2:eu-west-1:${ACCOUNT}:security-group/sg-1`,
    message: 'Security group sg-1 opens the ports 22 and 3389 to the world.',
    facts: [
      { key: 'ingress/tcp/22/0.0.0.0/0', message: 'Port 22 is open to 0.0.0.0/0.' },
      { key: 'ingress/tcp/3389/::/0', message: 'Port 3389 is open to ::/0.' },
    ],
    remediation: 'Remove the rule, or narrow its source.',
    change: 'worse',
  }),
  {
    ...without(named('i-unknown'), 'change', 'remediation'),
    status: 'UNKNOWN',
    message: 'The tags of instance i-unknown could not be read: ec2:DescribeTags was denied.',
    missing_permission: 'ec2:DescribeTags',
  },
  {
    ...without(named('i-waived'), 'change'),
    status: 'WAIVED',
    waiver: { owner: 'ada@example.org', reason: 'It goes | in =March', expires: '2026-12-31', ticket: 'OPS-7' },
  },
  {
    ...without(named('i-pass'), 'change', 'remediation'),
    status: 'PASS',
    message: 'EC2 instance carries the required tags.',
  },
  { ...without(named('i-gone'), 'change', 'remediation'), status: 'NOT_APPLICABLE', message: 'i-gone is terminated.' },
];

function without(evaluation: Evaluation, ...keys: (keyof Evaluation)[]): Evaluation {
  const names: readonly string[] = keys;
  return Object.fromEntries(
    Object.entries(evaluation).filter(([key]) => !names.includes(key)),
  ) as unknown as Evaluation;
}

const earlier = {
  fingerprint: 'b'.repeat(32),
  rule_id: 'ec2-required-tags',
  severity: 'medium',
  resource_type: 'AWS::EC2::Instance',
  resource_id: 'i-mended',
  resource_arn: `arn:aws:ec2:eu-west-1:${ACCOUNT}:instance/i-mended`,
  account_id: ACCOUNT,
  region: 'eu-west-1',
} as const;

export const hostileScan: Scan = {
  head: head({
    summary: {
      total_resources: 28,
      total_evaluations: 28,
      compliant: 13,
      non_compliant: 12,
      not_applicable: 1,
      unknown: 1,
      waived: 1,
      compliance_percentage: 52,
      evaluated_percentage: 96.3,
      score: 52,
    },
    by_rule: {
      'ec2-required-tags': counts({
        total: 15,
        compliant: 1,
        non_compliant: 11,
        unknown: 1,
        waived: 1,
        not_applicable: 1,
      }),
      'ec2-security-group-restricted': counts({ total: 1, non_compliant: 1 }),
      'rds-backup-retention': counts({ total: 12, compliant: 12 }),
    },
    baseline: {
      scan_id: 'scan-0',
      report_timestamp: '2026-11-02T00:00:00.000Z',
      new: 1,
      worse: 1,
      unchanged: 10,
      fixed: [earlier],
      not_rechecked: [],
    },
    gaps: [
      gap({ calls: 3 }),
      gap({
        region: 'global',
        api: 's3:ListAllMyBuckets',
        permission: 's3:ListAllMyBuckets',
        reason: 'denied',
        message: `s3:ListAllMyBuckets was denied: ${HOSTILE.link}`,
      }),
    ],
  }),
  evaluations,
};

/** All well: nothing to report, one rule with nothing to judge. */
export const wellScan: Scan = {
  head: head({
    summary: {
      total_resources: 3,
      total_evaluations: 3,
      compliant: 3,
      non_compliant: 0,
      not_applicable: 0,
      unknown: 0,
      waived: 0,
      compliance_percentage: 100,
      evaluated_percentage: 100,
      score: 100,
    },
    by_rule: { 'ec2-required-tags': counts({ total: 3, compliant: 3 }) },
  }),
  evaluations: [],
};

/** A scan whose findings are all of one kind: one evaluation for each id. */
export function scanOf(ids: readonly string[], changes: Partial<Evaluation> = {}): Scan {
  return { head: head(), evaluations: ids.map((id) => named(id, { message: `It is ${id}.`, ...changes })) };
}

/** What a renderer writes, as a file would hold it. */
export function rendered(renderer: Renderer, scan: Scan, limit = 50): string {
  return Buffer.from([...renderer(scan, context({ rules, limit }))].join('')).toString();
}

export function reportFixture(name: string): string {
  return readFileSync(join(import.meta.dirname, '../fixtures/report', name), 'utf8');
}
