/** What costs money for nothing, for people at a terminal, for a CI job's summary, and as a document. */
import type { ChalkInstance } from 'chalk';

import { markdownText } from './markdown-text.ts';
import { plainLine } from './plain-text.ts';
import { mathLines, priceSources } from './savings-words.ts';
import type { SavingsView } from './savings.ts';
import { indented, markdownCommands, markdownSection, readableWidth, sectionText, wrapped } from './sections.ts';
import { fitted, plainTable, textOf } from './table.ts';
import type { WasteDocument, WasteRow } from './waste-document.ts';
import {
  adviceOf,
  commandsTitle,
  keptText,
  kindSums,
  moreText,
  resourceName,
  shownRows,
  wasteName,
  wasteSaving,
  wasteSections,
  wasteTitle,
  wasteTotal,
} from './waste-words.ts';
import type { Advice } from './waste-words.ts';

/** The tables and everything that is said beside them, ended by a line break. */
export function wasteTable(document: WasteDocument, chalk: ChalkInstance, view: SavingsView): string {
  const width = readableWidth(view.width);
  const bold = (text: string) => `${chalk.bold(wrapped(text, width).trimEnd())}\n`;
  const { counted, cheap } = shownRows(document);
  return [
    `${bold(wasteTitle(document))}\n`,
    sumTable(document, chalk, width),
    bold(wasteTotal(document)),
    ...factsOf(document).map((text) => wrapped(text, width)),
    counted.length === 0 ? '' : `\n${rowTable(counted, chalk, width)}`,
    ...wasteSections(document).map((section) => sectionText(section, chalk, width)),
    adviceText(document, chalk, width),
    view.showMath ? mathText([...counted, ...cheap], chalk, width) : '',
  ].join('');
}

/** What is said beside the sums, a sentence each. */
function factsOf(document: WasteDocument): readonly string[] {
  const { more } = shownRows(document);
  return [priceSources(document), keptText(document), moreText(more)].filter((text) => text !== undefined);
}

const MONEY = 12;
const FOUND = 14;

function sumTable(document: WasteDocument, chalk: ChalkInstance, width: number): string {
  const name = width - FOUND - MONEY;
  const table = plainTable(['WHAT', 'FOUND', 'A MONTH'], [name, FOUND, MONEY], chalk, ['left', 'right', 'right']);
  for (const { name: what, found, saving } of kindSums(document)) table.push([what, found, saving]);
  return `${textOf(table)}\n\n`;
}

function rowTable(rows: readonly WasteRow[], chalk: ChalkInstance, width: number): string {
  const resource = Math.floor((width - MONEY) / 2);
  const details = width - MONEY - resource;
  const table = plainTable(['RESOURCE', 'WHAT IT IS', 'A MONTH'], [resource, details, MONEY], chalk, [
    'left',
    'left',
    'right',
  ]);
  for (const row of rows) {
    const id = row.resource_name === null ? [] : [chalk.dim(fitted(row.resource_id, resource))];
    table.push([
      [fitted(row.resource_name ?? row.resource_id, resource), ...id].join('\n'),
      [fitted(wasteName(row.what), details), chalk.dim(fitted(row.details, details))].join('\n'),
      row.saving.monthly_usd === null ? chalk.yellow(wasteSaving(row)) : wasteSaving(row),
    ]);
  }
  return `${textOf(table)}\n`;
}

/** Commands stand on lines of their own, however long, so that they can be copied. */
function adviceText(document: WasteDocument, chalk: ChalkInstance, width: number): string {
  const { counted, cheap } = shownRows(document);
  const all = adviceOf([...counted, ...cheap]);
  if (all.length === 0) return '';
  const title = hasCommands(all) ? `${wrapped(commandsTitle(document), width)}\n` : '';
  const parts = all.map(
    ({ advice, commands }) =>
      indented(advice, width) + commands.map((steps) => `  ${steps.map(plainLine).join(' &&\n    ')}\n`).join(''),
  );
  return `\n${chalk.bold('WHAT TO DO')}\n${title}${parts.join('\n')}`;
}

function hasCommands(all: readonly Advice[]): boolean {
  return all.some(({ commands }) => commands.length > 0);
}

function mathText(rows: readonly WasteRow[], chalk: ChalkInstance, width: number): string {
  if (rows.length === 0) return '';
  const parts = rows.map((row) => {
    const lines = mathLines(row.saving).map((line) => indented(line, width, '    '));
    return indented(`${resourceName(row)}: ${wasteSaving(row)}`, width) + lines.join('');
  });
  return `\n${chalk.bold('HOW IT IS COUNTED')}\n${parts.join('')}`;
}

/** For a CI job's summary. Commands and the math are folded away. */
export function wasteMarkdown(document: WasteDocument): string {
  const { counted, cheap } = shownRows(document);
  const rows = [...counted, ...cheap];
  return [
    `## ${markdownText(wasteTitle(document))}\n\n`,
    `**${markdownText(wasteTotal(document))}**\n\n`,
    ...factsOf(document).map((text) => `${markdownText(text)}\n\n`),
    `${markdownSums(document)}\n`,
    counted.length === 0 ? '' : `${markdownRows(counted)}\n`,
    ...wasteSections(document).map(markdownSection),
    folded('What to do', markdownAdvice(document, rows)),
    folded('How it is counted', markdownMath(rows)),
  ].join('');
}

const cells = (values: readonly string[]) => `| ${values.join(' | ')} |\n`;

function markdownSums(document: WasteDocument): string {
  const lines = kindSums(document).map(({ name, found, saving }) => cells([name, found, markdownText(saving)]));
  return `${cells(['what', 'found', 'a month'])}| --- | ---: | ---: |\n${lines.join('')}`;
}

function markdownRows(rows: readonly WasteRow[]): string {
  const lines = rows.map((row) => {
    const names = [row.resource_name, row.resource_id].filter((text) => text !== null).map(markdownText);
    const what = `${wasteName(row.what)}<br>${markdownText(row.details)}`;
    return cells([names.join('<br>'), what, markdownText(wasteSaving(row))]);
  });
  return `${cells(['resource', 'what it is', 'a month'])}| --- | --- | ---: |\n${lines.join('')}`;
}

/** What belongs to one row is one block, so that it is copied by itself. */
function markdownAdvice(document: WasteDocument, rows: readonly WasteRow[]): string {
  const all = adviceOf(rows);
  const title = hasCommands(all) ? `${markdownText(commandsTitle(document))}\n\n` : '';
  const parts = all.map(({ advice, commands }) => {
    const blocks = commands.map((steps) =>
      markdownCommands(steps.map((step, index) => (index < steps.length - 1 ? `${step} &&` : step))),
    );
    return [`${markdownText(advice)}\n`, ...blocks].join('\n');
  });
  return title + parts.join('\n');
}

function markdownMath(rows: readonly WasteRow[]): string {
  return rows
    .map((row) => {
      const lines = mathLines(row.saving).map((line) => `  - ${markdownText(line)}\n`);
      return `- ${markdownText(`${resourceName(row)}: ${wasteSaving(row)}`)}\n${lines.join('')}`;
    })
    .join('');
}

function folded(title: string, text: string): string {
  return text === '' ? '' : `<details><summary>${title}</summary>\n\n${text}\n</details>\n\n`;
}

/** The document itself, for programs. */
export function wasteJson(document: WasteDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
