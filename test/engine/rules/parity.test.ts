import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { rules } from '../../../src/engine/rules/index.ts';

const root = join(import.meta.dirname, '../../..');
const ids = rules.map(({ id }) => id);
const idsIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith(ending) && !['index', 'parity'].includes(file.slice(0, -ending.length)))
    .map((file) => file.slice(0, -ending.length));

describe('every rule', () => {
  for (const [what, found] of [
    ['file in src/engine/rules, and every file a rule', idsIn('src/engine/rules', '.ts')],
    ['test in test/engine/rules', idsIn('test/engine/rules', '.test.ts')],
    ['page in docs/rules', idsIn('docs/rules', '.md')],
  ] as const) {
    it(`has its ${what} (start one with: npm run new:rule -- <id>)`, () => {
      expect(found.toSorted()).to.deep.equal(ids.toSorted());
    });
  }

  it('has an id of its own', () => {
    expect(ids).to.deep.equal([...new Set(ids)]);
  });

  for (const rule of rules) {
    it(`states what is good, for people (${rule.id})`, () => {
      expect(rule.id).to.match(/^[a-z0-9]+(-[a-z0-9]+){2,}$/);
      expect(rule.title, 'a title starts with the thing and has no full stop').to.match(/^[A-Z].*[^.]$/);
      expect(rule.title.toLowerCase(), 'a title states the good state').not.to.match(/\b(ensure|check|must|should)\b/);
      expect(rule.rationale, 'a rationale is whole sentences').to.match(/^[A-Z].*\.$/s);
      expect(rule.remedy, 'a remedy is whole sentences').to.match(/^[A-Z].*\.$/s);
      expect(rule.parameters.safeParse({}).success, 'every parameter has a default or is optional').to.equal(true);
    });

    it(`has a page with a generated head and words of its own (${rule.id})`, () => {
      const file = join(root, 'docs/rules', `${rule.id}.md`);
      expect(existsSync(file)).to.equal(true);
      const page = readFileSync(file, 'utf8');
      expect(page).to.match(/^<!-- head -->\n# /);
      expect(page).to.contain('## What it decides');
      expect(page).to.contain('## Cases worth knowing');
    });
  }
});
