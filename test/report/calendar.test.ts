import { expect } from 'chai';

import { addDays, dayOf, daysFrom, dayStart, isTimeZone } from '../../src/report/calendar.ts';

const startOf = (date: string, zone: string) => new Date(dayStart(date, zone)).toISOString();

describe('dayStart', () => {
  for (const [date, zone, start, why] of [
    ['2026-11-20', 'UTC', '2026-11-20T00:00:00.000Z', 'at midnight'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z', 'on the day that the clock goes forward'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z', 'after it went forward'],
    ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00:00.000Z', 'after it went back'],
    ['2026-11-20', 'Asia/Kathmandu', '2026-11-19T18:15:00.000Z', 'a quarter of an hour off'],
    ['2026-11-20', 'Pacific/Kiritimati', '2026-11-19T10:00:00.000Z', 'where days begin first'],
    ['2026-11-20', 'Pacific/Niue', '2026-11-20T11:00:00.000Z', 'where they begin last'],
    ['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00.000Z', 'after the gap, where the clock skips midnight'],
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', 'with the next one, where the whole day is skipped'],
    ['2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', 'that follows a skipped one'],
  ] as const) {
    it(`is a day’s first moment in ${zone}, ${why}`, () => {
      expect(startOf(date, zone)).to.equal(start);
    });
  }

  it('leaves no moment between two days of a year, and has none in both', () => {
    for (const zone of ['Europe/Berlin', 'America/Scoresbysund', 'Australia/Lord_Howe', 'America/Havana']) {
      for (const day of daysFrom('2026-01-01', '2026-12-31')) {
        const [start, next] = [dayStart(day, zone), dayStart(addDays(day, 1), zone)];
        expect([dayOf(start, zone), dayOf(next - 1, zone)], zone).to.deep.equal([day, day]);
      }
    }
  });
});

describe('dayOf', () => {
  it('is the day of the zone, not of UTC', () => {
    const time = Date.parse('2026-11-20T23:30:00.000Z');
    expect(['UTC', 'Europe/Berlin', 'Pacific/Niue'].map((zone) => dayOf(time, zone))).to.deep.equal([
      '2026-11-20',
      '2026-11-21',
      '2026-11-20',
    ]);
    expect(dayOf(Date.parse('0987-01-02T12:00:00.000Z'), 'UTC')).to.match(/^0987-/);
  });
});

describe('isTimeZone', () => {
  it('knows IANA names, and no offsets', () => {
    const names = ['UTC', 'Europe/Berlin', 'Mars/Phobos', '+02:00', '-0500', '', 'Europe/Berlin\n'];
    expect(names.filter(isTimeZone)).to.deep.equal(['UTC', 'Europe/Berlin']);
  });
});

describe('daysFrom', () => {
  it('has both ends, over the end of a month and a leap day', () => {
    expect(daysFrom('2028-02-28', '2028-03-01')).to.deep.equal(['2028-02-28', '2028-02-29', '2028-03-01']);
    expect(daysFrom('2026-11-20', '2026-11-20')).to.deep.equal(['2026-11-20']);
    expect(daysFrom('2026-11-20', '2026-11-19')).to.deep.equal([]);
  });
});
