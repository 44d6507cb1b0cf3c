/** A row of numbers as a line of eight heights, `▁▃▅█`: read at a glance in a terminal. */

const HEIGHTS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/**
 * @param values `null` where there is none: a gap in the line
 * @param width characters at most; past it each stands for the last of several values
 */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const shown = values.length <= width ? values : thinned(values, width);
  const known = shown.filter((value) => value !== null);
  const [lowest, highest] = [Math.min(...known), Math.max(...known)];
  return shown.map((value) => (value === null ? ' ' : heightOf(value, lowest, highest))).join('');
}

/** A flat line where all are the same: there is no telling high from low. */
function heightOf(value: number, lowest: number, highest: number): string {
  const share = highest === lowest ? 0.5 : (value - lowest) / (highest - lowest);
  return HEIGHTS[Math.round(share * (HEIGHTS.length - 1))] ?? HEIGHTS[0];
}

function thinned(values: readonly (number | null)[], width: number): (number | null)[] {
  return Array.from({ length: width }, (_, index) => {
    const part = values.slice(
      Math.floor((index * values.length) / width),
      Math.floor(((index + 1) * values.length) / width),
    );
    return part.findLast((value) => value !== null) ?? null;
  });
}
