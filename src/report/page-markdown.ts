/** A page as Markdown: for a pull request, a job's summary, an issue. */
import { markdownText } from './markdown-text.ts';
import type { Graph, Page, PageSection } from './page.ts';
import { sparkline } from './sparkline.ts';

/** Characters of a graph: what a comment of GitHub's shows without a bar to scroll by. */
const GRAPH = 60;

/** Characters of a cell that are shown: one finding may have a thousand facts. */
const CELL = 300;

export function* renderPageMarkdown({ title, when, lead, graphs, sections }: Page): Generator<string> {
  yield `## ${markdownText(title)}, ${when}\n\n`;
  for (const sentence of lead) yield `${sentence}\n\n`;
  for (const graph of graphs) yield graphLine(graph);
  if (graphs.length > 0) yield '\n';
  for (const section of sections) yield* sectionText(section);
}

function graphLine({ name, values }: Graph): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return `- ${name}: none\n`;
  return `- ${name}: \`${sparkline(values, GRAPH)}\` ${known[0]} to ${known.at(-1)}\n`;
}

function* sectionText({ title, columns, rows, left }: PageSection): Generator<string> {
  yield `### ${title}\n\n`;
  yield `| ${columns.map((column) => column.title).join(' | ')} |\n`;
  yield `| ${columns.map(({ align }) => (align === 'right' ? '---:' : '---')).join(' | ')} |\n`;
  for (const row of rows) yield `| ${row.map((cell) => markdownText(shortened(cell))).join(' | ')} |\n`;
  yield left > 0 ? `\n${left} more not shown here.\n\n` : '\n';
}

function shortened(text: string): string {
  return text.length <= CELL ? text : `${text.slice(0, CELL)}…`;
}
