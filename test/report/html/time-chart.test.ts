import { expect } from 'chai';

import type { Severity } from '../../../src/engine/verdict.ts';
import type { Element } from '../../../src/report/html/element.ts';
import { lineChart, severityChart } from '../../../src/report/html/time-chart.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-11-01');

const pointsOf = <Value>(values: readonly (Value | null)[], partial = false) =>
  values.map((value, at) => ({ time: START + at * DAY, name: `day ${at}`, value, partial }));

const shapes = (chart: Element, kind: string) =>
  (chart.content as readonly Element[]).filter(({ attributes }) => String(attributes.class).split(' ')[0] === kind);
const ticks = (chart: Element, axis: 'end' | 'middle') =>
  shapes(chart, 'tick').flatMap(({ attributes, content }) => (attributes['text-anchor'] === axis ? content : []));
const score = (values: readonly (number | null)[], partial = false) =>
  lineChart(pointsOf(values, partial), { name: 'Score', kind: 'score', wide: true });
const failing = (critical: number, medium: number): Readonly<Record<Severity, number>> => ({
  critical,
  high: 0,
  medium,
  low: 0,
  info: 0,
});

describe('lineChart', () => {
  it('says in words what it shows, and how much it does not', () => {
    expect(score([80, null, 85.5]).attributes['aria-label']).to.equal(
      'Score: 80.00 at day 0, 85.50 at day 2; lowest 80.00, highest 85.50; 1 point of 3 without a value',
    );
    expect(score([90, 80]).attributes).to.include({
      role: 'img',
      'aria-label': 'Score: 90.00 at day 0, 80.00 at day 1; lowest 80.00, highest 90.00',
    });
    expect(score([null]).attributes['aria-label']).to.equal('Score: no value');
  });

  it('draws no line across a gap, shades it, and marks a point that stands alone', () => {
    const chart = score([80, 81, null, 82, null, 83, 84]);
    expect(
      shapes(chart, 'line').map(({ attributes }) => attributes.d?.toString().match(/[ML]/g)?.join('')),
    ).to.deep.equal(['ML', 'ML']);
    expect(shapes(chart, 'gap').map(({ attributes: { x, width } }) => [x, width])).to.deep.equal([
      [191.5, 297],
      [488.5, 297],
    ]);
    expect(shapes(chart, 'dot').length).to.equal(5);
    const year = score(Array.from({ length: 365 }, (_, at) => (at === 10 || at === 12 ? null : 80)));
    expect(shapes(year, 'dot').length).to.equal(1);
  });

  it('shades what is missing at either end', () => {
    const chart = score([null, null, 80, 81, null]);
    expect(shapes(chart, 'gap').map(({ attributes: { x } }) => x)).to.deep.equal([40, 711.3]);
  });

  it('marks what was cut short', () => {
    expect(shapes(score([80], true), 'dot').map(({ attributes }) => attributes.class)).to.deep.equal([
      'dot score partial',
    ]);
  });

  it('never goes below 0 or above 100, and makes no mountain of a hundredth', () => {
    expect(ticks(score([99.98, 100]), 'end')).to.deep.equal(['90', '92', '94', '96', '98', '100']);
    expect(ticks(score([0, 0.01]), 'end')).to.deep.equal(['0', '2', '4', '6', '8', '10']);
    expect(ticks(score([null]), 'end')).to.deep.equal(['0', '20', '40', '60', '80', '100']);
    expect(ticks(score([10, 90]), 'end')).to.deep.equal(['0', '20', '40', '60', '80', '100']);
  });

  it('names days, months and hours as its length has it', () => {
    expect(ticks(score([80, 81, 82]), 'middle')).to.deep.equal(['11-01', '11-02', '11-03']);
    expect(ticks(score(Array.from({ length: 365 }, () => 80)), 'middle')).to.deep.equal([
      '2027-01',
      '2027-04',
      '2027-07',
      '2027-10',
    ]);
    const hours = [0, 5, 10].map((hour) => ({
      time: START + hour * 3_600_000 + 60_000,
      name: '',
      value: 1,
      partial: false,
    }));
    expect(ticks(lineChart(hours, { name: '', kind: 'score', wide: false }), 'middle')).to.deep.equal([
      '11-01 02:00',
      '11-01 04:00',
      '11-01 06:00',
      '11-01 08:00',
      '11-01 10:00',
    ]);
  });
});

describe('severityChart', () => {
  it('says in words what it shows', () => {
    expect(severityChart(pointsOf([failing(2, 4), null, failing(1, 5)])).attributes['aria-label']).to.equal(
      'Failures by severity, from day 0 to day 2: critical 2 to 1, high 0 to 0, medium 4 to 5, low 0 to 0, info 0 to 0; 1 point of 3 without a value',
    );
    expect(severityChart(pointsOf([null])).attributes['aria-label']).to.equal('Failures by severity: no value');
  });

  it('lays the severities on each other from zero, the worst at the bottom', () => {
    const chart = severityChart(pointsOf([failing(2, 8), failing(4, 6)]));
    expect(shapes(chart, 'shape').map(({ attributes: { class: kind, d } }) => [kind, d])).to.deep.equal([
      ['shape critical', 'M43,156L534,120L534,192L43,192Z'],
      ['shape high', 'M43,156L534,120L534,120L43,156Z'],
      ['shape medium', 'M43,12L534,12L534,120L43,156Z'],
      ['shape low', 'M43,12L534,12L534,12L43,12Z'],
      ['shape info', 'M43,12L534,12L534,12L43,12Z'],
    ]);
  });

  it('gives a point that stands alone a width', () => {
    const chart = severityChart(pointsOf([failing(2, 0), null]));
    expect(shapes(chart, 'shape')[0]?.attributes.d).to.equal('M40,12L46,12L46,192L40,192Z');
  });

  it('counts in whole failures', () => {
    expect(ticks(severityChart(pointsOf([failing(1, 0), failing(2, 0)])), 'end')).to.deep.equal(['0', '1', '2']);
  });
});
