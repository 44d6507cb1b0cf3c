/** Where a scan is to be shown, and how: `-f table -f sarif=out.sarif`. */
import { FORMAT_NAMES, loadRenderer } from '../report/formats.ts';
import type { FormatName, RenderContext } from '../report/formats.ts';
import type { Scan } from '../engine/scan-document.ts';
import { UserError } from '../user-error.ts';
import { writeFileAtomically, writeStdout } from './output.ts';

export interface OutputTarget {
  readonly format: FormatName;
  /** Standard output where there is none. */
  readonly file?: string;
}

/**
 * The targets of `--format` and `--json`; a table on standard output where nothing was asked for.
 *
 * @throws UserError `BAD_FORMAT` for a format that does not exist, or two for one place
 */
export function parseOutputs(formats: readonly string[], json: boolean): OutputTarget[] {
  const targets = [...(json ? ['json'] : []), ...formats].map(parseOutput);
  const places = targets.map(({ file = 'standard output' }) => file);
  const twice = places.find((place, index) => places.indexOf(place) !== index);
  if (twice !== undefined) {
    throw new UserError(`Two formats are to go to ${twice}.`, {
      code: 'BAD_FORMAT',
      suggestions: ['Give all but one a file of its own: -f table -f json=scan.json'],
    });
  }
  return targets.length === 0 ? [{ format: 'table' }] : targets;
}

function parseOutput(text: string): OutputTarget {
  const at = text.indexOf('=');
  const name = at === -1 ? text : text.slice(0, at);
  const format = FORMAT_NAMES.find((known) => known === name);
  const file = at === -1 ? undefined : text.slice(at + 1);
  if (format !== undefined && file !== '') return { format, ...(file !== undefined && { file }) };
  throw new UserError(format === undefined ? 'There is no such format.' : `--format ${format}= names no file.`, {
    code: 'BAD_FORMAT',
    suggestions: [`The formats are ${FORMAT_NAMES.join(', ')}; a file is given as -f json=scan.json`],
  });
}

/**
 * Renders a scan to every target, files first: a reader that closes standard output must not cost a file.
 *
 * @param keepFiles true leaves files as they are, for a scan that was cut short
 */
export async function writeOutputs(
  scan: Scan,
  targets: readonly OutputTarget[],
  context: RenderContext,
  keepFiles: boolean,
): Promise<void> {
  for (const { format, file } of targets.toSorted(
    (a, b) => Number(a.file === undefined) - Number(b.file === undefined),
  )) {
    if (file !== undefined && keepFiles) continue;
    const pieces = (await loadRenderer(format))(scan, context);
    await (file === undefined ? writeStdout(pieces) : writeFileAtomically(file, pieces));
  }
}
