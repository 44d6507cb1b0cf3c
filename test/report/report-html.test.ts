import { expect } from 'chai';

import { decodePageData } from '../../src/report/html/page-data.ts';
import { PAGE_SCRIPT, PAGE_STYLE } from '../../src/report/html/page-assets.ts';
import { renderReportHtml } from '../../src/report/report-html.ts';
import type { Report } from '../../src/report/report-formats.ts';
import { HOSTILE, reportFixture, rules } from '../support/hostile-scan.ts';
import { dailyReport, executiveReport, trendReport, weeklyReport } from '../support/reports.ts';
import { sampleReports } from '../support/sample-reports.ts';

/** The page without what is the same in all of them. */
const shown = (report: Report) =>
  Array.from(renderReportHtml(report, { toolVersion: '1.2.3', rules }))
    .join('')
    .replace(PAGE_SCRIPT, () => '(the script)')
    .replace(PAGE_STYLE, () => '(the style)')
    .replaceAll(/&#39;sha256-[^&]+&#39;/g, '(a hash)');

/** What is read of the page, tags left out. */
const wordsOf = (html: string) =>
  html
    .replace(/<script type="application\/json".*/s, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

const reports = sampleReports();

describe('renderReportHtml', () => {
  for (const kind of ['daily', 'weekly', 'executive', 'trend', 'aggregate'] as const) {
    it(`gives the whole of the ${kind} report`, () => {
      expect(shown(reports[kind])).to.equal(reportFixture(`report-${kind}.html`));
    });

    it(`gives the same ${kind} report whatever strangers have written`, () => {
      const tagsOf = (text: string) =>
        (shown(sampleReports([text])[kind]).match(/<[^>]*>/g) ?? []).map((tag) =>
          // Where a link leads, and what is chosen, is made of the name.
          tag.replaceAll(/ (href="https:\/\/console\.aws\.amazon\.com|data-choose-\w+="|value=")[^"]*"/g, ' $1"'),
        );
      const plain = tagsOf('plain');
      for (const text of Object.values(HOSTILE)) expect(tagsOf(text), text).to.deep.equal(plain);
    });
  }

  it('names the time zone of its days, and the scan that it is of', () => {
    const words = wordsOf(
      shown(dailyReport({ ...reports.daily, time_zone: 'Asia/Tokyo' } as Parameters<typeof dailyReport>[0])),
    );
    expect(words).to.include('2026-11-20 (Asia/Tokyo) · 4 scans, the latest of 2026-11-20 12:00 UTC');
    expect(words).to.match(/compliancectl 1\.2\.3 · scan plain This file is complete in itself/);
    expect(wordsOf(shown(reports.trend))).to.include('Over time (days of Europe/Berlin)');
  });

  it('says that there was no scan, and shows no figure', () => {
    for (const report of [dailyReport(), weeklyReport(), executiveReport(), trendReport()]) {
      const page = shown(report);
      expect(wordsOf(page)).to.include('There is no scan of this time: nothing is known of it.');
      for (const part of ['class="cards"', 'class="tiles"', 'id="findings"', '<svg', 'NaN'])
        expect(page, report.kind).not.to.include(part);
    }
  });

  it('says what was not seen, what was cut short and what counts for nothing', () => {
    const words = wordsOf(shown(reports.executive));
    expect(words).to.include('The latest scan was cut short: not everything was looked at.');
    expect(words).to.include('Not everything was seen: 3 verdicts are UNKNOWN. What could not be read');
    expect(words).to.include('1 stored document counts for nothing. Which, and why');
    const trend = wordsOf(shown(reports.trend));
    expect(trend).to.include('1 day of 4 had no scan: the lines have gaps there.');
    expect(trend).to.include('1 scan was cut short: not everything was looked at.');
    expect(wordsOf(shown(reports.aggregate))).to.include('2 items of the table could not be read. Which, and why');
  });

  it('lists the findings, worst first, where the report has them', () => {
    const idsOf = (report: Report) => {
      const page = shown(report);
      const data = page.slice(page.indexOf('{"titles"'), page.lastIndexOf('</script>'));
      return decodePageData(data).findings.map(({ id, owner }) => [id, owner]);
    };
    const all = [
      ['plain', 'plain'],
      ['i-0', ''],
    ];
    expect([reports.daily, reports.weekly, reports.aggregate].map(idsOf)).to.deep.equal([all, all, all]);
    expect([reports.executive, reports.trend].map(idsOf)).to.deep.equal([[], []]);
  });

  it('links to findings only on a page that has some', () => {
    for (const kind of ['executive', 'trend'] as const) {
      const page = shown(reports[kind]);
      expect(page).not.to.include('#findings');
      expect(page).to.include('<a class="skip" href="#summary">Skip to the summary</a>');
    }
    expect(shown(reports.weekly)).to.include('data-choose-owner="plain"');
  });

  it('has a trend of scans by their time', () => {
    const words = shown(trendReport({ ...reports.trend, step: 'scan' } as Parameters<typeof trendReport>[0]));
    expect(wordsOf(words)).to.include('Over time (times in UTC)');
    expect(words).to.include('aria-label="Score: 80.00 at 2026-11-18 06:00 UTC, 85.50 at 2026-11-21 06:00 UTC;');
  });
});
