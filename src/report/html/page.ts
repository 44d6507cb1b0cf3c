/** The page around a report: one file that runs its own script, has its own style, and can fetch nothing. */
import { hash } from 'node:crypto';

import { element, toHtml } from './element.ts';
import type { Content } from './element.ts';
import { PAGE_SCRIPT, PAGE_STYLE } from './page-assets.ts';
import { DATA_ID } from './page-data.ts';

export interface Page {
  readonly title: string;
  readonly header: Content;
  readonly sections: Iterable<Content>;
  readonly footer: Content;
  /** Pieces of JSON for the page's script, in which `<` does not occur. */
  readonly data: Iterable<string>;
}

export function* renderPage({ title, header, sections, footer, data }: Page): Generator<string> {
  yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n';
  yield toHtml([
    element('meta', { charset: 'utf-8' }),
    element('meta', { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy() }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('meta', { name: 'referrer', content: 'no-referrer' }),
    element('meta', { name: 'color-scheme', content: 'light dark' }),
    element('title', {}, title),
  ]);
  // Neither is text of a stranger's, and neither may be escaped: their hashes are over what stands here.
  yield `\n<style>${PAGE_STYLE}</style>\n<script>${PAGE_SCRIPT}</script>\n</head>\n<body>\n`;
  yield `${toHtml(header)}\n<main>\n`;
  for (const section of sections) yield `${toHtml(section)}\n`;
  yield `</main>\n${toHtml(footer)}\n`;
  yield `<script type="application/json" id="${DATA_ID}">`;
  yield* data;
  yield '</script>\n</body>\n</html>\n';
}

/**
 * Nothing is loaded, nothing runs but this page's script, and that may write no HTML: a name that got through as markup
 * would still be dead.
 */
function contentSecurityPolicy(): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(PAGE_SCRIPT)}`,
    `style-src ${hashOf(PAGE_STYLE)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `'sha256-${hash('sha256', text, 'base64')}'`;
}
