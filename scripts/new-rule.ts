/**
 * Starts a rule: its file, its test and its page.
 *
 *     npm run new:rule -- s3-bucket-versioning-enabled
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [id = ''] = process.argv.slice(2);
const root = join(import.meta.dirname, '..');

if (!/^[a-z0-9]+(-[a-z0-9]+){2,}$/.test(id)) {
  console.error('Name the rule as service-thing-good-state: npm run new:rule -- s3-bucket-versioning-enabled');
  process.exitCode = 2;
} else {
  const name = id.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  create(`src/engine/rules/${id}.ts`, ruleTemplate(name));
  create(`test/engine/rules/${id}.test.ts`, testTemplate(name));
  create(`docs/rules/${id}.md`, pageTemplate());
  console.log(
    `Now add ${name} to src/engine/rules/index.ts, write the three files, and run: npm run docs && npm run check`,
  );
}

function create(path: string, content: string): void {
  if (existsSync(join(root, path))) throw new Error(`${path} is there already.`);
  writeFileSync(join(root, path), content);
  console.log(`wrote ${path}`);
}

function ruleTemplate(name: string): string {
  return `import { z } from 'zod';

import { defineRule } from '../rule.ts';
import { fail, pass } from '../verdict.ts';

export const ${name} = defineRule({
  id: '${id}',
  title: '',
  rationale: '',
  severity: 'medium',
  category: 'configuration',
  needs: { 'AWS::EC2::Instance': [] },
  remedy: '',
  parameters: z.strictObject({}),

  check({ id, state }) {
    if (state === 'running') return pass;
    return fail(\`Instance \${id} is \${state}.\`);
  },
});
`;
}

function testTemplate(name: string): string {
  return `import { ${name} } from '../../../src/engine/rules/${id}.ts';
import { instance } from '../../support/resources.ts';
import { testRule } from '../../support/rules.ts';

testRule(${name}, {
  pass: [{ it: 'is running', resource: instance() }],
  fail: [],
  notApplicable: [],
  unknown: [],
});
`;
}

function pageTemplate(): string {
  return `<!-- head -->
<!-- /head -->

## What it decides

## Cases worth knowing

| case | verdict |
| --- | --- |

## Parameters in use
`;
}
