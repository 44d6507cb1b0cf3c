/** Where a scan is to be shown, and how: `-f table -f sarif=out.sarif`. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';

import { loadRenderer } from '../report/formats.ts';
import type { FormatName, RenderContext } from '../report/formats.ts';
import type { Scan } from '../engine/scan-document.ts';
import { addToJobSummary, writeFileAtomically } from '../result-files.ts';
import { UserError } from '../user-error.ts';
import { writeStdout } from './output.ts';

export interface OutputTarget<Name extends string = FormatName> {
  readonly format: Name;
  /** Standard output where there is none. */
  readonly file?: string;
}

/**
 * The targets of `--format` and `--json`; a table on standard output where nothing was asked for. `github` may share
 * standard output with `table`: its workflow commands are no document, and the runner picks them out.
 *
 * @param known the formats of the command
 * @throws UserError `BAD_FORMAT` for a format that does not exist, or two for one place
 */
export function parseOutputs<Name extends string>(
  formats: readonly string[],
  json: boolean,
  known: readonly Name[],
): OutputTarget<Name | 'table'>[] {
  const targets = [...(json ? ['json'] : []), ...formats].map((text) => parseOutput(text, known));
  const places = targets.map(placeOf);
  const twice = targets.find((_, index) => places.indexOf(places[index] ?? '') !== index);
  if (twice !== undefined) {
    const { file } = twice;
    const say = (place: string) => `Two formats are to go to ${place}.`;
    throw new UserError(file === undefined ? say('standard output') : { typed: file, say }, {
      code: 'BAD_FORMAT',
      suggestions: ['Give all but one a file of its own: -f table -f json=scan.json'],
    });
  }
  return targets.length === 0 ? [{ format: 'table' }] : targets;
}

/** In the order in which they are written: a reader that closes standard output must not cost a file. */
export function filesFirst<Target extends OutputTarget<string>>(targets: readonly Target[]): Target[] {
  return targets.toSorted((a, b) => Number(a.file === undefined) - Number(b.file === undefined));
}

function placeOf({ format, file }: OutputTarget<string>, _index: number, all: readonly OutputTarget<string>[]): string {
  if (file !== undefined) return resolve(file);
  const beside = all.filter((other) => other.file === undefined).map((other) => other.format);
  const shared = beside.length === 2 && beside.includes('table') && beside.includes('github');
  return shared ? `standard output, as ${format}` : 'standard output';
}

function parseOutput<Name extends string>(text: string, known: readonly Name[]): OutputTarget<Name> {
  const at = text.indexOf('=');
  const name = at === -1 ? text : text.slice(0, at);
  const format = known.find((one) => one === name);
  const file = at === -1 ? undefined : text.slice(at + 1);
  if (format !== undefined && file !== '') return { format, ...(file !== undefined && { file }) };
  throw new UserError(format === undefined ? 'There is no such format.' : `--format ${format}= names no file.`, {
    code: 'BAD_FORMAT',
    suggestions: [`The formats are ${known.join(', ')}; a file is given as -f json=scan.json`],
  });
}

export interface WriteSettings {
  /** True leaves files as they are, for a scan that was cut short. */
  readonly keepFiles: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Renders a scan to every target, files first: a reader that closes standard output must not cost a file. With `github`
 * among them, the Markdown report is added to the job's summary, where there is one (`GITHUB_STEP_SUMMARY`).
 *
 * @throws UserError `CANNOT_WRITE` where a file or the summary cannot be written
 */
export async function writeOutputs(
  scan: Scan,
  targets: readonly OutputTarget[],
  context: RenderContext,
  { keepFiles, env }: WriteSettings,
): Promise<void> {
  const shown: OutputTarget[] = [];
  for (const target of targets) {
    if (target.file === undefined) shown.push(target);
    else if (!keepFiles) await writeFileAtomically(target.file, await piecesOf(target, scan, context));
  }
  const summary = env['GITHUB_STEP_SUMMARY'];
  if (summary !== undefined && summary !== '' && targets.some(({ format }) => format === 'github')) {
    await addToJobSummary(summary, await piecesOf({ format: 'markdown' }, scan, context));
  }
  for (const target of shown.toSorted((a, b) => Number(a.format === 'github') - Number(b.format === 'github'))) {
    const pieces = await piecesOf(target, scan, context);
    await writeStdout(shown.length > 1 && target.format !== 'github' ? withoutCommands(pieces) : pieces);
  }
}

async function piecesOf({ format }: OutputTarget, scan: Scan, context: RenderContext): Promise<Iterable<string>> {
  return (await loadRenderer(format))(scan, context);
}

/**
 * Text beside workflow commands, in which the runner is told to obey none: a resource may be called `::add-mask::`. The
 * word that ends this must be one that nobody can guess.
 */
function* withoutCommands(pieces: Iterable<string>): Generator<string> {
  const word = randomUUID();
  yield `::stop-commands::${word}\n`;
  yield* pieces;
  yield `::${word}::\n`;
}
