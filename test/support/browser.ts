/**
 * Chromium for tests of pages: the one that `CHROMIUM_PATH` names, or one on the PATH. Each page is watched: what it asks
 * the network for, what it complains of, and whether anything in it ran that should not have.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

const HOW_TO_INSTALL = 'There is no Chromium: install one (apt-get install chromium), or name one in CHROMIUM_PATH.';

export interface WatchedPage {
  readonly page: Page;
  /** All that the page gave to hear: requests but for its own file, dialogs, errors, violations of its policy. */
  readonly noise: readonly string[];
}

/**
 * @returns `undefined` where there is no Chromium
 * @throws in CI, where missing tests must not pass for tests that ran
 */
export function findChromium(env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [env['CHROMIUM_PATH'] ?? '', ...onPath].find(isExecutable);
  if (found === undefined && env['CI'] !== undefined) throw new Error(HOW_TO_INSTALL);
  return found;
}

function isExecutable(path: string): boolean {
  if (path === '') return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Opens files in the browser of the `describe` it is called in, whose tests are skipped where there is none. */
export function browserPages(): (file: string, options?: BrowserContextOptions) => Promise<WatchedPage> {
  let browser: Browser | undefined;
  before(async function () {
    const executablePath = findChromium(process.env);
    if (executablePath === undefined) {
      process.stderr.write(`\nTHE PAGES ARE NOT TESTED. ${HOW_TO_INSTALL}\n\n`);
      this.skip();
    }
    browser = await launchChromium(executablePath);
  });
  afterEach(async () => {
    await Promise.all((browser?.contexts() ?? []).map((context) => context.close()));
  });
  after(async () => {
    await browser?.close();
  });
  return async (file, options = {}) => {
    if (browser === undefined) throw new Error('The browser is not open yet.');
    const context = await browser.newContext(options);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    return watched(await context.newPage(), file);
  };
}

export async function launchChromium(executablePath: string): Promise<Browser> {
  // Its sandbox does not work for root, as whom containers run tests.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}

async function watched(page: Page, file: string): Promise<WatchedPage> {
  const noise: string[] = [];
  const address = pathToFileURL(file).href;
  page.on('requestfinished', (request) => {
    if (request.url() !== address) noise.push(`request: ${request.url()}`);
  });
  // One that the page's own policy refused was never sent; the console has it.
  page.on('requestfailed', (request) => {
    if (request.failure()?.errorText !== 'csp') noise.push(`request: ${request.url()}`);
  });
  page.on('console', (message) => noise.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
  page.on('popup', (popup) => noise.push(`popup: ${popup.url()}`));
  page.on('dialog', (dialog) => {
    noise.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(address);
  return { page, noise };
}
