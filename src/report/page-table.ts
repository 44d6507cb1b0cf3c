/** A page at a terminal, within 80 columns. */
import type { ChalkInstance } from 'chalk';
import wrapAnsi from 'wrap-ansi';

import type { Graph, Page, PageSection } from './page.ts';
import { plainLine } from './plain-text.ts';
import { sparkline } from './sparkline.ts';
import { fitted, plainTable, textOf } from './table.ts';

const WIDTH = 80;

/** The longest name of a graph, and the room for its two ends. */
const NAME = 14;
const ENDS = 22;

export function* renderPageTable(
  { title, when, lead, graphs, sections }: Page,
  chalk: ChalkInstance,
): Generator<string> {
  yield `${chalk.bold(`${plainLine(title)}, ${when}`)}\n\n`;
  for (const sentence of lead) yield `${wrapAnsi(sentence, WIDTH, { hard: true })}\n`;
  if (graphs.length > 0) yield '\n';
  for (const graph of graphs) yield graphLine(graph);
  for (const section of sections) yield* sectionText(section, chalk);
}

function graphLine({ name, values }: Graph): string {
  const known = values.filter((value) => value !== null);
  const ends = known.length === 0 ? 'none' : `${known[0]} to ${known.at(-1)}`;
  return `${name.padEnd(NAME)}${sparkline(values, WIDTH - NAME - ENDS)}  ${ends}\n`;
}

function* sectionText({ title, columns, rows, left }: PageSection, chalk: ChalkInstance): Generator<string> {
  yield `\n${chalk.bold(title)}\n`;
  const table = plainTable(
    columns.map((column) => column.title.toUpperCase()),
    columns.map(({ width }) => width),
    chalk,
    columns.map(({ align }) => align ?? ('left' as const)),
  );
  for (const row of rows) table.push(row.map((cell, index) => fitted(cell, columns[index]?.width ?? WIDTH)));
  yield `${textOf(table)}\n`;
  if (left > 0) yield `${left} more: --limit ${rows.length + left} shows them all.\n`;
}
