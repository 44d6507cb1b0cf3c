/** Days as a time zone has them: they begin at its midnight, and are an hour longer or shorter where its clock changes. */

const DAY = 86_400_000;

/** More than any clock is off UTC: they go from -12 to +14 hours. */
const FURTHEST = 15 * 3_600_000;

/** True of an IANA name that this version of Node knows: `Europe/Berlin`, `UTC`. */
export function isTimeZone(name: string): boolean {
  try {
    // Offsets such as "+02:00" know of no clock change, and are no names.
    return !/^[+-]/.test(name) && formatterFor(name) !== undefined;
  } catch {
    return false;
  }
}

/** The day that a moment is part of, `2026-11-20`. */
export function dayOf(time: number, timeZone: string): string {
  const parts = formatterFor(timeZone).formatToParts(time);
  const part = (type: 'year' | 'month' | 'day') => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
}

/**
 * The first moment of a day, in milliseconds since 1970. Where the clock skips midnight the day begins after the gap; where
 * it skips the whole day, the next one begins there.
 */
export function dayStart(date: string, timeZone: string): number {
  const middle = Date.parse(`${date}T00:00:00.000Z`);
  let [before, after] = [middle - FURTHEST, middle + FURTHEST];
  // Where the clock falls back over midnight the day is entered twice: the first time may be missed, for a minute's sake.
  while (after - before > 1) {
    const between = Math.floor((before + after) / 2);
    if (dayOf(between, timeZone) < date) before = between;
    else after = between;
  }
  return after;
}

/** A day so many days later, or earlier. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00.000Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The days from one to another, both among them. */
export function daysFrom(first: string, last: string): string[] {
  const days: string[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Made once for each time zone: making one takes longer than using it a hundred times. */
function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  // Proleptic Gregorian, whatever calendar the language of the system is used with.
  const made = new Intl.DateTimeFormat('en-u-ca-iso8601', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  formatters.set(timeZone, made);
  return made;
}
