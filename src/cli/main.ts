/** Runs the CLI: the one place where an error becomes words and an exit code. */
import { Config, Errors, run } from '@oclif/core';
import type { Interfaces } from '@oclif/core';

import { EXIT, UserError } from '../user-error.ts';
import type { ExitCode } from '../user-error.ts';
import { plainText } from '../report/plain-text.ts';
import { ignoreClosedPipes, isClosedPipe } from './output.ts';

/**
 * @param options where the package is, as oclif wants it; the development entry hands over a changed package.json
 */
export async function main(argv: readonly string[], options: Interfaces.LoadOptions): Promise<void> {
  ignoreClosedPipes();
  try {
    await run([...argv], await Config.load(options));
  } catch (error) {
    if (isClosedPipe(error)) return;
    const json = argv.includes('--json');
    const report = describe(error, json);
    if (report === undefined) return;
    process.exitCode = report.exitCode;
    if (json)
      process.stdout.write(
        `${JSON.stringify({ schema: 'compliancectl.error/1', error: report.document }, undefined, 2)}\n`,
      );
    process.stderr.write(report.text);
  }
}

interface ErrorReport {
  readonly exitCode: ExitCode;
  readonly text: string;
  /** Never echoes the arguments: they may hold a secret. */
  readonly document: { readonly code: string; readonly message: string; readonly suggestions: readonly string[] };
}

/** What to say of an error; `undefined` where oclif only ended early, after `--help`. */
function describe(error: unknown, json: boolean): ErrorReport | undefined {
  if (error instanceof Errors.ExitError && error.oclif.exit === 0) return undefined;
  if (error instanceof UserError)
    return reportOf(json ? error.echoFree : error.message, error.code, error.suggestions, error.exitCode);
  if (error instanceof Errors.CLIError) {
    return reportOf(
      json ? wordsFor(error) : oneSentence(error.message),
      'USAGE',
      ['See what there is with --help'],
      EXIT.usage,
    );
  }
  const defect = error instanceof Error ? error : new Error(String(error));
  return {
    exitCode: EXIT.failed,
    text: `Error: this is a defect of compliancectl: ${plainText(defect.stack ?? defect.message)}\n`,
    document: { code: 'DEFECT', message: 'This is a defect of compliancectl.', suggestions: [] },
  };
}

function reportOf(words: string, code: string, suggestions: readonly string[], exitCode: ExitCode): ErrorReport {
  const message = plainText(words);
  const hints = suggestions.map((suggestion) => `  ${plainText(suggestion)}\n`).join('');
  return { exitCode, text: `Error: ${message}\n${hints}`, document: { code, message, suggestions } };
}

/** oclif's message names the argument as it was typed; this says the same without it. */
function wordsFor(error: Error): string {
  switch (error.constructor.name) {
    case 'NonExistentFlagsError':
      return 'A flag does not exist.';
    case 'UnexpectedArgsError':
      return 'There is an argument too many.';
    case 'RequiredArgsError':
      return 'An argument is missing.';
    case 'FlagInvalidOptionError':
    case 'ArgInvalidOptionError':
      return 'A flag or an argument has a value that is not allowed.';
    case 'FailedFlagValidationError':
    case 'ViolatedFlagConstraintError':
      return 'The flags do not go together.';
    default:
      return 'The command or its flags are wrong.';
  }
}

/** oclif's words for people, on one line. */
function oneSentence(message: string): string {
  const [words = ''] = message.replace(/\nSee more help with --help$/, '').split('\n\n');
  const line = words
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/^Parsing (--\S+)\s+E/, '$1: e')
    .replace(/^command (\S+) not found/, (_, id: string) => `There is no command ${id.replaceAll(':', ' ')}`)
    .replaceAll(/\s+/g, ' ');
  return /[.?!]$/.test(line) ? line : `${line}.`;
}
