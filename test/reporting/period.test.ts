import { expect } from 'chai';

import { asOf, dayBefore, readRange, reportPeriod, trendPeriod } from '../../src/reporting/period.ts';
import type { Range } from '../../src/reporting/period.ts';
import { userErrorOf } from '../support/errors.ts';

const range = (flags: { from?: string; to?: string; timezone?: string } = {}): Range =>
  readRange({ timezone: 'UTC', ...flags });
const shown = ({ from, to }: { from: number | string; to: number | string }) =>
  [from, to].map((time) => new Date(time).toISOString());

describe('readRange', () => {
  for (const [why, flags, message, code] of [
    ['an unknown time zone', { timezone: 'Mars/Phobos' }, 'There is no time zone "Mars/Phobos".', 'BAD_TIME_ZONE'],
    ['an offset for a zone', { timezone: '+01:00' }, 'There is no time zone "+01:00".', 'BAD_TIME_ZONE'],
    [
      'a day that there is none of',
      { from: '2026-02-29' },
      '--from "2026-02-29" is neither a day nor a moment.',
      'BAD_TIME',
    ],
    ['a word', { to: 'yesterday' }, '--to "yesterday" is neither a day nor a moment.', 'BAD_TIME'],
    [
      'a moment without an offset',
      { to: '2026-11-20T06:00:00' },
      '--to "2026-11-20T06:00:00" is neither a day nor a moment.',
      'BAD_TIME',
    ],
    [
      'an end before the beginning',
      { from: '2026-11-21', to: '2026-11-20' },
      'The period ends before it begins: --from is not before --to.',
      'BAD_PERIOD',
    ],
    [
      'no time at all',
      { from: '2026-11-20T06:00:00Z', to: '2026-11-20T07:00:00+01:00' },
      'The period ends before it begins: --from is not before --to.',
      'BAD_PERIOD',
    ],
    ['centuries', { from: '1026-11-20', to: '2026-11-20' }, 'The period is longer than ten years.', 'BAD_PERIOD'],
  ] as const) {
    it(`refuses ${why}`, async () => {
      const error = await userErrorOf(() => range(flags));
      expect([error.message, error.code, error.exitCode]).to.deep.equal([message, code, 2]);
    });
  }
});

describe('reportPeriod', () => {
  const period = (kind: 'daily' | 'weekly' | 'executive', flags: Parameters<typeof range>[0] = {}) => {
    const { date, from, to } = reportPeriod(kind, range(flags), '2026-11-20');
    return [date, from, to];
  };

  it('is as long as its kind, and ends with the day that nobody needs to name', () => {
    expect(period('daily')).to.deep.equal(['2026-11-20', '2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z']);
    expect(period('weekly')).to.deep.equal(['2026-11-20', '2026-11-14T00:00:00.000Z', '2026-11-21T00:00:00.000Z']);
  });

  it('begins and ends where it is told to: a day is part of it, a moment is not', () => {
    expect(period('daily', { from: '2026-11-01', to: '2026-11-10' })).to.deep.equal([
      '2026-11-10',
      '2026-11-01T00:00:00.000Z',
      '2026-11-11T00:00:00.000Z',
    ]);
    expect(period('executive', { from: '2026-11-19T06:00:00+01:00', to: '2026-11-20T00:00:00Z' })).to.deep.equal([
      '2026-11-19',
      '2026-11-19T05:00:00.000Z',
      '2026-11-20T00:00:00.000Z',
    ]);
  });

  it('is as long as its kind where one end is given', () => {
    const week = ['2026-11-08', '2026-11-02T00:00:00.000Z', '2026-11-09T00:00:00.000Z'];
    expect(period('weekly', { from: '2026-11-02' })).to.deep.equal(week);
    expect(period('weekly', { to: '2026-11-08' })).to.deep.equal(week);
    expect(period('daily', { to: '2026-11-20T06:00:00Z' })).to.deep.equal([
      '2026-11-20',
      '2026-11-20T00:00:00.000Z',
      '2026-11-20T06:00:00.000Z',
    ]);
  });

  it('is an hour longer or shorter where the clock of its zone changes', () => {
    expect(period('daily', { to: '2026-10-25', timezone: 'Europe/Berlin' })).to.deep.equal([
      '2026-10-25',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
    expect(period('weekly', { from: '2026-03-23', timezone: 'Europe/Berlin' })).to.deep.equal([
      '2026-03-29',
      '2026-03-22T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
  });
});

describe('trendPeriod', () => {
  it('is thirty days, or what there is, or what was asked for', async () => {
    const lastDay = '2026-11-30';
    expect(shown(trendPeriod(range(), { lastDay }))).to.deep.equal([
      '2026-11-01T00:00:00.000Z',
      '2026-12-01T00:00:00.000Z',
    ]);
    expect(shown(trendPeriod(range(), { firstDay: '2026-01-05', lastDay }))).to.deep.equal([
      '2026-01-05T00:00:00.000Z',
      '2026-12-01T00:00:00.000Z',
    ]);
    expect(shown(trendPeriod(range({ to: '2025-12-31' }), { firstDay: '2026-01-05', lastDay }))).to.deep.equal([
      '2025-12-31T00:00:00.000Z',
      '2026-01-01T00:00:00.000Z',
    ]);
    expect(shown(trendPeriod(range({ from: '2026-11-20' }), { lastDay }))[0]).to.equal('2026-11-20T00:00:00.000Z');
    const late = await userErrorOf(() => trendPeriod(range({ from: '2026-12-02' }), { lastDay }));
    expect(late.code).to.equal('BAD_PERIOD');
  });
});

describe('dayBefore and asOf', () => {
  it('go by the day of the zone', () => {
    const now = Date.parse('2026-11-20T23:30:00.000Z');
    expect([dayBefore(now, 'UTC'), dayBefore(now, 'Europe/Berlin')]).to.deep.equal(['2026-11-19', '2026-11-20']);
    expect([
      asOf(range(), now),
      asOf(range({ to: '2026-11-20' }), now),
      asOf(range({ to: '2026-11-20T06:00:00Z' }), now),
    ]).to.deep.equal(['2026-11-20T23:30:00.000Z', '2026-11-20T23:59:59.999Z', '2026-11-20T06:00:00.000Z']);
  });
});
