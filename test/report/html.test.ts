import { hash } from 'node:crypto';

import { expect } from 'chai';
import fc from 'fast-check';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { Scan } from '../../src/engine/scan-document.ts';
import { findingOf } from '../../src/report/html/finding-of.ts';
import { PAGE_SCRIPT, PAGE_STYLE } from '../../src/report/html/page-assets.ts';
import { decodePageData } from '../../src/report/html/page-data.ts';
import { renderHtml } from '../../src/report/html.ts';
import { HOSTILE, hostileScan, rendered, reportFixture, scanOf, wellScan } from '../support/hostile-scan.ts';
import { context, counts, finding, gap, head } from '../support/scans.ts';

/** The page without what is the same in all of them. */
function ownPart(page: string): string {
  return page
    .replace(PAGE_SCRIPT, () => '(the script)')
    .replace(PAGE_STYLE, () => '(the style)')
    .replaceAll(/&#39;sha256-[^&]+&#39;/g, '(a hash)');
}

function between(page: string, start: string, end: string): string {
  const from = page.indexOf(start);
  expect(from, start).to.be.greaterThan(-1);
  return page.slice(from + start.length, page.indexOf(end, from + start.length));
}

function dataOf(page: string): string {
  return between(page, '<script type="application/json" id="page-data">', '</script>');
}

/** What is read of a part of the page, tags left out. */
function wordsOf(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

const sectionOf = (page: string, id: string) => wordsOf(between(page, `<section id="${id}"`, '</section>'));

describe('renderHtml', () => {
  it('gives the summary, the breakdown, the findings, what was not seen, and all of it as data', () => {
    expect(ownPart(rendered(renderHtml, hostileScan))).to.equal(reportFixture('hostile.html'));
    expect(ownPart(rendered(renderHtml, wellScan))).to.equal(reportFixture('well.html'));
  });

  it('lets run nothing but its own script, and load nothing at all', () => {
    const page = rendered(renderHtml, hostileScan);
    const sha256 = (text: string) => `&#39;sha256-${hash('sha256', text, 'base64')}&#39;`;
    const style = between(page, '<style>', '</style>');
    const script = between(page, '</style>\n<script>', '</script>');
    expect(between(page, '<meta http-equiv="Content-Security-Policy" content="', '"')).to.equal(
      [
        'default-src &#39;none&#39;',
        `script-src ${sha256(script)}`,
        `style-src ${sha256(style)}`,
        'base-uri &#39;none&#39;',
        'form-action &#39;none&#39;',
        'require-trusted-types-for &#39;script&#39;',
        'trusted-types &#39;none&#39;',
      ].join('; '),
    );
    expect(script)
      .to.equal(PAGE_SCRIPT)
      .and.not.match(/<\/script|<!--/i);
    expect(style)
      .to.equal(PAGE_STYLE)
      .and.not.match(/<\/style|url\(|@import/i);
    // Of what could load something, the links to the console are all there is, and they wait for a click.
    const tags = ownPart(page).match(/<[a-z][^>]*>/g) ?? [];
    expect(tags.filter((tag) => / (on\w+|style|src|srcset|action|data)=/.test(tag))).to.deep.equal([]);
    expect(
      tags.filter((tag) => /^<(link|img|iframe|object|embed|base|form|a) /.test(tag) && !/ href="#/.test(tag)),
    ).to.satisfy(
      (links: readonly string[]) =>
        links.length > 0 &&
        links.every((tag) => tag.startsWith('<a class="resource-id" href="https://console.aws.amazon.com/')),
    );
  });

  it('is the same page whatever resources are called', () => {
    const names = [...Object.values(HOSTILE), ...fc.sample(fc.string({ unit: 'binary' }), { numRuns: 200, seed: 42 })];
    const tagsOf = (id: string) => {
      const page = ownPart(rendered(renderHtml, scanOf([id])));
      // Where a link leads is made of the name.
      return (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/(console\.aws\.amazon\.com)[^"]*/, '$1'));
    };
    const plain = tagsOf('i-1');
    for (const name of names) expect(tagsOf(name), name).to.deep.equal(plain);
  });

  it('shows no character that turns the reading direction', () => {
    const page = rendered(renderHtml, scanOf([HOSTILE.direction, HOSTILE.escapes]));
    // eslint-disable-next-line no-control-regex
    expect(page).to.not.match(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2066-\u2069]/);
    expect(page).to.contain('<bdi>evilgpj.exe</bdi>');
  });

  it('has the findings worst first, and after them what was asked for beside them', () => {
    const { findings } = decodePageData(dataOf(rendered(renderHtml, hostileScan)));
    expect(
      findings.map(({ status, severity, id }) => [status, severity, id]).filter((_, at) => at === 0 || at > 9),
    ).to.deep.equal([
      ['FAIL', 'critical', 'sg-1'],
      ['FAIL', 'medium', '../../etc/passwd'],
      ['FAIL', 'low', 'i-low'],
      ['UNKNOWN', 'medium', 'i-unknown'],
      ['WAIVED', 'medium', 'i-waived'],
      ['PASS', 'medium', 'i-pass'],
      ['NOT_APPLICABLE', 'medium', 'i-gone'],
    ]);
  });

  it('says where a scan was cut short or gave no score', () => {
    const page = rendered(renderHtml, { head: head({ complete: false, source: 'snapshot' }), evaluations: [] });
    expect(page).to.contain('<p class="notice" role="note">The scan was cut short: not everything was looked at.</p>');
    expect(sectionOf(page, 'summary')).to.match(/Score – of 100 Nothing could be judged\. /);
    expect(page).to.contain('aria-label="No score: nothing could be judged"');
    expect(sectionOf(page, 'not-seen')).to.match(/The scan was cut short, so that not everything was looked at\./);
    expect(sectionOf(page, 'findings')).to.match(/No findings\.$/);
  });

  it('names the permissions that would settle the most, first', () => {
    const unknown = (id: string, permission: string) =>
      finding({ status: 'UNKNOWN', resource_id: id, missing_permission: permission });
    const evaluations = [unknown('i-1', 'ec2:DescribeTags'), unknown('b-1', 's3:GetX'), unknown('b-2', 's3:GetX')];
    const scan = { head: head({ summary: { ...head().summary, unknown: 3 } }), evaluations };
    expect(sectionOf(rendered(renderHtml, scan), 'not-seen')).to.match(
      /Permissions that would settle it Permission Verdicts it would settle Calls refused s3:GetX 2 0 ec2:DescribeTags 1 0$/,
    );
  });

  it('leads from a figure to findings only where there are some', () => {
    const by_rule = {
      'rule-a': counts({ total: 2, compliant: 1, non_compliant: 1 }),
      'rule-b': counts({ total: 1, compliant: 1 }),
    };
    const page = rendered(renderHtml, { head: head({ by_rule }), evaluations: [] });
    expect(page.match(/<th scope="row">.*?<\/th>/g)).to.deep.equal([
      '<th scope="row"><a class="choose" href="#findings" data-choose-rule="rule-a"><bdi>rule-a</bdi></a></th>',
      '<th scope="row"><bdi>rule-b</bdi></th>',
    ]);
  });

  it('folds away the ninth row of a breakdown and those after it', () => {
    const regions = Array.from({ length: 10 }, (_, at) => [`r-${at}`, counts({ total: 1, compliant: 1 })] as const);
    const page = rendered(renderHtml, { head: head({ by_region: Object.fromEntries(regions) }), evaluations: [] });
    const [shown = '', folded = ''] = between(page, '<h3>By region</h3>', '</details>').split(
      '<summary>2 more</summary>',
    );
    const names = (html: string) => html.match(/r-\d/g);
    expect([names(shown)?.length, names(folded)]).to.deep.equal([8, ['r-8', 'r-9']]);
  });

  it('comes in pieces, and writes out the first hundred findings alone', () => {
    const pieces = [...renderHtml(manyFindings(20_000), context())];
    const page = pieces.join('');
    const longest = Math.max(...pieces.map(({ length }) => length));
    expect(longest).to.be.lessThan(page.length / 20);
    expect(page.match(/<tr role="row" data-finding=/g)?.length).to.equal(100);
    expect(decodePageData(dataOf(page)).findings.length).to.equal(20_000);
    expect(wordsOf(between(page, '<p class="notice unscripted">', '</p>'))).to.equal(
      'The first 100 of 20,000 findings are shown: the others, and the filters, take JavaScript.',
    );
  });

  it('names up to four accounts and regions, and counts more', () => {
    const factsOf = (accounts: readonly string[], regions: readonly string[]) =>
      wordsOf(
        between(
          rendered(renderHtml, { head: head({ accounts, regions }), evaluations: [] }),
          '<p class="facts">',
          '</p>',
        ),
      );
    expect(factsOf(['1', '2', '3', '4'], ['a', 'b', 'c', 'd', 'e'])).to.equal(
      'Live AWS, as of 2026-11-03 04:05 UTC · accounts 1 , 2 , 3 , 4 · 5 regions',
    );
    expect(factsOf([], ['a'])).to.equal('Live AWS, as of 2026-11-03 04:05 UTC · 0 accounts · region a');
  });

  it('tells how each waiver fared', () => {
    const waiver = {
      rule_id: 'r',
      scope: 'tag:Role=x',
      owner: 'ada',
      reason: 'It ends.',
      expires: '2026-12-31',
      matched: 2,
    };
    const waivers = [
      { ...waiver, state: 'active', ticket: 'OPS-7' },
      { ...waiver, state: 'expired' },
      { ...waiver, state: 'unused', matched: 0 },
      { ...waiver, state: 'not_scanned', matched: 0 },
    ] as const;
    const page = rendered(renderHtml, { head: head({ waivers }), evaluations: [] });
    expect(
      between(page, '<section id="waivers"', '</section>')
        .match(/<tr><td>.*?<\/tr>/g)
        ?.map(wordsOf),
    ).to.deep.equal([
      'r tag:Role=x ada It ends. (OPS-7) 2026-12-31 holds 2',
      'r tag:Role=x ada It ends. 2026-12-31 has expired 2',
      'r tag:Role=x ada It ends. 2026-12-31 met no failure 0',
      'r tag:Role=x ada It ends. 2026-12-31 out of scope 0',
    ]);
  });

  it('names what failed before and could not be looked at again', () => {
    const { baseline } = hostileScan.head;
    const [earlier] = baseline?.fixed ?? [];
    const not_rechecked = [{ ...earlier!, resource_id: 'i-hidden' }];
    const page = rendered(renderHtml, {
      head: head({ baseline: { ...baseline!, fixed: [], not_rechecked } }),
      evaluations: [],
    });
    expect(sectionOf(page, 'baseline')).to.match(
      /: 1 new, 1 worse, 10 unchanged, 0 fixed, 1 not rechecked\. Failed before, and could not be looked at again .* i-hidden 111122223333 eu-west-1$/,
    );
  });

  it('lists a thousand gaps, ten before the rest is unfolded, and cuts what AWS said', () => {
    const gaps = Array.from({ length: 1002 }, (_, at) => gap({ api: `ec2:Call${at}`, message: 'x'.repeat(501) }));
    const section = between(
      rendered(renderHtml, { head: head({ gaps }), evaluations: [] }),
      '<section id="not-seen"',
      '</section>',
    );
    const calls = (html = '') => html.match(/ec2:Call\d+/g)?.length;
    expect(section.split('<summary>990 more</summary>').map(calls)).to.deep.equal([10, 990]);
    expect(wordsOf(section)).to.match(/ 2 rows are not listed here\.$/);
    expect(section).to.contain(`>${'x'.repeat(500)}…<`);
  });

  it('offers a choice only where there is one', () => {
    const accounts: readonly Partial<Evaluation>[] = [{ account_id: '111122223333' }, { account_id: '444455556666' }];
    const page = rendered(renderHtml, { head: head(), evaluations: accounts.map(finding) });
    expect(page.match(/<select id="[^"]+"/g)).to.deep.equal(['<select id="filter-account"']);
    expect(page.match(/<option value="[^"]*"/g)).to.deep.equal([
      '<option value=""',
      '<option value="111122223333"',
      '<option value="444455556666"',
    ]);
  });
});

function manyFindings(count: number): Scan {
  return { head: head(), evaluations: Array.from({ length: count }, (_, at) => finding({ resource_id: `i-${at}` })) };
}

describe('findingOf', () => {
  it('shows the first twenty facts, counts the others, and cuts a message that is very long', () => {
    const facts = Array.from({ length: 23 }, (_, at) => ({ key: `k${at}`, message: `Fact ${at}.` }));
    const { facts: shown, moreFacts, message } = findingOf(finding({ facts, message: 'x'.repeat(2001) }));
    expect([shown.length, shown[19], moreFacts, message]).to.deep.equal([20, 'Fact 19.', 3, `${'x'.repeat(2000)}…`]);
  });
});
