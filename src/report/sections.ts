/** What is said beside a table, in sections: at a terminal, and in Markdown. */
import type { ChalkInstance } from 'chalk';
import wrapAnsi from 'wrap-ansi';

import { markdownText } from './markdown-text.ts';
import { plainLine } from './plain-text.ts';

/** Something that is said about a row or a call, apart from the table. */
export interface Note {
  readonly about: string;
  readonly text: string;
}

export interface Section {
  readonly title: string;
  /** How grave it is. */
  readonly weight: 'bad' | 'careful' | 'neutral';
  readonly notes: readonly Note[];
}

/** Narrower than this, the columns of a table hold nothing; wider than that, lines are hard to read. */
const [NARROWEST, WIDEST] = [60, 120];

/** The width to write in, given that of the terminal. */
export function readableWidth(columns: number): number {
  return Math.min(Math.max(columns, NARROWEST), WIDEST);
}

/** A paragraph, ended by a line break. */
export function wrapped(text: string, width: number): string {
  return `${wrapAnsi(plainLine(text), width, { hard: true })}\n`;
}

/** Lines of one paragraph; those after the first stand a little further in. */
export function indented(text: string, width: number, margin = '  '): string {
  const lines = wrapAnsi(plainLine(text), width - margin.length - 2, { hard: true }).split('\n');
  return lines.map((line, index) => `${margin}${index === 0 ? '' : '  '}${line}\n`).join('');
}

export function sectionText({ title, weight, notes }: Section, chalk: ChalkInstance, width: number): string {
  const paint = { bad: chalk.bold.red, careful: chalk.bold.yellow, neutral: chalk.bold }[weight];
  const lines = notes.map(({ about, text }) => indented(`${about}: ${text}`, width));
  return `\n${paint(title.toUpperCase())}\n${lines.join('')}`;
}

/** Lines for a shell, to be copied as they are: a fence that is longer than what they hold lets none of it be markup. */
export function markdownCommands(lines: readonly string[]): string {
  const text = lines.map((line) => `${plainLine(line).toWellFormed()}\n`).join('');
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}sh\n${text}${fence}\n`;
}

export function markdownSection({ title, notes }: Section): string {
  const lines = notes.map(({ about, text }) => `- ${markdownText(about)}: ${markdownText(text)}\n`);
  return `### ${title}\n\n${lines.join('')}\n`;
}
