import { BaseCommand } from '../../cli/base-command.ts';
import { writeStdout } from '../../cli/output.ts';
import { colourFor } from '../../cli/terminal.ts';

export default class Rules extends BaseCommand {
  static override summary = 'List the rules.';
  static override examples = ['<%= config.bin %> rules', '<%= config.bin %> rules --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Rules);
    const { describeRules } = await import('../../scan/describe-rules.ts');
    const { renderRuleList } = await import('../../report/rule-text.ts');
    const rules = describeRules();
    const document = { schema: 'compliancectl.rules/1', rules };
    await writeStdout(
      flags.json
        ? [`${JSON.stringify(document, undefined, 2)}\n`]
        : renderRuleList(rules, colourFor('stdout', process.env)),
    );
  }
}
