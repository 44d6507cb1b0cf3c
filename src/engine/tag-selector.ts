import type { Tags } from './model.ts';

/**
 * True where the tags fit a selector: `Key=Value`, or `Key` for any value. The first equals sign ends the key, as no key
 * of AWS's that people choose has one.
 */
export function carries(tags: Tags, selector: string): boolean {
  const at = selector.indexOf('=');
  if (at === -1) return tags[selector] !== undefined;
  return tags[selector.slice(0, at)] === selector.slice(at + 1);
}
