// How fast the HTML report is written, opened and filtered: node bench/html-report.ts [--findings N]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { Chalk } from 'chalk';
import type { Page } from 'playwright-core';

import { compareEvaluations } from '../src/engine/evaluation.ts';
import type { Evaluation } from '../src/engine/evaluation.ts';
import { Evaluator } from '../src/engine/evaluate.ts';
import { rules } from '../src/engine/rules/index.ts';
import { SCAN_SCHEMA } from '../src/engine/scan-document.ts';
import type { Scan } from '../src/engine/scan-document.ts';
import { renderHtml } from '../src/report/html.ts';
import { findChromium, launchChromium } from '../test/support/browser.ts';
import { ACCOUNT, FULL_SIZE, placesOf, REGIONS, resourcesIn } from './support/estate.ts';
import { median, printTable, whole } from './support/table.ts';

const ROUNDS = 15;

/** What somebody may do to the table, as the page's own elements take it. */
const ACTIONS: Readonly<Record<string, string>> = {
  'a word': "type('instance')",
  'two words': "type('i-0 instance')",
  'no word': "type('')",
  'a severity': "flip('severity')",
  'a status': "flip('status')",
  'a rule': 'choose()',
  'another order': "document.querySelector('[data-sort=id]').click()",
};

const { values } = parseArgs({ options: { findings: { type: 'string', default: '20000' } } });
const scan = scanWith(Number(values.findings));

const executablePath = findChromium(process.env);
if (executablePath === undefined) throw new Error('There is no Chromium to open the report in.');
const folder = mkdtempSync(join(tmpdir(), 'compliancectl-bench-'));
const browser = await launchChromium(executablePath);
try {
  const started = performance.now();
  const text = Array.from(
    renderHtml(scan, { chalk: new Chalk({ level: 0 }), limit: 50, toolVersion: '0', rules }),
  ).join('');
  const written = performance.now() - started;
  const file = join(folder, 'report.html');
  writeFileSync(file, text);
  const page = await browser.newPage();
  await page.goto(pathToFileURL(file).href);
  const loaded = Number(await page.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd'));

  // Nobody types sooner, and by then the page has put together what a search goes by.
  await page.waitForTimeout(500);

  const rows = [];
  for (const [name, action] of Object.entries(ACTIONS)) rows.push([name, ...(await timesOf(page, action))]);
  printTable(`HTML report of ${whole(scan.evaluations.length)} findings, ${(text.length / 1e6).toFixed(1)} MB`, [
    ['step', 'time', 'target'],
    ['written', `${written.toFixed(0)} ms`, ''],
    ['opened', `${loaded.toFixed(0)} ms`, ''],
  ]);
  printTable(`Until the table is laid out, ${ROUNDS} rounds`, [['filter', 'median', 'longest', 'target'], ...rows]);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

async function timesOf(page: Page, action: string): Promise<readonly string[]> {
  const times = (await page.evaluate(`(() => {
    const type = (text) => {
      const words = document.getElementById('words');
      words.value = text;
      words.dispatchEvent(new Event('input'));
    };
    const flip = (field) => document.querySelector('[data-filter=' + field + ']').click();
    const choose = () => {
      const rule = document.getElementById('filter-rule');
      rule.selectedIndex = (rule.selectedIndex + 1) % rule.options.length;
      rule.dispatchEvent(new Event('change'));
    };
    document.getElementById('clear').click();
    return Array.from({ length: ${ROUNDS} }, () => {
      const started = performance.now();
      ${action};
      // Asking for a size has the browser lay the page out.
      document.body.getBoundingClientRect();
      return performance.now() - started;
    });
  })()`)) as number[];
  return [`${median(times).toFixed(1)} ms`, `${Math.max(...times).toFixed(1)} ms`, '100 ms'];
}

/** The first findings of the benchmarks' estate, failing ones and others, as many as that. */
function scanWith(count: number): Scan {
  const evaluator = new Evaluator(
    rules.map((rule) => ({ rule, parameters: rule.parameters.parse({}) })),
    { reported: new Set(['FAIL', 'UNKNOWN', 'PASS']) },
  );
  const evaluations: Evaluation[] = [];
  for (const place of placesOf(FULL_SIZE, REGIONS)) {
    for (const resource of resourcesIn(place)) evaluations.push(...evaluator.evaluate(resource));
  }
  evaluations.sort((a, b) => Number(a.status === 'PASS') - Number(b.status === 'PASS') || compareEvaluations(a, b));
  return {
    head: {
      schema: SCAN_SCHEMA,
      scan_id: 'bench',
      report_timestamp: '2026-11-16T06:00:00.000Z',
      environment: 'bench',
      source: 'live',
      complete: true,
      accounts: [ACCOUNT],
      regions: REGIONS,
      ...evaluator.totals(),
      waivers: [],
      gaps: [],
    },
    evaluations: evaluations.slice(0, count),
  };
}
