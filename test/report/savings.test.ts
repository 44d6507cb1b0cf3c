import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { Chalk } from 'chalk';
import { expect } from 'chai';
import fc from 'fast-check';

import type { OptimizeDocument, OptimizeRow } from '../../src/report/optimize-document.ts';
import { savingsJson, savingsMarkdown, savingsTable } from '../../src/report/savings.ts';
import {
  applied,
  denied,
  hostile,
  missing,
  optimizeChange,
  optimizeDocument,
  optimizeRow,
  optimizeSaving,
  OPTIMIZE_DOCUMENTS,
  partlyFailed,
  planned,
  restored,
} from '../support/optimize-documents.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/optimize');
const golden = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const plain = new Chalk({ level: 0 });
const table = (document: OptimizeDocument, showMath = false, width = 80) =>
  savingsTable(document, plain, { width, showMath });
const changed = (document: OptimizeDocument) => table(document).replaceAll(/\s+/g, ' ');
const withRows = (...rows: OptimizeRow[]) => optimizeDocument({ rows });

/** What the one row of a table shows under CHANGE, line by line. */
const cells = (document: OptimizeDocument) =>
  table(document, false, 120)
    .split('\n\n')[1]!
    .split('\n')
    .slice(1)
    .map((line) => line.slice(61).replace(/ +unknown$/, ''));

describe('savingsTable', () => {
  for (const [name, document] of Object.entries(OPTIMIZE_DOCUMENTS)) {
    it(`shows ${name} as its golden file has it`, () => {
      expect(table(document)).to.equal(golden(`${name}.txt`));
    });

    it(`keeps ${name} within the terminal, whatever its width, and leaves no blanks at the end of a line`, () => {
      for (const width of [60, 80, 120]) {
        for (const line of table(document, true, width).split('\n')) {
          if (!line.startsWith('  compliancectl ')) expect(line.length, line).to.be.at.most(width);
          expect(line).to.equal(line.trimEnd());
        }
      }
    });
  }

  it('counts the environment of the requirement to the cent', () => {
    const text = table(planned);
    expect([...text.matchAll(/\$\d+\.\d+/g)].map(([amount]) => amount)).to.deep.equal([
      '$131.40',
      '$11.68',
      '$9.01',
      '$152.09',
    ]);
  });

  it('spells out with the math what each saving rests on', () => {
    expect(table(planned, true)).to.equal(golden('planned-math.txt'));
    expect(table(hostile, true)).to.equal(golden('hostile-math.txt'));
  });

  it('has no math to spell out where nothing is counted', () => {
    expect(table(missing, true)).to.equal(table(missing));
  });

  it('says why a saving cannot be counted, where its math is asked for', () => {
    expect(table(denied, true)).to.include('  TapStackdev/web: unknown\n    The size of its tasks is not known.\n');
    const nothing = optimizeSaving({ monthly_usd: null, formula: null });
    const text = table(withRows(optimizeRow({ changes: [optimizeChange()], saving: nothing })), true);
    expect(text).to.include('  TapStackdev/web: unknown\n    The saving is unknown.\n');
    expect(text).to.include('NOT COUNTED\n  TapStackdev/web: The saving is unknown.\n');
  });

  it('goes no narrower than its columns can bear, and no wider than lines can be read', () => {
    expect(table(planned, true, 10)).to.equal(table(planned, true, 60));
    expect(table(planned, true, 500)).to.equal(table(planned, true, 120));
  });

  it('says the same in colour, and paints what is good, bad and undecided', () => {
    const colour = new Chalk({ level: 1 });
    for (const document of Object.values(OPTIMIZE_DOCUMENTS)) {
      const text = savingsTable(document, colour, { width: 80, showMath: true });
      expect(stripVTControlCharacters(text).replaceAll(/ +$/gm, '')).to.equal(table(document, true));
    }
    const painted = (document: OptimizeDocument) => savingsTable(document, colour, { width: 80, showMath: false });
    expect(painted(partlyFailed)).to.include(colour.green('verified'));
    expect(painted(partlyFailed)).to.include(colour.red('failed'));
    expect(painted(partlyFailed)).to.include(colour.yellow('not attempted'));
    expect(painted(restored)).to.include(colour.green('restored'));
    expect(painted(restored)).to.include(colour.yellow('gone'));
    expect(painted(hostile)).to.include(colour.yellow('blocked'));
    expect(painted(missing)).to.include(colour.dim('missing'));
  });

  it('lets no control character of a stranger through', () => {
    // eslint-disable-next-line no-control-regex -- what must not be there is what this looks for
    expect(table(hostile, true)).to.not.match(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/);
  });

  it('shows whatever names there are without failing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (id, text) => {
        const row = optimizeRow({ resource_id: id, reason: text, state: 'skipped' });
        const shown = table(withRows(row, optimizeRow({ resource_id: id, changes: [optimizeChange()], lost: [text] })));
        // eslint-disable-next-line no-control-regex -- what must not be there is what this looks for
        expect(shown).to.not.match(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
      }),
    );
  });

  it('says that there is nothing, rather than showing an empty table', () => {
    expect(table(optimizeDocument())).to.equal(
      'Scaling down dev in account 111122223333, us-east-1: a plan, nothing is changed\n\nNothing would be changed.\n',
    );
    expect(table(optimizeDocument({ mode: 'apply' }))).to.equal(
      'Scaling down dev in account 111122223333, us-east-1\n\nNothing was changed.\n',
    );
    expect(table(optimizeDocument({ mode: 'restore' }))).to.equal(
      'Putting back dev in account 111122223333, us-east-1\n\nThere is nothing to put back.\n',
    );
  });

  it('shows what was applied and not waited for, and counts it', () => {
    const row = optimizeRow({ changes: [optimizeChange({ outcome: 'applied' })], saving: optimizeSaving() });
    const colour = new Chalk({ level: 1 });
    const text = savingsTable(optimizeDocument({ mode: 'apply', rows: [row] }), colour, { width: 80, showMath: false });
    expect(text).to.include(colour.yellow('applied'));
    expect(text).to.include('$9.01');
  });

  it('gives the reason of what is left alone, whatever it might have been changed to', () => {
    const row = optimizeRow({ state: 'blocked', reason: 'It is modifying.', changes: [optimizeChange()] });
    expect(changed(withRows(row))).to.include('TapStackdev/web blocked It is modifying. ECS service Nothing');
    expect(savingsMarkdown(withRows(row))).to.include('| blocked | It is modifying. |  |\n');
  });

  it('shows what became of a change all the same, where the row is left alone now', () => {
    const row = optimizeRow({ state: 'already', changes: [optimizeChange({ outcome: 'already' })] });
    expect(changed(withRows(row))).to.include('TapStackdev/web already tasks 3 -> 2 ECS service Nothing');
  });

  it('names the kind in what it says of something that is not there', () => {
    const row = optimizeRow({ state: 'missing', resource_id: null, cautions: ['Look at the suffix.'] });
    expect(table(withRows(row))).to.include('WHAT TO KNOW\n  ECS service: Look at the suffix.\n');
  });

  it('leaves the reason’s place empty where none is given', () => {
    expect(cells(withRows(optimizeRow({ state: 'already' })))).to.deep.equal(['', '']);
  });
});

describe('what a change is called', () => {
  const said = (from: Record<string, number>, to: Record<string, number>) =>
    cells(withRows(optimizeRow({ changes: [optimizeChange({ from, to })] })))
      .map((cell) => cell.trim())
      .filter((cell) => cell !== '');

  it('counts the nodes of shards that move alike once', () => {
    const before = { 'replicas/0001': 2, 'replicas/0002': 2, 'replicas/0003': 2 };
    const after = { 'replicas/0001': 1, 'replicas/0002': 1, 'replicas/0003': 1 };
    expect(said(before, after)).to.deep.equal(['nodes 3 -> 2 in each of 3 shards']);
  });

  it('counts the nodes of uneven shards one by one', () => {
    expect(
      said(
        { 'replicas/0001': 3, 'replicas/0002': 2, 'replicas/0003': 1 },
        { 'replicas/0001': 1, 'replicas/0002': 1, 'replicas/0003': 1 },
      ),
    ).to.deep.equal(['shard 0001: nodes 4 -> 2', 'shard 0002: nodes 3 -> 2']);
    expect(said({ 'replicas/0001': 2, 'replicas/0002': 2 }, { 'replicas/0001': 1, 'replicas/0002': 0 })).to.deep.equal([
      'shard 0001: nodes 3 -> 2',
      'shard 0002: nodes 3 -> 1',
    ]);
  });

  it('says nothing of numbers that stay, unless all do', () => {
    expect(said({ minCapacity: 0.5, maxCapacity: 4 }, { minCapacity: 0.5, maxCapacity: 1 })).to.deep.equal([
      'max 4 -> 1 ACU',
    ]);
    expect(
      said({ minCapacity: 0.5, backupRetentionDays: 7 }, { minCapacity: 0.5, backupRetentionDays: 7 }),
    ).to.deep.equal(['min 0.5 ACU', 'backups 7 days']);
  });

  it('names a number that it does not know as it is, and says where one was not there before', () => {
    expect(said({ shards: 3 }, { shards: 2, desired: 2, replicas: 1 })).to.deep.equal([
      'shards 3 -> 2',
      'tasks unknown -> 2',
      'nodes unknown -> 2',
    ]);
  });
});

describe('the sentence on the total', () => {
  const row = (monthlyUsd: number | null, outcome: 'verified' | 'failed' | null = null) =>
    optimizeRow({ changes: [optimizeChange({ outcome })], saving: optimizeSaving({ monthly_usd: monthlyUsd }) });
  const total = (monthlyUsd: number, unknown: number) => ({ monthly_usd: monthlyUsd, unknown, hours: 730 });

  it('says how many rows are not in it', () => {
    const document = optimizeDocument({ rows: [row(9.01), row(null)], total: total(9.01, 1) });
    expect(changed(document)).to.include(
      'Would save $9.01 a month of 730 hours, at on-demand list prices; not counted: 1 row whose saving is unknown.',
    );
  });

  it('calls a saving unknown, never nothing', () => {
    const document = optimizeDocument({ mode: 'apply', rows: [row(null, 'verified')], total: total(0, 1) });
    expect(changed(document)).to.include('What it saves is unknown: none of it could be counted.');
    expect(changed(document)).to.not.include('$0.00');
  });

  it('promises nothing where a change has no saving at all', () => {
    const document = optimizeDocument({ rows: [optimizeRow({ changes: [optimizeChange()] })], total: total(0, 0) });
    expect(changed(document)).to.include('What it would save is unknown: none of it could be counted.');
  });

  it('counts what is less than half a cent as less than a cent', () => {
    expect(changed(optimizeDocument({ rows: [row(0.004)], total: total(0.004, 0) }))).to.include(
      'Would save <$0.01 a month',
    );
  });

  it('says that nothing is saved where every change failed', () => {
    const document = optimizeDocument({ mode: 'apply', rows: [row(9.01, 'failed')], total: total(0, 0) });
    expect(changed(document)).to.include('Nothing is saved: no change came to its end.');
  });
});

describe('what is said of a restore', () => {
  type Outcome = 'restored' | 'already' | 'gone' | 'failed' | 'not-attempted' | null;
  const restore = (...outcomes: Outcome[]) =>
    changed(
      optimizeDocument({
        mode: 'restore',
        rows: [optimizeRow({ changes: outcomes.map((outcome) => optimizeChange({ outcome })) })],
      }),
    );

  it('tells whether everything is back', () => {
    expect(restore('restored', 'already')).to.include('Everything is as it was. 2 steps: 1 already, 1 restored.');
    expect(restore('restored', 'gone', 'gone')).to.include(
      'Everything that is still there is as it was; 2 steps have no resource any more.',
    );
  });

  it('tells what is not back yet, and that the entry is kept', () => {
    expect(restore('restored', 'failed')).to.include('1 step is not put back. The ledger’s entry stays open.');
    expect(restore('failed', 'not-attempted')).to.include('2 steps are not put back. The ledger’s entry stays open.');
    expect(restore('failed')).to.include('Run it again: it goes on where it stopped.');
  });

  it('tells before it begins that nothing is put back yet', () => {
    expect(restore(null)).to.include('to put back');
    expect(restore(null)).to.include('Nothing is put back yet.');
  });
});

describe('how to put it back', () => {
  const inPlace = (place: string, environment = 'dev') =>
    table(optimizeDocument({ mode: 'apply', environment, ledger: { place, entry_id: 'e1' } }))
      .split('\n')
      .slice(-3, -1);

  it('names the bucket that the ledger is in, so that any machine can', () => {
    const expected = [
      'Put it back with:',
      '  compliancectl optimize -e dev -r us-east-1 --restore --ledger s3://ledgers/team',
    ];
    expect(inPlace('s3://ledgers/team/111122223333/us-east-1/dev')).to.deep.equal(expected);
    expect(inPlace('s3://ledgers/team/111122223333/us-east-1/dev/')).to.deep.equal(expected);
    expect(inPlace('s3://ledgers/team')).to.deep.equal(expected);
  });

  it('names the machine where the ledger is a folder, and the folder unless it is the usual one', () => {
    const say = 'Put it back, on this machine, with:';
    expect(inPlace('/home/me/.local/state/compliancectl/ledger/111122223333/us-east-1/dev')).to.deep.equal([
      say,
      '  compliancectl optimize -e dev -r us-east-1 --restore',
    ]);
    expect(inPlace('/srv/ledger/111122223333/us-east-1/dev')).to.deep.equal([
      say,
      '  compliancectl optimize -e dev -r us-east-1 --restore --ledger /srv/ledger',
    ]);
  });

  it('quotes what a shell would read something else in', () => {
    expect(inPlace('s3://ledgers/o’team $(x)')[1]).to.match(/--ledger 's3:\/\/ledgers\/o’team \$\(x\)'$/);
    expect(inPlace('/compliancectl/ledger', "a'b;c")[1]).to.equal(
      String.raw`  compliancectl optimize -e 'a'\''b;c' -r us-east-1 --restore`,
    );
  });

  it('is not said where no entry was opened, or nothing was applied', () => {
    for (const document of [
      { ...applied, ledger: null },
      { ...applied, ledger: { place: '/x', entry_id: null } },
      { ...applied, mode: 'plan' as const },
    ]) {
      expect(table(document)).to.not.include('Put it back');
    }
  });
});

describe('savingsMarkdown', () => {
  for (const [name, document] of Object.entries(OPTIMIZE_DOCUMENTS)) {
    it(`shows ${name} as its golden file has it`, () => {
      expect(savingsMarkdown(document)).to.equal(golden(`${name}.md`));
    });
  }

  it('lets nothing of a stranger become markup, or break a table’s row', () => {
    const text = savingsMarkdown(hostile);
    expect(text.match(/<[a-z/]+/g)).to.have.members([
      ...Array.from({ length: 2 }, () => '<br'),
      '<details',
      '<summary',
      '</summary',
      '</details',
    ]);
    expect(text).to.include("\n```sh\ncompliancectl optimize -e ']0;title[31mred\uFFFE' -r us-east-1 --restore ");
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.map((line) => line.split('|').length)).to.deep.equal([6, 6, 6, 6]);
    expect(text).to.not.match(/\]\(|@org|https?:\/\//);
  });

  it('has no table and no math where there is nothing', () => {
    expect(savingsMarkdown(optimizeDocument())).to.equal(
      '## Scaling down dev in account 111122223333, us-east-1: a plan, nothing is changed\n\n**Nothing would be changed.**\n\n',
    );
  });

  it('leaves the reason’s place empty where none is given', () => {
    expect(savingsMarkdown(withRows(optimizeRow({ state: 'already' })))).to.include(
      '| TapStackdev/web<br>ECS service | already |  |  |\n',
    );
  });
});

describe('savingsJson', () => {
  for (const [name, document] of Object.entries(OPTIMIZE_DOCUMENTS)) {
    it(`gives ${name} as it is, as its golden file has it`, () => {
      expect(savingsJson(document)).to.equal(golden(`${name}.json`));
      expect(JSON.parse(savingsJson(document))).to.deep.equal(document);
    });
  }
});

it('is what the README shows', () => {
  const [, rows = '', total = ''] = golden('planned.txt').split('\n\n');
  const [sentence] = total.split('\n');
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  expect(readme).to.include(`${rows}\n\n${sentence}\n...`);
});

it('holds no golden file that nothing is compared to', () => {
  const names = Object.keys(OPTIMIZE_DOCUMENTS).flatMap((name) => [`${name}.txt`, `${name}.md`, `${name}.json`]);
  expect(readdirSync(FOLDER)).to.have.members([...names, 'planned-math.txt', 'hostile-math.txt']);
});
