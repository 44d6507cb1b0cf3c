/** The formats a scan can be shown in: one renderer a file, loaded when it is asked for. */
import type { ChalkInstance } from 'chalk';

import type { AnyRule } from '../engine/rule.ts';
import type { Scan } from '../engine/scan-document.ts';

export interface RenderContext {
  readonly chalk: ChalkInstance;
  /** Findings that a table for people shows at most, in the terminal and in Markdown. */
  readonly limit: number;
  readonly toolVersion: string;
  /** The rules of the scan, with what they say of themselves. */
  readonly rules: readonly AnyRule[];
}

/** Turns a scan into text, piece by piece. */
export type Renderer = (scan: Scan, context: RenderContext) => Iterable<string>;

/** How each renderer is loaded. A new format is one file and one line here. */
const RENDERERS = {
  table: async () => (await import('./table.ts')).renderTable,
  json: async () => (await import('./json.ts')).renderJson,
  ndjson: async () => (await import('./ndjson.ts')).renderNdjson,
  sarif: async () => (await import('./sarif.ts')).renderSarif,
  junit: async () => (await import('./junit.ts')).renderJunit,
  csv: async () => (await import('./csv.ts')).renderCsv,
  markdown: async () => (await import('./markdown.ts')).renderMarkdown,
  html: async () => (await import('./html.ts')).renderHtml,
  github: async () => (await import('./github.ts')).renderGithub,
} satisfies Record<string, () => Promise<Renderer>>;

export type FormatName = keyof typeof RENDERERS;
export const FORMAT_NAMES = Object.keys(RENDERERS) as FormatName[];

export function loadRenderer(format: FormatName): Promise<Renderer> {
  return RENDERERS[format]();
}
