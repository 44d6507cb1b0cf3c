/** What every command has: its common flags, and a word to the person that never gets into the data. */
import { Command, Flags } from '@oclif/core';

import { plainText } from '../report/plain-text.ts';

export abstract class BaseCommand extends Command {
  static override baseFlags = {
    quiet: Flags.boolean({ char: 'q', summary: 'Print no progress and no notes.', helpGroup: 'GLOBAL' }),
    json: Flags.boolean({ summary: 'Print one JSON document on stdout and nothing else.', helpGroup: 'GLOBAL' }),
  };

  /** A note on stderr: stdout belongs to the data. */
  protected note(message: string, { quiet }: { readonly quiet: boolean }): void {
    if (!quiet) process.stderr.write(`${plainText(message)}\n`);
  }
}
