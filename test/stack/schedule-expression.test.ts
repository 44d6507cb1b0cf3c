import { expect } from 'chai';
import fc from 'fast-check';

import {
  describeSchedule,
  hoursPerMonth,
  longestGapSeconds,
  parseSchedule,
  runsPerMonth,
} from '../../src/stack/schedule-expression.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** The days that runs are counted on: 2026 to 2029. */
const DAYS = Array.from({ length: 1461 }, (_, index) => new Date(Date.UTC(2026, 0, 1 + index)));
const perMonth = (runs: number) => (runs * 730) / (DAYS.length * 24);
const daysThat = (test: (day: Date) => boolean) => DAYS.filter(test).length;

describe('parseSchedule', () => {
  for (const expression of [
    'rate(1 minute)',
    'rate(1 hour)',
    'rate(6 hours)',
    'rate(2 days)',
    'cron(0 0 * * ? *)',
    'cron(0 */6 * * ? *)',
    'cron(0 1 ? * MON *)',
    'cron(15 8-18/2 ? * mon-fri *)',
    'cron(0,30 9 1,15 JAN-JUN,DEC ? *)',
    'cron(0 0 L * ? *)',
    'cron(0 0 LW * ? *)',
    'cron(0 0 15W * ? *)',
    'cron(0 0 ? * L *)',
    'cron(0 0 ? * 6L *)',
    'cron(0 0 ? * 3#2 *)',
    'cron(0 0 29 2 ? *)',
    'cron(0 0 * * ? 2027-2028)',
  ]) {
    it(`has no problem with ${expression}`, () => {
      expect(parseSchedule(expression)).to.deep.equal({});
    });
  }

  const noRate = 'is not a rate such as rate(6 hours): a whole number of minutes, hours or days';
  const noSchedule = 'is not a schedule such as rate(6 hours) or cron(0 0 * * ? *)';
  const bothDays = 'needs ? as the day of month or as the day of week, and only as one of them';
  const problems: Record<string, string> = {
    '': noSchedule,
    hourly: noSchedule,
    'at(2026-11-21T00:00:00)': noSchedule,
    ' rate(6 hours)': noSchedule,
    'rate()': noRate,
    'rate(0 hours)': noRate,
    'rate(-1 hours)': noRate,
    'rate(1.5 hours)': noRate,
    'rate(6 weeks)': noRate,
    'rate(6  hours)': noRate,
    'rate(1 hours)': 'must say 1 hour: AWS refuses it otherwise',
    'rate(6 hour)': 'must say 6 hours: AWS refuses it otherwise',
    'cron()': 'has 1 fields, and a cron expression of AWS has 6',
    'cron(0 0 * * *)': 'has 5 fields, and a cron expression of AWS has 6',
    'cron(0 0 * * * *)': bothDays,
    'cron(0 0 ? * ? *)': bothDays,
    'cron(60 0 * * ? *)': 'has no minutes in 60',
    'cron(x 0 * * ? *)': 'has no minutes in x',
    'cron(0 24 * * ? *)': 'has no hours in 24',
    'cron(0 0/0 * * ? *)': 'has no hours in 0/0',
    'cron(0 18-8 * * ? *)': 'has no hours in 18-8',
    'cron(0 1, * * ? *)': 'has no hours in 1,',
    'cron(0 0 0 * ? *)': 'has no day of month in 0',
    'cron(0 0 32W * ? *)': 'has no day of month in 32W',
    'cron(0 0 * 13 ? *)': 'has no month in 13',
    'cron(0 0 * MON ? *)': 'has no month in MON',
    'cron(0 0 ? * 0 *)': 'has no day of week in 0',
    'cron(0 0 ? * 8L *)': 'has no day of week in 8L',
    'cron(0 0 ? * 3#6 *)': 'has no day of week in 3#6',
    'cron(0 0 * * ? 1969)': 'has no year in 1969',
    'cron(0 0 31 2 ? *)': 'falls on no day of the years from 2026 to 2029',
    'cron(0 0 31W 2 ? *)': 'falls on no day of the years from 2026 to 2029',
    'cron(0 0 * * ? 2025)': 'falls on no day of the years from 2026 to 2029',
  };
  for (const [expression, problem] of Object.entries(problems)) {
    it(`says what is wrong with "${expression}"`, () => {
      expect(parseSchedule(expression)).to.deep.equal({ problem });
    });
  }

  it('takes any text, and finds no problem in what the other functions refuse', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((inner) => `rate(${inner})`),
      fc
        .array(fc.constantFrom('*', '?', 'L', 'MON', '1', '*/2', '1-3', '5,6', '2#1'), { maxLength: 7 })
        .map((fields) => `cron(${fields.join(' ')})`),
    );
    fc.assert(
      fc.property(text, (expression) => {
        const { problem } = parseSchedule(expression);
        if (problem === undefined) expect(runsPerMonth(expression)).to.be.greaterThan(0);
        else if (problem.startsWith('falls on no day')) expect(runsPerMonth(expression)).to.equal(0);
        else expect(() => runsPerMonth(expression)).to.throw(RangeError, `${expression} ${problem}`);
      }),
    );
  });
});

describe('runsPerMonth', () => {
  const cases: Record<string, number> = {
    // 730 hours.
    'rate(1 hour)': 730,
    'rate(6 hours)': 730 / 6,
    'rate(5 minutes)': 730 * 12,
    'rate(1 day)': 730 / 24,
    'rate(7 days)': 730 / 168,
    'cron(0 0 * * ? *)': 730 / 24,
    // Four times a day.
    'cron(0 */6 * * ? *)': (4 * 730) / 24,
    'cron(0 0/6 * * ? *)': (4 * 730) / 24,
    // 6 hours of 2 minutes each on the days from Monday to Friday.
    'cron(0,30 8-18/2 ? * MON-FRI *)': perMonth(daysThat((day) => day.getUTCDay() % 6 !== 0) * 6 * 2),
    'cron(0 1 ? * MON *)': perMonth(daysThat((day) => day.getUTCDay() === 1)),
    'cron(0 1 ? * 2 *)': perMonth(daysThat((day) => day.getUTCDay() === 1)),
    // 48 months.
    'cron(0 0 1 * ? *)': perMonth(48),
    'cron(0 0 1,15 * ? *)': perMonth(96),
    'cron(0 0 L * ? *)': perMonth(48),
    'cron(0 0 LW * ? *)': perMonth(48),
    'cron(0 0 15W * ? *)': perMonth(48),
    'cron(0 0 ? * 6L *)': perMonth(48),
    'cron(0 0 ? * 3#2 *)': perMonth(48),
    'cron(0 0 ? * L *)': perMonth(daysThat((day) => day.getUTCDay() === 6)),
    // The 31st of seven months of four years.
    'cron(0 0 31 * ? *)': perMonth(28),
    // One leap year.
    'cron(0 0 29 2 ? *)': perMonth(1),
    'cron(0 0 * JAN ? *)': perMonth(4 * 31),
    'cron(0 0 * * ? 2028)': perMonth(366),
  };
  for (const [expression, runs] of Object.entries(cases)) {
    it(`counts ${expression}`, () => {
      expect(runsPerMonth(expression)).to.be.closeTo(runs, 1e-9);
    });
  }

  it('counts any rate', () => {
    const units = { minutes: 60, hours: HOUR, days: DAY };
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10_000 }), fc.constantFrom('minutes', 'hours', 'days'), (count, unit) => {
        expect(runsPerMonth(`rate(${count} ${unit})`)).to.equal((730 * HOUR) / (count * units[unit]));
      }),
    );
  });

  it('counts any list of minutes, hours and weekdays as the calendar has them', () => {
    const list = (max: number, min = 0) => fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(list(59), list(23), list(7, 1), (minutes, hours, weekdays) => {
        const expression = `cron(${minutes.join(',')} ${hours.join(',')} ? * ${weekdays.join(',')} *)`;
        const days = daysThat((day) => weekdays.includes(day.getUTCDay() + 1));
        expect(runsPerMonth(expression)).to.be.closeTo(perMonth(days * minutes.length * hours.length), 1e-6);
      }),
      { numRuns: 50 },
    );
  });

  it('reads a range with a step as the list of what it names', () => {
    fc.assert(
      fc.property(fc.nat(59), fc.nat(59), fc.integer({ min: 1, max: 60 }), (one, other, step) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const named = Array.from({ length: 60 }, (_, minute) => minute).filter(
          (minute) => minute >= from && minute <= to && (minute - from) % step === 0,
        );
        expect(runsPerMonth(`cron(${from}-${to}/${step} 0 * * ? *)`)).to.equal(
          runsPerMonth(`cron(${named.join(',')} 0 * * ? *)`),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('throws what is wrong with an expression', () => {
    expect(() => runsPerMonth('hourly')).to.throw(
      RangeError,
      'hourly is not a schedule such as rate(6 hours) or cron(0 0 * * ? *)',
    );
  });
});

describe('hoursPerMonth', () => {
  const cases: Record<string, number> = {
    'rate(6 hours)': 730 / 6,
    'rate(1 hour)': 730,
    // Twelve times an hour, but in no more hours than there are.
    'rate(5 minutes)': 730,
    'cron(0 */6 * * ? *)': (4 * 730) / 24,
    'cron(0,15,30,45 */6 * * ? *)': (4 * 730) / 24,
    'cron(* * * * ? *)': 730,
  };
  for (const [expression, hours] of Object.entries(cases)) {
    it(`counts the hours of ${expression}`, () => {
      expect(hoursPerMonth(expression)).to.be.closeTo(hours, 1e-9);
    });
  }

  it('is never more than there are hours, nor than there are runs', () => {
    const minutes = fc.uniqueArray(fc.nat(59), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(minutes, fc.integer({ min: 1, max: 24 }), (some, step) => {
        const expression = `cron(${some.join(',')} */${step} * * ? *)`;
        expect(hoursPerMonth(expression)).to.be.at.most(Math.min(730, runsPerMonth(expression)) + 1e-9);
      }),
      { numRuns: 50 },
    );
  });
});

describe('longestGapSeconds', () => {
  const cases: Record<string, number> = {
    'rate(6 hours)': 6 * HOUR,
    'cron(0 0 * * ? *)': DAY,
    'cron(0 */6 * * ? *)': 6 * HOUR,
    // From 17:00 to 08:00.
    'cron(0 8-17 * * ? *)': 15 * HOUR,
    // From Friday to Monday.
    'cron(0 0 ? * MON-FRI *)': 3 * DAY,
    'cron(0 1 ? * MON *)': 7 * DAY,
    'cron(0 0 1 * ? *)': 31 * DAY,
    // The 1st of August 2026 is a Saturday: from Wednesday the 1st of July to Monday the 3rd of August. The month stays the same.
    'cron(0 0 1W * ? *)': 33 * DAY,
    // Sunday the 31st of May 2026 becomes Friday the 29th; the next month of 31 days is July.
    'cron(0 0 31W * ? *)': 63 * DAY,
    // Once in the four years.
    'cron(0 0 29 2 ? *)': 1461 * DAY,
  };
  for (const [expression, seconds] of Object.entries(cases)) {
    it(`measures ${expression}`, () => {
      expect(longestGapSeconds(expression)).to.equal(seconds);
    });
  }
});

describe('describeSchedule', () => {
  const cases: Record<string, string> = {
    'rate(1 hour)': 'every hour',
    'rate(6 hours)': 'every 6 hours',
    'rate(30 minutes)': 'every 30 minutes',
    'cron(0 0 * * ? *)': 'daily at 00:00 UTC',
    'cron(30 7 ? * * *)': 'daily at 07:30 UTC',
    'cron(0 */6 * * ? *)': 'every 6 hours from 00:00 UTC',
    'cron(0 0/12 * * ? *)': 'every 12 hours from 00:00 UTC',
    'cron(0 1 ? * MON *)': 'Mondays at 01:00 UTC',
    'cron(5 23 ? * 1 *)': 'Sundays at 23:05 UTC',
    // No short words for these.
    'cron(0 */5 * * ? *)': 'cron(0 */5 * * ? *)',
    'cron(15 */6 * * ? *)': 'cron(15 */6 * * ? *)',
    'cron(0 1 ? * MON-FRI *)': 'cron(0 1 ? * MON-FRI *)',
    'cron(0 0 1 * ? *)': 'cron(0 0 1 * ? *)',
    'cron(0 0 * JAN ? *)': 'cron(0 0 * JAN ? *)',
    'cron(0 0 * * ? 2028)': 'cron(0 0 * * ? 2028)',
  };
  for (const [expression, words] of Object.entries(cases)) {
    it(`says of ${expression}: ${words}`, () => {
      expect(describeSchedule(expression)).to.equal(words);
    });
  }
});
