import { expect } from 'chai';

import { donut, lengthBar, ring, stackedBar } from '../../../src/report/html/charts.ts';
import type { Element } from '../../../src/report/html/element.ts';

/** Class and place of every shape that has an extent along the bar. */
function barsOf(chart: Element) {
  return (chart.content as readonly Element[]).map(({ attributes: { class: kind, x, width } }) => [kind, x, width]);
}

/** The classes of the shapes of a round chart. */
function bandsOf(chart: Element) {
  return (chart.content as readonly Element[])
    .filter(({ tag }) => tag === 'path')
    .map(({ attributes }) => attributes.class);
}

const part = (kind: string, count: number) => ({ kind, name: kind.toUpperCase(), count });

describe('a chart', () => {
  it('says in words what it shows', () => {
    expect(stackedBar([part('fail', 1), part('pass', 3)]).attributes).to.include({
      role: 'img',
      'aria-label': '1 FAIL, 3 PASS',
    });
    expect(donut([part('fail', 0)], ['0', 'verdicts']).attributes).to.include({ 'aria-label': '0 FAIL' });
    expect(ring(50, { kind: 'bad', inside: ['50', 'of 100'], label: 'Score 50' }).attributes).to.include({
      'aria-label': 'Score 50',
    });
  });

  it('fills a bar with its parts, side by side', () => {
    expect(barsOf(stackedBar([part('fail', 1), part('unknown', 0), part('pass', 3)]))).to.deep.equal([
      ['shape track', 0, 200],
      ['shape fail', 0, 50],
      ['shape pass', 50, 150],
    ]);
    expect(barsOf(stackedBar([part('fail', 0)]))).to.deep.equal([['shape track', 0, 200]]);
  });

  it('measures a bar by the longest, and shows the least of them', () => {
    expect(barsOf(lengthBar(part('high', 5), 10))[1]).to.deep.equal(['shape high', 0, 100]);
    expect(barsOf(lengthBar(part('high', 1), 100_000))[1]).to.deep.equal(['shape high', 0, 2]);
    expect(barsOf(lengthBar(part('high', 0), 10))).to.deep.equal([['shape track', 0, 200]]);
  });

  it('fills a ring as far as the value goes', () => {
    const shown = (value: number | null) => ring(value, { kind: 'good', inside: ['', ''], label: '' });
    expect(bandsOf(shown(null))).to.deep.equal(['shape track']);
    expect(bandsOf(shown(25))).to.deep.equal(['shape track', 'shape good']);
    // From the top to the right: a quarter.
    expect((shown(25).content[1] as Element).attributes.d).to.equal('M0,-82A82,82,0,0,1,82,0L66,0A66,66,0,0,0,0,-66Z');
  });

  it('gives a slice to each part that there is', () => {
    expect(bandsOf(donut([part('fail', 1), part('unknown', 0), part('pass', 9)], ['10', '']))).to.deep.equal([
      'shape fail',
      'shape pass',
    ]);
    expect(bandsOf(donut([], ['0', '']))).to.deep.equal(['shape track']);
  });
});
