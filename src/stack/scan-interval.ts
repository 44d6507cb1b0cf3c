/** How long to wait for a scan: what alarms on six-hourly data are made of. */
import { longestGapSeconds } from './schedule-expression.ts';

/** The longest period that an alarm's metric may have, and the furthest that it looks back (AWS API reference, PutMetricAlarm). */
const DAY = 86_400;
const WEEK = 7 * DAY;

export interface AlarmWindow {
  readonly periodSeconds: number;
  readonly periods: number;
}

/** The window in which at least one scan falls: one period as long as the longest gap, or a day. */
export function scanPeriodSeconds(schedule: string): number {
  return Math.min(Math.ceil(longestGapSeconds(schedule) / 60) * 60, DAY);
}

/** Two gaps between scans; `undefined` where CloudWatch does not look back that far. */
export function missingScanWindow(schedule: string): AlarmWindow | undefined {
  const periodSeconds = scanPeriodSeconds(schedule);
  const periods = Math.ceil((2 * longestGapSeconds(schedule)) / periodSeconds);
  return periods * periodSeconds > WEEK ? undefined : { periodSeconds, periods };
}
