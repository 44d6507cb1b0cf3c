/** What scaling an environment down changes and saves, for people at a terminal, for a CI job's summary, and as a document. */
import type { ChalkInstance } from 'chalk';

import { markdownText } from './markdown-text.ts';
import type { OptimizeChange, OptimizeDocument, OptimizeRow } from './optimize-document.ts';
import { plainLine } from './plain-text.ts';
import {
  changeTexts,
  kindName,
  mathLines,
  nextSteps,
  outcomeCounts,
  outcomeText,
  priceSources,
  rowName,
  savingText,
  sectionsOf,
  shownChanges,
  titleOf,
  totalText,
} from './savings-words.ts';
import { indented, markdownCommands, markdownSection, readableWidth, sectionText, wrapped } from './sections.ts';
import { fitted, plainTable, textOf } from './table.ts';

export interface SavingsView {
  /** Columns of the terminal. */
  readonly width: number;
  /** How each saving is counted, too. */
  readonly showMath: boolean;
}

/** The table and everything that is said beside it, ended by a line break. */
export function savingsTable(document: OptimizeDocument, chalk: ChalkInstance, view: SavingsView): string {
  const width = readableWidth(view.width);
  const painted = (text: string, paint: ChalkInstance) => paint(wrapped(text, width).trimEnd());
  const facts = [outcomeCounts(document), priceSources(document)].filter((text) => text !== undefined);
  return [
    `${painted(titleOf(document), chalk.bold)}\n\n`,
    rowTable(document, chalk, width),
    `${painted(totalText(document), chalk.bold)}\n`,
    ...facts.map((text) => wrapped(text, width)),
    ...sectionsOf(document).map((section) => sectionText(section, chalk, width)),
    view.showMath ? mathText(document, chalk, width) : '',
    nextText(document, width),
  ].join('');
}

/** The command stands on a line of its own, however long, so that it can be copied. */
function nextText(document: OptimizeDocument, width: number): string {
  const { notes, restore } = nextSteps(document);
  const command = restore === undefined ? '' : `${wrapped(restore.say, width)}  ${plainLine(restore.command)}\n`;
  return notes.length === 0 ? '' : `\n${notes.map((text) => wrapped(text, width)).join('')}${command}`;
}

const STATE = 15;
const MONEY = 12;

function rowTable({ rows, mode }: OptimizeDocument, chalk: ChalkInstance, width: number): string {
  if (rows.length === 0) return '';
  const resource = Math.floor((width - STATE - MONEY) / 2);
  const change = width - STATE - MONEY - resource;
  const table = plainTable(
    ['RESOURCE', 'STATE', 'CHANGE', mode === 'restore' ? '' : 'A MONTH'.padStart(MONEY - 2)],
    [resource, STATE, change, MONEY],
    chalk,
  );
  for (const row of rows) {
    const [called, ...more] = [row.resource_name, row.resource_id, kindName(row.kind)].filter((text) => text !== null);
    const names = [fitted(called ?? '', resource), ...more.map((text) => chalk.dim(fitted(text, resource)))];
    const changes = shownChanges(row);
    if (changes.length === 0) {
      const reason = fitted(row.reason ?? '', change + MONEY);
      table.push([names.join('\n'), stateColour(row, chalk)(row.state), { content: reason, colSpan: 2 }]);
    }
    for (const [index, step] of changes.entries()) {
      const saved = index === 0 && mode !== 'restore' ? savingText(row).padStart(MONEY - 2) : '';
      const last = index === changes.length - 1;
      table.push([
        (last ? names.slice(index) : names.slice(index, index + 1)).join('\n'),
        outcomeColour(step.outcome, chalk)(outcomeText(step, mode)),
        changeTexts(step)
          .map((text) => fitted(text, change))
          .join('\n'),
        saved,
      ]);
    }
  }
  return `${textOf(table)}\n\n`;
}

type Colour = (text: string) => string;

function stateColour({ state }: OptimizeRow, chalk: ChalkInstance): Colour {
  return state === 'blocked' ? chalk.yellow : chalk.dim;
}

function outcomeColour(outcome: OptimizeChange['outcome'], chalk: ChalkInstance): Colour {
  switch (outcome) {
    case 'verified':
    case 'already':
    case 'restored':
      return chalk.green;
    case 'failed':
      return chalk.red;
    case 'applied':
    case 'gone':
    case 'not-attempted':
      return chalk.yellow;
    case null:
      return String;
  }
}

function mathText({ rows }: OptimizeDocument, chalk: ChalkInstance, width: number): string {
  const counted = rows.flatMap((row) => (row.saving === null ? [] : [{ row, saving: row.saving }]));
  if (counted.length === 0) return '';
  const parts = counted.map(({ row, saving }) => {
    const head = indented(`${rowName(row)}: ${savingText(row)}`, width);
    return (
      head +
      mathLines(saving)
        .map((line) => indented(line, width, '    '))
        .join('')
    );
  });
  return `\n${chalk.bold('HOW IT IS COUNTED')}\n${parts.join('')}`;
}

/** For a CI job's summary. It always has the math, folded away. */
export function savingsMarkdown(document: OptimizeDocument): string {
  const { rows, mode } = document;
  const facts = [outcomeCounts(document), priceSources(document)].filter((text) => text !== undefined);
  return [
    `## ${markdownText(titleOf(document))}\n\n`,
    `**${markdownText(totalText(document))}**\n\n`,
    ...facts.map((text) => `${markdownText(text)}\n\n`),
    rows.length === 0 ? '' : `${markdownTable(document)}\n`,
    ...sectionsOf(document).map(markdownSection),
    mode === 'restore' ? '' : markdownMath(rows),
    markdownNext(document),
  ].join('');
}

function markdownTable({ rows, mode }: OptimizeDocument): string {
  const cells = (values: readonly string[]) => `| ${values.join(' | ')} |\n`;
  const head = ['resource', 'state', 'change', 'a month'];
  const lines = rows.flatMap((row) => {
    const name = [row.resource_name, row.resource_id, kindName(row.kind)]
      .filter((text) => text !== null)
      .map(markdownText)
      .join('<br>');
    const changes = shownChanges(row);
    if (changes.length === 0) return [cells([name, row.state, markdownText(row.reason ?? ''), ''])];
    return changes.map((step, index) => {
      const outcome = outcomeText(step, mode);
      return cells([
        index === 0 ? name : '',
        step.outcome === 'failed' ? `**${outcome}**` : outcome,
        changeTexts(step).map(markdownText).join('<br>'),
        index === 0 && mode !== 'restore' ? markdownText(savingText(row)) : '',
      ]);
    });
  });
  return `${cells(head)}| --- | --- | --- | ---: |\n${lines.join('')}`;
}

function markdownMath(rows: readonly OptimizeRow[]): string {
  const parts = rows.flatMap((row) => {
    if (row.saving === null) return [];
    const lines = mathLines(row.saving).map((line) => `  - ${markdownText(line)}\n`);
    return [`- ${markdownText(`${rowName(row)}: ${savingText(row)}`)}\n${lines.join('')}`];
  });
  if (parts.length === 0) return '';
  return `<details><summary>How it is counted</summary>\n\n${parts.join('')}\n</details>\n\n`;
}

function markdownNext(document: OptimizeDocument): string {
  const { notes, restore } = nextSteps(document);
  const command =
    restore === undefined ? '' : `${markdownText(restore.say)}\n\n${markdownCommands([restore.command])}\n`;
  return `${notes.map((line) => `${markdownText(line)}\n\n`).join('')}${command}`;
}

/** The document itself, for programs. */
export function savingsJson(document: OptimizeDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
