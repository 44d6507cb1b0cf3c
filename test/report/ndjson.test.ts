import { expect } from 'chai';

import { renderNdjson } from '../../src/report/ndjson.ts';
import { hostileScan, rendered, reportFixture, wellScan } from '../support/hostile-scan.ts';

describe('renderNdjson', () => {
  it('gives the head, then an evaluation a line', () => {
    expect(rendered(renderNdjson, hostileScan)).to.equal(reportFixture('hostile.ndjson'));
    expect(rendered(renderNdjson, wellScan)).to.equal(reportFixture('well.ndjson'));
  });

  it('gives a piece a line, each of which reads back as what it was', () => {
    const lines = [...renderNdjson(hostileScan)].map((line) => JSON.parse(line) as unknown);
    const { head, evaluations } = hostileScan;
    expect(lines).to.deep.equal([{ scan: head }, ...evaluations.map((evaluation) => ({ evaluation }))]);
  });
});
