import { expect } from 'chai';
import fc from 'fast-check';

import { renderCsv } from '../../src/report/csv.ts';
import { HOSTILE, hostileScan, rendered, reportFixture, scanOf, wellScan } from '../support/hostile-scan.ts';
import { parseCsv } from '../support/parse-csv.ts';

const idsOf = (text: string) => {
  const [header, ...rows] = parseCsv(text);
  return rows.map((row) => row[header?.indexOf('resource_id') ?? -1]);
};

describe('renderCsv', () => {
  it('gives a row an evaluation, below one of names', () => {
    expect(rendered(renderCsv, hostileScan)).to.equal(reportFixture('hostile.csv'));
    expect(rendered(renderCsv, wellScan)).to.equal(reportFixture('well.csv'));
  });

  it('has no byte order mark and ends every row with CRLF', () => {
    const text = rendered(renderCsv, wellScan);
    expect([text.slice(0, 12), text.slice(-2)]).to.deep.equal(['fingerprint,', '\r\n']);
  });

  it('writes in pieces, however many evaluations there are', () => {
    const ids = Array.from({ length: 1201 }, (_, index) => `i-${index}`);
    const pieces = [...renderCsv(scanOf(ids))];
    expect(pieces.map((piece) => parseCsv(piece).length)).to.deep.equal([1, 500, 500, 201]);
    expect(idsOf(pieces.join(''))).to.deep.equal(ids);
  });

  it('makes a formula of no cell', () => {
    const starts = ['=', '+', '-', '@', '\t', '\r', '\n=', ' =', ' \t@', '\uFF1D', ' \uFF0B'].map(
      (start) => `${start}1`,
    );
    expect(idsOf(rendered(renderCsv, scanOf(starts)))).to.deep.equal(starts.map((start) => `'${start}`));
  });

  it('leaves alone what only looks like one inside', () => {
    const harmless = ['a=1', '1+1', 'a-b', 'a@b', '_=1', "'=1"];
    expect(idsOf(rendered(renderCsv, scanOf(harmless)))).to.deep.equal(harmless);
  });

  it('parses back to the same cells, whatever a resource is called', () => {
    const awkward = fc.constantFrom(',', '"', '\r', '\n', '=', "'", ' ', ';', 'x');
    const id = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(awkward).map((parts) => parts.join('')),
      fc.constantFrom(...Object.values(HOSTILE)),
    );
    fc.assert(
      fc.property(fc.array(id), (ids) => {
        const back = idsOf([...renderCsv(scanOf(ids))].join(''));
        const formula = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r]/;
        expect(back).to.deep.equal(ids.map((name) => (formula.test(name) ? `'${name}` : name)));
      }),
    );
  });
});
