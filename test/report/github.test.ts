import { expect } from 'chai';
import fc from 'fast-check';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import { SEVERITIES } from '../../src/engine/verdict.ts';
import { renderGithub } from '../../src/report/github.ts';
import { HOSTILE, hostileScan, rendered, reportFixture, scanOf, wellScan } from '../support/hostile-scan.ts';
import { finding, gap, head } from '../support/scans.ts';

const linesOf = (text: string) => text.split('\n').slice(0, -1);
const levels = (evaluations: readonly Evaluation[], changes = {}) =>
  linesOf(rendered(renderGithub, { head: head(changes), evaluations })).map((line) => line.split(' ', 1)[0]);
const times = (count: number, changes: Partial<Evaluation>) => Array.from({ length: count }, () => finding(changes));

/** As GitHub's runner undoes the escaping. */
const unescaped = (text: string) =>
  text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');

describe('renderGithub', () => {
  it('annotates the run, worst first, and ends with the score', () => {
    expect(rendered(renderGithub, hostileScan)).to.equal(reportFixture('hostile.txt'));
    expect(rendered(renderGithub, wellScan)).to.equal(reportFixture('well.txt'));
  });

  it('has a level for each severity, and none for what is waived', () => {
    const each = SEVERITIES.map((severity) => finding({ severity }));
    const rest = [finding({ status: 'UNKNOWN', severity: 'critical' }), finding({ status: 'WAIVED' })];
    expect(levels([...rest, ...each])).to.deep.equal([
      '::error',
      '::error',
      '::warning',
      '::notice',
      '::notice',
      '::notice',
      '::notice',
    ]);
  });

  it('stays within ten of a level, and says how many are left', () => {
    const many = [
      ...times(12, { severity: 'high' }),
      ...times(3, { severity: 'critical', rule_id: 'worst' }),
      ...times(11, { severity: 'medium' }),
      ...times(10, { severity: 'low' }),
    ];
    const lines = linesOf(rendered(renderGithub, { head: head({ gaps: [gap()] }), evaluations: many }));
    const count = (level: string) => lines.filter((line) => line.startsWith(`::${level} `)).length;
    expect([count('error'), count('warning'), count('notice')]).to.deep.equal([10, 10, 10]);
    expect(lines.slice(0, 3).every((line) => line.startsWith('::error title=worst in '))).to.equal(true);
    expect(lines.at(-1)).to.equal(
      '::notice title=Compliance scan::No score: nothing could be judged: 0 FAIL, 0 UNKNOWN, 0 WAIVED. 8 more are not annotated: GitHub takes ten of a kind.',
    );
  });

  it('says in one warning, before all others, what was not seen', () => {
    const gaps = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((message) => gap({ message: `${message}.` }));
    const [first] = linesOf(
      rendered(renderGithub, { head: head({ gaps, complete: false }), evaluations: [finding({ severity: 'medium' })] }),
    );
    expect(first).to.equal(
      `::warning title=Not everything was seen::The scan was cut short. ${['a', 'b', 'c', 'd', 'e'].map((name) => `111122223333 eu-west-1: ${name}.`).join(' ')} And 2 more.`,
    );
  });

  it('escapes what would end a property or a message', () => {
    const hostile = finding({ rule_id: 'a:b,c%d\ne', severity: 'high', message: '100% %0A ::x::' });
    expect(linesOf(rendered(renderGithub, { head: head(), evaluations: [hostile] }))[0]).to.equal(
      '::error title=a%3Ab%2Cc%25d e in 111122223333 eu-west-1::100%25 %250A ::x::',
    );
  });

  it('keeps every command on its line and reads back, whatever a resource is called', () => {
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(HOSTILE)));
    fc.assert(
      fc.property(name, (id) => {
        const lines = rendered(renderGithub, scanOf([id], { severity: 'high' })).split(/\r\n|[\n\r\u0085\u2028\u2029]/);
        expect(lines.map((line) => line.split(' ', 1)[0])).to.deep.equal(['::error', '::notice', '']);
        const [, , message = ''] = /^::error title=([^:,]*)::(.*)$/u.exec(lines[0] ?? '') ?? [];
        expect(unescaped(message)).to.match(/^It is .*\.$/su);
      }),
    );
  });
});
