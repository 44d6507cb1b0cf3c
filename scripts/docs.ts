/**
 * Writes what documentation can be read off the code: the heads of the rule pages, their index, the command reference
 * in the README, and the JSON Schema of compliancectl.yaml.
 *
 *     node scripts/docs.ts            writes
 *     node scripts/docs.ts --check    writes nothing, and fails where something is out of date
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ruleHead, ruleIndex } from '../src/report/rule-page.ts';
import { configurationJsonSchema } from '../src/config/json-schema.ts';
import { describeRules } from '../src/scan/describe-rules.ts';

const root = join(import.meta.dirname, '..');
const checking = process.argv.includes('--check');
const stale: string[] = [];

const rules = describeRules();
for (const rule of rules) {
  const page = `docs/rules/${rule.id}.md`;
  const file = join(root, page);
  if (!existsSync(file))
    throw new Error(`${page} is missing: every rule has its page. Start one with: npm run new:rule -- ${rule.id}`);
  put(page, between(readFileSync(file, 'utf8'), 'head', ruleHead(rule)));
}
put('docs/rules/index.md', ruleIndex(rules));
put('schema/compliancectl.schema.json', `${JSON.stringify(configurationJsonSchema(), undefined, 2)}\n`);
put('README.md', between(readFileSync(join(root, 'README.md'), 'utf8'), 'commands', commandReference()));

if (stale.length > 0) {
  console.error(`Out of date: ${stale.join(', ')}\nMend it with: npm run docs`);
  process.exitCode = 1;
}

function put(path: string, content: string): void {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return;
  if (checking) stale.push(path);
  else writeFileSync(file, content);
}

function between(text: string, name: string, content: string): string {
  const [before, rest] = text.split(`<!-- ${name} -->`);
  const after = rest?.split(`<!-- /${name} -->`)[1];
  if (before === undefined || after === undefined) throw new Error(`A file lacks its <!-- ${name} --> marks.`);
  return `${before}<!-- ${name} -->\n${content}<!-- /${name} -->${after}`;
}

/** `--help` of every command, as a person sees it. */
function commandReference(): string {
  const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
    commands: Record<string, { summary: string; hidden: boolean }>;
  };
  const sections = Object.entries(manifest.commands)
    .filter(([, { hidden }]) => !hidden)
    .map(([id]) => {
      const words = id.split(':');
      const env = { ...process.env, NO_COLOR: '1', COLUMNS: '80' };
      const help = execFileSync(process.execPath, [join(root, 'bin/run.js'), ...words, '--help'], {
        encoding: 'utf8',
        env,
      });
      return `### compliancectl ${words.join(' ')}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`;
    });
  return `\n${sections.join('\n')}\n`;
}
