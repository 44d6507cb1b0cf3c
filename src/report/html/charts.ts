/**
 * Charts as inline SVG. Their shapes have classes for the style sheet to colour, and each chart says in words what it
 * shows.
 */
import { scaleLinear } from 'd3-scale';
import { arc, pie } from 'd3-shape';

import { element } from './element.ts';
import type { Element } from './element.ts';

/** A part of a whole; `kind` is the class of its shape. */
export interface Part {
  readonly kind: string;
  readonly name: string;
  readonly count: number;
}

const RING = { size: 168, thickness: 16 };

/** Share of a full ring; `null` leaves it empty. `inside` is what stands in its middle. */
export function ring(
  value: number | null,
  {
    kind,
    inside,
    label,
  }: { readonly kind: string; readonly inside: readonly [string, string]; readonly label: string },
): Element {
  const track = { kind: 'track', from: 0, to: 2 * Math.PI };
  const filled = value === null ? [] : [{ kind, from: 0, to: scaleLinear([0, 100], [0, 2 * Math.PI])(value) }];
  return svg(
    { width: RING.size, height: RING.size, label, kind: 'ring' },
    ...[track, ...filled].map((band) => bandOf(band, RING)),
    ...middle(inside, RING.size),
  );
}

const DONUT = { size: 168, thickness: 30 };

/** Parts of a whole around its total; parts of which there are none have no shape. */
export function donut(parts: readonly Part[], inside: readonly [string, string]): Element {
  const shown = parts.filter(({ count }) => count > 0);
  const slices = pie<Part>()
    .value(({ count }) => count)
    .sort(null)(shown);
  return svg(
    { width: DONUT.size, height: DONUT.size, label: inWords(parts), kind: 'donut' },
    ...(shown.length === 0 ? [bandOf({ kind: 'track', from: 0, to: 2 * Math.PI }, DONUT)] : []),
    ...slices.map(({ data, startAngle, endAngle }) =>
      bandOf({ kind: data.kind, from: startAngle, to: endAngle }, DONUT),
    ),
    ...middle(inside, DONUT.size),
  );
}

const BAR = { width: 200, height: 10 };

/** Parts side by side, which fill the bar together. */
export function stackedBar(parts: readonly Part[]): Element {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const scale = scaleLinear([0, Math.max(total, 1)], [0, BAR.width]);
  let before = 0;
  const shapes = parts.flatMap(({ kind, count }) => {
    const x = scale(before);
    before += count;
    return count === 0 ? [] : [bar(kind, x, scale(count))];
  });
  return svg({ ...BAR, label: inWords(parts), kind: 'bar' }, bar('track', 0, BAR.width), ...shapes);
}

/** One bar out of the longest of several. */
export function lengthBar({ kind, name, count }: Part, longest: number): Element {
  const scale = scaleLinear([0, Math.max(longest, 1)], [0, BAR.width]);
  const shapes = count === 0 ? [] : [bar(kind, 0, Math.max(scale(count), 2))];
  return svg({ ...BAR, label: inWords([{ kind, name, count }]), kind: 'bar' }, bar('track', 0, BAR.width), ...shapes);
}

function bar(kind: string, x: number, width: number): Element {
  return element('rect', { class: `shape ${kind}`, x: rounded(x), y: 0, width: rounded(width), height: BAR.height });
}

interface Band {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

function bandOf({ kind, from, to }: Band, { size, thickness }: typeof RING): Element {
  const outer = size / 2 - 2;
  const path = arc<Band>()
    .innerRadius(outer - thickness)
    .outerRadius(outer)
    .startAngle(from)
    .endAngle(to)
    .digits(2)({ kind, from, to });
  return element('path', { class: `shape ${kind}`, d: path ?? '', transform: `translate(${size / 2} ${size / 2})` });
}

function middle([first, second]: readonly [string, string], size: number): readonly Element[] {
  const at = { x: size / 2, 'text-anchor': 'middle' } as const;
  return [
    element('text', { ...at, y: size / 2 + 4, class: 'figure' }, first),
    element('text', { ...at, y: size / 2 + 26, class: 'unit' }, second),
  ];
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly label: string;
  readonly kind: string;
}

function svg({ width, height, label, kind }: Frame, ...shapes: readonly Element[]): Element {
  // A bar is as wide as its place; anything round keeps its shape.
  const preserveAspectRatio = kind === 'bar' ? 'none' : undefined;
  const box = { viewBox: `0 0 ${width} ${height}`, width, height, preserveAspectRatio };
  return element('svg', { class: `chart ${kind}`, role: 'img', 'aria-label': label, ...box }, ...shapes);
}

function inWords(parts: readonly Part[]): string {
  return parts.map(({ name, count }) => `${count} ${name}`).join(', ');
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
