import { Args } from '@oclif/core';

import { BaseCommand } from '../../cli/base-command.ts';
import { writeStdout } from '../../cli/output.ts';
import { colourFor } from '../../cli/terminal.ts';

export default class RulesShow extends BaseCommand {
  static override summary = 'Explain one rule: what it looks at, why, how to mend it.';
  static override examples = ['<%= config.bin %> rules show ec2-required-tags'];
  static override args = { id: Args.string({ description: 'Id of the rule.', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RulesShow);
    const { describeRuleById } = await import('../../scan/describe-rules.ts');
    const { renderRule } = await import('../../report/rule-text.ts');
    const rule = describeRuleById(args.id);
    const document = { schema: 'compliancectl.rule/1', rule };
    await writeStdout(
      flags.json ? [`${JSON.stringify(document, undefined, 2)}\n`] : renderRule(rule, colourFor('stdout', process.env)),
    );
  }
}
