import { closest, distance } from 'fastest-levenshtein';

/** The name that was probably meant: the nearest, where no more than half of what was typed would have to change. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const name = closest(typed, names);
  return distance(typed, name) <= Math.max(typed.length, name.length) / 2 ? name : undefined;
}
