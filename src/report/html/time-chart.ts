/**
 * How something fares over time: a line, or amounts on top of each other. What has no value is a gap that is shaded, never
 * a zero, and no line crosses it.
 */
import { scaleLinear, scaleUtc } from 'd3-scale';
import { area, line, stack } from 'd3-shape';

import { SEVERITIES } from '../../engine/verdict.ts';
import type { Severity } from '../../engine/verdict.ts';
import { plural } from '../plural.ts';
import { element } from './element.ts';
import type { Element } from './element.ts';

/** A point of one of the two; `value` is `null` where nobody knows it. */
export interface TimePoint<Value> {
  /** Milliseconds since 1970; of a day, those of its date in UTC, wherever that day began. */
  readonly time: number;
  /** What the time is called in words. */
  readonly name: string;
  readonly value: Value | null;
  /** Not everything was seen. */
  readonly partial: boolean;
}

/** A point that has its value. */
interface Known<Value> {
  readonly time: number;
  readonly value: Value;
  readonly partial: boolean;
}

const WIDE = { width: 960, height: 220 };
const HALF = { width: 560, height: 220 };
const MARGIN = { left: 40, right: 26, top: 12, bottom: 28 };

/** Points up to which each is marked. */
const MARKED = 62;

/** Half the width of a point that stands alone, in which an area would have none. */
const ALONE = 3;

/** What an axis of percentages spans at least, so that a hundredth does not look like a landslide. */
const LEAST_SPAN = 10;

/** Names of times that a chart has room for. */
const MOST_TICKS = 7;

const DAY = 86_400_000;

/** A percentage, or a score, of 100. */
export function lineChart(
  points: readonly TimePoint<number>[],
  { name, kind, wide }: { readonly name: string; readonly kind: string; readonly wide: boolean },
): Element {
  const size = wide ? WIDE : HALF;
  const x = timeScale(points, size.width);
  const values = points.flatMap(({ value }) => value ?? []);
  const y = scaleLinear(spanOf(values), [size.height - MARGIN.bottom, MARGIN.top]);
  const runs = runsOf(points);
  const path = line<Known<number>>()
    .x(({ time }) => x(time))
    .y(({ value }) => y(value))
    .digits(1);
  const marked = runs.flatMap((run) => (points.length <= MARKED || run.length === 1 ? run : []));
  return frame(
    { ...size, label: lineInWords(name, points), wide },
    ...gaps(runs, { x, ...size }),
    ...grid(y.ticks(4), { y, width: size.width }),
    ...timeAxis(x, points, size.height),
    ...runs
      .filter((run) => run.length > 1)
      .map((run) => element('path', { class: `line ${kind}`, d: path(run) ?? '' })),
    ...marked.map(({ time, value, partial }) =>
      element('circle', {
        class: `dot ${kind}${partial ? ' partial' : ''}`,
        cx: rounded(x(time)),
        cy: rounded(y(value)),
        r: 3,
      }),
    ),
  );
}

/** Failures, the worst at the bottom. */
export function severityChart(points: readonly TimePoint<Readonly<Record<Severity, number>>>[]): Element {
  const { width, height } = HALF;
  const x = timeScale(points, width);
  const totals = points.flatMap(({ value }) =>
    value === null ? [] : SEVERITIES.reduce((sum, severity) => sum + value[severity], 0),
  );
  const y = scaleLinear([0, Math.max(...totals, 1)], [height - MARGIN.bottom, MARGIN.top]).nice(4);
  const runs = runsOf(points);
  const layers = stack<Known<Readonly<Record<Severity, number>>>, Severity>()
    .keys(SEVERITIES)
    .value(({ value }, severity) => value[severity]);
  const shape = area<readonly [at: number, from: number, to: number]>()
    .x(([at]) => at)
    .y0(([, from]) => y(from))
    .y1(([, , to]) => y(to))
    .digits(1);
  return frame(
    { width, height, label: severitiesInWords(points), wide: false },
    ...gaps(runs, { x, width, height }),
    ...runs.flatMap((run) =>
      layers(run).map((layer) => {
        const corners = layer.flatMap(({ 0: from, 1: to, data: { time } }) =>
          // A scan between two gaps is shown too.
          (run.length === 1 ? [x(time) - ALONE, x(time) + ALONE] : [x(time)]).map((at) => [at, from, to] as const),
        );
        return element('path', { class: `shape ${layer.key}`, d: shape(corners) ?? '' });
      }),
    ),
    ...grid(y.ticks(4).filter(Number.isInteger), { y, width }),
    ...timeAxis(x, points, height),
  );
}

type TimeScale = ReturnType<typeof timeScale>;

function timeScale(points: readonly TimePoint<unknown>[], width: number) {
  const times = points.map(({ time }) => time);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const domain = first === last ? [first - DAY / 2, last + DAY / 2] : [first, last];
  return scaleUtc(domain, [MARGIN.left + ALONE, width - MARGIN.right]);
}

/** From and to: some room around the values, within 0 and 100. */
function spanOf(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 100];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const missing = Math.max(0, LEAST_SPAN - (high - low)) / 2;
  const [from = 0, to = 100] = scaleLinear([low - missing, high + missing], [0, 1])
    .nice(4)
    .domain();
  return [Math.max(0, Math.min(from, 100 - LEAST_SPAN)), Math.min(100, Math.max(to, LEAST_SPAN))];
}

/** Points that follow each other without a gap. */
function runsOf<Value>(points: readonly TimePoint<Value>[]): Known<Value>[][] {
  const runs: Known<Value>[][] = [[]];
  for (const { time, value, partial } of points) {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push({ time, value, partial });
  }
  return runs.filter((run) => run.length > 0);
}

/** Where there is nothing between two runs, before the first or after the last. */
function gaps(
  runs: readonly (readonly { readonly time: number }[])[],
  { x, width, height }: { readonly x: TimeScale; readonly width: number; readonly height: number },
): Element[] {
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const ends = [left, ...runs.map((run) => x(run.at(-1)?.time ?? 0))];
  const starts = [...runs.map((run) => x(run[0]?.time ?? 0)), right];
  return ends.flatMap((end, at) => {
    const start = starts[at] ?? end;
    // The axis begins a little before its first point.
    if (start - end <= ALONE) return [];
    return [
      element('rect', {
        class: 'gap',
        x: rounded(end),
        y: MARGIN.top,
        width: rounded(start - end),
        height: height - MARGIN.top - MARGIN.bottom,
      }),
    ];
  });
}

function grid(
  ticks: readonly number[],
  { y, width }: { readonly y: (value: number) => number; readonly width: number },
): Element[] {
  return ticks.flatMap((tick) => [
    element('path', { class: 'grid', d: `M${MARGIN.left},${rounded(y(tick))}H${width - MARGIN.right}` }),
    element(
      'text',
      { class: 'tick', x: MARGIN.left - 8, y: rounded(y(tick)), 'text-anchor': 'end', 'dominant-baseline': 'central' },
      tick.toLocaleString('en'),
    ),
  ]);
}

function timeAxis(x: TimeScale, points: readonly TimePoint<unknown>[], height: number): Element[] {
  const byDay = points.every(({ time }) => time % DAY === 0);
  let ticks = x.ticks(6).filter((tick) => !byDay || tick.getTime() % DAY === 0);
  while (ticks.length > MOST_TICKS) ticks = ticks.filter((_, at) => at % 2 === 1);
  const apart = (ticks[1]?.getTime() ?? 0) - (ticks[0]?.getTime() ?? 0);
  return ticks.map((tick) => {
    const text = tick.toISOString();
    const shown =
      apart >= 28 * DAY
        ? text.slice(0, 7)
        : apart >= DAY || byDay
          ? text.slice(5, 10)
          : text.slice(5, 16).replace('T', ' ');
    return element('text', { class: 'tick', x: rounded(x(tick)), y: height - 8, 'text-anchor': 'middle' }, shown);
  });
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly label: string;
  readonly wide: boolean;
}

function frame({ width, height, label, wide }: Frame, ...shapes: readonly Element[]): Element {
  const kind = `chart time${wide ? ' wide' : ''}`;
  const box = { viewBox: `0 0 ${width} ${height}`, width, height };
  return element('svg', { class: kind, role: 'img', 'aria-label': label, ...box }, ...shapes);
}

function lineInWords(name: string, points: readonly TimePoint<number>[]): string {
  const known = points.flatMap(({ name: time, value }) => (value === null ? [] : [{ time, value }]));
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return `${name}: no value`;
  const values = known.map(({ value }) => value);
  const range = `lowest ${Math.min(...values).toFixed(2)}, highest ${Math.max(...values).toFixed(2)}`;
  return `${name}: ${first.value.toFixed(2)} at ${first.time}, ${last.value.toFixed(2)} at ${last.time}; ${range}${missing(points)}`;
}

function severitiesInWords(points: readonly TimePoint<Readonly<Record<Severity, number>>>[]): string {
  const known = points.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]));
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return 'Failures by severity: no value';
  const moves = SEVERITIES.map((severity) => `${severity} ${first.value[severity]} to ${last.value[severity]}`);
  return `Failures by severity, from ${first.name} to ${last.name}: ${moves.join(', ')}${missing(points)}`;
}

function missing(points: readonly TimePoint<unknown>[]): string {
  const count = points.filter(({ value }) => value === null).length;
  return count === 0 ? '' : `; ${plural(count, 'point')} of ${points.length} without a value`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
