import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { Chalk } from 'chalk';
import { expect } from 'chai';

import { plainLine } from '../../src/report/plain-text.ts';
import type { WasteDocument } from '../../src/report/waste-document.ts';
import { wasteJson, wasteMarkdown, wasteTable } from '../../src/report/waste.ts';
import { adviceOf, ROWS_SHOWN, shownRows } from '../../src/report/waste-words.ts';
import {
  daysAgo,
  denied,
  documentOf,
  found,
  hostile,
  idleAddress,
  logGroup,
  nothing,
  unattached,
  volume,
  WASTE_DOCUMENTS,
  wastePrices,
} from '../support/waste.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/waste');
const golden = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const plain = new Chalk({ level: 0 });
const table = (document: WasteDocument, showMath = false, width = 80) =>
  wasteTable(document, plain, { width, showMath });
const said = (document: WasteDocument) => table(document).replaceAll(/\s+/g, ' ');

/** Markdown without its blocks of commands, and those. */
function apart(markdown: string): readonly [text: string, blocks: readonly string[]] {
  const blocks = markdown.match(/\n```sh\n[^]*?\n```\n/g) ?? [];
  return [blocks.reduce((text, block) => text.replace(block, () => '\n'), markdown), blocks];
}

/** Lines for a shell: they stand whole, however long. */
const COMMAND = /^ {2,4}(?:id=\$\()?aws /;

describe('wasteTable', () => {
  for (const [name, document] of Object.entries(WASTE_DOCUMENTS)) {
    it(`shows ${name} as its golden file has it`, () => {
      expect(table(document)).to.equal(golden(`${name}.txt`));
    });

    it(`keeps ${name} within the terminal, whatever its width, and leaves no blanks at the end of a line`, () => {
      for (const width of [20, 60, 80, 120, 400]) {
        for (const line of table(document, true, width).split('\n')) {
          if (!COMMAND.test(line)) expect(line.length, line).to.be.at.most(Math.min(Math.max(width, 60), 120));
          expect(line).to.equal(line.trimEnd());
        }
      }
    });
  }

  it('spells out with the math what each saving rests on', () => {
    expect(table(found, true)).to.equal(golden('found-math.txt'));
    expect(table(hostile, true)).to.equal(golden('hostile-math.txt'));
    expect(table(nothing, true)).to.equal(table(nothing));
  });

  it('shows the same in colour', () => {
    for (const document of Object.values(WASTE_DOCUMENTS)) {
      const colourful = wasteTable(document, new Chalk({ level: 3 }), { width: 80, showMath: true });
      expect(stripVTControlCharacters(colourful).replaceAll(/ +$/gm, '')).to.equal(table(document, true));
    }
  });

  it('lets no escape, and no mark that turns the reading direction, through', () => {
    expect(table(hostile, true)).not.to.match(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it('shows rows that cost money first, and those that cost nothing yet by name alone', async () => {
    const document = await documentOf({
      addresses: [idleAddress()],
      logGroups: [logGroup({ name: 'young', createdAt: daysAgo(3) }), logGroup({ name: 'old' })],
    });
    const lines = table(document).split('\n');
    const at = (start: string) => lines.findIndex((line) => line.startsWith(start));
    expect(at('eipalloc-0a11')).to.be.greaterThan(at('RESOURCE')).and.lessThan(at('old'));
    expect(at('  young: ')).to.be.greaterThan(at('SAVES LESS THAN A CENT A MONTH AS YET'));
    expect(at('young')).to.equal(-1);
  });

  it('shows as many rows as can be read, and says how many more there are', async () => {
    const addresses = Array.from({ length: ROWS_SHOWN + 2 }, (_, index) => idleAddress({ id: `eipalloc-${index}` }));
    const logGroups = Array.from({ length: ROWS_SHOWN + 1 }, (_, index) =>
      logGroup({ name: `group-${index}`, storedBytes: 0 }),
    );
    const document = await documentOf({ addresses, logGroups });
    expect(said(document)).to.include('3 more rows are not shown: --json has all of them.');
    expect(table(document).match(/^eipalloc-/gm)).to.have.length(ROWS_SHOWN);
    expect(table(document).match(/^ {2}group-/gm)).to.have.length(ROWS_SHOWN);
    expect(said(document)).to.include(' 102 $372.30 ');
    expect(said(await documentOf({ addresses: addresses.slice(1) }))).to.include('1 more row is not shown');
  });

  it('says each reason once, with the number of those that it is the reason of', async () => {
    const document = await documentOf({
      addresses: [idleAddress(), idleAddress({ id: 'eipalloc-2' })],
      prices: wastePrices('idle-address'),
    });
    expect(said(document)).to.include(
      'NOT COUNTED 2 idle addresses: No price of idle-address comes with this version. pricing:GetProducts would settle it.',
    );
    expect(said(document)).to.include('What it would save is unknown: none of it could be counted.');
    const bare = { ...document.rows[0]!, saving: { ...document.rows[0]!.saving, reason: null, permission: null } };
    expect(said({ ...document, rows: [bare] })).to.include('eipalloc-0a11: The saving is unknown.');
  });

  it('names those that save nothing as yet by what they store, the largest first', async () => {
    const young = (name: string, storedBytes: number) => logGroup({ name, storedBytes, createdAt: daysAgo(3) });
    const document = await documentOf({ logGroups: [young('small', 1e6), young('huge', 2e12), young('empty', 0)] });
    expect(said(document)).to.match(/SAVES LESS THAN A CENT A MONTH AS YET huge: .* small: .* empty: /);
  });

  it('says above commands which account they are for, and nothing of it where there are none', async () => {
    const line = 'In account 111122223333 (aws sts get-caller-identity tells which one you are in):';
    const none = await documentOf({ logGroups: [logGroup({ accountPolicy: 'keep' })] });
    expect(said(found)).to.include(`WHAT TO DO ${line} unattached volume: `);
    expect(said(none)).to.include('WHAT TO DO log group without retention: The account’s policy keep ');
    expect(wasteMarkdown(found)).to.include(
      `<summary>What to do</summary>\n\n${line.replace('(', '&#40;').replace(')', '&#41;')}\n\nunattached`,
    );
    expect(wasteMarkdown(none)).to.include('<summary>What to do</summary>\n\nlog group');
    expect(wasteMarkdown(nothing)).not.to.include('In account');
  });

  it('says of one volume of gp2 that stays that it is one', async () => {
    expect(said(await documentOf({ volumes: [volume({ sizeGib: 200 })] }))).to.include(
      '1 gp2 volume is no row: gp3 with the same performance costs as much, or more. With the 3,000 IOPS and 125 MiB/s that gp3 includes it would save $4.00 a month.',
    );
  });

  it('promises no more than is certain, and no less than that', async () => {
    expect(said(await documentOf({ volumes: [unattached()] }))).to.include('Would save $10.00 a month of 730 hours');
    expect(said(found)).to.include('Would save at most $312.24 a month of 730 hours');
  });

  it('does not say that there is nothing where something could not be read', async () => {
    const { gaps } = denied;
    const unread = { ...nothing, gaps, incomplete: true };
    expect(said(unread)).to.include('Nothing was found, and not everything could be read.');
    expect(said(unread)).to.include('gp2 volumes not known');
    expect(said(nothing)).to.include('Nothing was found that costs money for nothing.');
  });
});

describe('wasteMarkdown', () => {
  for (const [name, document] of Object.entries(WASTE_DOCUMENTS)) {
    it(`shows ${name} as its golden file has it`, () => {
      expect(wasteMarkdown(document)).to.equal(golden(`${name}.md`));
    });
  }

  it('makes nothing of what strangers write', () => {
    const [text, fenced] = apart(wasteMarkdown(hostile));
    expect(fenced).to.have.length(5);
    for (const trick of ['<script', '](http', '`id`', '**bold**', '@org', '$(reboot)', '\u001B', '\u202E']) {
      expect(text).not.to.include(trick);
    }
  });

  it('shows commands as they are to be copied: a row’s in a block, in the order of the table', async () => {
    for (const document of Object.values(WASTE_DOCUMENTS)) {
      const { counted, cheap } = shownRows(document);
      const commands = adviceOf([...counted, ...cheap]).flatMap((advice) => advice.commands);
      const blocks = commands.map((steps) => `\n\`\`\`sh\n${steps.map(plainLine).join(' &&\n')}\n\`\`\`\n`);
      expect(apart(wasteMarkdown(document))[1]).to.deep.equal(blocks);
    }
    const quoted = await documentOf({ logGroups: [logGroup({ name: '```\n</details>' })] });
    expect(wasteMarkdown(quoted)).to.include(
      "\n````sh\naws --region us-east-1 logs put-retention-policy --log-group-name '``` </details>' --retention-in-days 30\n````\n",
    );
  });

  it('has as many cells in each line of a table', () => {
    for (const document of Object.values(WASTE_DOCUMENTS)) {
      const lines = wasteMarkdown(document)
        .split('\n')
        .filter((line) => line.startsWith('|'));
      for (const line of lines) expect(line.split('|'), line).to.have.length(5);
    }
  });
});

describe('wasteJson', () => {
  it('is the document, ended by a line break', () => {
    for (const document of Object.values(WASTE_DOCUMENTS)) {
      const text = wasteJson(document);
      expect(text.endsWith('}\n')).to.equal(true);
      expect(JSON.parse(text)).to.deep.equal(document);
    }
  });
});
