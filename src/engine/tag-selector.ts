import type { Tags } from './model.ts';

/**
 * True where the tags fit a selector: `Key=Value`, or `Key` for any value. A key may hold an equals sign itself, so each
 * one is tried as the end of the key.
 */
export function carries(tags: Tags, selector: string): boolean {
  if (tags[selector] !== undefined) return true;
  for (let at = selector.indexOf('='); at !== -1; at = selector.indexOf('=', at + 1)) {
    if (tags[selector.slice(0, at)] === selector.slice(at + 1)) return true;
  }
  return false;
}
