import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { Chalk } from 'chalk';
import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import type { WaiverUse } from '../../src/engine/waivers.ts';
import type { RenderContext } from '../../src/report/formats.ts';
import { renderTable } from '../../src/report/table.ts';
import { context, counts, finding, gap, head } from '../support/scans.ts';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/table', `${name}.txt`), 'utf8');
const render = (scanned: ScanHead, evaluations: readonly Evaluation[] = [], options: Partial<RenderContext> = {}) =>
  [...renderTable({ head: scanned, evaluations }, context(options))].join('');

const mixed = head({
  accounts: ['111122223333', '444455556666'],
  regions: ['eu-west-1', 'us-east-1'],
  complete: false,
  summary: {
    total_resources: 1234,
    total_evaluations: 2468,
    compliant: 1800,
    non_compliant: 600,
    not_applicable: 60,
    unknown: 5,
    waived: 3,
    compliance_percentage: 75,
    evaluated_percentage: 99.79,
    score: 74.5,
  },
  by_rule: {
    'ec2-required-tags': counts({ total: 1234, compliant: 1134, non_compliant: 100 }),
    'ec2-security-group-restricted': counts({
      total: 1234,
      compliant: 666,
      non_compliant: 500,
      not_applicable: 60,
      unknown: 5,
      waived: 3,
    }),
  },
  gaps: [
    gap({ calls: 3 }),
    gap({
      account_id: '444455556666',
      region: 'global',
      api: 'sts:AssumeRole',
      permission: 'sts:AssumeRole',
      reason: 'denied',
      message:
        'sts:AssumeRole was denied: User: arn:aws:iam::111122223333:user/ada is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/audit.',
    }),
  ],
});
const findings = [
  finding({ status: 'WAIVED', resource_id: 'i-waived', message: 'Instance i-waived lacks the tag Owner.' }),
  finding({ status: 'UNKNOWN', resource_id: 'i-unknown', message: 'The tags of i-unknown could not be read.' }),
  finding({ severity: 'info', resource_id: 'i-info', message: 'Instance i-info is worth a look.' }),
  finding({ severity: 'low', resource_id: 'i-low', message: 'Instance i-low is a little wrong.' }),
  finding({ severity: 'medium', resource_id: 'i-medium', message: 'Instance i-medium lacks the tag Owner.' }),
  finding({ severity: 'high', resource_id: 'i-high', message: 'Instance i-high is open.' }),
  finding({ severity: 'critical', resource_id: 'i-critical', message: 'Instance i-critical is wide open.' }),
  finding({ status: 'PASS', resource_id: 'i-pass', message: 'Is well.' }),
];
const ESCAPE = '\u001b';

/** East Asian letters and pictures take two columns of a terminal. */
function columns(line: string): number {
  const wide = line.match(/[\p{Script=Han}\p{Emoji_Presentation}]/gu) ?? [];
  const pictures = wide.filter((letter) => letter.length === 2).length;
  // A picture is two code units already.
  return line.length + wide.length - pictures;
}

describe('the table', () => {
  it('shows the summary, the rules, what was not seen, and the findings, worst first', () => {
    expect(render(mixed, findings)).to.equal(fixture('mixed'));
  });

  it('of an estate that is well says so', () => {
    const { summary } = head();
    const well = head({
      source: 'snapshot',
      summary: {
        ...summary,
        total_resources: 1,
        total_evaluations: 1,
        compliant: 1,
        compliance_percentage: 100,
        evaluated_percentage: 100,
        score: 100,
      },
      by_rule: { 'ec2-required-tags': counts({ total: 1, compliant: 1 }) },
    });
    expect(render(well)).to.equal(fixture('well'));
  });

  it('of an empty estate has no score and no rules', () => {
    expect(render(head())).to.equal(fixture('empty'));
  });

  it('ends no line in blanks', () => {
    expect(
      render(mixed, findings)
        .split('\n')
        .filter((line) => line.endsWith(' ')),
    ).to.deep.equal([]);
  });

  it('counts one of a thing as one', () => {
    const one = {
      owner: 'ada',
      expires: '2026-11-01',
      state: 'expired',
      matched: 1,
      scope: 'account:1',
      reason: 'r',
    } as const;
    const output = render(head({ waivers: [{ ...one, rule_id: 'ec2-required-tags' }] }), findings.slice(0, 2), {
      limit: 1,
    });
    expect(output.replaceAll(/\s+/g, ' ')).to.include(' expired on 2026-11-01: 1 failure is no longer waived. ');
    expect(output).to.match(/\n1 more finding: --limit 2 shows them all\.\n$/);
  });

  it('counts the findings that it does not show, and the accounts and regions past four', () => {
    const names = ['1', '2', '3', '4', '5', '6'];
    const many = head({
      accounts: names.map((name) => name.repeat(12)),
      regions: names.map((name) => `region-${name}`),
    });
    expect(render(many, findings, { limit: 2 })).to.equal(fixture('limited'));
    expect(render(many, findings, { limit: 0 })).to.equal(fixture('limited-to-none'));
  });

  it('lets no text of a stranger move the cursor, turn the direction or break a line', () => {
    const evil = (text: string) => `${ESCAPE}[2J${ESCAPE}]0;owned\u0007\u202e${text}\r\n\u009b31m\u2028${text}`;
    const hostile = head({
      source: 'snapshot',
      accounts: [evil('account')],
      regions: [evil('region')],
      gaps: [gap({ account_id: evil('account'), region: evil('region'), message: evil('message') })],
    });
    const output = render(hostile, [
      finding({
        resource_id: evil('id'),
        account_id: evil('account'),
        region: evil('region'),
        message: evil('message'),
        rule_id: 'ec2-required-tags',
      }),
    ]);
    expect(output).to.equal(fixture('hostile'));
    // oxlint-disable-next-line no-control-regex
    expect(output).to.not.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]/);
  });

  it('stays within 80 columns, however long or wide the names', () => {
    const long = [
      finding({ resource_id: 'x'.repeat(300), message: 'y'.repeat(300) }),
      finding({ resource_id: '日本語'.repeat(40), message: 'Übergrößenträger 😀 '.repeat(20) }),
    ];
    const output = render(mixed, [...findings, ...long]);
    const widest = Math.max(...output.split('\n').map(columns));
    expect(widest).to.be.at.most(80);
    expect(output).to.equal(fixture('long'));
  });

  it('says how it compares with an earlier scan', () => {
    const baseline = {
      scan_id: 'scan-0',
      report_timestamp: '2026-10-27T04:05:06.789Z',
      new: 3,
      worse: 1,
      unchanged: 12,
      fixed: [finding()],
      not_rechecked: [],
    };
    const lines = render(head({ baseline })).split('\n');
    expect(lines.filter((line) => line.startsWith('Since'))).to.deep.equal([
      'Since 2026-10-27T04:05:06Z: 3 new, 1 worse, 12 unchanged, 1 fixed, 0 not',
    ]);
    expect(lines).to.include('rechecked');
  });

  it('names the waivers that someone should look at, and no others', () => {
    const waiver = (changes: Partial<WaiverUse>): WaiverUse => ({
      rule_id: 'ec2-no-public-ip',
      scope: 'tag:Role=bastion',
      owner: 'ops',
      reason: 'The way in',
      expires: '2027-03-31',
      state: 'active',
      matched: 1,
      ...changes,
    });
    // The scan is of 3 November; an end within fourteen days is soon.
    const waivers = [
      waiver({ expires: '2026-11-02', state: 'expired', matched: 2 }),
      waiver({ scope: 'account:111122223333', state: 'unused', matched: 0 }),
      waiver({ scope: 'tag:Ends=soon', expires: '2026-11-17' }),
      waiver({ scope: 'tag:Ends=later', expires: '2026-11-18' }),
      waiver({ scope: 'tag:Elsewhere', state: 'not_scanned', matched: 0, expires: '2026-11-04' }),
      waiver({ scope: `arn:${ESCAPE}[31mred`, owner: 'a\nb', expires: '2026-11-04' }),
    ];
    const section = /\nWAIVERS\n(?<lines>.*?)\n\n/s.exec(render(head({ waivers })))?.groups?.['lines'];
    expect(section).to.equal(
      `\
ec2-no-public-ip for tag:Role=bastion (ops) expired on 2026-11-02: 2 failures
are no longer waived.
ec2-no-public-ip for account:111122223333 (ops) met no failure and can go.
ec2-no-public-ip for tag:Ends=soon (ops) ends on 2026-11-17.
ec2-no-public-ip for arn:[31mred (a b) ends on 2026-11-04.`,
    );
    expect(render(head({ waivers: [waiver({})] }))).to.not.contain('WAIVERS');
  });

  it('says the same in colour', () => {
    const coloured = [
      ...renderTable({ head: mixed, evaluations: findings }, context({ chalk: new Chalk({ level: 1 }) })),
    ].join('');
    expect(coloured).to.not.equal(fixture('mixed'));
    expect(stripVTControlCharacters(coloured)).to.equal(fixture('mixed'));
    expect(coloured).to.include(`${ESCAPE}[31m74.50 of 100${ESCAPE}[39m`);
    expect(coloured).to.include(`${ESCAPE}[1m${ESCAPE}[31mcritical${ESCAPE}[39m${ESCAPE}[22m`);
  });
});
