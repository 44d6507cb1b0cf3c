/** The compliancectl.yaml that `init` writes: a preset with everything it decides in sight, and what else may be set. */
import { stringify } from 'yaml';

import { describeRule } from '../engine/rule-description.ts';
import type { AnyRule } from '../engine/rule.ts';
import { rules } from '../engine/rules/index.ts';
import { readPreset } from './presets.ts';
import { settingsSchema } from './schema.ts';
import type { PresetName } from './preset-names.ts';

/** The file's text. It means exactly what `preset: NAME` alone means, until someone changes it. */
export function starterConfiguration(preset: PresetName): string {
  const settings = settingsSchema.parse(readPreset(preset));
  const selected = settings.select ?? rules.map(({ id }) => id);
  const lines = [
    '# Settings of compliancectl. A line that is commented out shows what else may be set.',
    '',
    '# The set of defaults that all this is written over.',
    `preset: ${preset}`,
    '',
    '# The lowest score that is good enough; below it scan exits with 1.',
    `threshold: ${settings.threshold ?? 80}`,
    '# failOn: high',
    '# allowIncomplete: false',
    '',
    '# Regions to read where neither --region nor AWS_REGION names one.',
    settings.regions === undefined ? '# regions: [us-east-1]' : `regions: ${flow(settings.regions)}`,
    '',
    '# Other accounts, each read through a role.',
    '# accounts:',
    '#   - id: "123456789012"',
    '#     roleArn: arn:aws:iam::123456789012:role/compliance',
    '',
    ...(settings.select === undefined
      ? []
      : ['# The rules to run.', 'select:', ...settings.select.map((id) => `  - ${id}`), '']),
    '# What single rules go by.',
    'rules:',
    ...rules
      .filter(({ id }) => selected.includes(id))
      .flatMap((rule) => ruleLines(rule, settings.rules?.[rule.id]?.parameters)),
    '# Failures that someone answers for, each until a day at most a year ahead.',
    '# waivers:',
    '#   - rule: ec2-no-public-ip',
    '#     tag: Role=bastion              # or arn: arn:aws:ec2:*:*:instance/i-0123456789abcdef0, or account: "123456789012"',
    '#     owner: platform@example.com',
    '#     reason: The way in for operators',
    '#     expires: 2027-03-31',
    '',
    '# Rules of your own: JMESPath over a resource; true passes.',
    '# customRules:',
    '#   - id: ec2-has-backup-plan',
    '#     title: EC2 instance has a backup plan',
    '#     resourceType: AWS::EC2::Instance',
    "#     assert: contains(keys(tags), 'BackupPlan')",
    '#     severity: medium',
    '#     message: Instance {id} has no tag BackupPlan.',
    '',
    '# Where the deployed functions send alerts, beside email; docs/webhooks.md has the other kinds.',
    '# webhooks:',
    '#   - name: security-channel',
    '#     kind: slack',
    '#     urlFrom:',
    '#       ssm: /compliance/slack-url',
    '#     minimumSeverity: high',
    '',
    '# Which failures may be mended (scan --local --fix), and how; what is not named here is never changed.',
    '# remediation:',
    '#   rules:',
    '#     ec2-security-group-restricted: { mode: dry-run }',
    '#     ec2-required-tags: { mode: apply, values: { Owner: platform-team } }',
    '',
    '# What optimize scales a development environment down to, and what belongs to it: its name begins with one of',
    '# these, and ends with the environment or has it between separators.',
    '# optimize:',
    '#   select: { names: [TapStack, StreamFlix], exclude: [tapstack-dev-shared*] }',
    '#   aurora: { minCapacity: 0.5, maxCapacity: 1, backupRetentionDays: 1 }',
    '#   elasticache: { nodes: 2 }',
    '#   ecs: { tasks: 2 }',
    '#   accounts: ["123456789012"]',
    '#   ledger: s3://my-bucket/compliancectl',
    '',
    '# Who gets the alerts of the deployed stack by email; each address must confirm once.',
    '# alertEmail: security@example.com',
    '',
    '# Tags on all that is deployed, beside the preset’s.',
    '# tags: { Owner: platform-team }',
    '',
    '# Where Pulumi keeps the state of the stack; a folder of your own when not set.',
    '# backend: s3://my-pulumi-state',
    '',
    '# The stack that deploy creates.',
    ...stringify({ stack: settings.stack }, { lineWidth: 0 }).trimEnd().split('\n'),
    '',
    '# What is different in one environment (-e): maps are merged, lists replaced.',
    '# environments:',
    '#   prod:',
    '#     threshold: 95',
    '',
  ];
  return lines.join('\n');
}

function ruleLines(rule: AnyRule, own: unknown): string[] {
  const { title, severity, parameters } = describeRule(rule, []);
  const values = (own ?? rule.parameters.parse({})) as Readonly<Record<string, unknown>>;
  const shown = parameters.flatMap(({ name, description }) => {
    const value = values[name];
    const setting = value === undefined ? `# ${name}:` : `${name}: ${flow(value)}`;
    return [`# ${description}`, setting];
  });
  const hasValues = parameters.some(({ name }) => values[name] !== undefined);
  return [
    `  # ${title} (${severity}).`,
    `  ${rule.id}:`,
    '    enabled: true',
    ...(shown.length === 0 ? [] : [`    ${hasValues ? '' : '# '}parameters:`]),
    ...shown.map((line) => `    ${hasValues ? '' : '# '}  ${line}`),
    '',
  ];
}

/** A value on one line, as YAML writes it. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
}
