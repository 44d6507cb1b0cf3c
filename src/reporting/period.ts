/** Which time a report is about: from the flags, the clock, and the scans that there are. */
import * as z from 'zod';

import { addDays, dayOf, daysFrom, dayStart, isTimeZone } from '../report/calendar.ts';
import { periodBetween, periodOf, PERIOD_KINDS } from '../report/period-report.ts';
import type { PeriodKind, ReportPeriod } from '../report/period-report.ts';
import { UserError } from '../user-error.ts';

/** `aggregate` is the one that is made of the history table. */
export const REPORT_KINDS = [...PERIOD_KINDS, 'trend', 'aggregate'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** One end of a period: a day of the time zone, or a moment in milliseconds since 1970. */
export type PeriodEnd = { readonly day: string } | { readonly moment: number };

/** What was asked for, before it is known which scans there are. */
export interface Range {
  readonly timeZone: string;
  readonly from?: PeriodEnd;
  readonly to?: PeriodEnd;
}

/** Milliseconds since 1970, the last not part of it. */
export interface Moments {
  readonly from: number;
  readonly to: number;
}

/** Days of a trend that nobody limits. */
const TREND_DAYS = 30;

/** More days than anyone has scans of: a typing error in a year would else be a million of them. */
const MOST_DAYS = 3660;

/**
 * @throws UserError `BAD_TIME_ZONE`, `BAD_TIME`, `BAD_PERIOD` where the flags name no time
 */
export function readRange(flags: {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly timezone: string;
}): Range {
  const timeZone = flags.timezone;
  if (!isTimeZone(timeZone)) {
    throw new UserError(
      { typed: timeZone.slice(0, 80), say: (typed) => `There is no time zone ${JSON.stringify(typed)}.` },
      { code: 'BAD_TIME_ZONE', suggestions: ['Give an IANA name, such as Europe/Berlin or UTC'] },
    );
  }
  const from = readEnd('from', flags.from);
  const to = readEnd('to', flags.to);
  const range = { timeZone, ...(from && { from }), ...(to && { to }) };
  if (from !== undefined && to !== undefined) checked({ from: startOf(from, range), to: endOf(to, range) }, range);
  return range;
}

function readEnd(flag: 'from' | 'to', text: string | undefined): PeriodEnd | undefined {
  if (text === undefined) return undefined;
  if (z.iso.date().safeParse(text).success) return { day: text };
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return { moment: Date.parse(text) };
  throw new UserError(
    { typed: text.slice(0, 80), say: (typed) => `--${flag} ${JSON.stringify(typed)} is neither a day nor a moment.` },
    {
      code: 'BAD_TIME',
      suggestions: ['Give a day as 2026-11-20, or a moment with its offset as 2026-11-20T06:00:00+01:00'],
    },
  );
}

function startOf(end: PeriodEnd, { timeZone }: Range): number {
  return 'day' in end ? dayStart(end.day, timeZone) : end.moment;
}

/** A day is part of the period; a moment is the first one after it. */
function endOf(end: PeriodEnd, { timeZone }: Range): number {
  return 'day' in end ? dayStart(addDays(end.day, 1), timeZone) : end.moment;
}

/**
 * The period of a daily, weekly or executive report.
 *
 * @param lastDay the day that it ends with where nobody said
 * @throws UserError `BAD_PERIOD`
 */
export function reportPeriod(kind: PeriodKind, range: Range, lastDay: string): ReportPeriod {
  const { from, to, timeZone } = range;
  if (from === undefined && to === undefined) return periodOf(kind, lastDay, timeZone);
  if (from === undefined && to !== undefined) {
    const end = endOf(to, range);
    const { from: start } = periodOf(kind, dayOf(end - 1, timeZone), timeZone);
    return periodBetween(kind, { from: Date.parse(start), to: end }, timeZone);
  }
  const start = startOf(from as PeriodEnd, range);
  const days = kind === 'weekly' ? 7 : 1;
  const end = to === undefined ? dayStart(addDays(dayOf(start, timeZone), days), timeZone) : endOf(to, range);
  return periodBetween(kind, checked({ from: start, to: end }, range), timeZone);
}

/**
 * The period of a trend.
 *
 * @param firstDay the day that it begins with where nobody said; thirty days before its end where that is not given either
 * @throws UserError `BAD_PERIOD`
 */
export function trendPeriod(
  range: Range,
  { firstDay, lastDay }: { readonly firstDay?: string; readonly lastDay: string },
): Moments {
  const { from, to, timeZone } = range;
  const end = endOf(to ?? { day: lastDay }, range);
  const last = dayOf(end - 1, timeZone);
  const first = firstDay ?? addDays(last, 1 - TREND_DAYS);
  return checked({ from: startOf(from ?? { day: first < last ? first : last }, range), to: end }, range);
}

/** The last day that is over. */
export function dayBefore(now: number, timeZone: string): string {
  return addDays(dayOf(now, timeZone), -1);
}

/** @returns as of when a report on the history is made: the end of the range, or now */
export function asOf(range: Range, now: number): string {
  const { to } = range;
  const end = to === undefined ? now : 'day' in to ? endOf(to, range) - 1 : to.moment;
  return new Date(end).toISOString();
}

function checked(moments: Moments, { timeZone }: Range): Moments {
  const { from, to } = moments;
  if (from >= to) {
    throw new UserError('The period ends before it begins: --from is not before --to.', {
      code: 'BAD_PERIOD',
      suggestions: ['A day given with --to is part of the period; a moment is not'],
    });
  }
  if (
    to - from > MOST_DAYS * 86_400_000 ||
    daysFrom(dayOf(from, timeZone), dayOf(to - 1, timeZone)).length > MOST_DAYS
  ) {
    throw new UserError('The period is longer than ten years.', {
      code: 'BAD_PERIOD',
      suggestions: ['Give a later day with --from, or an earlier one with --to'],
    });
  }
  return moments;
}
