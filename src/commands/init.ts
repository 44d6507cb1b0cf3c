import { existsSync } from 'node:fs';

import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { writeStdout } from '../cli/output.ts';
import { writeFileAtomically } from '../result-files.ts';
import { PRESET_NAMES } from '../config/preset-names.ts';
import { UserError } from '../user-error.ts';

const FILE = 'compliancectl.yaml';

export default class Init extends BaseCommand {
  static override summary = 'Write a commented compliancectl.yaml from a preset.';
  static override examples = ['<%= config.bin %> init', '<%= config.bin %> init --preset regulated'];
  static override flags = {
    preset: Flags.option({ options: PRESET_NAMES })({ summary: 'The preset to start from.', default: 'standard' }),
    force: Flags.boolean({ summary: 'Replace a file that is there.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Init);
    if (existsSync(FILE) && !flags.force) {
      throw new UserError(`There is a ${FILE} here already.`, {
        code: 'FILE_EXISTS',
        suggestions: ['Pass --force to replace it'],
      });
    }
    const { starterConfiguration } = await import('../config/starter.ts');
    await writeFileAtomically(FILE, [starterConfiguration(flags.preset)]);
    const document = { schema: 'compliancectl.init/1', file: FILE, preset: flags.preset };
    await writeStdout([flags.json ? `${JSON.stringify(document, undefined, 2)}\n` : `Wrote ${FILE}.\n`]);
  }
}
