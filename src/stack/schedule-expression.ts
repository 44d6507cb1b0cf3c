/**
 * EventBridge's schedule expressions, `rate(6 hours)` and `cron(0 0 * * ? *)`, both in UTC: checked before AWS sees them, counted, and
 * put into words (docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html).
 */

/** Hours of a month, as AWS's prices count them. */
export const MONTH_HOURS = 730;
const HOUR = 3600;
const DAY = 86_400;

const UNITS = { minute: 60, hour: HOUR, day: DAY } as const;

const DAY_NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;
const MONTH_NAMES = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'] as const;

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minutes', least: 0, most: 59 },
  { name: 'hours', least: 0, most: 23 },
  { name: 'day of month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: MONTH_NAMES },
  { name: 'day of week', least: 1, most: 7, names: DAY_NAMES },
  { name: 'year', least: 1970, most: 2199 },
];

type Schedule =
  | { readonly kind: 'rate'; readonly seconds: number }
  | {
      readonly kind: 'cron';
      readonly minutes: readonly number[];
      readonly hours: readonly number[];
      /** True on a day of UTC. */
      readonly on: (day: Date) => boolean;
    };

/** The problem with an expression, as the end of a sentence; `{}` where there is none. */
export function parseSchedule(expression: string): { readonly problem?: string } {
  const schedule = parse(expression);
  if (typeof schedule === 'string') return { problem: schedule };
  const never = schedule.kind === 'cron' && daysOf(schedule).length === 0;
  return never ? { problem: 'falls on no day of the years from 2026 to 2029' } : {};
}

/**
 * How often it fires in a month of 730 hours, on average over four years.
 *
 * @throws RangeError for an expression with a problem
 */
export function runsPerMonth(expression: string): number {
  const schedule = parsed(expression);
  if (schedule.kind === 'rate') return (MONTH_HOURS * HOUR) / schedule.seconds;
  const days = daysOf(schedule);
  return (days.length * schedule.minutes.length * schedule.hours.length * MONTH_HOURS) / (SPAN * 24);
}

/**
 * In how many hours of a month it fires at least once: what CloudWatch bills a metric by that is put each time.
 *
 * @throws RangeError for an expression with a problem
 */
export function hoursPerMonth(expression: string): number {
  const schedule = parsed(expression);
  const runs = runsPerMonth(expression);
  return schedule.kind === 'rate' ? Math.min(MONTH_HOURS, runs) : runs / schedule.minutes.length;
}

/**
 * Seconds between the two times in a row that lie furthest apart; four years where there are no two in four years.
 *
 * @throws RangeError for an expression with a problem
 */
export function longestGapSeconds(expression: string): number {
  const schedule = parsed(expression);
  if (schedule.kind === 'rate') return schedule.seconds;
  const times = schedule.hours.flatMap((hour) => schedule.minutes.map((minute) => hour * HOUR + minute * 60));
  if (daysOf(schedule).length * times.length < 2) return SPAN * DAY;
  const fired = daysOf(schedule).flatMap((day) => times.map((time) => day * DAY + time));
  let [longest, before] = [0, Number.POSITIVE_INFINITY];
  for (const time of fired) {
    longest = Math.max(longest, time - before);
    before = time;
  }
  return longest;
}

/**
 * In words: `every 6 hours`, `daily at 00:00 UTC`, `Mondays at 01:00 UTC`; what has no short words is itself.
 *
 * @throws RangeError for an expression with a problem
 */
export function describeSchedule(expression: string): string {
  const schedule = parsed(expression);
  if (schedule.kind === 'rate') return describeRate(expression);
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = fieldsOf(expression) as Fields;
  const everyDay = /^[*?]$/.test(dayOfMonth) && month === '*' && year === '*';
  const single = schedule.minutes.length === 1 && schedule.hours.length === 1;
  const time = `${[...schedule.hours.slice(0, 1), ...schedule.minutes.slice(0, 1)].map(two).join(':')} UTC`;
  const weekday =
    LONG_DAYS[DAY_NAMES.findIndex((name, index) => name === dayOfWeek || String(index + 1) === dayOfWeek)];
  if (everyDay && single && weekday !== undefined) return `${weekday} at ${time}`;
  if (!everyDay || !/^[*?]$/.test(dayOfWeek)) return expression;
  if (single) return `daily at ${time}`;
  const step = /^(?:\*|0)\/(\d+)$/.exec(hour)?.[1];
  return minute === '0' && step !== undefined && 24 % Number(step) === 0
    ? `every ${step} hours from 00:00 UTC`
    : expression;
}

const LONG_DAYS = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'];

function describeRate(expression: string): string {
  const rate = expression.slice('rate('.length, -1);
  return `every ${rate.replace(/^1 /, '')}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function parsed(expression: string): Schedule {
  const schedule = parse(expression);
  if (typeof schedule === 'string') throw new RangeError(`${expression} ${schedule}`);
  return schedule;
}

function parse(expression: string): Schedule | string {
  if (/^rate\(.*\)$/.test(expression)) return parseRate(expression);
  if (/^cron\(.*\)$/.test(expression)) return parseCron(expression);
  return 'is not a schedule such as rate(6 hours) or cron(0 0 * * ? *)';
}

function parseRate(expression: string): Schedule | string {
  const [, count = '', unit = '', plural = ''] = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const value = Number(count);
  if (unit === '' || value < 1) return 'is not a rate such as rate(6 hours): a whole number of minutes, hours or days';
  if ((value === 1) !== (plural === ''))
    return `must say ${value === 1 ? `1 ${unit}` : `${value} ${unit}s`}: AWS refuses it otherwise`;
  return { kind: 'rate', seconds: value * UNITS[unit as keyof typeof UNITS] };
}

type Fields = [minutes: string, hours: string, dayOfMonth: string, month: string, dayOfWeek: string, year: string];

function fieldsOf(expression: string): string[] {
  return expression.slice('cron('.length, -1).trim().split(/\s+/);
}

function parseCron(expression: string): Schedule | string {
  const texts = fieldsOf(expression);
  if (texts.length !== FIELDS.length) return `has ${texts.length} fields, and a cron expression of AWS has 6`;
  const [, , dayOfMonth = '', , dayOfWeek = ''] = texts;
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    return 'needs ? as the day of month or as the day of week, and only as one of them';
  const values: (readonly number[])[] = [];
  for (const [index, field] of FIELDS.entries()) {
    const text = String(texts[index]);
    const read = special(field, text) ? [] : valuesOf(field, text);
    if (read === undefined) return `has no ${field.name} in ${text}`;
    values.push(read);
  }
  const [minutes = [], hours = [], daysOfMonth = [], months = [], daysOfWeek = [], years = []] = values;
  const onDayOfMonth = dayOfMonthTest(dayOfMonth, daysOfMonth);
  const onDayOfWeek = dayOfWeekTest(dayOfWeek, daysOfWeek);
  return {
    kind: 'cron',
    minutes,
    hours,
    on: (day) =>
      years.includes(day.getUTCFullYear()) &&
      months.includes(day.getUTCMonth() + 1) &&
      onDayOfMonth(day) &&
      onDayOfWeek(day),
  };
}

/** `L`, `LW`, `15W` in the day of month; `L`, `6L`, `3#2` in the day of week: each alone in its field. */
function special({ name }: Field, text: string): boolean {
  if (name === 'day of month') return text === '?' || /^(L|LW|([1-9]|[12]\d|3[01])W)$/.test(text);
  return name === 'day of week' && (text === '?' || /^([1-7]?L|[1-7]#[1-5])$/.test(text));
}

function valuesOf(field: Field, text: string): readonly number[] | undefined {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    const [from, to] = boundsOf(field, range, step !== undefined);
    if (from === undefined || to === undefined || from > to || step === '0') return undefined;
    for (let value = from; value <= to; value += Number(step ?? 1)) values.add(value);
  }
  return [...values].toSorted((one, other) => one - other);
}

function boundsOf(field: Field, range: string, stepped: boolean): [from?: number | undefined, to?: number | undefined] {
  if (range === '*') return [field.least, field.most];
  const [first = '', last] = range.split('-');
  const from = valueOf(field, first);
  // 0/6 begins at 0, and goes on to the end.
  return [from, last === undefined ? (stepped ? field.most : from) : valueOf(field, last)];
}

function valueOf({ least, most, names = [] }: Field, text: string): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return least + named;
  const value = Number(text);
  return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
}

function dayOfMonthTest(text: string, values: readonly number[]): (day: Date) => boolean {
  if (text === '?') return () => true;
  if (text === 'L') return (day) => day.getUTCDate() === lengthOfMonth(day);
  if (text === 'LW') return (day) => day.getUTCDate() === nearestWeekday(day, lengthOfMonth(day));
  const weekday = /^(\d+)W$/.exec(text)?.[1];
  if (weekday !== undefined) return (day) => day.getUTCDate() === nearestWeekday(day, Number(weekday));
  return (day) => values.includes(day.getUTCDate());
}

function dayOfWeekTest(text: string, values: readonly number[]): (day: Date) => boolean {
  if (text === '?') return () => true;
  // Alone, L is Saturday.
  if (text === 'L') return (day) => day.getUTCDay() === 6;
  const last = /^(\d)L$/.exec(text)?.[1];
  if (last !== undefined) {
    return (day) => day.getUTCDay() + 1 === Number(last) && day.getUTCDate() + 7 > lengthOfMonth(day);
  }
  const [, weekday, nth] = /^(\d)#(\d)$/.exec(text) ?? [];
  if (nth !== undefined) {
    return (day) => day.getUTCDay() + 1 === Number(weekday) && Math.ceil(day.getUTCDate() / 7) === Number(nth);
  }
  return (day) => values.includes(day.getUTCDay() + 1);
}

function lengthOfMonth(day: Date): number {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
}

/** The weekday nearest to a day, in the same month. */
function nearestWeekday(day: Date, date: number): number {
  const length = lengthOfMonth(day);
  if (date > length) return 0;
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), date)).getUTCDay();
  if (weekday === 6) return date === 1 ? 3 : date - 1;
  if (weekday === 0) return date === length ? date - 2 : date + 1;
  return date;
}

/** Four years, one of them a leap year, are looked at from this day. */
const FIRST_DAY = Date.UTC(2026, 0, 1) / (DAY * 1000);
const SPAN = 4 * 365 + 1;

/** The days it fires on, numbered from 1970. */
function daysOf({ on }: Extract<Schedule, { kind: 'cron' }>): number[] {
  return Array.from({ length: SPAN }, (_, index) => FIRST_DAY + index).filter((day) => on(new Date(day * DAY * 1000)));
}
