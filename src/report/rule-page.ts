/** What a rule's page and the rules' index say of themselves: read off the rule. */
import { z } from 'zod';

import type { AnyRule } from '../engine/rule.ts';
import { judgedTypes } from '../engine/rule.ts';

/** The head of a rule's page in Markdown, with the line break at its end. */
export function ruleHead(rule: AnyRule, permissions: readonly string[]): string {
  const rows = [
    ['Severity', rule.severity],
    ['Category', rule.category],
    ['Judges', judgedTypes(rule).map(code).join(', ')],
    ['Permissions', permissions.map(code).join(', ')],
  ];
  return [
    `# ${rule.title}`,
    '',
    code(rule.id),
    '',
    '| | |',
    '| --- | --- |',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    rule.rationale,
    '',
    `**To mend it:** ${rule.remedy}`,
    '',
    ...parameterTable(rule),
    '',
  ].join('\n');
}

/** The index of all rules, a row each. */
export function ruleIndex(rules: readonly AnyRule[]): string {
  const rows = rules.map(
    ({ id, title, severity, category }) => `| [${id}](${id}.md) | ${title} | ${severity} | ${category} |`,
  );
  return [
    '# Rules',
    '',
    '| rule | what passing means | severity | category |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

interface ParameterSchema {
  readonly description?: string;
  readonly default?: unknown;
}

function parameterTable(rule: AnyRule): string[] {
  const schema = z.toJSONSchema(rule.parameters, { io: 'input', unrepresentable: 'any' });
  const parameters = Object.entries((schema.properties ?? {}) as Record<string, ParameterSchema>);
  if (parameters.length === 0) return ['It has no parameters.'];
  const rows = parameters.map(([name, { description = '', default: value }]) => {
    const shown = value === undefined ? 'none' : code(JSON.stringify(value));
    return `| ${code(name)} | ${description.replaceAll('|', String.raw`\|`)} | ${shown} |`;
  });
  return ['| parameter | what it does | default |', '| --- | --- | --- |', ...rows];
}

function code(text: string): string {
  return `\`${text}\``;
}
