import { expect } from 'chai';
import fc from 'fast-check';

import { markdownText } from '../../src/report/markdown-text.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { plainLine } from '../../src/report/plain-text.ts';
import { HOSTILE, hostileScan, rendered, reportFixture, scanOf, wellScan } from '../support/hostile-scan.ts';
import { gap, head } from '../support/scans.ts';

/** What a browser shows of it: entities undone, the invisible spaces gone. */
const shown = (markdown: string) =>
  markdown.replaceAll(/&#(\d+);/g, (_, code: string) => (code === '8203' ? '' : String.fromCharCode(Number(code))));

describe('renderMarkdown', () => {
  it('gives the state, what was not seen, the findings and how to mend them', () => {
    expect(rendered(renderMarkdown, hostileScan)).to.equal(reportFixture('hostile.md'));
    expect(rendered(renderMarkdown, wellScan)).to.equal(reportFixture('well.md'));
  });

  it('shows the worst up to the limit, and how to mend those alone', () => {
    const lines = rendered(renderMarkdown, hostileScan, 1).split('\n');
    expect(lines.filter((line) => line.startsWith('| '))).to.deep.equal([
      '| severity | rule | resource | account, region | finding |',
      '| --- | --- | --- | --- | --- |',
      '| critical | ec2-security-group-restricted **worse** | sg-1 | 111122223333, eu-west-1 | Security group sg-1 opens the ports 22 and 3389 to the world. |',
    ]);
    expect(lines).to.include('13 more findings are not shown here.');
    expect(lines.filter((line) => line.startsWith('<details>'))).to.deep.equal([
      '<details><summary>How to mend ec2-security-group-restricted</summary>',
    ]);
  });

  it('says where a scan was cut short or gave no score', () => {
    const lines = rendered(renderMarkdown, { head: head({ complete: false, source: 'snapshot' }), evaluations: [] });
    expect(lines).to.equal(
      [
        '## Compliance: no score, nothing could be judged',
        '0 resources, 0 verdicts: **0 FAIL**, 0 UNKNOWN, 0 WAIVED, 0 PASS, 0 N/A',
        '**Cut short:** not everything was looked at.',
        'Environment dev, a snapshot, as of 2026-11-03T04:05:06Z',
        'No findings.\n',
      ].join('\n\n'),
    );
  });

  it('lists twenty gaps', () => {
    const gaps = Array.from({ length: 23 }, () => gap({ message: 'It was denied.' }));
    const lines = rendered(renderMarkdown, { head: head({ gaps }), evaluations: [] }).split('\n');
    expect(lines.filter((line) => line.startsWith('- '))).to.deep.equal([
      ...Array.from({ length: 20 }, () => '- 111122223333 eu-west-1: It was denied.'),
      '- and 3 more',
    ]);
  });

  it('cuts a message that is very long', () => {
    const row = rendered(renderMarkdown, scanOf(['i-1'], { message: 'x'.repeat(301) }))
      .split('\n')
      .find((line) => line.startsWith('| medium'));
    expect(row).to.equal(`| medium | ec2-required-tags | i-1 | 111122223333, eu-west-1 | ${'x'.repeat(300)}… |`);
  });

  it('has a table of five columns, whatever a resource is called', () => {
    const ids = [...Object.values(HOSTILE), ...fc.sample(fc.string({ unit: 'binary' }), { numRuns: 200, seed: 42 })];
    const rows = rendered(renderMarkdown, scanOf(ids), ids.length)
      .split('\n')
      .filter((line) => line.startsWith('| medium'));
    expect(rows.map((row) => row.split('|').length)).to.deep.equal(ids.map(() => 7));
  });
});

describe('markdownText', () => {
  it('breaks up what GitHub would make a link, a mention or a reference of', () => {
    expect(markdownText('@org/team #1 gh-2 https://x www.x.org')).to.equal(
      '&#64;&#8203;org/team &#35;&#8203;1 gh&#8203;-2 https:&#8203;//x www&#8203;.x.org',
    );
  });

  it('holds nothing that means something to Markdown or HTML, and reads as it was written', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(...Object.values(HOSTILE)));
    fc.assert(
      fc.property(text, (stranger) => {
        const markdown = markdownText(stranger);
        expect(markdown.replaceAll(/&#\d+;/g, '')).to.match(/^[^&<>"'`*_[\](){}~|\\!$#@^\n\r]*$/u);
        expect(shown(markdown)).to.equal(plainLine(stranger).toWellFormed());
      }),
    );
  });
});
