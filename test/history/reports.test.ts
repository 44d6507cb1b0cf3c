import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

import { expect } from 'chai';

import { reportOn } from '../../src/history/reports.ts';
import { filesUnder, folderStorage } from '../../src/history/scan-storage.ts';
import type { StoredFile } from '../../src/history/stored-scans.ts';
import { periodOf } from '../../src/report/period-report.ts';
import { networkError } from '../support/aws-errors.ts';
import { thrownBy } from '../support/errors.ts';
import { documentText, inPieces } from '../support/stored-scans.ts';
import { temporaryFolder } from '../support/temporary.ts';

const DAY = periodOf('daily', '2026-11-20');

describe('reportOn', () => {
  const folder = temporaryFolder();

  it('makes a report from documents that lie anywhere, and leaves out those of other days', async () => {
    const write = (name: string, report_timestamp: string) => {
      writeFileSync(folder(name), documentText({ scan_id: name, report_timestamp }));
    };
    write('a.json', '2026-11-20T12:00:00.000Z');
    write('b.json', '2026-11-20T06:00:00.000Z');
    write('c.json', '2026-11-21T00:00:00.000Z');
    writeFileSync(folder('notes.txt'), 'hello\n');
    const storage = folderStorage(folder());
    const files = (await filesUnder(folder())).map((file): StoredFile => {
      const name = relative(folder(), file);
      return { name, open: () => storage.open(name) };
    });
    const report = await reportOn(
      { documents: list(...files.toSorted((a, b) => (a.name < b.name ? 1 : -1))) },
      DAY,
      'dev',
    );
    expect(report).to.deep.include({
      scansAnalyzed: 2,
      skipped: [
        { name: 'notes.txt', reason: 'not-a-scan', message: 'Not a scan document: it does not begin like one.' },
      ],
    });
    expect('scans' in report && report.scans.map(({ scan_id }) => scan_id)).to.deep.equal(['b.json', 'a.json']);
  });

  const refused = (name: string): StoredFile => ({
    name,
    open: () => Promise.reject(networkError('EACCES', 'EACCES: permission denied')),
  });
  const sound: StoredFile = {
    name: 'sound',
    open: async () => inPieces(Buffer.from(documentText({ report_timestamp: '2026-11-20T06:00:00.000Z' }))),
  };
  async function* list(...files: StoredFile[]) {
    yield* files;
  }

  it('throws where not one scan could be read, and one was denied', async () => {
    const error = await thrownBy(() => reportOn({ documents: list(refused('b'), refused('a')) }, DAY, 'dev'));
    expect(error).to.be.an('error').with.property('name', 'DeniedError');
    expect(error).to.have.property('message', 'No stored scan could be read. a: It may not be read.');
  });

  it('names one that was denied beside others', async () => {
    const report = await reportOn({ documents: list(refused('b'), sound) }, DAY, 'dev');
    expect(report).to.deep.include({
      scansAnalyzed: 1,
      skipped: [{ name: 'b', reason: 'denied', message: 'It may not be read.' }],
    });
  });
});
