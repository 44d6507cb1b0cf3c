import { expect } from 'chai';
import * as fc from 'fast-check';

import {
  describeSchedule,
  longestGapSeconds,
  parseSchedule,
  runsPerMonth,
} from '../../src/stack/schedule-expression.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('a schedule expression', () => {
  const SOUND: readonly [expression: string, runs: number, gap: number, words: string][] = [
    ['rate(1 minute)', 730 * 60, 60, 'every minute'],
    ['rate(15 minutes)', 730 * 4, 900, 'every 15 minutes'],
    ['rate(1 hour)', 730, HOUR, 'every hour'],
    ['rate(6 hours)', 730 / 6, 6 * HOUR, 'every 6 hours'],
    ['rate(1 day)', 730 / 24, DAY, 'every day'],
    ['cron(0 0 * * ? *)', 730 / 24, DAY, 'daily at 00:00 UTC'],
    ['cron(30 0 ? * * *)', 730 / 24, DAY, 'daily at 00:30 UTC'],
    ['cron(0 */6 * * ? *)', 730 / 6, 6 * HOUR, 'every 6 hours from 00:00 UTC'],
    ['cron(0 0/8 * * ? *)', 730 / 8, 8 * HOUR, 'every 8 hours from 00:00 UTC'],
    ['cron(0 */7 * * ? *)', 730 / 6, 7 * HOUR, 'cron(0 */7 * * ? *)'],
    ['cron(0 1 ? * MON *)', 730 / 24 / 7, 7 * DAY, 'Mondays at 01:00 UTC'],
    ['cron(0 1 ? * 1 *)', 730 / 24 / 7, 7 * DAY, 'Sundays at 01:00 UTC'],
    ['cron(0 9 ? * mon-fri *)', (730 / 24 / 7) * 5, 3 * DAY, 'cron(0 9 ? * mon-fri *)'],
    ['cron(0 9 ? * 1L *)', 730 / 24 / 30.4, 35 * DAY, 'cron(0 9 ? * 1L *)'],
    ['cron(0 9 ? * L *)', 730 / 24 / 7, 7 * DAY, 'cron(0 9 ? * L *)'],
    ['cron(0 9 ? * 2#1 *)', 730 / 24 / 30.4, 35 * DAY, 'cron(0 9 ? * 2#1 *)'],
    ['cron(0 9 L * ? *)', 730 / 24 / 30.4, 31 * DAY, 'cron(0 9 L * ? *)'],
    ['cron(0 9 LW * ? *)', 730 / 24 / 30.4, 33 * DAY, 'cron(0 9 LW * ? *)'],
    ['cron(0 9 1W * ? *)', 730 / 24 / 30.4, 33 * DAY, 'cron(0 9 1W * ? *)'],
    ['cron(0 9 15W * ? *)', 730 / 24 / 30.4, 32 * DAY, 'cron(0 9 15W * ? *)'],
    ['cron(0 9 1,15 JAN ? *)', (730 / 24 / 30.4 / 12) * 2, 352 * DAY, 'cron(0 9 1,15 JAN ? *)'],
    ['cron(0 9 1 1 ? 2027)', 730 / 24 / 1461, 1461 * DAY, 'cron(0 9 1 1 ? 2027)'],
  ];
  for (const [expression, runs, gap, words] of SOUND) {
    it(`is counted, measured and told: ${expression}`, () => {
      expect(parseSchedule(expression)).to.deep.equal({});
      expect(runsPerMonth(expression)).to.be.closeTo(runs, runs * 0.01);
      expect(longestGapSeconds(expression)).to.equal(gap);
      expect(describeSchedule(expression)).to.equal(words);
    });
  }

  it('that falls on the last weekday of a month stays in it', () => {
    // 31 January 2027 is a Sunday, 31 July 2027 a Saturday.
    expect(longestGapSeconds('cron(0 0 31W 1 ? *)')).to.be.greaterThan(360 * DAY);
    expect(parseSchedule('cron(0 0 31W 2 ? *)')).to.deep.equal({
      problem: 'falls on no day of the years from 2026 to 2029',
    });
  });

  const UNSOUND: readonly [expression: string, problem: string][] = [
    ['hourly', 'is not a schedule such as rate(6 hours) or cron(0 0 * * ? *)'],
    ['rate(6 hours', 'is not a schedule such as rate(6 hours) or cron(0 0 * * ? *)'],
    ['rate(0 hours)', 'is not a rate such as rate(6 hours): a whole number of minutes, hours or days'],
    ['rate(1.5 hours)', 'is not a rate such as rate(6 hours): a whole number of minutes, hours or days'],
    ['rate(6 weeks)', 'is not a rate such as rate(6 hours): a whole number of minutes, hours or days'],
    ['rate(1 hours)', 'must say 1 hour: AWS refuses it otherwise'],
    ['rate(6 hour)', 'must say 6 hours: AWS refuses it otherwise'],
    ['cron(0 0 * * *)', 'has 5 fields, and a cron expression of AWS has 6'],
    ['cron(0 0 * * * *)', 'needs ? as the day of month or as the day of week, and only as one of them'],
    ['cron(0 0 ? * ? *)', 'needs ? as the day of month or as the day of week, and only as one of them'],
    ['cron(60 0 * * ? *)', 'has no minutes in 60'],
    ['cron(0 24 * * ? *)', 'has no hours in 24'],
    ['cron(0 5-3 * * ? *)', 'has no hours in 5-3'],
    ['cron(0 1,,2 * * ? *)', 'has no hours in 1,,2'],
    ['cron(0 */0 * * ? *)', 'has no hours in */0'],
    ['cron(0 0 32 * ? *)', 'has no day of month in 32'],
    ['cron(0 0 1 FOO ? *)', 'has no month in FOO'],
    ['cron(0 0 ? * 8 *)', 'has no day of week in 8'],
    ['cron(0 0 ? * 2#6 *)', 'has no day of week in 2#6'],
    ['cron(0 0 1 1 ? 1969)', 'has no year in 1969'],
    ['cron(0 0 30 2 ? *)', 'falls on no day of the years from 2026 to 2029'],
    ['cron(0 0 1 1 ? 2020)', 'falls on no day of the years from 2026 to 2029'],
  ];
  for (const [expression, problem] of UNSOUND) {
    it(`is refused with the reason: ${expression}`, () => {
      expect(parseSchedule(expression)).to.deep.equal({ problem });
      if (problem.startsWith('falls')) return;
      for (const measure of [runsPerMonth, longestGapSeconds, describeSchedule]) {
        expect(() => measure(expression)).to.throw(RangeError, `${expression} ${problem}`);
      }
    });
  }

  it('is never left open, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseSchedule(text)).to.be.an('object');
        expect(parseSchedule(`cron(${text})`)).to.be.an('object');
      }),
    );
  });

  it('fires at least as often as its longest gap allows', () => {
    const field = fc.integer({ min: 0, max: 23 });
    fc.assert(
      fc.property(fc.uniqueArray(field, { minLength: 1, maxLength: 6 }), (hours) => {
        const expression = `cron(0 ${hours.join(',')} * * ? *)`;
        expect(runsPerMonth(expression)).to.be.closeTo((730 / 24) * hours.length, 0.001);
        expect(longestGapSeconds(expression))
          .to.be.at.least(DAY / hours.length)
          .and.at.most(DAY);
      }),
    );
  });
});
