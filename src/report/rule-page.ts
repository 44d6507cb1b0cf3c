/** What a rule's page and the rules' index say of themselves, in Markdown. */
import type { RuleDescription } from '../engine/rule-description.ts';

/** The head of a rule's page, with the line break at its end. */
export function ruleHead(rule: RuleDescription): string {
  return [
    `# ${rule.title}`,
    '',
    code(rule.id),
    '',
    '| | |',
    '| --- | --- |',
    `| Severity | ${rule.severity} |`,
    `| Category | ${rule.category} |`,
    `| Judges | ${rule.resource_types.map(code).join(', ')} |`,
    `| Permissions | ${rule.permissions.map(code).join(', ')} |`,
    `| Frameworks | ${frameworkList(rule)} |`,
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
export function ruleIndex(rules: readonly RuleDescription[]): string {
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

function frameworkList({ frameworks }: RuleDescription): string {
  const shown = frameworks.map(({ framework, control, covers }) => {
    return `${framework} ${control}${covers === 'part' ? ' (in part)' : ''}`;
  });
  return shown.length === 0 ? 'none' : shown.join(', ');
}

function parameterTable({ parameters }: RuleDescription): string[] {
  if (parameters.length === 0) return ['It has no parameters.'];
  const rows = parameters.map(({ name, description, default: value }) => {
    const shown = value === undefined ? 'none' : code(JSON.stringify(value));
    return `| ${code(name)} | ${description.replaceAll('|', String.raw`\|`)} | ${shown} |`;
  });
  return ['| parameter | what it does | default |', '| --- | --- | --- |', ...rows];
}

function code(text: string): string {
  return `\`${text}\``;
}
