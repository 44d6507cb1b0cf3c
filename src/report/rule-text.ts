/** Rules for people at a terminal. */
import type { ChalkInstance } from 'chalk';
import wrapAnsi from 'wrap-ansi';

import type { RuleDescription } from '../engine/rule-description.ts';

const WIDTH = 80;

/** One line a rule: its id, how much it weighs, and what passing means. */
export function* renderRuleList(descriptions: readonly RuleDescription[], chalk: ChalkInstance): Generator<string> {
  const width = Math.max(...descriptions.map(({ id }) => id.length));
  for (const { id, severity, title } of descriptions) {
    const lead = `${id.padEnd(width)}  ${severity.padEnd(8)}  `;
    const [first = '', ...rest] = wrapAnsi(title, WIDTH - lead.length).split('\n');
    yield `${chalk.bold(id.padEnd(width))}  ${severity.padEnd(8)}  ${first}\n`;
    for (const line of rest) yield `${' '.repeat(lead.length)}${line}\n`;
  }
  yield '\nWhat a rule checks and how to mend it: compliancectl rules show ID\n';
}

/** Everything about one rule. */
export function* renderRule(rule: RuleDescription, chalk: ChalkInstance): Generator<string> {
  yield `${chalk.bold(rule.title)}\n${rule.id}, ${rule.severity}, ${rule.category}\n\n`;
  yield* section('What it looks at', [rule.resource_types.join(', ')], chalk);
  yield* section('Why', [rule.rationale], chalk);
  yield* section('How to mend it', [rule.remedy], chalk);
  yield* section('Parameters', parameterLines(rule), chalk);
  yield* section('Permissions it needs', [rule.permissions.join(', ')], chalk);
  yield* section(
    'Frameworks',
    rule.frameworks.map(({ framework, control, title, covers }) => {
      return `${framework} ${control}${covers === 'part' ? ' (in part)' : ''}: ${title}`;
    }),
    chalk,
  );
}

function* section(title: string, lines: readonly string[], chalk: ChalkInstance): Generator<string> {
  yield `${chalk.bold(title)}\n`;
  for (const line of lines.length === 0 ? ['none'] : lines) {
    yield `${wrapAnsi(line, WIDTH - 2).replaceAll(/^/gm, '  ')}\n`;
  }
  yield '\n';
}

function parameterLines({ parameters }: RuleDescription): string[] {
  return parameters.map(({ name, description, default: value }) => {
    return `${name} (default: ${value === undefined ? 'none' : JSON.stringify(value)})\n${description}`;
  });
}
